package classifiedsapi

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A nightly sync sends the same lists again, so that reading bodies is most of
// what this face does. encoding/json can read a list of media once to check it
// and once more, slowly, to decode it, and then has not seen a name that is
// there twice or in another case. The functions here walk over a text that
// json.Valid has accepted, which lets them skip without looking, and copy only
// what is kept.

// value is one JSON value of a valid text, without space around it.
type value []byte

// whole is the value of a text that is valid JSON.
func whole(text []byte) value {
	start := skipSpace(text, 0)
	return value(text[start:endOf(text, start)])
}

func (v value) isString() bool { return v[0] == '"' }
func (v value) isObject() bool { return v[0] == '{' }
func (v value) isArray() bool  { return v[0] == '[' }
func (v value) isNumber() bool { return v[0] == '-' || '0' <= v[0] && v[0] <= '9' }
func (v value) isNull() bool   { return v[0] == 'n' }
func (v value) isBool() bool   { return v[0] == 't' || v[0] == 'f' }
func (v value) isTrue() bool   { return v[0] == 't' }

// text is what a string says.
func (v value) text() string {
	if bytes.IndexByte(v, '\\') >= 0 {
		return unescape(v)
	}
	return string(v[1 : len(v)-1])
}

func unescape(v value) string {
	var text string
	if err := json.Unmarshal(v, &text); err != nil {
		panic("classifiedsapi: a valid string is not: " + err.Error())
	}
	return text
}

// elements are those of an array, with their places.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		i := skipSpace(v, 1)
		for n := 0; v[i] != ']'; n++ {
			end := endOf(v, i)
			if !yield(n, v[i:end]) {
				return
			}
			i = skipComma(v, end)
		}
	}
}

// members are those of an object, in the order and as often as they are there.
// The name is the string as it stands.
func (v value) members() iter.Seq2[value, value] {
	return func(yield func(name, member value) bool) {
		i := skipSpace(v, 1)
		for v[i] != '}' {
			nameEnd := endOf(v, i)
			start := skipSpace(v, skipSpace(v, nameEnd)+len(":"))
			end := endOf(v, start)
			if !yield(v[i:nameEnd], v[start:end]) {
				return
			}
			i = skipComma(v, end)
		}
	}
}

// member is the value of that name, the last where there are several, as
// encoding/json has it; nil for none.
func (v value) member(name string) value {
	var found value
	if v.isObject() {
		for key, member := range v.members() {
			if key.text() == name {
				found = member
			}
		}
	}
	return found
}

// compact is a copy without the space between tokens.
func (v value) compact() json.RawMessage {
	text := make([]byte, 0, len(v))
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case isSpace(c):
			i++
		case c == '"':
			end := endOfString(v, i)
			text = append(text, v[i:end]...)
			i = end
		default:
			text = append(text, c)
			i++
		}
	}
	return text
}

// endOf is where the value ends that begins at text[i].
func endOf(text []byte, i int) int {
	switch text[i] {
	case '"':
		return endOfString(text, i)
	case '{', '[':
		return endOfNest(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != '}' && text[i] != ']' && !isSpace(text[i]) {
		i++
	}
	return i
}

// endOfString looks for the quote that no backslash escapes: one before which an
// even number of them stands.
func endOfString(text []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(text[i:], '"')
		slash := i
		for text[slash-1] == '\\' {
			slash--
		}
		if (i-slash)%2 == 0 {
			return i + 1
		}
	}
}

func endOfNest(text []byte, i int) int {
	for depth := 0; ; {
		switch text[i] {
		case '"':
			i = endOfString(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// skipComma gives where the next item begins, or its end the list, after an
// item that ends at i.
func skipComma(text []byte, i int) int {
	i = skipSpace(text, i)
	if text[i] == ',' {
		i = skipSpace(text, i+1)
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// storable reports whether a database can hold every string of the text: a zero
// character has no place in its texts, and half of a surrogate pair is no
// character.
func (v value) storable() bool {
	for i := 0; ; i++ {
		next := bytes.IndexByte(v[i:], '\\')
		if next < 0 {
			return true
		}
		i += next + 1
		if v[i] != 'u' {
			continue
		}
		r := hex4(v[i+1:])
		i += 4
		if r == 0 {
			return false
		}
		if utf16.IsSurrogate(r) {
			if len(v) < i+7 || v[i+1] != '\\' || v[i+2] != 'u' || utf16.DecodeRune(r, hex4(v[i+3:])) == utf8.RuneError {
				return false
			}
			i += 6
		}
	}
}

func hex4(digits []byte) rune {
	n, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	if err != nil {
		panic("classifiedsapi: a valid escape is not: " + err.Error())
	}
	return rune(n)
}
