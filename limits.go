package vitrine

import "time"

// Limits are the rules an operator may change; DefaultLimits are the contracts'
// (Listings API 3.1, Classifieds API 6).
type Limits struct {
	MinPhotos            int // photos a listing needs to be published
	MaxPhotos            int // photos a listing may hold
	MaxVideos            int // videos a listing may hold
	MaxFiles             int // entries of one request's list
	MaxMedia             int // media of a classified
	MaxPhotoBytes        int64
	MaxVideoBytes        int64
	MaxVideo             time.Duration // of its streams
	MaxPixels            int64         // width x height of a picture, from its header
	MaxSidePx            int           // longest side of a picture, from its header
	MaxBodyBytes         int64         // a JSON request body
	RatePerMinute        int           // requests a minute for each key
	BulkPerMinute        int           // requests a minute for each key on the bulk endpoints
	ClassifiedsPerMinute int           // requests a minute for each key in the Classifieds API
	FetchTries           int           // tries of one download before it is a failure
	FetchPatience        time.Duration // from the first try of a download to the last
	FetchTimeout         time.Duration // one download of a photo, from dial to last byte
	VideoTimeout         time.Duration // one download of a video
	ConnectTimeout       time.Duration
	IdleTimeout          time.Duration // between two reads of a body
	MaxRedirects         int
	FetchPerOrigin       int           // downloads at one time from one host
	StoreTimeout         time.Duration // one original on its way into the bucket
	OptimiseTimeout      time.Duration // one photo, in its child process
	EncodeTimeout        time.Duration // one video, in its child processes
	UploadTime           time.Duration // life of a signed upload URL, checked when the upload starts
	UploadKept           time.Duration // after which an upload that was not confirmed is purged
	OriginalKept         time.Duration // how long the bytes as sent outlive their last use
	JobKept              time.Duration // how long a job can be asked for after its end
	AnswerKept           time.Duration // how long an idempotency key gives its saved answer
	SwapPatience         time.Duration // how long a classified's gallery waits for the pictures of a new list
	EventKept            time.Duration // how long events and deliveries can be read
	DeliverTimeout       time.Duration // one delivery to a webhook
	MaxQueued            int           // files of an account that may wait for their download or are on their way
	TourCheck            time.Duration // after which a link is looked at again; a dead one after a seventh of it
	ScrubAt              time.Duration // time of day, UTC, at which the stored objects are looked through; negative: never
}

// OriginalsLive is OriginalKept, and longer where that is short: a request that
// puts an original may outlive who has sent it, and has to end before the original
// is deleted, or it would lie there with no row that tells of it.
func (l *Limits) OriginalsLive() time.Duration { return max(l.OriginalKept, 2*l.StoreTimeout) }

// DefaultLimits are what the contracts say.
func DefaultLimits() Limits {
	return Limits{
		MinPhotos:            3,
		MaxPhotos:            20,
		MaxVideos:            3,
		MaxFiles:             100,
		MaxMedia:             100,
		MaxPhotoBytes:        50_000_000,
		MaxVideoBytes:        500_000_000,
		MaxVideo:             3 * time.Minute,
		MaxPixels:            100_000_000,
		MaxSidePx:            16_000,
		MaxBodyBytes:         512 << 10,
		RatePerMinute:        300,
		BulkPerMinute:        30,
		ClassifiedsPerMinute: 6000,
		FetchTries:           5,
		FetchPatience:        15 * time.Minute,
		FetchTimeout:         time.Minute,
		VideoTimeout:         10 * time.Minute,
		ConnectTimeout:       5 * time.Second,
		IdleTimeout:          10 * time.Second,
		MaxRedirects:         5,
		FetchPerOrigin:       8,
		StoreTimeout:         10 * time.Minute,
		OptimiseTimeout:      time.Minute,
		EncodeTimeout:        10 * time.Minute,
		UploadTime:           30 * time.Minute,
		UploadKept:           24 * time.Hour,
		OriginalKept:         24 * time.Hour,
		JobKept:              30 * 24 * time.Hour,
		AnswerKept:           24 * time.Hour,
		SwapPatience:         30 * time.Minute,
		EventKept:            30 * 24 * time.Hour,
		DeliverTimeout:       20 * time.Second,
		MaxQueued:            50_000,
		TourCheck:            7 * 24 * time.Hour,
		ScrubAt:              3 * time.Hour,
	}
}
