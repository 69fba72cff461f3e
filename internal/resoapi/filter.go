package resoapi

import (
	"strings"
	"time"
	"unicode/utf8"
)

// filter is what a $filter asks for.
type filter struct {
	record   string    // ResourceRecordKey, "" for all
	from, to time.Time // MediaModificationTimestamp, both included, to the millisecond; zero for no bound
	nothing  bool      // no media can be so
}

const optFilter = "$filter"

// parseFilter reads comparisons of ResourceRecordKey (eq) and
// MediaModificationTimestamp (eq, gt, ge, lt, le) that are joined by "and".
func parseFilter(text string) (filter, error) {
	p := parser{rest: text}
	var f filter
	for {
		if err := p.comparison(&f); err != nil {
			return filter{}, err
		}
		switch word := p.word(); word {
		case "":
			if p.rest != "" {
				return filter{}, badOption(optFilter, "%q is not understood; comparisons are joined by and", p.rest)
			}
			return f, nil
		case "and":
		default:
			return filter{}, badOption(optFilter, "%s is not supported; comparisons are joined by and", word)
		}
	}
}

// parser takes one token after another from the front of a filter.
type parser struct{ rest string }

// word takes a name or an operator, "" where none is next.
func (p *parser) word() string {
	p.rest = strings.TrimLeft(p.rest, " \t")
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return (r < '0' || '9' < r) && (r < 'A' || 'Z' < r) && (r < 'a' || 'z' < r) && r != '_'
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *parser) comparison(f *filter) error {
	property := p.word()
	if property == "" || strings.HasPrefix(p.rest, "(") || strings.HasPrefix(p.rest, "/") {
		return badOption(optFilter, "%q is not supported; a comparison is: property, operator, value", property+p.rest)
	}
	operator := p.word()
	switch property {
	case "ResourceRecordKey":
		if operator != "eq" {
			return badOption(optFilter, "the operator %q is not supported for %s; eq is", operator, property)
		}
		return p.key(f)
	case "MediaModificationTimestamp":
		return p.time(f, operator)
	}
	if _, known := propertyTypes[property]; known {
		return badOption(optFilter, "%s can't be filtered by; ResourceRecordKey and MediaModificationTimestamp can", property)
	}
	return badOption(optFilter, "Media has no property %s", property)
}

// key takes a string, in which a quote stands twice.
func (p *parser) key(f *filter) error {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if !strings.HasPrefix(p.rest, "'") {
		return badOption(optFilter, "ResourceRecordKey is compared with a string in single quotes, and not with %q", p.rest)
	}
	var b strings.Builder
	for rest := p.rest[1:]; ; {
		part, after, closed := strings.Cut(rest, "'")
		if !closed {
			return badOption(optFilter, "the string %q has no end", p.rest)
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, "'") {
			p.rest = after
			break
		}
		b.WriteByte('\'')
		rest = after[1:]
	}
	key := b.String()
	f.nothing = f.nothing || key == "" || !utf8.ValidString(key) || f.record != "" && f.record != key
	f.record = key
	return nil
}

// time takes a time and narrows the filter. Times are kept to the millisecond, so
// that a bound between two of them is the nearer one inside.
func (p *parser) time(f *filter, operator string) error {
	p.rest = strings.TrimLeft(p.rest, " \t")
	literal, rest, _ := strings.Cut(p.rest, " ")
	at, err := time.Parse(time.RFC3339Nano, literal)
	if err != nil {
		return badOption(optFilter, "MediaModificationTimestamp is compared with a time such as 2026-11-20T08:15:00Z, and not with %q", literal)
	}
	p.rest = rest
	if rest != "" {
		p.rest = " " + rest
	}
	if epoch := time.UnixMilli(0); at.Before(epoch) {
		at = epoch // nothing is older, and a time that is zero would be no bound
	}
	at = at.UTC()
	down := at.Truncate(time.Millisecond)
	up := down
	if down.Before(at) {
		up = down.Add(time.Millisecond)
	}
	switch operator {
	case "eq":
		f.since(up)
		f.until(down)
	case "ge":
		f.since(up)
	case "gt":
		f.since(down.Add(time.Millisecond))
	case "le":
		f.until(down)
	case "lt":
		f.until(up.Add(-time.Millisecond))
	default:
		return badOption(optFilter, "the operator %q is not supported for MediaModificationTimestamp; eq, gt, ge, lt and le are", operator)
	}
	f.nothing = f.nothing || !f.from.IsZero() && !f.to.IsZero() && f.to.Before(f.from)
	return nil
}

func (f *filter) since(at time.Time) {
	if f.from.IsZero() || at.After(f.from) {
		f.from = at
	}
}

func (f *filter) until(at time.Time) {
	if f.to.IsZero() || at.Before(f.to) {
		f.to = at
	}
}
