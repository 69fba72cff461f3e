package tour

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// maxTitleRunes is how long a title may be.
const maxTitleRunes = 200

// decode gives the start of a page in UTF-8. The charset is found as browsers
// find it: by the byte order mark, the Content-Type, a <meta> in the first KiB.
// A page without one of them, or of one that can only be Western, is UTF-8 if
// its bytes are, which those of no other text happen to be.
func decode(head []byte, contentType string) []byte {
	encoding, name, certain := charset.DetermineEncoding(head, contentType)
	if certain || name != "windows-1252" || !utf8.Valid(whole(head)) {
		if decoded, err := encoding.NewDecoder().Bytes(head); err == nil {
			head = decoded
		}
	}
	return bytes.ToValidUTF8(head, []byte("\uFFFD"))
}

// whole takes off a rune at the end that was cut.
func whole(text []byte) []byte {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				return text[:i]
			}
			break
		}
	}
	return text
}

// oneLine gives a text for a title: without controls, in one line, with one
// space between words, and not too long.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r == '\u200B', r == '\uFEFF': // would make an empty title look like one
			return -1
		case unicode.Is(unicode.Bidi_Control, r): // would turn what stands beside the title around
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= maxTitleRunes {
		return text
	}
	cut := string([]rune(text)[:maxTitleRunes-1])
	return strings.TrimSuffix(cut, " ") + "…"
}
