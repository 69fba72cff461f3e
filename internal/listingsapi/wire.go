package listingsapi

import (
	"encoding/json"

	"github.com/vitrine-media/vitrine"
)

// The bodies of the API, as sent over the wire and as described by its
// document. The names of these types are the names of the schemas there. Those
// that others embed are exported, because the document leaves out the fields of
// embedded types that are not.

// importRequest is the body of POST /media/upload-from-url (section 3.4).
type importRequest struct {
	_          struct{} `additionalProperties:"true"`
	URL        string   `json:"url" maxLength:"2048" doc:"http or https. Fetched in the background." example:"https://images.example.com/kitchen.jpg"`
	ExternalID *string  `json:"externalId,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the file. A known one gives the file that has it."`
}

// Imported is the answer to it.
type Imported struct {
	MediaID    int64        `json:"mediaId"`
	Status     optimization `json:"status"`
	ExternalID *string      `json:"externalId"`
	JobID      *int64       `json:"jobId" doc:"The import under way, null when none is."`
}

// uploadRequest is the body of POST /media/request-upload-url (section 3.6).
type uploadRequest struct {
	_           struct{} `additionalProperties:"true"`
	ContentType fileType `json:"contentType"`
	Filename    *string  `json:"filename,omitempty" maxLength:"255"`
	Size        *int64   `json:"size,omitempty" minimum:"1" doc:"Bytes, at most maxPhotoBytes, of a video maxVideoBytes. Once told, the upload must have that many."`
	ExternalID  *string  `json:"externalId,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the file. One that waits for its bytes gives the same file and a fresh URL."`
}

// UploadRequested is the answer to it.
type UploadRequested struct {
	MediaID    int64             `json:"mediaId"`
	UploadURL  string            `json:"uploadUrl" format:"uri" doc:"Takes the raw bytes, without a key, as often as wanted until the upload is confirmed."`
	Method     string            `json:"method" enum:"PUT"`
	Headers    map[string]string `json:"headers" doc:"To send with the bytes."`
	ExternalID *string           `json:"externalId"`
	ExpiresAt  instant           `json:"expiresAt" doc:"By when the upload has to start."`
	ExpiresIn  int               `json:"expiresIn" doc:"The same in seconds from now." example:"1800"`
}

// linkRequest is the body of POST /media/{id}/link and /listings/{id}/link
// (section 3.7).
type linkRequest struct {
	_          struct{} `additionalProperties:"true"`
	ExternalID string   `json:"externalId" minLength:"1" maxLength:"255" doc:"Your own id, in the place of any that there is." example:"flat-77-kitchen"`
}

// Linked is the answer to it.
type Linked struct {
	ID         int64  `json:"id"`
	ExternalID string `json:"externalId"`
	Linked     bool   `json:"linked" enum:"true"`
}

// Unlinked is the answer to the DELETE of a link.
type Unlinked struct {
	ID         int64   `json:"id"`
	ExternalID *string `json:"externalId" doc:"The id just removed, null when there was none."`
	Unlinked   bool    `json:"unlinked" enum:"true"`
}

// Deleted is the answer to a DELETE.
type Deleted struct {
	Deleted bool `json:"deleted" enum:"true"`
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
	Kept      []string              `json:"kept" nullable:"false" doc:"The SHA-256 of bytes that stay, since another file has them: of this account, or of others."`
}

// ListingWrite is the body of PUT /listings (section 4.1). Of the advert's own
// fields those with rules are named; any others are kept and given back.
type ListingWrite struct {
	_             struct{}          `additionalProperties:"true"`
	ID            *int64            `json:"id,omitempty" minimum:"1" doc:"Of an existing listing. Exactly one of id and externalId is sent."`
	ExternalID    *string           `json:"externalId,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the listing, which is created when it is new." example:"flat-77"`
	Status        *string           `json:"announcementStatus,omitempty" enum:"draft,active,hidden,completed" doc:"A new listing is a draft; active asks to publish." example:"draft"`
	Files         *[]listingFileRef `json:"files,omitempty" doc:"The whole list, in its order, the cover first; absent leaves the list as it is. At most maxFiles entries."`
	Type          *string           `json:"announcementType,omitempty" enum:"rent,sale"`
	PropertyType  *string           `json:"propertyType,omitempty" enum:"residential,commercial,parking"`
	SecondaryType any               `json:"propertySecondaryType,omitempty"`
	Value         any               `json:"announcementValue,omitempty"`
	Currency      *string           `json:"announcementCurrency,omitempty" enum:"EUR,USD,MDL"`
	Description   *string           `json:"announcementDescription,omitempty" minLength:"40" maxLength:"2000" example:"Three bright rooms with a balcony over the old harbour."`
	Address       any               `json:"propertyAddress,omitempty"`
	Coordinates   *coordinates      `json:"propertyCoordinates,omitempty"`
}

