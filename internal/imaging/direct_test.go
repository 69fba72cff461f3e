package imaging

import (
	"bytes"
	"context"
	"math"
	"testing"
)

// Real photos come out as by libvips, and all of them can go the direct way.
func TestPlanesOfPhotos(t *testing.T) {
	t.Parallel()
	for _, photo := range realPhotos(t) {
		data := readFile(t, photo)
		h, err := probe(data)
		if err != nil {
			t.Fatal(err)
		}
		got := decodePlanes(data, h, 1024, nil)
		if got == nil {
			t.Errorf("%s can't go the direct way", photo)
			continue
		}
		t.Log(photo)
		comparePlanes(t, got, throughLibvips(t, data, 1024), 2.5)
	}
}

// What is made of a file doesn't depend on whether its sender calls it a
// panorama, and whole spheres are looked at by libvips.
func TestDirectWay(t *testing.T) {
	t.Parallel()
	plain := sampling(t, "420")
	for _, row := range []struct {
		name   string
		data   []byte
		called bool
		want   bool
	}{
		{"plain", plain, false, true},
		{"called a panorama", plain, true, true},
		{"sRGB", withSegments(plain, iccSegment(rgbProfile(srgbPrimaries, srgbCurve))), false, true},
		{"P3", withSegments(plain, iccSegment(rgbProfile(p3Primaries, srgbCurve))), false, true},
		{"P3, damaged", withSegments(plain, iccSegment(damagedProfile())), false, false},
		{"inks", testFile(t, "cmyk.jpg"), false, false},
		{"whole sphere", jpegOf(t, sky(2048, 1024)), false, false},
		{"PNG", testFile(t, "chart.png"), false, false},
	} {
		w := &work{data: row.data, result: &Result{}, task: &Task{
			Panorama: row.called, MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: DefaultRecipe(),
		}}
		for _, step := range []func(*work) error{(*work).acceptType, (*work).checkLimits, (*work).chooseWay, (*work).decode} {
			if err := step(w); err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
		}
		if _, direct := w.picture.(*planes); direct != row.want {
			t.Errorf("%s: taken the direct way: %v, want %v", row.name, direct, row.want)
		}
	}
}

// A child that is locked in can go the direct way, too: its variant is, byte by
// byte, the one that is made here.
func TestDirectWayInChild(t *testing.T) {
	t.Parallel()
	data := sampling(t, "progressive")
	result, err := newPool(t).Optimise(context.Background(), Request{Source: tempFile(t, "photo.jpg", data), OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := probe(data)
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodePlanes(data, h, 1024, nil).webp(80, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, result.Files[2]); !bytes.Equal(got, want) {
		t.Errorf("a variant of %d bytes, want another of %d", len(got), len(want))
	}
}

// FuzzDecodePlanes checks that a file in which the direct way finds no fault is
// one that libvips reads too. What it refuses goes to libvips anyway.
func FuzzDecodePlanes(f *testing.F) {
	for _, row := range samplings {
		data := sampling(f, row.name)
		f.Add(data)
		for part := 1; part < 40; part++ {
			at := part * len(data) / 40
			f.Add(data[:at])
			f.Add(append(append(append([]byte{}, data[:at]...), data[at]^byte(1<<(part%8))), data[at+1:]...))
			f.Add(append(append(append([]byte{}, data[:at]...), 0xff, byte(0xc0+part)), data[at:]...))
		}
		f.Add(data[:len(data)-2]) // no end
		f.Add(append(append([]byte{}, data...), "and more"...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if loaderOf(data) != loaders["image/jpeg"] {
			return
		}
		h, err := probe(data)
		if err != nil || h.Width*h.Height > 1_000_000 {
			return
		}
		got := decodePlanes(data, h, 64, nil)
		if got == nil {
			return
		}
		want, err := decode(data, shrunk, 64, "")
		if err != nil {
			t.Fatalf("libvips refuses it: %v", err)
		}
		// Where a side rounds to depends on how libvips shrinks while loading.
		if math.Abs(float64(got.Width-want.Width)) > 1 || math.Abs(float64(got.Height-want.Height)) > 1 {
			t.Errorf("%d x %d px, want %d x %d", got.Width, got.Height, want.Width, want.Height)
		}
	})
}
