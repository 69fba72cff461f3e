package listingsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed" // "true" on an answer that was saved
	maxIdempotencyKey = 255
	// settleTime bounds how long the outcome of a request is kept trying to be
	// written after its client has left.
	settleTime = 5 * time.Second
)

// once serves a request, and a POST with an Idempotency-Key just once: the same
// request sent again gets the saved answer, even when the two are under way
// together. An error has not been answered yet.
func (a *api) once(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) error {
	key, ok, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if !ok {
		next.ServeHTTP(w, r)
		return nil
	}
	ctx := r.Context()
	saved, err := a.gallery.BeginIdempotent(ctx, accountOf(ctx).ID, key, requestHash(r, body))
	if err != nil {
		return err
	}
	if saved != nil {
		w.Header().Set(replayedHeader, "true")
		a.deliver(ctx, w, *saved)
		return nil
	}
	a.deliver(ctx, w, a.serveKeyed(w, r, key, next))
	return nil
}

// serveKeyed serves the first request of a key and saves its answer. After a
// fault of ours, a panic included, nothing is saved: the request may be sent
// again.
func (a *api) serveKeyed(w http.ResponseWriter, r *http.Request, key string, next http.Handler) gallery.SavedAnswer {
	answer := &bufferedAnswer{header: w.Header(), status: http.StatusInternalServerError}
	defer func() {
		// The client may have left; what its request did is done all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleTime)
		defer cancel()
		if err := a.settle(ctx, key, answer.saved()); err != nil {
			a.log.ErrorContext(ctx, "outcome of an idempotency key not written", "account", accountOf(ctx).ID, "err", err)
		}
	}()
	next.ServeHTTP(answer, r)
	return answer.saved()
}

// settle saves an answer, or frees its key when the request may be tried again.
func (a *api) settle(ctx context.Context, key string, answer gallery.SavedAnswer) error {
	account := accountOf(ctx).ID
	if answer.Status >= http.StatusInternalServerError || answer.Status == http.StatusTooManyRequests {
		return a.gallery.DropIdempotent(ctx, account, key)
	}
	return a.gallery.EndIdempotent(ctx, account, key, answer)
}

// deliver writes an answer that was kept.
func (a *api) deliver(ctx context.Context, w http.ResponseWriter, answer gallery.SavedAnswer) {
	w.Header().Set("Content-Type", answer.ContentType)
	w.WriteHeader(answer.Status)
	if _, err := w.Write(answer.Body); err != nil {
		a.log.InfoContext(ctx, "answer not delivered", "err", err)
	}
}

// idempotencyKey is the key of a POST; other methods are idempotent without one.
func idempotencyKey(r *http.Request) (key string, ok bool, err error) {
	values := r.Header.Values(idempotencyHeader)
	if r.Method != http.MethodPost || len(values) == 0 {
		return "", false, nil
	}
	key = values[0]
	invisible := func(c rune) bool { return c < '!' || c > '~' }
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.ContainsFunc(key, invisible) {
		return "", false, refusal(vitrine.CodeInvalid, "Idempotency-Key must be sent once and be 1 to 255 visible ASCII characters")
	}
	return key, true, nil
}

// requestHash names a request: its method, its path and its body.
func requestHash(r *http.Request, body []byte) string {
	h := sha256.New()
	h.Write([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// bufferedAnswer keeps an answer instead of sending it. Its headers are those of
// the response, so that an answer's headers go out with it.
type bufferedAnswer struct {
	header http.Header
	status int // that of an answer which never began is a fault of ours
	began  bool
	body   bytes.Buffer
}

func (b *bufferedAnswer) Header() http.Header { return b.header }

func (b *bufferedAnswer) WriteHeader(status int) {
	if !b.began {
		b.began, b.status = true, status
	}
}

func (b *bufferedAnswer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *bufferedAnswer) saved() gallery.SavedAnswer {
	return gallery.SavedAnswer{Status: b.status, ContentType: b.header.Get("Content-Type"), Body: b.body.Bytes()}
}
