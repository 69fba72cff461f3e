package gallery_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// places asks for places, and fails unless that goes well.
func (f fixture) places(t *testing.T, record string, q store.PublishedQuery, count bool) gallery.Places {
	t.Helper()
	places, err := f.Places(t.Context(), f.account, record, q, count)
	if err != nil {
		t.Fatal(err)
	}
	return places
}

// named are places in one word each: the media's digest and its position.
func named(places []store.Published) (names []string) {
	for _, p := range places {
		name := p.URL
		if p.Content != nil {
			name = strings.TrimPrefix(p.Content.SHA256, "sha-")
		}
		names = append(names, fmt.Sprintf("%s:%d", name, p.Position))
	}
	return names
}

func TestPlaces(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		listing := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		f.good(t, listing.Listing.ID)
		f.later(time.Minute)
		first := f.posted(t, "d@1", "e@1")
		f.later(time.Minute)
		f.post(t, "f@1") // which nobody sees yet
		second := f.posted(t, "g@1")
		all := store.PublishedQuery{Limit: 100}

		everything := f.places(t, "", all, true)
		want := []string{"a:0", "b:1", "c:2", "d@1:0", "e@1:1", "g@1:0"}
		if diff := cmp.Diff(want, slices.DeleteFunc(named(everything.Items), func(s string) bool { return s == "" })); diff != "" || everything.Total != 6 {
			t.Errorf("all %d (-want +got):\n%s", everything.Total, diff)
		}
		if p := everything.Items[0]; len(p.Content.Variants) != 1 || !p.Cover || p.MediaUUID == "" || p.Listing.ExternalID != "house-1" || p.Listing.ShownAt.IsZero() {
			t.Errorf("the first place is %+v", p)
		}
		if everything.Items[1].Cover {
			t.Error("the second picture is a cover")
		}
		changed := everything.Items[3].Listing.ShownAt
		for name, row := range map[string]struct {
			record string
			q      store.PublishedQuery
			want   []string
		}{
			"a listing":         {gallery.RecordKey(everything.Items[0].Listing), all, want[:3]},
			"a classified":      {first.uuid, all, want[3:5]},
			"none":              {"999999", all, nil},
			"none of that name": {"x'\x00", all, nil},
			"since":             {"", store.PublishedQuery{From: changed, Limit: 100}, want[3:]},
			"until":             {"", store.PublishedQuery{To: changed, Limit: 100}, want[:5]},
			"then":              {second.uuid, store.PublishedQuery{From: changed, To: changed, Limit: 100}, nil},
			"newest first":      {"", store.PublishedQuery{NewestFirst: true, Limit: 3}, []string{"g@1:0", "d@1:0", "e@1:1"}},
			"last first":        {"", store.PublishedQuery{LastFirst: true, Limit: 4}, []string{"c:2", "b:1", "a:0", "e@1:1"}},
			"some":              {"", store.PublishedQuery{Offset: 2, Limit: 2}, want[2:4]},
			"no more than none": {"", store.PublishedQuery{}, nil},
		} {
			if diff := cmp.Diff(row.want, named(f.places(t, row.record, row.q, false).Items)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		f.pagesAreTheWhole(t)
		other, err := f.Places(t.Context(), f.account+1, first.uuid, all, true)
		if err != nil || len(other.Items) != 0 || other.Total != 0 {
			t.Errorf("another account sees %+v, %v", other, err)
		}
	})
}

// pagesAreTheWhole reads in pages, in all orders: together they are what one
// answer has.
func (f fixture) pagesAreTheWhole(t *testing.T) {
	t.Helper()
	for _, q := range []store.PublishedQuery{{}, {NewestFirst: true}, {LastFirst: true}, {NewestFirst: true, LastFirst: true}} {
		q.Limit = 100
		want := named(f.places(t, "", q, false).Items)
		q.Limit = 2
		var got []string
		for {
			page := f.places(t, "", q, false).Items
			got = append(got, named(page)...)
			if len(page) < q.Limit || len(got) > len(want) {
				break
			}
			last := page[len(page)-1]
			q.After = &store.PublishedPlace{ShownAt: last.Listing.ShownAt, Listing: last.Listing.ID, Position: last.Position}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %+v (-want +got):\n%s", q, diff)
		}
	}
}

// Of tours and of videos the public sees the first, and so does who asks for
// places; a media that is there twice can be told apart.
func TestPlacesOfLinks(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.posted(t, "a@1", "b@1")
		view := c.view(t)
		a, b := view.Media[0].Media, view.Media[1].Media
		place := func(m vitrine.Media, kind vitrine.MediaType, url string) store.Shown {
			s := store.Shown{Placement: vitrine.Placement{MediaID: m.ID, Type: kind, URL: url}}
			if url == "" {
				s.Content = m.Content
			}
			return s
		}
		shown := []store.Shown{
			place(a, vitrine.VirtualTour, "tour-1"), place(a, vitrine.Picture, ""), place(b, vitrine.VirtualTour, "tour-2"),
			place(b, vitrine.Video, "video-1"), place(a, vitrine.Panorama, ""), place(b, vitrine.Video, "video-2"),
		}
		err := f.db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Show(t.Context(), view.Classified.ID, 9, shown, time.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		places := f.places(t, c.uuid, store.PublishedQuery{Limit: 10}, true)
		want := []string{"tour-1:0", "a@1:1", "video-1:3", "a@1:4"}
		if diff := cmp.Diff(want, named(places.Items)); diff != "" || places.Total != 4 {
			t.Fatalf("all %d (-want +got):\n%s", places.Total, diff)
		}
		var covers, repeats []int
		for _, p := range places.Items {
			repeats = append(repeats, p.Repeat)
			if p.Cover {
				covers = append(covers, p.Position)
			}
		}
		if !slices.Equal(covers, []int{1}) || !slices.Equal(repeats, []int{0, 1, 1, 2}) {
			t.Errorf("covers are at %v, and repeats are %v", covers, repeats)
		}
	})
}
