// Package scrub holds the stored objects against the rows: which are missing,
// which are damaged, and of which no row tells.
//
// It runs beside the servers and changes nothing by itself. Rows and objects
// come and go meanwhile, so what looks wrong is looked at once more before it is
// reported, and Mend has it looked at a third time where it is mended.
package scrub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Problem is what is wrong with an object.
type Problem string

// The problems.
const (
	Missing Problem = "missing" // a row tells of it
	Damaged Problem = "damaged" // it is not what was put
	Unknown Problem = "unknown" // no row tells of it, for longer than the grace
)

// Finding is one object with which something is wrong.
type Finding struct {
	Problem Problem
	Key     string
	Content vitrine.Content // whose object it is; only the SHA256 of one that no row tells of
	Detail  string
}

// Config is what Run looks at.
type Config struct {
	DB    *store.DB
	Blobs blob.Reader
	Now   func() time.Time
	// Grace is how long an object may be there before its row: longer than any
	// upload or download takes.
	Grace time.Duration
	// Read says of which contents the objects are read and held against their
	// digests; the others are only listed. nil reads none.
	Read func(sha256 string) bool
}

// Summary is what Run has looked at.
type Summary struct {
	Contents, Objects int64
	BytesRead         int64
	Found             map[Problem]int64
}

// scrubber is one Run.
type scrubber struct {
	Config
	report  func(Finding) error
	summary Summary
}

// Run gives report each finding. It ends early with the error of report, of the
// database, or of the bucket.
func Run(ctx context.Context, cfg Config, report func(Finding) error) (Summary, error) {
	s := &scrubber{Config: cfg, report: report, summary: Summary{Found: make(map[Problem]int64)}}
	if s.Read == nil {
		s.Read = func(string) bool { return false }
	}
	err := s.contents(ctx)
	if err == nil {
		err = s.uploads(ctx)
	}
	return s.summary, err
}

// nights is in how many nights all objects are read once.
const nights = 28

// Share is a Config.Read for the night of that time: over 28 nights each content
// has its turn.
func Share(now time.Time) func(sha256 string) bool {
	night := now.Unix() / int64(24*time.Hour/time.Second) % nights
	return func(sha256 string) bool {
		n, err := strconv.ParseUint(sha256[:min(4, len(sha256))], 16, 16)
		return err == nil && int64(n%nights) == night
	}
}

// page is how many rows are read at one time.
const page = 500

// contents walks the rows and the objects side by side, both in the order of
// their digests.
func (s *scrubber) contents(ctx context.Context) error {
	originals := newCursor(s.Blobs.List(ctx, "original/"))
	defer originals.stop()
	variants := newCursor(s.Blobs.List(ctx, "variant/"))
	defer variants.stop()
	for last := ""; ; {
		var contents []vitrine.Content
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			contents, err = tx.Contents(ctx, last, page)
			return err
		})
		if err != nil {
			return err
		}
		for i := range contents {
			if err := s.content(ctx, &contents[i], originals, variants); err != nil {
				return err
			}
		}
		if len(contents) < page {
			break
		}
		last = contents[len(contents)-1].SHA256
	}
	return errors.Join(s.strangers(ctx, originals, ""), s.strangers(ctx, variants, ""))
}

// content looks at the objects of one content. Only of a ready one do the rows
// say all.
func (s *scrubber) content(ctx context.Context, c *vitrine.Content, originals, variants *cursor) error {
	s.summary.Contents++
	key := gallery.OriginalKey(c.SHA256)
	if err := s.strangers(ctx, originals, key); err != nil {
		return err
	}
	there, err := originals.take(key)
	if err != nil {
		return err
	}
	wanted := map[string]object{key: {size: c.Bytes, digest: c.SHA256}}
	prefix := gallery.VariantsPrefix(c.SHA256)
	if err := s.strangers(ctx, variants, prefix); err != nil {
		return err
	}
	for _, v := range c.Variants {
		wanted[gallery.VariantKey(c.SHA256, c.Recipe, v)] = object{size: v.Bytes, digest: v.Digest}
	}
	for {
		info, err := variants.take(prefix)
		if err != nil {
			return err
		}
		if len(info) == 0 {
			break
		}
		there = append(there, info...)
	}
	if c.State != vitrine.ContentReady {
		s.summary.Objects += int64(len(there))
		return nil
	}
	return s.compare(ctx, c, wanted, there)
}

