package feedcheck

import (
	"sort"
	"unicode/utf8"
)

// lines finds lines in a text.
type lines struct {
	text   []byte
	starts []int // offsets of their first bytes
}

func newLines(text []byte) lines {
	l := lines{text: text, starts: []int{0}}
	for i, c := range text {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// place is the line of an offset and the column in it, both counted from 1.
func (l lines) place(offset int) (line, column int) {
	line = sort.SearchInts(l.starts, offset+1)
	return line, utf8.RuneCount(l.text[l.starts[line-1]:min(offset, len(l.text))]) + 1
}
