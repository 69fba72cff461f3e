// Package openimmo reads OpenImmo transfers (version 1.2): a ZIP archive with
// one XML file, and the attachments ("anhaenge") that the XML names.
//
// Nothing of an archive is ever written to the disk, so no name in it leads
// anywhere. How much is read of it is bounded by MaxFiles, MaxXMLBytes,
// MaxListingBytes and MaxAttachmentBytes, whatever the archive says of itself.
package openimmo

import (
	"fmt"

	"github.com/vitrine-media/vitrine"
)

// The bounds on a transfer. Bytes are counted as they are unpacked.
const (
	MaxFiles           = 50_000    // files in an archive
	MaxXMLBytes        = 4 << 30   // the XML as a whole; it is read as a stream
	MaxListingBytes    = 256 << 20 // one immobilie with what it embeds, which is held in memory
	MaxAttachmentBytes = 500 << 20 // one attachment
)

// Transfer says what a transfer is (the element uebertragung).
type Transfer struct {
	Full     bool   // umfang VOLL: what a provider has beside its listings here is to go
	Deletes  bool   // modus DELETE: listings without an aktion of their own are to go
	Software string // that has sent it
}

// Provider is whose listings they are (the element anbieter).
type Provider struct {
	Line     int
	ID       string // openimmo_anid, or anbieternr where that is empty; "" for none
	Listings int    // how many the transfer has of it
}

// Action is what is to become of a listing (verwaltung_techn/aktion).
type Action string

// The actions. One that a transfer doesn't name is Change.
const (
	Change    Action = "CHANGE"
	Delete    Action = "DELETE"
	Reference Action = "REFERENZ" // sold or let, and shown as such
)

// Listing is one immobilie.
type Listing struct {
	Line        int
	Provider    string // its Provider.ID
	ID          string // openimmo_obid
	Number      string // objektnr_extern
	Action      Action
	Attachments []Attachment // in order, but for the TITELBILD, which is first
	Findings    []Finding    // what was seen of it that a person should know
}

// ExternalID is what the listing is known by from transfer to transfer: its
// openimmo_obid, or its objektnr_extern where that is empty; "" for none.
func (l *Listing) ExternalID() string {
	if l.ID != "" {
		return l.ID
	}
	return l.Number
}

// Location says where the bytes of an attachment are.
type Location string

// The locations.
const (
	Extern Location = "EXTERN" // a file of the archive
	Remote Location = "REMOTE" // a URL
	Intern Location = "INTERN" // in the XML
)

// Attachment is one anhang.
type Attachment struct {
	Line     int
	Location Location // by what Path is, where the sender says otherwise
	Group    string   // gruppe, in capitals
	Title    string   // anhangtitel
	Format   string   // as sent: "jpg", "image/jpeg"
	Path     string   // of a file in the archive, or a URL
	Content  []byte   // of Intern, decoded
	Check    Check
}

// CheckType says what a check is made of.
type CheckType string

// The types of a check.
const (
	CheckMD5      CheckType = "MD5"
	CheckDateTime CheckType = "DATETIME"
	CheckETag     CheckType = "ETAG"
)

// Check tells whether an attachment is what it was the last time: as long as
// type and value are the same, so are the bytes.
type Check struct {
	Type  CheckType // "" for no check
	Value string    // of MD5 32 digits in lower case; otherwise as sent
}

// Kind is what we know an attachment as.
type Kind struct {
	Type     vitrine.MediaType
	Category vitrine.Category // "" for none
}

// Finding is one thing that a person should know, and what to do about it.
type Finding struct {
	Line    int    // of the XML
	Listing string // its external id, "" for the transfer as a whole
	Error   bool   // the listing can't be taken in as it is; otherwise something is left out, or guessed
	Text    string
	Remedy  string
}

// Severity is "error" or "warning".
func (f Finding) Severity() string {
	if f.Error {
		return "error"
	}
	return "warning"
}

func (f Finding) String() string {
	return fmt.Sprintf("line %d: %s: %s; %s", f.Line, f.Severity(), f.Text, f.Remedy)
}
