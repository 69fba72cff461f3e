package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

// tiled is a HEIC to be written, of the pictures in testdata/tiles.c.
type tiled struct {
	size          [2]int // px, as stored
	columns, rows int
	of            []boxed // properties of each tile, beside those that all need
	whole         []boxed // properties of the photo
	mask          bool    // whether there is one
}

// boxed is a property.
type boxed struct {
	box       []byte
	essential bool
}

// turned is the property of a photo that is to be turned to the left so often.
func turned(turns byte) boxed { return boxed{isoBox("irot", []byte{turns}), true} }

// coded is the property of colours by that matrix, with the full range or not.
func coded(matrix, full byte) boxed {
	return boxed{isoBox("colr", []byte("nclx\x00\x01\x00\x0d\x00"), []byte{matrix, full << 7}), false}
}

// profiled is the property of colours with a profile.
func profiled(icc []byte) boxed { return boxed{isoBox("colr", []byte("prof"), icc), false} }

var (
	mirrored = boxed{isoBox("imir", []byte{1}), true}
	clipped  = boxed{isoBox("clap", words(64, 1, 64, 1, 0, 1, 0, 1)), true}
	unheard  = isoBox("abcd", []byte("1234"))
)

// tiledPhotos are HEICs, each with whether it can go the direct way.
var tiledPhotos = []struct {
	name   string
	photo  tiled
	direct bool
}{
	{"one", tiled{size: [2]int{64, 64}}, true},
	{"one, turned", tiled{size: [2]int{64, 64}, whole: []boxed{turned(1)}}, true},
	{"grid", tiled{size: [2]int{192, 128}, columns: 3, rows: 2}, true},
	{"cropped", tiled{size: [2]int{175, 117}, columns: 3, rows: 2}, true},
	{"turned left", tiled{size: [2]int{175, 117}, columns: 3, rows: 2, whole: []boxed{turned(1)}}, true},
	{"turned over", tiled{size: [2]int{175, 117}, columns: 3, rows: 2, whole: []boxed{turned(2)}}, true},
	{"turned right", tiled{size: [2]int{175, 117}, columns: 3, rows: 2, whole: []boxed{turned(3)}}, true},
	{"full range", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, of: []boxed{coded(6, 1)}}, true},
	{"limited range", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, of: []boxed{coded(5, 0)}}, true},
	{"BT.709", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, of: []boxed{coded(1, 1)}}, false},
	{"P3", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, whole: []boxed{profiled(rgbProfile(p3Primaries, srgbCurve))}}, true},
	{"mirrored", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, whole: []boxed{mirrored}}, false},
	{"clipped", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, whole: []boxed{clipped}}, false},
	{"unheard of", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, whole: []boxed{{unheard, false}}}, true},
	{"unheard of and needed", tiled{size: [2]int{128, 64}, columns: 2, rows: 1, of: []boxed{{unheard, true}}}, false},
	{"masked", tiled{size: [2]int{64, 64}, mask: true}, false},
	{"a tile too many", tiled{size: [2]int{128, 64}, columns: 3, rows: 1}, false},
	{"a gap", tiled{size: [2]int{200, 64}, columns: 3, rows: 1}, false},
}

// The direct way gives what libheif and libvips give.
func TestTiles(t *testing.T) {
	t.Parallel()
	for _, row := range tiledPhotos {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			data := row.photo.file(t)
			h, err := probe(data)
			if err != nil {
				t.Fatal(err)
			}
			profile, colours := foreignColours(h)
			for _, sidePx := range []int{400, 130, 64, 40} {
				got := decodeTiles(data, h, sidePx, colours)
				if (got != nil) != row.direct {
					t.Fatalf("taken the direct way: %v, want %v", got != nil, row.direct)
				}
				if got == nil {
					continue
				}
				want, err := decode(data, heif, sidePx, profile)
				if err != nil {
					t.Fatal(err)
				}
				comparePlanes(t, got, want, 2)
			}
		})
	}
}

// Real photos come out as by libvips.
func TestTilesOfPhotos(t *testing.T) {
	t.Parallel()
	for _, photo := range realHEIC(t) {
		data := readFile(t, photo)
		h, err := probe(data)
		if err != nil {
			t.Fatal(err)
		}
		profile, colours := foreignColours(h)
		got := decodeTiles(data, h, 1024, colours)
		if got == nil {
			t.Errorf("%s can't go the direct way", photo)
			continue
		}
		want, err := decode(data, heif, 1024, profile)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(photo)
		comparePlanes(t, got, want, 1)
	}
}

