package video

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// withMatrix gives an MP4 that is to be turned by that matrix.
func withMatrix(t testing.TB, data []byte, matrix [4]int32) []byte {
	t.Helper()
	data = bytes.Clone(data)
	at := bytes.Index(data, []byte("tkhd"))
	if at < 0 {
		t.Fatal("no tkhd")
	}
	at += 4 + 40
	for i, place := range []int{0, 4, 12, 16} {
		binary.BigEndian.PutUint32(data[at+place:], uint32(matrix[i]<<16))
	}
	return data
}

// lyingAVI gives an AVI whose headers promise that many frames.
func lyingAVI(t testing.TB, data []byte, frames uint32) []byte {
	t.Helper()
	data = bytes.Clone(data)
	main, stream := bytes.Index(data, []byte("avih")), bytes.Index(data, []byte("strh"))
	index := bytes.LastIndex(data, []byte("idx1"))
	if main < 0 || stream < 0 || index < 0 {
		t.Fatal("not an AVI")
	}
	binary.LittleEndian.PutUint32(data[main+8+16:], frames)
	binary.LittleEndian.PutUint32(data[stream+8+32:], frames)
	return data[:index]
}

// withForeignTrack gives a QuickTime file whose pictures are in another file,
// beside it, and leaves only the index of its own.
func withForeignTrack(t testing.TB, data []byte, other string) []byte {
	t.Helper()
	alias := make([]byte, 150)
	binary.BigEndian.PutUint16(alias[10+1+27+12+1+63+16:], 1) // levels up from here, plus one
	binary.BigEndian.PutUint16(alias[10+1+27+12+1+63+18:], 1) // levels down to it
	path := []byte("/" + other)
	if len(path)%2 != 0 {
		t.Fatal("a name of odd length")
	}
	alias = append(alias, 0, 2, 0, byte(len(path))) // type 2: a path
	alias = append(append(alias, path...), 0xff, 0xff, 0, 0)
	// An alias as ffmpeg reads it has 10 bytes less before its items.
	alias = append(alias[:10+1+27+12+1+63+16+4+16], alias[150:]...)
	entry := box("alis", append([]byte{0, 0, 0, 0}, append(alias, make([]byte, 16)...)...))
	replaced := box("dref", append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, entry...))
	return rebuild(t, data, func(kind string, content []byte) []byte {
		switch kind {
		case "dref":
			return replaced
		case "mdat":
			return nil
		}
		return box(kind, content)
	})
}

func box(kind string, content []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(out, kind...), content...)
}

// rebuild writes the boxes of an MP4 anew, each as change gives it.
func rebuild(t testing.TB, data []byte, change func(kind string, content []byte) []byte) (out []byte) {
	t.Helper()
	for len(data) >= 8 {
		size, kind := int(binary.BigEndian.Uint32(data)), string(data[4:8])
		if size < 8 || size > len(data) {
			t.Fatalf("box %s of %d bytes", kind, size)
		}
		content := data[8:size]
		if skip, ok := containers[kind]; ok && skip == 0 {
			content = rebuild(t, content, change)
		}
		out = append(out, change(kind, content)...)
		data = data[size:]
	}
	return out
}
