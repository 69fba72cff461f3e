package imaging

import (
	"context"
	"image"
	"math"
	"path/filepath"
	"testing"
)

// Spheres are known wherever in the scene their ends lie.
func TestIsSphere(t *testing.T) {
	t.Parallel()
	for what, scene := range map[string]func(width, height int, yaw float64) *image.NRGBA{
		"room": room, "outdoors": outdoors, "colours": colours,
	} {
		for degrees := 0; degrees < 360; degrees += 15 {
			if !pixelsOf(scene(512, 256, float64(degrees)*math.Pi/180)).isSphere() {
				t.Errorf("%s, turned by %d degrees: not known", what, degrees)
			}
		}
	}
}

// What has one thing or another in common with a sphere is none.
func TestIsNoSphere(t *testing.T) {
	t.Parallel()
	flat := func(colour func(x, y float64) [3]float64) *pixels {
		return pixelsOf(drawn(512, 256, colour))
	}
	waves := func(x, y float64) float64 { return 60 * math.Sin(9*x+3*y) * math.Sin(7*y) }
	page := func(x, y float64) [3]float64 { // a floor plan
		if x > 0.12 && x < 0.88 && y > 0.12 && y < 0.88 && (math.Mod(x, 0.1) < 0.01 || math.Mod(y, 0.2) < 0.02) {
			return [3]float64{20, 20, 20}
		}
		return [3]float64{255, 255, 255}
	}
	framed := func(x, y float64) [3]float64 {
		if min(x, 1-x) < 0.006 || min(y, 1-y) < 0.012 {
			return [3]float64{60, 60, 60}
		}
		return page(x, y)
	}
	for what, p := range map[string]*pixels{
		"nothing": flat(func(_, _ float64) [3]float64 { return [3]float64{240, 240, 240} }),
		"a page":  flat(page),
		"a frame": flat(framed),
		"a flag":  flat(func(_, y float64) [3]float64 { return [3]float64{math.Floor(3*y) * 80, 60, 90} }),
		"a slope": flat(func(x, y float64) [3]float64 { return [3]float64{200 * x, 200 * y, 90} }),
		"an advert": flat(func(x, y float64) [3]float64 { // something on a backdrop
			if math.Hypot(2*(x-0.5), y-0.5) < 0.3 {
				return [3]float64{220, 30 + 100*x, 40}
			}
			return [3]float64{90, 120 + 90*y, 230}
		}),
		"a scene that goes round, without poles": flat(func(x, y float64) [3]float64 {
			v := 128 + 60*math.Sin(4*math.Pi*x+6*y)
			return [3]float64{v, v, 100}
		}),
		"poles, but ends that don't meet": flat(func(x, y float64) [3]float64 {
			v := 128 + waves(x, y)*math.Sin(math.Pi*y) + 40*x*math.Sin(math.Pi*y)
			return [3]float64{v, v, 128}
		}),
		"bars above and below a scene that goes round": flat(func(x, y float64) [3]float64 {
			if y < 0.1 || y > 0.9 {
				return [3]float64{}
			}
			v := 128 + 60*math.Sin(4*math.Pi*x+6*y)
			return [3]float64{v, v, 100}
		}),
	} {
		if p.isSphere() {
			t.Errorf("%s is taken for a sphere", what)
		}
	}
}

func TestSphereSize(t *testing.T) {
	t.Parallel()
	for size, want := range map[[2]int]bool{
		{2000, 1000}: true, {4001, 2000}: true, {3999, 2000}: true, {16000, 8000}: true,
		{1998, 999}: false, {4002, 2000}: false, {3998, 2000}: false, {2000, 4000}: false,
	} {
		if got := sphereSize(size[0], size[1]); got != want {
			t.Errorf("%v: got %t", size, got)
		}
	}
}

