package imaging

import (
	"bytes"
	"context"
	"image"
	"testing"

	"github.com/google/go-cmp/cmp"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// sphere are the properties of a whole sphere of 5000 x 2500 px, and more.
const sphere = `GPano:ProjectionType="equirectangular" GPano:UsePanoramaViewer="True" GPano:PoseHeadingDegrees="271.5" ` +
	`GPano:FullPanoWidthPixels="5000" GPano:FullPanoHeightPixels="2500" GPano:CroppedAreaLeftPixels="0" ` +
	`GPano:CroppedAreaTopPixels="0" GPano:CroppedAreaImageWidthPixels="5000" GPano:CroppedAreaImageHeightPixels="2500"`

// part is a panorama that was cut out of a sphere of 10000 x 5000 px.
const part = `GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="10000" GPano:FullPanoHeightPixels="5000" ` +
	`GPano:CroppedAreaLeftPixels="1000" GPano:CroppedAreaTopPixels="1500" ` +
	`GPano:CroppedAreaImageWidthPixels="8000" GPano:CroppedAreaImageHeightPixels="2000"`

func TestPanoData(t *testing.T) {
	t.Parallel()
	const only = `GPano:ProjectionType="equirectangular"`
	// of is whole but for the changes.
	of := func(projection string, width, height int, changes ...func(*vitrine.PanoData)) *vitrine.PanoData {
		p := &vitrine.PanoData{Projection: projection, FullWidth: width, FullHeight: height, CroppedWidth: width, CroppedHeight: height}
		for _, change := range changes {
			change(p)
		}
		return p
	}
	guessed := func(p *vitrine.PanoData) { p.Guessed = true }
	called := func(p *vitrine.PanoData) { p.Called = true }
	turned := func(p *vitrine.PanoData) { p.HeadingDegrees = 271.5 }
	at := func(left, top, fullWidth, fullHeight int) func(*vitrine.PanoData) {
		return func(p *vitrine.PanoData) {
			p.CroppedLeft, p.CroppedTop, p.FullWidth, p.FullHeight = left, top, fullWidth, fullHeight
		}
	}
	special := func(name string) string {
		return xmpPacket(`GCamera:SpecialTypeID="com.google.android.apps.camera.gallery.specialtype.SpecialType-` + name + `"`)
	}
	flat := xmpPacket(`GPano:UsePanoramaViewer="False" ` + sphere)
	for _, row := range []struct {
		what          string
		packet        string
		width, height int
		looks, called bool
		want          *vitrine.PanoData
	}{
		{"a whole sphere", xmpPacket(sphere), 5000, 2500, false, false, of("equirectangular", 5000, 2500, turned)},
		{"and called one", xmpPacket(sphere), 5000, 2500, true, true, of("equirectangular", 5000, 2500, turned)},
		{"a part of one", xmpPacket(part), 8000, 2000, false, false, of("equirectangular", 8000, 2000, at(1000, 1500, 10000, 5000))},
		{"made smaller since", xmpPacket(part), 4000, 1000, false, false, of("equirectangular", 4000, 1000, at(500, 750, 5000, 2500))},
		{"in other letters", xmpPacket(`GPano:ProjectionType="Equirectangular"`), 600, 300, false, false, of("equirectangular", 600, 300)},
		{"no area, but 2:1", xmpPacket(only), 6000, 3000, false, false, of("equirectangular", 6000, 3000)},
		{"no area", xmpPacket(only), 8000, 2000, false, false, of("equirectangular", 8000, 2000, at(0, 1000, 8000, 4000), guessed)},
		{"cut since", xmpPacket(part), 3000, 2000, false, false, of("equirectangular", 3000, 2000, at(500, 0, 4000, 2000), guessed)},
		{"a cylinder", xmpPacket(`GPano:ProjectionType="cylindrical" GPano:FullPanoWidthPixels="12000" GPano:FullPanoHeightPixels="2400" ` +
			`GPano:CroppedAreaLeftPixels="0" GPano:CroppedAreaTopPixels="-900.0" ` +
			`GPano:CroppedAreaImageWidthPixels="8000" GPano:CroppedAreaImageHeightPixels="2000"`), 8000, 2000, false, false,
			of("cylindrical", 8000, 2000, at(0, -900, 12000, 2400))},
		{"a special sphere", special("PHOTOSPHERE"), 600, 300, false, false, of("equirectangular", 600, 300, guessed)},
		{"a special strip", special("PANORAMA"), 8000, 2000, false, false, of("cylindrical", 8000, 2000, at(0, -1000, 8000, 2000), guessed)},
		{"special otherwise", special("PORTRAIT"), 8000, 2000, false, false, nil},

		{"high", xmpPacket(replaced(t, replaced(t, part, `ImageWidthPixels="8000"`, `ImageWidthPixels="1000"`), `PanoWidthPixels="10000"`, `PanoWidthPixels="9999"`)), 1000, 2000, false, false,
			of("equirectangular", 1000, 2000, at(1000, 1500, 9999, 5000))},
		{"turned on its side", xmpPacket(sphere), 2500, 5000, false, false, nil},
		{"turned on its side, nothing else known", xmpPacket(only), 2500, 5000, false, false, nil},
		{"turned on its side, and called one", xmpPacket(sphere), 2500, 5000, false, true,
			of("cylindrical", 2500, 5000, at(0, -2500, 2500, 5000), turned, guessed, called)},

		{"the first counts", xmpPacket(sphere + ` GPano:UsePanoramaViewer="False"`), 5000, 2500, false, false, of("equirectangular", 5000, 2500, turned)},
		{"to be shown flat", flat, 5000, 2500, true, false, nil},
		{"to be shown flat, but called one", flat, 5000, 2500, true, true, of("equirectangular", 5000, 2500, turned, called)},
		{"an ordinary photo of a program for panoramas", xmpPacket(`GPano:ProjectionType="rectilinear"`), 6000, 4000, false, false, nil},

		{"looks like one", "", 4000, 2000, true, false, of("equirectangular", 4000, 2000, guessed)},
		{"looks like one, and called one", "", 4000, 2000, true, true, of("equirectangular", 4000, 2000, guessed)},
		{"looks like one, known which way", xmpPacket(`GPano:PoseHeadingDegrees="271.5"`), 4000, 2000, true, false, of("equirectangular", 4000, 2000, turned, guessed)},
		{"called one, 2:1", "", 3000, 1502, false, true, of("equirectangular", 3000, 1502, guessed, called)},
		{"called one, long", "", 8000, 2000, false, true, of("cylindrical", 8000, 2000, at(0, -1000, 8000, 2000), guessed, called)},
		{"2:1", "", 4096, 2048, false, false, nil},
		{"an ordinary photo", "", 6000, 4000, false, false, nil},
	} {
		got := panoramaOf(xmp.Parse([]byte(row.packet)), row.width, row.height, row.looks, row.called)
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.what, diff)
		}
	}
}

