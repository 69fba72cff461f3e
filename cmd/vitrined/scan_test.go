package main

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/clamtest"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// scannedSetUps are setUps with a virus scanner.
var scannedSetUps = map[string]func(t *testing.T, clamd *clamtest.Server) *server{
	"folder": func(t *testing.T, clamd *clamtest.Server) *server {
		return start(t, t.TempDir(), freeAddress(t), "--scan", clamd.URL)
	},
	"postgres and s3": func(t *testing.T, clamd *clamtest.Server) *server {
		bucket, environ := s3test.Start(t)
		environ = append(environ, "VITRINE_DB="+pgtest.Start(t), "VITRINE_BLOBS="+bucket, "VITRINE_SCAN="+clamd.SocketURL)
		return startWith(t, t.TempDir(), freeAddress(t), environ)
	},
}

// infected is a picture that is shown like any other, with EICAR after its end.
func infected(picture []byte) []byte { return append(bytes.Clone(picture), clamtest.EICAR()...) }

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stages gives the lines of a timeline: the stage and how it ended.
func stages(timeline []client.Attempt) (lines []string) {
	for _, a := range timeline {
		line := a.Stage + " ok"
		if a.Failure != nil {
			line = a.Stage + " " + string(a.Failure.Code)
		}
		lines = append(lines, line)
	}
	return lines
}

// wantStages wants the timeline of a media to be these lines.
func wantStages(t *testing.T, c *client.Client, media int64, want ...string) {
	t.Helper()
	timeline, err := c.Timeline(t.Context(), media)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, stages(timeline)); diff != "" {
		t.Errorf("timeline of media %d (-want +got)\n%s", media, diff)
	}
}

// TestScan has a scanner look at all that comes, by both APIs and by upload.
func TestScan(t *testing.T) {
	t.Parallel()
	for name, setUp := range scannedSetUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUp(t, clamtest.Start(t))
			c := newClient(t, s)
			o := newOrigin(t)
			good := o.photos(t, 3)
			bad := []string{o.serve("/bad.jpg", infected(photo(t, 9, 320, 240))), o.serve("/bad.png", infected(pngOf(t, 320, 240)))}
			testScannedListing(t, c, o.URL, good, bad)
			testScannedClassified(t, c, good, bad)
			testScannedUpload(t, c)
		})
	}
}

