package feedcheck

import (
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/jsontext"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// body is one listing or classified being looked at.
type body struct {
	*checker
	value jsontext.Value
	start int // in the text
}

func (b body) listing() {
	for _, broken := range listingsapi.Check(b.value, b.rules.Limits) {
		b.broken(pointerOf(broken.Field), broken.Field, broken.Rule)
	}
	if !b.value.IsObject() {
		return
	}
	if id := b.value.Member("externalId"); isText(id) {
		b.unique(b.listings, "/externalId", "externalId", id.Text(), Doubt, "is that of the listing in line %d, too: the last one counts", "Give each listing an id of its own.")
	}
	list := newList(b)
	files := b.value.Member("files")
	if files == nil || !files.IsArray() {
		return
	}
	for i, file := range files.Elements() {
		b.report.Media++
		if url := file.Member("url"); i < b.rules.Limits.MaxFiles && isText(url) { // of a longer list the API has said enough
			list.address(fmt.Sprintf("/files/%d/url", i), fmt.Sprintf("files[%d].url", i), url.Text(), vitrine.KindFile)
		}
	}
}

func (b body) classified() {
	for _, broken := range classifiedsapi.Check(b.value, b.rules.Limits, b.rules.Portals) {
		b.broken(broken.Pointer, broken.Pointer, broken.Rule)
	}
	if !b.value.IsObject() {
		return
	}
	const estate = "/data/metaData/source/offererEstateId"
	if _, id := b.at(estate); isText(id) && id.Text() != "" {
		b.unique(b.estates, estate, estate, id.Text(), Refused, "is that of the classified in line %d, too", "Send one classified for each estate, or change the first with a PUT.")
	}
	list := newList(b)
	media := b.value.Member("media")
	if media == nil || !media.IsArray() {
		return
	}
	for i, m := range media.Elements() {
		b.report.Media++
		kind := vitrine.KindImage
		if t := m.Member("mediaType"); isText(t) {
			kind = vitrine.MediaType(t.Text()).Kind()
		}
		if url := m.Member("url"); i < b.rules.Limits.MaxMedia && isText(url) {
			where := fmt.Sprintf("/media/%d/url", i)
			list.address(where, where, url.Text(), kind)
		}
	}
}

func isText(v jsontext.Value) bool { return v != nil && v.IsString() }

// broken notes a rule of the API.
func (b body) broken(pointer, where, rule string) {
	problem := rule
	if strings.HasPrefix(where, "/") { // those of the Classifieds API don't begin with it
		problem = where + ": " + rule
	}
	b.find(b.offset(pointer), where, Refused, problem, b.remedyOf(rule, pointer))
}

// unique notes an id that the feed has had before.
func (b body) unique(seen map[string]int, pointer, where, id string, severity Severity, problem, remedy string) {
	offset := b.offset(pointer)
	if line, again := seen[id]; again {
		b.find(offset, where, severity, where+": "+fmt.Sprintf(problem, line), remedy)
		return
	}
	seen[id], _ = b.lines.place(offset)
}

// offset is where that value stands, or what is nearest to it: the object in
// which something is missing.
func (b body) offset(pointer string) int {
	offset, _ := b.at(pointer)
	return offset
}

// at gives the value at a JSON pointer, nil for none, and its offset.
func (b body) at(pointer string) (offset int, v jsontext.Value) {
	offset, v = b.start, b.value
	if pointer == "" {
		return offset, v
	}
	for part := range strings.SplitSeq(pointer[len("/"):], "/") {
		var name jsontext.Value
		if name, v = memberOf(v, unescape(part)); v == nil {
			return offset, nil
		}
		offset = b.offsetOf(name)
	}
	return offset, v
}

// memberOf gives a member with its name, or an element, which stands for its own
// name; nil for none. Of a name that is there twice it is the last.
func memberOf(v jsontext.Value, part string) (name, member jsontext.Value) {
	switch {
	case v.IsObject():
		for key, value := range v.Members() {
			if key.Text() == part {
				name, member = key, value
			}
		}
	case v.IsArray():
		for i, element := range v.Elements() {
			if fmt.Sprint(i) == part {
				return element, element
			}
		}
	}
	return name, member
}

// unescape is a part of a JSON pointer as the name that it stands for (RFC 6901).
func unescape(part string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(part) }

// pointerOf is a field of the Listings API as a JSON pointer: "files[3].url" is
// "/files/3/url".
func pointerOf(field string) string {
	if field == "" {
		return ""
	}
	return "/" + strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(field)
}
