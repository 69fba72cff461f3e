package listingsapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

type importInput struct {
	Body body[importRequest]
}

type importOutput struct {
	Status int
	Body   Imported
}

// uploadFromURL takes in one file by URL (section 3.4): 201, or 200 when the
// file of that external id is there and is used.
func (a *api) uploadFromURL(ctx context.Context, in *importInput) (*importOutput, error) {
	url, externalID, err := parseImport(in.Body.raw)
	if err != nil {
		return nil, err
	}
	result, err := a.gallery.Import(ctx, accountOf(ctx).ID, url, externalID)
	if err != nil {
		return nil, err
	}
	out := &importOutput{Status: http.StatusOK, Body: importedOf(&result.Media, result.JobID)}
	if result.Created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func parseImport(raw json.RawMessage) (url, externalID string, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if r.hold(ok, "the request body must be an object") {
		url, externalID = readImport(o)
	}
	return url, externalID, r.err()
}

func readImport(o object) (url, externalID string) {
	if o.rules.hold(o.has("url"), "url is required") {
		var ok bool
		if url, ok = o.text("url"); ok {
			o.rules.url("url", url)
		}
	}
	return url, readExternalID(o)
}

// importedOf is a media that is on its way in.
func importedOf(m *vitrine.Media, jobID int64) Imported {
	return Imported{MediaID: m.ID, Status: optimizationOf(m.State), ExternalID: orNull(m.ExternalID), JobID: orNull(jobID)}
}

type mediaOutput struct {
	Body media
}

// media gives one file by our id (section 3.3).
func (a *api) media(ctx context.Context, in *idInput) (*mediaOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	return a.findMedia(ctx, gallery.Ref{ID: id})
}

// mediaByExternalID gives one file by the sender's own id.
func (a *api) mediaByExternalID(ctx context.Context, in *externalIDInput) (*mediaOutput, error) {
	ref, err := parseRef(in.ExternalID)
	if err != nil {
		return nil, err
	}
	return a.findMedia(ctx, ref)
}

func (a *api) findMedia(ctx context.Context, ref gallery.Ref) (*mediaOutput, error) {
	m, err := a.gallery.Media(ctx, accountOf(ctx).ID, ref)
	if err != nil {
		return nil, err
	}
	return &mediaOutput{a.mediaOf(&m)}, nil
}

// mediaOf is a media as its owner sees it. One whose newest version failed
// shows the content it has, and the failure beside it.
func (a *api) mediaOf(m *vitrine.Media) media {
	out := media{
		ID:           m.ID,
		ExternalID:   orNull(m.ExternalID),
		Optimization: optimizationOf(m.State),
		Progress:     progressOf(m),
		Variants:     []variant{},
		Failure:      failureOf(m.Failure),
	}
	c := m.Content
	if c == nil {
		return out
	}
	out.Size = orNull(c.Bytes)
	out.ContentType = orNull(c.Type)
	out.Blurhash = orNull(c.Blurhash)
	out.OriginalURL = orNull(a.urls.Original(c))
	out.Width = orNull(c.Width)
	out.Height = orNull(c.Height)
	out.Duration = orNull(c.Duration.Seconds())
	out.Thumbhash = orNull(c.Thumbhash)
	out.DominantColor = orNull(c.DominantColor)
	out.DigitalSourceType = orNull(c.Facts.DigitalSourceType)
	out.C2PA = c.Facts.C2PA
	if m.Kind.Picture() {
		out.Panorama = a.panoramaOf(c)
	}
	for _, v := range slices.Concat(c.Pictures(), c.Videos()) {
		out.Variants = append(out.Variants, variant{
			URL: a.urls.Variant(c, v), VariantSize: v.Name, Size: v.Bytes,
			Width: v.Width, Height: v.Height, ContentType: v.Type,
		})
	}
	return out
}

// panoramaOf is how a picture is shown all around, null for one that isn't. What
// only the sender of some classified calls a panorama is one there alone.
func (a *api) panoramaOf(c *vitrine.Content) nullable[panorama] {
	v, data := c.Pano(), c.Facts.Panorama
	if v == nil || data == nil || data.Called {
		return nullable[panorama]{}
	}
	return nullable[panorama]{&panorama{
		URL: a.urls.Variant(c, *v), Width: v.Width, Height: v.Height, Size: v.Bytes,
		Projection: data.Projection, FullWidth: data.FullWidth, FullHeight: data.FullHeight,
		CroppedLeft: data.CroppedLeft, CroppedTop: data.CroppedTop, CroppedWidth: data.CroppedWidth, CroppedHeight: data.CroppedHeight,
		HeadingDegrees: data.HeadingDegrees, Guessed: data.Guessed,
	}}
}

// progressOf is the percent of a video that is being processed, null for all
// else. It is 0 as long as a video is being downloaded.
func progressOf(m *vitrine.Media) *int {
	if m.Kind != vitrine.KindVideo || m.State != vitrine.MediaProcessing {
		return nil
	}
	return &m.Progress
}

func failureOf(f *vitrine.Failure) nullable[failure] {
	if f == nil {
		return nullable[failure]{}
	}
	rule := vitrine.RuleOf(f.Code)
	return nullable[failure]{&failure{
		Code: rule.Code, Message: f.Message(), Owner: rule.Owner, Remedy: rule.Remedy, Retryable: rule.Retryable,
	}}
}

// optimizationOf is the contract's word for a media's state (section 3.3).
func optimizationOf(s vitrine.MediaState) optimization {
	switch s {
	case vitrine.MediaReady:
		return "success"
	case vitrine.MediaAwaiting:
		return "pending" // nothing there yet
	}
	return optimization(s)
}
