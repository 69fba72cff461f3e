package imaging

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

// drawingsOf are a floor plan and two screenshots as they are sent as photos, all
// drawn by a number. Half are PNG, half JPEG. One of them shows a photo.
func drawingsOf(t testing.TB, number int, photo *image.NRGBA) (samples []sample) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(number), 7))
	for _, row := range []struct {
		made string
		p    *image.NRGBA
	}{
		{madePlan, drawPlan(random)},
		{madeScreen, drawScreen(random, nil)},
		{madeScreenPhoto, drawScreen(random, sized(photo, 500))},
	} {
		data := jpegQ(t, row.p, 60+number)
		if number%2 == 0 {
			data = pngOf(t, row.p)
		}
		samples = append(samples, measured(t, fmt.Sprintf("%s %d", row.made, number), row.made, data))
	}
	return samples
}

// The kinds of drawings.
const (
	madePlan        = "plan"
	madeScreen      = "screen"
	madeScreenPhoto = "screen with a photo"
)

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawPlan draws the walls of a flat, its doors, some furniture and the names of
// its rooms; on every third one the floors have colours.
func drawPlan(random *rand.Rand) *image.NRGBA {
	width, height := 900+random.IntN(1600), 700+random.IntN(1200)
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	fill(p, p.Rect, color.White)
	margin := 40 + random.IntN(120)
	split(p, random, image.Rect(margin, margin, width-margin, height-margin), 3, random.IntN(3) == 0)
	writeText(p, random, margin, height-margin+8, width/3, 16, color.Black)
	return p
}

// split draws a room, or a wall through it and both halves.
func split(p *image.NRGBA, random *rand.Rand, r image.Rectangle, depth int, coloured bool) {
	wall := max(4, p.Rect.Dx()/180)
	if depth == 0 || min(r.Dx(), r.Dy()) < 160 {
		drawRoom(p, random, r, wall, coloured)
		return
	}
	a, b := r, r
	if r.Dx() > r.Dy() {
		at := r.Min.X + r.Dx()*(30+random.IntN(40))/100
		a.Max.X, b.Min.X = at, at
	} else {
		at := r.Min.Y + r.Dy()*(30+random.IntN(40))/100
		a.Max.Y, b.Min.Y = at, at
	}
	split(p, random, a, depth-1, coloured)
	split(p, random, b, depth-1, coloured)
}

func drawRoom(p *image.NRGBA, random *rand.Rand, r image.Rectangle, wall int, coloured bool) {
	floor := color.NRGBA{255, 255, 255, 255}
	if coloured {
		floor = color.NRGBA{byte(200 + random.IntN(55)), byte(200 + random.IntN(55)), byte(190 + random.IntN(60)), 255}
	}
	fill(p, r, color.Black)
	fill(p, r.Inset(wall), floor)
	door := image.Rect(r.Min.X+r.Dx()/4, r.Max.Y-wall, r.Min.X+r.Dx()/4+60, r.Max.Y)
	fill(p, door, floor)
	for range 2 + random.IntN(4) { // furniture, in outline
		x, y := r.Min.X+wall+random.IntN(max(1, r.Dx()-100)), r.Min.Y+wall+random.IntN(max(1, r.Dy()-80))
		piece := image.Rect(x, y, x+30+random.IntN(60), y+20+random.IntN(50)).Intersect(r.Inset(wall + 2))
		fill(p, piece, color.Gray{60})
		fill(p, piece.Inset(2), floor)
	}
	writeText(p, random, r.Min.X+r.Dx()/3, r.Min.Y+r.Dy()/2, r.Dx()/3, 16, color.Black)
}

// drawScreen draws the page of a telephone or a browser: a bar, lines of text,
// buttons, and a photo where there is one.
func drawScreen(random *rand.Rand, photo *image.NRGBA) *image.NRGBA {
	width, height := 1080, 1920
	if random.IntN(2) == 0 {
		width, height = 1600, 900
	}
	paper, ink := color.Gray{250}, color.Gray{30}
	if random.IntN(4) == 0 {
		paper, ink = color.Gray{24}, color.Gray{225}
	}
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	fill(p, p.Rect, paper)
	fill(p, image.Rect(0, 0, width, 90), color.NRGBA{byte(random.IntN(256)), byte(random.IntN(256)), 160, 255})
	writeText(p, random, 40, 30, width/3, 30, color.White)
	y := 130
	if photo != nil {
		for row := range photo.Rect.Dy() {
			copy(p.Pix[p.PixOffset(40, y+row):], photo.Pix[row*photo.Stride:(row+1)*photo.Stride])
		}
		y += photo.Rect.Dy() + 40
	}
	for y < height-120 {
		if random.IntN(6) == 0 {
			fill(p, image.Rect(40, y, 340, y+70), color.NRGBA{30, byte(90 + random.IntN(120)), 200, 255})
			writeText(p, random, 70, y+22, 220, 24, color.White)
			y += 110
			continue
		}
		writeText(p, random, 40, y, width*(50+random.IntN(45))/100-40, 26, ink)
		y += 44 + 30*random.IntN(2)
	}
	return p
}

// writeText writes what has the look of a line of text: letters of upright and
// level strokes, and gaps between words.
func writeText(p *image.NRGBA, random *rand.Rand, x, y, width, height int, ink color.Color) {
	stroke := max(1, height/9)
	for end := x + width; x < end; {
		wide := height * (35 + random.IntN(30)) / 100
		if random.IntN(6) == 0 {
			x += wide
			continue
		}
		for range 2 + random.IntN(2) {
			if random.IntN(2) == 0 {
				at := x + random.IntN(max(1, wide-stroke))
				fill(p, image.Rect(at, y, at+stroke, y+height), ink)
			} else {
				at := y + random.IntN(max(1, height-stroke))
				fill(p, image.Rect(x, at, x+wide, at+stroke), ink)
			}
		}
		x += wide + stroke + 1
	}
}
