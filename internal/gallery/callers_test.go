package gallery

import (
	"testing"
	"time"
)

func TestCallers(t *testing.T) {
	t.Parallel()
	c, now, name := newCallers(), time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), keyName{hash: "of a key"}
	wantKnown := func(after time.Duration, want bool) {
		t.Helper()
		caller, _, ok := c.find(name, now.Add(after))
		if ok != want || ok && caller.KeyID != 7 {
			t.Errorf("after %v: known %t as %+v, want %t", after, ok, caller, want)
		}
	}
	wantKnown(0, false)
	_, epoch, _ := c.find(name, now)
	c.keep(name, Caller{KeyID: 7}, epoch, now)
	wantKnown(0, true)
	wantKnown(callerKept-1, true)
	wantKnown(callerKept, false)

	c.forget()
	wantKnown(0, false)
	c.keep(name, Caller{KeyID: 7}, epoch, now) // looked up before somebody was shut out
	wantKnown(0, false)

	_, epoch, _ = c.find(name, now)
	c.keep(name, Caller{KeyID: 7}, epoch, now)
	c.keep(keyName{id: 8}, Caller{KeyID: 8}, epoch, now.Add(callerKept))
	if len(c.known) != 1 {
		t.Errorf("%d callers are remembered, want the one of this second", len(c.known))
	}
}
