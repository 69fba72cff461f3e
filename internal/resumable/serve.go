package resumable

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// turn is what becomes known about a request on its way in.
type turn struct {
	path   string
	caller gallery.Caller
	rec    record // of the upload, once it is known
	body   *body
	err    error // the first thing that went wrong in our part
}

// failed notes an error, nil for none, that tusd would tell in its own words,
// and gives it back.
func (t *turn) failed(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}

type turnKey struct{}

// turnOf is the turn of the request that ctx belongs to.
func turnOf(ctx context.Context) *turn { return ctx.Value(turnKey{}).(*turn) }

// ServeHTTP answers one request and logs it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := h.now()
	t := &turn{path: r.URL.EscapedPath(), body: &body{ReadCloser: r.Body, control: http.NewResponseController(w)}}
	unhook := context.AfterFunc(h.stopping, func() { t.body.stop(handler.ErrServerShutdown) })
	defer unhook()
	r = r.WithContext(context.WithValue(r.Context(), turnKey{}, t))
	r.Body = t.body
	a := &answer{ResponseWriter: w, body: t.body}

	err := h.serve(a, r, t)
	if err != nil {
		told := refusalOf(err)
		if told == internalError && r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "upload request failed", "method", r.Method, "account", t.caller.Account.ID, "media", t.rec.Media, "err", err)
		}
		if err := a.refuse(told); err != nil {
			h.log.InfoContext(r.Context(), "answer not delivered", "err", err)
		}
	}
	h.log.InfoContext(r.Context(), "upload request", "method", r.Method, "status", a.status, "account", t.caller.Account.ID,
		"media", t.rec.Media, "bytes", t.body.received, "duration", h.now().Sub(started))
}

// serve gives the error that the request is to be refused with, or nil when it
// has been answered.
func (h *Handler) serve(a *answer, r *http.Request, t *turn) error {
	header := a.Header()
	header.Set("Tus-Resumable", tusVersion)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodOptions {
		h.describe(a)
		return nil
	}
	id := strings.Trim(strings.TrimPrefix(r.URL.Path, Path), "/")
	if err := h.admit(r, t, id); err != nil {
		return err
	}
	if id != "" {
		rec, err := h.healed(r, t.rec)
		if err != nil {
			return err
		}
		h.announce(rec, header.Set)
	}
	r.URL = &url.URL{Path: "/" + id}
	h.tus.ServeHTTP(a, r)
	if a.status >= http.StatusBadRequest && t.err != nil {
		return t.err
	}
	return a.refused()
}

// describe answers OPTIONS, for which no key is needed: what this server can do
// of tus.
func (h *Handler) describe(a *answer) {
	header := a.Header()
	header.Set("Tus-Version", tusVersion)
	header.Set("Tus-Extension", tusExtensions)
	header.Set("Tus-Max-Size", strconv.FormatInt(maxBytes(h.limits), 10))
	a.WriteHeader(http.StatusNoContent)
}

// admit lets in who has a key, to the uploads of the key's account. One that
// has expired, or is another's, is as unknown as one that never was.
func (h *Handler) admit(r *http.Request, t *turn, id string) error {
	key, err := apikey.From(r.Header)
	if refused, ok := errors.AsType[*vitrine.Error](err); ok {
		return refuse(statuses[refused.Code], refused.Code, refused.Messages[0]) // a sentence, whatever the code
	}
	if t.caller, err = h.gallery.Authenticate(r.Context(), key); err != nil || id == "" {
		return err
	}
	rec, err := h.shelf.record(id)
	if err != nil {
		return err
	}
	if rec.Account != t.caller.Account.ID || !h.now().Before(h.expires(rec)) {
		return errGone
	}
	t.rec = rec
	return nil
}

func (h *Handler) expires(rec record) time.Time { return rec.CreatedAt.Add(h.limits.UploadKept) }

// announce tells what a client can know of an upload beside the protocol.
func (h *Handler) announce(rec record, set func(name, value string)) {
	set("X-Media-Id", strconv.FormatInt(rec.Media, 10))
	set("Upload-Expires", h.expires(rec).UTC().Format(http.TimeFormat))
	if rec.Confirmed {
		set("X-Job-Id", strconv.FormatInt(rec.Job, 10))
	}
}
