package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Small renditions are read whole, and those that many ask for once a second:
// to open and close a file, or to ask a store, costs more than to send them.
// Whether one may still be shown is asked before its bytes are.
const (
	smallBytes = 128 << 10 // most pictures of 1024 px are
	mostSmall  = 192       // remembered at one time: 24 MiB
)

// smallName is what a small rendition is remembered by.
type smallName struct{ sha256, recipe, name string }

// serveSmall is serveBlob for a small rendition. That a picture has ranges is told
// to those who ask for one: nobody goes on with half of one of this size, and Go
// keeps up to eight headers in a tenth less of the answer's time than nine.
func (p *portal) serveSmall(w http.ResponseWriter, r *http.Request, c vitrine.Content, v vitrine.Variant, tag string) {
	body, err := p.small(r.Context(), c, v)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	nameVariant(w, v.Type, tag)
	h := w.Header()
	h["X-Content-Type-Options"] = noSniffing
	if r.Header.Get("Range") != "" || r.Header.Get("If-Match") != "" {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	if vitrine.IsVideo(v.Type) {
		h["Accept-Ranges"] = byRanges // a player looks for it
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a reader who went away is not our error; of a HEAD nothing goes out
}

// small gives the bytes of a rendition, which are not the caller's alone and must
// not be changed.
func (p *portal) small(ctx context.Context, c vitrine.Content, v vitrine.Variant) (body []byte, err error) {
	name, now := smallName{c.SHA256, c.Recipe, v.Name}, p.now()
	body, epoch, ok := p.smalls.Find(name, now)
	if ok {
		return body, nil
	}
	key := gallery.VariantKey(c.SHA256, c.Recipe, v)
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
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	p.smalls.Keep(name, body, epoch, now)
	return body, nil
}