// An area that can't be is not believed.
func TestPanoArea(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ what, old, new string }{
		{"no number", `FullPanoWidthPixels="10000"`, `FullPanoWidthPixels="wide"`},
		{"not a number", `FullPanoWidthPixels="10000"`, `FullPanoWidthPixels="NaN"`},
		{"without end", `FullPanoWidthPixels="10000"`, `FullPanoWidthPixels="Inf"`},
		{"one missing", `GPano:FullPanoHeightPixels="5000"`, ``},
		{"negative", `CroppedAreaLeftPixels="1000"`, `CroppedAreaLeftPixels="-1"`},
		{"above", `CroppedAreaTopPixels="1500"`, `CroppedAreaTopPixels="-1"`},
		{"below", `CroppedAreaTopPixels="1500"`, `CroppedAreaTopPixels="3001"`},
		{"beside", `CroppedAreaLeftPixels="1000"`, `CroppedAreaLeftPixels="2001"`},
		{"larger than all", `FullPanoHeightPixels="5000"`, `FullPanoHeightPixels="1999"`},
		{"no width", `ImageWidthPixels="8000"`, `ImageWidthPixels="0"`},
		{"a slit", `FullPanoWidthPixels="10000"`, `FullPanoWidthPixels="1000000"`},
		{"of another shape", `ImageHeightPixels="2000"`, `ImageHeightPixels="2100"`},
	} {
		pano := panoramaOf(xmp.Parse([]byte(xmpPacket(replaced(t, part, row.old, row.new)))), 8000, 2000, false, false)
		if pano == nil || !pano.Guessed || pano.FullWidth != 8000 || pano.FullHeight != 4000 || pano.CroppedTop != 1000 {
			t.Errorf("%s: %+v", row.what, pano)
		}
	}
}

