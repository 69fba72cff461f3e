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
const photoWidth, photoHeight = 480, 360

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
	fill(0, 285, photoWidth, 75, color.RGBA{70, 110 + uint8(random.IntN(80)), 60, 255})
	left, width, top := 60+random.IntN(60), 240+random.IntN(90), 135+random.IntN(45)
	fill(left, top, width, 300-top, wall)
	for row := range 70 { // a gable, line by line
		fill(left-15+row*(width/2+15)/70, top-row, width+30-2*row*(width/2+15)/70, 1, roof)
	}
	for x := left + 20; x+30 < left+width; x += 52 {
		fill(x, top+22, 30, 38, window)
	}
	fill(left+width/2-20, 232, 40, 68, roof)
	grain(img, random)
}

// grain makes a drawing as hard to pack as a photo is.
func grain(img *image.RGBA, random *rand.Rand) {
	for i := 0; i < len(img.Pix); i += 4 {
		bits := random.Uint32()
		for c := range 3 { // not the opacity
			img.Pix[i+c] = uint8(min(uint32(img.Pix[i+c])+bits>>(4*c)&15, 255)) //nolint:gosec // it is in bounds
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
