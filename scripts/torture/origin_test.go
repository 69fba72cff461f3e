package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/badorigin"
)

// origin serves photos from several addresses, each of which is an origin of its
// own to whoever counts their failures. A photo's URL says what is wrong with
// it for ever; for a while many others are not well either.
type origin struct {
	hosts []string // URLs without a path

	mu    sync.Mutex
	asked map[string]int // by URI
	lies  int
}

// What is wrong with a URL for ever, and what comes of it.
var wrongs = map[string]vitrine.FailureCode{
	"gone":    vitrine.SourceNotFound,
	"page":    vitrine.UnsupportedType,
	"cut":     vitrine.Unreadable, // a length is announced that is less than the photo's
	"endless": vitrine.TooLarge,
}

const fine = "fine"

func newOrigin(t *testing.T) *origin {
	t.Helper()
	o := &origin{asked: map[string]int{}}
	server := &http.Server{Handler: o}
	var serving sync.WaitGroup
	for i := range 24 {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.%d:0", 2+i))
		if err != nil {
			t.Fatal(err)
		}
		o.hosts = append(o.hosts, "http://"+listener.Addr().String())
		serving.Go(func() { _ = server.Serve(listener) }) // until it is closed
	}
	t.Cleanup(func() {
		_ = server.Close() // whoever is still served is done with
		serving.Wait()
	})
	return o
}

// url is where the photo of that name is, on a host that the name chooses.
func (o *origin) url(kind, name string) string {
	return o.hosts[draw(kind+name).IntN(len(o.hosts))] + "/" + kind + "/" + url.PathEscape(name)
}

// draw gives the choices that go with a text.
func draw(text string) *rand.Rand {
	sum := sha256.Sum256([]byte(text))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}

// expected is what comes of a URL in the end: the digest of its bytes, or a
// failure.
func (o *origin) expected(rawURL string) (digest string, failure vitrine.FailureCode) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", vitrine.Internal
	}
	kind, name := o.read(u)
	if failure = wrongs[kind]; failure != "" {
		return "", failure
	}
	sum := sha256.Sum256(picture(name))
	return hex.EncodeToString(sum[:]), ""
}

// read gives what is wrong with a URL, and the name of the photo there. The same
// name is the same photo, wherever it stands; a version makes it another.
func (o *origin) read(u *url.URL) (kind, name string) {
	kind, name, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	name, _, _ = strings.Cut(name, "~") // behind which copies differ
	return kind, name + u.RawQuery
}

// picture draws the photo of that name.
func picture(name string) []byte {
	random := draw(name)
	img := image.NewNRGBA(image.Rect(0, 0, 40+random.IntN(40), 30+random.IntN(30)))
	at := img.Bounds()
	for y := range at.Dy() {
		for x := range at.Dx() {
			img.SetNRGBA(x, y, color.NRGBA{uint8(random.Uint32()), uint8(x * 3), uint8(y * 3), 255})
		}
	}
	var b bytes.Buffer
	encode := png.Encode
	if random.IntN(2) == 0 {
		encode = func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
	}
	if err := encode(&b, img); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, name := o.read(r.URL)
	o.mu.Lock()
	o.asked[r.RequestURI]++
	asked := o.asked[r.RequestURI]
	o.mu.Unlock()
	lie, times := mood(r.RequestURI)
	if asked <= times {
		o.lied()
		lie(w, r, picture(name))
		return
	}
	switch kind {
	case fine:
		linger(r)
		serve(w, r, picture(name))
	case "page":
		_, _ = w.Write([]byte("<!doctype html><title>Sign in</title>"))
	case "cut":
		badorigin.Cut(w, picture(name))
	case "endless":
		badorigin.Endless(w, r, picture(name))
	default:
		http.NotFound(w, r)
	}
	if kind != fine {
		o.lied()
	}
}

func (o *origin) lied() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lies++
}

// linger has some URLs take their time, so that there are newer wishes by then.
func linger(r *http.Request) {
	random := draw("pace " + r.RequestURI)
	if random.IntN(4) > 0 {
		return
	}
	select {
	case <-time.After(time.Duration(random.IntN(1500)) * time.Millisecond):
	case <-r.Context().Done():
	}
}

// told counts the lies.
func (o *origin) told() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lies
}

// serve answers as an origin should.
func serve(w http.ResponseWriter, r *http.Request, photo []byte) {
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(photo))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(photo) // whoever went away comes again
}

// lie is an answer that is not the photo.
type lie func(w http.ResponseWriter, r *http.Request, photo []byte)

// mood says how a URL misbehaves, and how often before it is well.
func mood(uri string) (lie, int) {
	random := draw("mood " + uri)
	switch random.IntN(30) {
	case 0:
		return short, 1
	case 1:
		return badorigin.Stall, 1
	case 2:
		return reset, 1
	case 3:
		return down, 1
	case 4, 5, 6:
		return busy, 1 + random.IntN(3)
	}
	return nil, 0
}

func short(w http.ResponseWriter, _ *http.Request, photo []byte) { badorigin.Truncate(w, photo) }

func reset(w http.ResponseWriter, _ *http.Request, _ []byte) { badorigin.Reset(w) }

func down(w http.ResponseWriter, _ *http.Request, _ []byte) {
	http.Error(w, "Out of order", http.StatusInternalServerError)
}

func busy(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "Slow down", http.StatusTooManyRequests)
}
