package dashboard

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"strings"
	"unicode/utf8"

	"go.n16f.net/thumbhash"

	"github.com/vitrine-media/vitrine"
)

// picture is an <img> with what a browser needs to keep its place.
type picture struct {
	Src, Srcset   string
	Width, Height int // px
	Alt           string
}

// pictureOf gives the pictures of a content, nil where there are none yet. They
// are asked for from this server, whatever its public address is.
func pictureOf(c *vitrine.Content, alt string) *picture {
	if c == nil {
		return nil
	}
	variants := c.Pictures()
	if len(variants) == 0 {
		return nil
	}
	p := &picture{Src: c.Path(variants[0]), Width: c.Width, Height: c.Height, Alt: alt}
	var set []string
	for _, v := range variants {
		set = append(set, fmt.Sprintf("%s %dw", c.Path(v), v.Width))
	}
	p.Srcset = strings.Join(set, ", ")
	return p
}

// validText reports whether a database would take it.
func validText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// preview is what a thumbhash looks like, as a data URI; "" when there is none.
func preview(hash string) template.URL {
	raw, err := base64.StdEncoding.DecodeString(hash)
	if err != nil || len(raw) == 0 {
		return ""
	}
	img, err := thumbhash.DecodeImageWithCfg(raw, thumbhash.DecodingCfg{BaseSize: 32})
	if err != nil {
		return ""
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return ""
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())) //nolint:gosec // a picture that we have drawn
}
