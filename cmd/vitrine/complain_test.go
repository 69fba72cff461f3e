package main

import (
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// A refusal that the key is for ends everything; one of a signed URL is about
// the one file.
func TestForbidden(t *testing.T) {
	t.Parallel()
	for message, wantCode := range map[string]int{
		"The scope caas:classifieds:read is missing":   exitRefused,
		"This key is limited to the Classifieds API":   exitRefused,
		"The upload URL has expired":                   exitFailed,
		"The signature of the upload URL is not valid": exitFailed,
	} {
		err := &client.Error{StatusCode: 403, Code: vitrine.CodeForbidden, Messages: []string{message}}
		code, hint := classify(t.Context(), err)
		if code != wantCode || (hint != "") != (wantCode == exitRefused) || ofFile(err) != (wantCode == exitFailed) {
			t.Errorf("%s: exit code %d, hint %q, of a file %t", message, code, hint, ofFile(err))
		}
	}
}
