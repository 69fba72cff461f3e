package classifiedsapi

import "github.com/vitrine-media/vitrine"

// The bodies of the API, as sent over the wire and as described by its
// document. The names of these types are the names of the schemas there.

// classifiedRequest is the body of POST and PUT (section 2).
type classifiedRequest struct {
	Portals  []string       `json:"portals" nullable:"false" uniqueItems:"true" doc:"Where to publish; none to publish nowhere." example:"[\"SL\"]"`
	Data     freeObject     `json:"data" doc:"The advert, kept as it is. metaData.source.offererEstateId is unique for an account."`
	Specific freeObject     `json:"specific,omitempty" doc:"Kept as it is."`
	Media    []mediaRequest `json:"media,omitempty" nullable:"false" doc:"The whole list, in display order; absent is the same as empty."`
}

// mediaRequest is one media of the list (section 3).
type mediaRequest struct {
	URL       string     `json:"url" maxLength:"2048" doc:"http or https, fetched in the background. Another timestamp parameter means another version." example:"https://images.example.com/kitchen.jpg?timestamp=2026-02-13T09:25:57"`
	MediaType mediaType  `json:"mediaType"`
	Category  category   `json:"category,omitempty"`
	Tags      []category `json:"tags,omitempty" nullable:"false"`
	Title     string     `json:"title,omitempty" minLength:"1" doc:"One line, not blank."`

	Altered     bool   `json:"altered,omitempty" doc:"Whether a trained model made or altered the picture, which is then shown with a label. True only of a PICTURE or a PANORAMA."`
	AlteredFrom string `json:"alteredFrom,omitempty" minLength:"1" maxLength:"2048" doc:"The URL, as in this list, of the picture that it was made of. Only where altered is true." example:"https://images.example.com/kitchen-bare.jpg"`
}

// links are absolute addresses.
type links struct {
	Self     string `json:"self" format:"uri"`
	Statuses string `json:"statuses" format:"uri"`
}

// written is the answer to a write or the DELETE of a classified, or to its dry
// run.
type written struct {
	ClassifiedID *string         `json:"classifiedId" format:"uuid" doc:"Null for the dry run of a POST."`
	Revision     int64           `json:"revision" doc:"The one that was made; of a dry run the one that is there, 0 for none."`
	Links        nullable[links] `json:"links" doc:"Null for the dry run of a POST."`
	GalleryURL   *string         `json:"galleryUrl" format:"uri" doc:"What the public sees, as JSON. Null for a classified that is deleted, or not there yet."`
	PublicURL    *string         `json:"publicUrl" format:"uri" doc:"The page that shows it, 404 until it is public. Null like galleryUrl."`
	Message      *string         `json:"message" doc:"What there is to know about a write that was accepted and will come to nothing: a PUT on a deleted classified."`
	Plan         []planLine      `json:"plan" nullable:"false" doc:"One line for each item of the list, in its order; then what is removed."`
	Erasure      *erasure        `json:"erasure,omitempty" doc:"Of a DELETE that erases: the receipt."`
}

// erasure is the receipt of what is deleted for good.
type erasure struct {
	ID        string                `json:"id" format:"uuid"`
	Status    vitrine.ErasureStatus `json:"status" enum:"erasing,erased" doc:"erased when the last byte is gone, which takes seconds."`
	CreatedAt instant               `json:"createdAt"`
	EndedAt   nullable[instant]     `json:"endedAt"`
	Keys      []string              `json:"keys" nullable:"false" doc:"The stored objects that are deleted."`
	URLs      []string              `json:"urls" nullable:"false" doc:"The public addresses that answer 404 from now on."`
	Rows      map[string]int64      `json:"rows" doc:"How many rows of the database are deleted, by table."`
	Kept      []string              `json:"kept" nullable:"false" doc:"The SHA-256 of bytes that stay, since another media has them: of this account, or of others."`
}

// planLine is what a write does with one media.
type planLine struct {
	Action     action  `json:"action"`
	MediaID    *string `json:"mediaId" format:"uuid" doc:"Null for one that is not there yet."`
	MediaStays bool    `json:"mediaStays" doc:"True for the removal of one of several places of a media, which keeps another: nothing is deleted."`
	URL        string  `json:"url" doc:"As sent."`
	From       *int    `json:"from" doc:"Place in the list before, counted from 0."`
	To         *int    `json:"to" doc:"Place in the list after, counted from 0."`
	Why        *string `json:"why" doc:"Of a refetch."`
}

// retried is the answer to the retry of a media.
type retried struct {
	ClassifiedID string `json:"classifiedId" format:"uuid"`
	MediaID      string `json:"mediaId" format:"uuid"`
	Links        links  `json:"links"`
}

