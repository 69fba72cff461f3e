package vitrine

import (
	"strings"
	"time"
)

// MediaType is what a placement shows (Classifieds API, section 3).
type MediaType string

// The media types. A picture and a panorama must yield an image; a virtual tour
// is a link to a page that must answer.
const (
	Picture     MediaType = "PICTURE"
	VirtualTour MediaType = "VIRTUAL_TOUR"
	Panorama    MediaType = "PANORAMA"
	Video       MediaType = "VIDEO"
)

// MediaTypes are all media types.
var MediaTypes = []MediaType{Picture, VirtualTour, Panorama, Video}

// MediaKind is how a media is taken in. One URL sent as two kinds is two media.
type MediaKind string

// The kinds of a media.
const (
	KindFile  MediaKind = "file" // of the Listings API, until its bytes have told which of these it is
	KindImage MediaKind = "image"
	KindTour  MediaKind = "tour"
	KindVideo MediaKind = "video"
)

// KindOf is the kind of a media with bytes of that type.
func KindOf(mediaType string) MediaKind {
	if IsVideo(mediaType) {
		return KindVideo
	}
	return KindImage
}

// Picture reports whether a media of that kind is, or may be, a picture.
func (k MediaKind) Picture() bool { return k == KindImage || k == KindFile }

// Kind is how a media of that type is taken in.
func (t MediaType) Kind() MediaKind {
	switch t {
	case VirtualTour:
		return KindTour
	case Video:
		return KindVideo
	}
	return KindImage
}

// MediaState says how far a media has come.
type MediaState string

// The states of a media. Ready and Failed are ends; a media whose newest
// version failed stays Ready, with a Failure beside its Content.
const (
	MediaAwaiting   MediaState = "awaiting_upload" // its sender has yet to upload and confirm it
	MediaPending    MediaState = "pending"         // waits for its download or its turn
	MediaProcessing MediaState = "processing"      // being downloaded or optimised
	MediaReady      MediaState = "ready"           // has a content to show
	MediaFailed     MediaState = "failed"          // has none, and Failure says why
)

// Ended reports whether nothing more happens by itself.
func (s MediaState) Ended() bool { return s == MediaReady || s == MediaFailed }

// Source is where a media comes from. Two URLs of one identity are the same
// file; a different version means that it has to be downloaded again.
type Source struct {
	URL      string // as sent, fetched verbatim
	Identity string
	Version  string // opaque: compared for equality only
}

// Validator is how an origin names what it sent last, for a conditional GET.
type Validator struct {
	ETag         string
	LastModified string
}

// Media is one file as its sender knows it.
type Media struct {
	ID         int64
	UUID       string
	AccountID  int64
	ExternalID string // the sender's own, "" for none
	Kind       MediaKind
	Source     Source
	SourceKey  string // names its source among the account's classifieds, "" in the Listings API
	HasVersion string // the Source.Version of what it shows, once it shows something
	GoodURL    string // of a link: where it led to last, "" before the first success
	Link       *Link  // what its page says, of a link that leads or has led somewhere; nil otherwise
	WantedLink *Link  // the same of the newest wish, until that has ended
	Validator  Validator
	State      MediaState
	Progress   int      // percent of a video's encoding
	Seq        int64    // +1 with each wish to fetch; a result of an older one is dropped
	Content    *Content // what it shows now; nil before the first success
	Wanted     string   // digest of newer bytes that are being scanned or optimised, "" for none
	Failure    *Failure // why the newest version could not be had
	JobID      int64    // the import under way, 0 for none
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// ContentState says how far the optimising of some bytes has come.
type ContentState string

// The states of a content. Bytes that could not be optimised stay pending: the
// media that sent them have failed, and whoever sends them again has them
// tried again.
const (
	ContentPending ContentState = "pending"
	ContentReady   ContentState = "ready"
	ContentPruning ContentState = "pruning" // nobody uses it, and its bytes are being deleted
)

// ImageTypes are the media types that are taken in (Listings API 3.1).
var ImageTypes = []string{
	"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "image/gif", "image/tiff", "image/bmp",
}

// VideoTypes are the video types that are taken in (Listings API 3.1).
var VideoTypes = []string{"video/mp4", "video/quicktime", "video/x-msvideo"}

// IsVideo reports whether bytes of that type are a video.
func IsVideo(mediaType string) bool { return strings.HasPrefix(mediaType, "video/") }

// Content is bytes, named by their digest, with what optimising them gave. The
// same bytes are stored and optimised once, whoever sends them.
type Content struct {
	SHA256        string // lower-case hex
	Bytes         int64
	Type          string // media type by content: "image/jpeg"
	State         ContentState
	Clean         bool          // a virus scanner has looked and found nothing
	CreatedAt     time.Time     // of the row, which tells it from an earlier one of the same bytes
	Width         int           // px, upright
	Height        int           // px, upright
	Duration      time.Duration // of a video
	Blurhash      string        // of a video its poster's, as all that follows
	Thumbhash     string        // base64
	DominantColor string        // "#rrggbb"
	Recipe        string        // which settings made the variants; part of their address
	Variants      []Variant     // pictures, smallest first, then videos
	Facts         ContentFacts
	Figures       *Figures // of a picture that has just been optimised; a stored one is read without
}

// Pano is the variant for viewers that turn a panorama around, nil for none.
func (c *Content) Pano() *Variant {
	for i := range c.Variants {
		if c.Variants[i].Name == PanoVariant {
			return &c.Variants[i]
		}
	}
	return nil
}

// Pictures are the variants that a picture is shown flat by; of a video they are
// its poster.
func (c *Content) Pictures() []Variant {
	return c.variants(func(v Variant) bool { return !IsVideo(v.Type) && v.Name != PanoVariant })
}

// Videos are the variants of a video that play.
func (c *Content) Videos() []Variant {
	return c.variants(func(v Variant) bool { return IsVideo(v.Type) })
}

func (c *Content) variants(wanted func(Variant) bool) []Variant {
	var some []Variant
	for _, v := range c.Variants {
		if wanted(v) {
			some = append(some, v)
		}
	}
	return some
}

// Variant is one rendition of a content.
type Variant struct {
	Name   string // "128": the longest side asked for; or PanoVariant
	Type   string // "image/webp"
	Width  int    // px
	Height int    // px
	Bytes  int64
	Digest string // SHA-256 of the bytes, lower-case hex; "" of one made before it was noted
}

// File is the name of a variant's file: "512.webp", "720.mp4".
func (v Variant) File() string {
	if IsVideo(v.Type) {
		return v.Name + ".mp4"
	}
	return v.Name + ".webp"
}

// Path is where a variant is served, below the address of the server. It is
// immutable: other bytes have another digest, and other settings another recipe.
func (c *Content) Path(v Variant) string { return "/v/" + c.SHA256 + "/" + c.Recipe + "/" + v.File() }

// LabelledPath is Path for a picture that says that it was altered.
func (c *Content) LabelledPath(v Variant) string {
	return "/v/" + c.SHA256 + "/" + c.Recipe + "/altered/" + v.File()
}

// OutcomeOK is the outcome of an attempt that went well.
const OutcomeOK = "ok"

// Attempt is one line of a media's timeline.
type Attempt struct {
	MediaID    int64
	JobID      int64
	Seq        int64
	Number     int    // 1 for the first try of this stage
	Stage      string // "fetch", "scan", "optimise", "encode", "repair"
	StartedAt  time.Time
	Duration   time.Duration
	HTTPStatus int    // 0 when there was no answer
	Bytes      int64  // received
	Type       string // seen by content
	Outcome    string // OutcomeOK, or the failure code
	Detail     string
}
