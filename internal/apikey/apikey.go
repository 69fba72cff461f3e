// Package apikey reads the API key of a request (Listings API, section 1), the
// same way for every face that takes one.
package apikey

import (
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// Scheme is the scheme of an Authorization header that carries a key. Its case
// is free in a request; WWW-Authenticate names it as it stands here.
const Scheme = "ApiKey"

// From gives the one key of a request: "Authorization: ApiKey <key>" or
// "X-API-Key: <key>". Two are refused even when equal, because a client that
// sends two does not know which of them counts: CodeInvalid. None, an empty one
// or another scheme is CodeUnauthorized. An error is always a *vitrine.Error of
// one message, in the contract's words.
func From(h http.Header) (string, error) {
	authorization, apiKey := h.Values("Authorization"), h.Values("X-API-Key")
	if len(authorization)+len(apiKey) > 1 {
		return "", vitrine.Errorf(vitrine.CodeInvalid, "Multiple authentication methods provided")
	}
	var key string
	if len(apiKey) == 1 {
		key = strings.TrimSpace(apiKey[0])
	}
	if len(authorization) == 1 {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(authorization[0]), " ")
		if strings.EqualFold(scheme, Scheme) {
			key = strings.TrimSpace(rest)
		}
	}
	if key == "" {
		return "", vitrine.Errorf(vitrine.CodeUnauthorized, "API key is required")
	}
	return key, nil
}