// classified is a classified as it was sent, and how it stands.
type classified struct {
	ClassifiedID string            `json:"classifiedId" format:"uuid"`
	Revision     int64             `json:"revision"`
	Status       status            `json:"status" doc:"The newest of its statuses."`
	SubStatus    *string           `json:"subStatus"`
	Message      string            `json:"message"`
	StatusDate   instant           `json:"statusDate"`
	Portals      []string          `json:"portals" nullable:"false"`
	Data         freeObject        `json:"data"`
	Specific     freeObject        `json:"specific,omitempty"`
	Media        []ClassifiedMedia `json:"media" nullable:"false" doc:"In order; none of a deleted one."`
	Links        links             `json:"links"`
	GalleryURL   *string           `json:"galleryUrl" format:"uri" doc:"What the public sees, as JSON. Null for a classified that is deleted."`
	PublicURL    *string           `json:"publicUrl" format:"uri" doc:"What the public sees, as a page. Null like galleryUrl."`
	CreatedAt    instant           `json:"createdAt"`
	UpdatedAt    instant           `json:"updatedAt" doc:"The last change that was accepted."`
}

// ClassifiedMedia is one media of a classified as it was sent, and how it
// stands. It is exported because the document leaves out the fields of embedded
// types that are not.
type ClassifiedMedia struct {
	MediaID   string             `json:"mediaId" format:"uuid"`
	Position  int                `json:"position" doc:"Counted from 0."`
	URL       string             `json:"url" doc:"As sent."`
	MediaType mediaType          `json:"mediaType"`
	Category  nullable[category] `json:"category"`
	Tags      []category         `json:"tags" nullable:"false"`
	Title     *string            `json:"title"`
	Status    mediaStatus        `json:"status"`
	Stale     bool               `json:"stale" doc:"Whether it shows its last good version, because the newest can't be had."`
	Failure   nullable[failure]  `json:"failure" doc:"Why the newest version can't be had."`

	Altered     bool    `json:"altered" doc:"As sent. What the file itself says is in digitalSourceType."`
	AlteredFrom *string `json:"alteredFrom" doc:"As sent."`
	Shown       bool    `json:"shown" doc:"Whether it stands in the gallery that the public sees now; of several virtual tours or videos only the first does."`
}

// placedMedia is the same with what it shows.
type placedMedia struct {
	ClassifiedMedia
	ContentType *string   `json:"contentType" doc:"By content, whatever the origin said. Null of a link: a virtual tour, or a video hosted elsewhere." example:"image/jpeg"`
	Width       *int      `json:"width" doc:"Pixels, upright. Of a link its poster's, as height and blurhash."`
	Height      *int      `json:"height" doc:"Pixels, upright."`
	Duration    *float64  `json:"duration" doc:"Seconds of a video." example:"42.375"`
	Progress    *int      `json:"progress" minimum:"0" maximum:"100" doc:"Percent of a video that is being processed."`
	Blurhash    *string   `json:"blurhash" doc:"Of a video its poster's." example:"LEHV6nWB2yk8pyo0adR*.7kCMdnj"`
	Variants    []variant `json:"variants" nullable:"false" doc:"Pictures, smallest first; of a video or a link those of its poster; then the videos. Those of an altered picture say so in their XMP."`

	DigitalSourceType *string            `json:"digitalSourceType" pattern:"^[A-Za-z]+$" doc:"What the file says that it comes from (IPTC digital source type)." example:"trainedAlgorithmicMedia"`
	C2PA              bool               `json:"c2pa" doc:"Whether the file has Content Credentials. Nobody has verified them."`
	Panorama          nullable[panorama] `json:"panorama" doc:"Of a panorama, for viewers that turn it around; the variants show it flat."`
	Link              nullable[link]     `json:"link" doc:"Of a link that led somewhere."`
}

// panorama is a rendition of a whole panorama, and where it lies on what
// surrounds the viewer.
type panorama struct {
	URL            string  `json:"url" format:"uri" doc:"Public and immutable."`
	Width          int     `json:"width" doc:"Pixels, at most 4096, as are all lengths here."`
	Height         int     `json:"height"`
	Size           int64   `json:"size" doc:"Bytes."`
	Projection     string  `json:"projection" enum:"equirectangular,cylindrical"`
	FullWidth      int     `json:"fullWidth" doc:"Of all 360 degrees."`
	FullHeight     int     `json:"fullHeight" doc:"Of all 180 degrees; of a cylinder its height."`
	CroppedLeft    int     `json:"croppedLeft" doc:"From the left of the full panorama."`
	CroppedTop     int     `json:"croppedTop" doc:"From its top; of a cylinder from the horizon, so that it may be negative."`
	CroppedWidth   int     `json:"croppedWidth"`
	CroppedHeight  int     `json:"croppedHeight"`
	HeadingDegrees float64 `json:"headingDegrees" minimum:"0" maximum:"360" doc:"The compass direction of the picture's centre; 0 when the file doesn't say."`
	Guessed        bool    `json:"guessed" doc:"Whether the file doesn't say all this and the rest is by its shape."`
}

// link is what a page says about the virtual tour or the video that it shows.
type link struct {
	Title     *string `json:"title"`
	EmbedURL  *string `json:"embedUrl" format:"uri" doc:"May be the source of a frame; https."`
	Frameable bool    `json:"frameable" doc:"Whether the page itself may be shown in a frame of any https site."`
}

