package docs_test

import (
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// The pictures of the sync rules are drawn from what the rules' own functions say
// of the lists in them, so that neither can change without the other.
func TestPictures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"sync-plan.svg":    planPicture(),
		"sync-repeats.svg": repeatsPicture(),
		"sync-url.svg":     urlPicture(t),
		"sync-swap.svg":    swapPicture(),
		"sync-shown.svg":   shownPicture(),
	} {
		if *write {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, read(t, name)); diff != "" {
			t.Errorf("%s is not as it would be drawn; write it with: go test ./docs -run TestPictures -write\n(-want +got)\n%s", name, diff)
		}
	}
}

// drawing is an SVG in the making. It has its own white ground, since pages may be
// dark, and no style, which policies forbid.
type drawing struct {
	strings.Builder
	height int
}

const pictureWidth = 580

// colours of the actions of a plan: dark enough for text on white, and on their
// light ground.
var colours = map[vitrine.Action]struct{ line, ground string }{
	vitrine.Keep:    {"#5c6570", "#eef0f2"},
	vitrine.Move:    {"#1b55a0", "#e4edfa"},
	vitrine.Refetch: {"#7a4d00", "#fbeed4"},
	vitrine.Add:     {"#17653c", "#e2f3e8"},
	vitrine.Remove:  {"#a0231b", "#fbe6e3"},
}

