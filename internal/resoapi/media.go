package resoapi

import (
	"net/http"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// media answers with media in the order that was asked for.
func (a *api) media(w http.ResponseWriter, r *http.Request, caller gallery.Caller) error {
	q, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	var places gallery.Places
	if !q.nothing {
		if places, err = a.gallery.Places(r.Context(), caller.Account.ID, q.record, q.store(), q.count); err != nil {
			return err
		}
	}
	body := map[string]any{"@odata.context": a.base + "/$metadata#Media" + q.projection()}
	if q.count {
		body["@odata.count"] = places.Total
	}
	value := make([]map[string]any, len(places.Items))
	for i := range places.Items {
		value[i] = q.narrow(a.record(&places.Items[i]))
	}
	body["value"] = value
	if n := len(places.Items); n > 0 {
		if next := q.next(r.URL.RawQuery, places.Items[n-1], n); next != "" {
			body["@odata.nextLink"] = a.base + "/Media?" + next
		}
	}
	return writeJSON(w, body)
}

// record is one Media. All properties are there, null where nothing is known.
func (a *api) record(p *store.Published) map[string]any {
	key := gallery.RecordKey(p.Listing)
	changed := p.Listing.ShownAt.UTC().Format("2006-01-02T15:04:05.000Z")
	m := map[string]any{
		"MediaKey":                   mediaKey(p),
		"MediaObjectID":              mediaID(p),
		"ResourceName":               "Property",
		"ResourceRecordKey":          key,
		"ResourceRecordID":           orNull(p.Listing.ExternalID),
		"Order":                      p.Position + 1,
		"PreferredPhotoYN":           p.Cover,
		"MediaCategory":              categoryOf(p),
		"ImageOf":                    orNull(imageOf[p.Category]),
		"MediaStatus":                "Active",
		"Permission":                 []string{"Public"},
		"ShortDescription":           orNull(p.Title),
		"LongDescription":            nil,
		"MediaModificationTimestamp": changed,
		"ModificationTimestamp":      changed,
		"MediaURL":                   orNull(p.URL),
		"MediaType":                  nil,
		"ImageWidth":                 nil,
		"ImageHeight":                nil,
		"ImageSizeDescription":       nil,
	}
	if p.URL == "" && p.Content != nil {
		a.addContent(m, p)
	}
	return m
}

// addContent tells where the bytes are: of the largest rendition, which stays at
// its address for ever.
func (a *api) addContent(m map[string]any, p *store.Published) {
	variants, isVideo := p.Content.Pictures(), p.Type == vitrine.Video
	if isVideo {
		variants = p.Content.Videos()
	}
	if len(variants) == 0 {
		return
	}
	largest := variants[0]
	for _, v := range variants {
		if v.Width*v.Height > largest.Width*largest.Height {
			largest = v
		}
	}
	m["MediaURL"], m["MediaType"] = a.urls.Variant(p.Content, largest), largest.Type
	if isVideo {
		return
	}
	m["ImageWidth"], m["ImageHeight"], m["ImageSizeDescription"] = largest.Width, largest.Height, "Largest"
	if p.IsAltered(p.Content) { // has to be said wherever it is shown
		m["LongDescription"] = "Made or altered with a trained model"
	}
	if p.Altered && !vitrine.IsAISourceType(p.Content.Facts.DigitalSourceType) {
		m["MediaURL"] = a.urls.Labelled(p.Content, largest)
	}
}

// mediaKey names a place: the listing, the media and, where that stands in the
// gallery a second time, which of them it is.
func mediaKey(p *store.Published) string {
	key := gallery.RecordKey(p.Listing) + "-" + mediaID(p)
	if p.Repeat > 0 {
		key += "-" + strconv.Itoa(p.Repeat+1)
	}
	return key
}

// mediaID is what the media is called in the API that the listing came by.
func mediaID(p *store.Published) string {
	if p.Listing.Kind == vitrine.KindClassified {
		return p.MediaUUID
	}
	return strconv.FormatInt(p.MediaID, 10)
}

// categoryOf is one of the dictionary's categories of media. Whether a tour is
// branded nobody tells us, and to call it unbranded would let it go where brands
// may not.
func categoryOf(p *store.Published) string {
	switch {
	case p.Type == vitrine.VirtualTour:
		return "Branded Virtual Tour"
	case p.Type == vitrine.Video:
		return "Video"
	case p.Category == "FLOOR_PLAN":
		return "Floor Plan"
	}
	return "Photo"
}

// imageOf is the dictionary's word for what a picture shows, where it has one
// that means the same.
var imageOf = map[vitrine.Category]string{
	"BALCONY": "Balcony", "BASEMENT": "Basement", "BATHROOM": "Bathroom", "BEDROOM": "Bedroom", "ENTRY_HALL": "Entry",
	"FLOOR_PLAN": "Floor Plan", "GARAGE": "Garage", "GARDEN": "Garden", "KITCHEN": "Kitchen", "LIVING_ROOM": "Living Room",
	"POOL": "Pool", "SITE_PLAN": "Plat Map", "STAIRS": "Staircase", "STORAGE_ROOM": "Storage", "TERRACE": "Patio",
	"VERANDA": "Porch", "VIEW_FROM_PROPERTY": "View", "WORK_ROOM": "Office",
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
