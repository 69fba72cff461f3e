package gallery_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// classified is one classified of the fixture's account. Its media are written
// "a@1": the path a at the timestamp 1.
type classified struct {
	fixture
	uuid    string
	gallery string
}

func wish(names ...string) gallery.ClassifiedInput {
	in := gallery.ClassifiedInput{Portals: []string{"SL"}, Data: json.RawMessage(`{"price":1}`)}
	for _, name := range names {
		path, version, ok := strings.Cut(name, "@")
		url := "https://origin.example/" + path
		if ok {
			url += "?timestamp=" + version
		}
		in.Media = append(in.Media, gallery.ClassifiedMedia{URL: url, Type: vitrine.Picture})
	}
	return in
}

func (f fixture) post(t *testing.T, names ...string) classified {
	t.Helper()
	result, err := f.PostClassified(t.Context(), f.account, wish(names...), gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return classified{f, result.Classified.UUID, result.Classified.Gallery}
}

// posted is post with every media ended well.
func (f fixture) posted(t *testing.T, names ...string) classified {
	t.Helper()
	c := f.post(t, names...)
	c.allGood(t)
	return c
}

func (c classified) put(t *testing.T, names ...string) gallery.ClassifiedResult {
	t.Helper()
	return c.putWish(t, wish(names...))
}

func (c classified) putWish(t *testing.T, in gallery.ClassifiedInput) gallery.ClassifiedResult {
	t.Helper()
	result, err := c.PutClassified(t.Context(), c.account, c.uuid, in, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (c classified) view(t *testing.T) gallery.ClassifiedView {
	t.Helper()
	view, err := c.Classified(t.Context(), c.account, c.uuid)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// nameOf is a media as the tests write it.
func nameOf(url string) string {
	return strings.Replace(url[strings.LastIndex(url, "/")+1:], "?timestamp=", "@", 1)
}

// one gives the media of the list that is wanted as this.
func (c classified) one(t *testing.T, name string) vitrine.Media {
	t.Helper()
	for _, m := range c.view(t).Media {
		if nameOf(m.Media.Source.URL) == name {
			return m.Media
		}
	}
	t.Fatalf("the list has no %s", name)
	return vitrine.Media{}
}

// ok ends a media well, with bytes that are named as it is.
func (c classified) ok(t *testing.T, name string) {
	t.Helper()
	c.fetched(t, c.one(t, name), "sha-"+name)
	c.optimised(t, "sha-"+name)
}

func (c classified) notOK(t *testing.T, name string) {
	t.Helper()
	c.bad(t, c.one(t, name))
}

func (c classified) allGood(t *testing.T) {
	t.Helper()
	for _, m := range c.view(t).Media {
		if now := c.one(t, nameOf(m.Media.Source.URL)); !now.State.Ended() {
			c.ok(t, nameOf(now.Source.URL))
		}
	}
}

// wantSees checks what the public sees: nothing at all for no words, an empty
// gallery for one empty word.
func (c classified) wantSees(t *testing.T, want string) {
	t.Helper()
	got := "nothing"
	if _, err := c.Public(t.Context(), c.gallery); err == nil {
		got = strings.ReplaceAll(strings.Join(c.shown(t, c.gallery), " "), "sha-", "")
	}
	if got != want {
		t.Errorf("the public sees %q, want %q", got, want)
	}
}

// wantHistory checks the newest statuses, the oldest of them first.
func (c classified) wantHistory(t *testing.T, want ...string) {
	t.Helper()
	lines, err := c.Statuses(t.Context(), c.account, c.uuid, 0, len(want))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(lines))
	for i, line := range lines {
		got[len(lines)-1-i] = strings.TrimSpace(string(line.Status) + " " + line.SubStatus)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got)\n%s", diff)
	}
}

// wantMedia checks the list's media statuses.
func (c classified) wantMedia(t *testing.T, want string) {
	t.Helper()
	var got []string
	for _, report := range c.view(t).Status.Media {
		text := nameOf(report.URL) + " " + string(report.Status)
		got = append(got, text)
	}
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("the newest status says %q, want %q", text, want)
	}
}

// wantFetches checks which media of the list wait for a download.
func (c classified) wantFetches(t *testing.T, want string) {
	t.Helper()
	var got []string
	for _, m := range c.view(t).Media {
		if name := nameOf(m.Placement.URL); !m.Media.State.Ended() && !strings.Contains(strings.Join(got, " "), name) {
			got = append(got, name)
		}
	}
	if text := strings.Join(got, " "); text != want {
		t.Errorf("to be downloaded are %q, want %q", text, want)
	}
}

func planText(lines []gallery.PlanLine) string {
	var steps []string
	for _, line := range lines {
		steps = append(steps, string(line.Action)+" "+nameOf(line.URL))
	}
	return strings.Join(steps, ", ")
}

func wantPlan(t *testing.T, result gallery.ClassifiedResult, want string) {
	t.Helper()
	if got := planText(result.Plan); got != want {
		t.Errorf("the plan is %q, want %q", got, want)
	}
}
