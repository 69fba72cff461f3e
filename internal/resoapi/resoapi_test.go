package resoapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/resoapi"
	"github.com/vitrine-media/vitrine/internal/store"
)

// rules know a key for each thing that can go wrong, and have endless media.
type rules struct{ asked store.PublishedQuery }

func (r *rules) Identify(_ context.Context, key string) (gallery.Caller, error) {
	caller := gallery.Caller{KeyID: 1, Scopes: []string{gallery.ScopeAll}}
	switch key {
	case "good", "broken":
	case "reader":
		caller.Scopes = []string{"caas:classifieds:read"}
	case "writer":
		caller.Scopes = []string{"caas:classifieds:create"}
	case "suspended":
		return gallery.Caller{}, vitrine.Errorf(vitrine.CodeSuspended, "Agency is suspended")
	default:
		return gallery.Caller{}, vitrine.Errorf(vitrine.CodeUnauthorized, "Invalid API key")
	}
	if key == "broken" {
		caller.Account.ID = 13
	}
	return caller, nil
}

func (r *rules) Places(_ context.Context, account int64, _ string, q store.PublishedQuery, _ bool) (gallery.Places, error) {
	r.asked = q
	if account == 13 {
		return gallery.Places{}, errors.New("the disk with secrets is gone")
	}
	items := make([]store.Published, q.Limit)
	for i := range items {
		items[i].Listing = vitrine.Listing{ID: 7, ShownAt: time.UnixMilli(1000)}
		items[i].Position = i
	}
	return gallery.Places{Items: items}, nil
}

type urls struct{}

func (urls) Variant(c *vitrine.Content, v vitrine.Variant) string  { return c.Path(v) }
func (urls) Labelled(c *vitrine.Content, v vitrine.Variant) string { return c.LabelledPath(v) }

func newAPI(r *rules) http.Handler {
	return resoapi.New(resoapi.Config{
		Gallery: r, URLs: urls{}, PublicURL: "https://photos.example", Log: slog.New(slog.DiscardHandler),
		Counted: func(next http.Handler) http.Handler { return next },
	})
}

func ask(t *testing.T, api http.Handler, method, path, key string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, request)
	return w
}

func TestErrors(t *testing.T) {
	t.Parallel()
	api := newAPI(&rules{})
	for name, row := range map[string]struct {
		method, path, key string
		status            int
		says              string
	}{
		"no key":      {"GET", "/reso/Media", "", 401, `{"error":{"code":"unauthorized","message":"API key is required"}}`},
		"unknown key": {"GET", "/reso/Media", "x", 401, `{"error":{"code":"unauthorized","message":"Invalid API key"}}`},
		"suspended":   {"GET", "/reso/", "suspended", 403, `{"error":{"code":"suspended","message":"Agency is suspended"}}`},
		"no scope":    {"GET", "/reso/$metadata", "writer", 403, `{"error":{"code":"forbidden","message":"The key lacks the scope caas:classifieds:read"}}`},
		"a write":     {"POST", "/reso/Media", "good", 405, `{"error":{"code":"method_not_allowed","message":"Only GET is served"}}`},
		"an outage":   {"GET", "/reso/Media", "broken", 500, `{"error":{"code":"internal","message":"Internal server error"}}`},
		"an option":   {"GET", "/reso/Media?$apply=x", "reader", 400, `{"error":{"code":"invalid","message":"$apply: it is not supported","target":"$apply"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(t, api, row.method, row.path, row.key)
			if body := strings.TrimSpace(w.Body.String()); w.Code != row.status || body != row.says {
				t.Errorf("%d %s, want %d %s", w.Code, body, row.status, row.says)
			}
			if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/json;odata.metadata=minimal") {
				t.Errorf("it is %s", kind)
			}
		})
	}
}

// A client that follows the nextLinks gets what it asked for, and the rules are
// never asked for more than a page.
func TestNextLinks(t *testing.T) {
	t.Parallel()
	r := &rules{}
	api := newAPI(r)
	got, path := 0, "/reso/Media?$top=450&$skip=3&$orderby=MediaModificationTimestamp%20desc"
	for pages := 0; path != ""; pages++ {
		if pages == 10 {
			t.Fatal("there is no end")
		}
		w := ask(t, api, http.MethodGet, path, "good")
		var page struct {
			Value    []json.RawMessage `json:"value"`
			NextLink string            `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s gives %d %s", path, w.Code, w.Body)
		}
		if r.asked.Limit > resoapi.MaxPage || !r.asked.NewestFirst || (pages == 0) != (r.asked.Offset == 3) || (pages > 0) != (r.asked.After != nil) {
			t.Errorf("page %d asks for %+v", pages, r.asked)
		}
		got += len(page.Value)
		path = strings.TrimPrefix(page.NextLink, "https://photos.example")
	}
	if got != 450 {
		t.Errorf("%d media came, want 450", got)
	}
}
