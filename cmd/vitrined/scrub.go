package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/store"
)

// scrubConfig has objects that nobody knows left alone for as long as uploads
// are kept: by then whatever wanted them has ended.
func scrubConfig(s settings, db *store.DB, blobs blob.Reader) scrub.Config {
	return scrub.Config{DB: db, Blobs: blobs, Now: time.Now, Grace: s.Limits.UploadKept}
}

// scrubObjects reads all stored objects, beside the servers that use them. What
// can be mended it leaves to their workers, as tasks. Like any of them it brings
// the schema up to date first, even where it only tells.
func scrubObjects(ctx context.Context, p *program) (err error) {
	db, err := openDB(ctx, p.settings, newLogger(p.settings, p))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	blobs, err := blob.OpenReader(ctx, p.settings.blobsURL(), p.environ...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	backend, err := queue.New(ctx, db, queue.DefaultConfig(time.Now, slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	rules := gallery.New(gallery.Config{DB: db, Queue: backend, Limits: p.settings.Limits, Now: time.Now})
	cfg := scrubConfig(p.settings, db, blobs)
	cfg.Read = func(string) bool { return true }

	var found, left int
	summary, err := scrub.Run(ctx, cfg, func(f scrub.Finding) error {
		found++
		if !f.Mended() {
			left++
		}
		detail := ""
		if f.Detail != "" {
			detail = " (" + f.Detail + ")"
		}
		_, _ = fmt.Fprintf(p.stdout, "%s %s%s: %s\n", f.Problem, f.Key, detail, f.Remedy())
		if p.settings.DryRun {
			return nil
		}
		return scrub.Mend(ctx, rules, f)
	})
	_, _ = fmt.Fprintf(p.stdout, "%d contents, %d objects, %d bytes read: %d missing, %d damaged, %d unknown\n", summary.Contents, summary.Objects,
		summary.BytesRead, summary.Found[scrub.Missing], summary.Found[scrub.Damaged], summary.Found[scrub.Unknown])
	switch {
	case err != nil:
		return err
	case p.settings.DryRun && found > 0:
		return fmt.Errorf("%d objects are not as they ought to be, and nothing was done about it", found)
	case left > 0:
		return fmt.Errorf("%d objects can't be mended", left)
	}
	return nil
}
