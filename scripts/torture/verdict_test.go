package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/audittest"
)

// The losses that the checker of the rows and blobs doesn't know of.
const (
	refusedWrite  audittest.Kind = "write wrongly refused"
	mediaNotEnded audittest.Kind = "media not ended"
	mediaOtherEnd audittest.Kind = "media ended otherwise"
	wrongGallery  audittest.Kind = "gallery not the model's"
	serverCrash   audittest.Kind = "panic or data race"
)

// lossKinds are all kinds of losses.
var lossKinds = append([]audittest.Kind{refusedWrite, mediaNotEnded, mediaOtherEnd, wrongGallery, serverCrash}, audittest.Kinds...)

// losses are what was found, by kind.
type losses map[audittest.Kind][]string

func (l losses) add(kind audittest.Kind, format string, args ...any) {
	l[kind] = append(l[kind], fmt.Sprintf(format, args...))
}

// rest waits until everything has ended, and until what nobody uses is swept up.
func (s *stand) rest(t *testing.T) {
	t.Helper()
	begin := time.Now()
	s.await(t, func(left audittest.Left) bool { return left.Media == 0 && left.Tasks == 0 })
	t.Logf("all came to rest after %v", time.Since(begin).Round(time.Second))
	for s.left(t).Unused > 0 {
		// Each start sweeps some, of what has been unused for a second.
		if time.Now().After(deadline(t)) {
			t.Fatalf("after many sweeps there is %+v left", s.left(t))
		}
		time.Sleep(time.Second)
		s.server.stop(t)
		s.server.start(t)
		s.await(t, func(left audittest.Left) bool { return left.Tasks == 0 })
	}
}

func (s *stand) left(t *testing.T) audittest.Left {
	t.Helper()
	left, err := audittest.Rest(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func (s *stand) await(t *testing.T, done func(audittest.Left) bool) {
	t.Helper()
	for ; !done(s.left(t)); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline(t)) {
			t.Fatalf("there is still %+v left to do", s.left(t))
		}
		s.server.alive(t)
	}
}

// compare holds what the server answers, while it runs, against the model.
func (s *stand) compare(t *testing.T, writers []writer) losses {
	t.Helper()
	lost := losses{}
	for _, w := range writers {
		for _, refusal := range w.refusals() {
			lost.add(refusedWrite, "%s", refusal)
		}
		galleries := w.galleries()
		for _, gallery := range slices.Sorted(maps.Keys(galleries)) {
			s.compareMedia(t, w, gallery, galleries[gallery], lost)
			got, err := s.public(t.Context(), gallery)
			if diff := cmp.Diff(s.digests(galleries[gallery]), got); diff != "" || err != nil {
				lost.add(wrongGallery, "the public sees of %s (-model +seen) %v\n%s", gallery, err, diff)
			}
		}
	}
	return lost
}

// compareMedia holds how each picture of a list has ended against how it should
// have.
func (s *stand) compareMedia(t *testing.T, w writer, gallery string, urls []string, lost losses) {
	t.Helper()
	endings, err := w.media(t.Context(), gallery)
	if err != nil || len(endings) != len(urls) {
		lost.add(mediaOtherEnd, "%s has %d media, want %d: %v", gallery, len(endings), len(urls), err)
		return
	}
	for i, end := range endings {
		_, failure := s.origin.expected(urls[i])
		switch {
		case !end.ended:
			lost.add(mediaNotEnded, "%s of %s", urls[i], gallery)
		case end.failure != failure:
			lost.add(mediaOtherEnd, "%s of %s: %q, want %q", urls[i], gallery, end.failure, failure)
		}
	}
}

// digests are what a list shows: of those that can be had.
func (s *stand) digests(urls []string) []string {
	digests := []string{}
	for _, url := range urls {
		if digest, failure := s.origin.expected(url); failure == "" {
			digests = append(digests, digest)
		}
	}
	return digests
}

// public gives the digests that a gallery names in its addresses.
func (s *stand) public(ctx context.Context, gallery string) (digests []string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.base+"/g/"+gallery, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	var shown struct {
		Pictures []struct {
			Variants []struct{ URL string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&shown); err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d: %w", response.StatusCode, err)
	}
	digests = []string{}
	for _, picture := range shown.Pictures {
		if len(picture.Variants) == 0 {
			return nil, errors.New("a picture without variants")
		}
		// …/v/{digest}/{recipe}/{name}.webp
		digests = append(digests, path.Base(path.Dir(path.Dir(picture.Variants[0].URL))))
	}
	return digests, nil
}

// told is what the store was asked to do with an object of which no row tells.
func (s *stand) told(f audittest.Finding) string {
	key, _, _ := strings.Cut(f.About, ",")
	if f.Kind != audittest.UnknownBlob || s.proxy == nil {
		return ""
	}
	return "\n" + strings.Join(s.proxy.about(key), "\n")
}

// audit looks at what the server has left, now that it has stopped.
func (s *stand) audit(t *testing.T, writers []writer, lost losses) {
	t.Helper()
	found, err := audittest.Audit(t.Context(), s.database, s.bucket, s.environ...)
	if err != nil {
		t.Fatal(err)
	}
	unrevised, err := audittest.Unrevised(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(found, unrevised...) {
		lost.add(f.Kind, "%s%s", f.About, s.told(f))
	}
	shown, err := audittest.Galleries(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, w := range writers {
		for gallery, urls := range w.galleries() {
			want[gallery] = s.digests(urls)
		}
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		lost.add(wrongGallery, "in the database (-model +rows)\n%s", diff)
	}
	for _, line := range s.server.crashes() {
		lost.add(serverCrash, "%s", line)
	}
}
