package main

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// TestUpload sends three photos by signed upload, publishes them, and deletes
// one for good, on both set-ups.
func TestUpload(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testUpload(t, setUp(t))
		})
	}
}

func testUpload(t *testing.T, s *server) {
	c := newClient(t, s)
	in := client.ListingInput{ExternalID: "house-1", Status: vitrine.StatusActive}
	for i := range 3 {
		content := photo(t, uint64(i), 320, 240)
		id := "photo-" + string(rune('a'+i))
		request := client.UploadInput{ContentType: "image/jpeg", Size: int64(len(content)), ExternalID: id}
		upload, err := c.RequestUpload(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if status := put(t, upload.URL, "image/png", content); status != http.StatusForbidden {
			t.Errorf("another type answered %d", status)
		}
		if status := put(t, upload.URL, "image/jpeg", content[1:]); status != http.StatusForbidden {
			t.Errorf("another length answered %d", status)
		}
		if status := put(t, upload.URL+"0", "image/jpeg", content); status != http.StatusForbidden {
			t.Errorf("an altered signature answered %d", status)
		}
		if _, err := c.ConfirmUpload(t.Context(), upload.MediaID); err == nil {
			t.Error("an upload without bytes was confirmed")
		}
		for range 2 {
			if status := put(t, upload.URL, "image/jpeg", content); status != http.StatusOK {
				t.Fatalf("the upload answered %d", status)
			}
		}
		first, err := c.ConfirmUpload(t.Context(), upload.MediaID)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := c.ConfirmUpload(t.Context(), upload.MediaID); err != nil || second.JobID != first.JobID {
			t.Errorf("confirmed again: job %d, %v; want %d", second.JobID, err, first.JobID)
		}
		in.Files = append(in.Files, client.File{ExternalID: id})
	}
	published, err := c.PutListing(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), published.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	checkGallery(t, published.GalleryURL, "upload/", 3)

	media, err := c.MediaByExternalID(t.Context(), "photo-b")
	if err != nil {
		t.Fatal(err)
	}
	checkMedia(t, c, media.ID, photo(t, 1, 320, 240))
	if err := c.DeleteMedia(t.Context(), media.ID); err != nil {
		t.Fatal(err)
	}
	checkGallery(t, published.GalleryURL, "upload/", 2)
	for _, variant := range media.Variants {
		if response := get(t, variant.URL); response.StatusCode != http.StatusNotFound {
			t.Errorf("variant %s of a deleted photo answered %d", variant.VariantSize, response.StatusCode)
		}
	}
}

// put sends bytes as a client without a key does.
func put(t *testing.T, url, contentType string, content []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}
