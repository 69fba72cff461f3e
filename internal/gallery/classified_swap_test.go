package gallery_test

import (
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

// A list of which nothing can be had takes nothing from the public.
func TestClassifiedNeverEmptied(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		c.put(t, "c@1", "d@1")
		c.notOK(t, "c@1")
		c.notOK(t, "d@1")
		c.wantHistory(t, "UPDATING", "CREATED_WITH_MEDIA_ERROR")
		c.wantSees(t, "a@1 b@1")
		c.put(t, "c@2", "d@1")
		c.ok(t, "c@2")
		c.wantSees(t, "c@2")
		c.put(t)
		c.wantSees(t, "")
		c.wantHistory(t, "UPDATING", "UPDATED")
		f.wantAllFreed(t)
	})
}

// The gallery changes over in one step, when the pictures of the new list have
// ended, or when its time is up.
func TestClassifiedSwap(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1", "c@1")
		c.put(t, "d@1", "e@1", "f@1")
		c.ok(t, "d@1")
		c.ok(t, "e@1")
		c.wantSees(t, "a@1 b@1 c@1")
		c.ok(t, "f@1")
		c.wantSees(t, "d@1 e@1 f@1")

		c.put(t, "g@1", "d@1", "h@1")
		c.ok(t, "g@1")
		f.later(vitrine.DefaultLimits().SwapPatience - time.Second)
		c.sweep(t)
		c.wantSees(t, "d@1 e@1 f@1")
		c.put(t, "g@1", "d@1", "h@1", "i@1") // another list has its own time
		f.later(2 * time.Second)
		c.sweep(t)
		c.wantSees(t, "d@1 e@1 f@1")
		f.later(vitrine.DefaultLimits().SwapPatience)
		c.sweep(t)
		c.wantSees(t, "g@1 d@1")
		c.ok(t, "i@1")
		c.wantSees(t, "g@1 d@1 i@1")
		c.wantHistory(t, "UPDATING")
		c.ok(t, "h@1")
		c.wantSees(t, "g@1 d@1 h@1 i@1")
		c.wantHistory(t, "UPDATING", "UPDATED")
	})
}

func (c classified) sweep(t *testing.T) {
	t.Helper()
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A first gallery goes on growing over a change of its list, as long as nothing
// goes that it shows.
func TestClassifiedGrowsOn(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1", "c@1", "d@1")
		c.ok(t, "b@1")
		c.put(t, "a@1", "b@1", "c@1", "e@1")
		c.ok(t, "a@1")
		c.wantSees(t, "a@1 b@1")
		c.put(t, "b@1", "a@1", "c@1")
		c.wantSees(t, "a@1 b@1")
		c.ok(t, "c@1")
		c.wantSees(t, "b@1 a@1 c@1")

		// One of which nothing could be had grows from the next list on.
		bad := f.post(t, "x@1")
		bad.notOK(t, "x@1")
		bad.wantSees(t, "")
		bad.put(t, "x@2", "y@2")
		bad.ok(t, "y@2")
		bad.wantSees(t, "y@2")
	})
}

// After its time a gallery changes over with the first good picture.
func TestClassifiedOverdue(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1")
		c.put(t, "b@1", "c@1")
		f.later(vitrine.DefaultLimits().SwapPatience + time.Second)
		c.sweep(t)
		c.wantSees(t, "a@1")
		c.ok(t, "c@1")
		c.wantSees(t, "c@1")
	})
}
