package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goTestOutput = `goos: linux
goarch: amd64
pkg: github.com/vitrine-media/vitrine/cmd/vitrined
BenchmarkResyncCurve/sqlite/listings/10000-2         	       1	      4000 bare/s	      2000 puts/s	         0.5000 ratio	         1.250 write-ratio
BenchmarkResyncCurve/sqlite/listings/10000-2         	       1	      5000 bare/s	      3000 puts/s	         0.6000 ratio	         1.500 write-ratio
BenchmarkResyncCurve/sqlite/listings/1000            	       1	      5000 bare/s	      3100 puts/s	         0.6200 ratio	         1.500 write-ratio
BenchmarkResyncCurve/postgres/classifieds/1000-2     	       1	      5000 bare/s	       900 puts/s	         0.1800 ratio	         0.300 write-ratio
PASS
ok  	github.com/vitrine-media/vitrine/cmd/vitrined	12.3s
`

func TestResyncRows(t *testing.T) {
	t.Parallel()
	all, err := readBenchmarks(strings.NewReader(goTestOutput))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := resyncRows(all)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		API, Engine string
		Size        int
		Puts, Ratio figures
	}
	var got []row
	for _, r := range rows {
		got = append(got, row{r.api, r.engine, r.size, r.measured["puts/s"], r.measured["ratio"]})
	}
	want := []row{
		{"classifieds", "postgres", 1000, figures{900}, figures{0.18}},
		{"listings", "sqlite", 1000, figures{3100}, figures{0.62}},
		{"listings", "sqlite", 10_000, figures{2000, 3000}, figures{0.5, 0.6}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f := resyncFinding(measured{"puts/s": {2000}, "downloads-of-1%": {20}}, rows)
	wantCells := []string{"listings, sqlite", "10,000", "2500 (2000–3000)", "1.38 (1.25–1.50)", "met", "0.55 (0.50–0.60)"}
	if diff := cmp.Diff(wantCells, f.tables[0].rows[2]); diff != "" {
		t.Errorf("the last row (-want +got)\n%s", diff)
	}
	if got := f.tables[0].rows[0][4]; got != "**not met**" {
		t.Errorf("of a ratio of 0.3 the goal is %s", got)
	}
	if curves := f.charts[0].curves; len(curves) != 2 || len(curves[1].points) != 2 {
		t.Errorf("the curves are %+v", curves)
	}
}

func TestResyncRowsWrong(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"PASS\n", // nothing was run
		"BenchmarkOther 1 5 puts/s\n",
		"BenchmarkResyncCurve/sqlite/listings/many 1 5 puts/s 1 ratio 1 write-ratio\n",
		"BenchmarkResyncCurve/sqlite/listings/10 1 5 puts/s 1 ratio\n", // half of it
	} {
		all, err := readBenchmarks(strings.NewReader(text))
		if err == nil {
			_, err = resyncRows(all)
		}
		if err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{7: "7", 1000: "1,000", 10_050: "10,050", 1_000_000: "1,000,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
