package main

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAccess asks for every operation of the server with each kind of key, and
// for what the key's account has as well as for what nobody has.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, start(t, t.TempDir(), freeAddress(t), unlimited...))
	routes := w.routes(t)
	before := w.snapshot(t, routes)
	t.Run("refused", func(t *testing.T) { w.testRefused(t, routes) })
	t.Run("another's", func(t *testing.T) { w.testAnothers(t, routes) })
	t.Run("another's media in one's own", w.testMixed)
	t.Run("another's idempotency key", w.testIdempotency)
	if diff := cmp.Diff(before, w.snapshot(t, routes)); diff != "" {
		t.Errorf("what others asked for has changed what the owner has (-before +after):\n%s", diff)
	}
	t.Run("the owner's", func(t *testing.T) { w.testOwners(t, routes) }) // which deletes all
}

// snapshot is what the owner can read.
func (w *world) snapshot(t *testing.T, routes []route) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range routes {
		if r.method == http.MethodGet {
			answer := w.as(t, w.owner, r, w.names)
			if answer.StatusCode != http.StatusOK && r.String() != "GET /caas/v4/webhooks" { // of which the owner has none
				t.Errorf("%s: the owner is answered %d %s", r, answer.StatusCode, answer.Body)
			}
			all[r.String()] = traces.ReplaceAllString(string(answer.Body), "(trace)")
		}
	}
	return all
}

// testRefused has bearers that are good for nothing, or not for the operation.
// They are told the same whatever they ask for, and an unknown key the same as
// one that was good.
func (w *world) testRefused(t *testing.T, routes []route) {
	unknown := "vtr_" + strings.Repeat("A", len(w.owner)-4)
	token := func(key string) string { return w.tokens[key] }
	for _, r := range routes {
		readable := r.face == classifiedsFace && r.scope == readScope
		for _, row := range []struct {
			name, bearer string
			status       int
			code         string
		}{
			{"no key", "", 401, "unauthorized"},
			{"unknown key", unknown, 401, "unauthorized"},
			{"revoked key", w.revoked, 401, "unauthorized"},
			{"suspended account", w.suspended, 403, "suspended"},
			{"read scope", w.reader, 403, "forbidden"},
			{"token of a revoked key", token(w.revoked), 401, "unauthorized"},
			{"token of a suspended account", token(w.suspended), 403, "suspended"},
			{"token of the read scope", token(w.reader), 403, "forbidden"},
			{"altered token", token(w.owner)[:len(token(w.owner))-2], 401, "unauthorized"},
			{"start of a key", w.owner[:len(w.owner)-1], 401, "unauthorized"},
			{"key in another case", strings.ToLower(w.owner), 401, "unauthorized"},
		} {
			isToken := strings.Count(row.bearer, ".") == 2
			if strings.Contains(row.name, "read scope") && readable {
				continue
			}
			if isToken && r.face != classifiedsFace {
				row.status, row.code = 401, "unauthorized" // who knows no tokens
			}
			answer := w.as(t, row.bearer, r, w.names)
			if answer.StatusCode != row.status {
				t.Errorf("%s, %s: %d %s, want %d", r, row.name, answer.StatusCode, answer.Body, row.status)
			}
			if r.method != http.MethodHead && !strings.Contains(string(answer.Body), row.code+`"`) {
				t.Errorf("%s, %s: %s, want %s", r, row.name, answer.Body, row.code)
			}
			told := w.told(answer)
			if diff := cmp.Diff(w.told(w.as(t, row.bearer, r, w.strangers)), told); diff != "" {
				t.Errorf("%s, %s: what is there can be told from what is not (-nothing +another's):\n%s", r, row.name, diff)
			}
			if row.name == "revoked key" {
				if diff := cmp.Diff(w.told(w.as(t, unknown, r, w.names)), told); diff != "" {
					t.Errorf("%s: a revoked key can be told from an unknown one (-unknown +revoked):\n%s", r, diff)
				}
			}
			w.wantNoMarks(t, r, answer)
		}
	}
}

// testAnothers has a good key of another account. What the owner has is to it as
// if it weren't there.
func (w *world) testAnothers(t *testing.T, routes []route) {
	for _, r := range routes {
		for _, bearer := range []string{w.neighbour, w.tokens[w.neighbour]} {
			if bearer != w.neighbour && r.face != classifiedsFace {
				continue
			}
			answer := w.as(t, bearer, r, w.names)
			if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden || answer.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s: %d %s, want what a good key is answered", r, answer.StatusCode, answer.Body)
			}
			told := w.told(answer)
			w.wantNoMarks(t, r, answer)
			path, body := r.with(t, w.names)
			if other, otherBody := r.with(t, w.strangers); path == other && body == otherBody {
				continue // names nothing
			}
			if path != r.path && !strings.Contains(path, "?") && answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s: another's is answered %d %s, want 404", r, answer.StatusCode, answer.Body)
			}
			if diff := cmp.Diff(w.told(w.as(t, bearer, r, w.strangers)), told); diff != "" {
				t.Errorf("%s: another's can be told from what is not there (-nothing +another's):\n%s", r, diff)
			}
		}
	}
}

