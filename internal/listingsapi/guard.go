package listingsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ratelimit"
)

// drainBytes is how much of a body that is too large is still read, so that a
// client which writes everything before it reads sees the answer and not a
// broken connection.
const drainBytes = 8 << 20

// gate is what the guard has to know about an operation.
type gate struct {
	takesBody bool
	bulk      bool // counts in the bulk limit too
}

// guard lets a request of section 1 through to its operation: with a key, below
// the rate limit, its body read whole and known to be JSON. The rate limit
// comes before the body, so that every answer of an operation to a known key
// carries its standing and reading bodies is limited as well. A POST goes
// through once for each Idempotency-Key.
func (a *api) guard(g gate, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		privately(w.Header())
		body, err := a.admit(w, r, g)
		if err == nil {
			err = a.once(w, r, body, next)
		}
		if err != nil {
			a.writeError(w, r, a.answerTo(r.Context(), err))
		}
	})
}

// Counted is next, a neighbour of the API such as resumable uploads, with its
// requests counted in the rate limit of their key. PATCH is exempt, as it
// carries the bytes of an upload. Requests without a good key are left for next
// to refuse.
func (a *API) Counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := apikey.From(r.Header)
		if err == nil && r.Method != http.MethodPatch {
			caller, _ := a.api.gallery.Authenticate(r.Context(), key) // next asks, and refuses
			if caller.KeyID != 0 {
				err = a.api.count(w.Header(), caller, false)
			}
			if err != nil {
				privately(w.Header())
				a.api.writeError(w, r, a.api.answerTo(r.Context(), err))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// privately marks an answer that is for its receiver alone.
func privately(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// admit gives the body of a request that may go on, nil for none.
func (a *api) admit(w http.ResponseWriter, r *http.Request, g gate) ([]byte, error) {
	key, err := apikey.From(r.Header)
	if refused, ok := errors.AsType[*vitrine.Error](err); ok {
		return nil, refusal(refused.Code, refused.Messages[0]) // a sentence, also where it is CodeInvalid
	}
	if err != nil {
		return nil, err
	}
	caller, err := a.gallery.Authenticate(r.Context(), key)
	if caller.KeyID == 0 {
		return nil, err
	}
	exchangeOf(r).caller = caller
	if limited := a.count(w.Header(), caller, g.bulk); limited != nil {
		return nil, limited
	}
	if err != nil {
		return nil, err
	}
	if g.takesBody || r.ContentLength != 0 {
		return readJSON(r, a.limits.MaxBodyBytes)
	}
	return nil, nil
}

// count takes one request from the caller's rate, or from both rates when it is
// a bulk request, and says in the headers what is left.
func (a *api) count(h http.Header, caller gallery.Caller, bulk bool) error {
	now := a.now()
	limits := []ratelimit.Limit{{Class: "all", PerMinute: a.limits.RatePerMinute}}
	if bulk {
		limits = append(limits, ratelimit.Limit{Class: "bulk", PerMinute: a.limits.BulkPerMinute})
	}
	s := a.limiter.Take(now, caller.KeyID, limits...)
	s.Tell(h, now)
	if !s.Allowed {
		return refusal(vitrine.CodeRateLimited, "Too many requests")
	}
	return nil
}

// tooLarge is what is said of a body of more than maxBytes.
func tooLarge(maxBytes int64) string {
	return "Request body must be at most " + strconv.FormatInt(maxBytes, 10) + " bytes"
}

// readJSON gives the body whole, known to be JSON of at most maxBytes, and puts
// it back for the operation to decode.
func readJSON(r *http.Request, maxBytes int64) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, refusal(vitrine.CodeMediaType, "Content-Type must be application/json")
	}
	var body bytes.Buffer
	if 0 < r.ContentLength && r.ContentLength <= maxBytes {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // at once, and not by doubling
	}
	if _, err := body.ReadFrom(io.LimitReader(r.Body, maxBytes+1)); err != nil {
		return nil, refusal(vitrine.CodeInvalid, "Request body could not be read")
	}
	data := body.Bytes()
	if int64(len(data)) > maxBytes {
		// The answer is the same wherever the drain ends.
		_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
		return nil, refusal(vitrine.CodeTooLarge, tooLarge(maxBytes))
	}
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, refusal(vitrine.CodeInvalid, "Request body is not valid JSON")
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	// huma picks the decoder by this header and knows the bare type only.
	r.Header.Set("Content-Type", "application/json")
	return data, nil
}
