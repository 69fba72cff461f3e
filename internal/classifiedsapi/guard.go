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
	"github.com/vitrine-media/vitrine/internal/ratelimit"
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
// contract wants, with a bearer of the scope, below its rate, its body read
// whole and known to be JSON. The body comes last: of whoever has no good bearer
// nothing is read.
func (a *api) admit(header http.Header, r *http.Request, op *operation) (*call, error) {
	if err := a.checkAgent(r.Header); err != nil {
		return nil, err
	}
	if op.scope != "" {
		if err := a.authorise(header, r, op.scope); err != nil {
			return nil, err
		}
	}
	c := &call{Request: r, header: header, account: exchangeOf(r).caller.Account.ID, query: openQuery(r.URL.RawQuery, op.queryNames())}
	if op.body == nil && r.ContentLength == 0 {
		return c, nil
	}
	var err error
	if op.scope == "" {
		c.body, err = readBody(r, maxTokenBytes, 0)
	} else {
		c.body, err = readBody(r, a.limits.MaxBodyBytes, drainBytes)
	}
	if err == nil && !op.resends {
		err = checkJSON(c.body)
	}
	return c, err
}

// authorise checks that the bearer of a request is good, below its rate, and of
// the scope.
func (a *api) authorise(header http.Header, r *http.Request, scope string) error {
	caller, err := a.identify(r.Context(), apikey.Bearer(r.Header))
	exchangeOf(r).caller = caller
	if caller.KeyID != 0 {
		if err := a.count(header, caller, ratelimit.Limit{Class: "all", PerMinute: a.limits.ClassifiedsPerMinute}); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if !caller.Allows(scope) {
		return refusal(vitrine.CodeForbidden, inHeader, "The scope "+scope+" is missing")
	}
	return nil
}

// count takes one request from the caller's rate and says in the headers of the
// answer what is left.
func (a *api) count(header http.Header, caller gallery.Caller, limit ratelimit.Limit) error {
	now := a.now()
	standing := a.limiter.Take(now, caller.KeyID, limit)
	standing.Tell(header, now)
	if !standing.Allowed {
		return refusal(vitrine.CodeRateLimited, "", "Too many requests")
	}
	return nil
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

// readBody gives a body that calls itself JSON whole. One of more than maxBytes
// is refused, at once where its length is told, and is read for drain more bytes.
func readBody(r *http.Request, maxBytes, drain int64) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, refusal(vitrine.CodeMediaType, inContentType, "Content-Type must be application/json")
	}
	var body bytes.Buffer
	if r.ContentLength > maxBytes {
		return nil, tooLarge(r, maxBytes, drain)
	}
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // at once, and not by doubling
	}
	if _, err := body.ReadFrom(io.LimitReader(r.Body, maxBytes+1)); err != nil {
		return nil, refusal(vitrine.CodeInvalid, inBody, "The body could not be read")
	}
	if int64(body.Len()) > maxBytes {
		return nil, tooLarge(r, maxBytes, drain)
	}
	return body.Bytes(), nil
}

// tooLarge is the refusal of a body, of which some is read and thrown away.
func tooLarge(r *http.Request, maxBytes, drain int64) error {
	// The answer is the same wherever the drain ends.
	_, _ = io.CopyN(io.Discard, r.Body, drain)
	return refusal(vitrine.CodeTooLarge, inBody, tooLargeText(maxBytes))
}

// tooLargeText is what is said of a body of more than maxBytes.
func tooLargeText(maxBytes int64) string {
	return "The body must be at most " + strconv.FormatInt(maxBytes, 10) + " bytes"
}

// byteOrderMark is U+FEFF in UTF-8, which some editors begin a file with and no
// JSON text does.
const byteOrderMark = "\ufeff"

// checkJSON refuses what is no JSON text in UTF-8, with the place where it
// stops to be one.
func checkJSON(body []byte) error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return invalid(inBody, fieldError{"", "the body is empty"})
	case bytes.HasPrefix(body, []byte(byteOrderMark)):
		return invalid(inBody, fieldError{"", "begins with a byte order mark"})
	}
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
