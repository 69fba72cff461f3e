package resumable

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// created is called by tusd before it makes an upload. dataStore.NewUpload
// finds the record in the turn.
func (h *Handler) created(event handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	t := turnOf(event.Context)
	rec, err := h.accept(event.Context, t.caller.Account.ID, event.Upload.Size, event.HTTPRequest.Header)
	if err != nil {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, t.failed(err)
	}
	t.rec = rec
	response := handler.HTTPResponse{Header: handler.HTTPHeader{}}
	h.announce(rec, func(name, value string) { response.Header[name] = value })
	return response, handler.FileInfoChanges{}, nil
}

// accept checks what is announced and has a media wait for it. That size is
// within the limit of all files is known; the gallery knows that of its type.
func (h *Handler) accept(ctx context.Context, account, size int64, header http.Header) (record, error) {
	metadata := metadataOf(header)
	values, broken := parseMetadata(metadata)
	if broken == nil {
		broken = checkMetadata(values)
	}
	if size < 1 {
		broken = append(broken, "Upload-Length must be at least 1")
	}
	if header.Get("Upload-Concat") != "" {
		broken = append(broken, "Upload-Concat is not supported")
	}
	if err := vitrine.Invalid(broken); err != nil {
		return record{}, err
	}
	wanted, err := h.gallery.RequestUpload(ctx, account, gallery.UploadInput{
		ContentType: values[fileTypeKey], Size: size, ExternalID: values[externalIDKey],
	})
	if err != nil {
		return record{}, err
	}
	return record{
		ID: rand.Text(), Account: account, Media: wanted.Media.ID, Size: size, Metadata: metadata, CreatedAt: h.now().UTC(),
	}, nil
}
