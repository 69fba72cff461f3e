package vitrine

import "time"

// ListingStatus is a listing's publication state (Listings API 4.2).
type ListingStatus string

// The statuses of a listing. A client may send Draft, Active, Hidden and
// Completed; the others are ours to set.
const (
	StatusDraft         ListingStatus = "draft"
	StatusPendingActive ListingStatus = "pending_active"
	StatusActive        ListingStatus = "active"
	StatusHidden        ListingStatus = "hidden"
	StatusExpired       ListingStatus = "expired"
	StatusCompleted     ListingStatus = "completed"
	StatusPublishFailed ListingStatus = "publish_failed"
	StatusBlocked       ListingStatus = "blocked"
)

// Sendable reports whether a client may ask for this status.
func (s ListingStatus) Sendable() bool {
	return s == StatusDraft || s == StatusActive || s == StatusHidden || s == StatusCompleted
}

// Public reports whether the gallery of a listing in this status may be seen
// by everyone (Listings API, section 4).
func (s ListingStatus) Public() bool {
	return s == StatusActive || s == StatusExpired || s == StatusCompleted
}

// Listing is one advert: a revision and an ordered list of placements.
type Listing struct {
	ID              int64
	UUID            string
	Gallery         string // the unguessable id of its public side
	AccountID       int64
	Kind            ListingKind
	ExternalID      string // "" for none
	Status          ListingStatus
	Revision        int64     // +1 with each accepted change
	Digest          string    // of the normal form of the last accepted write
	FormData        []byte    // the advert's own fields, as sent: one JSON object
	JobID           int64     // the newest publication, under way or ended; 0 for none yet
	SettledRevision int64     // the newest revision of which every media has ended
	ShownRevision   int64     // the revision that the public sees, 0 for none
	ShownAt         time.Time // when it was published
	SwapAt          time.Time // of a classified: when the gallery changes over even if pictures have not ended
	CreatedAt       time.Time
	UpdatedAt       time.Time // last accepted change
	SyncedAt        time.Time // last accepted write, changed or not; of a classified that came again unchanged its history tells
}

// Placement is a media's place in a listing.
type Placement struct {
	ListingID int64
	Position  int // 0 is the cover
	MediaID   int64
	Type      MediaType
	URL       string // as sent, "" in the Listings API
	Version   string // of the URL as sent
	Category  Category
	Tags      []Category
	Title     string
	// Altered is its sender's word that the picture was made or altered with a
	// trained model; AlteredFrom names the picture that it was made of as the
	// list does: by its URL or, in the Listings API, its external id. "" for none.
	Altered     bool
	AlteredFrom string
}

// IsAltered reports whether a picture has to be labelled as made or altered with
// a trained model, by its sender's word or its file's.
func (p Placement) IsAltered(c *Content) bool {
	return p.Altered || c != nil && IsAISourceType(c.Facts.DigitalSourceType)
}

// JobType says what a job does.
type JobType string

// The job types (Listings API 3.8).
const (
	JobImport   JobType = "media_import"
	JobFinalize JobType = "announcement_finalize"
)

// JobStatus is how far a job has come (Listings API 3.8).
type JobStatus string

// The statuses of a job. Completed and Failed are the only ends.
const (
	JobPending         JobStatus = "pending"
	JobProcessing      JobStatus = "processing"
	JobFailedRetryable JobStatus = "failed_retryable"
	JobCompleted       JobStatus = "completed"
	JobFailed          JobStatus = "failed"
)

// Job is what a sender can ask the progress of.
type Job struct {
	ID        int64
	AccountID int64
	Type      JobType
	Status    JobStatus
	MediaID   int64  // of an import
	ListingID int64  // of a finalize
	Result    []byte // JSON, when completed
	Error     string // short and safe, when failed
	CreatedAt time.Time
	EndedAt   time.Time // zero while it runs
}

// Account owns everything; a key lets it in.
type Account struct {
	ID        int64
	Name      string
	Suspended bool
	Settings  AccountSettings
}

// AccountSettings are what an operator may set for one account: what its origins
// are like (Classifieds API, sections 4.5 and 6).
type AccountSettings struct {
	SourceRules
	// Revalidate asks the origin again, with a conditional GET, for each URL
	// without a version in a list that is sent again: its bytes may have changed.
	Revalidate bool `json:"revalidate,omitempty"`
	// SingleUse says that each URL works once: there is one GET, and no second
	// try but by a retry call.
	SingleUse bool `json:"singleUse,omitempty"`
	// UserAgent names the account's fetches to its origins, "" for ours.
	UserAgent string `json:"userAgent,omitempty"`
	// RefuseErased has bytes that the account has had erased refused when it
	// sends them again.
	RefuseErased bool `json:"refuseErased,omitempty"`
}
