package classifiedsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// etagOf is the entity tag of a revision (section 5).
func etagOf(revision int64) string { return `"r` + strconv.FormatInt(revision, 10) + `"` }

// matchOf reads If-Match: which revisions the sender takes. It is nil without
// the header, for any.
func matchOf(h http.Header) (func(revision int64) bool, error) {
	sent := h.Values("If-Match")
	if len(sent) == 0 {
		return nil, nil
	}
	tags, ok := parseTags(strings.Join(sent, ","))
	if !ok {
		return nil, invalid(inHeader, fieldError{"If-Match", "must be * or a list of entity tags"})
	}
	return func(revision int64) bool {
		return slices.Contains(tags, "*") || slices.Contains(tags, etagOf(revision))
	}, nil
}

// parseTags splits a list of entity tags (RFC 9110, section 13.1.1). A weak one
// keeps its W/, with which it equals no tag of ours, as the strong comparison
// wants.
func parseTags(list string) (tags []string, ok bool) {
	rest := strings.Trim(list, " \t,")
	if rest == "*" {
		return []string{"*"}, true
	}
	for rest != "" {
		opaque, weak := strings.CutPrefix(rest, "W/")
		end := -1
		if strings.HasPrefix(opaque, `"`) {
			end = strings.IndexByte(opaque[1:], '"')
		}
		if end < 0 {
			return nil, false
		}
		tag := opaque[:end+2]
		after := strings.TrimLeft(opaque[end+2:], " \t")
		if after != "" && after[0] != ',' {
			return nil, false
		}
		if weak {
			tag = "W/" + tag
		}
		tags, rest = append(tags, tag), strings.TrimLeft(after, " \t,")
	}
	return tags, len(tags) > 0
}
