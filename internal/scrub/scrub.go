// Package scrub holds the stored objects against the rows: which are missing,
// which are damaged, and of which no row tells.
//
// It runs beside the servers and changes nothing by itself. Rows and objects
// come and go meanwhile, so what looks wrong is looked at once more before it is
// reported, and Mend has it looked at a third time where it is mended.
package scrub

import (
	"context"
	"errors"
	"maps"
	"slices"
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
	// NoSource is set on a variant whose original is missing or damaged, too: it
	// can't be made of it.
	NoSource bool
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
	unread  int       // objects in a row that could not be read
	held    []Finding // which are told when another object can be read
}

// Run gives report each finding. An object that can't be read is one, as
// Damaged. Run ends early with the error of report, of the database, or of the
// bucket: that is one of which no object can be read any more.
func Run(ctx context.Context, cfg Config, report func(Finding) error) (Summary, error) {
	s := &scrubber{Config: cfg, report: report, summary: Summary{Found: make(map[Problem]int64)}}
	if s.Read == nil {
		s.Read = func(string) bool { return false }
	}
	err := s.contents(ctx)
	if err == nil {
		err = s.uploads(ctx)
	}
	if err == nil {
		err = s.tell()
	}
	return s.summary, err
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

// compare looks at the original first: with it the variants can be made again.
func (s *scrubber) compare(ctx context.Context, c *vitrine.Content, wanted map[string]object, there []blob.Info) error {
	read := s.Read(c.SHA256)
	var suspects []string
	for _, info := range there {
		s.summary.Objects++
		want, named := wanted[info.Key]
		delete(wanted, info.Key)
		switch {
		case !named:
			if err := s.stranger(ctx, info); err != nil {
				return err
			}
		case info.Size != want.size || read && want.digest != "":
			suspects = append(suspects, info.Key)
		}
	}
	suspects = slices.AppendSeq(suspects, maps.Keys(wanted)) // which are missing
	slices.Sort(suspects)
	var found []Finding
	for _, key := range suspects {
		f, wrong, err := s.suspect(ctx, c.SHA256, key, read)
		if err != nil {
			return err
		}
		if wrong {
			found = append(found, f)
		}
	}
	return s.findAll(ctx, c.SHA256, found, read)
}

// findAll reports what was found of one content, the original first. Where only
// variants were, the original is read, if it has not been.
func (s *scrubber) findAll(ctx context.Context, digest string, found []Finding, read bool) error {
	if len(found) == 0 {
		return nil
	}
	original := gallery.OriginalKey(digest)
	if found[0].Key != original && !read {
		f, wrong, err := s.suspect(ctx, digest, original, true)
		if err != nil {
			return err
		}
		if wrong {
			found = slices.Insert(found, 0, f)
		}
	}
	noSource := found[0].Key == original
	for _, f := range found {
		f.NoSource = noSource && f.Key != original
		if err := s.find(f); err != nil {
			return err
		}
	}
	return nil
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

// row is a content as it is by now.
type row struct {
	vitrine.Content
	idle bool // nobody makes anything of it
}

// rowOf gives nil for a content that there is not.
func (s *scrubber) rowOf(ctx context.Context, digest string) (*row, error) {
	var r row
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if r.Content, err = tx.Content(ctx, digest); err != nil {
			return err
		}
		r.idle, err = tx.Idle(ctx, digest, s.Now())
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return &r, err
}

// find reports a finding, as soon as it is known that the bucket can be read.
func (s *scrubber) find(f Finding) error {
	if s.held = append(s.held, f); s.unread > 0 {
		return nil
	}
	return s.tell()
}

// tell reports what was held back.
func (s *scrubber) tell() error {
	for len(s.held) > 0 {
		f := s.held[0]
		s.held = s.held[1:]
		s.summary.Found[f.Problem]++
		if err := s.report(f); err != nil {
			return err
		}
	}
	return nil
}
