package classifiedsapi

import (
	"net/http"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// media gives what a classified shows, in order.
func (a *api) media(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	media, err := a.gallery.ClassifiedMedia(c.Context(), c.account, id)
	if err != nil {
		return nil, err
	}
	out := list[placedMedia]{Items: make([]placedMedia, len(media))}
	for i, m := range media {
		out.Items[i] = a.placedOf(m)
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

// timeline gives what was tried for a media, oldest first.
func (a *api) timeline(c *call) (*answer, error) {
	id, media, err := c.mediaID()
	if err != nil {
		return nil, err
	}
	attempts, err := a.gallery.TimelinePlaced(c.Context(), c.account, id, media)
	if err != nil {
		return nil, err
	}
	out := list[attempt]{Items: make([]attempt, len(attempts))}
	for i, at := range attempts {
		out.Items[i] = attemptOf(at)
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

// retry fetches a media again now.
func (a *api) retry(c *call) (*answer, error) {
	id, media, err := c.mediaID()
	if err != nil {
		return nil, err
	}
	if err := a.gallery.RetryPlaced(c.Context(), c.account, id, media); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusAccepted, body: retried{ClassifiedID: id, MediaID: media, Links: a.linksOf(id)}}, nil
}

func (c *call) mediaID() (classified, media string, err error) {
	if classified, err = c.classifiedID(); err != nil {
		return "", "", err
	}
	media, err = c.uuid("mediaId", "Media")
	return classified, media, err
}

func mediaOf(m gallery.PlacedMedia) ClassifiedMedia {
	return ClassifiedMedia{
		MediaID:   m.Media.UUID,
		Position:  m.Placement.Position,
		URL:       m.Placement.URL,
		MediaType: mediaType(m.Placement.Type),
		Category:  nullable[category]{orNull(category(m.Placement.Category))},
		Tags:      wordsOf[category](m.Placement.Tags),
		Title:     orNull(m.Placement.Title),
		Status:    mediaStatus(m.Status),
		Stale:     m.Stale,
		Failure:   failureOf(m.Media.Failure),

		Altered:     m.Placement.Altered,
		AlteredFrom: orNull(m.Placement.AlteredFrom),
		Shown:       m.Shown,
	}
}

func (a *api) placedOf(m gallery.PlacedMedia) placedMedia {
	out := placedMedia{ClassifiedMedia: mediaOf(m), Progress: progressOf(&m.Media), Variants: []variant{}, Link: linkOf(m.Media.Link)}
	c := m.Media.Content
	if c == nil {
		return out
	}
	if !isLink(&m.Media) {
		out.ContentType = orNull(c.Type)
	}
	out.Width = orNull(c.Width)
	out.Height = orNull(c.Height)
	out.Duration = orNull(c.Duration.Seconds())
	out.Blurhash = orNull(c.Blurhash)
	out.DigitalSourceType = orNull(c.Facts.DigitalSourceType)
	out.C2PA = c.Facts.C2PA
	url := a.addressesOf(m)
	for _, v := range slices.Concat(c.Pictures(), c.Videos()) {
		out.Variants = append(out.Variants, variant{
			URL: url(c, v), VariantSize: v.Name, Size: v.Bytes,
			Width: v.Width, Height: v.Height, ContentType: v.Type,
		})
	}
	out.Panorama = panoramaOf(m, url)
	return out
}

// addressesOf gives the addresses of a media's variants. Those of a picture that
// only its sender says was altered are others: the same bytes may stand
// elsewhere without that being said.
func (a *api) addressesOf(m gallery.PlacedMedia) func(*vitrine.Content, vitrine.Variant) string {
	if m.Placement.Altered && !vitrine.IsAISourceType(m.Media.Content.Facts.DigitalSourceType) {
		return a.urls.Labelled
	}
	return a.urls.Variant
}

// panoramaOf is how a picture is shown all around, null for one that isn't. A
// picture that nothing but the word of a sender makes a panorama is one where
// that is said.
func panoramaOf(m gallery.PlacedMedia, url func(*vitrine.Content, vitrine.Variant) string) nullable[panorama] {
	c := m.Media.Content
	v, data := c.Pano(), c.Facts.Panorama
	if v == nil || data == nil || m.Placement.Type.Kind() != vitrine.KindImage || data.Called && m.Placement.Type != vitrine.Panorama {
		return nullable[panorama]{}
	}
	return nullable[panorama]{&panorama{
		URL: url(c, *v), Width: v.Width, Height: v.Height, Size: v.Bytes,
		Projection: data.Projection, FullWidth: data.FullWidth, FullHeight: data.FullHeight,
		CroppedLeft: data.CroppedLeft, CroppedTop: data.CroppedTop, CroppedWidth: data.CroppedWidth, CroppedHeight: data.CroppedHeight,
		HeadingDegrees: data.HeadingDegrees, Guessed: data.Guessed,
	}}
}

// isLink reports whether a media leads to a page, and its content is only the
// poster of that.
func isLink(m *vitrine.Media) bool { return m.Kind == vitrine.KindTour || m.GoodURL != "" }

func linkOf(l *vitrine.Link) nullable[link] {
	if l == nil {
		return nullable[link]{}
	}
	return nullable[link]{&link{Title: orNull(l.Title), EmbedURL: orNull(l.EmbedURL), Frameable: l.Frameable}}
}

// progressOf is the percent of a video that is being processed, null for all
// else. It is 0 as long as a video is being downloaded.
func progressOf(m *vitrine.Media) *int {
	if m.Kind != vitrine.KindVideo || m.State != vitrine.MediaProcessing {
		return nil
	}
	return &m.Progress
}

func attemptOf(at vitrine.Attempt) attempt {
	line := attempt{
		Stage: at.Stage, Number: at.Number, StartedAt: timestamp(at.StartedAt), DurationMs: at.Duration.Milliseconds(),
		HTTPStatus: orNull(at.HTTPStatus), Bytes: at.Bytes, Type: orNull(at.Type),
	}
	if at.Outcome != vitrine.OutcomeOK {
		line.Failure = failureOf(&vitrine.Failure{Code: vitrine.FailureCode(at.Outcome), Detail: at.Detail})
	}
	return line
}
