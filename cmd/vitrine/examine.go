package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// examination looks at one thing after another.
type examination struct {
	*diagnosis
	http        *http.Client
	server, key string
	now         func() time.Time
}

// examine ends at the first thing without which the rest can't be.
func (e *examination) examine(ctx context.Context) {
	if e.address() && e.reach(ctx) {
		e.ready(ctx)
		if e.account(ctx) {
			e.classifieds(ctx)
		}
	}
}

// address looks at the URL.
func (e *examination) address() bool {
	u, err := url.Parse(e.server)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		e.note("address", wrong, "not the URL of a server", "Write it as https://photos.example.com, in --server or VITRINE_SERVER.")
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	inner := u.Hostname() == "localhost" || err == nil && (ip.IsLoopback() || ip.IsPrivate())
	if u.Scheme == "http" && !inner {
		e.note("address", doubts, "http, so that whoever is on the way can read the key", "Use https.")
	}
	return true
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   string // its beginning
}

// get asks for a path.
func (e *examination) get(ctx context.Context, path, authorization string) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.server+path, nil)
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("User-Agent", "vitrine-doctor/1 go/1 cli/1") // the form that the Classifieds API may insist on
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := e.http.Do(r)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // which says it without the URL
		}
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return reply{response.StatusCode, response.Header, strings.TrimSpace(string(body))}, err
}

// reach looks whether a vitrine server is there, and at its clock.
func (e *examination) reach(ctx context.Context) bool {
	asked := e.now()
	got, err := e.get(ctx, "/healthz", "")
	took := e.now().Sub(asked)
	switch {
	case err != nil:
		e.note("server", wrong, "not reached: "+err.Error(), whyUnreached(err))
		return false
	case got.status != http.StatusOK || got.body != "ok":
		e.note("server", wrong, fmt.Sprintf("something answers /healthz with HTTP %d, but it is no vitrine server", got.status), "Look whether --server (VITRINE_SERVER) is right, and whether a proxy before it passes all paths on.")
		return false
	}
	e.note("server", well, fmt.Sprintf("answers, after %d ms", max(took.Milliseconds(), 1)), "")
	e.clock(got.header.Get("Date"), asked.Add(took/2))
	return true
}

// whyUnreached is what to do about a server that does not answer.
func whyUnreached(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "Look at the name in --server (VITRINE_SERVER): it is not known here."
	}
	switch text := err.Error(); {
	case strings.Contains(text, "certificate"):
		return "The server's operator has to mend its certificate, or this machine has to trust who signed it."
	case strings.Contains(text, "server gave HTTP response"):
		return "The server speaks http, and not https."
	case strings.Contains(text, "refused"):
		return "Start the server, or look at the port in --server (VITRINE_SERVER)."
	}
	return "Look at --server (VITRINE_SERVER), and whether a firewall is between."
}

// The differences of two clocks that matter: beyond the first, URLs that are
// signed for a short time fail; beyond the second, all do.
const (
	clockDoubt = 30 * time.Second
	clockWrong = 5 * time.Minute
)

// clock compares the server's clock, which tells whole seconds, with ours.
func (e *examination) clock(date string, ours time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		e.note("clock", doubts, "the server doesn't tell its time", "Look whether a proxy takes the header Date away.")
		return
	}
	apart := ours.Sub(theirs.Add(time.Second / 2)).Round(time.Second)
	direction := "ahead of"
	if apart < 0 {
		apart, direction = -apart, "behind"
	}
	if apart > clockWrong {
		apart = apart.Round(time.Minute)
	}
	says := fmt.Sprintf("this machine's is %v %s the server's", apart, direction)
	const remedy = "Set both clocks by NTP: signed URLs end too early or too late otherwise."
	switch {
	case apart > clockWrong:
		e.note("clock", wrong, says, remedy)
	case apart > clockDoubt:
		e.note("clock", doubts, says, remedy)
	default:
		e.note("clock", well, "the server's and this machine's agree", "")
	}
}

