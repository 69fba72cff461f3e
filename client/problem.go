package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/vitrine-media/vitrine"
)

const (
	problemType = "application/problem+json"

	// problemPrefix begins the type of a problem; its code follows.
	problemPrefix = "urn:vitrine:problem:"

	// codeDuplicated is the code of an estate that another classified has.
	codeDuplicated vitrine.ErrorCode = "duplicated_classified"
)

// readProblem reads a refusal of the Classifieds API (RFC 7807). It has a
// message for each broken rule, with the place where it is broken, or else one
// that says what happened.
func readProblem(body []byte) (code vitrine.ErrorCode, messages []string) {
	var p struct {
		Type   string
		Title  string
		Detail string
		Status int
		Errors []struct{ Name, Reason string }
	}
	if json.Unmarshal(body, &p) != nil {
		return "", nil
	}
	if ours, ok := strings.CutPrefix(p.Type, problemPrefix); ok {
		code = vitrine.ErrorCode(ours)
	}
	switch {
	case p.Title != "" && p.Title != http.StatusText(p.Status): // a problem of its own kind
		messages = append(messages, joined(p.Title, p.Detail))
	case p.Detail != "" && len(p.Errors) == 0:
		messages = append(messages, p.Detail)
	}
	for _, broken := range p.Errors {
		messages = append(messages, joined(broken.Name, broken.Reason))
	}
	return code, messages
}

// joined is "a: b", or the one that is there.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}

// classifiedIDIn finds the id that the refusal of a duplicate names.
var classifiedIDIn = regexp.MustCompile(`classifiedId: ([0-9a-fA-F-]{36})`)

// DuplicateOf tells which classified has the estate that PostClassified was
// refused for, as its data.metaData.source.offererEstateId is the same. To
// change that one, put it.
func DuplicateOf(err error) (classifiedID string, ok bool) {
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.Code != codeDuplicated {
		return "", false
	}
	found := classifiedIDIn.FindStringSubmatch(strings.Join(refusal.Messages, "\n"))
	if found == nil {
		return "", false
	}
	return found[1], true
}
