package ingest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// hopes is what may be said of writes that don't wait for the downloads of those
// before: how often an address may be asked for at most, and how all ends. The
// origin answers each address in one way throughout.
type hopes struct {
	lists     map[int][]item // of the adverts that are not deleted
	deleted   map[int]bool
	revisions map[int]int64
	wanted    map[key]string // version of each source that stands in a list
	keeps     map[key]bool   // sources that have had something to show ever since they were listed
	asked     map[address]int
	restarts  int
}

func newHopes() *hopes {
	return &hopes{
		lists: map[int][]item{}, deleted: map[int]bool{}, revisions: map[int]int64{},
		wanted: map[key]string{}, keeps: map[key]bool{}, asked: map[address]int{},
	}
}

func (h *hopes) put(n int, list []item) {
	if h.deleted[n] {
		return
	}
	list = firsts(list)
	if h.revisions[n] == 0 || !slices.EqualFunc(h.lists[n], list, samePlace) {
		h.revisions[n]++
	}
	for _, i := range list {
		version, known := h.wanted[i.key()]
		if slices.ContainsFunc(h.lists[n], i.sameSource) || known && version == i.Address.Version {
			continue
		}
		h.wanted[i.key()] = i.Address.Version
		h.asked[i.Address]++ // unless what it shows is of that version
	}
	h.lists[n] = list
	h.forget()
}

func (h *hopes) retry(n, place int) {
	k := h.lists[n][place].key()
	h.asked[address{k.path, h.wanted[k]}]++ // unless it is on its way
}

func (h *hopes) delete(n int) {
	if !h.deleted[n] {
		h.deleted[n], h.lists[n] = true, nil
		h.revisions[n]++
	}
	h.forget()
}

func (h *hopes) forget() {
	listed := map[key]bool{}
	for _, list := range h.lists {
		for _, i := range list {
			listed[i.key()] = true
		}
	}
	maps.DeleteFunc(h.wanted, func(k key, _ string) bool { return !listed[k] })
	maps.DeleteFunc(h.keeps, func(k key, _ bool) bool { return !listed[k] })
}

// TestModelOverlap carries out sequences of writes that don't wait for one
// another, while the origin holds its answers back and workers are stopped in
// the middle of what they do. What comes to rest has to be what was sent last.
func TestModelOverlap(t *testing.T) {
	t.Parallel()
	if err := fewChecks(); err != nil {
		t.Fatal(err)
	}
	whole, pool, dir := t, modelPool(t), t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		moods := rapid.MapOfN(addresses(), rapid.SampledFrom([]mood{gone, garbled, "common"}), 0, 6).Draw(t, "moods")
		steps := operations("put", "put", "put", "put", "again", "retry", "delete", "restart", "hold", "hold", "release", "rest").Draw(t, "operations")
		s := newSequence(t, whole, dir, pool)
		for at, m := range moods {
			s.origin.change(at, m)
		}
		h := newHopes()
		for n, o := range append(steps, operation{Do: "rest"}) {
			if s.stepOver(h, o); t.Failed() {
				t.Fatalf("after operation %d: %#v", n, o)
			}
		}
		for n := range s.ids {
			s.delete(n)
		}
		s.rest(t)
		s.empty(t)
	})
}

func (s *sequence) stepOver(h *hopes, o operation) {
	s.t.Helper()
	known := s.ids[o.Advert] != ""
	switch {
	case o.Do == "put":
		h.put(o.Advert, o.List)
		s.put(o.Advert, o.List)
	case o.Do == "again" && known:
		h.put(o.Advert, s.sent[o.Advert])
		s.put(o.Advert, s.sent[o.Advert])
	case o.Do == "delete" && known:
		h.delete(o.Advert)
		s.delete(o.Advert)
	case o.Do == "retry" && known && o.Place < len(h.lists[o.Advert]):
		h.retry(o.Advert, o.Place)
		s.retry(o.Advert, o.Place)
	case o.Do == "hold":
		s.origin.hold()
	case o.Do == "release":
		s.origin.release()
	case o.Do == "restart":
		h.restarts++
		s.restart(s.t)
	case o.Do == "rest":
		s.rest(s.t)
		s.compareOver(h)
	}
}

