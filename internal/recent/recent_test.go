package recent

import (
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	t.Parallel()
	r, now := New[string, int](2), time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	wantKnown := func(name string, after time.Duration, want bool) {
		t.Helper()
		value, _, ok := r.Find(name, now.Add(after))
		if ok != want || ok && value != 7 || !ok && value != 0 {
			t.Errorf("after %v: %s is known %t as %d, want %t", after, name, ok, value, want)
		}
	}
	wantKnown("a", 0, false)
	_, epoch, _ := r.Find("a", now)
	r.Keep("a", 6, epoch, now)
	r.Keep("b", 7, epoch, now)
	r.Keep("c", 7, epoch, now) // more than there may be
	r.Keep("a", 7, epoch, now)
	wantKnown("a", 0, true)
	wantKnown("a", Kept-1, true)
	wantKnown("a", Kept, false)
	wantKnown("c", 0, false)

	r.Forget("a")
	wantKnown("a", 0, false)
	wantKnown("b", 0, true)
	r.Keep("a", 7, epoch, now) // looked up before something was forgotten
	wantKnown("a", 0, false)

	r.ForgetAll()
	wantKnown("b", 0, false)
	r.Keep("b", 7, epoch+1, now)
	wantKnown("b", 0, false)

	_, epoch, _ = r.Find("a", now)
	r.Keep("a", 7, epoch, now)
	r.Keep("b", 7, epoch, now.Add(Kept))
	if len(r.known) != 1 {
		t.Errorf("%d are remembered, want the one of this second", len(r.known))
	}
}
