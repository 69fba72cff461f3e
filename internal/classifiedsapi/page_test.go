package classifiedsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Pages stay right while classifieds are added and deleted between them.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var paths []string
	for range 5 {
		paths = append(paths, s.post())
	}
	seen := []string{}
	query := "?limit=2"
	for query != "" {
		a := s.want(http.StatusOK, http.MethodGet, "/classifieds"+query, "")
		for _, item := range a.body["items"].([]any) {
			seen = append(seen, "/classifieds/"+item.(map[string]any)["classifiedId"].(string))
		}
		query = ""
		if next, ok := a.body["nextToken"].(string); ok {
			query = "?limit=2&nextToken=" + next
		}
		if len(seen) == 2 {
			s.want(http.StatusAccepted, http.MethodDelete, paths[0], "")
			paths = append(paths, s.post())
		}
	}
	equal(t, seen, paths)
	if a := s.want(http.StatusOK, http.MethodGet, "/classifieds", ""); a.body["nextToken"] != nil {
		t.Errorf("the last page has the nextToken %v", a.body["nextToken"])
	}
}

func TestPageParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	one, two := s.post(), s.post()
	token := func(path string) string {
		return s.want(http.StatusOK, http.MethodGet, path+"?limit=1", "").body["nextToken"].(string)
	}
	of, ofOne, ofTwo := token("/classifieds"), token(one+"/statuses"), token(two+"/statuses")
	altered := []byte(of)
	altered[5]++
	const notOurs = "must be the nextToken of a page of this list"
	for _, tc := range []struct{ path, query, name, reason string }{
		{"/classifieds", "limit=0", "limit", "must be a whole number from 1 to 250"},
		{"/classifieds", "limit=251", "limit", "must be a whole number from 1 to 250"},
		{"/classifieds", "limit=1&limit=2", "limit", "is there twice"},
		{one + "/statuses", "limit=101", "limit", "must be a whole number from 1 to 100"},
		{one + "/statuses", "limit=x", "limit", "must be a whole number from 1 to 100"},
		{"/classifieds", "nextToken=x", "nextToken", notOurs},
		{"/classifieds", "nextToken=" + string(altered), "nextToken", notOurs},
		{"/classifieds", "nextToken=" + of + "A", "nextToken", notOurs},
		{"/classifieds", "nextToken=" + ofOne, "nextToken", notOurs},
		{one + "/statuses", "nextToken=" + of, "nextToken", notOurs},
		{one + "/statuses", "nextToken=" + ofTwo, "nextToken", notOurs},
	} {
		t.Run(tc.path+"?"+tc.query, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.send(http.MethodGet, tc.path+"?"+tc.query, ""), 400, "requestParameter", oneRule, [2]string{tc.name, tc.reason})
		})
	}
	s.wantProblem(s.send(http.MethodGet, "/classifieds?limit=0&nextToken=x", ""), 400, "requestParameter", severalRules,
		[2]string{"limit", "must be a whole number from 1 to 250"}, [2]string{"nextToken", notOurs})
	for _, query := range []string{"?limit=250&nextToken=", "?limit=&nextToken=", "?nextToken"} {
		equal(t, len(s.want(http.StatusOK, http.MethodGet, "/classifieds"+query, "").body["items"].([]any)), 2)
	}
	equal(t, len(ids(s.want(http.StatusOK, http.MethodGet, one+"/statuses?limit=&nextToken=", ""))), len(ids(s.want(http.StatusOK, http.MethodGet, one+"/statuses", ""))))
}