// variant is one rendition of a media.
type variant struct {
	URL         string `json:"url" format:"uri" doc:"Public and immutable."`
	VariantSize string `json:"variantSize" doc:"The longest side asked for; of a video 720 (at most 1280 pixels) and, of a larger one, 1080 (at most 1920). A smaller original is not enlarged." example:"512"`
	Size        int64  `json:"size" doc:"Bytes."`
	Width       int    `json:"width" doc:"Pixels."`
	Height      int    `json:"height" doc:"Pixels."`
	ContentType string `json:"contentType" enum:"image/webp,video/mp4"`
}

// failure is why a media, or its newest version, could not be had.
type failure struct {
	Code      vitrine.FailureCode `json:"code" doc:"Stable, for programs." example:"source_not_found"`
	Message   string              `json:"message" doc:"What happened."`
	Owner     owner               `json:"owner" doc:"Whose turn it is."`
	Remedy    string              `json:"remedy" doc:"What to do about it."`
	Retryable bool                `json:"retryable" doc:"Whether trying the same source again makes sense."`
}

// attempt is a line of a media's timeline.
type attempt struct {
	Stage      string            `json:"stage" enum:"fetch,scan,optimise,encode,repair" doc:"What was tried."`
	Number     int               `json:"number" doc:"1 for the first try of this stage."`
	StartedAt  instant           `json:"startedAt"`
	DurationMs int64             `json:"durationMs"`
	HTTPStatus *int              `json:"httpStatus" doc:"Null when there was no answer."`
	Bytes      int64             `json:"bytes" doc:"Received."`
	Type       *string           `json:"contentType" doc:"By content, null when it was not seen."`
	Failure    nullable[failure] `json:"failure" doc:"Null when it went well."`
}

// statusChange is one line of a classified's history (section 5).
type statusChange struct {
	StatusID         string            `json:"statusId" format:"uuid"`
	ClassifiedID     string            `json:"classifiedId" format:"uuid"`
	Revision         int64             `json:"revision"`
	Portals          []string          `json:"portals" nullable:"false"`
	Status           status            `json:"status"`
	SubStatus        *string           `json:"subStatus" example:"RECEIVED_PUT"`
	SubStatusDetails *string           `json:"subStatusDetails"`
	Message          string            `json:"message"`
	StatusDate       instant           `json:"statusDate"`
	MediaStatuses    []mediaStatusLine `json:"mediaStatuses" nullable:"false" doc:"In the list's order; then what the revision removed."`
}

// mediaStatusLine is what a status says about one media.
type mediaStatusLine struct {
	MediaID          string      `json:"mediaId" format:"uuid"`
	URL              string      `json:"url" doc:"As sent."`
	Status           mediaStatus `json:"status"`
	Message          *string     `json:"message" doc:"What went wrong."`
	SubStatus        *string     `json:"subStatus" doc:"The failure's code, for programs." example:"source_not_found"`
	SubStatusDetails *string     `json:"subStatusDetails" doc:"The facts, and what to do."`
	StatusDate       instant     `json:"statusDate"`
}

// page is a part of a list.
type page[T any] struct {
	Items     []T     `json:"items" nullable:"false"`
	NextToken *string `json:"nextToken" doc:"Of the next page, null on the last."`
}

// list is a whole list.
type list[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// webhook is the body of PUT /webhooks, and its answer.
type webhook struct {
	URL      string   `json:"url" format:"uri" maxLength:"2048" doc:"http or https. Below it, /classifieds/{classifiedId}/statuses is posted to."`
	Statuses []status `json:"statuses,omitempty" nullable:"false" minItems:"1" uniqueItems:"true" doc:"Which to tell; absent for all."`
}

// subscription is that webhook as it stands.
type subscription struct {
	URL            string            `json:"url" format:"uri"`
	Statuses       []status          `json:"statuses,omitempty" nullable:"false" doc:"Which are told; absent for all."`
	Enabled        bool              `json:"enabled"`
	DisabledAt     nullable[instant] `json:"disabledAt"`
	DisabledReason *string           `json:"disabledReason" doc:"Why it is not posted to. PUT enables it again."`
}

// tokenRequest is the body of POST /oauth/token (section 1).
type tokenRequest struct {
	ClientID       string `json:"client_id" doc:"The number of a key." example:"12"`
	ClientSecret   string `json:"client_secret" doc:"The key."`
	GrantType      string `json:"grant_type" enum:"client_credentials"`
	Audience       string `json:"audience,omitempty"`
	IntermediaryID string `json:"intermediary_id,omitempty"`
}

// tokenAnswer is the answer to it.
type tokenAnswer struct {
	AccessToken string `json:"access_token" doc:"A JWT."`
	ExpiresIn   int    `json:"expires_in" doc:"Seconds." example:"86400"`
	TokenType   string `json:"token_type" enum:"Bearer"`
}
