package gallery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// UploadPath is where bytes are PUT to where the bucket doesn't take them
// itself; the UUID of the media follows.
const UploadPath = "/api/v1/media/upload/"

// signedUpload is what a signed URL of ours says.
type signedUpload struct {
	UUID        string
	ContentType string
	Size        int64 // 0: any
	Expires     time.Time
}

func (g *Gallery) signedURL(s signedUpload) string {
	return g.publicURL + UploadPath + s.UUID + "?" + s.query(g.signature(s)).Encode()
}

func (s signedUpload) query(signature string) url.Values {
	query := url.Values{
		"expires":   {strconv.FormatInt(s.Expires.Unix(), 10)},
		"type":      {s.ContentType},
		"signature": {signature},
	}
	if s.Size > 0 {
		query.Set("size", strconv.FormatInt(s.Size, 10))
	}
	return query
}

// signature binds all that the URL says, each part on a line of its own so that
// none can run into the next.
func (g *Gallery) signature(s signedUpload) string {
	mac := hmac.New(sha256.New, g.secret)
	_, _ = fmt.Fprintf(mac, "upload\n%s\n%q\n%d\n%d", s.UUID, s.ContentType, s.Size, s.Expires.Unix())
	return hex.EncodeToString(mac.Sum(nil))
}

// verify reads a signed URL. Whatever is wrong with it is CodeForbidden, and so is
// one with a value in another spelling, or with more than was given out.
func (g *Gallery) verify(uuid string, query url.Values) (signedUpload, error) {
	forbidden := vitrine.Errorf(vitrine.CodeForbidden, "The signature of the upload URL is not valid")
	s := signedUpload{UUID: uuid, ContentType: query.Get("type")}
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil {
		return s, forbidden
	}
	s.Expires = time.Unix(expires, 0)
	if query.Has("size") {
		if s.Size, err = strconv.ParseInt(query.Get("size"), 10, 64); err != nil {
			return s, forbidden
		}
	}
	signature := query.Get("signature")
	if !hmac.Equal([]byte(g.signature(s)), []byte(signature)) || query.Encode() != s.query(signature).Encode() {
		return s, forbidden
	}
	if g.now().After(s.Expires) {
		return s, vitrine.Errorf(vitrine.CodeForbidden, "The upload URL has expired")
	}
	return s, nil
}

// ReceiveUpload takes in the body of a PUT to a signed URL of ours (Listings
// API 3.6) and gives its ETag. The time is checked when the upload starts. A
// wrong signature, type or announced length is CodeForbidden, a file over the
// limit CodeTooLarge, a body that ends early CodeInvalid, one after the
// confirmation CodeConflict; nothing is kept then.
func (g *Gallery) ReceiveUpload(ctx context.Context, uuid string, query url.Values, contentType string, length int64, body io.Reader) (etag string, err error) {
	s, err := g.verify(uuid, query)
	if err != nil {
		return "", err
	}
	switch {
	case contentType != s.ContentType:
		return "", vitrine.Errorf(vitrine.CodeForbidden, "The upload URL is for Content-Type %s", s.ContentType)
	case length < 0:
		return "", vitrine.Errorf(vitrine.CodeInvalid, "Content-Length is required")
	case s.Size > 0 && length != s.Size:
		return "", vitrine.Errorf(vitrine.CodeForbidden, "The upload URL is for %d bytes", s.Size)
	}
	var upload store.Upload
	err = g.db.View(ctx, func(tx *store.Tx) error {
		upload, err = tx.UploadByUUID(ctx, uuid)
		if errors.Is(err, store.ErrNoRows) {
			return vitrine.Errorf(vitrine.CodeNotFound, "The media of this upload is gone")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	digest := hashReader{r: body, hash: sha256.New()}
	if err := g.storeUpload(ctx, upload, digest, length); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(digest.hash.Sum(nil)) + `"`, nil
}

// hashReader hashes what is read through it, and hides what else the reader
// can do.
type hashReader struct {
	r    io.Reader
	hash hash.Hash
}

func (h hashReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	_, _ = h.hash.Write(p[:n]) // never fails
	return n, err
}
