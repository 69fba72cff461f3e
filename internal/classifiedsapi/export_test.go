package classifiedsapi

import "github.com/vitrine-media/vitrine/internal/gallery"

// What the fuzz targets feed.
var (
	ParseTrace = func(value string) bool { _, ok := parseTrace(value); return ok }
	ParseTags  = parseTags
	CheckJSON  = checkJSON
)

// Parse reads a classified by the contract's rules.
func Parse(body []byte) (gallery.ClassifiedInput, error) {
	return classifiedRules{portals: DefaultPortals, maxMedia: 100}.parse(body)
}
