package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// installation is what a server has been given, to be found again on another.
type installation struct {
	*client.Client
	origin   *origin
	receiver *receiver
	hook     client.Webhook
	houseIn  client.ListingInput
	house    client.PutResult
	broken   client.PutResult // with a photo that is missing
	flatIn   client.ClassifiedInput
	flat     client.ClassifiedWritten
	held     client.PutResult // whose photos wait for release
	release  func()
	sent     client.UploadURL // whose bytes are there, unconfirmed
	asked    client.UploadURL // whose bytes have not come; without a media for none
}

// fillServer gives a server something of everything and waits until all but what
// is held back has ended.
func fillServer(t *testing.T, s *server) *installation {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in := &installation{Client: client.New(s.base, s.key(t)), origin: newOrigin(t), receiver: newReceiver(t, nil)}
	var err error
	in.hook, err = in.AddWebhook(t.Context(), in.receiver.URL, nil)
	must(err)

	photos := in.origin.photos(t, 5)
	in.houseIn = listing("house-1", photos[:3]...)
	in.house, err = in.PutListing(t.Context(), in.houseIn)
	must(err)
	in.broken, err = in.PutListing(t.Context(), listing("broken", photos[0], photos[1], in.origin.URL+"/missing"))
	must(err)
	for _, put := range []client.PutResult{in.house, in.broken} {
		_, err = in.WaitJob(t.Context(), put.JobID, nil)
		must(err)
	}
	in.flatIn = client.ClassifiedInput{Portals: []string{"SL"}, Data: map[string]int{"price": 7}, Media: pictures(photos[3]+"?timestamp=1", photos[4])}
	in.flat, err = in.PostClassified(t.Context(), in.flatIn)
	must(err)
	_, err = in.WaitClassified(t.Context(), in.flat.ClassifiedID, 1, nil)
	must(err)

	content := photo(t, 77, 320, 240)
	for id, upload := range map[string]*client.UploadURL{"sent": &in.sent, "asked": &in.asked} {
		*upload, err = in.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg", Size: int64(len(content)), ExternalID: id})
		must(err)
	}
	if status := put(t, in.sent.URL, "image/jpeg", content); status != http.StatusOK {
		t.Fatalf("the upload answered %d", status)
	}
	in.hold(t)
	deliveries(t, in.Client, in.hook.ID)
	return in
}

// hold puts a listing whose downloads the server has begun and can't end.
func (in *installation) hold(t *testing.T) {
	t.Helper()
	released := make(chan struct{})
	in.release = func() { close(released) }
	content := photo(t, 78, 320, 240)
	in.origin.mux.HandleFunc("GET /held/", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-released:
			_, _ = w.Write(slices.Concat(content, []byte(r.URL.Path))) // bytes of its own
		case <-r.Context().Done():
		}
	})
	var err error
	url := in.origin.URL + "/held/"
	in.held, err = in.PutListing(t.Context(), listing("house-2", url+"1", url+"2", url+"3"))
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the downloads to begin", func() bool { return in.origin.count("/held/3") > 0 })
}

// seen is all that anybody can see of what has ended.
type seen struct {
	Public  map[string]reply // by address
	Private []any
}

func (in *installation) look(t *testing.T) seen {
	t.Helper()
	var all seen
	add := func(value any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all.Private = append(all.Private, value)
	}
	urls := []string{in.house.GalleryURL, in.house.PublicURL, in.flat.GalleryURL, in.flat.PublicURL}
	for _, put := range []client.PutResult{in.house, in.broken} {
		job, err := in.Job(t.Context(), put.JobID)
		add(job, err)
		house, err := in.Listing(t.Context(), put.ID)
		add(house, err)
		for _, file := range house.Files {
			media, err := in.Media(t.Context(), file.ID)
			add(media, err)
			timeline, err := in.Timeline(t.Context(), file.ID)
			add(timeline, err)
			if media.Failure == nil {
				urls = append(urls, media.OriginalURL)
			}
			for _, variant := range media.Variants {
				urls = append(urls, variant.URL)
			}
		}
	}
	flat, err := in.Classified(t.Context(), in.flat.ClassifiedID)
	add(flat, err)
	media, err := in.ClassifiedMedia(t.Context(), in.flat.ClassifiedID)
	add(media, err)
	urls = append(urls, firstVariants(media)...)
	statuses, err := in.ClassifiedStatuses(t.Context(), in.flat.ClassifiedID, 100, "")
	add(statuses, err)
	hooks, err := in.Webhooks(t.Context())
	add(hooks, err)
	add(deliveries(t, in.Client, in.hook.ID), nil)
	add(feed(t, in.Client), nil)

	all.Public = map[string]reply{}
	for _, url := range urls {
		answer := get(t, url)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s answered %d", url, answer.StatusCode)
		}
		answer.Header.Del("Date")
		all.Public[url] = answer
	}
	return all
}

