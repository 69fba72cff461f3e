package ingest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/vitrine-media/vitrine"
)

// address is one version of one file, however its URL is spelt.
type address struct{ Path, Version string }

func (a address) String() string { return a.Path + "@" + a.Version }

// mood is how an origin answers for an address.
type mood string

// The moods. Whatever is no mood of these is the name of a picture.
const (
	gone    mood = "gone"
	garbled mood = "garbled" // begins as a picture does, and is none
)

// moodyOrigin has a picture for each address, of its own as long as nobody says
// otherwise, and counts what it is asked for.
type moodyOrigin struct {
	*httptest.Server

	mu    sync.Mutex
	moods map[address]mood
	gets  map[address]int
	gate  chan struct{} // closed when answers may be given
}

func newMoodyOrigin() *moodyOrigin {
	o := &moodyOrigin{moods: map[address]mood{}, gets: map[address]int{}, gate: make(chan struct{})}
	close(o.gate)
	o.Server = httptest.NewServer(http.HandlerFunc(o.answer))
	return o
}

func (o *moodyOrigin) answer(w http.ResponseWriter, r *http.Request) {
	path, stamp, _ := strings.Cut(r.RequestURI, "timestamp=")
	at := address{strings.TrimRight(path, "?&"), stamp}
	o.mu.Lock()
	o.gets[at]++
	gate := o.gate
	o.mu.Unlock()
	select {
	case <-gate:
	case <-r.Context().Done():
		return
	}
	m := o.mood(at)
	if m == gone {
		http.NotFound(w, r)
		return
	}
	etag := `"` + m.digest() + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(m.bytes())
}

// mood gives how the origin answers for an address.
func (o *moodyOrigin) mood(at address) mood {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m, ok := o.moods[at]; ok {
		return m
	}
	return mood(at.String())
}

// change has the origin answer otherwise from now on.
func (o *moodyOrigin) change(at address, m mood) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.moods[at] = m
}

// counts gives how often each address was asked for.
func (o *moodyOrigin) counts() map[address]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.gets)
}

// hold keeps back all answers from now on, until release.
func (o *moodyOrigin) hold() {
	o.release()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gate = make(chan struct{})
}

func (o *moodyOrigin) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.gate:
	default:
		close(o.gate)
	}
}

// failure is what becomes of a download of that kind, "" when it goes well. A
// tour only has to answer.
func (m mood) failure(kind vitrine.MediaKind) vitrine.FailureCode {
	switch {
	case m == gone:
		return vitrine.SourceNotFound
	case m == garbled && kind == vitrine.KindImage:
		return vitrine.Unreadable
	}
	return ""
}

func (m mood) digest() string {
	sum := sha256.Sum256(m.bytes())
	return hex.EncodeToString(sum[:])
}

func (m mood) bytes() []byte {
	name := sha256.Sum256([]byte(m))
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 32 {
		img.Set(i%8, i/8, color.Gray{Y: name[i]})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes all
	}
	if m == garbled {
		return b.Bytes()[:40]
	}
	return b.Bytes()
}
