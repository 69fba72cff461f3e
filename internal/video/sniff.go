package video

import "encoding/binary"

// The media types that are taken in (Listings API 3.1).
const (
	typeMP4       = "video/mp4"
	typeQuickTime = "video/quicktime"
	typeAVI       = "video/x-msvideo"
)

// demuxers are the accepted media types, each with the one demuxer of ffmpeg
// that may read it.
var demuxers = map[string]string{
	typeMP4:       "mov",
	typeQuickTime: "mov",
	typeAVI:       "avi",
}

// mp4Brands begin the brands of files that hold a video. Those of sound alone
// ("M4A ") and of pictures ("heic", "avif") are not among them.
var mp4Brands = []string{"iso", "mp4", "avc", "M4V", "3gp", "3g2", "3ge", "3gg", "3gr", "3gs", "mmp4", "MSNV", "dash", "msdh", "f4v ", "XAVC", "NDS", "hvc1"}

// foreignBrands begin the brands of files that are something else, even when
// they are compatible with a brand of videos.
var foreignBrands = []string{"M4A", "M4B", "M4P", "F4A", "F4B", "mif", "msf", "heic", "heix", "heim", "heis", "hevc", "hevx", "avif", "avis", "jp", "mj", "crx", "aax"}

// Sniff says by content which video these first bytes begin: "video/mp4",
// "video/quicktime" or "video/x-msvideo", and "" for all that is not taken in.
// 64 bytes are enough for almost every file.
func Sniff(head []byte) string {
	if len(head) < 12 {
		return ""
	}
	switch kind := string(head[4:8]); {
	case string(head[:4]) == "RIFF" && string(head[8:12]) == "AVI ":
		return typeAVI
	case kind == "ftyp":
		return sniffBrands(head)
	case isAtom(kind, binary.BigEndian.Uint32(head)):
		return typeQuickTime
	}
	return ""
}

// sniffBrands looks at a file type box: the brand of the file and those that it
// is compatible with.
func sniffBrands(head []byte) string {
	end := min(int64(binary.BigEndian.Uint32(head)), int64(len(head)))
	major := string(head[8:12])
	if major == "qt  " {
		return typeQuickTime
	}
	if hasBrand(mp4Brands, major) {
		return typeMP4
	}
	if hasBrand(foreignBrands, major) {
		return ""
	}
	for at := int64(16); at+4 <= end; at += 4 {
		if hasBrand(mp4Brands, string(head[at:at+4])) {
			return typeMP4
		}
	}
	return ""
}

func hasBrand(prefixes []string, brand string) bool {
	for _, prefix := range prefixes {
		if len(brand) >= len(prefix) && brand[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}

// isAtom reports whether a QuickTime file from before there were brands may
// begin with that atom. Its size tells it from a text that has the word there.
func isAtom(kind string, size uint32) bool {
	switch kind {
	case "moov", "wide", "free", "skip", "pnot":
		return size >= 8 && size < 1<<24
	case "mdat":
		return size < 1<<29 // 0 and 1 say that the size is elsewhere
	}
	return false
}
