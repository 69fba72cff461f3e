package ingest_test

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/setuptest"
)

// operation is one step of a sequence. What it needs and there isn't is skipped.
type operation struct {
	Do     string
	Advert int
	List   []item
	Place  int // of the list, for a retry
	At     address
	Mood   mood
}

// GoString is an operation as a failed sequence tells it.
func (o operation) GoString() string {
	switch o.Do {
	case "put":
		places := make([]string, len(o.List))
		for n, i := range o.List {
			places[n] = fmt.Sprintf("%s(%s,%s,%d)", i.Address, i.mediaType(), i.Title, i.Spelt)
		}
		return fmt.Sprintf("put %d [%s]", o.Advert, strings.Join(places, " "))
	case "retry":
		return fmt.Sprintf("retry %d place %d", o.Advert, o.Place)
	case "mood":
		return fmt.Sprintf("%s becomes %s", o.At, o.Mood)
	case "delete", "again":
		return fmt.Sprintf("%s %d", o.Do, o.Advert)
	}
	return o.Do
}

func addresses() *rapid.Generator[address] {
	return rapid.Custom(func(t *rapid.T) address {
		return address{
			Path:    rapid.SampledFrom([]string{"/a", "/b", "/c", "/d"}).Draw(t, "path"),
			Version: rapid.SampledFrom([]string{"1", "2", "3", ""}).Draw(t, "version"),
		}
	})
}

func items() *rapid.Generator[item] {
	return rapid.Custom(func(t *rapid.T) item {
		return item{
			Address: addresses().Draw(t, "address"),
			Tour:    rapid.IntRange(0, 7).Draw(t, "tour") == 7,
			Title:   rapid.SampledFrom([]string{"x", "y"}).Draw(t, "title"),
			Spelt:   rapid.IntRange(0, 2).Draw(t, "spelt"),
		}
	})
}

// operations draws a sequence of these kinds; a kind that is named more often
// comes more often.
func operations(kinds ...string) *rapid.Generator[[]operation] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) operation {
		o := operation{Do: rapid.SampledFrom(kinds).Draw(t, "do"), Advert: rapid.IntRange(0, 2).Draw(t, "advert")}
		switch o.Do {
		case "put":
			o.List = rapid.SliceOfN(items(), 0, 5).Draw(t, "list")
		case "retry":
			o.Place = rapid.IntRange(0, 4).Draw(t, "place")
		case "mood":
			o.At = addresses().Draw(t, "at")
			// A picture that the others have too, one of its own, or none.
			o.Mood = rapid.SampledFrom([]mood{gone, garbled, "common", mood("other " + o.At.String())}).Draw(t, "mood")
		}
		return o
	}), 1, 12)
}

// rapidsOwn reports whether nobody has said how many checks rapid is to make.
var rapidsOwn = sync.OnceValue(func() bool { return flag.Lookup("rapid.checks").Value.String() == "100" })

// fewChecks has rapid make fewer checks where nobody says how many: each one is
// a whole pipeline, and on servers it takes twice as long.
func fewChecks() error {
	few := "25"
	if setuptest.OnServers() {
		few = "10"
	}
	settingChecks.Lock()
	defer settingChecks.Unlock()
	if checks := flag.Lookup("rapid.checks"); rapidsOwn() && checks.Value.String() != few {
		return checks.Value.Set(few)
	}
	return nil // set before, it is being read
}

var settingChecks sync.Mutex

// sequence carries out operations on a plant of its own.
type sequence struct {
	*plant
	t      *rapid.T
	sent   map[int][]item // last, by the advert
	ids    map[int]string // of the adverts
	public map[int]string // ids of their galleries
}

func newSequence(t *rapid.T, whole testing.TB, dir string, pool *imaging.Pool) *sequence {
	t.Helper()
	test := sequenceTest{t, inTest{within{whole}}, dir}
	return &sequence{plant: newPlant(t, test, pool), t: t, sent: map[int][]item{}, ids: map[int]string{}, public: map[int]string{}}
}

// put sends a list, the first time with POST, and gives the plan.
func (s *sequence) put(n int, list []item) {
	in := gallery.ClassifiedInput{Portals: []string{"SL"}, Data: []byte("{}"), Digest: fmt.Sprint(list)}
	for _, i := range list {
		in.Media = append(in.Media, gallery.ClassifiedMedia{URL: i.url(s.origin.URL), Type: i.mediaType(), Title: i.Title})
	}
	if s.ids[n] == "" {
		result, err := s.PostClassified(s.ctx, s.account, in, gallery.WriteOptions{})
		must(s.t, err)
		s.ids[n], s.public[n] = result.Classified.UUID, result.Classified.Gallery
	} else {
		// As the API does it.
		_, known, err := s.ResendClassified(s.ctx, s.account, s.ids[n], in.Digest, gallery.WriteOptions{})
		must(s.t, err)
		if !known {
			_, err = s.PutClassified(s.ctx, s.account, s.ids[n], in, gallery.WriteOptions{})
			must(s.t, err)
		}
	}
	s.sent[n] = list
}