// testMixed asks for the owner's media as if they stood in a classified of the
// neighbour's.
func (w *world) testMixed(t *testing.T) {
	header := classifiedsFace.header(w.neighbour)
	header.Set("Content-Type", "application/json")
	answer := w.ask(t, http.MethodPost, "/caas/v4/classifieds", header, `{"portals":["SL"],"data":{},"media":[]}`)
	own := regexp.MustCompile(`"classifiedId":\s*"([^"]+)"`).FindSubmatch(answer.Body)
	if own == nil {
		t.Fatalf("POST /caas/v4/classifieds: %d %s", answer.StatusCode, answer.Body)
	}
	for _, r := range []route{
		{face: classifiedsFace, method: http.MethodGet, path: "/caas/v4/classifieds/{classifiedId}/media/{mediaId}/timeline"},
		{face: classifiedsFace, method: http.MethodPost, path: "/caas/v4/classifieds/{classifiedId}/media/{mediaId}/retry"},
	} {
		mixed := func(names ids) ids {
			names = maps.Clone(names)
			names["classifieds classifiedId"] = string(own[1])
			return names
		}
		another, nothing := w.as(t, w.neighbour, r, mixed(w.names)), w.as(t, w.neighbour, r, mixed(w.strangers))
		if diff := cmp.Diff(w.told(nothing), w.told(another)); diff != "" || another.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d; another's can be told from what is not there (-nothing +another's):\n%s", r, another.StatusCode, diff)
		}
	}
}

// testIdempotency sends the owner's Idempotency-Key with another key: the
// owner's answer is not given again.
func (w *world) testIdempotency(t *testing.T) {
	send := func(key, body string) reply {
		header := listingsFace.header(key)
		header.Set("Content-Type", "application/json")
		header.Set("Idempotency-Key", "the-same")
		return w.ask(t, http.MethodPost, "/api/v1/media/request-upload-url", header, body)
	}
	const body = `{"contentType":"image/jpeg"}`
	first, again, others := send(w.owner, body), send(w.owner, body), send(w.neighbour, body)
	if string(first.Body) != string(again.Body) || first.StatusCode != http.StatusCreated {
		t.Errorf("sent again: %d %s, want %s", again.StatusCode, again.Body, first.Body)
	}
	if others.StatusCode != http.StatusCreated || string(others.Body) == string(first.Body) || others.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another's: %d %s", others.StatusCode, others.Body)
	}
}

// testOwners has the owner's own key let in everywhere, and the read scope where
// it is for. It proves that the names and the bodies of the other tests are good.
func (w *world) testOwners(t *testing.T, routes []route) {
	for _, r := range routes {
		if r.scope == readScope {
			names := maps.Clone(w.names)
			for _, bearer := range []string{w.reader, w.tokens[w.reader]} {
				if answer := w.as(t, bearer, r, names); answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNotFound {
					t.Errorf("%s, read scope: %d %s", r, answer.StatusCode, answer.Body)
				}
			}
		}
		answer := w.as(t, w.owner, r, w.names)
		deleted := r.method == http.MethodDelete && answer.StatusCode == http.StatusNotFound // by its other name
		refused := answer.StatusCode >= 400 && answer.StatusCode != http.StatusBadRequest && answer.StatusCode != http.StatusConflict
		if refused && !deleted && r.String() != "GET /caas/v4/webhooks" {
			t.Errorf("%s: the owner is answered %d %s", r, answer.StatusCode, answer.Body)
		}
	}
}

var traces = regexp.MustCompile(`00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}`)

// told is all that an answer tells, but for the time, the trace and the rate,
// and with what was asked for by no name.
func (w *world) told(answer reply) string {
	header := answer.Header.Clone()
	for _, name := range []string{"Date", "Content-Length", "Traceparent", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
		header.Del(name)
	}
	text := fmt.Sprintf("%d %v\n%s", answer.StatusCode, header, traces.ReplaceAll(answer.Body, []byte("(trace)")))
	for _, names := range []ids{w.names, w.strangers} {
		for _, what := range slices.Sorted(maps.Keys(names)) {
			text = regexp.MustCompile(`\b`+regexp.QuoteMeta(names[what])+`\b`).ReplaceAllString(text, "(what was asked for)")
		}
	}
	return text
}

// wantNoMarks wants an answer to another to hold nothing of the owner's that it
// wasn't asked for by name.
func (w *world) wantNoMarks(t *testing.T, r route, answer reply) {
	t.Helper()
	path, body := r.with(t, w.names)
	for _, mark := range w.marks {
		if text := fmt.Sprintf("%v %s", answer.Header, answer.Body); strings.Contains(text, mark) && !strings.Contains(path+body, mark) {
			t.Errorf("%s: an answer to another holds %q:\n%s", r, mark, text)
		}
	}
}