// compareOver holds what has come to rest against what was hoped for.
func (s *sequence) compareOver(h *hopes) {
	s.t.Helper()
	for n, list := range h.lists {
		seen, err := s.Classified(s.ctx, s.account, s.ids[n])
		must(s.t, err)
		if got, want := seen.Classified.Revision, h.revisions[n]; got != want {
			s.t.Errorf("classified %d is at revision %d, want %d", n, got, want)
		}
		if h.deleted[n] {
			continue
		}
		if diff := cmp.Diff(s.hoped(h, list, seen.Media), listed(seen.Media)); diff != "" {
			s.t.Errorf("classified %d (-want +got)\n%s", n, diff)
		}
		s.statusOver(h, n, seen)
		s.shownOver(n, seen)
	}
	for at, n := range s.origin.counts() {
		// A worker that is stopped has its download done again.
		if most := h.asked[at] * (1 + h.restarts); n > most {
			s.t.Errorf("%s was asked for %d times, want %d at most", at, n, most)
		}
	}
	for k, version := range h.wanted {
		if at := (address{k.path, version}); s.origin.counts()[at] == 0 {
			s.t.Errorf("%s was never asked for", at)
		}
	}
	for what, query := range map[string]string{
		"media stand nowhere": `select count(*) from media m where not exists (select 1 from placement where media_id = m.id)
			and not exists (select 1 from shown where media_id = m.id)`,
		"imports never ended": `select count(*) from job where ended_at = 0`,
	} {
		if n := s.count(s.t, query); n > 0 {
			s.t.Errorf("%d %s", n, what)
		}
	}
}

// hoped gives a list as it has to be. Of a failed version it can't be said which
// good one came before it: that is taken from what is there, if it may be so.
func (s *sequence) hoped(h *hopes, list []item, got []gallery.PlacedMedia) []view {
	views := []view{}
	for n, i := range list {
		k := i.key()
		v := view{Title: i.Title, Tour: i.Tour, Path: i.Address.Path, Version: i.Address.Version}
		m := s.origin.mood(address{k.path, h.wanted[k]})
		v.Failure = m.failure(k.kind)
		switch {
		case v.Failure == "" && !i.Tour:
			v.SHA256 = m.digest()
		case v.Failure != "" && n < len(got) && got[n].Stale:
			v.SHA256, v.Stale = s.mayShow(h, k, got[n].Media.Content), true
		case v.Failure != "" && h.keeps[k]:
			v.Stale = true
		}
		h.keeps[k] = v.Failure == "" || v.Stale
		views = append(views, v)
	}
	return views
}

// mayShow gives the digest of what a source shows while its newest version has
// failed, if it was asked for with a version that is good and has these bytes.
func (s *sequence) mayShow(h *hopes, k key, shows *vitrine.Content) string {
	for at := range h.asked {
		m := s.origin.mood(at)
		switch {
		case at.Path != k.path || m.failure(k.kind) != "":
		case shows == nil:
			return ""
		case m.digest() == shows.SHA256:
			return shows.SHA256
		}
	}
	return "of a version that was good"
}

func (s *sequence) statusOver(h *hopes, n int, seen gallery.ClassifiedView) {
	s.t.Helper()
	want := []vitrine.ListingStatus{vitrine.StatusUpdated}
	switch {
	case slices.ContainsFunc(seen.Media, func(m gallery.PlacedMedia) bool { return m.Media.Failure != nil }):
		want = []vitrine.ListingStatus{vitrine.StatusCreatedWithMediaError}
	case h.revisions[n] == 1: // sent again or retried, perhaps when it was created already
		want = append(want, vitrine.StatusCreated)
	}
	if got := seen.Classified.Status; !slices.Contains(want, got) || seen.Status.Status != got {
		s.t.Errorf("classified %d is %s, noted %s; want %s", n, got, seen.Status.Status, want)
	}
}

// shownOver holds a gallery against the list, where a picture of that is good.
func (s *sequence) shownOver(n int, seen gallery.ClassifiedView) {
	s.t.Helper()
	want, tours, pictures := []view{}, []view{}, 0
	for _, v := range listed(seen.Media) {
		switch {
		case v.Tour && (v.Failure == "" || v.Stale):
			tours = append(tours, view{Title: v.Title, Tour: true})
		case !v.Tour:
			if pictures++; v.SHA256 != "" {
				want = append(want, view{Title: v.Title, SHA256: v.SHA256})
			}
		}
	}
	if len(want) == 0 && pictures > 0 {
		return // it may show what it had
	}
	want = append(tours[:min(len(tours), 1)], want...)
	if diff := cmp.Diff(want, s.shown(s.t, s.public[n])); diff != "" {
		s.t.Errorf("gallery of classified %d (-want +got)\n%s", n, diff)
	}
}
