package classifiedsapi

import (
	"errors"

	"github.com/vitrine-media/vitrine"
)

// Broken is a rule that a body breaks.
type Broken struct {
	Pointer string // JSON pointer into the body, "" for the whole
	Rule    string // as the answer's reason has it
}

// Check gives the rules that a body of POST or PUT, which is valid JSON, breaks:
// those for which it would be refused whatever is stored, the first 100. portals
// are those that a classified may name.
func Check(body []byte, limits vitrine.Limits, portals []string) []Broken {
	if int64(len(body)) > limits.MaxBodyBytes {
		return []Broken{{"", tooLargeText(limits.MaxBodyBytes)}}
	}
	_, err := classifiedRules{portals: portals, maxMedia: limits.MaxMedia}.parse(body)
	refused, ok := errors.AsType[*problem](err)
	if !ok {
		return nil
	}
	broken := make([]Broken, len(refused.Errors))
	for i, e := range refused.Errors {
		broken[i] = Broken{e.Name, e.Reason}
	}
	return broken
}
