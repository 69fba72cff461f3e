package listingsapi_test

import (
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// A request of two classes counts in both, and in neither when one is used up;
// the standing is that of the tighter one.
func TestLimiterOfTwoClasses(t *testing.T) {
	t.Parallel()
	l := listingsapi.NewLimiter(5, 2)
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
		allowed, limit, remaining := l.Take(now, tc.bulk)
		if allowed != tc.allowed || limit != tc.limit || remaining != tc.remaining {
			t.Errorf("request %d: allowed %t, %d left of %d; want %t, %d of %d", i, allowed, remaining, limit, tc.allowed, tc.remaining, tc.limit)
		}
	}
	l.Take(now.Add(time.Hour), false)
	if n := l.Windows(); n != 1 {
		t.Errorf("%d windows are remembered, want the one that is open", n)
	}
}
