package main

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// hiddenPlace stands in the EXIF and the XMP of photos of these tests.
const hiddenPlace = "Hidden Lane 7"

// placed is a JPEG that says where it was taken, in EXIF (2.32, section 4.6.6) and in XMP.
func placed(jpeg []byte) []byte {
	le := binary.LittleEndian
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = le.AppendUint16(tiff, tag)
		tiff = le.AppendUint16(tiff, kind)
		tiff = le.AppendUint32(tiff, count)
		tiff = le.AppendUint32(tiff, value)
	}
	tiff = le.AppendUint16(tiff, 1)
	entry(0x8825, 4, 1, 26) // GPS entries: after this one
	tiff = le.AppendUint32(tiff, 0)
	tiff = le.AppendUint16(tiff, 2)
	entry(0x0001, 2, 2, le.Uint32([]byte("N\x00\x00\x00")))
	entry(0x001c, 7, uint32(len(hiddenPlace)), 26+2+2*12+4) // AreaInformation
	tiff = append(le.AppendUint32(tiff, 0), hiddenPlace...)
	body := "Exif\x00\x00" + string(tiff)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(body)))
	jpeg = bytes.Join([][]byte{jpeg[:2], segment, []byte(body), jpeg[2:]}, nil)
	return withXMP(jpeg, `xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSAreaInformation="`+hiddenPlace+`"`)
}

// script is what a browser that took a file for a page would run.
const script = "<!DOCTYPE html><html><script>alert(1)</script></html>"

// polyglot is a JPEG with a page in it, as early as a JPEG can have one.
func polyglot(jpeg []byte) []byte {
	comment := binary.BigEndian.AppendUint16([]byte{0xff, 0xfe}, uint16(2+len(script)))
	return bytes.Join([][]byte{jpeg[:2], comment, []byte(script), jpeg[2:]}, nil)
}

// shown is a server with a public gallery, of all kinds of media.
type shown struct {
	*server
	gallery   client.PutResult
	altered   posted         // a classified, of which a picture has a label
	originals []client.Media // with their originals' addresses
	sources   string         // begins the URLs that the files came from
}

func newShown(t *testing.T) shown {
	t.Helper()
	s := start(t, t.TempDir(), freeAddress(t))
	c, o := newClient(t, s), newOrigin(t)
	urls := []string{
		o.serve("/placed.jpg", placed(photo(t, 1, 640, 480))),
		o.serve("/page.html", polyglot(photo(t, 2, 640, 480))),
		o.serve("/plain.jpg", photo(t, 3, 640, 480)),
		o.serve("/film.mp4", film(t, "1")),
	}
	put, err := c.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	view, err := c.Listing(t.Context(), put.ID)
	if err != nil {
		t.Fatal(err)
	}
	all := shown{server: s, gallery: put, sources: o.URL}
	for _, file := range view.Files {
		media, err := c.Media(t.Context(), file.ID)
		if err != nil || media.OriginalURL == "" {
			t.Fatalf("media %d: %+v, %v", file.ID, media, err)
		}
		all.originals = append(all.originals, media)
	}
	all.altered = postAndWait(t, client.New(s.base, s.key(t)),
		client.MediaSource{URL: urls[0] + "?2", MediaType: vitrine.Panorama, Altered: true}, client.MediaSource{URL: o.serve("/tour", []byte("<title>Tour</title>")), MediaType: vitrine.VirtualTour})
	return all
}

// crawl follows every address of the server that the public is told, from the
// galleries on, and gives the answers.
func (s shown) crawl(t *testing.T) map[string]reply {
	t.Helper()
	address := regexp.MustCompile(regexp.QuoteMeta(s.base) + `/[^"' ,<>\\)]+`)
	found := map[string]reply{}
	next := []string{s.gallery.GalleryURL, s.gallery.PublicURL, s.altered.GalleryURL, strings.Replace(s.altered.GalleryURL, "/g/", "/l/", 1)}
	for len(next) > 0 {
		url := next[0]
		next = next[1:]
		if _, done := found[url]; done {
			continue
		}
		answer := get(t, url)
		if answer.StatusCode != http.StatusOK && !strings.HasSuffix(url, "/") { // of a policy
			t.Errorf("%s answers %d", url, answer.StatusCode)
		}
		found[url] = answer
		text := answer.Body
		for _, values := range answer.Header {
			text = append(text, strings.Join(values, " ")...)
		}
		for _, more := range address.FindAll(text, -1) {
			next = append(next, strings.TrimSuffix(string(more), ";"))
		}
	}
	return found
}

// TestPublic reads all that the public can: no original, no source, no place and
// nothing that a browser would take for something else.
func TestPublic(t *testing.T) {
	t.Parallel()
	s := newShown(t)
	answers := s.crawl(t)
	kinds := map[string]int{}
	for url, answer := range answers {
		kind := answer.Header.Get("Content-Type")
		kinds[kind]++
		for _, secret := range []string{hiddenPlace, "Exif", "GPS", "/o/", "<script>alert"} {
			if strings.Contains(kind, "javascript") && secret == "GPS" {
				continue
			}
			if bytes.Contains(answer.Body, []byte(secret)) {
				t.Errorf("%s (%s) holds %q", url, kind, secret)
			}
		}
		if bytes.Contains(answer.Body, []byte(s.sources)) && !bytes.Contains(answer.Body, []byte(s.sources+"/tour")) {
			t.Errorf("%s tells of a source", url)
		}
		for _, media := range s.originals {
			token := path.Base(media.OriginalURL)
			if bytes.Contains(answer.Body, []byte(token[strings.IndexByte(token, '.'):])) {
				t.Errorf("%s holds the signature of an original", url)
			}
		}
		s.wantSafe(t, url, answer)
	}
	for _, kind := range []string{"application/json", "text/html; charset=utf-8", "image/webp", "video/mp4", "text/javascript; charset=utf-8"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing of type %s was found among %v", kind, kinds)
		}
	}
}

