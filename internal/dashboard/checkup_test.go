package dashboard_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// measured has a photo of a listing ready, with these figures.
func (s *site) measured(t *testing.T, account int64, l vitrine.Listing, place int, sha256 string, figures vitrine.Figures) vitrine.Media {
	t.Helper()
	view, err := s.Listing(t.Context(), account, gallery.Ref{ID: l.ID})
	if err != nil {
		t.Fatal(err)
	}
	m := view.Media[place].Media
	done := func(context.Context, *store.Tx) error { return nil }
	attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: time.Now(), Bytes: 9, Type: "image/jpeg", Outcome: vitrine.OutcomeOK}
	if wanted, _, err := s.Claim(t.Context(), done, attempt, sha256, nil); err != nil || !wanted {
		t.Fatalf("claim: wanted %t, %v", wanted, err)
	}
	if err := s.Fetched(t.Context(), done, attempt, sha256, vitrine.Validator{}, gallery.PriorityFirst); err != nil {
		t.Fatal(err)
	}
	begun, wanted, err := s.BeginOptimise(t.Context(), done, gallery.OptimiseTask{SHA256: sha256})
	if err != nil || !wanted {
		t.Fatalf("begin to optimise: wanted %t, %v", wanted, err)
	}
	c := begun.Content
	c.Width, c.Height, c.Recipe, c.Figures = 2000, 1500, "r", &figures
	attempt.Stage = "optimise"
	if err := s.Optimised(t.Context(), done, c, attempt); err != nil {
		t.Fatal(err)
	}
	return m
}

// dark are the figures of a dark photo, like that of any other.
func dark() vitrine.Figures {
	f := vitrine.Figures{
		Measures: vitrine.Measures{Sharpness: 1, Edges: 0.5, Lights: 60, Flat: 0.4, Hard: 0.1, Plain: 0.2},
		Likeness: vitrine.Likeness{Hash: 77, Information: 50, Thumb: make([]byte, vitrine.ThumbFields)},
	}
	for i := range f.Likeness.Thumb {
		f.Likeness.Thumb[i] = byte(i)
	}
	return f
}

// What there is to say of a picture stands in the list and, with the figures and
// what to do, on its page, in either language.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat", "https://crm.example/1.jpg", "https://crm.example/2.jpg")
	first := s.measured(t, mine, l, 0, "sha-1", dark())
	second := s.measured(t, mine, l, 1, "sha-2", dark())
	page := "/listings/" + l.UUID
	v := s.signedIn(t, secret)
	v.get(t, page).wants(t, "too_dark", "The picture is very dark.", "same_picture", `<a href="`+page+"/media/"+first.UUID+`">See the other one</a>`)
	v.get(t, page+"/media/"+second.UUID).wants(t, "Check-up", "lights 60 &lt; 95", "distance 0 &lt; 13 · correlation 1 ≥ 0.94", "Keep the better of the two.")

	// Other listings are looked through for the page of a file alone.
	other := s.put(t, mine, "house", "https://crm.example/3.jpg")
	third := s.measured(t, mine, other, 0, "sha-3", dark())
	list := v.get(t, "/listings/"+other.UUID)
	list.wants(t, "too_dark")
	if strings.Contains(list.body, "picture_elsewhere") {
		t.Errorf("the list tells of other listings:\n%s", list.body)
	}
	v.get(t, "/listings/"+other.UUID+"/media/"+third.UUID).wants(t, "picture_elsewhere", `<a href="`+page+"/media/"+first.UUID+`">See the other one</a>`)

	v.get(t, page+"/media/"+second.UUID, "Accept-Language", "fr").wants(t, "L’image est très sombre.", "Garder la meilleure des deux.")
}
