package main

import (
	"cmp"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
)

// scopes are those of the Classifieds API, section 1, and the operator's.
var scopes = []string{
	gallery.ScopeAll, "caas:classifieds:read", "caas:classifieds:create", "caas:classifieds:update", "caas:classifieds:delete", gallery.ScopeOperator,
}

// settings is everything an operator may choose.
type settings struct {
	Data          string
	Listen        string
	TraceEndpoint string
	DebugListen   string
	PublicURL     string
	DB            string
	Blobs         string
	From          string
	FromBlobs     string
	To            string
	ToBlobs       string
	Scan          string
	FetchAllow    []netip.Prefix
	AllowHosts    []string
	UserAgent     string
	Grace         time.Duration
	Drain         time.Duration
	LogFormat     string
	LogLevel      string
	Account       string
	Scopes        []string
	DryRun        bool
	Portals       []string
	StrictUA      bool
	Roles         []string

	FetchWorkers    int
	TempBytes       int64
	DeliverWorkers  int
	ScanWorkers     int
	EncodeWorkers   int
	EncodeMemory    int64
	OptimiseWorkers int
	OptimiseMemory  int64
	OptimisePixels  int64
	Limits          vitrine.Limits
	Recipe          imaging.Recipe

	from map[string]string // by a setting's name: the flag or variable that it came by
}

// source is where a setting came from.
func (s *settings) source(row setting) string {
	return cmp.Or(s.from[row.name], "default")
}

func defaultSettings() settings {
	return settings{
		Data:            "data",
		Listen:          "127.0.0.1:8080",
		Grace:           20 * time.Second,
		LogFormat:       "text",
		LogLevel:        "info",
		Account:         "default",
		Scopes:          []string{gallery.ScopeAll},
		Portals:         classifiedsapi.DefaultPortals,
		Roles:           allRoles,
		FetchWorkers:    max(16, 4*runtime.GOMAXPROCS(0)), // they mostly wait
		TempBytes:       4 << 30,
		DeliverWorkers:  16,
		ScanWorkers:     4,
		EncodeWorkers:   1,
		EncodeMemory:    2 << 30,
		OptimiseWorkers: runtime.GOMAXPROCS(0), // which heeds the limits of a container
		OptimiseMemory:  2 << 30,
		// Two of the largest pictures. Where there are many cores, what a camera
		// makes for each of them: those are never held up.
		OptimisePixels: max(2*vitrine.DefaultLimits().MaxPixels, int64(runtime.GOMAXPROCS(0))*25_000_000),
		Limits:         vitrine.DefaultLimits(),
		Recipe:         imaging.DefaultRecipe(),
	}
}

