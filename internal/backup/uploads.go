package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/move"
)

// catchUploads saves the uploads that rows name and that are there. One that is
// deleted by now has been taken in: its bytes are those of the original that is
// being made of it.
func (r *round) catchUploads(ctx context.Context, rows saved) error {
	for u, err := range rows.uploads(ctx) {
		if err != nil {
			return err
		}
		n, err := r.present(ctx, u.key)
		if err == nil {
			var o *object
			if o, err = r.take(ctx, &item{named: n}); o != nil {
				r.uploads = append(r.uploads, *o)
				continue
			}
		}
		switch {
		case err != nil && !errors.Is(err, blob.ErrNotFound):
			return err
		case u.wanted != "":
			r.uploadOf[gallery.OriginalKey(u.wanted)] = u.key
		case u.state == vitrine.MediaPending:
			r.absent[u.key] = lack{awaited, fmt.Errorf("%q: %w", u.key, blob.ErrNotFound)}
		}
	}
	return nil
}

// present is the object of a key whose bytes may change, as it is now.
func (r *round) present(ctx context.Context, key string) (n named, err error) {
	object, err := r.source.Open(ctx, key)
	if err != nil {
		return n, err
	}
	return presentOf(object.Info), object.Close()
}

// presentOf tells one version of a key from the others by its size and time.
func presentOf(info blob.Info) named {
	return named{
		key: info.Key, size: info.Size, sha256: move.DigestOf(info.Key), need: listed,
		as: asOf(info.Key, "", fmt.Sprintf("%d-%d", info.Size, info.ModTime.UnixNano())),
	}
}

// saveBucket saves what the bucket has, whatever rows there are; and it keeps
// what the bucket had at the Save before.
func (r *round) saveBucket(ctx context.Context) error {
	r.passed = r.keep
	var total int64
	for n, err := range r.bucket(ctx) {
		if err != nil {
			return err
		}
		total += n.size
	}
	r.progress.Begin(move.Bytes, total)
	defer r.progress.End()
	if err := r.save(ctx, r.bucket(ctx)); err != nil {
		return err
	}
	if err := r.former.Rest(r.keep); err != nil {
		return err
	}
	return r.flush(ctx)
}

func (r *round) keep(o object) {
	if o.Gone || !o.own() {
		return
	}
	o.Gone = true
	r.items = append(r.items, item{named: named{key: o.Key}, done: &o})
}

// bucket gives the objects of an installation that the bucket has, in the order
// of their keys.
func (r *round) bucket(ctx context.Context) func(yield func(named, error) bool) {
	return func(yield func(named, error) bool) {
		for info, err := range r.source.List(ctx, "") {
			if err != nil {
				yield(named{}, err)
				return
			}
			if !kept(info.Key) {
				continue
			}
			if !yield(presentOf(info), nil) {
				return
			}
		}
	}
}

// kept tells the keys that vitrine gives.
func kept(key string) bool {
	return strings.HasPrefix(key, "original/") || strings.HasPrefix(key, "variant/") || strings.HasPrefix(key, gallery.UploadKey(""))
}
