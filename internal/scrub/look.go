package scrub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
)

// looks is how often an object has to look wrong.
const looks = 2

// maxUnread is how many objects in a row can't be read before it is the bucket
// that can't be read.
const maxUnread = 20

// suspect looks at an object of a content. It is wrong only when nobody was busy
// with the content before and after each look, and its row told the same: else
// it may have been pruned, erased or repaired meanwhile.
func (s *scrubber) suspect(ctx context.Context, digest, key string, read bool) (f Finding, wrong bool, err error) {
	c, want, err := s.atRest(ctx, digest, key)
	if err != nil || c == nil {
		return f, false, err
	}
	var unread error
	for range looks {
		f = Finding{Key: key, Content: *c}
		f.Problem, f.Detail, unread = s.look(ctx, key, want, read)
		if unread != nil && ctx.Err() != nil {
			return f, false, fmt.Errorf("look at %s: %w", key, unread)
		}
		if unread == nil && f.Problem == "" {
			return f, false, s.canRead()
		}
		after, still, err := s.atRest(ctx, digest, key)
		if err != nil || after == nil || still != want {
			return f, false, err
		}
		c = after
	}
	if unread == nil {
		return f, true, s.canRead()
	}
	if s.unread++; s.unread >= maxUnread {
		return f, false, fmt.Errorf("%d objects in a row can't be read, the last one is %s: %w", s.unread, key, unread)
	}
	f.Problem, f.Detail = Damaged, fmt.Sprintf("it can't be read: %v", unread)
	return f, true, nil
}

// canRead notes that an object could be read, and has told what was held back:
// it is not the bucket.
func (s *scrubber) canRead() error {
	s.unread = 0
	return s.tell()
}

// atRest is a content that nobody is busy with and what its row tells of the
// object under that key; nil for any other.
func (s *scrubber) atRest(ctx context.Context, digest, key string) (*vitrine.Content, object, error) {
	c, err := s.rowOf(ctx, digest)
	if err != nil || c == nil || !c.idle {
		return nil, object{}, err
	}
	want, named := objectOf(&c.Content, key)
	if !named {
		return nil, object{}, nil
	}
	return &c.Content, want, nil
}

// look opens an object and, if it is to be read, holds it against its digest. An
// error is that of the bucket.
func (s *scrubber) look(ctx context.Context, key string, want object, read bool) (problem Problem, detail string, err error) {
	opened, err := s.Blobs.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return Missing, "", nil
	}
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if opened.Size != want.size {
		return Damaged, fmt.Sprintf("%d bytes, %d were put", opened.Size, want.size), nil
	}
	if !read || want.digest == "" {
		return "", "", nil
	}
	hash := sha256.New()
	n, err := io.Copy(hash, opened)
	s.summary.BytesRead += n
	if err != nil {
		return "", "", err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.digest {
		return Damaged, "its SHA-256 is " + sum, nil
	}
	return "", "", nil
}
