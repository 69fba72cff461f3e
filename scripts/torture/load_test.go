package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// accounts is how many there are. Each has a writer for either API.
const accounts = 4

// writer changes the adverts of one account by one of the APIs, one after the
// other, and is the model of them: it knows what was accepted last.
type writer interface {
	// run works until there have been enough operations.
	run(ctx context.Context)
	// galleries gives what the public has to see in the end: the URLs of the
	// pictures, in order, by the gallery's name. Those that can't be had are not
	// left out.
	galleries() map[string][]string
	// media gives what the server says of the pictures of a gallery, in order.
	media(ctx context.Context, gallery string) ([]ending, error)
	// refusals are answers that should not have been.
	refusals() []string
}

// ending is how a picture has ended.
type ending struct {
	ended   bool
	failure vitrine.FailureCode
}

// sender is what both kinds of writers do alike.
type sender struct {
	name    string
	client  *client.Client
	origin  *origin
	pace    *pace
	random  *rand.Rand
	adverts int // that it has at most
	named   int // photos, so far

	mu      sync.Mutex
	refused []string
}

// writers makes those of all accounts.
func (s *stand) writers(t *testing.T, pace *pace) (all []writer) {
	t.Helper()
	for i := range accounts {
		name := fmt.Sprintf("agency-%d", i)
		key := s.server.key(t, name)
		newSender := func(kind string, n uint64) *sender {
			// A request that was lost is a killed server's: one that is only paused
			// must not be sent the next while it has this.
			patient := &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
			t.Cleanup(patient.CloseIdleConnections)
			return &sender{
				name: kind + name, origin: s.origin, pace: pace, random: rand.New(rand.NewPCG(*seed, n)), adverts: max(4, *operations/(accounts*2*12)),
				client: client.New(s.server.base, key, client.WithTries(1), client.WithHTTPClient(patient)),
			}
		}
		all = append(all,
			&listings{sender: newSender("listings-of-", uint64(10+2*i)), adverts: map[string]*advert{}},
			&classifieds{sender: newSender("classifieds-of-", uint64(11+2*i)), adverts: map[string]*classified{}, versions: map[string]int{}})
	}
	return all
}

// each does operations until there have been enough.
func (s *sender) each(ctx context.Context, operation func(ctx context.Context) error) {
	for s.pace.beginOperation(ctx) {
		if err := operation(ctx); err != nil && ctx.Err() == nil {
			s.refuse(err)
		}
		s.pace.endOperation()
	}
}

// refuse notes an answer that should not have been.
func (s *sender) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, s.name+": "+err.Error())
}

func (s *sender) refusals() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// insist sends a request until it has an answer. The server may have done what
// was asked each time: again says so to a request for which that matters.
func insist(ctx context.Context, send func(again bool) error) error {
	for again := false; ; again = true {
		err := send(again)
		refusal, refused := errors.AsType[*client.Error](err)
		if err == nil || refused && refusal.StatusCode < http.StatusInternalServerError {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// photo gives the URL of a photo that nobody has sent before. Its bytes others
// may have sent; or there are none.
func (s *sender) photo() string {
	s.named++
	name := fmt.Sprintf("%s-%d", s.name, s.named)
	if s.random.IntN(4) == 0 {
		name = fmt.Sprintf("common-%d~%s", s.random.IntN(20), name)
	}
	return s.origin.url(s.kind(), name)
}

// kind says what is wrong with a new photo for ever: mostly nothing.
func (s *sender) kind() string {
	if s.random.IntN(8) > 0 {
		return fine
	}
	kinds := []string{"gone", "page", "cut", "endless"}
	return kinds[s.random.IntN(len(kinds))]
}

// good counts the URLs that will be had in the end.
func (s *sender) good(urls []string) (n int) {
	for _, url := range urls {
		if _, failure := s.origin.expected(url); failure == "" {
			n++
		}
	}
	return n
}

// galleryOf is the public name of a listing, by the URL of its gallery.
func galleryOf(galleryURL string) string { return path.Base(galleryURL) }

// choose gives one of the names of m, which has one. A map's own order would not
// be the seed's.
func choose[V any](random *rand.Rand, m map[string]V) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[random.IntN(len(names))]
}