func (d *drawing) svg(title string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14" fill="#1c1b19" role="img">
<title>%s</title>
<rect width="%d" height="%d" rx="8" fill="#fff"/>
%s</svg>
`, pictureWidth, d.height, pictureWidth, d.height, html.EscapeString(title), pictureWidth, d.height, d.String())
}

func (d *drawing) add(format string, args ...any) { _, _ = fmt.Fprintf(d, format, args...) }

func (d *drawing) text(x, y int, anchor, extra, text string) {
	d.add(`<text x="%d" y="%d" text-anchor="%s"%s>%s</text>`+"\n", x, y, anchor, extra, html.EscapeString(text))
}

// card is a photo: a box with its name.
func (d *drawing) card(x, y, width int, action vitrine.Action, name string) {
	c := colours[action]
	d.add(`<rect x="%d" y="%d" width="%d" height="34" rx="6" fill="%s" stroke="%s"/>`+"\n", x, y, width, c.ground, c.line)
	d.text(x+width/2, y+22, "middle", ` fill="`+c.line+`"`, name)
}

func (d *drawing) line(x1, y1, x2, y2 int, action vitrine.Action) {
	middle := (x1 + x2) / 2
	d.add(`<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="%s" stroke-width="2"/>`+"\n", x1, y1, middle, y1, middle, y2, x2, y2, colours[action].line)
}

// The places of a picture of a plan.
const (
	rowHeight  = 44
	headHeight = 40
	cardWidth  = 130
	beforeX    = 16
	afterX     = 240
)

func rowY(i int) int { return headHeight + i*rowHeight }

// photo is an item of a list, with what is written on its card.
type photo struct{ key, version, name string }

func items(photos []photo) (all []vitrine.Item) {
	for _, p := range photos {
		all = append(all, vitrine.Item{Key: p.key, Version: p.version})
	}
	return all
}

// plan draws two lists side by side, and what vitrine.Plan does between them.
func plan(title, last, next string, before, after []photo) string {
	d := &drawing{height: rowY(max(len(before), len(after))) + 4}
	d.text(beforeX, 26, "start", ` font-weight="bold"`, last)
	d.text(afterX, 26, "start", ` font-weight="bold"`, next)
	for _, step := range vitrine.Plan(items(before), items(after)) {
		if step.From >= 0 && step.To >= 0 {
			d.line(beforeX+cardWidth, rowY(step.From)+17, afterX, rowY(step.To)+17, step.Action)
		}
		if step.From >= 0 {
			d.card(beforeX, rowY(step.From), cardWidth, step.Action, before[step.From].name)
		}
		if step.To < 0 {
			d.text(beforeX+cardWidth+8, rowY(step.From)+22, "start", ` fill="`+colours[step.Action].line+`"`, "remove")
			continue
		}
		d.card(afterX, rowY(step.To), cardWidth, step.Action, after[step.To].name)
		d.text(afterX+cardWidth+12, rowY(step.To)+22, "start", ` fill="`+colours[step.Action].line+`"`, said(step))
	}
	return d.svg(title)
}

// said is a step in words. Places count from 1, as people do.
func said(step vitrine.Step) string {
	switch step.Action {
	case vitrine.Move:
		return fmt.Sprintf("move: %d → %d", step.From+1, step.To+1)
	case vitrine.Refetch:
		return "refetch: " + step.Why
	case vitrine.Add:
		return "add"
	}
	return string(step.Action)
}

func planPicture() string {
	return plan("A list before and after a PUT, and what is done with each photo", "The list it has", "The list you send",
		[]photo{{"house", "", "house"}, {"hall", "", "hall"}, {"kitchen", "1", "kitchen, v1"}, {"bath", "", "bath"}, {"garage", "", "garage"}},
		[]photo{{"house", "", "house"}, {"bath", "", "bath"}, {"kitchen", "2", "kitchen, v2"}, {"hall", "", "hall"}, {"garden", "", "garden"}})
}

func repeatsPicture() string {
	return plan("One photo in two places, of which the second goes", "The list it has", "The list you send",
		[]photo{{"house", "", "house"}, {"hall", "", "hall"}, {"house", "", "house"}},
		[]photo{{"house", "", "house"}, {"hall", "", "hall"}})
}

// urlPicture shows three ways to write the version into a URL, which
// vitrine.ParseSource takes apart.
func urlPicture(t *testing.T) string {
	t.Helper()
	d := &drawing{height: 176}
	var first vitrine.Source
	for i, sent := range []string{
		"https://photos.example/77/bath.jpg?w=2000&timestamp=0925",
		"https://photos.example/77/bath.jpg?timestamp=0925&w=2000",
		"https://photos.example/77/bath.jpg?w=2000×tamp=0925",
	} {
		source, err := vitrine.ParseSource(sent, vitrine.SourceRules{})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = source
		}
		if source.Identity != first.Identity || source.Version != first.Version {
			t.Errorf("%s is not the same as the first: %+v", sent, source)
		}
		d.text(16, 30+i*26, "start", ` font-family="monospace" font-size="13"`, sent)
	}
	for i, part := range []struct {
		what, text string
		action     vitrine.Action
	}{{"identity", first.Identity, vitrine.Move}, {"version", first.Version, vitrine.Refetch}} {
		y := 118 + i*32
		d.text(16, y, "start", ` font-weight="bold" fill="`+colours[part.action].line+`"`, part.what)
		d.text(96, y, "start", ` font-family="monospace" font-size="13" fill="`+colours[part.action].line+`"`, part.text)
	}
	return d.svg("A URL is an identity and a version")
}

// swapPicture shows what the public sees while a new list is fetched.
func swapPicture() string {
	d := &drawing{height: 268}
	const (
		left, put, settled, right = 128, 210, 430, 564
		photosTop, publicTop      = 46, 204
	)
	bar := func(y, from, to int, action vitrine.Action, text string) {
		c := colours[action]
		d.add(`<rect x="%d" y="%d" width="%d" height="28" rx="5" fill="%s" stroke="%s"/>`+"\n", from, y, to-from, c.ground, c.line)
		d.text((from+to)/2, y+19, "middle", ` font-size="13" fill="`+c.line+`"`, text)
	}
	mark := func(x int, text string) {
		d.add(`<path d="M%d 34V234" stroke="#5c6570" stroke-dasharray="4 4"/>`+"\n", x)
		d.text(x, 24, "middle", ` font-size="13"`, text)
	}
	mark(put, "PUT")
	mark(settled, "all have ended")
	for i, row := range []struct {
		name, text string
		action     vitrine.Action
		from, to   int
	}{
		{"garden", "fetch", vitrine.Add, put, 290},
		{"kitchen, v2", "fetch, slow", vitrine.Refetch, put, settled},
		{"bath, v2", "fails", vitrine.Remove, put, 340},
	} {
		y := photosTop + i*40
		d.text(16, y+19, "start", "", row.name)
		bar(y, row.from, row.to, row.action, row.text)
	}
	d.text(16, publicTop-18, "start", ` font-weight="bold"`, "The public sees")
	bar(publicTop, left, settled, vitrine.Keep, "the list before: kitchen v1, bath v1")
	bar(publicTop, settled, right, vitrine.Add, "the new list")
	d.text(right, publicTop+50, "end", ` font-size="13" fill="`+colours[vitrine.Remove].line+`"`, "bath v1 stays in its place: stale")
	return d.svg("The public gallery changes over in one step, when all pictures of the new list have ended")
}

// shownPicture shows how a list becomes a gallery.
func shownPicture() string {
	d := &drawing{height: rowY(6) + 4}
	d.text(beforeX, 26, "start", ` font-weight="bold"`, "The list you send")
	d.text(afterX, 26, "start", ` font-weight="bold"`, "The gallery")
	list := []struct {
		name   string
		action vitrine.Action
		to     int // the row in the gallery, -1 for none
		as     string
	}{
		{"photo: house", vitrine.Keep, 0, "1: house"},
		{"tour", vitrine.Move, 3, "tour"},
		{"photo: bath", vitrine.Keep, 1, "2: bath"},
		{"video 1", vitrine.Refetch, 4, "video 1"},
		{"photo: garden", vitrine.Keep, 2, "3: garden"},
		{"video 2", vitrine.Remove, -1, ""},
	}
	for i, row := range list {
		d.card(beforeX, rowY(i), cardWidth, row.action, row.name)
		if row.to < 0 {
			d.text(beforeX+cardWidth+8, rowY(i)+22, "start", ` fill="`+colours[row.action].line+`"`, "not shown")
			continue
		}
		d.line(beforeX+cardWidth, rowY(i)+17, afterX, rowY(row.to)+17, row.action)
		d.card(afterX, rowY(row.to), cardWidth, row.action, row.as)
	}
	d.text(afterX+cardWidth+12, rowY(1)+22, "start", "", "pictures, in order")
	d.text(afterX+cardWidth+12, rowY(3)+22, "start", "", "the first tour,")
	d.text(afterX+cardWidth+12, rowY(4)+22, "start", "", "and the first video")
	return d.svg("Pictures in the order of the list; the first tour and the first video apart")
}
