package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/vitrine-media/vitrine/internal/browsertest"
)

var writeFigures = flag.String("figures", "", "the `file` to write what the gallery costs a browser into: docs/gallery.md")

// condition is a device and its way to the net.
type condition struct {
	name  string
	like  screen
	slow  float64 // how many times slower its processor is than ours
	ms    float64 // until an answer begins
	kbits float64 // a second
}

var conditions = []condition{
	{"phone, slow 4G", screen{"phone", 412, 823, 1.75, true}, 4, 150, 1638},
	{"desktop, cable", screen{"desktop", 1350, 940, 1, false}, 1, 40, 10240},
}

// figures are what a page costs until nothing more comes.
type figures struct {
	Requests int     // all of them
	Pictures int     // of these
	Bytes    float64 // received, with headers
	First    float64 // ms until something is painted
	Largest  float64 // ms until the largest thing in sight is
	Blocked  float64 // ms that scripts kept the page from answering, beyond 50 at a time
	Shift    float64 // cumulative layout shift
}

// observed reads the figures that the page itself knows.
const observed = `new Promise(done => {
	const sums = {First: 0, Largest: 0, Blocked: 0, Shift: 0};
	const observe = (type, add) => new PerformanceObserver(list => list.getEntries().forEach(add)).observe({type, buffered: true});
	observe("paint", e => { if (e.name === "first-contentful-paint") sums.First = e.startTime });
	observe("largest-contentful-paint", e => sums.Largest = e.startTime);
	observe("longtask", e => sums.Blocked += e.duration - 50);
	observe("layout-shift", e => sums.Shift += e.value);
	requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sums), 50)));
})`

// askedFor counts what a browser asks for.
type askedFor struct {
	mu   sync.Mutex
	sum  figures
	open int // requests that have not ended
}

func (c *askedFor) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		c.open++
		if strings.HasPrefix(e.Request.URL, "data:") || strings.HasSuffix(e.Request.URL, "/favicon.ico") {
			return // nothing that goes over the net, and the browser's own question
		}
		c.sum.Requests++
		if strings.Contains(e.Request.URL, "/v/") {
			c.sum.Pictures++
		}
	case *network.EventLoadingFinished:
		c.open--
		c.sum.Bytes += e.EncodedDataLength
	case *network.EventLoadingFailed:
		c.open--
	}
}

// ended gives what was counted when nothing is on its way.
func (c *askedFor) ended() (figures, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum, c.open == 0
}

// measure opens a page in a browser that has seen nothing yet.
func measure(t *testing.T, address string, on condition) figures {
	t.Helper()
	ctx := browsertest.Start(t)
	counter := &askedFor{}
	if err := chromedp.Listen(ctx, counter.hear); err != nil {
		t.Fatal(err)
	}
	on.like.use(ctx, t)
	protocol(ctx, t, network.Enable, network.EnableParams{})
	protocol(ctx, t, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: on.slow})
	protocol(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Latency: on.ms, DownloadThroughput: on.kbits * 1024 / 8, UploadThroughput: on.kbits * 1024 / 8},
	}})
	browsertest.GoTo(ctx, t, address)
	browsertest.Await(ctx, t, allShown)
	var sum figures
	wait(t, "the last answer", func() (done bool) {
		sum, done = counter.ended()
		return done
	})
	page := browsertest.Evaluate[figures](ctx, t, observed)
	sum.First, sum.Largest, sum.Blocked, sum.Shift = page.First, page.Largest, page.Blocked, page.Shift
	if err := chromedp.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
	return sum
}

// middle takes the middle one of each figure of several runs.
func middle(runs []figures) figures {
	of := func(figure func(figures) float64) float64 {
		var all []float64
		for _, run := range runs {
			all = append(all, figure(run))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return figures{
		Requests: int(of(func(f figures) float64 { return float64(f.Requests) })),
		Pictures: int(of(func(f figures) float64 { return float64(f.Pictures) })),
		Bytes:    of(func(f figures) float64 { return f.Bytes }),
		First:    of(func(f figures) float64 { return f.First }),
		Largest:  of(func(f figures) float64 { return f.Largest }),
		Blocked:  of(func(f figures) float64 { return f.Blocked }),
		Shift:    slices.MaxFunc(runs, func(a, b figures) int { return int((a.Shift - b.Shift) * 1e6) }).Shift, // the worst: it has to be 0
	}
}

// TestGalleryFigures measures what the gallery costs a browser before anybody
// presses anything. Nothing moves, and no more is asked for than is in sight or
// near; the times are for docs/gallery.md.
func TestGalleryFigures(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	runs := 1
	if *writeFigures != "" {
		runs = 5
	}
	var table strings.Builder
	for _, page := range []struct {
		name, address string
		pictures      int // asked for at most, by any screen
		others        int // the other requests
	}{
		{"`/l/` page", s.page, 14, 2}, // the page, the component
		{"component, script in the head", s.embeds["at once"], 3, 4},
		{"component, script `async`", s.embeds["late"], 3, 4}, // the page, its style sheet, the component, the list
	} {
		for _, on := range conditions {
			var all []figures
			for range runs {
				all = append(all, measure(t, page.address, on))
			}
			sum := middle(all)
			if sum.Shift != 0 || sum.Pictures == 0 || sum.Pictures > page.pictures || sum.Requests-sum.Pictures > page.others || sum.Largest == 0 {
				t.Errorf("%s, %s: %+v", page.name, on.name, sum)
			}
			fmt.Fprintf(&table, "| %s | %s | %d | %d | %.0f | %.0f | %.0f | %.0f | %g |\n",
				page.name, on.name, sum.Requests, sum.Pictures, sum.Bytes/1000, sum.First, sum.Largest, sum.Blocked, sum.Shift)
		}
	}
	t.Logf("\n%s", &table)
	if *writeFigures == "" {
		return
	}
	text, err := os.ReadFile(*writeFigures)
	if err != nil {
		t.Fatal(err)
	}
	const head = "|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
	before, rest, found := bytes.Cut(text, []byte(head))
	_, after, ended := bytes.Cut(rest, []byte("\n\n"))
	if !found || !ended {
		t.Fatalf("%s has no table of figures", *writeFigures)
	}
	if err := os.WriteFile(*writeFigures, slices.Concat(before, []byte(head), []byte(table.String()), []byte("\n"), after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// protocol gives the browser a command of its protocol whose answer doesn't matter.
func protocol[P, R any](ctx context.Context, t testing.TB, name cdp.Command[P, R], params P) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, name, params)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}