// ready looks whether the server takes work.
func (e *examination) ready(ctx context.Context) {
	got, err := e.get(ctx, "/readyz", "")
	switch {
	case err != nil:
		e.note("ready", wrong, "no answer: "+err.Error(), "Ask again; if it stays so, tell the server's operator.")
	case got.status != http.StatusOK:
		e.note("ready", wrong, got.body, "Ask again in a minute; if it stays so, tell the server's operator.")
	case got.body != "ok":
		e.note("ready", doubts, strings.ReplaceAll(strings.TrimPrefix(got.body, "ok\n"), "\n", "; "), "The server works; its operator should look at what this says.")
	default:
		e.note("ready", well, "it takes requests", "")
	}
}

// account looks at the key, the versions and what is left of the rate.
func (e *examination) account(ctx context.Context) bool {
	const operator = "The server's operator makes keys with: vitrined keys create --account NAME"
	if e.key == "" {
		e.note("key", wrong, "there is none", "Set --key or VITRINE_KEY. "+operator)
		return false
	}
	seen := &headers{next: http.DefaultTransport}
	c := client.New(e.server, e.key, client.WithTries(1), client.WithHTTPClient(&http.Client{Transport: seen, Timeout: e.http.Timeout}))
	agency, err := c.Agency(ctx)
	refusal, refused := errors.AsType[*client.Error](err)
	switch {
	case err == nil:
	case refused && refusal.Code == vitrine.CodeSuspended:
		e.note("key", wrong, "its account is suspended", "Ask the server's operator.")
		return false
	case refused && refusal.Code == vitrine.CodeForbidden:
		e.note("key", doubts, "it is limited to some scopes, and not for the Listings API: "+reason(err), "If that is not meant so: "+operator)
		return true
	case refused && refusal.StatusCode == http.StatusUnauthorized:
		e.note("key", wrong, "the server doesn't know it", "Look whether it is whole, of this server, and not revoked. "+operator)
		return false
	default:
		e.note("key", wrong, reason(err), "Ask again in a minute; if it stays so, tell the server's operator.")
		return false
	}
	e.Account = &agency
	e.note("key", well, fmt.Sprintf("of the account %s (%d)", agency.Name, agency.ID), "")
	e.versions(agency.Version)
	e.rate(seen.last)
	return true
}

func (e *examination) versions(server string) {
	switch {
	case server == "":
		e.note("version", doubts, "the server doesn't tell its own; this program is "+version, "The server is older than this program: if something is unknown to it, take the program of its version.")
	case server != version:
		e.note("version", doubts, fmt.Sprintf("the server is %s, this program %s", server, version), "If something is unknown to one of them, take the program of the server's version.")
	default:
		e.note("version", well, "the server and this program are "+version, "")
	}
}

// rate looks at how many requests this minute has left.
func (e *examination) rate(h http.Header) {
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, errLeft := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil || errLeft != nil {
		return // an old server, or a proxy that keeps them to itself
	}
	says := fmt.Sprintf("%d of %d requests are left in this minute", left, limit)
	if left*10 < limit {
		e.note("rate", doubts, says, "Something else uses the key: send less often, use the bulk endpoints, or take a key for each program.")
		return
	}
	e.note("rate", well, says, "")
}

// classifieds looks whether the key opens the other API.
func (e *examination) classifieds(ctx context.Context) {
	const what = "classifieds"
	got, err := e.get(ctx, "/caas/v4/classifieds?limit=1", "Bearer "+e.key)
	switch {
	case err != nil:
		e.note(what, wrong, "no answer: "+err.Error(), "Look whether a proxy passes /caas on to the server.")
	case got.status == http.StatusOK:
		e.note(what, well, "the key opens the Classifieds API", "")
	case got.status == http.StatusForbidden:
		e.note(what, doubts, "the key is not for the Classifieds API", "If that is not meant so, ask the server's operator for a key with more scopes.")
	case got.status == http.StatusNotFound:
		e.note(what, wrong, "nothing is at /caas/v4", "Look whether a proxy passes /caas on to the server.")
	default:
		e.note(what, wrong, fmt.Sprintf("it answers HTTP %d", got.status), "Ask again in a minute; if it stays so, tell the server's operator.")
	}
}

// headers notes those of the last answer.
type headers struct {
	next http.RoundTripper
	last http.Header
}

func (h *headers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := h.next.RoundTrip(r)
	if err == nil {
		h.last = response.Header
	}
	return response, err
}
