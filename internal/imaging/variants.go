package imaging

import (
	"errors"
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
	w.result.Files = make([]string, len(wanted))
	for i := len(wanted) - 1; i >= 0; i-- {
		var err error
		if w.pixels, err = w.pixels.shrink(wanted[i].sidePx); err != nil {
			return fmt.Errorf("shrink to %d px: %w", wanted[i].sidePx, err)
		}
		if w.result.Variants[i], w.result.Files[i], err = w.write(w.pixels, wanted[i]); err != nil {
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
	variant, file, err := w.write(p, panoRendition)
	if err != nil {
		return err
	}
	r := w.result
	r.Variants, r.Files = append(r.Variants, variant), append(r.Files, file)
	r.Facts.Panorama = scaled(w.pano, p.Width, p.Height)
	return nil
}

// write makes a file of pixels, as a WebP that has the label of the picture or
// no metadata at all.
func (w *work) write(p *pixels, as rendition) (vitrine.Variant, string, error) {
	recipe := w.task.Recipe
	encoded, err := p.webp(recipe.Quality, recipe.Effort)
	if source := w.result.Facts.DigitalSourceType; err == nil && vitrine.IsAISourceType(source) {
		encoded, err = xmp.LabelWebP(encoded, p.Width, p.Height, source)
	}
	if err != nil {
		return vitrine.Variant{}, "", fmt.Errorf("encode %s: %w", as.name, err)
	}
	variant := vitrine.Variant{
		Name:   as.name,
		Type:   variantType,
		Width:  p.Width,
		Height: p.Height,
		Bytes:  int64(len(encoded)),
	}
	file := as.file(w.task.OutDir)
	return variant, file, writeNew(file, encoded)
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
