// Package xmp reads what counts of the XMP packet of a picture, and writes the
// one that labels a picture.
package xmp

import (
	"bytes"
	"encoding/xml"
	"path"
	"strings"

	vitrine "github.com/vitrine-media/vitrine"
)

// The namespaces that count.
const (
	nsRDF    = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsPano   = "http://ns.google.com/photos/1.0/panorama/"
	nsCamera = "http://ns.google.com/photos/1.0/camera/"
	nsIPTC   = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
)

// MaxBytes bounds a packet that is worth reading. Those of cameras and editors
// have some kilobytes.
const MaxBytes = 1 << 20

// maxPropertyBytes bounds the value of a property; the rest is dropped.
const maxPropertyBytes = 1 << 10

// Properties are what a packet says about its picture: the values in the
// namespaces that count, without the spaces around them.
type Properties map[xml.Name]string

// Parse reads a packet (XMP Specification Part 1, section 7), as far as it
// makes sense: an error in it ends the reading and is nobody's failure. Of a
// property that stands there twice the first counts. Properties of other
// pictures that this one was made of, which stand deeper, don't.
func Parse(packet []byte) Properties {
	// Most packets are about lenses and edits, and needn't be parsed.
	if !bytes.Contains(packet, []byte(nsPano)) && !bytes.Contains(packet, []byte(nsCamera)) &&
		!bytes.Contains(packet, []byte(nsIPTC)) {
		return nil
	}
	decoder := xml.NewDecoder(bytes.NewReader(packet))
	decoder.Strict = false
	p, depth := Properties{}, 0 // depth counts from rdf:RDF: 1 in it, 2 in a description, 3 in a property
	var name xml.Name           // of the property under way
	var value []byte
	for {
		// An error is the end of the packet, or of what makes sense of it.
		token, err := decoder.Token()
		if err != nil {
			return p
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 && token.Name != (xml.Name{Space: nsRDF, Local: "RDF"}) {
				continue
			}
			depth++
			switch depth {
			case 2:
				for _, attr := range token.Attr {
					p.keep(attr.Name, attr.Value)
				}
			case 3:
				name, value = token.Name, resourceOf(token)
			}
		case xml.CharData:
			if depth >= 3 {
				value = append(value, token[:min(len(token), maxPropertyBytes-len(value))]...)
			}
		case xml.EndElement:
			if depth == 3 {
				p.keep(name, string(value))
			}
			depth = max(depth-1, 0)
		}
	}
}

// resourceOf is the value of a property that is written as a reference.
func resourceOf(property xml.StartElement) []byte {
	for _, attr := range property.Attr {
		if attr.Name == (xml.Name{Space: nsRDF, Local: "resource"}) {
			return []byte(attr.Value[:min(len(attr.Value), maxPropertyBytes)])
		}
	}
	return nil
}

// keep adds a property if it counts.
func (p Properties) keep(name xml.Name, value string) {
	switch name.Space {
	case nsPano, nsCamera, nsIPTC:
		if _, twice := p[name]; !twice {
			p[name] = strings.TrimSpace(value[:min(len(value), maxPropertyBytes)])
		}
	}
}

// Pano is a property of GPano, the properties of panoramas, "" for none.
func (p Properties) Pano(name string) string { return p[xml.Name{Space: nsPano, Local: name}] }

// SpecialType is what a phone calls the picture when it isn't an ordinary one,
// "" for nothing: "com.google.android.apps.camera.gallery.specialtype.SpecialType-PANORAMA".
func (p Properties) SpecialType() string {
	return p[xml.Name{Space: nsCamera, Local: "SpecialTypeID"}]
}

// DigitalSourceType is the IPTC digital source type: the last part of the URI
// that it is, "" when there is none with the form of vitrine.IsSourceType.
func (p Properties) DigitalSourceType() string {
	name := path.Base(p[xml.Name{Space: nsIPTC, Local: "DigitalSourceType"}])
	if !vitrine.IsSourceType(name) {
		return ""
	}
	return name
}
