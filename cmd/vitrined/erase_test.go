package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/blob"
)

// TestErase erases a photo that was downloaded, one that was uploaded, and a
// classified, on both set-ups: nothing is left of them but the receipt, and they
// are refused from then on.
func TestErase(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgency(t, setUp(t))
			a.set(t, "refuse-erased=true")
			a.testEraseMedia(t)
			a.testEraseUpload(t)
			a.testEraseClassified(t)
		})
	}
}

// objects are the keys of all that is stored.
func (s *server) objects(t *testing.T) (keys []string) {
	t.Helper()
	beside, _, _ := parseSettings([]string{"--data", s.data}, s.environ)
	blobs, err := blob.OpenReader(t.Context(), beside.blobsURL(), s.environ...)
	if err != nil {
		t.Fatal(err)
	}
	for info, err := range blobs.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if err := blobs.Close(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// wantErased waits for the end of an erasure, after which what it lists, and
// only that, is gone.
func (a *agency) wantErased(t *testing.T, e client.Erasure, before []string) {
	t.Helper()
	wait(t, "the erasure to end", func() bool {
		now, err := a.Erasure(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.Status == vitrine.ErasureEnded
	})
	left := slices.DeleteFunc(slices.Clone(before), func(key string) bool { return slices.Contains(e.Keys, key) })
	for _, key := range e.Keys {
		if !slices.Contains(before, key) && !strings.HasPrefix(key, "upload/") { // which may be gone by then
			t.Errorf("the receipt lists %s, which was not there", key)
		}
	}
	if diff := cmp.Diff(left, a.server.objects(t)); diff != "" {
		t.Errorf("stored objects (-want +got)\n%s", diff)
	}
	for _, url := range e.URLs {
		if answer := get(t, url); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", url, answer.StatusCode)
		}
	}
	page, err := a.Events(t.Context(), 0, 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, event := range page.Items {
		if event.Type == vitrine.EventURLsPurged {
			told = append(told, event.Data.URLs...)
		}
	}
	for _, url := range e.URLs {
		if !slices.Contains(told, url) {
			t.Errorf("no event tells that %s is gone", url)
		}
	}
	if len(left) == len(before) || len(e.URLs) == 0 {
		t.Errorf("nothing was erased: %+v", e)
	}
}

// ended waits for the end of an import and gives its file.
func (a *agency) ended(t *testing.T, media, job int64) client.Media {
	t.Helper()
	if _, err := a.WaitJob(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	m, err := a.Media(t.Context(), media)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func wantRefusedAsErased(t *testing.T, failure *client.Failure) {
	t.Helper()
	if failure == nil || failure.Code != vitrine.Erased {
		t.Errorf("sent again it ended with %+v, want the failure %s", failure, vitrine.Erased)
	}
}

func (a *agency) testEraseMedia(t *testing.T) {
	o := newOrigin(t)
	urls := append(o.photos(t, 3), o.serve("/gone.jpg", photo(t, 50, 1200, 900)))
	put, err := a.PutListing(t.Context(), listing("house-1", urls...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := a.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	view, err := a.Listing(t.Context(), put.ID)
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.Media(t.Context(), view.Files[3].ID)
	if err != nil {
		t.Fatal(err)
	}
	before := a.server.objects(t)
	e, err := a.EraseMedia(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range m.Variants {
		if !slices.Contains(e.URLs, v.URL) {
			t.Errorf("the receipt lacks %s: %q", v.URL, e.URLs)
		}
	}
	a.wantErased(t, e, before)
	if answer := get(t, m.OriginalURL); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the original answers %d", answer.StatusCode)
	}
	view, err = a.Listing(t.Context(), put.ID)
	if err != nil || len(view.Files) != 3 || view.Status() != vitrine.StatusActive {
		t.Errorf("the listing is left as %+v, %v", view, err)
	}

	again, err := a.UploadFromURL(t.Context(), urls[3], "")
	if err != nil {
		t.Fatal(err)
	}
	wantRefusedAsErased(t, a.ended(t, again.MediaID, again.JobID).Failure)
	neighbour := &agency{Client: client.New(a.server.base, a.server.key(t)), server: a.server}
	theirs, err := neighbour.UploadFromURL(t.Context(), urls[3], "")
	if err != nil {
		t.Fatal(err)
	}
	if m := neighbour.ended(t, theirs.MediaID, theirs.JobID); m.Optimization != client.Success {
		t.Errorf("sent by another account it ended with %+v", m.Failure)
	}
}

func (a *agency) testEraseUpload(t *testing.T) {
	content := photo(t, 60, 640, 480)
	send := func() client.Media {
		t.Helper()
		upload, err := a.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg", Size: int64(len(content))})
		if err != nil {
			t.Fatal(err)
		}
		if status := put(t, upload.URL, "image/jpeg", content); status != http.StatusOK {
			t.Fatalf("the upload answered %d", status)
		}
		confirmed, err := a.ConfirmUpload(t.Context(), upload.MediaID)
		if err != nil {
			t.Fatal(err)
		}
		return a.ended(t, upload.MediaID, confirmed.JobID)
	}
	m := send()
	before := a.server.objects(t)
	e, err := a.EraseMedia(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	a.wantErased(t, e, before)
	wantRefusedAsErased(t, send().Failure)
}

func (a *agency) testEraseClassified(t *testing.T) {
	o := newOrigin(t)
	urls := []string{o.serve("/flat-1.jpg", photo(t, 70, 640, 480)), o.serve("/flat-2.jpg", photo(t, 71, 640, 480)), o.serve("/both.jpg", photo(t, 72, 640, 480))}
	id, other := a.post(t, urls...), a.post(t, urls[2])
	before := a.server.objects(t)
	e, err := a.EraseClassified(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	a.wantErased(t, e, before)
	now, err := a.ClassifiedErasure(t.Context(), e.ID)
	if err != nil || now.Status != vitrine.ErasureEnded || now.EndedAt.IsZero() {
		t.Errorf("the receipt is %+v, %v", now, err)
	}
	for _, v := range a.media(t, other)[0].Variants {
		if answer := get(t, v.URL); answer.StatusCode != http.StatusOK {
			t.Errorf("a picture that another classified has answers %d", answer.StatusCode)
		}
	}
	again := a.postMedia(t, pictures(urls[0])...)
	a.wait(t, again.ClassifiedID, 1, vitrine.StatusCreatedWithMediaError)
	wantRefusedAsErased(t, a.media(t, again.ClassifiedID)[0].Failure)
}
