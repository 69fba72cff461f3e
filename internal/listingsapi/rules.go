package listingsapi

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// The bounds of fields (Listings API, sections 2, 3.4, 4 and 4.1). Characters
// are Unicode code points.
const (
	maxExternalID     = 255
	maxURL            = 2048
	minDescription    = 40
	maxDescription    = 2000
	maxPageSize       = 100
	defaultPageSize   = 20
	maxPage           = 10_000_000 // page times size stays below 2^31
	maxLat, maxLng    = 90, 180    // degrees, either side of 0
	coordinatesField  = "propertyCoordinates"
	descriptionField  = "announcementDescription"
	statusField       = "announcementStatus"
	externalIDField   = "externalId"
	externalFileField = "externalFileId"
	alteredField      = "altered"
	alteredFromField  = "alteredFrom"
)

// enumFields are the advert's fields that must be one of some values.
var enumFields = []struct {
	name   string
	values []string
}{
	{"announcementType", []string{"rent", "sale"}},
	{"propertyType", []string{"residential", "commercial", "parking"}},
	{"announcementCurrency", []string{"EUR", "USD", "MDL"}},
}

// rules collects what a request breaks, so that its sender learns everything
// at once.
type rules struct{ broken []string }

// hold notes the rule as broken unless it holds, and gives back whether it does.
func (r *rules) hold(ok bool, format string, args ...any) bool {
	if !ok {
		r.broken = append(r.broken, fmt.Sprintf(format, args...))
	}
	return ok
}

// err is the refusal for all broken rules, nil for none.
func (r *rules) err() error { return vitrine.Invalid(r.broken) }

// externalID checks a sender's own id (section 2: any characters). The one
// character that no database text can hold is refused.
func (r *rules) externalID(name, value string) {
	r.hold(value != "", "%s must be at least 1 character", name)
	r.hold(utf8.RuneCountInString(value) <= maxExternalID, "%s must be at most %d characters", name, maxExternalID)
	r.hold(!strings.Contains(value, "\x00"), "%s must not contain a zero byte", name)
	r.hold(utf8.ValidString(value), "%s must be valid UTF-8", name)
}

// url checks an address to fetch from (section 3.4). Whether it can be fetched
// is found out in the background.
func (r *rules) url(name, value string) {
	r.hold(isURL(value), "%s must be a URL address", name)
	r.hold(utf8.RuneCountInString(value) <= maxURL, "%s must be at most %d characters", name, maxURL)
}

func isURL(value string) bool {
	if strings.ContainsFunc(value, unicode.IsSpace) {
		return false
	}
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func (r *rules) oneOf(name, value string, values []string) {
	r.hold(slices.Contains(values, value), "%s must be one of the following values: %s", name, strings.Join(values, ", "))
}

// advert checks those of the advert's own fields that have rules; the others
// are the sender's business (section 4.1).
func (r *rules) advert(o object) {
	for _, enum := range enumFields {
		if value, ok := o.text(enum.name); ok {
			r.oneOf(enum.name, value, enum.values)
		}
	}
	if value, ok := o.text(descriptionField); ok {
		n := utf8.RuneCountInString(value)
		r.hold(n >= minDescription, "%s must be at least %d characters", descriptionField, minDescription)
		r.hold(n <= maxDescription, "%s must be at most %d characters", descriptionField, maxDescription)
	}
	if at, ok := o.object(coordinatesField); ok {
		r.coordinate(at, "lat", maxLat)
		r.coordinate(at, "lng", maxLng)
	}
}

func (r *rules) coordinate(at object, name string, bound float64) {
	if !r.hold(at.has(name), "%s%s is required", at.prefix, name) {
		return
	}
	if value, ok := at.number(name); ok {
		r.hold(-bound <= value && value <= bound, "%s%s must be between -%g and %g", at.prefix, name, bound, bound)
	}
}

// parseID reads an id of a path or of a query.
func parseID(value string) (int64, error) {
	var r rules
	id, err := strconv.ParseInt(value, 10, 64)
	if r.hold(err == nil, "id must be a number") {
		r.hold(id > 0, "id must be a positive number")
	}
	return id, r.err()
}

// parseRef reads the external id of a path.
func parseRef(externalID string) (gallery.Ref, error) {
	var r rules
	r.externalID(externalIDField, externalID)
	return gallery.Ref{ExternalID: externalID}, r.err()
}

// parsePage reads the page, counted from 1, and its size (section 4).
func parsePage(page, limit string) (pageNumber, pageSize int, err error) {
	var r rules
	pageNumber = r.within("page", page, 1, maxPage)
	pageSize = r.within("limit", limit, defaultPageSize, maxPageSize)
	return pageNumber, pageSize, r.err()
}

// within reads a whole number from 1 to highest; absent is otherwise.
func (r *rules) within(name, value string, otherwise, highest int) int {
	return int(r.between(name, value, int64(otherwise), 1, int64(highest)))
}

// between reads a whole number within those bounds; absent is otherwise.
func (r *rules) between(name, value string, otherwise, lowest, highest int64) int64 {
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if r.hold(err == nil, "%s must be an integer number", name) {
		r.hold(n >= lowest, "%s must not be less than %d", name, lowest)
		r.hold(n <= highest, "%s must not be greater than %d", name, highest)
	}
	return n
}