func TestHeading(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]float64{
		"": 0, "90.25": 90.25, "360": 0, "-90": 270, "-1e-300": 0, "NaN": 0, "Inf": 0, "1000": 0, "north": 0,
	} {
		if got := heading(xmp.Parse([]byte(xmpPacket(`GPano:PoseHeadingDegrees="` + value + `"`)))); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

// A panorama has flat previews like any picture, and a large variant for
// viewers, with data at its scale.
func TestPanorama(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	small := &vitrine.PanoData{Projection: "cylindrical", FullWidth: 96, FullHeight: 64, CroppedTop: -32, CroppedWidth: 96, CroppedHeight: 64,
		Guessed: true, Called: true}
	for _, row := range []struct {
		what   string
		data   []byte
		called bool
		want   *vitrine.PanoData
	}{
		{"by its XMP", jpegOf(t, sky(5000, 2500), exifSegment(1), xmpSegmentOf(xmpPacket(sphere))), false,
			&vitrine.PanoData{Projection: "equirectangular", FullWidth: 4096, FullHeight: 2048, CroppedWidth: 4096, CroppedHeight: 2048, HeadingDegrees: 271.5}},
		{"turned by EXIF, so that the area is another", jpegOf(t, stored(sky(2500, 1250), 8), exifSegment(8), xmpSegmentOf(xmpPacket(part))), false,
			&vitrine.PanoData{Projection: "equirectangular", FullWidth: 2500, FullHeight: 1250, CroppedWidth: 2500, CroppedHeight: 1250}},
		{"turned on its side by EXIF", jpegOf(t, stored(sky(400, 800), 6), exifSegment(6), xmpSegmentOf(xmpPacket(sphere))), false, nil},
		{"by its looks", jpegOf(t, room(3000, 1500, 1)), false,
			&vitrine.PanoData{Projection: "equirectangular", FullWidth: 3000, FullHeight: 1500, CroppedWidth: 3000, CroppedHeight: 1500, Guessed: true}},
		{"by its looks, of odd width", jpegOf(t, outdoors(2001, 1000, 2)), false,
			&vitrine.PanoData{Projection: "equirectangular", FullWidth: 2001, FullHeight: 1000, CroppedWidth: 2001, CroppedHeight: 1000, Guessed: true}},
		{"by its looks, though called one", pngFrom(func(testing.TB) *image.NRGBA { return room(2000, 1000, 3) })(t), true,
			&vitrine.PanoData{Projection: "equirectangular", FullWidth: 2000, FullHeight: 1000, CroppedWidth: 2000, CroppedHeight: 1000, Guessed: true}},
		{"too small for its looks", jpegOf(t, room(1998, 999, 1)), false, nil},
		{"2:1 and no more", jpegOf(t, sky(4096, 2048)), false, nil},
		{"by its sender, and small", pngFrom(chart)(t), true, small},
		{"by its sender, a BMP", bmpFrom(chart)(t), true, small},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			result, err := p.Optimise(context.Background(),
				Request{Source: tempFile(t, "picture", row.data), OutDir: t.TempDir(), Panorama: row.called})
			if err != nil {
				t.Fatal(err)
			}
			checkVariants(t, result)
			if diff := cmp.Diff(row.want, result.Facts.Panorama); diff != "" {
				t.Error(diff)
			}
			var names []string
			for _, v := range result.Variants {
				names = append(names, v.Name)
			}
			wantNames := []string{"128", "512", "1024"}
			if row.want != nil {
				wantNames = append(wantNames, "pano")
			}
			if diff := cmp.Diff(wantNames, names); diff != "" {
				t.Error(diff)
			}
			if row.what == "by its XMP" {
				compare(t, "the truth of the preview", decoded(t, result.Files[1]), sky(512, 256), 2)
				compare(t, "the truth", decoded(t, result.Files[3]), sky(4096, 2048), 2)
			}
		})
	}
}

