package vitrine

import "time"

// ChangedBy says by what way a list was changed.
type ChangedBy string

// The ways by which a list is changed.
const (
	ByListingsAPI    ChangedBy = "listings_api"
	ByClassifiedsAPI ChangedBy = "classifieds_api"
	ByDashboard      ChangedBy = "dashboard"
	ByDeletion       ChangedBy = "media_deleted"  // of a file that stood in it
	ByExpiry         ChangedBy = "upload_expired" // of a file that was never uploaded
)

// Revision is what one accepted change made of a listing's list.
type Revision struct {
	ListingID int64
	Number    int64 // Listing.Revision
	At        time.Time
	By        ChangedBy
	Status    ListingStatus // that the change gave the listing
	Steps     []RevisionStep
}

// List are the steps that give the list of the revision, in its order.
func (r Revision) List() []RevisionStep {
	for i, step := range r.Steps {
		if step.Action == Remove {
			return r.Steps[:i]
		}
	}
	return r.Steps
}

// RevisionStep is a step of the plan that was carried out, in the order of Plan.
type RevisionStep struct {
	Action  Action `json:"do"`
	MediaID int64  `json:"media"`
	From    int    `json:"from"` // as Step's
	To      int    `json:"to"`   // as Step's
	Why     string `json:"why,omitempty"`
	Wish    int64  `json:"wish"` // Media.Seq: another one is another download
	// URL is as sent and Version what it says, as in Placement: "" in the Listings
	// API, whose files go without leaving a word behind when they are deleted.
	URL     string `json:"url,omitempty"`
	Version string `json:"version,omitempty"`
	// Shown begins the SHA-256 of what the media showed at that time, "" for nothing
	// and while something else is asked for.
	Shown string `json:"shown,omitempty"`
	// As digests what else its place says, "" of a picture of which nothing is said.
	As string `json:"as,omitempty"`
}

// Reasons of a RevisionStep beside VersionChanged: of a Refetch, and where
// nothing had to be fetched, of an Add or another version, and of what was shown
// before.
const (
	FailedBefore   = "failed before"
	NeverUploaded  = "never uploaded"
	MayHaveChanged = "may have changed"
	AlreadyHere    = "already here"
	ShownAlready   = "shown already"
)