// wantSafe wants the headers that keep browsers from harm.
func (s shown) wantSafe(t *testing.T, url string, answer reply) {
	t.Helper()
	if answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s comes with %v", url, answer.Header)
	}
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		return
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe-") {
		t.Errorf("the page %s has the policy %q", url, policy)
	}
}

// TestOriginals has the owner's addresses: the bytes as sent, to be saved and
// not shown, whatever they look like.
func TestOriginals(t *testing.T) {
	t.Parallel()
	s := newShown(t)
	for i, media := range s.originals {
		answer := get(t, media.OriginalURL)
		h := answer.Header
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
			h.Get("Cache-Control") != "private, no-store" || !slices.Contains([]string{"image/jpeg", "video/mp4"}, h.Get("Content-Type")) {
			t.Errorf("original %d comes with %v", i, h)
		}
		s.wantSafe(t, media.OriginalURL, answer)
		for marker, of := range map[string]int{hiddenPlace: 0, script: 1} {
			if bytes.Contains(answer.Body, []byte(marker)) != (i == of) {
				t.Errorf("original %d holds %q: %t", i, marker, i != of)
			}
		}
	}
}

// TestNoPages sends pages as photos, in each way there is. None is kept, and so
// none can be asked for.
func TestNoPages(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--fetch-tries", "1")
	c, o := newClient(t, s), newOrigin(t)
	for i, content := range []string{script, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "GIF89a=1;/*" + script, "\xff\xd8" + script} {
		name := "page-" + string(rune('a'+i))
		imported, err := c.UploadFromURL(t.Context(), o.serve("/"+name+".jpg", []byte(content)), name)
		if err != nil {
			t.Fatal(err)
		}
		upload, err := c.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg", ExternalID: name + "-sent"})
		if err != nil {
			t.Fatal(err)
		}
		if status := put(t, upload.URL, "text/html", []byte(content)); status != http.StatusForbidden {
			t.Errorf("%s was taken as text/html: %d", name, status)
		}
		if status := put(t, upload.URL, "image/jpeg", []byte(content)); status != http.StatusOK {
			t.Fatalf("%s: the upload answered %d", name, status)
		}
		confirmed, err := c.ConfirmUpload(t.Context(), upload.MediaID)
		if err != nil {
			t.Fatal(err)
		}
		for _, sent := range []client.Import{imported, confirmed} {
			if job, err := c.WaitJob(t.Context(), sent.JobID, nil); err != nil || job.Status != vitrine.JobFailed {
				t.Errorf("%s: the job ended as %+v, %v", name, job, err)
			}
			media, err := c.Media(t.Context(), sent.MediaID)
			if err != nil || media.Failure == nil || len(media.Variants) > 0 {
				t.Fatalf("%s: %+v, %v", name, media, err)
			}
			if media.OriginalURL == "" {
				continue
			}
			if answer := get(t, media.OriginalURL); answer.StatusCode == http.StatusOK && (!strings.HasPrefix(answer.Header.Get("Content-Type"), "image/") ||
				!strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment;") || answer.Header.Get("X-Content-Type-Options") != "nosniff") {
				t.Errorf("%s is served with %v", name, answer.Header)
			}
		}
	}
}

// TestNoDirectories asks for the folders above every public address, and for the
// files of the data folder by every way that might lead there.
func TestNoDirectories(t *testing.T) {
	t.Parallel()
	s := newShown(t)
	paths := map[string]bool{"/": true}
	for url := range s.crawl(t) {
		for dir := path.Dir(strings.TrimPrefix(url, s.base)); dir != "/"; dir = path.Dir(dir) {
			paths[dir], paths[dir+"/"] = true, true
		}
	}
	for _, dir := range []string{"/o", "/api", "/api/v1", "/api/v1/media", "/api/v1/media/upload", "/api/v1/docs", "/caas", "/caas/v4", "/oauth", "/blobs", "/uploads", "/data", "/debug/pprof", "/.git", "/index.html", "/favicon.ico"} {
		paths[dir+"/"] = true
	}
	err := filepath.WalkDir(s.data, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(s.data, file)
		for _, way := range []string{"/", "/blobs/", "/data/", "/v/../", "/v/%2e%2e/", "/v/..%2f", "/assets/..%2f..%2f", "/o/..%2f", "/g/..%2f", "/api/v1/uploads/..%2f", "/api/v1/docs/../../../", "//", "/..%5c"} {
			paths[way+filepath.ToSlash(below)] = true
		}
		paths[file] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(s.data)
	if err != nil || len(names) < 3 {
		t.Fatalf("the data folder holds %v, %v", names, err)
	}
	delete(paths, "/") // which leads people to their listings
	for path := range paths {
		answer := s.ask(t, http.MethodGet, path, http.Header{}, "")
		if !slices.Contains([]int{http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed}, answer.StatusCode) {
			t.Errorf("GET %s answers %d %.200q", path, answer.StatusCode, answer.Body)
		}
		if len(answer.Body) > 1000 || bytes.Contains(answer.Body, []byte("<pre>")) {
			t.Errorf("GET %s answers %.200q", path, answer.Body)
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("GET %s comes with %v", path, answer.Header)
		}
	}
}
