package listingsapi

import (
	"context"
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

const maxFilename = 255 // characters

type uploadInput struct {
	Body body[uploadRequest]
}

type uploadOutput struct {
	Body UploadRequested
}

// requestUpload gives leave to upload one file (section 3.6).
func (a *api) requestUpload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	want, err := parseUpload(in.Body.raw)
	if err != nil {
		return nil, err
	}
	upload, err := a.gallery.RequestUpload(ctx, accountOf(ctx).ID, want)
	if err != nil {
		return nil, err
	}
	return &uploadOutput{a.uploadRequested(upload)}, nil
}

func parseUpload(raw json.RawMessage) (want gallery.UploadInput, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if r.hold(ok, "the request body must be an object") {
		want = readUpload(o)
	}
	return want, r.err()
}

// readUpload reads what is going to be uploaded. The name of the file is
// checked and not kept: the product knows files by their ids.
func readUpload(o object) gallery.UploadInput {
	var want gallery.UploadInput
	if o.rules.hold(o.has("contentType"), "contentType is required") {
		var ok bool
		if want.ContentType, ok = o.text("contentType"); ok {
			o.rules.oneOf("contentType", want.ContentType, fileTypes())
		}
	}
	if name, ok := o.text("filename"); ok {
		o.rules.hold(utf8.RuneCountInString(name) <= maxFilename, "filename must be at most %d characters", maxFilename)
	}
	want.Size, _ = o.id("size") // positive and whole, as an id is
	want.ExternalID = readExternalID(o)
	return want
}

func (a *api) uploadRequested(upload gallery.Upload) UploadRequested {
	headers := make(map[string]string, len(upload.Header))
	for name := range upload.Header {
		headers[name] = upload.Header.Get(name)
	}
	return UploadRequested{
		MediaID:    upload.Media.ID,
		UploadURL:  upload.URL,
		Method:     http.MethodPut,
		Headers:    headers,
		ExternalID: orNull(upload.Media.ExternalID),
		ExpiresAt:  timestamp(upload.ExpiresAt),
		ExpiresIn:  int(a.limits.UploadTime.Seconds()),
	}
}

type confirmOutput struct {
	Body Imported
}

// confirmUpload ends an upload and begins its import (section 3.6).
func (a *api) confirmUpload(ctx context.Context, in *idInput) (*confirmOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	confirmed, err := a.gallery.ConfirmUpload(ctx, accountOf(ctx).ID, gallery.Ref{ID: id})
	if err != nil {
		return nil, err
	}
	return &confirmOutput{importedOf(&confirmed.Media, confirmed.JobID)}, nil
}
