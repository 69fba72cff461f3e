package portal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// Small renditions are read whole, and those that many ask for once a second:
// to open and close a file, or to ask a store, costs more than to send them.
// Whether one may still be shown is asked before its bytes are.
const (
	smallBytes = 64 << 10
	mostSmall  = 256 // remembered at one time: 16 MiB
)

// serveSmall is serveBlob for a small rendition.
func (p *portal) serveSmall(w http.ResponseWriter, r *http.Request, key string, setHeaders func()) {
	body, err := p.small(r.Context(), key)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	setHeaders()
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("Range") != "" || r.Header.Get("If-Match") != "" {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a reader who went away is not our error; of a HEAD nothing goes out
}

// small gives the bytes at a key, which are not the caller's alone and must not
// be changed.
func (p *portal) small(ctx context.Context, key string) (body []byte, err error) {
	now := p.now()
	body, epoch, ok := p.smalls.Find(key, now)
	if ok {
		return body, nil
	}
	object, err := p.blobs.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errNotFound // deleted between the two looks
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	body = make([]byte, object.Size)
	if _, err := io.ReadFull(object, body); err != nil {
		return nil, err
	}
	p.smalls.Keep(key, body, epoch, now)
	return body, nil
}
