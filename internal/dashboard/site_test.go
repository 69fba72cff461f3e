package dashboard_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/dashboard"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/setuptest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// site is a dashboard on real rules and a real database, with nobody at work.
type site struct {
	*gallery.Gallery
	url string
}

// open starts a site that is known to the world as public.
func open(t *testing.T, public string) *site {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	db, blobs := setuptest.Open(t, log)
	s := &site{}
	s.Gallery = gallery.New(gallery.Config{
		DB: db, Queue: setuptest.Queue(t, db, queue.DefaultConfig(time.Now, log)), Blobs: blobs,
		Limits: vitrine.DefaultLimits(), PublicURL: public, Secret: []byte("a secret of this test"), Now: time.Now,
	})
	pages := dashboard.New(dashboard.Config{
		Gallery: s.Gallery, PublicURL: public, Secret: []byte("another secret of this test"), Now: time.Now, Log: log,
		Original: func(c *vitrine.Content) string { return "/o/" + c.SHA256 },
		Rules: func(vitrine.AccountSettings) []dashboard.Setting {
			return []dashboard.Setting{{Name: "revalidate", Value: "false", Help: "ask again"}}
		},
		Limits: []dashboard.Setting{{Name: "max-photos", Value: "20", Help: "photos a listing may hold", From: "default"}},
	})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	t.Cleanup(pages.Stop) // before the server waits for its streams
	s.url = server.URL
	return s
}

// account makes an account and gives its id and a key.
func (s *site) account(t *testing.T, name string) (id, keyID int64, secret string) {
	t.Helper()
	key, secret, err := s.CreateKey(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return key.Account.ID, key.ID, secret
}

// put sends a listing with these photos.
func (s *site) put(t *testing.T, account int64, externalID string, urls ...string) vitrine.Listing {
	t.Helper()
	in := gallery.ListingInput{Ref: gallery.Ref{ExternalID: externalID}}
	for _, u := range urls {
		in.Files = append(in.Files, gallery.File{URL: u})
	}
	result, err := s.PutListing(t.Context(), account, in)
	if err != nil {
		t.Fatal(err)
	}
	return result.Listing
}

// endMedia has a photo of a listing failed for good.
func (s *site) endMedia(t *testing.T, account int64, l vitrine.Listing, place int, f *vitrine.Failure) vitrine.Media {
	t.Helper()
	view, err := s.Listing(t.Context(), account, gallery.Ref{ID: l.ID})
	if err != nil {
		t.Fatal(err)
	}
	m := view.Media[place].Media
	if _, wanted, err := s.BeginFetch(t.Context(), gallery.FetchTask{MediaID: m.ID, Seq: m.Seq}); err != nil || !wanted {
		t.Fatalf("begin to fetch: wanted %t, %v", wanted, err)
	}
	attempt := vitrine.Attempt{
		MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", StartedAt: time.Now(), HTTPStatus: 404, Outcome: string(f.Code), Detail: f.Detail,
	}
	done := func(context.Context, *store.Tx) error { return nil }
	if err := s.FetchFailed(t.Context(), done, attempt, f); err != nil {
		t.Fatal(err)
	}
	return m
}

// visitor is a browser without scripts.
type visitor struct {
	*http.Client
	base string
}

func (s *site) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{base: s.url, Client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn is a visitor who has signed in.
func (s *site) signedIn(t *testing.T, secret string) *visitor {
	t.Helper()
	v := s.visitor(t)
	if r := v.post(t, "/signin", url.Values{"key": {secret}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in: %s\n%s", r.Status, r.body)
	}
	return v
}

type reply struct {
	*http.Response
	body string
}

// get asks for a page. headers are pairs.
func (v *visitor) get(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	return v.send(t, http.MethodGet, path, "", headers...)
}

// post sends a form as a browser does from a page of the same site.
func (v *visitor) post(t *testing.T, path string, form url.Values, headers ...string) reply {
	t.Helper()
	return v.send(t, http.MethodPost, path, form.Encode(), append([]string{"Sec-Fetch-Site", "same-origin"}, headers...)...)
}

func (v *visitor) send(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, v.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := v.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return reply{response, string(text)}
}

// wants checks what a page holds, and what it must not.
func (r reply) wants(t *testing.T, texts ...string) {
	t.Helper()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s\n%s", r.Request.Method, r.Request.URL, r.Status, r.body)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("%s doesn't hold %q:\n%s", r.Request.URL, text, r.body)
		}
	}
}
