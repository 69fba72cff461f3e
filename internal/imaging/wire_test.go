package imaging

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// A child that has read foreign bytes may say anything of them.
func TestCheckFacts(t *testing.T) {
	t.Parallel()
	pano := func(change func(*vitrine.PanoData)) vitrine.ContentFacts {
		p := &vitrine.PanoData{Projection: vitrine.Equirectangular, FullWidth: 4096, FullHeight: 2048, CroppedWidth: 4096, CroppedHeight: 2048}
		change(p)
		return vitrine.ContentFacts{Panorama: p}
	}
	called := pano(func(p *vitrine.PanoData) { p.Called = true })
	for _, row := range []struct {
		what  string
		task  Task
		facts vitrine.ContentFacts
		ok    bool
	}{
		{"nothing", Task{}, vitrine.ContentFacts{}, true},
		{"a sphere", Task{}, pano(func(*vitrine.PanoData) {}), true},
		{"a sphere, called one", Task{Panorama: true}, pano(func(*vitrine.PanoData) {}), true},
		{"called one", Task{Panorama: true}, called, true},
		{"a type", Task{}, vitrine.ContentFacts{DigitalSourceType: "print"}, true},

		{"a type of another form", Task{}, vitrine.ContentFacts{DigitalSourceType: "<script>"}, false},
		{"tags that are gone", Task{}, vitrine.ContentFacts{Removed: []string{"GPSLatitude", "Make"}}, true},
		{"tags in another order", Task{}, vitrine.ContentFacts{Removed: []string{"Make", "GPSLatitude"}}, false},
		{"a tag twice", Task{}, vitrine.ContentFacts{Removed: []string{"Make", "Make"}}, false},
		{"a tag that nobody looks for", Task{}, vitrine.ContentFacts{Removed: []string{"Home: 1 Main Street"}}, false},
		{"no data, and its sender calls it one", Task{Panorama: true}, vitrine.ContentFacts{}, false},
		{"called one by nobody", Task{}, called, false},
		{"an unknown projection", Task{}, pano(func(p *vitrine.PanoData) { p.Projection = "flat" }), false},
		{"too large", Task{}, pano(func(p *vitrine.PanoData) { p.CroppedWidth = 4097 }), false},
		{"no height", Task{}, pano(func(p *vitrine.PanoData) { p.CroppedHeight = 0 }), false},
		{"outside", Task{}, pano(func(p *vitrine.PanoData) { p.CroppedLeft = 1 }), false},
		{"a heading that is none", Task{}, pano(func(p *vitrine.PanoData) { p.HeadingDegrees = math.NaN() }), false},
	} {
		if err := row.task.checkFacts(&row.facts); (err == nil) != row.ok {
			t.Errorf("%s: got %v", row.what, err)
		}
	}
}

// Nor may it say one thing and have made another.
func TestCheckResult(t *testing.T) {
	t.Parallel()
	task := Task{OutDir: t.TempDir(), Recipe: Recipe{Sizes: []int{128}}, admitted: 5000 * 2500}
	variant := func(name string, width, height int) vitrine.Variant {
		if err := os.WriteFile(filepath.Join(task.OutDir, name+".webp"), []byte("four"), 0o600); err != nil {
			t.Fatal(err)
		}
		return vitrine.Variant{Name: name, Type: variantType, Width: width, Height: height, Bytes: 4}
	}
	pano := &vitrine.PanoData{Projection: vitrine.Equirectangular, FullWidth: 4000, FullHeight: 2000, CroppedWidth: 4000, CroppedHeight: 2000}
	for _, row := range []struct {
		what     string
		pano     *vitrine.PanoData
		variants []vitrine.Variant
		width    int
		ok       bool
	}{
		{"a picture", nil, []vitrine.Variant{variant("128", 128, 64)}, 5000, true},
		{"a panorama", pano, []vitrine.Variant{variant("128", 128, 64), variant("pano", 4000, 2000)}, 5000, true},

		{"a variant too large", nil, []vitrine.Variant{variant("128", 129, 64)}, 5000, false},
		{"a panorama without its variant", pano, []vitrine.Variant{variant("128", 128, 64)}, 5000, false},
		{"a variant without its panorama", nil, []vitrine.Variant{variant("128", 128, 64), variant("pano", 4000, 2000)}, 5000, false},
		{"a panorama of another size", pano, []vitrine.Variant{variant("128", 128, 64), variant("pano", 4000, 1999)}, 5000, false},
		{"decoded without leave", nil, []vitrine.Variant{variant("128", 128, 64)}, 5001, false},
		{"in another order", pano, []vitrine.Variant{variant("pano", 4000, 2000), variant("128", 128, 64)}, 5000, false},
	} {
		r := &Result{Width: row.width, Height: 2500, Variants: row.variants, Facts: vitrine.ContentFacts{Panorama: row.pano}}
		r.Figures.Likeness.Thumb = make([]byte, vitrine.ThumbFields)
		if err := task.checkResult(r); (err == nil) != row.ok {
			t.Errorf("%s: got %v", row.what, err)
		}
	}
}

// A full disk comes through as one: it is no fault of the picture, nor of the
// program.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = full.WriteString("variant")
	line, jsonErr := json.Marshal(answerOf(nil, fmt.Errorf("write variants: %w", err)))
	if err := errors.Join(jsonErr, full.Close()); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatal(err)
	}
	if err := (&Task{}).check(&a); err != nil {
		t.Error(err)
	}
	if _, err := a.outcome(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%s gives %v", line, err)
	}
}

// Figures that can't be are no answer.
func TestCheckFigures(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*Result){
		"none":           func(*Result) {},
		"a share of 2":   func(r *Result) { r.Figures.Measures.Plain = 2 },
		"a share of -1":  func(r *Result) { r.Figures.Measures.Bars.Left = -1 },
		"NaN":            func(r *Result) { r.Figures.Measures.Sharpness = math.NaN() },
		"a large thumb":  func(r *Result) { r.Figures.Likeness.Thumb = make([]byte, 4096) },
		"64 frequencies": func(r *Result) { r.Figures.Likeness.Information = 64 },
	} {
		r := &Result{}
		r.Figures.Likeness.Thumb = make([]byte, vitrine.ThumbFields)
		forge(r)
		if err := checkFigures(r); (err == nil) != (name == "none") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
