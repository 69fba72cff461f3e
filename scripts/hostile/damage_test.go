package hostile

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
)

// damage changes a copy of a file. Others may be at hand to take from.
type damage struct {
	name string
	do   func(random *rand.Rand, data []byte, from *sound, other *sound) []byte
}

var damages = []damage{
	{"flipped", flip},
	{"flipped-at-head", func(random *rand.Rand, data []byte, from, other *sound) []byte {
		return append(flip(random, data[:min(len(data), 512)], from, other), data[min(len(data), 512):]...)
	}},
	{"cut", func(random *rand.Rand, data []byte, _, _ *sound) []byte { return data[:1+random.IntN(len(data)-1)] }},
	{"blanked", blank},
	{"doubled", onPiece(func(_ *rand.Rand, data []byte, p piece) []byte {
		return slices.Insert(data, p.end, bytes.Clone(data[p.start:p.end])...)
	})},
	{"removed", onPiece(func(_ *rand.Rand, data []byte, p piece) []byte { return slices.Delete(data, p.start, p.end) })},
	{"lied", onPiece(func(random *rand.Rand, data []byte, p piece) []byte {
		lies := []uint32{0, 1, uint32(p.end - p.start - 1), uint32(p.end - p.start + 1), 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, random.Uint32()}
		p.setLength(data, lies[random.IntN(len(lies))])
		return data
	})},
	{"filled", onPiece(func(random *rand.Rand, data []byte, p piece) []byte {
		for i := p.length + p.bytes; i < p.end; i++ {
			data[i] = byte(random.Uint32())
		}
		return data
	})},
	{"spliced", func(random *rand.Rand, data []byte, _, other *sound) []byte {
		at := random.IntN(min(len(data), len(other.data), 4096))
		return append(bytes.Clone(other.data[:at]), data[at:]...)
	}},
}

func flip(random *rand.Rand, data []byte, _, _ *sound) []byte {
	for range 1 + random.IntN(32) {
		data[random.IntN(len(data))] ^= 1 << random.IntN(8)
	}
	return data
}

func blank(random *rand.Rand, data []byte, _, _ *sound) []byte {
	at := random.IntN(len(data))
	value := []byte{0, 0x7f, 0xff}[random.IntN(3)]
	for i := at; i < min(len(data), at+1+random.IntN(256)); i++ {
		data[i] = value
	}
	return data
}

// onPiece damages one of the pieces of a file, or flips bits where it has none.
func onPiece(do func(random *rand.Rand, data []byte, p piece) []byte) func(*rand.Rand, []byte, *sound, *sound) []byte {
	return func(random *rand.Rand, data []byte, from, other *sound) []byte {
		var pieces []piece
		if from.pieces != nil {
			pieces = slices.DeleteFunc(from.pieces(data), func(p piece) bool { return p.end > len(data) })
		}
		if len(pieces) == 0 {
			return flip(random, data, from, other)
		}
		return do(random, data, pieces[random.IntN(len(pieces))])
	}
}

// mutationsOf are so many damaged copies of sound files, the same for a seed.
func mutationsOf(sounds map[string][]sound, n int, seed uint64) []file {
	var files []file
	for i := range n {
		draw := func() (file, []byte) { return mutation(sounds, rand.New(rand.NewPCG(seed, uint64(i)))) }
		f, _ := draw()
		f.name = fmt.Sprintf("%04d-%s", i, f.name)
		f.data = func() []byte {
			_, data := draw()
			return data
		}
		files = append(files, f)
	}
	return files
}

// mutation is one file with damage done to it once or twice.
func mutation(sounds map[string][]sound, random *rand.Rand) (file, []byte) {
	format := drawFormat(random)
	from := sounds[format][random.IntN(len(sounds[format]))]
	otherFormat := drawFormat(random)
	other := sounds[otherFormat][random.IntN(len(sounds[otherFormat]))]
	data, name := bytes.Clone(from.data), ""
	for range 1 + random.IntN(2) {
		d := damages[random.IntN(len(damages))]
		name += d.name + "-"
		if len(data) > 1 {
			data = d.do(random, data, &from, &other)
		}
	}
	if format == "PNG" && random.IntN(2) == 0 {
		mendChecksums(data)
	}
	return file{kind: format + ", damaged", name: name + from.name, want: isAnything}, data
}

func drawFormat(random *rand.Rand) string {
	total := 0
	for _, f := range formats {
		total += f.share
	}
	for n := random.IntN(total); ; {
		for _, f := range formats {
			if n -= f.share; n < 0 {
				return f.name
			}
		}
	}
}

// mendChecksums has a PNG's decoder look at what is in its chunks.
func mendChecksums(data []byte) {
	for _, p := range pngPieces(data) {
		if p.end <= len(data) {
			copy(data[p.end-4:], be(crc32.ChecksumIEEE(data[p.start+4:p.end-4])))
		}
	}
}
