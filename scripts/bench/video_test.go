package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseBenchmarks(t *testing.T) {
	t.Parallel()
	const out = `goos: linux
pkg: github.com/vitrine-media/vitrine/internal/video
BenchmarkTranscode-2   	       1	12000000000 ns/op	         1.100 all/bare	         0.990 transcode/bare
BenchmarkTranscode-2   	       1	13000000000 ns/op	         1.200 all/bare	         1.010 transcode/bare
BenchmarkRemux-2       	       1	  300000000 ns/op	         2 all/bare
PASS
`
	want := map[string]map[string]figures{
		"Transcode": {"ns/op": {12e9, 13e9}, "all/bare": {1.1, 1.2}, "transcode/bare": {0.99, 1.01}},
		"Remux":     {"ns/op": {3e8}, "all/bare": {2}},
	}
	if diff := cmp.Diff(want, parseBenchmarks(out)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