type coordinates struct {
	_   struct{} `additionalProperties:"true"`
	Lat float64  `json:"lat" minimum:"-90" maximum:"90" doc:"Degrees."`
	Lng float64  `json:"lng" minimum:"-180" maximum:"180" doc:"Degrees."`
}

// listingFileRef is one entry of files: a url with or without an
// externalFileId, or an id, or an externalFileId; and whether it was altered.
type listingFileRef struct {
	_              struct{} `additionalProperties:"true"`
	URL            *string  `json:"url,omitempty" maxLength:"2048" doc:"http or https. Fetched, unless the externalFileId is known." example:"https://images.example.com/kitchen.jpg"`
	ID             *int64   `json:"id,omitempty" minimum:"1" doc:"Of a file that is here; sent alone."`
	ExternalFileID *string  `json:"externalFileId,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the file; alone, the file must be here."`
	Altered        *bool    `json:"altered,omitempty" doc:"Whether a trained model made or altered the picture, which is then shown with a label."`
	AlteredFrom    *string  `json:"alteredFrom,omitempty" minLength:"1" maxLength:"255" doc:"Your own id of the picture that it was made of, which the list should have too. Only where altered is true." example:"flat-77-kitchen"`
}

// ListingWritten is the answer to a write of a listing.
type ListingWritten struct {
	ID         int64                 `json:"id"`
	ExternalID *string               `json:"externalId"`
	Status     vitrine.ListingStatus `json:"status" enum:"draft,pending_active,active,hidden,expired,completed,publish_failed,blocked"`
	PublicURL  string                `json:"publicUrl" format:"uri" doc:"The page that shows the listing's pictures, 404 until it is public."`
	GalleryURL string                `json:"galleryUrl" format:"uri" doc:"The same as JSON."`
	Created    bool                  `json:"created"`
	Updated    bool                  `json:"updated"`
	JobID      *int64                `json:"jobId" doc:"The publication under way, null when none is."`
}

// listingPage is the answer of GET /listings.
type listingPage struct {
	Items []listing `json:"items" nullable:"false"`
	Total int       `json:"total" doc:"Listings on all pages."`
	Page  int       `json:"page"`
	Limit int       `json:"limit"`
}

// listing is section 4.3.
type listing struct {
	ID           int64         `json:"id"`
	ExternalID   *string       `json:"externalId"`
	PublicURL    string        `json:"publicUrl" format:"uri"`
	CreatedAt    instant       `json:"createdAt"`
	UpdatedAt    instant       `json:"updatedAt" doc:"The last accepted change."`
	LastSyncedAt instant       `json:"lastSyncedAt" doc:"The last accepted write, whether it changed anything or not."`
	FormData     formData      `json:"formData"`
	Files        []listingFile `json:"files" nullable:"false"`
}

// listingFile is one file of a listing.
type listingFile struct {
	ID           int64        `json:"id"`
	ExternalID   *string      `json:"externalId"`
	ContentType  *string      `json:"contentType" doc:"By content, whatever the origin said." example:"image/jpeg"`
	Size         *string      `json:"size" pattern:"^[0-9]+$" doc:"Bytes of the original, as a string." example:"1830442"`
	Optimization optimization `json:"optimization"`
	Progress     *int         `json:"progress" minimum:"0" maximum:"100" doc:"Percent of a video that is being processed."`
	Duration     *float64     `json:"duration" doc:"Seconds of a video." example:"42.375"`
	Altered      bool         `json:"altered" doc:"As sent with the list. What the file itself says is in the media object."`
	AlteredFrom  *string      `json:"alteredFrom" doc:"As sent with the list."`
	Shown        bool         `json:"shown" doc:"Whether it stands in the gallery that the public sees now; of several videos only the first does."`
}

