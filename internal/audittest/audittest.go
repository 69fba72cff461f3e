// Package audittest reads a database and a bucket and tells what is wrong
// between them: by plain SQL, by the files or the S3 objects as they lie there,
// and without the server's own code, which may be what is wrong. The names of
// tables, keys and files are written down here once more for that reason.
//
// It is for tests: of kills, of backups, of clean-up.
package audittest

import (
	"context"
	"errors"
	"fmt"
)

// Kind is what is wrong, in words that can head a table.
type Kind string

// The kinds of findings.
const (
	Damaged         Kind = "database damaged"             // by the engine's own check
	NoOriginal      Kind = "row without original"         // a content that is used, and no bytes as sent
	NoVariant       Kind = "row without variant"          // or a ready content without a size that others have
	WrongDigest     Kind = "blob with wrong digest"       // its bytes are not those that its key or its row names
	WrongSize       Kind = "blob of wrong size"           // bytes, not as many as its row says
	WrongPicture    Kind = "variant not as in its row"    // can't be decoded, or has other pixels
	UnknownBlob     Kind = "blob without row"             // and nothing that would remove it
	Leaked          Kind = "content nobody will clean up" // used by nobody, and not marked as that
	NoTask          Kind = "unfinished without task"      // a media, and nothing will ever end it
	NoMedia         Kind = "task without media"
	Unplaced        Kind = "media that stands nowhere" // one that came with a classified
	NotSettled      Kind = "listing never settled"     // though every media of its list has ended
	WrongRevision   Kind = "revision is not the list"  // the newest one that is kept
	NotShowable     Kind = "shown without good content"
	OpenJob         Kind = "job never ended"
	MissingEvent    Kind = "event missing"
	DisorderedEvent Kind = "event out of order"
)

// Kinds are all kinds, in the order in which they are looked for.
var Kinds = []Kind{
	Damaged, NoOriginal, NoVariant, WrongDigest, WrongSize, WrongPicture, UnknownBlob, Leaked,
	NoTask, NoMedia, Unplaced, NotSettled, WrongRevision, NotShowable, OpenJob, MissingEvent, DisorderedEvent,
}

// Finding is one thing that is wrong.
type Finding struct {
	Kind  Kind
	About string // which row or blob, and why
}

func (f Finding) String() string { return string(f.Kind) + ": " + f.About }

// Audit gives all that is wrong with an installation: the database and the
// bucket at these URLs, as vitrined takes them, and for S3 the variables that
// hold the credentials. No server may be running. What one has left undone is
// no finding as long as there is a task for it, except that no task may be about
// a media that is gone: those that lose their media end by themselves, so let
// the server come to rest before it is stopped.
//
// A content that nobody uses any more may have any of its bytes or none: they
// are on their way out. Only once a sweep has come by after --original-kept is
// everything that lies in the bucket compared.
func Audit(ctx context.Context, databaseURL, bucketURL string, environ ...string) (found []Finding, err error) {
	bucket, err := openBucket(bucketURL, environ)
	if err != nil {
		return nil, fmt.Errorf("audit: open bucket: %w", err)
	}
	db, err := openDatabase(ctx, databaseURL)
	if err != nil {
		return nil, fmt.Errorf("audit: open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	a := &audit{db: db, bucket: bucket}
	for _, check := range []func(context.Context) error{
		a.integrity, a.read, a.blobs, a.media, a.listings, a.revisions, a.jobs, a.events,
	} {
		if err := check(ctx); err != nil {
			return a.found, fmt.Errorf("audit: %w", err)
		}
	}
	return a.found, nil
}

// audit is one look at an installation.
type audit struct {
	db     *database
	bucket bucket
	rows
	found []Finding
}

func (a *audit) find(kind Kind, format string, args ...any) {
	a.found = append(a.found, Finding{Kind: kind, About: fmt.Sprintf(format, args...)})
}

// integrity has SQLite look at its own pages, indexes and references. PostgreSQL
// has no such check; it holds references by itself.
func (a *audit) integrity(ctx context.Context) error {
	if a.db.postgres {
		return nil
	}
	for _, query := range []string{
		`select integrity_check from pragma_integrity_check where integrity_check <> 'ok'`,
		`select "table" || ' row ' || coalesce(rowid, 0) || ' refers to no ' || parent from pragma_foreign_key_check`,
	} {
		problems, err := collect(ctx, a.db, query, func(scan scan) (text string, err error) { return text, scan(&text) })
		if err != nil {
			return err
		}
		for _, problem := range problems {
			a.find(Damaged, "%s", problem)
		}
	}
	return nil
}
