package classifiedsapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestPut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const a, b, c = "http://a.example/a.jpg?timestamp=1", "http://a.example/b.jpg", "http://a.example/c.jpg"
	path := s.post(picture(a), picture(b))
	put := s.want(http.StatusAccepted, http.MethodPut, path, body(picture(b), picture("http://a.example/a.jpg?timestamp=2"), picture(c)))
	equal(t, put.header.Get("ETag"), `"r2"`)
	equal(t, put.body["revision"], any(2.0))
	equal(t, lines(put), []string{
		"move 1->0 " + b,
		"refetch 0->1 http://a.example/a.jpg?timestamp=2 version changed",
		"add <nil>->2 " + c,
	})
	put = s.want(http.StatusAccepted, http.MethodPut, path, body(picture(b)))
	equal(t, lines(put), []string{
		"keep 0->0 " + b,
		"remove 1-><nil> http://a.example/a.jpg?timestamp=2",
		"remove 2-><nil> " + c,
	})
}

// lines are a plan, one string for each line.
func lines(a answer) []string {
	list := []string{}
	for _, line := range a.body["plan"].([]any) {
		line := line.(map[string]any)
		text := fmt.Sprintf("%v %v->%v %v", line["action"], line["from"], line["to"], line["url"])
		if line["why"] != nil {
			text += " " + line["why"].(string)
		}
		list = append(list, text)
	}
	return list
}

// The same list again is accepted, with the same revision and a final status.
func TestPutUnchanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	s.fetched(path, 0, photo("a"))
	a := s.want(http.StatusAccepted, http.MethodPut, path, body(picture("http://a.example/1.jpg")))
	equal(t, a.header.Get("ETag"), `"r1"`)
	equal(t, a.body["revision"], any(1.0))
	equal(t, lines(a), []string{"keep 0->0 http://a.example/1.jpg"})
	equal(t, s.want(200, http.MethodGet, path, "").body["status"], any("UPDATED"))
}

// A media of which one place of several goes stays.
func TestMediaStays(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const a, b = "http://a.example/a.jpg", "http://a.example/b.jpg"
	path := s.post(picture(a), picture(a), picture(b))
	plan := s.want(http.StatusOK, http.MethodPut, path+"?dryRun=true", body(picture(a))).body["plan"].([]any)
	stays := []any{}
	for _, line := range plan {
		line := line.(map[string]any)
		stays = append(stays, []any{line["action"], line["url"], line["mediaStays"]})
	}
	equal(t, stays, []any{[]any{"keep", a, false}, []any{"remove", a, true}, []any{"remove", b, false}})
}

// A body that is known is answered without being looked at; any other one is
// looked at, whatever came before.
func TestPutKnown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	text := body(picture("http://a.example/1.jpg"))
	path := s.post(picture("http://a.example/1.jpg"))
	for range 2 {
		a := s.want(http.StatusAccepted, http.MethodPut, path, text)
		equal(t, lines(a), []string{"keep 0->0 http://a.example/1.jpg"})
		equal(t, []any{a.body["revision"], a.body["message"], a.header.Get("ETag")}, []any{1.0, nil, `"r1"`})
		wantShown(t, a.body)
	}
	s.wantProblem(s.sendIf(`"r7"`, http.MethodPut, path, text), 412, "header",
		"Classified "+strings.TrimPrefix(path, "/classifieds/")+` is at revision 1; send If-Match: "r1"`)
	equal(t, s.send(http.MethodPut, path, text[:len(text)-1]).status, http.StatusBadRequest)
	equal(t, s.want(http.StatusAccepted, http.MethodPut, path, text+" ").body["revision"], any(1.0)) // another body, the same classified
	equal(t, s.want(http.StatusAccepted, http.MethodPut, path, body()).body["revision"], any(2.0))
	equal(t, s.want(http.StatusAccepted, http.MethodPut, path, text).body["revision"], any(3.0))
}
