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

// saveUploads saves all uploads that there are, before the rows are taken: those
// are deleted soon that a sender was told of.
func (s *saver) saveUploads(ctx context.Context) error {
	if s.from.Rows == nil {
		return nil
	}
	for info, err := range s.from.Blobs.List(ctx, gallery.UploadKey("")) {
		if err != nil {
			return err
		}
		if err := s.saveUpload(ctx, info.Key); err != nil {
			return err
		}
	}
	return nil
}

func (s *saver) saveUpload(ctx context.Context, key string) error {
	n, err := present(ctx, s.from.Blobs, key)
	if err == nil && s.uploads[key].As == n.as {
		return nil
	}
	var is move.Copied
	if err == nil {
		is, err = move.Copy(ctx, s.from.Blobs, key, s.vault.blobs, n.as, "", n.size, func(int64) {})
	}
	if err == nil {
		s.early++
		s.uploads[key] = object{Key: key, As: n.as, Size: is.Size, SHA256: is.SHA256}
	}
	if err == nil || ctx.Err() == nil && (errors.Is(err, blob.ErrNotFound) || bad(err)) {
		return s.unread.note(err) // it is told of when a row names it
	}
	return err
}

// catchUploads saves the uploads that rows name and that are there. One that is
// deleted by now has been taken in: its bytes are those of the original that is
// being made of it, or else those that were saved before the rows.
func (r *round) catchUploads(ctx context.Context, rows saved) error {
	for u, err := range rows.uploads(ctx) {
		if err != nil {
			return err
		}
		o, err := r.catchUpload(ctx, u.key)
		early, was := r.early[u.key]
		switch {
		case err != nil:
			return err
		case o != nil:
			r.uploads = append(r.uploads, *o)
		case bad(r.absent[u.key].err):
		case u.wanted != "":
			key := gallery.OriginalKey(u.wanted)
			r.uploadsOf[key] = append(r.uploadsOf[key], u.key)
		case was:
			r.uploads = append(r.uploads, early)
		case u.state == vitrine.MediaPending:
			r.missUpload(u.key)
		}
	}
	return nil
}

// catchUpload gives nil for an upload that is not there, or is noted as one that
// could not be saved.
func (r *round) catchUpload(ctx context.Context, key string) (*object, error) {
	n, err := present(ctx, r.source, key)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return nil, nil
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		r.absent[key] = lack{listed, err}
		return nil, r.unread.note(err)
	}
	if early, was := r.early[key]; was && early.As == n.as {
		return &early, nil
	}
	o, err := r.take(ctx, &item{named: n})
	if o != nil {
		r.early[key] = *o
	}
	return o, err
}

// missUploads ends the wait for originals of which uploads were to be had.
func (r *round) missUploads() {
	for _, keys := range r.uploadsOf {
		for _, key := range keys {
			if early, was := r.early[key]; was {
				r.uploads = append(r.uploads, early)
			} else {
				r.missUpload(key)
			}
		}
	}
}

func (r *round) missUpload(key string) {
	r.absent[key] = lack{sent, fmt.Errorf("%q: %w", key, blob.ErrNotFound)}
}

// present is the object of a key whose bytes may change, as it is now.
func present(ctx context.Context, source blob.Reader, key string) (n named, err error) {
	object, err := source.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return n, err
	}
	if err != nil {
		return n, fmt.Errorf("%q %w: %w", key, move.ErrUnreadable, err)
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
