package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openapitest"
	"github.com/vitrine-media/vitrine/internal/store"
)

// testClassifieds runs tests on both set-ups, each with an account and a host of
// pictures of its own.
func testClassifieds(t *testing.T, tests map[string]func(*testing.T, *agency)) {
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t)
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, newAgency(t, s))
				})
			}
		})
	}
}

// agency is an account of a running server, and the host of its pictures.
type agency struct {
	*client.Client
	server *server
	name   string // of the account
	host   *host
	db     *store.DB // of the server
}

// newAgency makes an account. Each answer that it gets is checked against the
// OpenAPI document that the server gives out.
func newAgency(t *testing.T, s *server) *agency {
	t.Helper()
	a := &agency{server: s, name: rand.Text(), host: newHost(t)}
	secret := a.admin(t, "keys", "create")
	beside, _, _ := parseSettings([]string{"--data", s.data}, s.environ)
	var err error
	if a.db, err = openDB(t.Context(), beside, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.db.Close() }) // of which only was read
	document := openapitest.Load(t, get(t, s.base+"/caas/v4/openapi.json").Body)
	a.Client = client.New(s.base, secret, client.WithHTTPClient(&http.Client{Transport: document.Transport(http.DefaultTransport)}))
	return a
}

// admin runs a command about the account beside the server and gives the last
// line of what it prints.
func (a *agency) admin(t testing.TB, command ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := slices.Concat(command, []string{"--data", a.server.data, "--account", a.name})
	if code := run(t.Context(), args, a.server.environ, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("%v: exit %d: %s", command, code, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	return lines[len(lines)-1]
}

// set changes settings of the account.
func (a *agency) set(t *testing.T, settings ...string) {
	t.Helper()
	a.admin(t, append([]string{"accounts", "set"}, settings...)...)
}

// pictures is a list of these pictures.
func pictures(urls ...string) []client.MediaSource {
	var media []client.MediaSource
	for _, url := range urls {
		media = append(media, client.MediaSource{URL: url, MediaType: vitrine.Picture})
	}
	return media
}

func (*agency) classified(media ...client.MediaSource) client.ClassifiedInput {
	return client.ClassifiedInput{Portals: []string{"SL"}, Data: struct{}{}, Media: media}
}

// postMedia makes a classified with this list.
func (a *agency) postMedia(t *testing.T, media ...client.MediaSource) client.ClassifiedWritten {
	t.Helper()
	written, err := a.PostClassified(t.Context(), a.classified(media...))
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// post makes a classified with these pictures and waits until it is there.
func (a *agency) post(t *testing.T, urls ...string) (id string) {
	t.Helper()
	id = a.postMedia(t, pictures(urls...)...).ClassifiedID
	a.wait(t, id, 1, vitrine.StatusCreated)
	return id
}

// put gives a classified these pictures and waits for the end of that.
func (a *agency) put(t *testing.T, id string, want vitrine.ListingStatus, urls ...string) client.ClassifiedWritten {
	t.Helper()
	written, err := a.PutClassified(t.Context(), id, a.classified(pictures(urls...)...))
	if err != nil {
		t.Fatal(err)
	}
	a.wait(t, id, written.Revision, want)
	return written
}

// wait waits for the end of a revision, in which the classified shall be in
// that status.
func (a *agency) wait(t *testing.T, id string, revision int64, want vitrine.ListingStatus) client.ClassifiedStatus {
	t.Helper()
	status, err := a.waitEnd(t, id, revision)
	if err != nil {
		t.Fatal(err)
	}
	if status.Status != want || status.Revision != revision {
		t.Fatalf("revision %d ended as %s of revision %d, want %s: %q", revision, status.Status, status.Revision, want, reportsOf(status))
	}
	return status
}

func (a *agency) waitEnd(t *testing.T, id string, revision int64) (client.ClassifiedStatus, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return a.WaitClassified(ctx, id, revision, nil)
}

func (a *agency) media(t *testing.T, id string) []client.ClassifiedMedia {
	t.Helper()
	media, err := a.ClassifiedMedia(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return media
}

// newest gives the newest status.
func (a *agency) newest(t *testing.T, id string) client.ClassifiedStatus {
	t.Helper()
	page, err := a.ClassifiedStatuses(t.Context(), id, 1, "")
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d statuses, %v", len(page.Items), err)
	}
	return page.Items[0]
}

// history gives all statuses, newest first, as "revision STATUS SUBSTATUS".
func (a *agency) history(t *testing.T, id string) (lines []string) {
	t.Helper()
	page, err := a.ClassifiedStatuses(t.Context(), id, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range page.Items {
		lines = append(lines, fmt.Sprintf("%d %s %s", status.Revision, status.Status, status.SubStatus))
	}
	return lines
}

// wantHistory compares the whole history, newest first, with lines of "revision
// STATUS SUBSTATUS".
func (a *agency) wantHistory(t *testing.T, id string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, a.history(t, id)); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}
}

// wantReports compares what a status says about each media with lines of "URL
// STATUS".
func wantReports(t *testing.T, status client.ClassifiedStatus, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, reportsOf(status)); diff != "" {
		t.Errorf("%s of revision %d speaks of these media (-want +got):\n%s", status.Status, status.Revision, diff)
	}
}

func idsOf(media []client.ClassifiedMedia) (ids []string) {
	for _, m := range media {
		ids = append(ids, m.MediaID)
	}
	return ids
}

func urlsOf(media []client.ClassifiedMedia) (urls []string) {
	for _, m := range media {
		urls = append(urls, m.URL)
	}
	return urls
}

// reportsOf gives what a status says about each media, as "URL STATUS".
func reportsOf(status client.ClassifiedStatus) (reports []string) {
	for _, m := range status.MediaStatuses {
		reports = append(reports, m.URL+" "+string(m.Status))
	}
	return reports
}

// pick gives the items at these places.
func pick(items []string, places ...int) (picked []string) {
	for _, i := range places {
		picked = append(picked, items[i])
	}
	return picked
}

func wantIDs(t *testing.T, media []client.ClassifiedMedia, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, idsOf(media)); diff != "" {
		t.Errorf("the media of the list (-want +got):\n%s", diff)
	}
}

// wantPlan compares a plan with lines of "action from to why".
func wantPlan(t *testing.T, written client.ClassifiedWritten, want ...string) {
	t.Helper()
	var got []string
	for _, line := range written.Plan {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %d %s", line.Action, line.From, line.To, line.Why)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
}

func wantRefusal(t *testing.T, err error, status int) {
	t.Helper()
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.StatusCode != status {
		t.Errorf("the answer is %v, want status %d", err, status)
	}
}
