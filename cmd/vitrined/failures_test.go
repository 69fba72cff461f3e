package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// hugePNG is a PNG whose header promises that many pixels a side.
func hugePNG(side uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		body := append([]byte(name), data...)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	header := binary.BigEndian.AppendUint32(nil, side)
	header = binary.BigEndian.AppendUint32(header, side)
	chunk("IHDR", append(header, 8, 2, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01})
	chunk("IEND", nil)
	return b.Bytes()
}

// fixtures has a URL for each failure that a source can provoke.
func fixtures(t *testing.T, o *origin) map[vitrine.FailureCode]string {
	t.Helper()
	status := func(path string, code int) string {
		o.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		return o.URL + path
	}
	o.mux.HandleFunc("GET /hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	o.mux.HandleFunc("GET /short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "20")
		_, _ = w.Write(make([]byte, 10))
	})
	o.mux.HandleFunc("GET /metadata", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	truncated := photo(t, 1, 800, 600)
	expired := "?Expires=" + "1000000000" + "&Signature=abc"
	return map[vitrine.FailureCode]string{
		vitrine.SourceUnreachable: "http://" + closedAddress(t) + "/photo.jpg",
		vitrine.SourceTimeout:     o.URL + "/hangs",
		vitrine.SourceRefused:     status("/forbidden", http.StatusForbidden),
		vitrine.SourceNotFound:    status("/missing", http.StatusNotFound),
		vitrine.SourceError:       status("/broken", http.StatusInternalServerError),
		vitrine.SourceURLExpired:  status("/signed", http.StatusForbidden) + expired,
		vitrine.SourceTruncated:   o.URL + "/short",
		vitrine.AddressForbidden:  o.URL + "/metadata",
		vitrine.TooLarge:          o.serve("/large", make([]byte, 200_001)),
		vitrine.TooManyPixels:     o.serve("/huge.png", hugePNG(50_000)),
		vitrine.UnsupportedType:   o.serve("/page.jpg", []byte("<!DOCTYPE html><html><body>Not a photo</body></html>")),
		vitrine.Unreadable:        o.serve("/cut.jpg", truncated[:len(truncated)/2]),
	}
}

// closedAddress is an address of this machine that refuses connections.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// TestFailures provokes every failure in one listing with three good photos:
// each is told with its code, owner and remedy, and the listing is published.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t),
		"--fetch-tries", "1", "--idle-timeout", "1s", "--max-photo-bytes", "200000")
	c := newClient(t, s)
	o := newOrigin(t)
	bad := fixtures(t, o)
	// No source can provoke these here: other tests do.
	elsewhere := []vitrine.FailureCode{vitrine.Internal, vitrine.UploadMissing, vitrine.Erased, vitrine.Infected, vitrine.VideoTooLong}
	for _, rule := range vitrine.FailureTable {
		if _, has := bad[rule.Code]; !has && !slices.Contains(elsewhere, rule.Code) {
			t.Errorf("no fixture provokes %s", rule.Code)
		}
	}
	codes := slices.Sorted(maps.Keys(bad))
	var urls []string
	for i := range 3 {
		urls = append(urls, o.serve("/good-"+string(rune('a'+i)), photo(t, uint64(i), 320, 240)))
	}
	for _, code := range codes {
		urls = append(urls, bad[code])
	}

	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.WaitJob(t.Context(), put.JobID, nil)
	if err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	view, err := c.Listing(t.Context(), put.ID)
	if err != nil || view.Status() != vitrine.StatusActive {
		t.Fatalf("the listing is %s, %v", view.Status(), err)
	}
	for i, file := range view.Files[3:] {
		media, err := c.Media(t.Context(), file.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := vitrine.RuleOf(codes[i])
		if media.Optimization != client.Failed || media.Failure == nil {
			t.Errorf("%s: the media is %s, failure %v", want.Code, media.Optimization, media.Failure)
			continue
		}
		if f := media.Failure; f.Code != want.Code || f.Owner != want.Owner || f.Remedy != want.Remedy || f.Message == "" {
			t.Errorf("%s: the media failed with %+v", want.Code, *f)
		}
		timeline, err := c.Timeline(t.Context(), file.ID)
		if err != nil {
			t.Fatal(err)
		}
		if last := timeline[len(timeline)-1]; last.Failure == nil || last.Failure.Code != want.Code {
			t.Errorf("%s: the timeline ends with %+v", want.Code, last)
		}
		if strings.Contains(media.Failure.Message, "169.254") {
			t.Errorf("%s: the message tells of an inner address: %s", want.Code, media.Failure.Message)
		}
	}
	checkGallery(t, put.GalleryURL, o.URL, 3)
}

