package ingest

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// fetch gets the bytes of a media into the bucket. A failure that may pass is
// tried again, as often and for as long as the limits say (Classifieds API
// contract, section 6).
func (in *Ingest) fetch(ctx context.Context, run *queue.Run) error {
	task, wish, attempt, wanted, err := in.beginFetch(ctx, run)
	if err != nil || !wanted {
		return err
	}
	sha256, wanted, err := in.takeIn(ctx, run, wish.Media, &attempt)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, gallery.ErrPruning) {
		return queue.Later(pruningReturn)
	}
	refused, isRefused := errors.AsType[*fetch.Error](err)
	if isRefused {
		attempt.HTTPStatus, attempt.Bytes = refused.Status, refused.Bytes
		if pause, again := in.pause(run, wish, refused); again {
			return in.tryAgain(ctx, run, attempt, refused, pause)
		}
	}
	in.conclude(ctx, slog.Int64("media", wish.Media.ID), &attempt, err)

	failure, isFailure := errors.AsType[*vitrine.Failure](err)
	switch {
	case err == nil && !wanted:
		return nil
	case err == nil:
		return in.fetched(ctx, run, wish.Media, attempt, sha256, task.Priority)
	case isFailure:
		return in.Gallery.FetchFailed(ctx, run.Finish, attempt, failure)
	}
	// Ours: the disk, the bucket. The queue tries again and gives up in the end.
	return errors.Join(err, in.Gallery.Postpone(ctx, run.Held, attempt))
}

// pause says whether a refused download is tried again, and when. An origin
// that is left alone costs no tries, but it costs patience.
func (in *Ingest) pause(run *queue.Run, wish gallery.Fetch, refused *fetch.Error) (pause time.Duration, again bool) {
	limits := in.Gallery.Limits()
	if pause = refused.RetryAfter; pause == 0 {
		pause = fetch.Backoff(run.Attempt, random())
	}
	inTime := in.Now().Add(pause).Before(wish.Since.Add(limits.FetchPatience))
	return pause, refused.Temporary && inTime && (refused.Paused || run.Attempt < limits.FetchTries)
}

func (in *Ingest) tryAgain(ctx context.Context, run *queue.Run, attempt vitrine.Attempt, refused *fetch.Error, pause time.Duration) error {
	if refused.Paused {
		return queue.Later(pause)
	}
	in.conclude(ctx, slog.Int64("media", attempt.MediaID), &attempt, refused)
	if err := in.Gallery.Postpone(ctx, run.Held, attempt); err != nil {
		return err
	}
	return queue.Again(pause, refused)
}

// beginFetch gives what a task is about and the attempt at it. wanted is false
// when there is nothing to fetch any more.
func (in *Ingest) beginFetch(ctx context.Context, run *queue.Run) (task gallery.FetchTask, wish gallery.Fetch, attempt vitrine.Attempt, wanted bool, err error) {
	if task, err = args[gallery.FetchTask](run); err != nil {
		return task, wish, attempt, false, err
	}
	wish, wanted, err = in.Gallery.BeginFetch(ctx, task)
	attempt = vitrine.Attempt{
		MediaID: wish.Media.ID, JobID: wish.Media.JobID, Seq: wish.Media.Seq, Number: run.Attempt, Stage: "fetch", StartedAt: in.Now(),
	}
	return task, wish, attempt, wanted, err
}

// fetchDead ends a media whose download went wrong on our side too often.
func (in *Ingest) fetchDead(ctx context.Context, run *queue.Run) error {
	_, wish, attempt, wanted, err := in.beginFetch(ctx, run)
	if err != nil || !wanted {
		return err
	}
	gaveUp := vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt)
	in.conclude(ctx, slog.Int64("media", wish.Media.ID), &attempt, gaveUp)
	return in.Gallery.FetchFailed(ctx, run.Finish, attempt, gaveUp)
}