// No part of 2:1 of a real photo is taken for a sphere.
func TestCorpusIsNoSphere(t *testing.T) {
	t.Parallel()
	photos, err := filepath.Glob(filepath.Join(corpus(t), "photos", "*"))
	if err != nil || len(photos) == 0 {
		t.Fatal(len(photos), err)
	}
	p := newPool(t, func(c *Config) { c.Recipe.Sizes = []int{1024} })
	for _, photo := range photos {
		t.Run(filepath.Base(photo), func(t *testing.T) {
			t.Parallel()
			result, err := p.Optimise(context.Background(), Request{Source: photo, OutDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			whole, err := decode(readFile(t, result.Files[0]), shrunk, 1024, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range parts(whole) {
				small, err := part.shrink(spherePx)
				if err != nil {
					t.Fatal(err)
				}
				if small.isSphere() {
					t.Errorf("a part of %d x %d px is taken for a sphere", part.Width, part.Height)
				}
			}
		})
	}
}

// parts are parts of 2:1, at least spherePx wide, from all over a picture.
func parts(whole *pixels) (all []*pixels) {
	widest := min(whole.Width, 2*whole.Height) / 2 * 2
	for width := widest; width >= spherePx; width = width * 3 / 4 / 2 * 2 {
		for i := range 9 {
			all = append(all, cropped(whole, (whole.Width-width)*(i%3)/2, (whole.Height-width/2)*(i/3)/2, width))
		}
	}
	return all
}

// cropped is a part of 2:1.
func cropped(whole *pixels, left, top, width int) *pixels {
	part := &pixels{Width: width, Height: width / 2, Bands: whole.Bands}
	for y := top; y < top+part.Height; y++ {
		start := (y*whole.Width + left) * whole.Bands
		part.Pix = append(part.Pix, whole.Pix[start:start+width*whole.Bands]...)
	}
	return part
}

func pixelsOf(img *image.NRGBA) *pixels {
	return &pixels{Pix: img.Pix, Width: img.Rect.Dx(), Height: img.Rect.Dy(), Bands: 4}
}

// drawn is a picture with colours by where in it they are, 0 to 1 each way.
func drawn(width, height int, colour func(x, y float64) [3]float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			pixel := img.Pix[4*(y*width+x):]
			for c, v := range colour((float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height)) {
				pixel[c] = byte(min(max(v, 0), 255))
			}
			pixel[3] = 255
		}
	}
	return img
}

// seenAllAround is the equirectangular projection of a scene whose colours go by
// direction: z is up.
func seenAllAround(width, height int, yaw float64, colour func(x, y, z float64) [3]float64) *image.NRGBA {
	return drawn(width, height, func(x, y float64) [3]float64 {
		longitude, latitude := 2*math.Pi*x+yaw, math.Pi*(0.5-y)
		return colour(math.Cos(longitude)*math.Cos(latitude), math.Sin(longitude)*math.Cos(latitude), math.Sin(latitude))
	})
}

// room is an empty room with patterned walls, seen from near its middle.
func room(width, height int, yaw float64) *image.NRGBA {
	return seenAllAround(width, height, yaw, func(x, y, z float64) [3]float64 {
		far := max(math.Abs(x)/2, math.Abs(y)/3, math.Abs(z)/1.3)
		x, y, z = x/far, y/far, z/far
		light := 0.7 + 0.3*math.Sin(3*x+0.3)*math.Cos(2*y+0.2)
		shelves := 30 * math.Sin(5*x+4*y) * math.Cos(6*z)
		switch {
		case z > 1.29:
			return [3]float64{245 * light, 245 * light, 240 * light}
		case z < -1.29:
			board := 20 * math.Sin(20*y)
			return [3]float64{(150 + board) * light, (110 + board) * light, 80 * light}
		}
		return [3]float64{(190 + shelves) * light, (170 + shelves) * light, (140 + 20*x) * light}
	})
}

// outdoors is a sky with a sun over hills and fields.
func outdoors(width, height int, yaw float64) *image.NRGBA {
	return seenAllAround(width, height, yaw, func(x, y, z float64) [3]float64 {
		longitude := math.Atan2(y, x)
		if horizon := 0.08*math.Sin(3*longitude) + 0.04*math.Sin(11*longitude+1); z > horizon {
			glow := 90 * math.Exp(6*(0.8*x+0.6*z-1))
			return [3]float64{90 + 60*(1-z) + glow, 140 + 60*(1-z) + glow, 230}
		}
		field := 30 * math.Sin(12*x/max(-z, 0.1)) * math.Sin(9*y/max(-z, 0.1))
		return [3]float64{80 + field, 110 + field, 50 + 20*x}
	})
}

// colours is the direction itself.
func colours(width, height int, yaw float64) *image.NRGBA {
	return seenAllAround(width, height, yaw, func(x, y, z float64) [3]float64 {
		return [3]float64{128 + 100*x, 128 + 100*y, 128 + 100*z}
	})
}
