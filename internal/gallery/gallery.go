// Package gallery holds the rules of vitrine: it accepts the list that a
// listing shall have, plans it, writes it with its jobs in one transaction,
// settles it when its media have ended, and publishes what the public sees.
//
// The faces (APIs, dashboard) call it with what a sender wants; ingest calls it
// with what became of a media. It never calls either.
package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/recent"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
)

// Config is what the rules need from outside.
type Config struct {
	DB        *store.DB
	Queue     queue.Backend
	Blobs     blob.Bucket
	Limits    vitrine.Limits
	PublicURL string // begins the upload URLs that are given out
	Secret    []byte // signs them
	Scan      bool   // what is taken in passes a virus scanner first
	Now       func() time.Time
	Tracer    *tracing.Tracer // follows changes to what the public sees of them

	// Published, unless nil, is told how long it took from a change of a listing
	// until the public saw all of its pictures.
	Published func(kind vitrine.ListingKind, took time.Duration)
	// Failed, unless nil, is told of each media that has failed.
	Failed func(code vitrine.FailureCode)
}

// Gallery applies the rules. It keeps no state of its own, but for who waits for
// an event, who was let in and what was served this second, and the last look at
// the queues. It is safe for concurrent use.
type Gallery struct {
	db        *store.DB
	queue     queue.Backend
	blobs     blob.Bucket
	limits    vitrine.Limits
	publicURL string
	secret    []byte
	scan      bool
	now       func() time.Time
	tracer    *tracing.Tracer
	published func(vitrine.ListingKind, time.Duration)
	failed    func(vitrine.FailureCode)
	news      *news
	callers   *recent.Values[keyName, Caller]
	served    *recent.Values[string, vitrine.Content] // by digest
	look      chan queuesLook                         // the newest; whoever has it looks
}

// mostRecent bounds how many callers, and how many contents, are remembered: some
// ten MB at most.
const mostRecent = 10_000

// New makes a Gallery.
func New(cfg Config) *Gallery {
	look := make(chan queuesLook, 1)
	look <- queuesLook{}
	return &Gallery{
		look: look,
		db:   cfg.DB, queue: cfg.Queue, blobs: cfg.Blobs, limits: cfg.Limits,
		publicURL: cfg.PublicURL, secret: cfg.Secret, scan: cfg.Scan, now: cfg.Now, tracer: cfg.Tracer, published: cfg.Published, failed: cfg.Failed,
		news: newNews(), callers: recent.New[keyName, Caller](mostRecent), served: recent.New[string, vitrine.Content](mostRecent),
	}
}

// Limits are the rules in force.
func (g *Gallery) Limits() vitrine.Limits { return g.limits }

// write runs fn in a transaction that nobody else's about the same account
// overlaps, so that what fn has looked at is so until it ends.
func (g *Gallery) write(ctx context.Context, account int64, fn func(*store.Tx) error) error {
	err := g.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccount(ctx, account); err != nil {
			return err
		}
		return fn(tx)
	})
	return spaceError(err)
}

// spaceError is the refusal of a write for which there was no space, or else
// its error as it is.
func spaceError(err error) error {
	if errors.Is(err, store.ErrFull) {
		return noSpace(err)
	}
	return err
}

// noSpace refuses what can't be kept. Nothing of it has been.
func noSpace(err error) error {
	return &vitrine.Error{Code: vitrine.CodeNoSpace, Messages: []string{"There is no space left to keep this; send it later"}, Err: err}
}

// writeAbout is write for the account of a media. Where the media is gone, fn
// runs and finds that.
func (g *Gallery) writeAbout(ctx context.Context, media int64, fn func(*store.Tx) error) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockAccountOf(ctx, media); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Ref names a listing or a media of an account: by our id, or by the sender's
// own when ID is 0.
type Ref struct {
	ID         int64
	ExternalID string
}
