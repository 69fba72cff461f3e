package imaging

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// scenes are the photographs of the corpus, one for each thing that was
// photographed. All were looked at: they are in focus, none is a drawing, and
// none has bars. Those of the night are dark, and meant to be.
var scenes = []string{
	"photos/immich-IMG_2682.heic", "photos/immich-handwritten-notes.jpg", "photos/immich-japanese-shop.jpg",
	"photos/me-Apple_iPhone_5.jpg", "photos/me-Canon_PowerShot_A85.jpg", "photos/me-Canon_PowerShot_G11.jpg",
	"photos/me-HP_PhotoSmart_C812.jpg", "photos/me-IMG_2929.HEIC", "photos/me-Issue_263_dotnet.heic",
	"photos/me-Issue_266.jpg", "photos/me-Issue_487.heic", "photos/me-Issue_525.jpg", "photos/me-Leica_T_Typ_701_.jpg",
	"photos/me-Minolta_DiMAGE_A1.jpg", "photos/me-Nikon_E5700.jpg", "photos/me-Olympus_E-10.jpg",
	"photos/me-Oppo_R7_Plus.jpg", "photos/me-Panasonic_DMC-LX3_Lumix_.jpg",
	"photos/me-Samsung_SM-G935L_Galaxy_S7_Edge_.jpg", "photos/me-Samsung_SM-J327T1.jpg", "photos/me-Sanyo_S1.JPG",
	"photos/me-Sony_DSC-G1.jpg", "awkward/exiforient-Landscape_2.jpg", "awkward/exiforient-Portrait_3.jpg",
	"awkward/imagor-jpg-24bit-icc-adobe-rgb.jpg", "awkward/me-Issue_308.jpg", "awkward/sharp-gain-map.jpg",
	"awkward/sharp-Channel_digital_image_CMYK_color.jpg",
}

// repeats are other files of the same scenes: turned otherwise and with another
// number in the middle, with other inks, coded anew.
var repeats = map[string][]string{
	"awkward/exiforient-Landscape_2.jpg":                 {"awkward/exiforient-Landscape_5.jpg", "awkward/exiforient-Landscape_7.jpg"},
	"awkward/exiforient-Portrait_3.jpg":                  {"awkward/exiforient-Portrait_4.jpg", "awkward/exiforient-Portrait_8.jpg"},
	"awkward/sharp-Channel_digital_image_CMYK_color.jpg": {"awkward/sharp-Channel_digital_image_CMYK_color_no_profile.jpg"},
	"photos/me-Sanyo_S1.JPG":                             {"awkward/progressive.jpg"},
}

// sample is a picture whose faults are known.
type sample struct {
	scene, made string // what was photographed or drawn, and what was made of it
	width       int
	height      int
	measures    vitrine.Measures
	likeness    vitrine.Likeness
}

// forTuning decides on which half of the set a scene is. It goes by the name
// alone, so that a picture and all that is made of it are on the same.
func forTuning(scene string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(scene))
	return h.Sum32()>>7%2 == 0
}

// measured takes a file through the steps as far as its measures.
func measured(t testing.TB, scene, made string, data []byte) sample {
	t.Helper()
	w := &work{data: data, result: &Result{}, task: &Task{MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: DefaultRecipe()}}
	for _, step := range []func(*work) error{(*work).acceptType, (*work).checkLimits, (*work).chooseWay, (*work).decode, (*work).measure} {
		if err := step(w); err != nil {
			t.Fatalf("%s, %s: %v", scene, made, err)
		}
	}
	r := w.result
	return sample{scene, made, r.Width, r.Height, r.Figures.Measures, r.Figures.Likeness}
}

