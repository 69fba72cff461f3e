package scrub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// strangers reports what a cursor passes on its way to a key, "" for its end.
func (s *scrubber) strangers(ctx context.Context, from *cursor, to string) error {
	for {
		info, ok, err := from.before(to)
		if err != nil || !ok {
			return err
		}
		s.summary.Objects++
		if err := s.stranger(ctx, info); err != nil {
			return err
		}
	}
}

// stranger reports an object of which no row tells, if it is so by now and has
// been there for long enough.
func (s *scrubber) stranger(ctx context.Context, info blob.Info) error {
	if s.Now().Sub(info.ModTime) < s.Grace {
		return nil
	}
	digest, ok := digestIn(info.Key)
	if !ok {
		return s.find(Finding{Problem: Unknown, Key: info.Key, Detail: "its key is none of vitrine's"})
	}
	detail := fmt.Sprintf("%d bytes", info.Size)
	c, err := s.rowOf(ctx, digest)
	if err != nil {
		return err
	}
	if c != nil {
		_, named := objectOf(&c.Content, info.Key)
		if named || c.State != vitrine.ContentReady || !c.idle {
			return nil
		}
	}
	return s.unknown(ctx, Finding{Problem: Unknown, Key: info.Key, Content: vitrine.Content{SHA256: digest}, Detail: detail})
}

// unknown reports an object of which no row tells, unless it was deleted since
// it was listed: objects go before their rows.
func (s *scrubber) unknown(ctx context.Context, f Finding) error {
	opened, err := s.Blobs.Open(ctx, f.Key)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return nil
	case err != nil && ctx.Err() != nil:
		return err
	case err == nil:
		_ = opened.Close() // it was not read
	}
	return s.find(f)
}

// digestIn is the digest that the key of an original or a variant has.
func digestIn(key string) (digest string, ok bool) {
	segments := strings.Split(key, "/")
	if len(segments) < 3 {
		return "", false
	}
	digest = segments[2]
	raw, err := hex.DecodeString(digest)
	if err != nil || len(raw) != sha256.Size {
		return "", false
	}
	ours := key == gallery.OriginalKey(digest) || strings.HasPrefix(key, gallery.VariantsPrefix(digest))
	return digest, ours
}

// uploads looks for uploaded objects that nobody waits for.
func (s *scrubber) uploads(ctx context.Context) error {
	for info, err := range s.Blobs.List(ctx, "upload/") {
		if err != nil {
			return err
		}
		s.summary.Objects++
		if s.Now().Sub(info.ModTime) < s.Grace {
			continue
		}
		err := s.DB.View(ctx, func(tx *store.Tx) error {
			_, err := tx.UploadByUUID(ctx, strings.TrimPrefix(info.Key, "upload/"))
			return err
		})
		if errors.Is(err, store.ErrNoRows) {
			err = s.unknown(ctx, Finding{Problem: Unknown, Key: info.Key, Detail: fmt.Sprintf("%d bytes", info.Size)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