// goOn wants the server that has taken over to behave as the old one would.
func (in *installation) goOn(t *testing.T, before seen) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, in.look(t)); diff != "" {
		t.Errorf("what can be seen (-old server +new server)\n%s", diff)
	}
	events := int64(len(feed(t, in.Client)))

	// What is sent again is known.
	house, err := in.PutListing(t.Context(), in.houseIn)
	must(err)
	if house.ID != in.house.ID || house.Created || house.Updated {
		t.Errorf("the same list again gave %+v", house)
	}
	flat, err := in.PutClassified(t.Context(), in.flat.ClassifiedID, in.flatIn)
	must(err)
	wantPlan(t, flat, "keep 0 0", "keep 1 1")
	for path, want := range map[string]int64{"/0.jpg": 2, "/1.jpg": 2, "/2.jpg": 1, "/3.jpg": 1, "/4.jpg": 1, "/missing": 1} {
		if n := in.origin.count(path); n != want {
			t.Errorf("%s was downloaded %d times, want %d", path, n, want)
		}
	}

	// What had begun is done.
	in.release()
	job, err := in.WaitJob(t.Context(), in.held.JobID, nil)
	if must(err); job.Status != vitrine.JobCompleted {
		t.Errorf("the job under way at the move ended as %+v", job)
	}
	uploads := []client.UploadURL{in.sent}
	if in.asked.MediaID > 0 {
		uploads = append(uploads, in.asked)
		if status := put(t, in.asked.URL, "image/jpeg", photo(t, 77, 320, 240)); status != http.StatusOK {
			t.Errorf("an upload to an address of the old server answered %d", status)
		}
	}
	for _, upload := range uploads {
		confirmed, err := in.ConfirmUpload(t.Context(), upload.MediaID)
		must(err)
		if job, err := in.WaitJob(t.Context(), confirmed.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
			t.Errorf("the import of an upload ended as %+v, %v", job, err)
		}
	}

	// What is new has a number of its own, and is told to whom it was told.
	next, err := in.PutListing(t.Context(), draft("house-9"))
	must(err)
	if next.ID <= in.held.ID {
		t.Errorf("a new listing is number %d, after %d", next.ID, in.held.ID)
	}
	for _, e := range feed(t, in.Client)[events:] { // which has no gap
		wait(t, string(e.Type), func() bool {
			for _, m := range in.receiver.messages(e.Type) {
				if strings.HasSuffix(m.ID, fmt.Sprintf("_%d", e.ID)) && signed(t, m, in.hook.Secret) {
					return true
				}
			}
			return false
		})
	}
}

// interrupt stops a server in good order.
func (s *server) interrupt(t *testing.T) {
	t.Helper()
	err := s.cmd.Process.Signal(os.Interrupt)
	if err := errors.Join(err, s.cmd.Wait()); err != nil {
		t.Fatalf("the server ended with %v", err)
	}
}

// trigger is a buffer that calls then when a text has been written.
type trigger struct {
	bytes.Buffer
	text string
	then func()
}

func (w *trigger) Write(p []byte) (int, error) {
	if w.text != "" && bytes.Contains(p, []byte(w.text)) {
		w.then()
	}
	return w.Buffer.Write(p)
}
