package hostile

import (
	"archive/zip"
	"bytes"
)

// polyglots are of two kinds at once: a picture or a video for vitrine, a page or
// a program for whoever is made to take them for one.
func polyglots() []file {
	const kind = "two kinds at once"
	page := "<!doctype html><html><body>" + script + "</body></html>"
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">` + script + `<image href="data:image/png;base64,`
	return []file{
		{kind, "html-in-the-comment-of-a-jpeg", func() []byte { return jpegWith(segment(0xfe, be("*/-->", page, "<!--"))) }, isShown},
		{kind, "html-behind-a-jpeg", func() []byte { return be(photo(), page) }, isShown},
		{kind, "html-before-a-jpeg", func() []byte { return be(page, photo()) }, isForeign},
		{kind, "html-in-the-xmp-of-a-jpeg", func() []byte { return jpegWith(segment(0xe1, be("http://ns.adobe.com/xap/1.0/\x00", page))) }, isShown},
		{kind, "svg-in-the-text-of-a-png", func() []byte {
			return pngOf(16, 16, 8, 2, 0, pngChunk("tEXt", be("Comment\x00", svg, `"/></svg>`)), pngChunk("IDAT", zeros(16*49)))
		}, isShown},
		{kind, "svg-behind-a-png", func() []byte { return be(smallPNG(), svg, `"/></svg>`) }, isShown},
		{kind, "svg-before-a-png", func() []byte { return be(svg, `"/></svg>`, smallPNG()) }, isForeign},
		{kind, "svg-with-a-png-in-it", func() []byte { return be(svg, "iVBORw0KGgo=", `"/></svg>`) }, isForeign},
		{kind, "script-in-a-gif", func() []byte { return gifOf(64, 64, be("!\xfe", byte(len(script)), script, byte(0), gifFrame(64, 64))) }, isShown},
		{kind, "gif-that-is-a-script", func() []byte { return []byte("GIF89a/*" + "*/=1;alert(1)//" + script) }, isVastOrBad},
		{kind, "html-in-a-webp", func() []byte {
			return webpOf(webpCanvas(64, 64, 4), riff("VP8L", dot(64, 64)), riff("XMP ", []byte(page)))
		}, isShown},
		{kind, "html-in-the-profile-of-a-png", func() []byte {
			return pngOf(16, 16, 8, 2, 0, pngChunk("iCCP", be("a\x00\x00", deflated([]byte(page)))), pngChunk("IDAT", zeros(16*49)))
		}, isShown},
		{kind, "program-in-a-zip-behind-a-png", func() []byte { return be(smallPNG(), zipped(page)) }, isShown},
		{kind, "pdf-behind-a-jpeg", func() []byte { return be(photo(), "%PDF-1.7\n"+script) }, isShown},
		{kind, "html-in-a-video", func() []byte { return be(clip("mp4"), box("free", []byte(page))) }, isShown},
		{kind, "html-before-a-video", func() []byte { return be(box("free", []byte(page)), clip("mp4")) }, isBearable},
		{kind, "playlist-that-is-a-video", func() []byte { return be(clip("mp4"), "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n") }, isShown},
		{kind, "picture-that-is-a-video", func() []byte { return be(photo(), clip("mp4")) }, isShown},
		{kind, "video-that-is-a-heif", func() []byte { return be(box("ftyp", be("isom", uint32(0), "heicmif1")), mustRead(aHEIF)) }, isBroken},
	}
}

func smallPNG() []byte { return pngOf(16, 16, 8, 2, 0, pngChunk("IDAT", zeros(16*49))) }

func zipped(text string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.Create("index.html")
	if err == nil {
		_, err = entry.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}
