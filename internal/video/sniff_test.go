package video

import "testing"

func TestSniff(t *testing.T) {
	t.Parallel()
	zeros := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	for _, row := range []struct {
		what, head, want string
	}{
		{"MP4", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41", typeMP4},
		{"MP4 of a phone", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", typeMP4},
		{"iTunes", "\x00\x00\x00\x1cftypM4V \x00\x00\x00\x01M4V mp42isom", typeMP4},
		{"3GP", "\x00\x00\x00\x18ftyp3gp5\x00\x00\x01\x003gp53gp4", typeMP4},
		{"unknown brand that says what it is", "\x00\x00\x00\x18ftypabcd\x00\x00\x00\x00abcdmp42", typeMP4},
		{"unknown brand", "\x00\x00\x00\x14ftypabcd\x00\x00\x00\x00abcdmp42", ""},
		{"MOV", "\x00\x00\x00\x14ftypqt  \x20\x05\x03\x00qt  ", typeQuickTime},
		{"old MOV", "\x00\x00\x00\x08wide\x00\x00\x10\x00mdat" + zeros, typeQuickTime},
		{"old MOV, index first", "\x00\x00\x20\x00moov\x00\x00\x00\x6cmvhd" + zeros, typeQuickTime},
		{"old MOV, long", "\x00\x00\x00\x01mdat\x00\x00\x00\x00" + zeros, typeQuickTime},
		{"AVI", "RIFF\x00\x10\x00\x00AVI LIST" + zeros, typeAVI},
		{"WAV", "RIFF\x00\x10\x00\x00WAVEfmt " + zeros, ""},
		{"WebP", "RIFF\x00\x10\x00\x00WEBPVP8 " + zeros, ""},
		{"sound", "\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isommp42", ""},
		{"HEIC", "\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heicmp42", ""},
		{"AVIF", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1iso8", ""},
		{"playlist", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd", ""},
		{"concat script", "ffconcat version 1.0\nfile /etc/passwd\n", ""},
		{"text with a word of MOV", "The moov atom is a box of", ""},
		{"text with another", "Put mdat first and then the rest", ""},
		{"Matroska", "\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f" + zeros, ""},
		{"nothing", "", ""},
		{"too little", "\x00\x00\x00\x20ftyp", ""},
	} {
		if got := Sniff([]byte(row.head)); got != row.want {
			t.Errorf("%s: got %q, want %q", row.what, got, row.want)
		}
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"))
	f.Add([]byte("\x00\x00\x00\x05ftypabcd\x00"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if kind := Sniff(head); kind != "" && demuxers[kind] == "" {
			t.Errorf("%q has no demuxer", kind)
		}
	})
}
