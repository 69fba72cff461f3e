package gallery_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// send does what a client does with the signed URL.
func (f fixture) send(ctx context.Context, upload gallery.Upload, contentType, body string) error {
	u, err := url.Parse(upload.URL)
	if err != nil {
		return err
	}
	_, err = f.ReceiveUpload(ctx, strings.TrimPrefix(u.Path, gallery.UploadPath), u.Query(), contentType, int64(len(body)), strings.NewReader(body))
	return err
}

func (f fixture) uploaded(t *testing.T, m vitrine.Media) string {
	t.Helper()
	object, err := f.blobs.Open(t.Context(), gallery.UploadKey(m.UUID))
	if errors.Is(err, blob.ErrNotFound) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(object)
	if err := errors.Join(err, object.Close()); err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestUpload(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := gallery.UploadInput{ContentType: "image/heic", ExternalID: "photo-1"}
		upload, err := f.RequestUpload(t.Context(), f.account, in)
		if err != nil {
			t.Fatal(err)
		}
		ref := gallery.Ref{ID: upload.Media.ID}
		if _, err := f.ConfirmUpload(t.Context(), f.account, ref); vitrine.CodeOf(err) != vitrine.CodeInvalid || !strings.Contains(err.Error(), "File has not been uploaded") {
			t.Errorf("confirming without bytes gave %v", err)
		}
		again, err := f.RequestUpload(t.Context(), f.account, in)
		if err != nil || again.Media.ID != upload.Media.ID {
			t.Errorf("a second request gave media %d, %v", again.Media.ID, err)
		}
		for _, body := range []string{"first", "second"} {
			if err := f.send(t.Context(), again, "image/heic", body); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.uploaded(t, upload.Media); got != "second" {
			t.Errorf("the bucket has %q", got)
		}
		f.later(time.Hour) // the upload was in time
		first, err := f.ConfirmUpload(t.Context(), f.account, gallery.Ref{ExternalID: "photo-1"})
		if err != nil || first.JobID == 0 || first.Media.State != vitrine.MediaPending {
			t.Fatalf("confirming gave %+v, %v", first, err)
		}
		second, err := f.ConfirmUpload(t.Context(), f.account, ref)
		if err != nil || second.JobID != first.JobID {
			t.Errorf("confirming again gave job %d, %v; want %d", second.JobID, err, first.JobID)
		}
		f.later(-time.Hour)
		if err := f.send(t.Context(), upload, "image/heic", "third"); vitrine.CodeOf(err) != vitrine.CodeConflict {
			t.Errorf("uploading after the confirmation gave %v", err)
		}
		if _, err := f.RequestUpload(t.Context(), f.account, in); vitrine.CodeOf(err) != vitrine.CodeConflict {
			t.Errorf("an upload for a file that is there gave %v", err)
		}
	})
}

func TestSignedURL(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		request := func(in gallery.UploadInput) gallery.Upload {
			upload, err := f.RequestUpload(t.Context(), f.account, in)
			if err != nil {
				t.Fatal(err)
			}
			return upload
		}
		good := request(gallery.UploadInput{ContentType: "image/jpeg", Size: 5})
		altered := func(name, value string) gallery.Upload {
			u, err := url.Parse(good.URL)
			if err != nil {
				t.Fatal(err)
			}
			query := u.Query()
			query.Set(name, value)
			u.RawQuery = query.Encode()
			return gallery.Upload{Media: good.Media, URL: u.String()}
		}
		other := request(gallery.UploadInput{ContentType: "image/jpeg", Size: 5})
		swapped := gallery.Upload{URL: strings.Replace(good.URL, good.Media.UUID, other.Media.UUID, 1)}
		for name, test := range map[string]struct {
			upload            gallery.Upload
			contentType, body string
			want              vitrine.ErrorCode
		}{
			"another type":        {good, "image/png", "12345", vitrine.CodeForbidden},
			"longer than told":    {good, "image/jpeg", "123456", vitrine.CodeForbidden},
			"more time":           {altered("expires", "9999999999"), "image/jpeg", "12345", vitrine.CodeForbidden},
			"no time":             {altered("expires", ""), "image/jpeg", "12345", vitrine.CodeForbidden},
			"type changed":        {altered("type", "image/png"), "image/png", "12345", vitrine.CodeForbidden},
			"size changed":        {altered("size", "6"), "image/jpeg", "123456", vitrine.CodeForbidden},
			"size not a number":   {altered("size", "x"), "image/jpeg", "12345", vitrine.CodeForbidden},
			"another's signature": {altered("signature", "00"), "image/jpeg", "12345", vitrine.CodeForbidden},
			"another's media":     {swapped, "image/jpeg", "12345", vitrine.CodeForbidden},
		} {
			if err := f.send(t.Context(), test.upload, test.contentType, test.body); vitrine.CodeOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		}
		u, err := url.Parse(good.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReceiveUpload(t.Context(), good.Media.UUID, u.Query(), "image/jpeg", 5, strings.NewReader("123")); vitrine.CodeOf(err) != vitrine.CodeInvalid {
			t.Errorf("a short body gave %v", err)
		}
		free := request(gallery.UploadInput{ContentType: "image/jpeg"})
		u, err = url.Parse(free.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReceiveUpload(t.Context(), free.Media.UUID, u.Query(), "image/jpeg", 50_000_001, strings.NewReader("")); vitrine.CodeOf(err) != vitrine.CodeTooLarge {
			t.Errorf("a large body gave %v", err)
		}
		if got := f.uploaded(t, good.Media) + f.uploaded(t, free.Media); got != "" {
			t.Errorf("the bucket has kept %q", got)
		}
		f.later(31 * time.Minute)
		if err := f.send(t.Context(), good, "image/jpeg", "12345"); vitrine.CodeOf(err) != vitrine.CodeForbidden {
			t.Errorf("an expired URL gave %v", err)
		}
	})
}

