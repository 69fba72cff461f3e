package classifiedsapi_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	before := s.want(200, http.MethodGet, path, "")
	history := s.want(200, http.MethodGet, path+"/statuses", "")

	a := s.want(http.StatusOK, http.MethodPut, path+"?dryRun=true", body(picture("http://a.example/2.jpg")))
	equal(t, lines(a), []string{"add <nil>->0 http://a.example/2.jpg", "remove 0-><nil> http://a.example/1.jpg"})
	equal(t, []any{a.body["revision"], a.header.Get("ETag"), a.header.Get("Location")}, []any{1.0, `"r1"`, ""})
	equal(t, a.body["plan"].([]any)[0].(map[string]any)["mediaId"], nil)

	a = s.want(http.StatusOK, http.MethodPost, "/classifieds?dryRun=true", body(picture("http://a.example/1.jpg")))
	equal(t, []any{a.body["classifiedId"], a.body["links"], a.body["galleryUrl"], a.body["publicUrl"], a.body["revision"]}, []any{nil, nil, nil, nil, 0.0})
	equal(t, []string{a.header.Get("ETag"), a.header.Get("Location")}, []string{"", ""})
	equal(t, lines(a), []string{"add <nil>->0 http://a.example/1.jpg"})

	equal(t, s.want(200, http.MethodGet, path, "").body, before.body)
	equal(t, s.want(200, http.MethodGet, path+"/statuses", "").body, history.body)
	equal(t, len(s.want(200, http.MethodGet, "/classifieds", "").body["items"].([]any)), 1)

	equal(t, s.send(http.MethodPut, path+"?dryRun=false", body()).status, http.StatusAccepted)
	s.wantProblem(s.sendIf(`"r7"`, http.MethodPut, path+"?dryRun=true", body()), 412, "header",
		"Classified "+strings.TrimPrefix(path, "/classifieds/")+` is at revision 2; send If-Match: "r2"`)
	for _, query := range []string{"dryRun=1", "dryRun=", "dryRun", "dryRun=TRUE"} {
		s.wantProblem(s.send(http.MethodPut, path+"?"+query, body()), 400, "requestParameter", oneRule, [2]string{"dryRun", "must be true or false"})
		s.wantProblem(s.send(http.MethodPost, "/classifieds?"+query, body()), 400, "requestParameter", oneRule, [2]string{"dryRun", "must be true or false"})
	}
	s.wantProblem(s.send(http.MethodPut, path+"?dryRun=true&dryRun=true", body()), 400, "requestParameter", oneRule, [2]string{"dryRun", "is there twice"})
	s.wantProblem(s.send(http.MethodPut, path+"?dryRun=%zz", body()), 400, "requestParameter", oneRule, [2]string{"", "the query can't be read"})
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post()
	id := strings.TrimPrefix(path, "/classifieds/")
	stale := "Classified " + id + ` is at revision 1; send If-Match: "r1"`
	const form = `must be * or a list of entity tags in their quotes, such as "r7"`
	put := body() // as it is: the revision stays
	for _, tc := range []struct {
		match  string
		status int
	}{
		{`"r1"`, 202}, {`*`, 202}, {` * `, 202}, {`"r7", "r1"`, 202}, {`"r7","r1",`, 202}, {`"a,b", "r1"`, 202}, {`W/"r2", "r1"`, 202}, {`W/"r1"`, 202},
		{`"r2"`, 412}, {`W/"r2"`, 412}, {`""`, 412}, {`"R1"`, 412}, {`"*"`, 412},
		{`r1`, 400}, {`"r1`, 400}, {`"r1" "r2"`, 400}, {`, ,`, 400}, {`"r1", *`, 400}, {`w/"r1"`, 400}, {`1`, 400},
	} {
		t.Run(tc.match, func(t *testing.T) {
			s := s.in(t)
			a := s.sendIf(tc.match, http.MethodPut, path, put)
			switch tc.status {
			case 412:
				s.wantProblem(a, 412, "header", stale)
				equal(t, a.header.Get("ETag"), `"r1"`)
				s.wantProblem(s.sendIf(tc.match, http.MethodDelete, path, ""), 412, "header", stale)
				s.wantProblem(s.sendIf(tc.match, http.MethodPut, path, body(picture("http://a.example/1.jpg"))), 412, "header", stale)
			case 400:
				s.wantProblem(a, 400, "header", oneRule, [2]string{"If-Match", form})
				s.wantProblem(s.sendIf(tc.match, http.MethodDelete, path, ""), 400, "header", oneRule, [2]string{"If-Match", form})
			default:
				equal(t, a.status, tc.status)
			}
		})
	}
	t.Run("two headers", func(t *testing.T) {
		s := s.in(t)
		header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {"application/json"}, "If-Match": {`"r7"`, `"r1"`}}
		equal(t, s.sendWith(http.MethodPut, path, header, strings.NewReader(put)).status, http.StatusAccepted)
	})
	equal(t, s.sendIf(`"r1"`, http.MethodDelete, path, "").status, http.StatusAccepted)
}