// madeOf are the pictures that are made of each scene, by what was done to it.
var madeOf = []struct {
	name string
	do   func(*image.NRGBA) *image.NRGBA
}{
	{"blurred 0.3%", func(p *image.NRGBA) *image.NRGBA { return blurred(p, 0.003, 0.003) }},
	{"blurred 0.8%", func(p *image.NRGBA) *image.NRGBA { return blurred(p, 0.008, 0.008) }},
	{"shaken 1%", func(p *image.NRGBA) *image.NRGBA { return blurred(p, 0.01, 0) }},
	{"enlarged from 240 px", func(p *image.NRGBA) *image.NRGBA { return enlarged(sized(p, 240), 1024) }},
	{"dark 30%", func(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 0.3) }},
	{"bright 250%", func(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 2.5) }},
	{"bright 400%", func(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 4) }},
	{"light 80%", func(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 0.8) }},
	{"light 115%", func(p *image.NRGBA) *image.NRGBA { return scaledLight(p, 1.15) }},
	{"black above and below 12%", func(p *image.NRGBA) *image.NRGBA { return barred(p, 0, 0.12, color.Black) }},
	{"black above and below 4%", func(p *image.NRGBA) *image.NRGBA { return barred(p, 0, 0.04, color.Black) }},
	{"white above and below 10%", func(p *image.NRGBA) *image.NRGBA { return barred(p, 0, 0.1, color.White) }},
	{"black left and right 20%", func(p *image.NRGBA) *image.NRGBA { return barred(p, 0.2, 0, color.Black) }},
	{"grey frame 5%", func(p *image.NRGBA) *image.NRGBA { return barred(p, 0.05, 0.05, color.Gray{90}) }},
	{"60% of the size", func(p *image.NRGBA) *image.NRGBA { return sized(p, 614) }},
	{"480 px", func(p *image.NRGBA) *image.NRGBA { return sized(p, 480) }},
	{"cropped 2%", func(p *image.NRGBA) *image.NRGBA { return trimmed(p, 0.02) }},
	{"cropped 5%", func(p *image.NRGBA) *image.NRGBA { return trimmed(p, 0.05) }},
	{"watermark", watermarked},
	{"grey", grey},
}

// labelledOf are a scene, what is made of it, and the drawings of that number.
func labelledOf(t testing.TB, number int, scene string) (samples []sample) {
	t.Helper()
	data := readFile(t, filepath.Join(corpus(t), scene))
	samples = append(samples, measured(t, scene, "", data))
	p := throughSteps(t, data)
	for _, made := range madeOf {
		samples = append(samples, measured(t, scene, made.name, jpegQ(t, made.do(p), 85)))
	}
	samples = append(samples, measured(t, scene, "quality 40", jpegQ(t, p, 40)))
	samples = append(samples, drawingsOf(t, number, p)...)
	for _, again := range repeats[scene] {
		samples = append(samples, measured(t, scene, "as found", readFile(t, filepath.Join(corpus(t), again))))
	}
	return samples
}

