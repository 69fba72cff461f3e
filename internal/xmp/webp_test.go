package xmp

import (
	"bytes"
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/webp"

	vitrine "github.com/vitrine-media/vitrine"
)

// samples are WebP files of 96 x 64 px as cwebp writes them, of each kind.
var samples = []struct {
	name  string
	flags byte // of the chunk "VP8X" when it has a label
}{
	{"opaque.webp", flagXMP},
	{"alpha.webp", flagXMP | flagAlpha},
	{"lossless.webp", flagXMP},
	{"lossless-alpha.webp", flagXMP | flagAlpha},
}

// A label is added to every kind of WebP, and changes nothing else; of two the
// last counts.
func TestLabelWebP(t *testing.T) {
	t.Parallel()
	const trained, composite = vitrine.TrainedAlgorithmicMedia, vitrine.CompositeWithTrainedAlgorithmicMedia
	for _, row := range samples {
		plain := sample(t, row.name)
		once := label(t, plain, trained)
		wantLabel(t, row.name, once, plain, row.flags, trained)
		twice := label(t, label(t, plain, composite), trained)
		if !bytes.Equal(once, twice) {
			t.Errorf("%s: labelled twice it isn't what it is when labelled once", row.name)
		}
	}
}

// The other metadata of a file stays, and so do chunks that nobody knows.
func TestLabelWebPKeepsChunks(t *testing.T) {
	t.Parallel()
	file := bytes.Clone(label(t, sample(t, "alpha.webp"), "print"))
	file[riffBytes+chunkBytes] |= 0x28
	file = appendChunk(file, chunk{"EXIF", []byte("odd")})
	file = appendChunk(file, chunk{"what", []byte("even")})
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	wantLabel(t, "more chunks", label(t, file, "composite"), file, flagXMP|flagAlpha|0x28, "composite")
}

// wantLabel fails the test unless got is plain with that label.
func wantLabel(t *testing.T, what string, got, plain []byte, flags byte, sourceType string) {
	t.Helper()
	want := map[string]string{}
	for _, c := range []chunk{{"VP8X", []byte{flags, 0, 0, 0, 95, 0, 0, 63, 0, 0}}, {"XMP ", labelPacket(sourceType)}} {
		want[c.name] = string(c.data)
	}
	for _, c := range parsed(t, plain) {
		if _, ours := want[c.name]; !ours {
			want[c.name] = string(c.data)
		}
	}
	chunks := parsed(t, got)
	have := map[string]string{}
	for _, c := range chunks {
		if _, twice := have[c.name]; twice {
			t.Errorf("%s: chunk %q is there twice", what, c.name)
		}
		have[c.name] = string(c.data)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
	if chunks[0].name != "VP8X" {
		t.Errorf("%s begins with %q", what, chunks[0].name)
	}
	// That decoder takes no alpha in one chunk with the pixels.
	if chunks[1].name == "VP8L" && flags&flagAlpha != 0 {
		return
	}
	if diff := cmp.Diff(decoded(t, plain), decoded(t, got)); diff != "" {
		t.Errorf("%s: other pixels", what)
	}
}

// A label comes back as it was written, with nothing beside it.
func TestLabelPacket(t *testing.T) {
	t.Parallel()
	got := string(labelPacket(vitrine.TrainedAlgorithmicMedia))
	const want = "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" ` +
		`Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>` +
		`</rdf:RDF></x:xmpmeta><?xpacket end="r"?>`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if said := Parse([]byte(got)); len(said) != 1 || said.DigitalSourceType() != vitrine.TrainedAlgorithmicMedia {
		t.Errorf("read back: %v", said)
	}
}

// What can't be labelled right isn't labelled.
func TestLabelWebPRefuses(t *testing.T) {
	t.Parallel()
	good := sample(t, "alpha.webp")
	changed := func(at int, to byte) []byte {
		file := bytes.Clone(good)
		file[at] = to
		return file
	}
	headOnly := append(bytes.Clone(good[:riffBytes]), "VP8 \x00\x00\x00\x00"...)
	binary.LittleEndian.PutUint32(headOnly[4:], uint32(len(headOnly)-8))
	for _, row := range []struct {
		what       string
		file       []byte
		sourceType string
		width      int
		reason     string
	}{
		{"no type", good, "", 96, "no digital source type"},
		{"a type of another form", good, `x"/><evil`, 96, "no digital source type"},
		{"nothing", nil, "print", 96, "isn't one"},
		{"a cut file", good[:len(good)-2], "print", 96, "is cut"},
		{"more behind it", append(bytes.Clone(good), 0, 0), "print", 96, "is cut"},
		{"another format", changed(0, 'X'), "print", 96, "isn't one"},
		{"a chunk of another size", changed(16, 255), "print", 96, "is cut"},
		{"a chunk without end", changed(19, 255), "print", 96, "is cut"},
		{"an unknown chunk first", changed(12, 'X'), "print", 96, "begins with"},
		{"a chunk without a picture", headOnly, "print", 96, "begins with"},
		{"another width", good, "print", 95, "96 x 64 px instead of 95 x 64"},
	} {
		got, err := LabelWebP(row.file, row.width, 64, row.sourceType)
		if err == nil || got != nil || !strings.Contains(err.Error(), row.reason) {
			t.Errorf("%s: got %d bytes, %v", row.what, len(got), err)
		}
	}
}

// A file may be damaged in any way: what comes of it is in order, or nothing.
func FuzzLabelWebP(f *testing.F) {
	for _, row := range samples {
		f.Add(sample(f, row.name), 96, 64)
	}
	f.Fuzz(func(t *testing.T, file []byte, width, height int) {
		before := bytes.Clone(file)
		labelled, err := LabelWebP(file, width, height, "print")
		if !bytes.Equal(file, before) {
			t.Error("it wrote into the file given")
		}
		if err != nil {
			return
		}
		again, err := LabelWebP(labelled, width, height, "print")
		if err != nil || !bytes.Equal(again, labelled) {
			t.Errorf("labelled again: %v", err)
		}
		chunks := parsed(t, labelled)
		if last := chunks[len(chunks)-1]; last.name != "XMP " || Parse(last.data).DigitalSourceType() != "print" {
			t.Errorf("it ends with %q, %q", last.name, last.data)
		}
	})
}

func label(t *testing.T, file []byte, sourceType string) []byte {
	t.Helper()
	before := bytes.Clone(file)
	labelled, err := LabelWebP(file, 96, 64, sourceType)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, before) {
		t.Error("it wrote into the file given")
	}
	return labelled
}

func parsed(t *testing.T, file []byte) []chunk {
	t.Helper()
	chunks, err := chunksOf(file)
	if err != nil {
		t.Fatal(err)
	}
	return chunks
}

func decoded(t *testing.T, file []byte) image.Image {
	t.Helper()
	img, err := webp.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
