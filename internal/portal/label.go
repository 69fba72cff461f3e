package portal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// address is where a rendition of what stands in a place is had: with the label
// that its sender asks for, unless the file has one already.
func (p *portal) address(place *store.Shown, v vitrine.Variant) string {
	if place.Altered && !vitrine.IsAISourceType(place.Content.Facts.DigitalSourceType) {
		return p.urls.Labelled(place.Content, v)
	}
	return p.urls.Variant(place.Content, v)
}

// sourceType is the digital source type of a picture by its file or, where that
// says nothing of a trained model, by its sender; "" for none.
func sourceType(place *store.Shown) string {
	own := place.Content.Facts.DigitalSourceType
	if place.Altered && !vitrine.IsAISourceType(own) {
		return vitrine.CompositeWithTrainedAlgorithmicMedia
	}
	return own
}

// madeFrom is the position of the picture that an altered one was made of, -1
// when it isn't there.
func madeFrom(pictures []store.Shown, altered *store.Shown) int {
	if altered.AlteredFromMedia == 0 {
		return -1
	}
	return slices.IndexFunc(pictures, func(other store.Shown) bool { return other.MediaID == altered.AlteredFromMedia })
}

// mark is what the page says of a picture that is not what a camera saw, "" for
// one that is.
func mark(place *store.Shown) string {
	switch {
	case !place.IsAltered(place.Content):
		return ""
	case sourceType(place) == vitrine.TrainedAlgorithmicMedia:
		return "Generated image"
	}
	return "Altered image"
}

// serveLabelled answers with a rendition of a picture and the label that says
// that it was altered with a trained model. The label belongs to a place in a
// list and the rendition to all of them, so it is added here and not stored.
func (p *portal) serveLabelled(w http.ResponseWriter, r *http.Request) {
	shareWithAll(w)
	c, v, err := p.variant(r)
	if err == nil && vitrine.IsVideo(c.Type) {
		err = errNotFound
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	if vitrine.IsAISourceType(c.Facts.DigitalSourceType) {
		p.serveStored(w, r, c, v) // which has the label of the file
		return
	}
	labelled, err := p.labelled(r, c, v)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	nameVariant(w, v.Type, variantTag(c, "altered-"+v.Name))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(labelled))
}

// labelled reads a rendition, which is small, and adds the label.
func (p *portal) labelled(r *http.Request, c vitrine.Content, v vitrine.Variant) (labelled []byte, err error) {
	key := gallery.VariantKey(c.SHA256, c.Recipe, v)
	object, err := p.blobs.Open(r.Context(), key)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errNotFound // deleted between the two looks
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	plain, err := io.ReadAll(object)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	labelled, err = xmp.LabelWebP(plain, v.Width, v.Height, vitrine.CompositeWithTrainedAlgorithmicMedia)
	if err != nil {
		return nil, fmt.Errorf("label %s: %w", key, err)
	}
	return labelled, nil
}
