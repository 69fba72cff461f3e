package ratelimit_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/ratelimit"
)

// A request of two classes counts in both, and in neither when one is used up;
// the standing is that of the tighter one.
func TestTwoClasses(t *testing.T) {
	t.Parallel()
	l := ratelimit.New()
	all, bulk := ratelimit.Limit{Class: "all", PerMinute: 5}, ratelimit.Limit{Class: "bulk", PerMinute: 2}
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	for i, tc := range []struct {
		after     time.Duration
		bulk      bool
		allowed   bool
		limit     int
		remaining int
	}{
		{0, true, true, 2, 1},
		{0, false, true, 5, 3},
		{0, true, true, 2, 0},
		{0, true, false, 2, 0},
		{0, false, true, 5, 1}, // the refused one has not counted
		{0, false, true, 5, 0},
		{0, false, false, 5, 0},
		{time.Minute, true, true, 2, 1},
	} {
		now = now.Add(tc.after)
		limits := []ratelimit.Limit{all}
		if tc.bulk {
			limits = append(limits, bulk)
		}
		s := l.Take(now, 1, limits...)
		if s.Allowed != tc.allowed || s.Limit != tc.limit || s.Remaining != tc.remaining {
			t.Errorf("request %d: %+v, want allowed %t, %d of %d", i, s, tc.allowed, tc.remaining, tc.limit)
		}
	}
	l.Take(now.Add(time.Hour), 1, all)
	if n := l.Windows(); n != 1 {
		t.Errorf("%d windows are remembered, want the one that is open", n)
	}
}

// Keys do not count for each other.
func TestTwoKeys(t *testing.T) {
	t.Parallel()
	l, now := ratelimit.New(), time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	one := ratelimit.Limit{Class: "all", PerMinute: 1}
	for key, want := range map[int64]bool{1: true, 2: true} {
		if first, second := l.Take(now, key, one), l.Take(now, key, one); first.Allowed != want || second.Allowed == want {
			t.Errorf("key %d: %+v, then %+v", key, first, second)
		}
	}
}

func TestTell(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.UTC) // between two seconds
	s := ratelimit.Standing{Allowed: true, Limit: 7, Remaining: 3, Reset: now.Add(time.Minute)}
	want := http.Header{"X-Ratelimit-Limit": {"7"}, "X-Ratelimit-Remaining": {"3"}, "X-Ratelimit-Reset": {"1773480474"}}
	got := http.Header{}
	s.Tell(got, now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.Allowed = false
	want["Retry-After"] = []string{"61"}
	s.Tell(got, now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