// table is the one table of settings: each a flag, an environment variable
// VITRINE_…, a default and a help text.
func (s *settings) table() []setting {
	limits := &s.Limits
	return []setting{
		{"data", "folder of the database, the bytes and temporary files", needed(&s.Data)},
		{"listen", "address to listen on, HOST:PORT", hostPort(&s.Listen)},
		{"debug-listen", "address of profiles (/debug/pprof/) and of the log's level (/debug/loglevel), for nobody else: 127.0.0.1:6060; empty: none", hostPortOrNone(&s.DebugListen)},
		{"trace-endpoint", "receiver of traces by OTLP/HTTP, http://host:4318; its variables OTEL_… say the rest; empty: no traces", baseURL(&s.TraceEndpoint)},
		{"public-url", "begins every URL given out; empty: http:// and the listen address", baseURL(&s.PublicURL)},
		{"db", "database, sqlite:///path or postgres://…; empty: a file in --data", schemed(&s.DB, "sqlite", "postgres", "postgresql")},
		{"blobs", "bucket of the bytes, file:///path or s3://bucket/prefix?endpoint=…; empty: a folder in --data", schemed(&s.Blobs, "file", "s3")},
		{"roles", "what this server does, separated by commas; others of the same PostgreSQL database do the rest", oneOfEach(&s.Roles, allRoles...)},
		{"from", "database that move takes from; empty: that of --db or --data", schemed(&s.From, "sqlite", "postgres", "postgresql")},
		{"from-blobs", "bucket that move takes from; empty: that of --blobs or --data", schemed(&s.FromBlobs, "file", "s3")},
		{"to", "database that move fills; empty: the rows stay", schemed(&s.To, "sqlite", "postgres", "postgresql")},
		{"to-blobs", "bucket that move fills; empty: the bytes stay", schemed(&s.ToBlobs, "file", "s3")},
		{"dry-run", "whether scrub only tells what is wrong: true or false", boolean(&s.DryRun)},
		{"scan", "virus scanner that everything passes first, clamav://host:port or clamav:///path/of/socket; its MaxFileSize must be above ours; empty: none", schemed(&s.Scan, "clamav")},
		{"account", "account that a keys or accounts command is about", needed(&s.Account)},
		{"scopes", "what a new key may do in the Classifieds API, separated by commas; then it is for that API alone; caas:*,operator is for everything, and shows the queues of all accounts on the dashboard", oneOfEach(&s.Scopes, scopes...)},
		{"fetch-allow", "private networks that may be fetched from, CIDR, separated by commas", prefixes(&s.FetchAllow)},
		{"fetch-allow-host", "host names that may be fetched from wherever they lead, separated by commas", words(&s.AllowHosts)},
		{"user-agent", "how vitrine names itself to origins; empty: its own name and address", headerText(&s.UserAgent)},
		{"portals", "portals that a classified may name, separated by commas", list(&s.Portals)},
		{"strict-user-agent", "whether the Classifieds API insists on the form of a User-Agent: true or false", boolean(&s.StrictUA)},
		{"fetch-workers", "downloads at one time, and half as many of those that yield", number(&s.FetchWorkers, 1)},
		{"temp-bytes", "bytes of downloads, and copies of originals, in the temporary folder at one time; a file that is larger has it alone", number(&s.TempBytes, 1)},
		{"deliver-workers", "webhooks called at one time", number(&s.DeliverWorkers, 1)},
		{"scan-workers", "files scanned for viruses at one time", number(&s.ScanWorkers, 1)},
		{"encode-workers", "videos encoded at one time, each in a child process", number(&s.EncodeWorkers, 1)},
		{"encode-memory", "bytes of address space for a child process that encodes", number(&s.EncodeMemory, 512<<20)},
		{"optimise-workers", "pictures optimised at one time, each in a child process", number(&s.OptimiseWorkers, 1)},
		{"optimise-memory", "bytes of address space for a child process", number(&s.OptimiseMemory, 256<<20)},
		{"optimise-pixels", "pixels decoded at one time, width x height of all pictures; a picture of more is decoded alone", number(&s.OptimisePixels, 1)},
		{"grace", "how long running photos may take to finish at a stop", duration(&s.Grace)},
		{"drain", "how long a server that is told to stop takes requests and says on /readyz that it is stopping, before --grace", durationOrNone(&s.Drain)},
		{"rate-limit", "requests a minute for each key", number(&limits.RatePerMinute, 1)},
		{"bulk-rate-limit", "bulk requests a minute for each key", number(&limits.BulkPerMinute, 1)},
		{"classifieds-rate-limit", "requests a minute for each key in the Classifieds API", number(&limits.ClassifiedsPerMinute, 1)},
		{"min-photos", "photos a listing needs to be published", number(&limits.MinPhotos, 0)},
		{"max-photos", "photos a listing may hold", number(&limits.MaxPhotos, 1)},
		{"max-videos", "videos a listing may hold", number(&limits.MaxVideos, 0)},
		{"max-files", "entries of one request", number(&limits.MaxFiles, 1)},
		{"max-media", "media of a classified", number(&limits.MaxMedia, 1)},
		{"max-photo-bytes", "bytes of a photo", number(&limits.MaxPhotoBytes, 1)},
		{"max-video-bytes", "bytes of a video", number(&limits.MaxVideoBytes, 1)},
		{"max-video", "length of a video", duration(&limits.MaxVideo)},
		{"max-pixels", "pixels of a photo, width x height", number(&limits.MaxPixels, 1)},
		{"max-side", "pixels of a photo's longest side", number(&limits.MaxSidePx, 1)},
		{"max-body-bytes", "bytes of a JSON request", number(&limits.MaxBodyBytes, 1)},
		{"fetch-tries", "tries of a download before it has failed", number(&limits.FetchTries, 1)},
		{"fetch-patience", "time from the first try of a download to the last", duration(&limits.FetchPatience)},
		{"fetch-timeout", "time for a whole download", duration(&limits.FetchTimeout)},
		{"video-timeout", "time for the whole download of a video", duration(&limits.VideoTimeout)},
		{"connect-timeout", "time to connect to an origin", duration(&limits.ConnectTimeout)},
		{"idle-timeout", "time an origin may send nothing", duration(&limits.IdleTimeout)},
		{"max-redirects", "redirects of a download", number(&limits.MaxRedirects, 0)},
		{"fetch-per-origin", "downloads at one time from one origin", number(&limits.FetchPerOrigin, 1)},
		{"optimise-timeout", "time to optimise one photo", duration(&limits.OptimiseTimeout)},
		{"store-timeout", "time to put the original of one file into the bucket", duration(&limits.StoreTimeout)},
		{"encode-timeout", "time to encode one video", duration(&limits.EncodeTimeout)},
		{"upload-time", "life of a signed upload URL", duration(&limits.UploadTime)},
		{"upload-kept", "after which an unconfirmed upload is purged", duration(&limits.UploadKept)},
		{"original-kept", "how long originals outlive their last use; at least twice --store-timeout", duration(&limits.OriginalKept)},
		{"job-kept", "how long a job can be asked for after its end", duration(&limits.JobKept)},
		{"answer-kept", "how long an Idempotency-Key gives its answer again", duration(&limits.AnswerKept)},
		{"swap-patience", "how long a classified's gallery waits for the pictures of a new list", duration(&limits.SwapPatience)},
		{"event-kept", "how long events and deliveries can be read", duration(&limits.EventKept)},
		{"deliver-timeout", "time for one call of a webhook", duration(&limits.DeliverTimeout)},
		{"max-queued", "files of one account that may be on their way", number(&limits.MaxQueued, 1)},
		{"tour-check", "after which the page of a virtual tour or a hosted video is looked at again; a dead one after a seventh of it", duration(&limits.TourCheck)},
		{"scrub-at", "time of day, UTC, at which the stored objects are held against the database, HH:MM or never", timeOfDay(&limits.ScrubAt)},
		{"variant-sizes", "longest sides of the variants, px, smallest first", numbers(&s.Recipe.Sizes)},
		{"webp-quality", "quality of the variants, 1-100", number(&s.Recipe.Quality, 1)},
		{"webp-effort", "effort of the WebP encoder, 0-6", number(&s.Recipe.Effort, 0)},
		{"log-format", "text or json", oneOf(&s.LogFormat, "text", "json")},
		{"log-level", "debug, info, warn or error; see also --debug-listen", oneOf(&s.LogLevel, logLevels...)},
	}
}

// publicURL is how every URL given out begins, when the server listens there.
// An address that stands for all of this machine's becomes its local name,
// which serves for a first look; others need --public-url.
func (s settings) publicURL(listening net.Addr) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if at, ok := listening.(*net.TCPAddr); ok && err == nil && port == "0" {
		port = strconv.Itoa(at.Port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// check gives the problems of settings that are each right but not together.
func (s *settings) check() (problems []string) {
	if s.Limits.MinPhotos > s.Limits.MaxPhotos {
		problems = append(problems, "--min-photos is larger than --max-photos")
	}
	if s.Limits.MaxPhotos > s.Limits.MaxFiles {
		problems = append(problems, "--max-photos is larger than --max-files")
	}
	if len(s.Roles) < len(allRoles) && !strings.HasPrefix(s.DB, "postgres") {
		problems = append(problems, "--roles leaves some out, and nobody else can do them without --db postgres://…")
	}
	if s.Recipe.Quality > 100 {
		problems = append(problems, "--webp-quality is larger than 100")
	}
	if s.Recipe.Effort > 6 {
		problems = append(problems, "--webp-effort is larger than 6")
	}
	return problems
}
