package feedcheck

import (
	"fmt"
	"slices"
	"strings"
)

// remedies tell what to do about a rule that has these words. The first that
// fits counts.
var remedies = []struct{ words, remedy string }{
	{"is required to publish", "Add photos, or send the listing as a draft."},
	{"are required to publish", "Add photos, or send the listing as a draft."},
	{"is required", "Add it."},
	{"must not be sent together", "Leave one of them out."},
	{"must not have both", "Leave one of them out."},
	{"must have url, id or externalFileId", "Say which file it is: its url, or the id of one that is there."},
	{"must be a URL address", "Send the whole address, beginning with https://, with a space written as %20."},
	{"not a URL", "Send the whole address, beginning with https://, with a space written as %20."},
	{"has spaces or control characters", "Write a space as %20."},
	{"only http and https", "Put the file where https reaches it."},
	{"has no host", "Send the whole address, beginning with https:// and the host."},
	{"has a & in its host", "Put a / between the host and what follows."},
	{"is not UTF-8", "Write the address in UTF-8, or percent-encode it."},
	{"must be valid UTF-8", "Write it in UTF-8."},
	{"are allowed, the list has", "Take out those that matter least."},
	{"are allowed", "Shorten it."},
	{"must contain no more than", "Send fewer."},
	{"must have at most", "Send fewer."},
	{"must be at least 1 character", "Leave it out, or write something into it."},
	{"must be at least", "Write more, or leave it out."},
	{"Request body must be at most", "Send less in one request."},
	{"The body must be at most", "Send less in one request."},
	{"must be at most", "Shorten it."},
	{"must be a string or a number", "Put it in quotes."},
	{"must be a string", "Put it in quotes."},
	{"must be a number", "Write a number, without quotes."},
	{"must be a positive integer", "Write our number, without quotes; an id of your own goes into externalId or externalFileId."},
	{"must be a boolean value", "Write true or false, without quotes."},
	{"must be true or false", "Write true or false, without quotes."},
	{"must be an array", "Put it into [ ]."},
	{"must be an object", "Put it into { }."},
	{"must be between", "Write degrees, the latitude as lat and the longitude as lng."},
	{"must not be sent unless", `Add "altered": true, or leave it out.`},
	{"must not be there unless", `Add "altered": true, or leave it out.`},
	{"can be true only of", "Leave it out here."},
	{"must be one line, and not blank", "Write one line, or leave it out."},
	{"zero byte", "Take the zero character out."},
	{"has a zero character", "Take the character out."},
	{"is there twice", "Keep one of them."},
	{"is not a property", "Take it out, or mend its name."},
	{"must be one of", "Write one of these, exactly so."},
}

// otherwise is what to do where no words fit.
const otherwise = "Mend it as the rule says."

// remedyOf tells what to do about a broken rule.
func (b body) remedyOf(rule, pointer string) string {
	for _, r := range remedies {
		if !strings.Contains(rule, r.words) {
			continue
		}
		if meant := b.meantBy(rule, pointer); meant != "" {
			return fmt.Sprintf("Write %q, if that was meant.", meant)
		}
		return r.remedy
	}
	return otherwise
}

// properties are the names of the closed objects of the Classifieds API.
var properties = []string{"portals", "data", "specific", "media", "url", "mediaType", "category", "tags", "title", "altered", "alteredFrom"}

// meantBy is the word that was probably meant by one that is not known, "" when
// there is none like it.
func (b body) meantBy(rule, pointer string) string {
	if strings.HasSuffix(rule, "is not a property") {
		return nearest(unescape(pointer[strings.LastIndexByte(pointer, '/')+1:]), properties)
	}
	_, choices, ok := strings.Cut(rule, "must be one of ")
	if !ok {
		return ""
	}
	choices = strings.TrimPrefix(choices, "the following values: ")
	_, v := b.at(pointer)
	if !isText(v) {
		return ""
	}
	return nearest(v.Text(), strings.Split(choices, ", "))
}

// nearest is the one of some words that differs from a word in case alone, or in
// two characters at most; "" for none.
func nearest(word string, words []string) string {
	const most = 2
	best, least := "", most+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// distance is how many characters have to be added, removed or changed to make
// one word of the other (Levenshtein).
func distance(a, b string) int {
	if len(a) > 2*len(b)+2 {
		return len(a) // far, and perhaps very long
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, before[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
