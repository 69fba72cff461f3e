package portal_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

func TestGalleryJSON(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	wide, tall := picture(1, "wide"), picture(2, "tall")
	s.publish(t, "g1", flat77(2), s.add(t, 1, "wide", &wide), s.add(t, 2, "tall", &tall))

	r := s.get(t, "GET", "/g/g1")
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	r.wantHeaders(t, "Content-Type", "application/json", "Cache-Control", "public, no-cache",
		"Access-Control-Allow-Origin", "*", "X-Content-Type-Options", "nosniff")
	type variant struct {
		URL, VariantSize, ContentType string
		Width, Height                 int
		Size                          int64
	}
	type pic struct {
		Position, Width, Height                         int
		MediaType, Category, Title                      string
		Tags                                            []string
		Blurhash, Thumbhash, DominantColor, Src, Srcset string
		Variants                                        []variant
		Panorama                                        *struct{}
		Altered, C2PA                                   bool
		AlteredFrom                                     *int
		DigitalSourceType                               *string
	}
	var got struct {
		ID, UpdatedAt string
		Pictures      []pic
		VirtualTour   any
		Video         any
	}
	decoder := json.NewDecoder(strings.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "g1" || got.UpdatedAt != "2026-11-22T10:00:00.123Z" || len(got.Pictures) != 2 {
		t.Fatalf("got %+v", got)
	}
	base := s.url + "/v/" + tall.SHA256 + "/r1/"
	want := pic{Position: 1, MediaType: "PICTURE", Tags: []string{}, Width: 2000, Height: 3000, Blurhash: tall.Blurhash, Thumbhash: tall.Thumbhash, DominantColor: "#c8b496",
		Src:    base + "1024.webp",
		Srcset: base + "128.webp 86w, " + base + "512.webp 342w, " + base + "1024.webp 683w",
		Variants: []variant{
			{base + "128.webp", "128", "image/webp", 86, 128, tall.Variants[0].Bytes},
			{base + "512.webp", "512", "image/webp", 342, 512, tall.Variants[1].Bytes},
			{base + "1024.webp", "1024", "image/webp", 683, 1024, tall.Variants[2].Bytes},
		}}
	if diff := cmp.Diff(want, got.Pictures[1]); diff != "" {
		t.Error(diff)
	}
	for _, secret := range []string{"crm.example.com", "/o/", "riginal"} {
		if strings.Contains(r.body, secret) {
			t.Errorf("the public answer has %q: %s", secret, r.body)
		}
	}
}

// A picture smaller than the variants has several of one size: srcset must not
// name a width twice, and src must be one of it.
func TestSmallPicture(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	c.Width, c.Height = 300, 200
	c.Variants[1].Width, c.Variants[1].Height = 300, 200
	c.Variants[2].Width, c.Variants[2].Height = 300, 200
	s.publish(t, "g1", `{}`, s.addRows(t, &c))
	var got struct {
		Pictures []struct {
			Src, Srcset string
			Variants    []any
		}
	}
	if err := json.Unmarshal([]byte(s.get(t, "GET", "/g/g1").body), &got); err != nil {
		t.Fatal(err)
	}
	base := s.url + "/v/" + c.SHA256 + "/r1/"
	p := got.Pictures[0]
	if p.Src != base+"512.webp" || p.Srcset != base+"128.webp 128w, "+base+"512.webp 300w" || len(p.Variants) != 3 {
		t.Errorf("got %+v", p)
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"/g/", "/l/"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := open(t, nil)
			c, d := picture(1, "wide"), picture(2, "wide")
			first, second := s.addRows(t, &c), s.addRows(t, &d)
			id := s.publish(t, "g1", flat77(1), first)

			r := s.get(t, "GET", kind+"g1")
			etag := r.Header.Get("ETag")
			if len(etag) < 10 || etag[0] != '"' {
				t.Fatalf("ETag is %q, want a strong one", etag)
			}
			for _, given := range []string{etag, `"other", W/` + etag, "*"} {
				cached := s.get(t, "GET", kind+"g1", "If-None-Match", given)
				if cached.StatusCode != http.StatusNotModified || cached.body != "" || cached.Header.Get("ETag") != etag {
					t.Errorf("If-None-Match %s: %d %q", given, cached.StatusCode, cached.body)
				}
			}
			if other := s.get(t, "GET", kind+"g1", "If-None-Match", `"other"`); other.StatusCode != http.StatusOK || other.body != r.body {
				t.Errorf("If-None-Match of another: %d", other.StatusCode)
			}
			head := s.get(t, "HEAD", kind+"g1")
			if head.StatusCode != http.StatusOK || head.body != "" || head.ContentLength != int64(len(r.body)) || head.Header.Get("ETag") != etag {
				t.Errorf("HEAD: %d, %d bytes, ETag %s", head.StatusCode, head.ContentLength, head.Header.Get("ETag"))
			}

			s.write(t, func(tx *store.Tx) error {
				return tx.Show(t.Context(), id, 2, places(second, first), now)
			})
			if changed := s.get(t, "GET", kind+"g1", "If-None-Match", etag); changed.StatusCode != http.StatusOK || changed.Header.Get("ETag") == etag {
				t.Errorf("after a change: %d, ETag %s", changed.StatusCode, changed.Header.Get("ETag"))
			}

			s.write(t, func(tx *store.Tx) error { return tx.Hide(t.Context(), id) })
			s.get(t, "GET", kind+"g1", "If-None-Match", etag).want404(t)
			s.get(t, "GET", kind+"unknown").want404(t)
			s.get(t, "GET", kind+"%00%27;drop").want404(t)
			if got := s.get(t, "POST", kind+"g1"); got.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("POST: %d", got.StatusCode)
			}
		})
	}
}

