package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// hidden is what a URL says only to the server that it leads to.
const hidden = "hidden-from-logs"

// TestSecretsStayOut has a server do all that it does, well and badly, with every
// kind of secret, and then looks for them in its log and in its database.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUpsWith("--log-level", "debug", "--fetch-tries", "1", "--drain", "0s") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			secrets := useSecrets(t, s)
			s.interrupt(t)
			log := s.log.String()
			for _, what := range []string{"attempt ended", "route=/caas/v4/", "delivery attempted", string(vitrine.SourceUnreachable)} {
				if !strings.Contains(log, what) {
					t.Errorf("the log has nothing of %q: nothing was done that could tell", what)
				}
			}
			for what, secret := range secrets {
				if secret == "" {
					t.Errorf("there is no %s", what)
				} else if at := strings.Index(log, secret); at >= 0 {
					t.Errorf("the log tells the %s: …%s", what, log[max(0, at-200):min(len(log), at+100)])
				}
			}
			if s.setting("VITRINE_DB") != "" {
				return // whose rows are the same
			}
			for _, what := range []string{"key", "token"} {
				for _, file := range []string{"vitrine.db", "vitrine.db-wal"} {
					rows, err := os.ReadFile(filepath.Join(s.data, file))
					if err == nil && bytes.Contains(rows, []byte(secrets[what])) {
						t.Errorf("%s holds the %s", file, what)
					}
				}
			}
		})
	}
}

// useSecrets has a server see secrets, by what they are.
func useSecrets(t *testing.T, s *server) map[string]string {
	t.Helper()
	key := s.key(t)
	w := &world{server: s, tokens: map[string]string{}}
	in := fillServer(t, s)
	secrets := map[string]string{
		"key":                        key,
		"token":                      w.tokens[w.newKey(t, "acme")],
		"key that nobody has":        "vtr_" + strings.Repeat("x", 40),
		"secret of a webhook":        in.hook.Secret,
		"signature of an upload":     signatureOf(t, in.asked.URL),
		"query or user info of URLs": hidden,
	}
	secrets["token of an original"] = tokenOf(t, in.Client)
	for _, path := range []string{"/api/v1/listings", "/caas/v4/classifieds", "/api/v1/no/such/path"} {
		w.ask(t, http.MethodGet, path, http.Header{"X-Api-Key": {secrets["key that nobody has"]}, "Authorization": {"Bearer " + secrets["key that nobody has"]}}, "")
		w.ask(t, http.MethodGet, path+"?key="+hidden, http.Header{"X-Api-Key": {key}}, "")
	}
	if asked, err := url.Parse(in.asked.URL); err == nil && strings.HasPrefix(in.asked.URL, s.base) {
		w.ask(t, http.MethodPut, asked.Path+"?"+asked.RawQuery, http.Header{"Content-Type": {"text/html"}}, "no picture")
	}
	failingURLs(t, in)
	in.release()
	if _, err := in.WaitJob(t.Context(), in.held.JobID, nil); err != nil {
		t.Fatal(err)
	}
	return secrets
}

// failingURLs has downloads, tours and deliveries fail in each way in which an
// error tells its URL, with a secret in its query and its user info.
func failingURLs(t *testing.T, in *installation) {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/inside":
			http.Redirect(w, r, "http://169.254.169.254/latest?token="+hidden, http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop?token="+hidden, http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("cut"))
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	t.Cleanup(origin.Close)
	closed := freeAddress(t)
	var urls []string
	for _, base := range []string{
		"http://" + closed + "/closed", "https://" + strings.TrimPrefix(origin.URL, "http://") + "/plain",
		origin.URL + "/refused", origin.URL + "/inside", origin.URL + "/loop", origin.URL + "/cut", "http://no-such-host.invalid/photo",
		"http://someone:" + hidden + "@" + closed + "/named",
	} {
		urls = append(urls, base+"?X-Amz-Signature="+hidden+"&token="+hidden)
	}
	put, err := in.PutListing(t.Context(), listing("nothing-works", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.WaitJob(t.Context(), put.JobID, nil); err != nil {
		t.Fatal(err)
	}
	tours := pictures(urls...)
	for i := range tours {
		tours[i].MediaType = vitrine.VirtualTour
	}
	hook, err := in.AddWebhook(t.Context(), "http://"+closed+"/hook?secret="+hidden, nil)
	if err != nil {
		t.Fatal(err)
	}
	written, err := in.PostClassified(t.Context(), client.ClassifiedInput{
		Portals: []string{"SL"}, Data: map[string]int{"price": 7}, Media: tours,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.WaitClassified(t.Context(), written.ClassifiedID, 1, nil); err != nil {
		t.Fatal(err)
	}
	wait(t, "a delivery to fail", func() bool {
		list, err := in.Deliveries(t.Context(), hook.ID, 0, 1)
		return err == nil && len(list) > 0 && len(list[0].Attempts) > 0
	})
}

func signatureOf(t *testing.T, upload string) string {
	t.Helper()
	u, err := url.Parse(upload)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("signature") + u.Query().Get("X-Amz-Signature") // ours, or the store's
}

// tokenOf is what makes the address of an original good.
func tokenOf(t *testing.T, c *client.Client) string {
	t.Helper()
	listing, err := c.ListingByExternalID(t.Context(), "house-1")
	if err != nil {
		t.Fatal(err)
	}
	media, err := c.Media(t.Context(), listing.Files[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	get(t, media.OriginalURL)
	return media.OriginalURL[strings.LastIndexByte(media.OriginalURL, '.')+1:]
}
