// Package resumable is the face of vitrine for people on bad lines: resumable
// upload by the tus 1.0 protocol (https://tus.io/protocols/resumable-upload),
// beside the signed upload of the Listings API, section 3.6, and ending in the
// same confirmation.
//
// A client creates an upload with POST and the metadata "filetype" (one of
// vitrine.ImageTypes or vitrine.VideoTypes) and, where wanted, "externalId"; the
// answer names the media that waits for the bytes in X-Media-Id. It sends the bytes in one PATCH
// or in many, asks with HEAD where to go on after its line broke, and learns
// with the last byte, in X-Job-Id, which job imports the file. An upload that
// is not finished in Limits.UploadKept is removed. Creation knows no
// Idempotency-Key: sent again with its externalId it gives the same media.
//
// The protocol is tusd's work. What is here: who may do what, what an upload
// means to vitrine, where its bytes lie until all have come, and errors in the
// shape of the Listings API.
package resumable

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	tuslog "golang.org/x/exp/slog"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Path is where uploads are created; each then has an address below it.
const Path = "/api/v1/uploads"

const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,expiration,termination"
)

// stallTime is how long a client may send nothing before it is cut off. It
// replaces the server's own limit for a whole request, which a slow line can't
// keep.
const stallTime = 30 * time.Second

// lockTime is how long a request waits for another one of the same upload.
const lockTime = 20 * time.Second

// Config is what the face needs from outside. Every field is required.
type Config struct {
	Gallery   *gallery.Gallery
	Dir       string // of unfinished uploads; made when absent, of this server alone
	PublicURL string // begins the addresses of uploads, without a slash at its end
	Limits    vitrine.Limits
	Now       func() time.Time
	Log       *slog.Logger
}

// Handler answers the requests at Path and below. It is safe for concurrent
// use. All it knows lies in its folder.
type Handler struct {
	gallery *gallery.Gallery
	limits  vitrine.Limits
	now     func() time.Time
	log     *slog.Logger
	shelf   shelf
	locks   locker
	tus     http.Handler

	stopping context.Context
	stop     context.CancelFunc
}

// New makes a Handler. It expects whole paths: mount it at Path and at Path+"/"
// without stripping.
func New(cfg Config) (*Handler, error) { return newHandler(cfg, stallTime) }

func newHandler(cfg Config, stall time.Duration) (*Handler, error) {
	shelf, err := openShelf(cfg.Dir)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		gallery: cfg.Gallery, limits: cfg.Limits, now: cfg.Now, log: cfg.Log,
		shelf: shelf, locks: locker{memorylocker.New()},
	}
	h.stopping, h.stop = context.WithCancel(context.Background())

	composer := handler.NewStoreComposer()
	composer.UseCore(dataStore{shelf})
	composer.UseTerminater(dataStore{shelf})
	composer.UseLocker(h.locks)
	tus, err := handler.NewUnroutedHandler(handler.Config{
		StoreComposer:             composer,
		MaxSize:                   maxBytes(cfg.Limits),
		BasePath:                  cfg.PublicURL + Path,
		Cors:                      &handler.CorsConfig{Disable: true},
		Logger:                    tuslog.New(tuslog.NewTextHandler(io.Discard, nil)), // ServeHTTP logs, a line for each request
		PreUploadCreateCallback:   h.created,
		PreFinishResponseCallback: h.finished,
		AcquireLockTimeout:        lockTime,
		NetworkTimeout:            stall,
	})
	if err != nil {
		return nil, fmt.Errorf("set up resumable uploads: %w", err)
	}
	h.tus = tus.Middleware(route(tus))
	return h, nil
}

// maxBytes is the largest upload of all. What a file of its type may have is
// checked when it is created.
func maxBytes(l vitrine.Limits) int64 { return max(l.MaxPhotoBytes, l.MaxVideoBytes) }

// Stop ends the bodies that are being read, so that a server can shut down
// while slow uploads are under way: what has come is kept, and their senders
// are told to go on later. Requests that follow are ended likewise.
func (h *Handler) Stop() { h.stop() }

// route is the one table of tus requests. Their paths are "/" or "/" and an id.
func route(tus *handler.UnroutedHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch creation := r.URL.Path == "/"; {
		case creation && r.Method == http.MethodPost:
			tus.PostFile(w, r)
		case !creation && r.Method == http.MethodHead:
			tus.HeadFile(w, r)
		case !creation && r.Method == http.MethodPatch:
			tus.PatchFile(w, r)
		case !creation && r.Method == http.MethodDelete:
			tus.DelFile(w, r)
		default:
			w.Header().Set("Allow", "HEAD, PATCH, DELETE, OPTIONS")
			if creation {
				w.Header().Set("Allow", "POST, OPTIONS")
			}
			t := turnOf(r.Context())
			t.err = vitrine.Errorf(vitrine.CodeMethodNotAllowed, "Cannot %s %s", r.Method, t.path)
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}
