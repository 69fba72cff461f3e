// Package jsontext walks over a JSON text that is known to be valid, and to be
// UTF-8.
//
// A nightly resync sends the same lists again, so that reading bodies is most of
// what an API does. encoding/json can read a list of media once to check it and
// once more, slowly, to decode it, and then has not seen a name that is there
// twice or in another case. A text that json.Valid has accepted can be walked
// over without looking at what is skipped, and only what is kept is copied.
package jsontext

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is one JSON value of a valid text, without space around it.
type Value []byte

// Whole is the value of a text that is valid JSON in UTF-8.
func Whole(text []byte) Value {
	start := skipSpace(text, 0)
	return Value(text[start:endOf(text, start)])
}

// IsString reports whether it is a string.
func (v Value) IsString() bool { return v[0] == '"' }

// IsObject reports whether it is an object.
func (v Value) IsObject() bool { return v[0] == '{' }

// IsArray reports whether it is an array.
func (v Value) IsArray() bool { return v[0] == '[' }

// IsNumber reports whether it is a number.
func (v Value) IsNumber() bool { return v[0] == '-' || '0' <= v[0] && v[0] <= '9' }

// IsNull reports whether it is null.
func (v Value) IsNull() bool { return v[0] == 'n' }

// IsBool reports whether it is true or false.
func (v Value) IsBool() bool { return v[0] == 't' || v[0] == 'f' }

// IsTrue reports whether it is true.
func (v Value) IsTrue() bool { return v[0] == 't' }

// Text is what a string says.
func (v Value) Text() string {
	if bytes.IndexByte(v, '\\') >= 0 {
		return unescape(v)
	}
	return string(v[1 : len(v)-1])
}

func unescape(v Value) string {
	var text string
	if err := json.Unmarshal(v, &text); err != nil {
		panic("jsontext: a valid string is not: " + err.Error())
	}
	return text
}

// Elements are those of an array, with their places.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
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

// Members are those of an object, in the order and as often as they are there.
// The name is the string as it stands.
func (v Value) Members() iter.Seq2[Value, Value] {
	return func(yield func(name, member Value) bool) {
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

// Member is the value of that name, the last where there are several, as
// encoding/json has it; nil for none.
func (v Value) Member(name string) Value {
	var found Value
	if v.IsObject() {
		for key, member := range v.Members() {
			if key.Text() == name {
				found = member
			}
		}
	}
	return found
}

// Compact is a copy without the space between tokens.
func (v Value) Compact() json.RawMessage {
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

// Storable reports whether a database can hold every string of the text: a zero
// character has no place in its texts, and half of a surrogate pair is no
// character.
func (v Value) Storable() bool {
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
		panic("jsontext: a valid escape is not: " + err.Error())
	}
	return rune(n)
}
