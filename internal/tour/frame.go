package tour

import (
	"net/http"
	"slices"
	"strings"
)

// frameable says whether browsers show an answer with these headers in a frame
// of any https site. A frame-ancestors directive makes them disregard
// X-Frame-Options (CSP Level 3, section 6.4.2.2), whatever it allows, and each
// of several policies must allow it. What only reports, or stands in a <meta>,
// doesn't count.
func frameable(header http.Header) bool {
	decided := false
	for _, line := range header.Values("Content-Security-Policy") {
		for policy := range strings.SplitSeq(line, ",") {
			ancestors, said := frameAncestors(policy)
			if said && !slices.ContainsFunc(ancestors, isAnySite) {
				return false
			}
			decided = decided || said
		}
	}
	return decided || optionsAllow(header.Values("X-Frame-Options"))
}

// frameAncestors gives the sources of a policy's first frame-ancestors
// directive; browsers disregard the others.
func frameAncestors(policy string) (sources []string, said bool) {
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(strings.ToLower(directive))
		if len(words) > 0 && words[0] == "frame-ancestors" {
			return words[1:], true
		}
	}
	return nil, false
}

// isAnySite says whether a source is every https site. Sources in http are such
// as well, they match the safer scheme too; 'none' beside others is nothing.
func isAnySite(source string) bool {
	switch source {
	case "*", "*:*", "http:", "https:", "http://*", "https://*", "http://*:*", "https://*:*":
		return true
	}
	return false
}

// optionsAllow says what browsers make of the X-Frame-Options of an answer, as
// the HTML standard has it (section "The X-Frame-Options header"). A value it
// doesn't know allows everything, so that ALLOWALL does, and ALLOW-FROM; beside
// another value even ALLOWALL forbids.
func optionsAllow(lines []string) bool {
	var values []string
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			values = append(values, strings.ToLower(strings.TrimSpace(value)))
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	return !slices.ContainsFunc(values, func(value string) bool {
		return value == "deny" || value == "sameorigin" || value == "allowall" && len(values) > 1
	})
}
