package tour

// object is a picture or a video of the Open Graph protocol, of which a page may
// have several: a property and the structured ones that follow it.
type object struct{ url, secureURL, mediaType string }

// addTo adds a structured property, "" for the object's own, to the last
// object, or to a new one when the last has another of that name already: so it
// doesn't matter which comes first, and pages differ in that.
func addTo(objects []object, property, content string) []object {
	if len(objects) > 0 {
		field := objects[len(objects)-1].field(property)
		if *field == "" || *field == content {
			*field = content
			return objects
		}
	}
	var next object
	*next.field(property) = content
	return append(objects, next)
}

func (o *object) field(property string) *string {
	switch property {
	case ":secure_url":
		return &o.secureURL
	case ":type":
		return &o.mediaType
	default: // ":url" is another name of the object's own
		return &o.url
	}
}
