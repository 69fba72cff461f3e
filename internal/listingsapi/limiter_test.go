package listingsapi_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

func TestRate(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(l *vitrine.Limits) { l.RatePerMinute = 3 })
	other := s.newKey("Riverside Homes")
	reset := strconv.FormatInt(s.clock.Now().Add(time.Minute).Unix()+1, 10) // the clock stands between two seconds

	rate := func(a answer) []string {
		return []string{strconv.Itoa(a.status), a.header.Get("X-RateLimit-Limit"), a.header.Get("X-RateLimit-Remaining"), a.header.Get("X-RateLimit-Reset"), a.header.Get("Retry-After")}
	}
	equal(t, rate(s.send("GET", "/agency", "")), []string{"200", "3", "2", reset, ""})
	equal(t, rate(s.send("GET", "/media/991", "")), []string{"404", "3", "1", reset, ""})
	s.clock.advance(20 * time.Second)
	equal(t, rate(s.send("PUT", "/listings", "{")), []string{"400", "3", "0", reset, ""})
	a := s.send("GET", "/agency", "")
	equal(t, rate(a), []string{"429", "3", "0", reset, "41"})
	s.wantError(a, 429, "rate_limited", "Too many requests")

	if a := s.sendAs(other, "GET", "/agency"); a.status != http.StatusOK {
		t.Errorf("another key of the account: %d", a.status)
	}
	s.clock.advance(40 * time.Second)
	if a := s.send("GET", "/agency", ""); a.status != http.StatusOK || a.header.Get("X-RateLimit-Remaining") != "2" {
		t.Errorf("a minute later: %v", rate(a))
	}
}

// A bulk request counts in both limits, and is refused when either is used up.
func TestBulkRate(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(l *vitrine.Limits) { l.RatePerMinute, l.BulkPerMinute = 5, 2 })
	rate := func(a answer) []string {
		return []string{strconv.Itoa(a.status), a.header.Get("X-RateLimit-Limit"), a.header.Get("X-RateLimit-Remaining")}
	}
	equal(t, rate(s.send("POST", "/media/bulk", "{}")), []string{"400", "2", "1"})
	equal(t, rate(s.send("POST", "/listings/bulk", "{}")), []string{"400", "2", "0"})
	a := s.send("POST", "/media/bulk", "{}")
	equal(t, rate(a), []string{"429", "2", "0"})
	s.wantError(a, 429, "rate_limited", "Too many requests")
	equal(t, rate(s.send("GET", "/agency", "")), []string{"200", "5", "2"})
	s.clock.advance(time.Minute)
	equal(t, rate(s.send("POST", "/media/bulk", "{}")), []string{"400", "2", "1"})
}