func TestVariant(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	m := s.add(t, 1, "wide", &c)
	id := s.publish(t, "g1", `{}`, m)
	want, err := os.ReadFile(filepath.Join("testdata", "wide-512.webp"))
	if err != nil {
		t.Fatal(err)
	}
	address := s.urls.Variant(&c, c.Variants[1])

	r := s.get(t, "GET", address)
	if r.StatusCode != http.StatusOK || r.body != string(want) {
		t.Fatalf("%d, %d bytes", r.StatusCode, len(r.body))
	}
	r.wantHeaders(t, "Content-Type", "image/webp", "Cache-Control", "public, max-age=31536000, immutable",
		"X-Content-Type-Options", "nosniff", "Access-Control-Allow-Origin", "*", "Accept-Ranges", "", "Last-Modified", "")
	etag := r.Header.Get("ETag")
	if etag == "" || etag[0] != '"' || etag == s.get(t, "GET", s.urls.Variant(&c, c.Variants[0])).Header.Get("ETag") {
		t.Errorf("ETag is %q, want a strong one of its own", etag)
	}
	known := s.get(t, "GET", address, "If-None-Match", etag)
	if known.StatusCode != http.StatusNotModified || known.body != "" {
		t.Errorf("If-None-Match: %d", known.StatusCode)
	}
	known.wantHeaders(t, "ETag", etag, "Cache-Control", "public, max-age=31536000, immutable", "Access-Control-Allow-Origin", "*", "Content-Type", "")
	if got := s.get(t, "GET", address, "If-Match", `"another"`); got.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("If-Match of another tag: %d", got.StatusCode)
	}
	if got := s.get(t, "HEAD", address); got.StatusCode != http.StatusOK || got.ContentLength != int64(len(want)) || got.body != "" {
		t.Errorf("HEAD: %d, %d bytes", got.StatusCode, got.ContentLength)
	}
	part := s.get(t, "GET", address, "Range", "bytes=10-19", "If-Range", etag)
	part.wantHeaders(t, "Content-Length", "10", "Accept-Ranges", "bytes")
	if part.StatusCode != http.StatusPartialContent || part.body != string(want[10:20]) {
		t.Errorf("Range: %d %q", part.StatusCode, part.body)
	}
	if got := s.get(t, "GET", address, "Range", "bytes=99999999-"); got.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("Range beyond the end: %d", got.StatusCode)
	}

	for _, path := range []string{
		"/v/" + c.SHA256 + "/r2/512.webp",                          // another recipe
		"/v/" + c.SHA256 + "/r1/513.webp",                          // another size
		"/v/" + c.SHA256 + "/r1/512.jpg",                           // another type
		"/v/" + c.SHA256 + "/r1/512",                               // none
		"/v/" + strings.Repeat("0", 64) + "/r1/512.webp",           // other bytes
		"/v/" + strings.ToUpper(c.SHA256) + "/r1/512.webp",         // not a digest as we write it
		"/v/a/r1/512.webp",                                         // nor this
		"/v/" + c.SHA256 + "/..%2f..%2foriginal/512.webp",          // a way out
		"/v/" + c.SHA256 + "/r1/..%2F..%2F" + c.SHA256 + ".webp",   // another
		"/v/..%2F..%2Foriginal%2F" + c.SHA256[:2] + "/r1/512.webp", // and another
	} {
		s.get(t, "GET", path).want404(t)
	}

	// The rows are there, the bytes are not: no error may be kept for a year.
	if err := s.blobs.Delete(t.Context(), gallery.VariantKey(c.SHA256, recipe, c.Variants[0])); err != nil {
		t.Fatal(err)
	}
	s.later()
	gone := s.get(t, "GET", s.urls.Variant(&c, c.Variants[0]))
	gone.want404(t)
	gone.wantHeaders(t, "ETag", "")

	// Nobody shows the content any more, though its bytes are still there.
	s.write(t, func(tx *store.Tx) error {
		if err := tx.Hide(t.Context(), id); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `update media set sha256 = null where id = $1`, m.ID)
		return err
	})
	s.later()
	s.get(t, "GET", address).want404(t)
	s.get(t, "GET", s.urls.Original(&c)).want404(t)
}

