package vitrine

import (
	"slices"
	"time"
)

// ListingKind tells the two contracts' adverts apart.
type ListingKind string

// The kinds of a listing.
const (
	KindListing    ListingKind = "listing"    // of the Listings API
	KindClassified ListingKind = "classified" // of the Classifieds API
)

// The statuses of a classified (Classifieds API, section 5). They are a kind of
// their own beside those of the Listings API.
const (
	StatusReceiving             ListingStatus = "RECEIVING"
	StatusReceived              ListingStatus = "RECEIVED"
	StatusReceivingFailed       ListingStatus = "RECEIVING_FAILED"
	StatusCreating              ListingStatus = "CREATING"
	StatusCreated               ListingStatus = "CREATED"
	StatusCreatedWithMediaError ListingStatus = "CREATED_WITH_MEDIA_ERROR"
	StatusCreatingFailed        ListingStatus = "CREATING_FAILED"
	StatusUpdating              ListingStatus = "UPDATING"
	StatusUpdated               ListingStatus = "UPDATED"
	StatusUpdatingFailed        ListingStatus = "UPDATING_FAILED"
	StatusDeleting              ListingStatus = "DELETING"
	StatusDeleted               ListingStatus = "DELETED"
	StatusDeletingFailed        ListingStatus = "DELETING_FAILED"
)

// ClassifiedStatuses are all statuses that a subscriber may ask for. Ours never
// fail at receiving, creating or deleting: what can't be taken in is refused at
// once.
var ClassifiedStatuses = []ListingStatus{
	StatusReceiving, StatusReceived, StatusReceivingFailed,
	StatusCreating, StatusCreated, StatusCreatedWithMediaError, StatusCreatingFailed,
	StatusUpdating, StatusUpdated, StatusUpdatingFailed,
	StatusDeleting, StatusDeleted, StatusDeletingFailed,
}

// Settled reports whether a classified in this status has come to rest.
func (s ListingStatus) Settled() bool {
	return slices.Contains([]ListingStatus{StatusCreated, StatusCreatedWithMediaError, StatusUpdated, StatusDeleted}, s)
}

// StatusChange is one line of a classified's history (Classifieds API, section 5).
type StatusChange struct {
	ID        int64
	UUID      string
	ListingID int64
	Revision  int64
	Portals   []string
	Status    ListingStatus
	SubStatus string // "RECEIVED_PUT", "" for none
	Detail    string // facts of this case, safe to show
	Message   string
	At        time.Time
	Media     []MediaReport // in the list's order, then those that the revision removed
}

// MediaStatus is how far a media has come, in the Classifieds API's words
// (section 5).
type MediaStatus string

// The media statuses of the Classifieds API. Without a scanner the last good one
// is MediaDownloaded, with one it is MediaAVCleaned.
const (
	MediaReceived          MediaStatus = "RECEIVED"
	MediaDownloading       MediaStatus = "DOWNLOADING"
	MediaDownloaded        MediaStatus = "DOWNLOADED"
	MediaDownloadingFailed MediaStatus = "DOWNLOADING_FAILED"
	MediaAVScanning        MediaStatus = "AV_SCANNING"
	MediaAVScanned         MediaStatus = "AV_SCANNED"
	MediaAVCleaned         MediaStatus = "AV_CLEANED"
	MediaDeleted           MediaStatus = "DELETED"
)

// MediaReport is what a status says about one media of the list.
type MediaReport struct {
	MediaUUID string      `json:"mediaId"`
	URL       string      `json:"url"` // as sent
	Status    MediaStatus `json:"status"`
	Failure   *Failure    `json:"failure,omitempty"`
	At        time.Time   `json:"at"` // when the media changed last
}

// Category is what a picture shows (Classifieds API, section 3).
type Category string

// Categories are those that the Classifieds API knows.
var Categories = []Category{
	"BALCONY", "BASEMENT", "BATHROOM", "BEDROOM", "CHILDREN_ROOM", "CORRIDOR", "COVER_PICTURE", "ENERGY_CERTIFICATE",
	"ENTRY_HALL", "FLOOR_PLAN", "GARAGE", "GARDEN", "HOUSE_VIEW", "INDOOR", "KITCHEN", "LIVING_ROOM", "LOGO", "MAP", "MISC",
	"OUTDOOR", "OUTDOOR_BUILDING", "OUTDOOR_HOUSE", "OUTSIDE_VIEW", "POOL", "PROPERTY_INFORMATION", "SCHEMA", "SITE_PLAN",
	"STAIRS", "STORAGE_ROOM", "SURROUNDING", "TERRACE", "TOILETS", "VERANDA", "VIEW_FROM_PROPERTY", "WORK_ROOM",
}
