package main

import (
	"bytes"
	"encoding/json"
	"image"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/webp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openapitest"
)

// newClient speaks to a server and checks each answer against the OpenAPI
// document that the server gives out.
func newClient(t *testing.T, s *server) *client.Client {
	t.Helper()
	document := get(t, s.base+"/api/v1/openapi.json").Body
	transport := openapitest.Load(t, document).Transport(http.DefaultTransport)
	return client.New(s.base+"/api/v1", s.key(t), client.WithHTTPClient(&http.Client{Transport: transport}))
}

// galleryJSON is what front ends read.
type galleryJSON struct {
	Pictures []struct {
		Width, Height                      int
		Blurhash, Thumbhash, DominantColor string
		Src, Srcset                        string
	}
}

func TestMainJob(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testMainJob(t, setUp(t))
		})
	}
}

func testMainJob(t *testing.T, s *server) {
	c := newClient(t, s)
	o := newOrigin(t)
	photos := realPhotos(t, 8)
	var urls []string
	names := slices.Sorted(maps.Keys(photos))
	for _, name := range names {
		urls = append(urls, o.serve("/"+name, photos[name]))
	}

	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if put.Status != vitrine.StatusPendingActive || put.JobID == 0 || !put.Created {
		t.Fatalf("put answered %+v, want a created listing that is being published", put)
	}
	job, err := c.WaitJob(t.Context(), put.JobID, nil)
	if err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}

	view, err := c.Listing(t.Context(), put.ID)
	if err != nil {
		t.Fatal(err)
	}
	if view.Status() != vitrine.StatusActive || len(view.Files) != len(urls) {
		t.Fatalf("the listing is %s with %d files", view.Status(), len(view.Files))
	}
	for i, file := range view.Files {
		if file.Size != int64(len(photos[names[i]])) {
			t.Errorf("file %d is not %s: the order is not the sender's", i, names[i])
		}
		checkMedia(t, c, file.ID, photos[names[i]])
	}
	checkGallery(t, put.GalleryURL, o.URL, len(urls))
	if page := get(t, put.PublicURL); page.StatusCode != http.StatusOK || !bytes.Contains(page.Body, []byte("<img")) {
		t.Errorf("the listing's page answered %d without a picture", page.StatusCode)
	}

	// The same list again: nothing is fetched, the same job answers for it.
	again, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if again.Created || again.Updated || again.JobID != put.JobID || again.Status != vitrine.StatusPendingActive {
		t.Errorf("an unchanged list answered %+v", again)
	}
	for _, name := range names {
		if n := o.count("/" + name); n != 1 {
			t.Errorf("%s was fetched %d times", name, n)
		}
	}
}

