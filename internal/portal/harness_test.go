package portal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/portal"
	"github.com/vitrine-media/vitrine/internal/recent"
	"github.com/vitrine-media/vitrine/internal/store"
)

const recipe = "r1"

var now = time.Date(2026, 11, 22, 10, 0, 0, 123e6, time.UTC)

// site is a portal on a real database and a real bucket.
type site struct {
	db    *store.DB
	blobs blob.Bucket
	urls  portal.URLs
	url   string
	log   *bytes.Buffer
	ahead atomic.Int64 // nanoseconds that the clock is ahead

	handler http.Handler
}

// later has everything be looked up again.
func (s *site) later() { s.ahead.Add(int64(recent.Kept)) }

// open starts a site. wrap, which may be nil, stands before its portal.
func open(t testing.TB, wrap func(http.Handler) http.Handler) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{log: new(bytes.Buffer)}
	var err error
	if s.db, err = store.Open(t.Context(), "sqlite://"+filepath.Join(dir, "vitrine.db"), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close() }) // a test may have closed it
	if s.blobs, err = blob.Open(t.Context(), "file://"+filepath.Join(dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	s.urls = portal.URLs{Base: s.url, Secret: []byte("a secret of this test")}
	clock := func() time.Time { return now.Add(time.Duration(s.ahead.Load())) }
	handler := portal.New(portal.Config{
		Gallery: gallery.New(gallery.Config{DB: s.db, Limits: vitrine.DefaultLimits(), Now: clock}),
		Blobs:   s.blobs,
		URLs:    s.urls,
		Now:     clock,
		Log:     slog.New(slog.NewTextHandler(s.log, nil)),
	})
	if wrap != nil {
		handler = wrap(handler)
	}
	s.handler = handler
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func (s *site) write(t testing.TB, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// picture is a content that the tests show: the shape of its renditions is
// "wide" or "tall", and they are the files of testdata.
func picture(n int, shape string) vitrine.Content {
	sum := sha256.Sum256(original(n))
	c := vitrine.Content{
		SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(original(n))), Type: "image/jpeg",
		State: vitrine.ContentReady, Width: 3000, Height: 2000,
		Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", Thumbhash: "1QcSHQRnh493V4dIh4eXh1h4kJUI", DominantColor: "#c8b496", Recipe: recipe,
		Variants: []vitrine.Variant{
			{Name: "128", Type: "image/webp", Width: 128, Height: 86},
			{Name: "512", Type: "image/webp", Width: 512, Height: 342},
			{Name: "1024", Type: "image/webp", Width: 1024, Height: 683},
		},
	}
	if shape == "tall" {
		c.Width, c.Height = c.Height, c.Width
		for i, v := range c.Variants {
			c.Variants[i].Width, c.Variants[i].Height = v.Height, v.Width
		}
	}
	return c
}

// original are the bytes of a picture as they were sent.
func original(n int) []byte { return []byte("the original of picture " + strconv.Itoa(n)) }

// add stores a content, with its bytes and renditions, as a ready media.
func (s *site) add(t testing.TB, n int, shape string, c *vitrine.Content) vitrine.Media {
	t.Helper()
	s.put(t, gallery.OriginalKey(c.SHA256), original(n))
	s.putPictures(t, shape, c)
	return s.addRows(t, c)
}

// putPictures stores the pictures of a content, which are the files of testdata.
func (s *site) putPictures(t testing.TB, shape string, c *vitrine.Content) {
	t.Helper()
	for i, v := range c.Variants {
		data, err := os.ReadFile(filepath.Join("testdata", shape+"-"+v.Name+".webp"))
		if err != nil {
			t.Fatal(err)
		}
		s.put(t, gallery.VariantKey(c.SHA256, c.Recipe, v), data)
		c.Variants[i].Bytes = int64(len(data))
	}
}

func (s *site) put(t testing.TB, key string, data []byte) {
	t.Helper()
	if err := s.blobs.Put(t.Context(), key, bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
}

// addRows writes the rows of a ready media that shows c.
func (s *site) addRows(t testing.TB, c *vitrine.Content) vitrine.Media {
	t.Helper()
	m := vitrine.Media{
		UUID: "media-" + c.SHA256, Kind: vitrine.KindOf(c.Type),
		Source: vitrine.Source{URL: "https://crm.example.com/secret/source.jpg", Identity: "x"},
		State:  vitrine.MediaPending, Seq: 1, CreatedAt: now, Content: c,
	}
	s.write(t, func(tx *store.Tx) error {
		ctx := t.Context()
		account, err := tx.EnsureAccount(ctx, "demo", now)
		if err != nil {
			return err
		}
		m.AccountID = account.ID
		if _, err := tx.EnsureContent(ctx, c.SHA256, c.Bytes, c.Type, now); err != nil {
			return err
		}
		if _, err := tx.OptimiseContent(ctx, *c); err != nil {
			return err
		}
		if m.ID, err = tx.InsertMedia(ctx, m); err != nil {
			return err
		}
		_, err = tx.EndMedia(ctx, m.ID, m.Seq, c.SHA256, nil, now, now)
		return err
	})
	return m
}

// publish makes a public listing of these media and gives its row's id.
func (s *site) publish(t testing.TB, galleryID, formData string, media ...vitrine.Media) int64 {
	t.Helper()
	var id int64
	s.write(t, func(tx *store.Tx) error {
		account, err := tx.EnsureAccount(t.Context(), "demo", now)
		if err != nil {
			return err
		}
		id, err = tx.InsertListing(t.Context(), vitrine.Listing{UUID: "listing-" + galleryID, Gallery: galleryID, AccountID: account.ID,
			Kind: vitrine.KindListing, ExternalID: galleryID, Status: vitrine.StatusActive, Revision: 1, FormData: []byte(formData), CreatedAt: now})
		if err != nil {
			return err
		}
		return tx.Show(t.Context(), id, 1, places(media...), now)
	})
	return id
}

// places stands media in a gallery as pictures.
func places(media ...vitrine.Media) []store.Shown {
	shown := make([]store.Shown, len(media))
	for i, m := range media {
		shown[i] = store.Shown{Placement: vitrine.Placement{MediaID: m.ID, Type: vitrine.Picture}, Content: m.Content}
	}
	return shown
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

// get asks for a path or an address of this site. headers are pairs.
func (s *site) get(t *testing.T, method, address string, headers ...string) reply {
	t.Helper()
	if address[0] == '/' {
		address = s.url + address
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return reply{res, string(body)}
}

// wantHeaders compares some headers, given as pairs; "" is an absent one.
func (r reply) wantHeaders(t *testing.T, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := r.Header.Get(pairs[i]); got != pairs[i+1] {
			t.Errorf("%s is %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// want404 is what every address that names nothing must give.
func (r reply) want404(t *testing.T) {
	t.Helper()
	if r.StatusCode != http.StatusNotFound || len(r.body) > 100 {
		t.Errorf("%s: got %d %q, want a short 404", r.Request.URL, r.StatusCode, r.body)
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: a 404 with Cache-Control %q", r.Request.URL, got)
	}
}

func flat77(photos int) string {
	return fmt.Sprintf(`{"propertyAddress":"12 Linden Street","announcementValue":125000,"announcementCurrency":"EUR","photos":%d}`, photos)
}
