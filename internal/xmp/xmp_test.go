package xmp

import (
	"strings"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

const sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/"

// packet is an XMP packet with that between the tags of rdf:RDF. All prefixes
// are bound.
func packet(within string) string {
	return `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>` +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="a test"><rdf:RDF xmlns:rdf="` + nsRDF + `" xmlns:GPano="` + nsPano +
		`" xmlns:GCamera="` + nsCamera + `" xmlns:ipx="` + nsIPTC + `" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		within + `</rdf:RDF></x:xmpmeta>` + strings.Repeat(" ", 100) + `<?xpacket end="w"?>`
}

// described is a packet with these attributes of a description.
func described(attributes string) string {
	return packet(`<rdf:Description rdf:about="" ` + attributes + `/>`)
}

// sourced is a packet that says the digital source type, and a place.
func sourced(name string) string {
	return described(`dc:coverage="here" ipx:DigitalSourceType="` + sourceTypes + name + `"`)
}

func TestDigitalSourceType(t *testing.T) {
	t.Parallel()
	element := func(inner string) string {
		return packet(`<rdf:Description rdf:about=""><dc:title>x</dc:title>` + inner + `</rdf:Description>`)
	}
	const ai = `<ipx:DigitalSourceType>` + sourceTypes + `algorithmicMedia</ipx:DigitalSourceType>`
	for _, row := range []struct {
		what   string
		packet string
		want   string
	}{
		{"attribute", sourced("digitalCapture"), "digitalCapture"},
		{"element", element(ai), "algorithmicMedia"},
		{"element with spaces", element("<ipx:DigitalSourceType>\n " + sourceTypes + "print\n</ipx:DigitalSourceType>"), "print"},
		{"reference", element(`<ipx:DigitalSourceType rdf:resource="` + sourceTypes + `composite"/>`), "composite"},
		{"another description", packet(`<rdf:Description/><rdf:Description>` + ai + `</rdf:Description>`), "algorithmicMedia"},
		{"https", strings.Replace(sourced("print"), "http://cv", "https://cv", 1), "print"},
		{"a bare name", described(`ipx:DigitalSourceType="print"`), "print"},
		{"the first counts", element(ai + `<ipx:DigitalSourceType>print</ipx:DigitalSourceType>`), "algorithmicMedia"},
		{"zeros behind", sourced("print") + "\x00\x00", "print"},
		{"cut behind it", element(ai)[:strings.Index(element(ai), "algorithmicMedia</")+50], "algorithmicMedia"},
		{"an unknown entity before it", element(`<dc:title>&what;</dc:title>` + ai), "algorithmicMedia"},

		{"of a picture in it", element(`<dc:source><rdf:Bag><rdf:li rdf:parseType="Resource">` + ai + `</rdf:li></rdf:Bag></dc:source>`), ""},
		{"under another name", strings.ReplaceAll(sourced("print"), nsIPTC, "http://example.com/"+nsIPTC), ""},
		{"not in RDF", `<ipx:DigitalSourceType xmlns:ipx="` + nsIPTC + `">print</ipx:DigitalSourceType>`, ""},
		{"not a name", sourced("a b&lt;"), ""},
		{"too long", sourced(strings.Repeat("x", 2000)), ""},
		{"empty", described(`ipx:DigitalSourceType=""`), ""},
		{"an entity of its own", `<!DOCTYPE x [<!ENTITY e "print">]>` + element(`<ipx:DigitalSourceType>&e;</ipx:DigitalSourceType>`), ""},
		{"damaged before it", packet(`<rdf:Description <<>` + ai), ""},
		{"no packet", "", ""},
	} {
		if got := Parse([]byte(row.packet)).DigitalSourceType(); got != row.want {
			t.Errorf("%s: got %q, want %q", row.what, got, row.want)
		}
	}
}

// Properties of panoramas are read in both ways of writing, those of phones as
// the list that they are.
func TestProperties(t *testing.T) {
	t.Parallel()
	got := Parse([]byte(packet(`<rdf:Description GPano:UsePanoramaViewer=" True " dc:format="image/jpeg">` +
		`<GPano:ProjectionType>equirectangular</GPano:ProjectionType>` +
		`<GPano:ProjectionType>cylindrical</GPano:ProjectionType>` +
		`<GCamera:SpecialTypeID><rdf:Bag><rdf:li>x.SpecialType-PANORAMA</rdf:li></rdf:Bag></GCamera:SpecialTypeID>` +
		`</rdf:Description>`)))
	if len(got) != 3 || got.Pano("UsePanoramaViewer") != "True" || got.Pano("ProjectionType") != "equirectangular" ||
		got.Pano("FullPanoWidthPixels") != "" || got.SpecialType() != "x.SpecialType-PANORAMA" {
		t.Errorf("got %v", got)
	}
}

// A packet comes from a foreign file: whatever it is, it ends no program and
// leaves little.
func FuzzParse(f *testing.F) {
	f.Add(sourced("print"))
	f.Add(packet(`<rdf:Description><GCamera:SpecialTypeID><rdf:Bag><rdf:li>x</rdf:li></rdf:Bag></GCamera:SpecialTypeID></rdf:Description>`))
	f.Add(packet(`<rdf:Description><ipx:DigitalSourceType rdf:resource="x/y"/></rdf:Description>`))
	f.Add(packet(`<rdf:Description GPano:a="1"><GPano:b>`))
	f.Fuzz(func(t *testing.T, packet string) {
		got := Parse([]byte(packet))
		for name, value := range got {
			if len(value) > maxPropertyBytes || value != strings.TrimSpace(value) {
				t.Errorf("%v is %q", name, value)
			}
		}
		if name := got.DigitalSourceType(); name != "" && !vitrine.IsSourceType(name) {
			t.Errorf("a digital source type %q", name)
		}
	})
}