// checkMedia looks at what came of one photo, as its owner and as the public.
func checkMedia(t *testing.T, c *client.Client, id int64, original []byte) {
	t.Helper()
	media, err := c.Media(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if media.Optimization != client.Success || media.Blurhash == "" || media.Thumbhash == "" || media.DominantColor == "" || len(media.Variants) != 3 {
		t.Fatalf("media %d is %+v", id, media)
	}
	for _, variant := range media.Variants {
		response := get(t, variant.URL)
		header, body := response.Header, response.Body
		if header.Get("Cache-Control") != "public, max-age=31536000, immutable" || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("ETag") == "" {
			t.Errorf("variant %s comes with %v", variant.VariantSize, header)
		}
		// A small one has the eight for which there is room, and the Date.
		if len(body) <= 128<<10 && len(header) > 8+1 {
			t.Errorf("variant %s has %d headers: %v", variant.VariantSize, len(header), header)
		}
		if int64(len(body)) != variant.Size || header.Get("Content-Type") != variant.ContentType {
			t.Errorf("variant %s has %d bytes of %s, want %d of %s", variant.VariantSize, len(body), header.Get("Content-Type"), variant.Size, variant.ContentType)
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(body))
		if err != nil || format != "webp" || config.Width != variant.Width || config.Height != variant.Height {
			t.Errorf("variant %s is %s %dx%d (%v), want %dx%d", variant.VariantSize, format, config.Width, config.Height, err, variant.Width, variant.Height)
		}
		for _, chunk := range []string{"EXIF", "XMP ", "ICCP"} {
			if bytes.Contains(body, []byte(chunk)) {
				t.Errorf("variant %s of media %d holds a %s chunk", variant.VariantSize, id, chunk)
			}
		}
	}
	if body := get(t, media.OriginalURL).Body; !bytes.Equal(body, original) {
		t.Errorf("the original of media %d has %d bytes, want the %d sent", id, len(body), len(original))
	}
}

func checkGallery(t *testing.T, url, originURL string, pictures int) {
	t.Helper()
	response := get(t, url)
	body := response.Body
	var shown galleryJSON
	if err := json.Unmarshal(body, &shown); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the gallery answered %d, %v: %s", response.StatusCode, err, body)
	}
	if len(shown.Pictures) != pictures {
		t.Fatalf("the gallery shows %d pictures, want %d", len(shown.Pictures), pictures)
	}
	for i, p := range shown.Pictures {
		if p.Width == 0 || p.Height == 0 || p.Blurhash == "" || p.Thumbhash == "" || p.DominantColor == "" || p.Src == "" || p.Srcset == "" {
			t.Errorf("picture %d of the gallery is %+v", i, p)
		}
	}
	if bytes.Contains(body, []byte("/o/")) || bytes.Contains(body, []byte(originURL)) {
		t.Errorf("the gallery tells of an original or a source:\n%s", body)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("If-None-Match", response.Header.Get("ETag"))
	fresh, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = fresh.Body.Close()
	if fresh.StatusCode != http.StatusNotModified {
		t.Errorf("a gallery that has not changed answered %d", fresh.StatusCode)
	}
}

// TestRestart kills the server in the middle of 20 photos, twice.
func TestRestart(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	o := newOrigin(t)
	urls := o.photos(t, 20)
	s := start(t, data, address, "--fetch-workers", "2")
	c := newClient(t, s)
	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	ready := func(c *client.Client) (n int) {
		view, err := c.Listing(t.Context(), put.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range view.Files {
			if file.Optimization == client.Success {
				n++
			}
		}
		return n
	}
	wait(t, "some photos", func() bool { return ready(c) >= 3 })
	s.kill()
	s = start(t, data, address, "--fetch-workers", "2")
	c = newClient(t, s)
	wait(t, "more photos", func() bool { return ready(c) >= 10 })
	s.kill()

	s = start(t, data, address)
	c = newClient(t, s)
	job, err := c.WaitJob(t.Context(), put.JobID, nil)
	if err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	if n := ready(c); n != 20 {
		t.Errorf("%d photos are ready, want 20", n)
	}
	checkGallery(t, put.GalleryURL, o.URL, 20)
	wait(t, "an empty temp folder", func() bool {
		entries, err := os.ReadDir(filepath.Join(data, "tmp"))
		return err == nil && len(entries) == 0
	})
	checkOnce(t, data)
}

// TestStop asks the server to stop in the middle of 12 photos: it ends well,
// and what it had not finished is done after the next start.
func TestStop(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	o := newOrigin(t)
	urls := o.photos(t, 12)
	s := start(t, data, address, "--fetch-workers", "2")
	c := newClient(t, s)
	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the server ended with %v", err)
	}
	if !strings.Contains(s.log.String(), "stopped") {
		t.Error("the server did not say that it stopped")
	}
	s = start(t, data, address)
	c = newClient(t, s)
	job, err := c.WaitJob(t.Context(), put.JobID, nil)
	if err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	for i, n := range attempts(t, data) {
		if n > 1 {
			t.Errorf("attempt %d counts %d: a stop is not an attempt", i, n)
		}
	}
}