// A video may have more bytes than a photo: when it is announced, when it is
// sent, and when it is confirmed.
func TestUploadLimits(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		const photo, video = 50_000_000, 500_000_000 // DefaultLimits
		for _, test := range []struct {
			contentType string
			size        int64
			want        vitrine.ErrorCode
		}{
			{"image/jpeg", photo, ""},
			{"image/jpeg", photo + 1, vitrine.CodeTooLarge},
			{"video/mp4", photo + 1, ""},
			{"video/quicktime", video, ""},
			{"video/x-msvideo", video + 1, vitrine.CodeTooLarge},
		} {
			_, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: test.contentType, Size: test.size})
			if (test.want == "") != (err == nil) || test.want != "" && vitrine.CodeOf(err) != test.want {
				t.Errorf("%d bytes of %s announced: %v, want %q", test.size, test.contentType, err, test.want)
			}
			upload, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: test.contentType})
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(upload.URL)
			if err != nil {
				t.Fatal(err)
			}
			want := test.want
			if want == "" {
				want = vitrine.CodeInvalid // the size is right; the bytes end early
			}
			_, err = f.ReceiveUpload(t.Context(), upload.Media.UUID, u.Query(), test.contentType, test.size, strings.NewReader("x"))
			if vitrine.CodeOf(err) != want {
				t.Errorf("%d bytes of %s sent: %v, want %q", test.size, test.contentType, err, want)
			}
		}
	})
}

// A job tells how far the encoding of its video has come, until it ends.
func TestJobProgress(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		imported, err := f.Import(t.Context(), f.account, "https://origin.example/tour.mp4", "tour")
		if err != nil {
			t.Fatal(err)
		}
		progress := func(job int64) int {
			t.Helper()
			view, err := f.Job(t.Context(), f.account, job)
			if err != nil {
				t.Fatal(err)
			}
			return view.Progress
		}
		f.fetched(t, imported.Media, "sha-tour")
		if err := f.Encoding(t.Context(), noFinish, "sha-tour", 41); err != nil {
			t.Fatal(err)
		}
		if got := progress(imported.JobID); got != 41 {
			t.Errorf("the job is at %d%%, want 41%%", got)
		}
		if err := f.Encoding(t.Context(), noFinish, "sha-tour", 100); err != nil {
			t.Fatal(err)
		}
		f.optimised(t, "sha-tour")
		if got := progress(imported.JobID); got != 0 {
			t.Errorf("the job has ended and is at %d%%", got)
		}
		again, err := f.Retry(t.Context(), f.account, imported.Media.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := progress(again.JobID); got != 0 {
			t.Errorf("a new job begins at %d%%", got)
		}
		if err := f.DeleteMedia(t.Context(), f.account, gallery.Ref{ID: imported.Media.ID}); err != nil {
			t.Fatal(err)
		}
		if got := progress(again.JobID); got != 0 {
			t.Errorf("the job of a deleted media is at %d%%", got)
		}
	})
}

