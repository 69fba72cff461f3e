package blob

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxKeyBytes     = 512
	maxSegmentBytes = 200 // leaves a folder room for its suffixes within the 255 bytes of a file name
)

// checkKey holds key against the rules of Bucket. The error says which one it
// breaks.
func checkKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: empty", ErrKey)
	case len(key) > maxKeyBytes:
		return fmt.Errorf("%w: %d bytes, %d allowed", ErrKey, len(key), maxKeyBytes)
	case !utf8.ValidString(key):
		return fmt.Errorf("%w: not UTF-8", ErrKey)
	case strings.ContainsFunc(key, unicode.IsControl):
		return fmt.Errorf("%w: control character", ErrKey)
	}
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return fmt.Errorf("%w: empty segment", ErrKey)
		case segment == "." || segment == "..":
			return fmt.Errorf("%w: segment %q", ErrKey, segment)
		case len(segment) > maxSegmentBytes:
			return fmt.Errorf("%w: segment of %d bytes, %d allowed", ErrKey, len(segment), maxSegmentBytes)
		}
	}
	return nil
}

// checkPrefix accepts what a valid key may begin with: a key, or one that
// lacks its end.
func checkPrefix(prefix string) error {
	if prefix == "" || checkKey(prefix) == nil {
		return nil
	}
	return checkKey(prefix + "x")
}
