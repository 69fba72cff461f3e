package listingsapi

import (
	"errors"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Broken is a rule that a body breaks.
type Broken struct {
	Field string // that it is about: "files[3].url"; "" for the whole body
	Rule  string // as the answer's message has it
}

// Check gives the rules that a body of PUT /listings, which is valid JSON,
// breaks: all for which it would be refused whatever is stored.
func Check(body []byte, limits vitrine.Limits) []Broken {
	if int64(len(body)) > limits.MaxBodyBytes {
		return []Broken{{"", tooLarge(limits.MaxBodyBytes)}}
	}
	want, err := parseListing(body, limits.MaxFiles)
	if refused, ok := errors.AsType[*vitrine.Error](err); ok {
		broken := make([]Broken, len(refused.Messages))
		for i, message := range refused.Messages {
			broken[i] = Broken{fieldOf(message), message}
		}
		return broken
	}
	if refused, ok := errors.AsType[*vitrine.Error](gallery.CheckList(want, limits)); ok {
		return []Broken{{"files", refused.Messages[0]}}
	}
	return nil
}

// fieldOf is what a message of the rules is about: it begins with that.
func fieldOf(message string) string {
	field, _, _ := strings.Cut(message, " ")
	if field == "the" { // "the request body must be an object"
		return ""
	}
	return field
}
