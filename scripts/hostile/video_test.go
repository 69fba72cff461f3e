package hostile

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

func videoBombs() []file {
	const kind = "video bomb"
	return []file{
		{kind, "mp4-of-10000-nested-boxes", func() []byte { return be(mp4Type, nested("moov", 10_000)) }, isBroken},
		{kind, "mp4-with-box-of-2-to-the-64", func() []byte { return be(mp4Type, uint32(1), "moov", uint64(1<<64-1), make([]byte, 100)) }, isBroken},
		{kind, "mp4-of-300-tracks", func() []byte { return tracks(300) }, isBearable},
		{kind, "mp4-of-20000-tracks", func() []byte { return tracks(20_000) }, isBearable},
		{kind, "mp4-with-2-to-the-32-samples", func() []byte { return patched(clip("mp4"), "stsz", 8, be(uint32(0xffffffff))) }, isBearable},
		{kind, "mp4-with-2-to-the-32-chunks", func() []byte { return patched(clip("mp4"), "stco", 4, be(uint32(0xffffffff))) }, isBroken},
		{kind, "mp4-with-2-to-the-32-edits", func() []byte { return patched(clip("mp4"), "elst", 4, be(uint32(0xffffffff))) }, isBearable},
		{kind, "mp4-with-100000-edits", func() []byte {
			edits := full("elst", be(uint32(100_000)), bytes.Repeat(be(uint32(1), uint32(0), uint32(1<<16)), 100_000))
			return withIndex(clip("mp4"), func(moov []byte) []byte { return grown(moov, "edts", edits) })
		}, isBearable},
		{kind, "mp4-that-lasts-for-years", func() []byte { return patched(clip("mp4"), "stts", 12, be(uint32(1<<31-1))) }, isAnything},
		{kind, "mp4-that-says-it-lasts-for-years", func() []byte {
			data := patched(clip("mp4"), "mvhd", 16, be(uint32(0xffffffff)))
			return patched(patched(data, "mdhd", 16, be(uint32(0xfffffffe))), "tkhd", 20, be(uint32(0xfffffffe)))
		}, isAnything},
		{kind, "mp4-without-time", func() []byte {
			return patched(patched(clip("mp4"), "mvhd", 12, be(uint32(0))), "mdhd", 12, be(uint32(0)))
		}, isAnything},
		{kind, "mp4-of-4-billion-ticks-a-second", func() []byte { return patched(clip("mp4"), "mdhd", 12, be(uint32(1<<31-1))) }, isBearable},
		{kind, "mp4-of-65535-a-side", func() []byte { return patched(clip("mp4"), "avc1", 24, be(uint16(65_535), uint16(65_535))) }, isBearable},
		// QuickTime compresses the index: this is 2 GB of nothing in 2 MB.
		{kind, "mov-with-index-of-2-GB", func() []byte {
			return be(mp4Type, box("moov", box("cmov", box("dcom", []byte("zlib")), box("cmvd", be(uint32(1<<31-16)), zeros(1<<31-16)))))
		}, isBroken},
		{kind, "mp4-of-100000-fragments", func() []byte {
			fragment := box("moof", full("mfhd", be(uint32(1))), box("traf", full("tfhd", be(uint32(1))), full("trun", be(uint32(0)))))
			return be(clip("mp4"), bytes.Repeat(fragment, 100_000))
		}, isBearable},
		{kind, "mp4-of-100000-boxes", func() []byte { return be(mp4Type, bytes.Repeat(box("free"), 100_000), clip("mp4")) }, isBearable},
		{kind, "mp4-of-boxes-of-no-size", func() []byte { return be(mp4Type, bytes.Repeat(be(uint32(8), "moov"), 100_000)) }, isRefused},
		{kind, "avi-of-20000-frames", func() []byte { return clip("many.avi") }, isShown},
		{kind, "avi-of-2-to-the-32-frames", func() []byte { return patched(clip("avi"), "strh", 36, le(uint32(0xffffffff))) }, isAnything},
		{kind, "avi-without-time", func() []byte { return patched(clip("avi"), "strh", 24, make([]byte, 8)) }, isAnything},
		{kind, "avi-of-30000-a-side", func() []byte { return patched(clip("raw.avi"), "strf", 8, le(uint32(30_000), uint32(30_000))) }, isVastOrBad},
		{kind, "avi-of-5000-streams", func() []byte {
			header := riff("LIST", be("strl", riff("strh", be("vidsMJPG", make([]byte, 48))), riff("strf", make([]byte, 40))))
			return riff("RIFF", be("AVI ", riff("LIST", be("hdrl", riff("avih", make([]byte, 56)), bytes.Repeat(header, 5000)))))
		}, isBroken},
		{kind, "avi-of-4-GB-lists", func() []byte {
			return be("RIFF\xff\xff\xff\xffAVI ", bytes.Repeat([]byte("LIST\xff\xff\xff\xffhdrl"), 100_000))
		}, isBroken},
	}
}