// An upload that is not confirmed goes after a day, and its media with it; one
// that is confirmed leaves nothing but its media.
func TestPurgeUploads(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		var uploads []gallery.Upload
		for _, name := range []string{"left", "confirmed"} {
			upload, err := f.RequestUpload(t.Context(), f.account, gallery.UploadInput{ContentType: "image/jpeg", ExternalID: name})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.send(t.Context(), upload, "image/jpeg", name); err != nil {
				t.Fatal(err)
			}
			uploads = append(uploads, upload)
		}
		if _, err := f.ConfirmUpload(t.Context(), f.account, gallery.Ref{ExternalID: "confirmed"}); err != nil {
			t.Fatal(err)
		}
		f.later(23 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Media(t.Context(), f.account, gallery.Ref{ExternalID: "left"}); err != nil {
			t.Errorf("an upload of yesterday is gone: %v", err)
		}
		f.later(2 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Media(t.Context(), f.account, gallery.Ref{ExternalID: "left"}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("an upload that was not confirmed is still there: %v", err)
		}
		if _, err := f.Media(t.Context(), f.account, gallery.Ref{ExternalID: "confirmed"}); err != nil {
			t.Errorf("a confirmed upload is gone: %v", err)
		}
		if _, err := f.ConfirmUpload(t.Context(), f.account, gallery.Ref{ID: uploads[0].Media.ID}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
			t.Errorf("confirming a purged upload gave %v", err)
		}
	})
}

func TestBulk(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		results, err := f.BulkMedia(t.Context(), f.account, []gallery.MediaOp{
			{Op: gallery.OpImport, URL: "https://origin.example/a", ExternalID: "a"},
			{Op: gallery.OpLink, Ref: gallery.Ref{ID: 999}, ExternalID: "b"},
			{Op: gallery.OpImport, URL: "https://origin.example/elsewhere", ExternalID: "a"},
			{Op: gallery.OpRequestUpload, Upload: gallery.UploadInput{ContentType: "image/jpeg", ExternalID: "u"}},
			{Op: gallery.OpConfirmUpload, Ref: gallery.Ref{ExternalID: "a"}},
			{Op: gallery.OpDelete, Ref: gallery.Ref{ExternalID: "a"}},
			{Op: gallery.OpImport, URL: "https://origin.example/new", ExternalID: "a"},
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, result := range results {
			got = append(got, result.Err == nil)
		}
		if diff := cmp.Diff([]bool{true, false, true, true, false, true, true}, got); diff != "" {
			t.Fatalf("succeeded (-want +got)\n%s", diff)
		}
		if results[0].Media.ID != results[2].Media.ID || results[0].JobID != results[2].JobID {
			t.Error("a repeated external id gave another file or another download")
		}
		if results[6].Media.ID == results[0].Media.ID {
			t.Error("the deleted file came back")
		}
		if results[3].Upload == nil || results[3].Upload.URL == "" {
			t.Error("the upload has no URL")
		}
	})
}

func TestValidateListing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := gallery.ListingInput{Ref: gallery.Ref{ExternalID: "house-1"}, Status: vitrine.StatusActive, Files: files("a", "b", "c")}
		if err := f.ValidateListing(t.Context(), f.account, in); err != nil {
			t.Error(err)
		}
		in.Files = files("a")
		if err := f.ValidateListing(t.Context(), f.account, in); vitrine.CodeOf(err) != vitrine.CodeInvalid {
			t.Errorf("one photo gave %v", err)
		}
		if _, total, err := f.Listings(t.Context(), f.account, 1, 10); err != nil || total != 0 {
			t.Errorf("validating saved %d listings, %v", total, err)
		}
	})
}

func TestIdempotent(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		begin := func(request string, want vitrine.ErrorCode) *gallery.SavedAnswer {
			t.Helper()
			saved, err := f.BeginIdempotent(t.Context(), f.account, "key", request)
			if (want == "") != (err == nil) || want != "" && vitrine.CodeOf(err) != want {
				t.Fatalf("request %s gave %v, want %q", request, err, want)
			}
			return saved
		}
		begin("one", "")
		begin("one", vitrine.CodeConflict)
		begin("two", vitrine.CodeUnprocessable)
		if err := f.DropIdempotent(t.Context(), f.account, "key"); err != nil {
			t.Fatal(err)
		}
		begin("one", "")
		f.later(3 * time.Minute) // its server has died
		begin("one", "")
		answer := gallery.SavedAnswer{Status: 201, ContentType: "application/json", Body: []byte(`{"a":1}`)}
		if err := f.EndIdempotent(t.Context(), f.account, "key", answer); err != nil {
			t.Fatal(err)
		}
		f.later(23 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&answer, begin("one", "")); diff != "" {
			t.Errorf("the answer (-want +got)\n%s", diff)
		}
		begin("two", vitrine.CodeUnprocessable)
		f.later(2 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if begin("two", "") != nil {
			t.Error("the answer outlived its day")
		}
	})
}