// What some sender calls a picture changes no variant that others have of it:
// their address says what is in them.
func TestPanoramaChangesNoVariant(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for what, data := range map[string][]byte{
		"jpeg": jpegOf(t, sky(5000, 2500), xmpSegmentOf(sourced(vitrine.TrainedAlgorithmicMedia))),
		"png":  pngFrom(panorama)(t),
		"heic": testFile(t, "turned.heic"),
	} {
		source := tempFile(t, what, data)
		var flat, turned *Result
		for called, result := range map[bool]**Result{false: &flat, true: &turned} {
			var err error
			if *result, err = p.Optimise(context.Background(), Request{Source: source, OutDir: t.TempDir(), Panorama: called}); err != nil {
				t.Fatal(err)
			}
		}
		for i, file := range flat.Files {
			if !bytes.Equal(readFile(t, file), readFile(t, turned.Files[i])) {
				t.Errorf("%s: variant %s is another when the picture is called a panorama", what, flat.Variants[i].Name)
			}
		}
		if len(flat.Files) != 3 || len(turned.Files) != 4 || flat.Thumbhash != turned.Thumbhash || flat.Blurhash != turned.Blurhash {
			t.Errorf("%s: %+v and %+v", what, flat, turned)
		}
	}
}

// A packet comes from a foreign file: whatever it says, what is made of it can
// be.
func FuzzPanorama(f *testing.F) {
	f.Add(xmpPacket(sphere), 5000, 2500, false, false)
	f.Add(xmpPacket(part), 2000, 8000, true, true)
	f.Add(xmpPacket(`GCamera:SpecialTypeID="x.SpecialType-PANORAMA"`), 800, 600, false, false)
	f.Add(xmpPacket(`GPano:ProjectionType="cylindrical" GPano:PoseHeadingDegrees="-1e-99" GPano:CroppedAreaTopPixels="-1.5"`), 1, 16000, false, true)
	f.Fuzz(func(t *testing.T, packet string, width, height int, looks, called bool) {
		if width < 1 || height < 1 || width > 16_000 || height > 16_000 {
			return
		}
		pano := panoramaOf(xmp.Parse([]byte(packet)), width, height, looks, called)
		if pano == nil {
			if called {
				t.Error("called one, and isn't")
			}
			return
		}
		if pano.CroppedWidth != width || pano.CroppedHeight != height {
			t.Errorf("%+v of a picture of %d x %d px", pano, width, height)
		}
		longest := max(width, height, panoPx)
		facts := &vitrine.ContentFacts{Panorama: scaled(pano, max(width*panoPx/longest, 1), max(height*panoPx/longest, 1))}
		if err := (&Task{Panorama: called}).checkFacts(facts); err != nil {
			t.Errorf("%v: %+v", err, facts.Panorama)
		}
	})
}

// sky is a picture of that size with soft colours, and stripes to see by
// whether pixels were made up.
func sky(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := byte(y * 200 / height)
			copy(img.Pix[4*(y*width+x):], []byte{byte(x * 255 / width), c, 128 + byte(x*16/width%2)*64, 255})
		}
	}
	return img
}
