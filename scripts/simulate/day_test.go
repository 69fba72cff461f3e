package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testListings = 20_000

func testSetup(fair bool) Setup {
	return Setup{Listings: testListings, Nodes: 1, Cores: 1, VideoCores: 1, Fair: fair, Seed: 3}
}

func testDay(t *testing.T, s Setup) *Outcome {
	t.Helper()
	measured, err := readMeasured()
	if err != nil {
		t.Fatal(err)
	}
	a := defaultAssumed()
	a.ImportListings = 500
	return simulate(measured, a, s)
}

// Everything that came in was done once, and counted once.
func TestConservation(t *testing.T) {
	t.Parallel()
	for _, fair := range []bool{false, true} {
		o := testDay(t, testSetup(fair))
		counted := 0
		for hour := range o.Hours {
			for c := range classes {
				counted += o.Hours[hour][c].n
			}
		}
		if counted != o.Puts {
			t.Errorf("fair %v: %d PUTs were published, want %d", fair, counted, o.Puts)
		}
		if fetched := o.Fetch.finished + o.Bulk.finished; fetched != o.Photos || o.Optimise.finished != o.Photos {
			t.Errorf("fair %v: %d photos were fetched and %d optimised, want %d", fair, fetched, o.Optimise.finished, o.Photos)
		}
		if yields := o.Bulk.finished > 0; yields != fair {
			t.Errorf("fair %v: %d photos yielded", fair, o.Bulk.finished)
		}
		if o.Encode.finished == 0 || o.Encode.finished != o.Video.n {
			t.Errorf("fair %v: %d videos were encoded, %d were noted", fair, o.Encode.finished, o.Video.n)
		}
		for _, l := range []*lane{o.Fetch, o.Bulk, o.Optimise, o.Encode} {
			if l.depth != 0 || l.busy != 0 || l.waits.n != l.finished {
				t.Errorf("fair %v: a lane ended with %d tasks and %d busy workers; %d began, %d finished", fair, l.depth, l.busy, l.waits.n, l.finished)
			}
		}
	}
}

// The rule changes who waits, not what is done.
func TestSameWorkWithTheRule(t *testing.T) {
	t.Parallel()
	without, with := testDay(t, testSetup(false)), testDay(t, testSetup(true))
	checkNear(t, "the work of the optimise lane", with.Optimise.work, without.Optimise.work, 1e-9)
	checkNear(t, "the work of the downloads", with.Fetch.work+with.Bulk.work, without.Fetch.work, 1e-9)
	edits := func(o *Outcome) float64 {
		var h histogram
		for hour := range o.Hours {
			h.merge(&o.Hours[hour][editSmall])
		}
		return h.quantile(0.95)
	}
	if edits(with) >= edits(without) {
		t.Errorf("the p95 of edits is %v with the rule and %v without", edits(with), edits(without))
	}
}

func TestDeterminism(t *testing.T) {
	t.Parallel()
	print := func(seed uint64) string {
		s := testSetup(true)
		s.Seed = seed
		var b bytes.Buffer
		if err := writeReport(&b, testDay(t, s), true); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	first := print(3)
	if diff := cmp.Diff(first, print(3)); diff != "" {
		t.Errorf("the same seed gave (-first +second)\n%s", diff)
	}
	if first == print(4) {
		t.Error("another seed gave the same day")
	}
}

// The day holds as much as is assumed.
func TestDay(t *testing.T) {
	t.Parallel()
	a := defaultAssumed()
	puts, _ := day(200_000, a, 1)
	photos, night, before := 0, 0, 0.0
	for _, p := range puts {
		if p.at < before {
			t.Fatal("the PUTs are not in order")
		}
		before = p.at
		if p.class == moveIn {
			continue
		}
		photos += p.photos
		if p.class == nightSmall || p.class == nightLarge {
			night += p.photos
		}
	}
	checkNear(t, "the number of changed photos", float64(photos), 200_000*20*a.ChangedPerDay, 0.05)
	checkNear(t, "the night's share", float64(night)/float64(photos), a.NightShare, 0.03)

	var sum float64
	sizes := accountSizes(200_000, a)
	for _, size := range sizes {
		sum += size
	}
	checkNear(t, "the sum of the accounts", sum, 200_000, 1e-9)
	checkNear(t, "the largest by the tenth", sizes[0]/sizes[9], math.Pow(10, a.Skew), 1e-9)
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var low, all histogram
	for i := 1; i <= 50; i++ {
		low.add(float64(i))
	}
	for i := 51; i <= 100; i++ {
		all.add(float64(i))
	}
	all.merge(&low)
	for q, want := range map[float64]float64{0.5: 50, 0.95: 95, 1: 100} {
		if got := all.quantile(q); got < want || got > want*step {
			t.Errorf("quantile %v is %v, want %v or up to 2%% more", q, got, want)
		}
	}
	checkNear(t, "the mean", all.mean(), 50.5, 1e-9)
	if got := (&histogram{}).quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	chart := filepath.Join(t.TempDir(), "chart.svg")
	var stdout, stderr bytes.Buffer
	if err := run([]string{"-listings", "2000", "-nodes", "1, 2", "-hours", "-chart", chart}, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(stdout.Bytes(), []byte("from PUT to published")); n != 4 {
		t.Errorf("%d days were printed, want 4:\n%s", n, &stdout)
	}
	file, err := os.Open(chart)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	decoder := xml.NewDecoder(file)
	paths := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "path" {
			paths++
		}
	}
	if paths < 8 { // four curves with their keys, and the axes
		t.Errorf("the chart has %d paths", paths)
	}
	for _, bad := range [][]string{{"-nodes", "0"}, {"-nodes", "x"}, {"-listings", "0"}, {"-fetch-per-origin", "0"}, {"-fetch-workers", "-1"}} {
		if err := run(bad, &stdout, &stderr); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}
