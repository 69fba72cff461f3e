package imaging

import (
	"encoding/base64"
	"fmt"
	"image"

	"go.n16f.net/thumbhash"
)

// placeholderPx is the longest side of the picture that placeholders and
// colour are computed from.
const placeholderPx = 32

// nrgba is the pixels as a picture of the standard library.
func (p *pixels) nrgba() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(img.Pix[4*i:4*i+3], p.Pix[p.Bands*i:])
		img.Pix[4*i+3] = 0xff
		if p.Bands == 4 {
			img.Pix[4*i+3] = p.Pix[4*i+3]
		}
	}
	return img
}

// thumbhashOf is the ThumbHash in base64.
func thumbhashOf(img *image.NRGBA) string {
	return base64.StdEncoding.EncodeToString(thumbhash.EncodeImage(img))
}

// dominantColor is the mean of the largest group of like colours, as
// "#rrggbb"; white for a picture that can't be seen. A mean of all pixels
// would be a brown that is nowhere in the picture.
func dominantColor(img *image.NRGBA) string {
	var groups [512]struct{ weight, r, g, b int } // 3 bits of each channel
	largest := 0
	for i := 0; i < len(img.Pix); i += 4 {
		r, g, b, alpha := int(img.Pix[i]), int(img.Pix[i+1]), int(img.Pix[i+2]), int(img.Pix[i+3])
		n := r>>5<<6 | g>>5<<3 | b>>5
		group := &groups[n]
		group.weight += alpha
		group.r += alpha * r
		group.g += alpha * g
		group.b += alpha * b
		if group.weight > groups[largest].weight {
			largest = n
		}
	}
	g := groups[largest]
	if g.weight == 0 {
		return "#ffffff"
	}
	return fmt.Sprintf("#%02x%02x%02x", g.r/g.weight, g.g/g.weight, g.b/g.weight)
}
