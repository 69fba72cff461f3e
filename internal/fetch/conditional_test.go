package fetch

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func TestConditionalGET(t *testing.T) {
	t.Parallel()
	const etag, date = `W/"v1"`, "Mon, 02 Jan 2006 15:04:05 GMT"
	type headers struct{ ifNoneMatch, ifModifiedSince string }
	for _, row := range []struct {
		name        string
		req         Request
		want        headers // at the origin
		notModified bool
	}{
		{"neither", Request{}, headers{}, false},
		{"ETag", Request{ETag: etag}, headers{ifNoneMatch: etag}, true},
		{"another ETag", Request{ETag: `"v0"`}, headers{ifNoneMatch: `"v0"`}, false},
		{"LastModified", Request{LastModified: date}, headers{ifModifiedSince: date}, true},
		{"both", Request{ETag: etag, LastModified: date}, headers{etag, date}, true},
		{"another ETag, same date", Request{ETag: `"v0"`, LastModified: date}, headers{`"v0"`, date}, false},
		{"ETag, redirected", Request{URL: "/moved", ETag: etag}, headers{ifNoneMatch: etag}, true},
		{"ETag of a page", Request{ETag: etag, Page: true}, headers{ifNoneMatch: etag}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Value // by the last hop
			server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/moved" {
					http.Redirect(w, r, "/", http.StatusFound)
					return
				}
				asked := headers{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}
				seen.Store(asked)
				w.Header().Set("ETag", etag)
				w.Header().Set("Last-Modified", date)
				// An ETag outweighs a date (RFC 9110, 13.1.3).
				if asked.ifNoneMatch == etag || asked.ifNoneMatch == "" && asked.ifModifiedSince == date {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				_, _ = w.Write(photo)
			})
			row.req.URL = server.URL + row.req.URL
			var got bytes.Buffer
			result, err := newFetcher(t, nil).Fetch(t.Context(), row.req, &got)
			if err != nil {
				t.Fatal(err)
			}
			if got := seen.Load(); got != row.want {
				t.Errorf("asked with %+v, want %+v", got, row.want)
			}
			if result.ETag != etag || result.LastModified != date {
				t.Errorf("%+v; want the ETag and the date of the answer", result)
			}
			if result.NotModified != row.notModified {
				t.Fatalf("%+v; want NotModified %v", result, row.notModified)
			}
			if row.notModified && (result.Status != 304 || result.SHA256 != "" || result.Bytes != 0 || got.Len() != 0) {
				t.Errorf("%+v, %d bytes; want 304 and nothing written", result, got.Len())
			}
			if !row.notModified && !bytes.Equal(got.Bytes(), photo) {
				t.Errorf("%+v, %d bytes; want the photo", result, got.Len())
			}
		})
	}
}

// A 304 that nobody asked for would leave us without a file. It is no 2xx
// either.
func TestUnaskedNotModified(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	for _, page := range []bool{false, true} {
		failed := mustFail(t, newFetcher(t, nil), Request{URL: server.URL, Page: page}, vitrine.SourceError, false)
		if failed.Status != 304 {
			t.Errorf("status %d, want 304", failed.Status)
		}
	}
}
