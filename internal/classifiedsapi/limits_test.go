package classifiedsapi_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
)

// Who has no bearer has nothing read, however much is sent; and a length that is
// too large is refused by what it says.
func TestNothingIsRead(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(cfg *classifiedsapi.Config) { cfg.StrictUserAgent = true })
	good := http.Header{"User-Agent": {"crm/1.0 sync/2.3 agency/77"}, "Content-Type": {"application/json"}}
	strange := good.Clone()
	strange.Set("Authorization", "Bearer vtr_UNKNOWN")
	_, limited := s.newKey("Riverside Homes", "caas:classifieds:read")
	reader := good.Clone()
	reader.Set("Authorization", "Bearer "+limited)
	for name, tc := range map[string]struct {
		header http.Header
		path   string
		length int64 // -1 for a body in chunks
		status int
		read   int64 // at most
	}{
		"no bearer":             {good, "/caas/v4/classifieds", -1, 401, 0},
		"a strange bearer":      {strange, "/caas/v4/classifieds", 9 << 20, 401, 0},
		"another scope":         {reader, "/caas/v4/classifieds", -1, 403, 0},
		"no agent":              {http.Header{}, "/caas/v4/classifieds", -1, 403, 0},
		"credentials too large": {good, "/oauth/token", 16<<10 + 1, 413, 0},
		"credentials in chunks": {good, "/caas/v4/oauth/token", -1, 413, 16<<10 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := &counted{}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, tc.path, sent)
			r.Header, r.ContentLength = tc.header, tc.length
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			if w.Code != tc.status || sent.read > tc.read {
				t.Errorf("%d %s after %d bytes", w.Code, w.Body, sent.read)
			}
		})
	}
}

// counted is a body without an end that counts what is read of it.
type counted struct{ read int64 }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	c.read += int64(len(p))
	return len(p), nil
}

func rateOf(a answer) []string {
	return []string{
		strconv.Itoa(a.status), a.header.Get("X-RateLimit-Limit"), a.header.Get("X-RateLimit-Remaining"),
		a.header.Get("X-RateLimit-Reset"), a.header.Get("Retry-After"),
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(cfg *classifiedsapi.Config) { cfg.Limits.ClassifiedsPerMinute = 3 })
	_, other := s.newKey("Riverside Homes")
	token := s.token(s.keyID, s.key)
	reset := strconv.FormatInt(s.clock.Now().Add(time.Minute).Unix()+1, 10) // the clock stands between two seconds

	equal(t, rateOf(s.send("GET", "/classifieds", "")), []string{"200", "3", "2", reset, ""})
	equal(t, rateOf(s.send("GET", "/classifieds/7", "")), []string{"404", "3", "1", reset, ""})
	s.clock.advance(20 * time.Second)
	equal(t, rateOf(s.sendAs(token, "POST", "/classifieds", "{")), []string{"400", "3", "0", reset, ""}) // a token counts for its key
	a := s.send("GET", "/classifieds", "")
	equal(t, rateOf(a), []string{"429", "3", "0", reset, "41"})
	s.wantProblem(a, 429, "", "Too many requests")
	equal(t, s.sendAs(other, "GET", "/classifieds", "").status, http.StatusOK)
	s.clock.advance(40 * time.Second)
	equal(t, rateOf(s.send("GET", "/classifieds", ""))[:3], []string{"200", "3", "2"})
}

// Tokens are counted for each client_id, of those who know its secret.
func TestTokenRate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cred := func(secret string) string {
		return fmt.Sprintf(`{"client_id": "%d", "client_secret": %q, "grant_type": "client_credentials"}`, s.keyID, secret)
	}
	for i := range 60 {
		equal(t, s.tokenOf(cred("vtr_UNKNOWN")).status, http.StatusUnauthorized)
		equal(t, rateOf(s.tokenOf(cred(s.key)))[:3], []string{"200", "60", strconv.Itoa(59 - i)})
	}
	a := s.tokenOf(cred(s.key))
	s.wantProblem(a, 429, "", "Too many requests")
	equal(t, a.header.Get("Retry-After"), "61")
	equal(t, s.send("GET", "/classifieds", "").status, http.StatusOK)
	s.token(s.newKey("Riverside Homes"))
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(cfg *classifiedsapi.Config) { cfg.Limits.MaxBodyBytes = 1000 })
	const start, end = `{"portals": [], "data": {"text": "`, `"}}`
	fits := start + strings.Repeat("x", 1000-len(start)-len(end)) + end
	header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {"application/json"}}
	for name, body := range map[string]io.Reader{
		"of known length": strings.NewReader(fits + " "),
		"in chunks":       io.MultiReader(strings.NewReader(fits + " ")),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.sendWith(http.MethodPost, "/classifieds", header, body), 413, "body", "The body must be at most 1000 bytes")
		})
	}
	equal(t, s.send(http.MethodPost, "/classifieds", fits).status, http.StatusAccepted)
}
