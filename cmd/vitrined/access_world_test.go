package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// world is a server on which one account has one of everything that a request
// can name, and others have keys of each kind.
type world struct {
	*server
	owner, neighbour   string // keys
	revoked, suspended string
	reader             string            // a key of the neighbour's with the scope to read classifieds
	tokens             map[string]string // access tokens, by their key
	names              ids               // of what the owner has
	strangers          ids               // of what nobody has
	marks              []string          // that only answers to the owner may hold
}

// ids are what a request can name: "media id" is {id} in a path below /media.
type ids map[string]string

const readScope = "caas:classifieds:read"

// unlimited are settings of a server that may be asked as often as one likes.
var unlimited = []string{"--rate-limit", "1000000", "--bulk-rate-limit", "1000000", "--classifieds-rate-limit", "1000000"}

func newWorld(t testing.TB, s *server) *world {
	t.Helper()
	w := &world{server: s, tokens: map[string]string{}, names: ids{}, strangers: ids{}}
	w.owner = w.newKey(t, "owner")
	w.neighbour = w.newKey(t, "neighbour")
	w.reader = w.newKey(t, "neighbour", "--scopes", readScope)
	w.revoked = w.newKey(t, "owner")
	w.suspended = w.newKey(t, "gone")
	w.command(t, "owner", "keys", "revoke", w.keyID(t, "owner"))
	w.command(t, "gone", "accounts", "suspend")
	w.fill(t)
	return w
}

// command runs a command about an account beside the server, and gives the last
// line of what it prints.
func (w *world) command(t testing.TB, account string, command ...string) string {
	t.Helper()
	return (&agency{server: w.server, name: account}).admin(t, command...)
}

// newKey makes a key, and a token of it.
func (w *world) newKey(t testing.TB, account string, more ...string) string {
	t.Helper()
	key := w.command(t, account, append([]string{"keys", "create"}, more...)...)
	body := fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"grant_type":"client_credentials"}`, w.keyID(t, account), key)
	answer := w.ask(t, http.MethodPost, "/oauth/token", http.Header{"Content-Type": {"application/json"}}, body)
	token := regexp.MustCompile(`"access_token":"([^"]+)"`).FindSubmatch(answer.Body)
	if token == nil {
		t.Fatalf("POST /oauth/token: %d %s", answer.StatusCode, answer.Body)
	}
	w.tokens[key] = string(token[1])
	return key
}

// keyID is the number of an account's newest key.
func (w *world) keyID(t testing.TB, account string) string {
	t.Helper()
	id, _, _ := strings.Cut(w.command(t, account, "keys", "list"), " ")
	return id
}

// ask sends a request to a path of the server and follows no redirect.
func (s *server) ask(t testing.TB, method, path string, header http.Header, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, text}
}

// fill gives the owner one of everything, and waits until nothing of it moves.
func (w *world) fill(t testing.TB) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, o, hook := client.New(w.base, w.owner), newOrigin(t), newReceiver(t, nil)
	listings := client.New(w.base+"/api/v1", w.owner)
	webhook, err := listings.AddWebhook(t.Context(), hook.URL+"/owners-hook", nil)
	must(err)
	put, err := listings.PutListing(t.Context(), listing("owners-house", o.photos(t, 3)...))
	must(err)
	_, err = listings.WaitJob(t.Context(), put.JobID, nil)
	must(err)
	imported, err := listings.UploadFromURL(t.Context(), o.serve("/owners-photo", photo(t, 9, 320, 240)), "owners-photo")
	must(err)
	_, err = listings.WaitJob(t.Context(), imported.JobID, nil)
	must(err)
	media, err := listings.Media(t.Context(), imported.MediaID)
	must(err)
	classified := postAndWait(t, c, pictures(o.URL+"/0.jpg")...)
	placed, err := c.ClassifiedMedia(t.Context(), classified.ClassifiedID)
	must(err)

	w.set("erasures id", w.erasure(t, listings, o))
	w.names["erasures erasureId"], w.strangers["erasures erasureId"] = w.names["erasures id"], w.strangers["erasures id"]
	w.set("listings id", fmt.Sprint(put.ID))
	w.set("listings externalId", "owners-house")
	w.set("media id", fmt.Sprint(imported.MediaID))
	w.set("media externalId", "owners-photo")
	w.set("webhooks id", fmt.Sprint(webhook.ID))
	w.set("job id", fmt.Sprint(put.JobID))
	w.set("classifieds classifiedId", classified.ClassifiedID)
	w.set("media mediaId", placed[0].MediaID)
	w.set("uploads id", w.resumable(t))
	w.marks = []string{"owners-", w.names["classifieds classifiedId"], w.names["media mediaId"], webhook.Secret, media.OriginalURL,
		put.GalleryURL, classified.GalleryURL, w.names["uploads id"], w.names["erasures id"]}
	wait(t, "the webhooks", func() bool {
		log, err := listings.Deliveries(t.Context(), webhook.ID, 0, client.MaxDeliveries)
		must(err)
		for _, d := range log {
			if d.State == vitrine.DeliveryPending {
				return false
			}
		}
		return len(log) > 0
	})
}

// set names something of the owner's, and with it something that isn't there.
func (w *world) set(what, name string) {
	w.names[what], w.strangers[what] = name, stranger(name, "1000")
}

// stranger is a name like that one, of nothing that is there. A number begins
// with those digits.
func stranger(name, digits string) string {
	switch _, err := strconv.Atoi(name); {
	case err == nil:
		return digits + name
	case uuid.Validate(name) == nil:
		return uuid.NewString()
	default:
		return rand.Text()
	}
}

// erasure erases a file of its own, waits for the end of that and gives its id.
func (w *world) erasure(t testing.TB, c *client.Client, o *origin) string {
	t.Helper()
	imported, err := c.UploadFromURL(t.Context(), o.serve("/owners-erased", photo(t, 10, 320, 240)), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitJob(t.Context(), imported.JobID, nil); err != nil {
		t.Fatal(err)
	}
	e, err := c.EraseMedia(t.Context(), imported.MediaID)
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the erasure to end", func() bool {
		now, err := c.Erasure(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.Status == vitrine.ErasureEnded
	})
	return e.ID
}

// resumable begins an upload by tus and gives its id.
func (w *world) resumable(t testing.TB) string {
	t.Helper()
	header := http.Header{
		"X-Api-Key": {w.owner}, "Tus-Resumable": {"1.0.0"}, "Upload-Length": {"1000"},
		"Upload-Metadata": {"filetype " + base64.StdEncoding.EncodeToString([]byte("image/jpeg"))},
	}
	answer := w.ask(t, http.MethodPost, "/api/v1/uploads", header, "")
	location := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("POST /api/v1/uploads: %d %s", answer.StatusCode, answer.Body)
	}
	return location[strings.LastIndexByte(location, '/')+1:]
}
