package badorigin

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"path"
	"strings"
)

// The size of a photo.
const photoWidth, photoHeight = 640, 480

// Photo draws the photo of that name: a house, different for each name. It is a
// PNG where the name ends so, and else a JPEG.
func Photo(name string) []byte {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(name)) // a hash takes everything
	random := rand.New(rand.NewPCG(seed.Sum64(), 0))
	img := image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))
	paint(img, random)

	var b bytes.Buffer
	var err error
	base, _, _ := strings.Cut(name, "?")
	if path.Ext(base) == ".png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	}
	if err != nil {
		panic("badorigin: a picture in memory can't be encoded: " + err.Error())
	}
	return b.Bytes()
}

func paint(img *image.RGBA, random *rand.Rand) {
	colour := func(least uint8) color.RGBA {
		vary := func() uint8 { return least + uint8(random.IntN(256-int(least))) }
		return color.RGBA{vary(), vary(), vary(), 255}
	}
	fill := func(x, y, width, height int, c color.RGBA) {
		draw.Draw(img, image.Rect(x, y, x+width, y+height), image.NewUniform(c), image.Point{}, draw.Src)
	}
	sky, wall, roof, window := colour(140), colour(90), colour(30), colour(180)
	fill(0, 0, photoWidth, photoHeight, sky)
	fill(0, 380, photoWidth, 100, color.RGBA{70, 110 + uint8(random.IntN(80)), 60, 255})
	left, width, top := 80+random.IntN(80), 320+random.IntN(120), 180+random.IntN(60)
	fill(left, top, width, 400-top, wall)
	for row := range 90 { // a gable, line by line
		fill(left-20+row*(width/2+20)/90, top-row, width+40-2*row*(width/2+20)/90, 1, roof)
	}
	for x := left + 25; x+40 < left+width; x += 70 {
		fill(x, top+30, 40, 50, window)
	}
	fill(left+width/2-25, 310, 50, 90, roof)
	grain(img, random)
}

// grain makes a drawing as hard to pack as a photo is.
func grain(img *image.RGBA, random *rand.Rand) {
	for i := range img.Pix {
		if i%4 != 3 { // not the opacity
			img.Pix[i] = uint8(min(int(img.Pix[i])+random.IntN(16), 255))
		}
	}
}

// hugePNG is a PNG whose header promises that many pixels a side.
func hugePNG(side uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		body := append([]byte(name), data...)
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) //nolint:gosec // a few bytes
		b.Write(body)
		b.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
	}
	header := binary.BigEndian.AppendUint32(nil, side)
	header = binary.BigEndian.AppendUint32(header, side)
	chunk("IHDR", append(header, 8, 2, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01})
	chunk("IEND", nil)
	return b.Bytes()
}