// TestTooFew ends a publication that has two good photos of three.
func TestTooFew(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--fetch-tries", "1")
	c := newClient(t, s)
	o := newOrigin(t)
	good := []string{o.serve("/a", photo(t, 1, 320, 240)), o.serve("/b", photo(t, 2, 320, 240))}
	put, err := c.PutListing(t.Context(), listing("house-1", append(good, o.URL+"/missing")...))
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.WaitJob(t.Context(), put.JobID, nil)
	if err != nil || job.Status != vitrine.JobFailed || !strings.Contains(job.Error, "source_not_found") {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	if view, err := c.Listing(t.Context(), put.ID); err != nil || view.Status() != vitrine.StatusPublishFailed {
		t.Fatalf("the listing is %s, %v", view.Status(), err)
	}
	if response := get(t, put.GalleryURL); response.StatusCode != http.StatusNotFound {
		t.Errorf("the gallery of a listing that was never published answered %d", response.StatusCode)
	}

	// The missing photo appears and is retried, to no effect on a listing whose
	// publication has failed; the same list, sent again, is published.
	o.serve("/missing", photo(t, 3, 320, 240))
	view, err := c.Listing(t.Context(), put.ID)
	if err != nil {
		t.Fatal(err)
	}
	retried, err := c.RetryMedia(t.Context(), view.Files[2].ID)
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), retried.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the retry ended as %+v, %v", job, err)
	}
	put, err = c.PutListing(t.Context(), listing("house-1", append(good, o.URL+"/missing")...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the second job ended as %+v, %v", job, err)
	}
	if n := o.count("/a"); n != 1 {
		t.Errorf("a good photo was fetched %d times", n)
	}
}

// TestPatience has an origin that never gets well: when the next try would come
// too late, the media has failed with what the origin said.
func TestPatience(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--fetch-tries", "50", "--fetch-patience", "1s")
	c := newClient(t, s)
	o := newOrigin(t)
	o.mux.HandleFunc("GET /ill", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	imported, err := c.UploadFromURL(t.Context(), o.URL+"/ill", "")
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.WaitJob(t.Context(), imported.JobID, nil)
	if err != nil || job.Status != vitrine.JobFailed {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	if media, err := c.Media(t.Context(), imported.MediaID); err != nil || media.Failure == nil || media.Failure.Code != vitrine.SourceError {
		t.Errorf("the media is %+v, %v", media, err)
	}
}

// TestRetry has an origin that fails once: the job says so while it waits, and
// ends well.
func TestRetry(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	c := newClient(t, s)
	o := newOrigin(t)
	content := photo(t, 1, 320, 240)
	o.mux.HandleFunc("GET /shy", func(w http.ResponseWriter, _ *http.Request) {
		if o.count("/shy") == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(content)
	})
	imported, err := c.UploadFromURL(t.Context(), o.URL+"/shy", "")
	if err != nil {
		t.Fatal(err)
	}
	sawWaiting := false
	job, err := c.WaitJob(t.Context(), imported.JobID, func(j client.Job) {
		sawWaiting = sawWaiting || j.Status == vitrine.JobFailedRetryable
	})
	if err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	if !sawWaiting {
		t.Log("the wait was over before it was looked at")
	}
	media, err := c.Media(t.Context(), imported.MediaID)
	if err != nil || media.Optimization != client.Success || media.Failure != nil {
		t.Errorf("the media is %+v, %v", media, err)
	}
	if n := o.count("/shy"); n != 2 {
		t.Errorf("the origin was asked %d times, want 2", n)
	}
}
