package gallery_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// told keeps what the rules tell those who count.
type told struct {
	mu    sync.Mutex
	lines []string
}

// published is told in whole minutes: the clock of the tests runs on by itself.
func (o *told) published(kind vitrine.ListingKind, took time.Duration) {
	o.add(fmt.Sprintf("%s after %v", kind, took.Truncate(time.Minute)))
}

func (o *told) failed(code vitrine.FailureCode) { o.add(string(code)) }

func (o *told) add(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, line)
}

// want checks what was told since the last look.
func (o *told) want(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(want, o.lines); diff != "" {
		t.Errorf("told was (-want +got)\n%s", diff)
	}
	o.lines = nil
}

// A publication is told once, when the last picture of a list is to be seen: not
// again for a video, for a list sent again, or for what a retry mends later.
func TestTellsPublished(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "film.mp4", "c", "d"))
		media := f.media(t, put.Listing.ID)
		f.film(t, media[2], "sha-film")
		for _, i := range []int{0, 1, 3} {
			f.fetched(t, media[i], digest(media[i]))
			f.optimised(t, digest(media[i]))
		}
		f.told.want(t)
		f.later(2 * time.Minute)
		f.bad(t, media[4])
		f.told.want(t, "source_not_found", "listing after 2m0s")
		f.later(time.Minute)
		f.encoded(t, "sha-film")
		f.told.want(t)
		f.later(time.Minute)
		if _, err := f.Retry(t.Context(), f.account, media[4].ID); err != nil {
			t.Fatal(err)
		}
		f.good(t, put.Listing.ID)
		f.told.want(t)
		f.put(t, vitrine.StatusActive, files("b", "a", "film.mp4", "c", "d"))
		f.told.want(t, "listing after 0s")
	})
}

func TestTellsPublishedClassified(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.post(t, "a@1", "b@1")
		c.ok(t, "a@1")
		f.told.want(t)
		f.later(3 * time.Minute)
		c.ok(t, "b@1")
		f.told.want(t, "classified after 3m0s")
		c.put(t, "a@1", "b@1", "c@1")
		f.later(4 * time.Minute)
		c.ok(t, "c@1")
		f.told.want(t, "classified after 4m0s")
	})
}