// A parameter that an operation doesn't have is refused by each.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post(picture("http://a.example/1.jpg"))
	media := s.want(200, http.MethodGet, path+"/media", "").body["items"].([]any)[0].(map[string]any)["mediaId"].(string)
	const unknown = "is not a parameter"
	for _, tc := range []struct{ method, path, body string }{
		{"POST", "/oauth/token", "{}"},
		{"POST", "/classifieds", body()}, {"GET", "/classifieds", ""}, {"GET", path, ""}, {"PUT", path, body()}, {"DELETE", path, ""},
		{"GET", path + "/statuses", ""}, {"GET", path + "/media", ""}, {"GET", path + "/media/" + media + "/timeline", ""},
		{"POST", path + "/media/" + media + "/retry", ""},
		{"GET", "/webhooks", ""}, {"PUT", "/webhooks", `{"url": "https://crm.example"}`}, {"DELETE", "/webhooks", ""},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			s := s.in(t)
			s.wantProblem(s.send(tc.method, tc.path+"?page=2&a", tc.body), 400, "requestParameter", severalRules, [2]string{"a", unknown}, [2]string{"page", unknown})
		})
	}
	for _, tc := range []struct{ method, path, sent, meant string }{
		{"PUT", path, "dryrun", "dryRun"}, {"DELETE", path, "dry_run", "dryRun"}, {"POST", "/classifieds", "dry-run", "dryRun"},
		{"GET", "/classifieds", "next_token", "nextToken"}, {"GET", path + "/statuses", "Limit", "limit"},
	} {
		t.Run(tc.sent, func(t *testing.T) {
			s := s.in(t)
			text := ""
			if tc.method != http.MethodGet && tc.method != http.MethodDelete {
				text = body()
			}
			s.wantProblem(s.send(tc.method, tc.path+"?"+tc.sent+"=true", text), 400, "requestParameter", oneRule,
				[2]string{tc.sent, unknown + "; did you mean " + tc.meant + "?"})
		})
	}
	got := s.want(200, http.MethodGet, path, "").body
	equal(t, []any{got["revision"], len(got["media"].([]any))}, []any{1.0, 1})
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "x%d&", i)
	}
	equal(t, len(s.send(http.MethodGet, path+"?"+many.String(), "").body["errors"].([]any)), 100)
}

// A page ends before it is too large, and the next begins there. The answers are
// not checked against the document, which takes its time for so much.
func TestPagesOfLargeClassifieds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	large := gallery.ClassifiedInput{Data: []byte(`{"text": "` + strings.Repeat("x", 500_000) + `"}`)}
	var want []string
	for range 18 {
		result, err := s.gallery.PostClassified(t.Context(), s.account, large, gallery.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, result.Classified.UUID)
	}
	var got []string
	var pages []int
	for token, more := "", true; more; more = token != "" {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, classifiedsapi.Base+"/classifieds?limit=250&nextToken="+token, http.NoBody)
		r.Header.Set("Authorization", "Bearer "+s.key)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		var page struct {
			Items     []struct{ ClassifiedID string }
			NextToken string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d, %v", w.Code, err)
		}
		for _, item := range page.Items {
			got = append(got, item.ClassifiedID)
		}
		pages = append(pages, len(page.Items))
		token = page.NextToken
	}
	equal(t, got, want)
	equal(t, pages, []int{16, 2}) // of 500,000 bytes each, in 8 MiB
}

// A page of more than one portion is whole.
func TestPagesOfManyClassifieds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 51 {
		s.post()
	}
	for limit, want := range map[int]int{24: 24, 25: 25, 26: 26, 50: 50, 51: 51, 250: 51} {
		a := s.want(http.StatusOK, http.MethodGet, fmt.Sprintf("/classifieds?limit=%d", limit), "")
		equal(t, []any{limit, len(a.body["items"].([]any)), a.body["nextToken"] == nil}, []any{limit, want, limit >= 51})
	}
}

// The history is read newest first, and lines that come meanwhile don't shift
// it.
func TestStatusPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.post()
	whole := ids(s.want(http.StatusOK, http.MethodGet, path+"/statuses", ""))
	first := s.want(http.StatusOK, http.MethodGet, path+"/statuses?limit=1", "")
	s.want(http.StatusAccepted, http.MethodPut, path, body())
	rest := s.want(http.StatusOK, http.MethodGet, path+"/statuses?limit=100&nextToken="+first.body["nextToken"].(string), "")
	equal(t, slices.Concat(ids(first), ids(rest)), whole)
	equal(t, rest.body["nextToken"], nil)
}

func ids(a answer) (list []string) {
	for _, item := range a.body["items"].([]any) {
		list = append(list, item.(map[string]any)["statusId"].(string))
	}
	return list
}