var mp4Type = string(box("ftyp", be("isom", uint32(0), "isommp42")))

// tracks is a video with so many that they have the same pictures.
func tracks(n int) []byte {
	return withIndex(clip("mp4"), func(moov []byte) []byte {
		at := bytes.Index(moov, []byte("trak")) - 4
		track := moov[at:][:boxSize(moov[at:])]
		return be(moov, bytes.Repeat(track, n-1))
	})
}

// withIndex gives a video with another content of its index, which is the last
// of its boxes.
func withIndex(data []byte, change func(moov []byte) []byte) []byte {
	at := bytes.LastIndex(data, []byte("moov")) - 4
	return be(data[:at], box("moov", change(data[at+8:])))
}

// grown puts another content into the first box of that name, and has those
// around it say that they are larger.
func grown(data []byte, name string, content []byte) []byte {
	at := bytes.Index(data, []byte(name)) - 4
	old := boxSize(data[at:])
	replaced := be(data[:at], box(name, content), data[at+old:])
	track := bytes.Index(replaced, []byte("trak")) - 4
	copy(replaced[track:], be(uint32(boxSize(replaced[track:])+8+len(content)-old)))
	return replaced
}

func boxSize(data []byte) int {
	return int(data[0])<<24 | int(data[1])<<16 | int(data[2])<<8 | int(data[3])
}

// patched writes a value so many bytes behind each place that has the name.
func patched(data []byte, name string, offset int, value []byte) []byte {
	data = bytes.Clone(data)
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte(name))
		if i < 0 {
			return data
		}
		at += i + len(name)
		copy(data[min(at+offset, len(data)):], value)
	}
}

// clips are made by ffmpeg, which the server needs as well.
var clips = map[string]func() []byte{
	"mp4":      recorded("-f lavfi -i testsrc2=s=160x90:r=10:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -f mp4"),
	"mov":      recorded("-f lavfi -i testsrc2=s=160x90:r=10:d=1 -f lavfi -i sine=d=1 -c:v mpeg4 -c:a pcm_s16le -f mov"),
	"avi":      recorded("-f lavfi -i testsrc2=s=160x90:r=10:d=1 -f lavfi -i sine=d=1 -c:v mjpeg -c:a pcm_u8 -ar 8000 -f avi"),
	"raw.avi":  recorded("-f lavfi -i testsrc2=s=32x32:r=10:d=0.5 -c:v rawvideo -f avi"),
	"many.avi": recorded("-f lavfi -i testsrc2=s=16x16:r=1000:d=20 -c:v mjpeg -f avi"),
}

func clip(name string) []byte { return clips[name]() }

// recorded is what ffmpeg makes by these words, once.
func recorded(words string) func() []byte {
	return sync.OnceValue(func() []byte {
		folder, err := os.MkdirTemp("", "clip")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(folder) }() // of no more use
		path := filepath.Join(folder, "clip")
		args := append(append([]string{"-nostdin", "-v", "error"}, strings.Fields(words)...), path)
		if said, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			panic(fmt.Sprintf("ffmpeg %s: %v\n%s", words, err, said))
		}
		return mustRead(path)
	})
}