// object is one as its row tells it.
type object struct {
	size   int64
	digest string // SHA-256, "" where nobody knows
}

func (s *scrubber) compare(ctx context.Context, c *vitrine.Content, wanted map[string]object, there []blob.Info) error {
	for _, info := range there {
		s.summary.Objects++
		want, named := wanted[info.Key]
		delete(wanted, info.Key)
		var err error
		switch {
		case !named:
			err = s.stranger(ctx, info)
		case info.Size != want.size || s.Read(c.SHA256) && want.digest != "":
			err = s.suspect(ctx, c, info.Key, s.Read(c.SHA256))
		}
		if err != nil {
			return err
		}
	}
	missing := make([]string, 0, len(wanted))
	for key := range wanted {
		missing = append(missing, key)
	}
	slices.Sort(missing)
	for _, key := range missing {
		if err := s.suspect(ctx, c, key, false); err != nil {
			return err
		}
	}
	return nil
}

// suspect looks at an object of a content, by a row that is as it is by now.
func (s *scrubber) suspect(ctx context.Context, c *vitrine.Content, key string, read bool) error {
	now, err := s.rowOf(ctx, c.SHA256)
	if err != nil || now == nil || now.State != vitrine.ContentReady {
		return err
	}
	want, named := objectOf(now, key)
	if !named {
		return nil
	}
	problem, detail, err := s.look(ctx, key, want, read)
	if err != nil || problem == "" {
		return err
	}
	return s.find(Finding{Problem: problem, Key: key, Content: *now, Detail: detail})
}

// objectOf is what a content's row tells of the object under that key.
func objectOf(c *vitrine.Content, key string) (want object, named bool) {
	if key == gallery.OriginalKey(c.SHA256) {
		return object{size: c.Bytes, digest: c.SHA256}, true
	}
	for _, v := range c.Variants {
		if key == gallery.VariantKey(c.SHA256, c.Recipe, v) {
			return object{size: v.Bytes, digest: v.Digest}, true
		}
	}
	return object{}, false
}

// look opens an object and, if it is to be read, holds it against its digest.
func (s *scrubber) look(ctx context.Context, key string, want object, read bool) (problem Problem, detail string, err error) {
	opened, err := s.Blobs.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return Missing, "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("look at %s: %w", key, err)
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
		return "", "", fmt.Errorf("read %s: %w", key, err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.digest {
		return Damaged, "its SHA-256 is " + sum, nil
	}
	return "", "", nil
}

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
	c, err := s.rowOf(ctx, digest)
	if err != nil {
		return err
	}
	if c != nil {
		_, named := objectOf(c, info.Key)
		if named || c.State != vitrine.ContentReady {
			return nil
		}
	}
	return s.find(Finding{Problem: Unknown, Key: info.Key, Content: vitrine.Content{SHA256: digest}, Detail: fmt.Sprintf("%d bytes", info.Size)})
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
			err = s.find(Finding{Problem: Unknown, Key: info.Key, Detail: fmt.Sprintf("%d bytes", info.Size)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rowOf is a content as it is by now, nil for none.
func (s *scrubber) rowOf(ctx context.Context, digest string) (*vitrine.Content, error) {
	var c vitrine.Content
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Content(ctx, digest)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return &c, err
}

func (s *scrubber) find(f Finding) error {
	s.summary.Found[f.Problem]++
	return s.report(f)
}