func testScannedListing(t *testing.T, c *client.Client, origin string, good, bad []string) {
	put, err := c.PutListing(t.Context(), listing("house-1", slices.Concat(good, bad)...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	view, err := c.Listing(t.Context(), put.ID)
	if err != nil || len(view.Files) != 5 {
		t.Fatalf("the listing is %+v, %v", view, err)
	}
	for _, file := range view.Files[:3] {
		wantStages(t, c, file.ID, "fetch ok", "scan ok", "optimise ok")
	}
	for _, file := range view.Files[3:] {
		wantInfected(t, c, file.ID, "fetch ok", "scan infected")
	}
	checkGallery(t, put.GalleryURL, origin, 3)
}

// wantInfected wants a media to have failed for what was found in it, and to
// show nothing.
func wantInfected(t *testing.T, c *client.Client, id int64, timeline ...string) {
	t.Helper()
	media, err := c.Media(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if media.Optimization != client.Failed || media.Failure == nil || media.Failure.Code != vitrine.Infected || media.Failure.Owner != vitrine.OwnerSender {
		t.Errorf("the media is %s, %+v", media.Optimization, media.Failure)
	}
	if len(media.Variants) > 0 || media.OriginalURL != "" {
		t.Errorf("it can be had: %s, %v", media.OriginalURL, media.Variants)
	}
	wantStages(t, c, id, timeline...)
}

// testScannedClassified sends the bytes of the listing again. Those that were
// clean are not scanned again, those that were not are.
func testScannedClassified(t *testing.T, c *client.Client, good, bad []string) {
	urls := []string{good[0], bad[0], bad[1]}
	written, err := c.PostClassified(t.Context(), scannedClassified(urls...))
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil)
	if err != nil || status.Status != vitrine.StatusCreatedWithMediaError || status.Message != "2 of 3 media could not be had; see mediaStatuses for each" {
		t.Fatalf("the classified is %s: %s, %v", status.Status, status.Message, err)
	}
	wants := []struct {
		status   vitrine.MediaStatus
		sub      string
		timeline []string
		variants int
	}{
		{vitrine.MediaAVCleaned, "", []string{"fetch ok"}, 3},
		{vitrine.MediaAVScanned, "infected", []string{"fetch ok", "scan infected"}, 0},
		{vitrine.MediaAVScanned, "infected", []string{"fetch ok", "scan infected"}, 0},
	}
	shown, err := c.ClassifiedMedia(t.Context(), written.ClassifiedID)
	if err != nil || len(shown) != len(wants) || len(status.MediaStatuses) != len(wants) {
		t.Fatalf("the media are %+v, of the status %+v, %v", shown, status.MediaStatuses, err)
	}
	for i, want := range wants {
		if line := status.MediaStatuses[i]; line.Status != want.status || line.SubStatus != want.sub || line.URL != urls[i] {
			t.Errorf("media %d is told as %+v, want %s %s", i, line, want.status, want.sub)
		}
		if m := shown[i]; m.Status != want.status || len(m.Variants) != want.variants || (m.Failure == nil) != (want.sub == "") {
			t.Errorf("media %d is %+v, want %s", i, m, want.status)
		}
		timeline, err := c.ClassifiedMediaTimeline(t.Context(), written.ClassifiedID, shown[i].MediaID)
		if diff := cmp.Diff(want.timeline, stages(timeline)); diff != "" || err != nil {
			t.Errorf("timeline of media %d: %v (-want +got)\n%s", i, err, diff)
		}
	}
}

func scannedClassified(urls ...string) client.ClassifiedInput {
	in := client.ClassifiedInput{Data: struct{}{}}
	for _, url := range urls {
		in.Media = append(in.Media, client.MediaSource{URL: url, MediaType: vitrine.Picture})
	}
	return in
}

func testScannedUpload(t *testing.T, c *client.Client) {
	content := photo(t, 10, 320, 240)
	for _, tc := range []struct {
		content []byte
		want    vitrine.JobStatus
	}{
		{content, vitrine.JobCompleted},
		{infected(content), vitrine.JobFailed},
	} {
		to, err := c.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg"})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SendUpload(t.Context(), to, bytes.NewReader(tc.content), int64(len(tc.content)), nil); err != nil {
			t.Fatal(err)
		}
		confirmed, err := c.ConfirmUpload(t.Context(), to.MediaID)
		if err != nil {
			t.Fatal(err)
		}
		if job, err := c.WaitJob(t.Context(), confirmed.JobID, nil); err != nil || job.Status != tc.want {
			t.Errorf("the job ended as %+v, %v; want %s", job, err, tc.want)
		}
		if tc.want == vitrine.JobFailed {
			wantInfected(t, c, to.MediaID, "fetch ok", "scan infected")
		} else {
			wantStages(t, c, to.MediaID, "fetch ok", "scan ok", "optimise ok")
		}
	}
}

// TestScannerDown has everything wait while there is no scanner, also past a
// restart, and go on by itself.
func TestScannerDown(t *testing.T) {
	t.Parallel()
	clamd := clamtest.Start(t)
	clamd.Stop()
	data, address := t.TempDir(), freeAddress(t)
	s := start(t, data, address, "--scan", clamd.URL)
	c := newClient(t, s)
	o := newOrigin(t)
	good := o.photos(t, 3)
	put, err := c.PutListing(t.Context(), listing("house-1", good...))
	if err != nil {
		t.Fatal(err)
	}
	urls := []string{o.serve("/only.jpg", photo(t, 20, 320, 240)), o.serve("/bad.jpg", infected(photo(t, 21, 320, 240)))}
	written, err := c.PostClassified(t.Context(), scannedClassified(urls...))
	if err != nil {
		t.Fatal(err)
	}
	shown := func() []client.ClassifiedMedia {
		t.Helper()
		media, err := c.ClassifiedMedia(t.Context(), written.ClassifiedID)
		if err != nil {
			t.Fatal(err)
		}
		return media
	}
	timeline := func(media string) []string {
		t.Helper()
		attempts, err := c.ClassifiedMediaTimeline(t.Context(), written.ClassifiedID, media)
		if err != nil {
			t.Fatal(err)
		}
		return stages(attempts)
	}
	waiting := func() {
		t.Helper()
		for _, m := range shown() {
			if m.Status != vitrine.MediaAVScanning || m.Failure != nil || len(m.Variants) > 0 {
				t.Errorf("media %s is %+v", m.MediaID, m)
			}
			if diff := cmp.Diff([]string{"fetch ok", "scan internal"}, timeline(m.MediaID)); diff != "" {
				t.Errorf("timeline (-want +got)\n%s", diff)
			}
		}
		if response := get(t, put.GalleryURL); response.StatusCode != http.StatusNotFound {
			t.Errorf("the gallery of what was not scanned answered %d", response.StatusCode)
		}
	}
	tried := func() bool {
		return !slices.ContainsFunc(shown(), func(m client.ClassifiedMedia) bool { return len(timeline(m.MediaID)) < 2 })
	}
	wait(t, "the scanner to be looked for", tried)
	waiting()
	wait(t, "it to be looked for again", func() bool { return bytes.Contains([]byte(s.log.String()), []byte("virus scanner is down")) })
	waiting()
	s.kill()
	s = start(t, data, address, "--scan", clamd.URL)
	c = newClient(t, s)
	wait(t, "it to be looked for after a restart", func() bool { return bytes.Contains([]byte(s.log.String()), []byte("virus scanner is down")) })
	waiting()

	clamd.Start()
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	checkGallery(t, put.GalleryURL, o.URL, 3)
	status, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil)
	if err != nil || status.Status != vitrine.StatusCreatedWithMediaError || status.MediaStatuses[0].Status != vitrine.MediaAVCleaned || status.MediaStatuses[1].Status != vitrine.MediaAVScanned {
		t.Errorf("the classified is %+v, %v", status, err)
	}
	if diff := cmp.Diff([]string{"fetch ok", "scan internal", "scan ok", "optimise ok"}, timeline(shown()[0].MediaID)); diff != "" {
		t.Errorf("timeline (-want +got)\n%s", diff)
	}
}

