package resoapi

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// properties are those of Media that are served, after the Data Dictionary, in
// the order of $metadata. All but the key may be null.
var properties = []struct{ name, kind, facets string }{
	{"MediaKey", "Edm.String", ` Nullable="false" MaxLength="255"`},
	{"MediaObjectID", "Edm.String", ` MaxLength="255"`},
	{"ResourceName", "Edm.String", ` MaxLength="255"`},
	{"ResourceRecordKey", "Edm.String", ` MaxLength="255"`},
	{"ResourceRecordID", "Edm.String", ` MaxLength="255"`},
	{"MediaURL", "Edm.String", ` MaxLength="8000"`},
	{"MediaType", "Edm.String", ` MaxLength="255"`},
	{"MediaCategory", "Edm.String", ` MaxLength="255"`},
	{"MediaStatus", "Edm.String", ` MaxLength="255"`},
	{"Order", "Edm.Int32", ""},
	{"PreferredPhotoYN", "Edm.Boolean", ""},
	{"ImageOf", "Edm.String", ` MaxLength="255"`},
	{"ImageWidth", "Edm.Int64", ""},
	{"ImageHeight", "Edm.Int64", ""},
	{"ImageSizeDescription", "Edm.String", ` MaxLength="255"`},
	{"ShortDescription", "Edm.String", ""},
	{"LongDescription", "Edm.String", ""},
	{"Permission", "Collection(Edm.String)", ` MaxLength="255"`},
	{"MediaModificationTimestamp", "Edm.DateTimeOffset", ` Precision="3"`},
	{"ModificationTimestamp", "Edm.DateTimeOffset", ` Precision="3"`},
}

var propertyTypes, propertyNames = byName()

func byName() (types map[string]string, names []string) {
	types = map[string]string{}
	for _, p := range properties {
		types[p.name] = p.kind
		names = append(names, p.name)
	}
	return types, names
}

// csdl is the schema (OData CSDL XML 4.0).
var csdl = func() string {
	var b strings.Builder
	b.WriteString(xml.Header + `<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="org.reso.metadata">
      <EntityType Name="Media">
        <Key><PropertyRef Name="MediaKey"/></Key>
`)
	for _, p := range properties {
		b.WriteString(`        <Property Name="` + p.name + `" Type="` + p.kind + `"` + p.facets + "/>\n")
	}
	b.WriteString(`      </EntityType>
      <EntityContainer Name="Default">
        <EntitySet Name="Media" EntityType="org.reso.metadata.Media"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`)
	return b.String()
}()

func (a *api) metadata(w http.ResponseWriter, _ *http.Request, _ gallery.Caller) error {
	w.Header().Set("Content-Type", "application/xml;charset=utf-8")
	_, _ = w.Write([]byte(csdl)) // whoever has gone needs no answer
	return nil
}

// projection is the part of the context that names the selected properties.
func (q *query) projection() string {
	if q.selected == nil {
		return ""
	}
	return "(" + strings.Join(q.selected, ",") + ")"
}

// narrow leaves the selected properties.
func (q *query) narrow(record map[string]any) map[string]any {
	if q.selected == nil {
		return record
	}
	narrow := make(map[string]any, len(q.selected))
	for _, name := range q.selected {
		narrow[name] = record[name]
	}
	return narrow
}
