// Package feedcheck tells what would become of a feed if it were sent, and sends
// nothing. The rules are those of the two APIs themselves and of the downloader,
// so that what it says and what a server does can't differ.
package feedcheck

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// Severity is how much a finding matters.
type Severity string

// The severities. With a Refused or a Fails the feed doesn't work as it is.
const (
	Refused Severity = "refused" // the server takes nothing of the listing or classified
	Fails   Severity = "fails"   // the media can't be had
	Doubt   Severity = "doubt"   // it would be taken, but is hardly what was meant
)

// Finding is one thing that is wrong.
type Finding struct {
	Line     int      `json:"line"`   // counted from 1
	Column   int      `json:"column"` // in characters, counted from 1
	Where    string   `json:"where"`  // in the words of the API: "files[3].url", "/media/3/url"; "" for the whole
	Severity Severity `json:"severity"`
	Problem  string   `json:"problem"`
	Remedy   string   `json:"remedy"`
}

// Rules are what a feed is held against.
type Rules struct {
	Limits  vitrine.Limits
	Portals []string       // that a classified may name; nil: those of the contract
	Allow   []netip.Prefix // networks that may be fetched from though they are not public
	Now     time.Time      // at which the feed would be sent
}

// Report is what was found.
type Report struct {
	Listings    int       `json:"listings"`
	Classifieds int       `json:"classifieds"`
	Media       int       `json:"media"`    // entries of their lists
	Findings    []Finding `json:"findings"` // in the order of the text
}

// Works reports whether all of the feed would be taken and nothing in it is
// bound to fail.
func (r *Report) Works() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity != Doubt })
}

// Check looks at a feed: a body of PUT /listings or of POST /classifieds, an
// array of such, or a body of POST /listings/bulk. A text is one of the
// Classifieds API when it has a property that only those have.
func Check(text []byte, rules Rules) Report {
	if rules.Portals == nil {
		rules.Portals = classifiedsapi.DefaultPortals
	}
	c := &checker{text: text, lines: newLines(text), rules: rules, estates: map[string]int{}, listings: map[string]int{}}
	c.report.Findings = []Finding{}
	if c.isJSON() {
		c.feed(jsontext.Whole(text))
	}
	slices.SortStableFunc(c.report.Findings, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return c.report
}

// checker is a feed being looked at.
type checker struct {
	text     []byte
	lines    lines
	rules    Rules
	estates  map[string]int // ids of classifieds' estates, and the line of each
	listings map[string]int // external ids of listings, the same
	report   Report
}

func (c *checker) find(offset int, where string, severity Severity, problem, remedy string) {
	line, column := c.lines.place(offset)
	c.report.Findings = append(c.report.Findings, Finding{line, column, where, severity, problem, remedy})
}

const byteOrderMark = "\ufeff"

// isJSON finds what keeps the text from being read at all.
func (c *checker) isJSON() bool {
	switch {
	case strings.TrimSpace(string(c.text)) == "":
		c.find(0, "", Refused, "the file is empty", "Write the feed into it.")
	case strings.HasPrefix(string(c.text), byteOrderMark):
		c.find(0, "", Refused, "begins with a byte order mark, which no JSON has", "Save the file as UTF-8 without it.")
	case !utf8.Valid(c.text):
		c.find(invalidAt(c.text), "", Refused, "is not UTF-8 here", "Save the file as UTF-8.")
	default:
		err := json.Unmarshal(c.text, new(json.RawMessage))
		if err == nil {
			return true
		}
		offset := len(c.text)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = max(int(syntax.Offset)-1, 0)
		}
		c.find(offset, "", Refused, "is not JSON: "+err.Error(), "Mend the text at, or shortly before, this place.")
	}
	return false
}

// invalidAt is where a text stops to be UTF-8.
func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// feed looks at the whole.
func (c *checker) feed(whole jsontext.Value) {
	switch operations := whole.Member("operations"); {
	case whole.IsArray():
		n := 0
		for _, element := range whole.Elements() {
			c.body(element)
			n++
		}
		if n == 0 {
			c.find(c.offsetOf(whole), "", Doubt, "there is nothing in the list", "Nothing would be sent.")
		}
	case operations != nil && operations.IsArray():
		for _, operation := range operations.Elements() {
			c.operation(operation)
		}
	default:
		c.body(whole)
	}
}

// operation is one of POST /listings/bulk. Those with a listing are looked at.
func (c *checker) operation(v jsontext.Value) {
	op := v.Member("op")
	if op != nil && op.IsString() && (op.Text() == "upsert" || op.Text() == "validate") {
		c.body(v)
		return
	}
	c.find(c.offsetOf(v), "", Doubt, "only the operations upsert and validate are looked at", "Send the others to a server that may be tried out.")
}

// body is that of one listing or classified.
func (c *checker) body(v jsontext.Value) {
	b := body{checker: c, value: v, start: c.offsetOf(v)}
	if isClassified(v) {
		c.report.Classifieds++
		b.classified()
	} else {
		c.report.Listings++
		b.listing()
	}
}

// isClassified reports whether a body has what only classifieds have.
func isClassified(v jsontext.Value) bool {
	return slices.ContainsFunc([]string{"portals", "data", "specific", "media"}, func(name string) bool { return v.Member(name) != nil })
}

// offsetOf is where a value stands in the text. A value is a part of the text's
// own bytes, and keeps what follows it as its capacity.
func (c *checker) offsetOf(v jsontext.Value) int { return cap(c.text) - cap(v) }
