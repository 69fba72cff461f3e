package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"", "1 front.jpg", "01.jpg", "1.jpg", "2.jpg", "2a.jpg", "10.jpg", "00011.jpg", "99999999999999999999998.jpg", "99999999999999999999999.jpg",
		"IMG_2.jpg", "IMG_2_1.jpg", "IMG_2_10.jpg", "IMG_10.jpg", "img_1.jpg", "kitchen", "kitchen.jpg", "kitchen2.jpg", "küche.jpg",
	}
	got := slices.Clone(want)
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, compareNames)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}