func TestOriginal(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c, other := picture(1, "wide"), picture(2, "wide")
	s.add(t, 1, "wide", &c)
	address := s.urls.Original(&c)

	r := s.get(t, "GET", address)
	if r.StatusCode != http.StatusOK || !bytes.Equal([]byte(r.body), original(1)) {
		t.Fatalf("%d %q", r.StatusCode, r.body)
	}
	r.wantHeaders(t, "Content-Type", "image/jpeg", "X-Content-Type-Options", "nosniff", "Cache-Control", "private, no-store",
		"Content-Disposition", `attachment; filename="`+c.SHA256[:12]+`.jpeg"`, "Access-Control-Allow-Origin", "", "ETag", "")
	if got := s.get(t, "HEAD", address); got.StatusCode != http.StatusOK || got.ContentLength != c.Bytes {
		t.Errorf("HEAD: %d, %d bytes", got.StatusCode, got.ContentLength)
	}

	token := strings.TrimPrefix(address, s.url+"/o/")
	_, signature, _ := strings.Cut(token, ".")
	for _, bad := range []string{
		c.SHA256, c.SHA256 + ".", c.SHA256 + "." + signature[:31], c.SHA256 + "." + signature + "0",
		other.SHA256 + "." + signature, strings.ToUpper(c.SHA256) + "." + signature, "." + signature, "x",
		strings.Replace(token, signature, strings.Repeat("0", 32), 1),
	} {
		s.get(t, "GET", "/o/"+bad).want404(t)
	}

	s.add(t, 2, "wide", &other)
	foreign := s.urls
	foreign.Secret = []byte("another secret")
	s.get(t, "GET", foreign.Original(&other)).want404(t)
}

// What breaks inside is for the log, not for the public.
func TestInternalError(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/g/g1": `{"code":"internal","error":"Internal Server Error","message":"Internal server error","statusCode":500}` + "\n",
		"/l/g1": "Internal server error\n",
		"/v/" + strings.Repeat("0", 64) + "/r1/512.webp": "Internal server error\n",
	} {
		r := s.get(t, "GET", path)
		if r.StatusCode != http.StatusInternalServerError || r.body != want {
			t.Errorf("%s: %d %q", path, r.StatusCode, r.body)
		}
		r.wantHeaders(t, "Cache-Control", "no-store")
	}
	if log := s.log.String(); !strings.Contains(log, "closed") {
		t.Errorf("the log doesn't say why: %s", log)
	}
}
