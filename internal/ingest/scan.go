package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scan"
)

// scannerPause is how long to leave a scanner alone that doesn't answer.
const scannerPause = 5 * time.Second

// scan has a virus scanner look at some stored bytes. While it is down they
// wait: nothing goes on unscanned.
func (in *Ingest) scan(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.ScanTask](run)
	if err != nil {
		return err
	}
	content, wanted, err := in.Gallery.BeginScan(ctx, run.Finish, task)
	if err != nil || !wanted {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: StageScan, StartedAt: in.Now(), Bytes: content.Bytes, Type: content.Type}
	err = in.scanOriginal(ctx, content)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, scan.ErrUnavailable) {
		return in.waitForScanner(ctx, run, attempt, content, err)
	}
	if in.scannerDown.CompareAndSwap(true, false) {
		in.Log.InfoContext(ctx, "virus scanner is back")
	}
	in.conclude(ctx, slog.String("content", content.SHA256), &attempt, err)
	if err == nil {
		return in.Gallery.Scanned(ctx, run.Finish, task, attempt)
	}
	if failure, ok := errors.AsType[*vitrine.Failure](err); ok {
		return in.Gallery.ContentFailed(ctx, run.Finish, content.SHA256, attempt, failure)
	}
	return errors.Join(err, in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt))
}

// scanOriginal asks the scanner about the original of a content. What was found
// is a *vitrine.Failure.
func (in *Ingest) scanOriginal(ctx context.Context, content vitrine.Content) (err error) {
	original, err := in.Blobs.Open(ctx, gallery.OriginalKey(content.SHA256))
	if err != nil {
		return fmt.Errorf("open original: %w", err)
	}
	defer func() { err = errors.Join(err, original.Close()) }()
	verdict, err := in.Scanner.Scan(ctx, original)
	switch {
	case errors.Is(err, scan.ErrTooLarge):
		return vitrine.Failf(vitrine.TooLarge, "%d bytes are more than the virus scanner takes", content.Bytes)
	case err != nil:
		return err
	case verdict.Infected:
		return vitrine.Failf(vitrine.Infected, "%s", verdict.Signature)
	}
	return nil
}

// waitForScanner has the bytes wait, for as long as it takes. The timeline says
// so once.
func (in *Ingest) waitForScanner(ctx context.Context, run *queue.Run, attempt vitrine.Attempt, content vitrine.Content, down error) error {
	if in.scannerDown.CompareAndSwap(false, true) {
		in.Log.ErrorContext(ctx, "virus scanner is down", "err", down)
	}
	if run.Attempt > 1 {
		return queue.Later(scannerPause)
	}
	attempt.Duration = in.Now().Sub(attempt.StartedAt)
	attempt.Outcome, attempt.Detail = string(vitrine.Internal), "the virus scanner does not answer; the file waits for it"
	if err := in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt); err != nil {
		return err
	}
	return queue.Again(scannerPause, down)
}

// scanDead ends all who wait for a content that could not be scanned for
// reasons of ours.
func (in *Ingest) scanDead(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.ScanTask](run)
	if err != nil {
		return err
	}
	content, wanted, err := in.Gallery.BeginScan(ctx, run.Finish, task)
	if err != nil || !wanted {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: StageScan, StartedAt: in.Now(), Bytes: content.Bytes, Type: content.Type}
	gaveUp := vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt)
	in.conclude(ctx, slog.String("content", content.SHA256), &attempt, gaveUp)
	return in.Gallery.ContentFailed(ctx, run.Finish, content.SHA256, attempt, gaveUp)
}