// throughSteps is a file decoded to 1024 px a side.
func throughSteps(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	w := &work{data: data, result: &Result{}, task: &Task{
		MaxPixels: 100_000_000, MaxSidePx: 16_000, Recipe: Recipe{Sizes: []int{1024}},
	}}
	for _, step := range []func(*work) error{(*work).acceptType, (*work).checkLimits, (*work).chooseWay} {
		if err := step(w); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.decodeTo(1024)
	if err != nil {
		t.Fatal(err)
	}
	return p.nrgba()
}

// jpegQ codes a picture in which all is opaque, and which is coded much faster
// when that is said.
func jpegQ(t testing.TB, p *image.NRGBA, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	opaque := &image.RGBA{Pix: p.Pix, Stride: p.Stride, Rect: p.Rect}
	if err := jpeg.Encode(&b, opaque, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// eachColour makes a picture whose samples are those of another one changed.
func eachColour(p *image.NRGBA, change func(float64) float64) *image.NRGBA {
	var table [256]byte
	for v := range table {
		table[v] = to8(change(float64(v)))
	}
	out := image.NewNRGBA(p.Rect)
	for i, v := range p.Pix {
		out.Pix[i] = table[v]
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out
}

// scaledLight is a picture exposed otherwise: its values as they are stored are
// multiplied.
func scaledLight(p *image.NRGBA, by float64) *image.NRGBA {
	return eachColour(p, func(v float64) float64 { return v * by })
}

// blurred blurs by what is nearly a bell curve, three boxes after another, whose
// standard deviations are shares of the longer side.
func blurred(p *image.NRGBA, across, down float64) *image.NRGBA {
	side := float64(max(p.Rect.Dx(), p.Rect.Dy()))
	out := scaledLight(p, 1)
	for range 3 {
		smeared(out, p.Rect.Dy(), p.Stride, p.Rect.Dx(), 4, radius(across*side))
		smeared(out, p.Rect.Dx(), 4, p.Rect.Dy(), p.Stride, radius(down*side))
	}
	return out
}

// radius is that of three boxes with a standard deviation.
func radius(sigma float64) int { return int(math.Round((math.Sqrt(4*sigma*sigma+1) - 1) / 2)) }

// smeared replaces each sample by the mean of those around it, in lines that are
// some bytes from each other, as are the samples of a line.
func smeared(p *image.NRGBA, lines, lineStep, n, step, radius int) {
	was := make([]int, n)
	for line := range lines {
		for c := range 3 {
			at := p.Pix[line*lineStep+c:]
			sum, count := 0, 0
			for i := range n {
				was[i] = int(at[i*step])
			}
			for i := range min(radius, n) {
				sum, count = sum+was[i], count+1
			}
			for i := range n {
				if i+radius < n {
					sum, count = sum+was[i+radius], count+1
				}
				if i > radius {
					sum, count = sum-was[i-radius-1], count-1
				}
				at[i*step] = byte((sum + count/2) / count)
			}
		}
	}
}

// sized makes a picture smaller.
func sized(p *image.NRGBA, sidePx int) *image.NRGBA {
	small, err := (&pixels{Pix: p.Pix, Width: p.Rect.Dx(), Height: p.Rect.Dy(), Bands: 4}).shrink(sidePx)
	if err != nil {
		panic(err)
	}
	return small.nrgba()
}

// enlarged makes a picture larger, by straight lines between its pixels.
func enlarged(p *image.NRGBA, sidePx int) *image.NRGBA {
	was := p.Rect.Size()
	scale := float64(sidePx) / float64(max(was.X, was.Y))
	out := image.NewNRGBA(image.Rect(0, 0, int(float64(was.X)*scale), int(float64(was.Y)*scale)))
	between := func(i, n int) (first, second, part int) {
		at := min(max((float64(i)+0.5)/scale-0.5, 0), float64(n-1))
		return int(at), min(int(at)+1, n-1), int(256 * (at - math.Floor(at)))
	}
	for y := range out.Rect.Dy() {
		top, bottom, down := between(y, was.Y)
		above, below := p.Pix[top*p.Stride:], p.Pix[bottom*p.Stride:]
		for x := range out.Rect.Dx() {
			left, right, across := between(x, was.X)
			for c := range 4 {
				upper := int(above[4*left+c])*(256-across) + int(above[4*right+c])*across
				lower := int(below[4*left+c])*(256-across) + int(below[4*right+c])*across
				out.Pix[y*out.Stride+4*x+c] = byte((upper*(256-down) + lower*down) >> 16)
			}
		}
	}
	return out
}

// barred adds bars; their sizes are shares of what comes out.
func barred(p *image.NRGBA, across, down float64, c color.Color) *image.NRGBA {
	x := int(float64(p.Rect.Dx()) * across / (1 - 2*across))
	y := int(float64(p.Rect.Dy()) * down / (1 - 2*down))
	out := image.NewNRGBA(image.Rect(0, 0, p.Rect.Dx()+2*x, p.Rect.Dy()+2*y))
	fill(out, out.Rect, c)
	for row := range p.Rect.Dy() {
		copy(out.Pix[out.PixOffset(x, y+row):], p.Pix[row*p.Stride:(row+1)*p.Stride])
	}
	return out
}

func fill(p *image.NRGBA, r image.Rectangle, c color.Color) {
	r = r.Intersect(p.Rect)
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	line := bytes.Repeat([]byte{n.R, n.G, n.B, n.A}, max(0, r.Dx()))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(p.Pix[p.PixOffset(r.Min.X, y):], line)
	}
}

// trimmed takes a share of each side away.
func trimmed(p *image.NRGBA, by float64) *image.NRGBA {
	x, y := int(float64(p.Rect.Dx())*by), int(float64(p.Rect.Dy())*by)
	r := image.Rect(x, y, p.Rect.Dx()-x, p.Rect.Dy()-y)
	out := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for row := range r.Dy() {
		copy(out.Pix[row*out.Stride:(row+1)*out.Stride], p.Pix[p.PixOffset(x, y+row):])
	}
	return out
}

// watermarked has a white line of text in its lower right corner.
func watermarked(p *image.NRGBA) *image.NRGBA {
	out := scaledLight(p, 1)
	text := rand.New(rand.NewPCG(1, 1))
	writeText(out, text, p.Rect.Dx()*2/3, p.Rect.Dy()*9/10, p.Rect.Dx()/4, p.Rect.Dy()/30, color.White)
	return out
}

func grey(p *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(p.Rect)
	for i := 0; i < len(p.Pix); i += 4 {
		y := to8(0.299*float64(p.Pix[i]) + 0.587*float64(p.Pix[i+1]) + 0.114*float64(p.Pix[i+2]))
		copy(out.Pix[i:], []byte{y, y, y, 255})
	}
	return out
}
