package imaging

import (
	"fmt"
	"os"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// variantType is the media type of every variant.
const variantType = "image/webp"

// writeVariants makes the variants of the Recipe from the largest to the
// smallest, each from the one before.
func (w *work) writeVariants() error {
	wanted := w.task.Recipe.renditions()
	w.result.Variants = make([]vitrine.Variant, len(wanted))
	for i := len(wanted) - 1; i >= 0; i-- {
		var err error
		if w.picture, err = w.picture.smaller(wanted[i].sidePx); err != nil {
			return fmt.Errorf("shrink to %d px: %w", wanted[i].sidePx, err)
		}
		if w.result.Variants[i], err = w.write(w.picture, wanted[i], w.files.variants[i]); err != nil {
			return err
		}
	}
	return nil
}

// writePanorama makes the variant for viewers, if the picture is a panorama. It
// decodes the file anew: were the others made from this one, their bytes would
// differ by whether some sender calls the picture a panorama.
func (w *work) writePanorama() error {
	if w.pano == nil {
		return nil
	}
	p, err := w.decodeTo(panoPx)
	if err != nil {
		return err
	}
	variant, err := w.write(p, panoRendition, w.files.variants[len(w.files.variants)-1])
	if err != nil {
		return err
	}
	r := w.result
	r.Variants = append(r.Variants, variant)
	r.Facts.Panorama = scaled(w.pano, p.Width, p.Height)
	return nil
}

// write fills a file with a picture, as a WebP that has the label of the picture or
// no metadata at all.
func (w *work) write(p raster, as rendition, to *os.File) (vitrine.Variant, error) {
	recipe := w.task.Recipe
	width, height := p.size()
	encoded, err := p.webp(recipe.Quality, recipe.Effort)
	if source := w.result.Facts.DigitalSourceType; err == nil && vitrine.IsAISourceType(source) {
		encoded, err = xmp.LabelWebP(encoded, width, height, source)
	}
	if err != nil {
		return vitrine.Variant{}, fmt.Errorf("encode %s: %w", as.name, err)
	}
	if _, err := to.Write(encoded); err != nil {
		return vitrine.Variant{}, fmt.Errorf("write %s: %w", as.name, err)
	}
	return vitrine.Variant{
		Name:   as.name,
		Type:   variantType,
		Width:  width,
		Height: height,
		Bytes:  int64(len(encoded)),
	}, nil
}
