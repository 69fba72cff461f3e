package imaging

import (
	"bytes"
	"errors"
	"image"
	"strings"

	"golang.org/x/image/bmp"

	vitrine "github.com/vitrine-media/vitrine"
)

// probeBMP reads the size of a BMP from its header.
func probeBMP(data []byte) (width, height int, err error) {
	config, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0, bmpFailure(err)
	}
	if config.Width < 1 || config.Height < 1 {
		return 0, 0, vitrine.Failf(vitrine.Unreadable, "bmp: %d x %d px", config.Width, config.Height)
	}
	return config.Width, config.Height, nil
}

// decodeBMP decodes a BMP in full. Its pixels are taken as sRGB.
func decodeBMP(data []byte) (*pixels, error) {
	img, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, bmpFailure(err)
	}
	size := img.Bounds().Size()
	p := &pixels{Width: size.X, Height: size.Y, Bands: 4}
	switch img := img.(type) {
	case *image.NRGBA:
		p.Pix = img.Pix
	case *image.RGBA: // 24 bit: opaque, so that premultiplied or not is the same
		p.Pix = img.Pix
	case *image.Paletted:
		p.Pix, err = expandPalette(img)
	default:
		err = vitrine.Failf(vitrine.UnsupportedType, "%s of an unusual kind", bmpType)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// expandPalette gives the RGBA of each pixel. A file may name colours that its
// palette lacks.
func expandPalette(img *image.Paletted) ([]byte, error) {
	pix := make([]byte, 0, 4*len(img.Pix))
	for _, index := range img.Pix {
		if int(index) >= len(img.Palette) {
			return nil, vitrine.Failf(vitrine.Unreadable, "bmp: colour outside the palette")
		}
		r, g, b, _ := img.Palette[index].RGBA()
		pix = append(pix, byte(r>>8), byte(g>>8), byte(b>>8), 0xff)
	}
	return pix, nil
}

// bmpFailure sorts the errors of the decoder.
func bmpFailure(err error) error {
	if errors.Is(err, bmp.ErrUnsupported) {
		return vitrine.Failf(vitrine.UnsupportedType, "%s of an unusual kind", bmpType)
	}
	return vitrine.Failf(vitrine.Unreadable, "bmp: %s", shortDetail(strings.TrimPrefix(err.Error(), "bmp: ")))
}
