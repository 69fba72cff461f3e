package classifiedsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// etagOf is the entity tag of a revision (section 5).
func etagOf(revision int64) string { return `"r` + strconv.FormatInt(revision, 10) + `"` }

// condition is the If-Match of a request: which revisions the sender takes.
type condition struct {
	tags []string // "*" alone for any
	seen int64    // the revision that it was asked about
}

// conditionOf reads If-Match, nil without the header.
func conditionOf(h http.Header) (*condition, error) {
	sent := h.Values("If-Match")
	if len(sent) == 0 {
		return nil, nil
	}
	tags, ok := parseTags(strings.Join(sent, ","))
	if !ok {
		return nil, invalid(inHeader, fieldError{"If-Match", "must be * or a list of entity tags in their quotes, such as " + etagOf(7)})
	}
	return &condition{tags: tags}, nil
}

// match is what the gallery asks; nil, which takes any revision, for none.
func (c *condition) match() func(revision int64) bool {
	if c == nil {
		return nil
	}
	return func(revision int64) bool {
		c.seen = revision
		return slices.Contains(c.tags, "*") || slices.Contains(c.tags, etagOf(revision))
	}
}

// explain adds to the refusal of a revision which one to send.
func (c *condition) explain(err error) error {
	if c == nil || vitrine.CodeOf(err) != vitrine.CodePrecondition {
		return err
	}
	p := problemOf(err)
	p.etag = etagOf(c.seen)
	p.Detail += "; send If-Match: " + p.etag
	return p
}

// parseTags splits a list of entity tags (RFC 9110, section 13.1.1) and leaves
// out what marks a weak one. The strong comparison, which If-Match asks for,
// would refuse those: but a tag of ours names a revision and not bytes, and it
// is proxies that compress which make it weak on its way.
func parseTags(list string) (tags []string, ok bool) {
	rest := strings.Trim(list, " \t,")
	if rest == "*" {
		return []string{"*"}, true
	}
	for rest != "" {
		opaque := strings.TrimPrefix(rest, "W/")
		end := -1
		if strings.HasPrefix(opaque, `"`) {
			end = strings.IndexByte(opaque[1:], '"')
		}
		if end < 0 {
			return nil, false
		}
		after := strings.TrimLeft(opaque[end+2:], " \t")
		if after != "" && after[0] != ',' {
			return nil, false
		}
		tags, rest = append(tags, opaque[:end+2]), strings.TrimLeft(after, " \t,")
	}
	return tags, len(tags) > 0
}
