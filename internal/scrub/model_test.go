package scrub_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/store"
)

// cleaner is one sequence of writes, deletions, crashes and leaps of the clock,
// beside workers that delete.
type cleaner struct {
	*fixture
	names map[string]bool // of the files that there are
}

// bodies are few, so that files share them.
var bodies = []string{"one", "two", "three"}

// TestCleanUp has files come, change and go, servers die where it hurts, and
// scrubs run at any time. What is shown is there at each moment, and in the end
// nothing is left of which no row tells.
func TestCleanUp(t *testing.T) {
	t.Parallel()
	// What one sequence costs on PostgreSQL and S3 makes the default too many.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			t.Fatal(err)
		}
	}
	f := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := &cleaner{fixture: f, names: map[string]bool{}}
		stop := f.work(rt)
		defer stop()
		for n := range rapid.IntRange(5, 25).Draw(rt, "length") {
			name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "name")
			body := rapid.SampledFrom(bodies).Draw(rt, "body")
			do := rapid.SampledFrom([]string{"put", "put", "put", "delete", "erase", "lost upload", "lost variants", "lost prune", "time", "sweep", "scrub"}).Draw(rt, "do")
			c.step(rt, do, name, []byte(body))
			if c.whole(rt); rt.Failed() {
				rt.Fatal(fmt.Sprintf("after step %d: %s %s %s", n, do, name, body))
			}
		}
		c.empty(rt)
	})
}

func (c *cleaner) step(t *rapid.T, do, name string, body []byte) {
	ref := gallery.Ref{ExternalID: name}
	digest := digestOf(body)
	switch do {
	case "put":
		c.change(t, name, body)
	case "delete", "erase":
		if c.names[name] {
			c.remove(t, ref, do == "erase")
			delete(c.names, name)
		}
	case "lost upload": // a server has died between the bytes and their row
		c.lose(t, gallery.OriginalKey(digest), body)
	case "lost variants":
		v := vitrine.Variant{Name: "512", Type: "image/webp"}
		c.lose(t, gallery.VariantKey(digest, "r1", v), []byte("lost"))
	case "lost prune": // between two deletions
		keys, found, err := c.BeginPrune(c.ctx, noFinish, gallery.PruneTask{SHA256: digest})
		must(t, err)
		if found {
			must(t, c.blobs.Delete(c.ctx, keys[0]))
		}
	case "time":
		c.ahead.Add(int64(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour))
	case "sweep":
		must(t, c.Sweep(c.ctx))
	case "scrub":
		for key, problem := range c.scrub(t, true) {
			if problem != scrub.Unknown {
				t.Errorf("%s is %s", key, problem)
			}
		}
	}
}

// change has a file with that name show these bytes, unless they are just being
// deleted: then it still waits for them.
func (c *cleaner) change(t *rapid.T, name string, body []byte) {
	ref := gallery.Ref{ExternalID: name}
	if c.names[name] {
		listing, err := c.Listing(c.ctx, c.account, ref)
		must(t, err)
		_, err = c.Retry(c.ctx, c.account, listing.Media[0].Media.ID)
		if err != nil && vitrine.CodeOf(err) == "" {
			t.Fatal(err)
		}
		listing, err = c.Listing(c.ctx, c.account, ref)
		must(t, err)
		_, err = c.arrive(c.ctx, listing.Media[0].Media, body)
		c.orPruning(t, err)
		return
	}
	c.names[name] = true
	_, err := c.arrive(c.ctx, c.add(t, name), body)
	c.orPruning(t, err)
}

func (c *cleaner) orPruning(t *rapid.T, err error) {
	if err != nil && !errors.Is(err, gallery.ErrPruning) {
		t.Fatal(err)
	}
}

// remove deletes a listing with its file.
func (c *cleaner) remove(t *rapid.T, ref gallery.Ref, erase bool) {
	if erase {
		_, err := c.EraseListing(c.ctx, c.account, ref)
		must(t, err)
		return
	}
	listing, err := c.Listing(c.ctx, c.account, ref)
	must(t, err)
	must(t, c.DeleteMedia(c.ctx, c.account, gallery.Ref{ID: listing.Media[0].Media.ID}))
	must(t, c.DeleteListing(c.ctx, c.account, ref))
}

// lose puts an object of which no row tells, unless there is one like it.
func (c *cleaner) lose(t *rapid.T, key string, body []byte) {
	if !c.keys(t)[key] {
		must(t, c.blobs.Put(c.ctx, key, bytes.NewReader(body), int64(len(body))))
	}
}

// whole has every object there that somebody uses.
func (c *cleaner) whole(t *rapid.T) {
	for _, body := range bodies {
		digest := digestOf([]byte(body))
		var content vitrine.Content
		var used bool
		err := c.db.View(c.ctx, func(tx *store.Tx) (err error) {
			if used, err = tx.ContentShown(c.ctx, digest); err != nil || !used {
				return err
			}
			content, err = tx.Content(c.ctx, digest)
			return err
		})
		must(t, err)
		if !used {
			continue
		}
		keys := []string{gallery.OriginalKey(digest)}
		for _, v := range content.Variants {
			keys = append(keys, gallery.VariantKey(digest, content.Recipe, v))
		}
		for _, key := range keys {
			object, err := c.blobs.Open(c.ctx, key)
			if err != nil {
				t.Errorf("%q is shown: %v", body, err)
				continue
			}
			must(t, object.Close())
		}
	}
}

// empty deletes all files. After the grace nothing is left.
func (c *cleaner) empty(t *rapid.T) {
	for name := range c.names {
		c.remove(t, gallery.Ref{ExternalID: name}, false)
	}
	c.ahead.Add(int64(2 * grace))
	deadline := time.Now().Add(time.Minute)
	for {
		must(t, c.Sweep(c.ctx))
		c.scrub(t, false)
		left := c.keys(t)
		rows := 0
		must(t, c.db.View(c.ctx, func(tx *store.Tx) error {
			return tx.QueryRow(c.ctx, `select (select count(*) from content) + (select count(*) from variant) + (select count(*) from erasing)`).Scan(&rows)
		}))
		if len(left) == 0 && rows == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Sprintf("left over: %v and %d rows", left, rows))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