// TestScanLater puts a scanner before a server that had none: what is there
// stays as it is, and its bytes are scanned when they are sent again.
func TestScanLater(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	s := start(t, data, address)
	c := newClient(t, s)
	o := newOrigin(t)
	clean, dirty := photo(t, 30, 320, 240), infected(photo(t, 31, 320, 240))
	sent := func(path string, want vitrine.ListingStatus, each ...vitrine.MediaStatus) client.ClassifiedStatus {
		t.Helper()
		urls := []string{o.serve(path+"/clean.jpg", clean), o.serve(path+"/dirty.jpg", dirty)}
		written, err := c.PostClassified(t.Context(), scannedClassified(urls...))
		if err != nil {
			t.Fatal(err)
		}
		status, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil)
		if err != nil || status.Status != want {
			t.Fatalf("the classified is %s, %v; want %s", status.Status, err, want)
		}
		var got []vitrine.MediaStatus
		for _, line := range status.MediaStatuses {
			got = append(got, line.Status)
		}
		if diff := cmp.Diff(each, got); diff != "" {
			t.Errorf("media (-want +got)\n%s", diff)
		}
		return status
	}
	before := sent("/before", vitrine.StatusCreated, vitrine.MediaDownloaded, vitrine.MediaDownloaded)
	s.kill()
	s = start(t, data, address, "--scan", clamtest.Start(t).URL)
	c = newClient(t, s)
	after := sent("/after", vitrine.StatusCreatedWithMediaError, vitrine.MediaAVCleaned, vitrine.MediaAVScanned)
	timelines := [][]string{{"fetch ok", "scan ok"}, {"fetch ok", "scan infected"}}
	for i, line := range after.MediaStatuses {
		timeline, err := c.ClassifiedMediaTimeline(t.Context(), after.ClassifiedID, line.MediaID)
		if diff := cmp.Diff(timelines[i], stages(timeline)); diff != "" || err != nil {
			t.Errorf("timeline: %v (-want +got)\n%s", err, diff)
		}
	}
	old, err := c.ClassifiedMedia(t.Context(), before.ClassifiedID)
	if err != nil || len(old) != 2 || len(old[0].Variants) != 3 {
		t.Errorf("what was there is %+v, %v", old, err)
	}
}
