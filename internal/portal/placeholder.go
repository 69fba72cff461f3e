package portal

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strings"

	"go.n16f.net/thumbhash"
)

// placeholderPx is the longer side of a decoded thumbhash. It holds at most
// seven waves a side; the browser smooths the rest.
const placeholderPx = 24

// placeholder decodes a thumbhash into a picture of some 700 bytes as a data
// URI; "" when it can't be read.
func placeholder(hash []byte) string {
	img, err := thumbhash.DecodeImageWithCfg(hash, thumbhash.DecodingCfg{BaseSize: placeholderPx})
	if err != nil {
		return ""
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())
}

// hasAlpha reports whether a thumbhash is of a picture with transparent parts:
// the highest bit of its third byte.
func hasAlpha(hash []byte) bool { return len(hash) > 2 && hash[2]&0x80 != 0 }

// background is the CSS that stands in for a picture until it has arrived: its
// placeholder on its dominant colour. A picture with transparent parts, through
// which a placeholder would shine for ever, lies on white: most are plans drawn
// in black. What isn't a colour or a hash is left out, as CSS isn't escaped.
func background(color, hash string) string {
	raw, err := base64.StdEncoding.DecodeString(hash)
	if err == nil && hasAlpha(raw) {
		return "background-color:#fff"
	}
	var css []string
	if isColor(color) {
		css = append(css, "background-color:"+color)
	}
	if uri := placeholder(raw); err == nil && uri != "" {
		css = append(css, "background-image:url("+uri+")")
	}
	return strings.Join(css, ";")
}

// isColor reports whether s is "#rrggbb".
func isColor(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}
