package classifiedsapi

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// estatePointer is where a classified says which estate of its sender it is.
const estatePointer = "/data/metaData/source/offererEstateId"

// maxEstateID is how long that may be, in Unicode code points.
const maxEstateID = 255

// classifiedRules are what a classified is checked by.
type classifiedRules struct {
	portals  []string
	maxMedia int
}

// The properties of the closed objects (sections 2 and 3).
var (
	classifiedFields = []string{"portals", "data", "specific", "media"}
	mediaFields      = []string{"url", "mediaType", "category", "tags", "title", "altered", "alteredFrom"}
)

// parse reads the body of POST and PUT, which is valid JSON. The error holds
// every broken rule.
func (c classifiedRules) parse(body []byte) (gallery.ClassifiedInput, error) {
	var r rules
	var in gallery.ClassifiedInput
	v := jsontext.Whole(body)
	r.storable(v)
	var values [4]jsontext.Value
	if o, ok := r.open(place{}, v, classifiedFields, values[:]); ok {
		if _, ok := o.require("portals"); ok {
			in.Portals = listOf(o, "portals", c.portals, true)
		}
		readData(o, &in)
		if specific := o.get("specific"); specific != nil {
			if specific.IsObject() {
				in.Specific = specific.Compact()
			} else {
				o.fail("specific", "must be an object")
			}
		}
		in.Media = c.readMedia(o)
	}
	return in, r.err()
}

func readData(o object, in *gallery.ClassifiedInput) {
	data, ok := o.require("data")
	if !ok {
		return
	}
	if !data.IsObject() {
		o.fail("data", "must be an object")
		return
	}
	in.Data = data.Compact()
	in.EstateID = readEstateID(o.rules, data)
}

// readEstateID gives the sender's own id of the estate, "" for none. All else
// below data is the sender's business, its form too.
func readEstateID(r *rules, data jsontext.Value) string {
	id := data
	for _, name := range []string{"metaData", "source", "offererEstateId"} {
		if id = id.Member(name); id == nil {
			return ""
		}
	}
	var text string
	switch {
	case id.IsString():
		text = id.Text()
	case id.IsNumber():
		text = string(id)
	case !id.IsNull():
		r.fail(estatePointer, "must be a string or a number")
	}
	if utf8.RuneCountInString(text) > maxEstateID {
		r.fail(estatePointer, "must be at most %d characters", maxEstateID)
	}
	return text
}

// readMedia gives the list of media; absent is the same as empty (section 3).
func (c classifiedRules) readMedia(o object) []gallery.ClassifiedMedia {
	list := o.get("media")
	if list == nil {
		return nil
	}
	if !list.IsArray() {
		o.fail("media", "must be an array")
		return nil
	}
	media := make([]gallery.ClassifiedMedia, 0, 32)
	n := 0
	for i, element := range list.Elements() {
		n++
		if i < c.maxMedia {
			media = append(media, readOneMedia(o.rules, place{"media", i}, element))
		}
	}
	if n > c.maxMedia {
		o.fail("media", "must have at most %d items, and has %d", c.maxMedia, n)
	}
	return media
}

func readOneMedia(r *rules, at place, v jsontext.Value) (m gallery.ClassifiedMedia) {
	var values [7]jsontext.Value
	o, ok := r.open(at, v, mediaFields, values[:])
	if !ok {
		return m
	}
	if url, ok := o.requireText("url"); ok {
		m.URL = url
		// The account's own rules tell parameters apart; whether it is a URL
		// does not depend on them.
		if _, err := vitrine.ParseSource(url, vitrine.SourceRules{}); err != nil {
			o.fail("url", "%s", err)
		}
	}
	if _, ok := o.require("mediaType"); ok {
		m.Type = oneOf(o, "mediaType", vitrine.MediaTypes)
	}
	m.Category = oneOf(o, "category", vitrine.Categories)
	m.Tags = listOf(o, "tags", vitrine.Categories, false)
	if title, ok := o.text("title"); ok {
		m.Title = title
		if !isTitle(title) {
			o.fail("title", "must be one line, and not blank")
		}
	}
	m.Altered, m.AlteredFrom = readAltered(o, m.Type)
	return m
}

// readAltered reads whether a media is said to be altered, and the URL of the
// picture that it was made of. Only pictures can be labelled, and so only of
// them it may be said; that it was not altered may be said of all.
func readAltered(o object, t vitrine.MediaType) (altered bool, from string) {
	altered = o.flag("altered")
	if altered && t.Kind() != vitrine.KindImage {
		o.fail("altered", "can be true only of a PICTURE or a PANORAMA")
	}
	from, ok := o.text("alteredFrom")
	if !ok {
		return altered, ""
	}
	if !altered {
		o.fail("alteredFrom", "must not be there unless altered is true")
	}
	if _, err := vitrine.ParseSource(from, vitrine.SourceRules{}); err != nil {
		o.fail("alteredFrom", "%s", err)
	}
	return altered, from
}

// lineEnds are what no dot of the contract's pattern matches.
const lineEnds = "\n\r\u2028\u2029"

// isTitle is the pattern (?!(^\s+$))^.+$ of section 3.
func isTitle(title string) bool {
	blank := strings.TrimFunc(title, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }) == ""
	return !blank && !strings.ContainsAny(title, lineEnds)
}
