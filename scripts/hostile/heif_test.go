package hostile

import (
	"bytes"
	"os"
)

// aHEIF and anAVIF are pictures of the project's own tests.
const (
	aHEIF  = "../../internal/imaging/testdata/turned.heic"
	anAVIF = "../../internal/imaging/testdata/chart.avif"
)

func heifBombs() []file {
	const kind = "HEIF bomb"
	return []file{
		{kind, "avif-of-2-to-the-32", func() []byte { return sized(anAVIF, 0xffffffff) }, isVastOrBad},
		{kind, "avif-of-17000-a-side", func() []byte { return sized(anAVIF, 17_000) }, isVast},
		{kind, "heif-of-9000-a-side-with-fewer", func() []byte { return sized(aHEIF, 9000) }, isBearable},
		{kind, "heif-of-10000-nested-boxes", func() []byte {
			return be(heifType, full("meta", nested("ipco", 10_000)))
		}, isBroken},
		{kind, "heif-with-box-of-2-to-the-64", func() []byte { return be(heifType, uint32(1), "meta", uint64(1<<64-1), make([]byte, 100)) }, isBroken},
		{kind, "heif-of-2-to-the-32-items", func() []byte { return be(heifType, full("meta", box("iinf", be(uint32(1<<24), uint32(0xffffffff))))) }, isBroken},
		{kind, "heif-of-2-to-the-32-places", func() []byte {
			return be(heifType, full("meta", box("iloc", be(uint32(2<<24), uint16(0x4444), uint32(0xffffffff), make([]byte, 1000)))))
		}, isBroken},
		{kind, "heif-made-of-itself", func() []byte { return derived("iden", nil, 1) }, isBroken},
		{kind, "heif-tiled-with-itself", func() []byte {
			return derived("grid", be(uint16(0), byte(255), byte(255), uint16(9000), uint16(9000)), 65_535)
		}, isBroken},
		{kind, "heif-laid-over-itself", func() []byte {
			return derived("iovl", be(uint16(0), make([]byte, 8), uint16(9000), uint16(9000), make([]byte, 4*1000)), 1000)
		}, isBroken},
		{kind, "heif-of-5000-items", manyItems, isBroken},
		{kind, "heif-of-200000-boxes", func() []byte { return be(heifType, bytes.Repeat(box("free", nil), 200_000)) }, isBroken},
	}
}

var heifType = string(box("ftyp", be("heic", uint32(0), "mif1heic")))

// box is a part of the formats that MP4 began.
func box(kind string, parts ...[]byte) []byte {
	data := bytes.Join(parts, nil)
	return be(uint32(len(data)+8), kind, data)
}

// nested are so many boxes, each with the next in it.
func nested(kind string, n int) (b []byte) {
	for left := n; left > 0; left-- {
		b = append(b, be(uint32(8*left), kind)...)
	}
	return b
}

// full is a box with a version, of 0, and flags.
func full(kind string, parts ...[]byte) []byte {
	return box(kind, make([]byte, 4), bytes.Join(parts, nil))
}

// sized is a picture that says it is a square of another size.
func sized(path string, side uint32) []byte {
	data := mustRead(path)
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("ispe"))
		if i < 0 {
			return data
		}
		at += i + 8
		copy(data[at:], be(side, side))
	}
}

// derived is a picture that is made of n times itself.
func derived(how string, recipe []byte, n int) []byte {
	return be(heifType, full("meta",
		full("hdlr", be(uint32(0), "pict", make([]byte, 13))),
		full("pitm", be(uint16(1))),
		full("iinf", be(uint16(1), box("infe", be(uint32(2<<24), uint16(1), uint16(0), how, byte(0))))),
		full("iref", box("dimg", be(uint16(1), uint16(n), bytes.Repeat(be(uint16(1)), n)))),
		box("iprp", box("ipco", full("ispe", be(uint32(9000), uint32(9000)))),
			full("ipma", be(uint32(1), uint16(1), byte(1), byte(1)))),
		box("idat", recipe),
		box("iloc", be(uint32(1<<24), uint16(0x4400), uint16(1), uint16(1), uint16(1), uint16(0), uint16(1), uint32(0), uint32(len(recipe)))),
	))
}

// manyItems is a picture of 5,000 pictures, each the preview of the one before.
func manyItems() []byte {
	const n = 5000
	var items, places, properties, origins []byte
	for id := uint16(1); id <= n; id++ {
		items = append(items, box("infe", be(uint32(2<<24), id, uint16(0), "hvc1", byte(0)))...)
		places = append(places, be(id, uint16(0), uint16(1), uint32(0), uint32(1))...)
		properties = append(properties, be(id, byte(1), byte(1))...)
		origins = append(origins, box("thmb", be(id, uint16(1), id%n+1))...)
	}
	return be(heifType, full("meta",
		full("hdlr", be(uint32(0), "pict", make([]byte, 13))), full("pitm", be(uint16(1))), full("iinf", be(uint16(n), items)),
		full("iref", origins), box("iprp", box("ipco", full("ispe", be(uint32(64), uint32(64)))), full("ipma", be(uint32(n), properties))),
		full("iloc", be(uint16(0x4400), uint16(n), places)),
	))
}

func mustRead(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err) // of the project itself
	}
	return data
}
