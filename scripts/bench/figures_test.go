package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		figures figures
		q, want float64
	}{
		{nil, 0.5, 0},
		{figures{7}, 0, 7},
		{figures{7}, 1, 7},
		{figures{3, 1, 2}, 0, 1},
		{figures{3, 1, 2}, 0.5, 2},
		{figures{3, 1, 2}, 1, 3},
		{figures{1, 2, 3, 10}, 0.5, 2.5},
		{figures{1, 2, 3, 10}, 0.25, 1.75},
	} {
		if got := row.figures.quantile(row.q); got != row.want {
			t.Errorf("quantile %v of %v is %v, want %v", row.q, row.figures, got, row.want)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(figures{2, 0.5}, figures{4, 5}.by(figures{2, 10})); diff != "" {
		t.Errorf("ratios of rounds (-want +got):\n%s", diff)
	}
	if got := (figures{1, 2, 6}).mean(); got != 3 {
		t.Errorf("the mean is %v, want 3", got)
	}
	if got := (figures{1.5}).text("%.1f"); got != "1.5" {
		t.Errorf("one figure reads %q", got)
	}
	if got := (figures{3, 1, 2}).text("%.0f"); got != "2 (1–3)" {
		t.Errorf("three figures read %q", got)
	}
	if got := (figures{100, 100, 100, 105, 110, 115}).growth(); math.Abs(got-10) > 1e-9 {
		t.Errorf("growth of %v percent, want 10", got)
	}
}