func (s *sequence) delete(n int) {
	_, err := s.DeleteClassified(s.ctx, s.account, s.ids[n], gallery.WriteOptions{})
	must(s.t, err)
}

// retry asks for what stands in one place to be fetched again.
func (s *sequence) retry(n, place int) {
	media, err := s.ClassifiedMedia(s.ctx, s.account, s.ids[n])
	must(s.t, err)
	must(s.t, s.RetryPlaced(s.ctx, s.account, s.ids[n], media[place].Media.UUID))
}

// TestModel carries out sequences of writes, retries, deletions, moods of the
// origin and restarts, one after the other coming to rest, and compares each
// time all that can be seen, and how often each address was asked for, with a
// simple model. In the end all is deleted and nothing may be left.
func TestModel(t *testing.T) {
	t.Parallel()
	if err := fewChecks(); err != nil {
		t.Fatal(err)
	}
	whole, pool, dir := t, modelPool(t), t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		steps := operations("put", "put", "put", "put", "again", "retry", "retry", "mood", "mood", "delete", "restart").Draw(t, "operations")
		s := newSequence(t, whole, dir, pool)
		model := newRules(s.origin.mood)
		for n, o := range steps {
			s.step(model, o)
			s.rest(t)
			if s.compare(model); t.Failed() {
				t.Fatalf("after operation %d: %#v", n, o)
			}
		}
		for n := range s.ids {
			model.delete(n)
			s.delete(n)
		}
		s.compare(model)
		s.empty(t)
	})
}

func (s *sequence) step(model *rules, o operation) {
	known := s.ids[o.Advert] != ""
	switch {
	case o.Do == "put":
		model.put(o.Advert, o.List)
		s.put(o.Advert, o.List)
	case o.Do == "mood":
		s.origin.change(o.At, o.Mood)
	case o.Do == "restart":
		s.restart(s.t)
	case o.Do == "again" && known:
		model.put(o.Advert, s.sent[o.Advert])
		s.put(o.Advert, s.sent[o.Advert])
	case o.Do == "delete" && known:
		model.delete(o.Advert)
		s.delete(o.Advert)
	case o.Do == "retry" && known && o.Place < len(model.adverts[o.Advert].list):
		model.retry(o.Advert, o.Place)
		s.retry(o.Advert, o.Place)
	}
}

// compare holds all that can be seen against the model.
func (s *sequence) compare(model *rules) {
	s.t.Helper()
	for n, a := range model.adverts {
		seen, err := s.Classified(s.ctx, s.account, s.ids[n])
		must(s.t, err)
		type facts struct {
			Revision      int64
			Status, Noted vitrine.ListingStatus
			List, Gallery []view
		}
		want := facts{a.revision, a.status, a.status, model.listed(a), a.public()}
		got := facts{seen.Classified.Revision, seen.Classified.Status, seen.Status.Status, listed(seen.Media), s.shown(s.t, s.public[n])}
		if diff := cmp.Diff(want, got); diff != "" {
			s.t.Errorf("classified %d (-want +got)\n%s", n, diff)
		}
	}
	if diff := cmp.Diff(model.gets, s.origin.counts()); diff != "" {
		s.t.Errorf("downloads (-want +got)\n%s", diff)
	}
	if n := s.count(s.t, `select count(*) from media`); n != len(model.sources) {
		s.t.Errorf("%d media, want %d", n, len(model.sources))
	}
}

// listed gives a list as the model has it.
func listed(media []gallery.PlacedMedia) []view {
	views := []view{}
	for _, m := range media {
		v := view{
			Title: m.Placement.Title, Tour: m.Media.Kind == vitrine.KindTour, Stale: m.Stale,
			Path: m.Media.Source.Identity[strings.LastIndexByte(m.Media.Source.Identity, '/'):], Version: strings.TrimPrefix(m.Placement.Version, "timestamp="),
		}
		if m.Media.Content != nil {
			v.SHA256 = m.Media.Content.SHA256
		}
		if m.Media.Failure != nil {
			v.Failure = m.Media.Failure.Code
		}
		views = append(views, v)
	}
	return views
}
