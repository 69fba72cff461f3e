package classifiedsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// The scopes of section 1; caas:* is all of them.
const (
	scopeRead   = "caas:classifieds:read"
	scopeCreate = "caas:classifieds:create"
	scopeUpdate = "caas:classifieds:update"
	scopeDelete = "caas:classifieds:delete"
)

// userAgent is the form of section 1: three products, one space between them.
var userAgent = regexp.MustCompile(`^[^/\s]+/[^/\s]+\s[^/\s]+/[^/\s]+\s[^/\s]+/[^/\s]+$`)

// drainBytes is how much of a body that is too large is still read, so that a
// client which writes everything before it reads sees the answer and not a
// broken connection.
const drainBytes = 8 << 20

// admit lets a request of section 1 through to its operation: named as the
// contract wants, with a bearer of the scope, its body read whole and known to
// be JSON.
func (a *api) admit(r *http.Request, op *operation) (*call, error) {
	if err := a.checkAgent(r.Header); err != nil {
		return nil, err
	}
	if op.scope != "" {
		caller, err := a.identify(r.Context(), apikey.Bearer(r.Header))
		exchangeOf(r).caller = caller
		if err != nil {
			return nil, err
		}
		if !caller.Allows(op.scope) {
			return nil, refusal(vitrine.CodeForbidden, inHeader, "The scope "+op.scope+" is missing")
		}
	}
	c := &call{Request: r, account: exchangeOf(r).caller.Account.ID}
	if op.body == nil && r.ContentLength == 0 {
		return c, nil
	}
	var err error
	c.body, err = readJSON(r, a.limits.MaxBodyBytes)
	return c, err
}

func (a *api) checkAgent(h http.Header) error {
	if !a.strictAgent {
		return nil
	}
	switch agent := h.Get("User-Agent"); {
	case agent == "":
		return refusal(vitrine.CodeForbidden, inHeader, "The User-Agent is missing")
	case !userAgent.MatchString(agent):
		return invalid(inHeader, fieldError{"User-Agent", "must be three of name/version, one space between them"})
	}
	return nil
}

// identify gives whose bearer this is: an access token, or an account's key. A
// token is worth what its key is worth now.
func (a *api) identify(ctx context.Context, bearer string) (caller gallery.Caller, err error) {
	switch {
	case bearer == "":
		return caller, refusal(vitrine.CodeUnauthorized, inHeader, "A bearer token is required")
	case !apikey.IsToken(bearer):
		caller, err = a.gallery.Identify(ctx, bearer)
	default:
		token, refused := a.tokens.Verify(bearer)
		if refused != nil {
			return caller, refusal(vitrine.CodeUnauthorized, inHeader, "The bearer token is invalid or has expired")
		}
		caller, err = a.gallery.IdentifyID(ctx, token.KeyID)
	}
	if vitrine.CodeOf(err) == vitrine.CodeUnauthorized {
		// The gallery speaks of a key, where a token was sent.
		err = refusal(vitrine.CodeUnauthorized, inHeader, "The bearer token is invalid or has expired")
	}
	return caller, err
}

// readJSON gives the body whole, known to be JSON of at most maxBytes.
func readJSON(r *http.Request, maxBytes int64) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, refusal(vitrine.CodeMediaType, inContentType, "Content-Type must be application/json")
	}
	var body bytes.Buffer
	if 0 < r.ContentLength && r.ContentLength <= maxBytes {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // at once, and not by doubling
	}
	if _, err := body.ReadFrom(io.LimitReader(r.Body, maxBytes+1)); err != nil {
		return nil, refusal(vitrine.CodeInvalid, inBody, "The body could not be read")
	}
	if int64(body.Len()) > maxBytes {
		// The answer is the same wherever the drain ends.
		_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
		return nil, refusal(vitrine.CodeTooLarge, inBody, "The body must be at most "+strconv.FormatInt(maxBytes, 10)+" bytes")
	}
	return body.Bytes(), checkJSON(body.Bytes())
}

// checkJSON refuses what is no JSON text in UTF-8, with the place where it
// stops to be one.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return invalid(inBody, fieldError{"", "is not UTF-8 at byte " + strconv.Itoa(validUTF8(body))})
	}
	if json.Valid(body) {
		return nil
	}
	reason := "is not JSON"
	if err, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(json.RawMessage))); ok {
		reason += ": " + err.Error() + " at byte " + strconv.FormatInt(err.Offset, 10)
	}
	return invalid(inBody, fieldError{"", reason})
}

// validUTF8 counts the bytes before the first that is not UTF-8.
func validUTF8(body []byte) int {
	n := 0
	for n < len(body) {
		r, size := utf8.DecodeRune(body[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}
