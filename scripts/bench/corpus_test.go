package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// A corpus repeats the photos that the limit can do as well, and no others.
func TestCorpus(t *testing.T) {
	t.Parallel()
	var grey bytes.Buffer
	if err := jpeg.Encode(&grey, image.NewGray(image.Rect(0, 0, 20, 20)), nil); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "grey.jpg")
	if err := os.WriteFile(name, grey.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &lab{dir: t.TempDir(), photos: []string{meadow(t, 40, 30), name, meadow(t, 50, 30)}}
	part, err := l.corpus("photos", 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, of := range []int{0, 2, 0} {
		if got, want := read(t, part.photos[i]), read(t, l.photos[of]); got != want {
			t.Errorf("photo %d isn't photo %d of the folder", i, of)
		}
	}
	if _, err := (&lab{dir: t.TempDir(), photos: []string{name}}).corpus("photos", 3); err == nil {
		t.Error("a corpus of no photo is no error")
	}
}

func TestLargeSide(t *testing.T) {
	t.Parallel()
	for _, megapixels := range []int{24, 36, 48} {
		side := largeSide(megapixels)
		if made := float64(side*side*3/4) / 1e6; made < float64(megapixels) || made > 1.01*float64(megapixels) || side%16 != 0 {
			t.Errorf("%d px make %.2f MP, want %d", side, made, megapixels)
		}
	}
}