// A child that is locked in can go the direct way with a HEIC, too.
func TestTilesInChild(t *testing.T) {
	t.Parallel()
	data := tiled{size: [2]int{175, 117}, columns: 3, rows: 2, whole: []boxed{turned(3)}}.file(t)
	result, err := newPool(t).Optimise(context.Background(), Request{Source: tempFile(t, "photo.heic", data), OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := probe(data)
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodeTiles(data, h, 1024, nil).webp(80, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, result.Files[2]); !bytes.Equal(got, want) {
		t.Errorf("a variant of %d bytes, want another of %d", len(got), len(want))
	}
}

// What is damaged is left to libvips.
func TestDamagedTiles(t *testing.T) {
	t.Parallel()
	data := tiled{size: [2]int{175, 117}, columns: 3, rows: 2}.file(t)
	h, err := probe(data)
	if err != nil {
		t.Fatal(err)
	}
	items := heifItemsOf(data)
	for id, name := range map[uint32]string{1: "first", 6: "last"} {
		damaged := bytes.Clone(data)
		at := items.spans[id]
		clear(damaged[at.start : at.start+at.size])
		if decodeTiles(damaged, h, 1024, nil) != nil {
			t.Errorf("the %s tile is gone, and it is taken the direct way", name)
		}
	}
}

// A picture that is coded far larger than it is said to be, and cropped, takes no
// more memory than it was let in for. testdata/cropped.heic has 64 x 64 px of
// 1024 x 1024, as made by
//
//	ffmpeg -f lavfi -i color=gray:s=1024x1024 -frames:v 1 -c:v libx265 \
//	  -bsf:v hevc_metadata=crop_right=960:crop_bottom=960 -tag:v hvc1 cropped.mp4
func TestCroppedTile(t *testing.T) {
	t.Parallel()
	data := testFile(t, "cropped.heic")
	h, err := probe(data)
	if err != nil {
		t.Fatal(err)
	}
	if tilesOf(data) == nil {
		t.Fatal("its boxes are no phone's")
	}
	if decodeTiles(data, h, 1024, nil) != nil {
		t.Error("it is taken the direct way")
	}
}

// What two readers could understand in two ways is left to libheif.
func TestAmbiguousItems(t *testing.T) {
	t.Parallel()
	data := tiled{size: [2]int{64, 64}, mask: true}.file(t) // of items 1 and 2
	if tilesOf(data) == nil {
		t.Fatal("its boxes are no phone's")
	}
	put := func(kind string, after int, value ...byte) []byte {
		at := bytes.Index(data, []byte(kind)) + len(kind) + after
		return slices.Concat(data[:at], value, data[at+len(value):])
	}
	meta := data[bytes.Index(data, []byte("meta"))-4 : bytes.Index(data, []byte("mdat"))-4]
	for name, odd := range map[string][]byte{
		"two meta boxes":           slices.Concat(data, meta),
		"fewer kinds counted":      put("iinf", 4, 0, 1),
		"more kinds counted":       put("iinf", 4, 0, 3),
		"two kinds of an item":     put("infe", 25, 0, 1),
		"fewer places counted":     put("iloc", 6, 0, 1),
		"two places of an item":    put("iloc", 24, 0, 1),
		"more properties counted":  put("ipma", 4, 0, 0, 0, 3),
		"a last box beyond others": put("idat", -8, 0, 0, 1),
	} {
		if tilesOf(odd) != nil {
			t.Errorf("%s: taken the direct way", name)
		}
	}
}

// A file that says that a part of it is larger than libheif reads is damaged, and
// no matter of memory.
func TestVastTile(t *testing.T) {
	t.Parallel()
	data := tiled{size: [2]int{64, 64}}.file(t)
	at := bytes.Index(data, []byte("iloc")) + 24 // the size of the first item
	vast := slices.Concat(data[:at], words(0x7d000000), data[at+4:])
	_, err := probe(vast)
	if err == nil {
		_, err = decode(vast, heif, 64, "")
	}
	var failure *vitrine.Failure
	if err = failureOf(err); !errors.As(err, &failure) || failure.Code != vitrine.Unreadable {
		t.Errorf("got %v, want that it is unreadable", err)
	}
}

// FuzzDecodeTiles checks that a file in which the direct way finds no fault is one
// that libvips reads too, and that no tile is outside the file.
func FuzzDecodeTiles(f *testing.F) {
	for _, row := range tiledPhotos {
		data := row.photo.file(f)
		f.Add(data)
		for part := 1; part < 40; part++ {
			at := part * len(data) / 40
			f.Add(data[:at])
			f.Add(slices.Concat(data[:at], []byte{data[at] ^ byte(1<<(part%8))}, data[at+1:]))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found := tilesOf(data)
		if found == nil {
			return
		}
		for _, s := range append(found.spans, found.config) {
			if s.start < 0 || s.size < 1 || s.start > len(data)-s.size {
				t.Fatalf("%d bytes from %d on, of %d", s.size, s.start, len(data))
			}
		}
		if loaderOf(data) != loaders["image/heif"] {
			return
		}
		h, err := probe(data)
		if err != nil || h.Width*h.Height > 1_000_000 {
			return
		}
		if decodeTiles(data, h, 64, nil) == nil {
			return
		}
		if _, err := decode(data, heif, 64, ""); err != nil {
			t.Fatalf("libvips refuses it: %v", err)
		}
	})
}

// file writes it.
func (p tiled) file(t testing.TB) []byte {
	t.Helper()
	properties := [][]byte{nil, fullBox("ispe", 0, words(64, 64))}
	var tiles [][]byte
	for i := range max(1, p.columns*p.rows) {
		data := testFile(t, fmt.Sprintf("tile-%d.heic", i))
		items := heifItemsOf(data)
		at := items.spans[items.primary]
		tiles = append(tiles, data[at.start:at.start+at.size])
		traits, _ := items.traits(items.primary)
		properties[0] = isoBox("hvcC", data[traits.config.start:traits.config.start+traits.config.size])
	}
	assign := func(base []byte, more []boxed) []byte {
		for _, m := range more {
			properties = append(properties, m.box)
			index := byte(len(properties))
			if m.essential {
				index |= 0x80
			}
			base = append(base, index)
		}
		return append([]byte{byte(len(base))}, base...)
	}
	var kinds, assigned, references []byte
	n := len(tiles)
	if n == 1 {
		p.of = append(p.of, p.whole...)
	}
	ofTile := assign([]byte{0x81, 2}, p.of)
	var parts []byte
	for id := 1; id <= n; id++ {
		kinds = append(kinds, fullBox("infe", 2, shorts(id, 0), []byte("hvc1\x00"))...)
		assigned = append(append(assigned, shorts(id)...), ofTile...)
		parts = append(parts, shorts(id)...)
	}
	primary := 1
	if n > 1 {
		primary = n + 1
		kinds = append(kinds, fullBox("infe", 2, shorts(primary, 0), []byte("grid\x00"))...)
		properties = append(properties, fullBox("ispe", 0, words(p.size[0], p.size[1])))
		assigned = append(append(assigned, shorts(primary)...), assign([]byte{byte(len(properties))}, p.whole)...)
		references = append(references, isoBox("dimg", shorts(primary, n), parts)...)
	}
	if p.mask {
		mask := n + 1
		kinds = append(kinds, fullBox("infe", 2, shorts(mask, 0), []byte("hvc1\x00"))...)
		assigned = append(append(assigned, shorts(mask)...), assign([]byte{0x81, 2},
			[]boxed{{fullBox("auxC", 0, []byte("urn:mpeg:hevc:2015:auxid:1\x00")), true}})...)
		references = append(references, isoBox("auxl", shorts(mask, 1, 1))...)
		tiles = append(tiles, tiles[0])
	}
	grid := append([]byte{0, 0, byte(p.rows - 1), byte(p.columns - 1)}, shorts(p.size[0], p.size[1])...)

	meta := func(from int) []byte {
		entries := len(tiles)
		var at []byte
		for i, tile := range tiles {
			at = append(append(at, shorts(i+1, 0, 0, 1)...), words(from, len(tile))...)
			from += len(tile)
		}
		if n > 1 {
			entries++
			at = append(append(at, shorts(primary, 1, 0, 1)...), words(0, len(grid))...)
		}
		return fullBox("meta", 0,
			fullBox("hdlr", 0, words(0), []byte("pict"), words(0, 0, 0), []byte{0}),
			fullBox("pitm", 0, shorts(primary)),
			fullBox("iinf", 0, shorts(bytes.Count(kinds, []byte("infe"))), kinds),
			fullBox("iloc", 1, []byte{0x44, 0}, shorts(entries), at),
			isoBox("iprp", isoBox("ipco", properties...), fullBox("ipma", 0, words(bytes.Count(kinds, []byte("infe"))), assigned)),
			fullBox("iref", 0, references),
			isoBox("idat", grid))
	}
	head := isoBox("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	return slices.Concat(head, meta(len(head)+len(meta(0))+8), isoBox("mdat", tiles...))
}

func isoBox(kind string, content ...[]byte) []byte {
	body := slices.Concat(content...)
	return slices.Concat(words(8+len(body)), []byte(kind), body)
}

func fullBox(kind string, version byte, content ...[]byte) []byte {
	return isoBox(kind, append([][]byte{{version, 0, 0, 0}}, content...)...)
}

func words(values ...int) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func shorts(values ...int) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return b
}