// media is section 3.3.
type media struct {
	ID            int64             `json:"id"`
	ExternalID    *string           `json:"externalId"`
	Size          *int64            `json:"size" doc:"Bytes of the original."`
	ContentType   *string           `json:"contentType" doc:"By content, whatever the origin said." example:"image/jpeg"`
	Optimization  optimization      `json:"optimization"`
	Progress      *int              `json:"progress" minimum:"0" maximum:"100" doc:"Percent of a video that is being processed."`
	Blurhash      *string           `json:"blurhash" doc:"Of a video its poster's, as thumbhash and dominantColor." example:"LEHV6nWB2yk8pyo0adR*.7kCMdnj"`
	OriginalURL   *string           `json:"originalUrl" format:"uri" doc:"The bytes as sent, which may say where a photo was taken. For you only."`
	Variants      []variant         `json:"variants" nullable:"false" doc:"Pictures, smallest first; of a video those of its poster, and then the videos."`
	Width         *int              `json:"width" doc:"Pixels, upright."`
	Height        *int              `json:"height" doc:"Pixels, upright."`
	Duration      *float64          `json:"duration" doc:"Seconds of a video." example:"42.375"`
	Thumbhash     *string           `json:"thumbhash" doc:"Base64." example:"rOYJNYZXeIiNeHiAeMh3hUdwetUI"`
	DominantColor *string           `json:"dominantColor" pattern:"^#[0-9a-f]{6}$" example:"#9aa4f7"`
	Failure       nullable[failure] `json:"failure"`

	DigitalSourceType *string            `json:"digitalSourceType" pattern:"^[A-Za-z]+$" doc:"What the file says that it comes from (IPTC digital source type). The variants of a picture that a trained model made or altered say so too." example:"trainedAlgorithmicMedia"`
	C2PA              bool               `json:"c2pa" doc:"Whether the file has Content Credentials. Nobody has verified them."`
	Panorama          nullable[panorama] `json:"panorama" doc:"Of a panorama, for viewers that turn it around; the variants show it flat."`
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
	Owner     vitrine.Owner       `json:"owner" enum:"sender,origin,us" doc:"Whose turn it is."`
	Remedy    string              `json:"remedy" doc:"What to do about it."`
	Retryable bool                `json:"retryable" doc:"Whether trying the same source again makes sense."`
}

// job is section 3.8.
type job struct {
	ID                 int64             `json:"id"`
	Type               vitrine.JobType   `json:"type" enum:"media_import,announcement_finalize"`
	Status             vitrine.JobStatus `json:"status" enum:"pending,processing,failed_retryable,completed,failed" doc:"Poll until completed or failed; we retry failed_retryable by ourselves."`
	QueuePosition      int               `json:"queuePosition" minimum:"0" doc:"Jobs ahead of a pending one."`
	Progress           *int              `json:"progress" minimum:"0" maximum:"100" doc:"Percent of the video that an import encodes, from when there is some."`
	CreatedAt          instant           `json:"createdAt"`
	ResultData         jobResult         `json:"resultData"`
	PublicErrorMessage *string           `json:"publicErrorMessage"`
}

// jobResult is what a completed job gives, null before.
type jobResult struct{ raw json.RawMessage }

// agency is the answer of GET /agency.
type agency struct {
	ID      int64        `json:"id"`
	Name    string       `json:"name"`
	Status  string       `json:"status" enum:"active"`
	Limits  agencyLimits `json:"limits"`
	Version string       `json:"version" doc:"Of the server's program."`
}

// agencyLimits are the limits in force (section 3.1).
type agencyLimits struct {
	MinPhotos       int     `json:"minPhotos" doc:"Photos a listing needs to be published."`
	MaxPhotos       int     `json:"maxPhotos" doc:"Photos a listing may hold."`
	MaxVideos       int     `json:"maxVideos" doc:"Videos a listing may hold, beside its photos."`
	MaxFiles        int     `json:"maxFiles" doc:"Entries of one request's list."`
	MaxPhotoBytes   int64   `json:"maxPhotoBytes"`
	MaxVideoBytes   int64   `json:"maxVideoBytes"`
	MaxVideoSeconds float64 `json:"maxVideoSeconds" doc:"Of its streams." example:"180"`
	MaxPixels       int64   `json:"maxPixels" doc:"Width times height."`
	MaxSidePx       int     `json:"maxSidePx"`
	MaxBodyBytes    int64   `json:"maxBodyBytes" doc:"A JSON request body."`
	RatePerMinute   int     `json:"ratePerMinute" doc:"Requests a minute for each key."`
	BulkPerMinute   int     `json:"bulkPerMinute" doc:"Of these, on the bulk endpoints."`
}
