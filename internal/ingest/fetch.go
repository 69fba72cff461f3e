package ingest

import (
	"context"
	"errors"
	"log/slog"
	"mime"
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
	if pause := in.full(); pause > 0 {
		return queue.Later(pause)
	}
	task, wish, attempt, wanted, err := in.beginFetch(ctx, run)
	if err != nil || !wanted {
		return err
	}
	if wish.Media.Kind == vitrine.KindTour {
		return in.visit(ctx, run, wish, attempt)
	}
	got, wanted, err := in.takeIn(ctx, run, wish, &attempt)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, gallery.ErrPruning) {
		return queue.Later(pruningReturn)
	}
	if isFull(err) {
		return in.waitForSpace(ctx, err)
	}
	if err == nil && wanted && got.page != nil {
		return in.linked(ctx, run, wish, attempt, *got.page)
	}
	if err == nil && wanted {
		in.conclude(ctx, slog.Int64("media", wish.Media.ID), &attempt, nil)
		return in.fetched(ctx, run, wish.Media, attempt, got, task.Priority)
	}
	return in.notFetched(ctx, run, wish, attempt, err)
}

// notFetched writes how a download went that brought no bytes: it was no longer
// wanted (err is nil), or it failed, for now or for good.
func (in *Ingest) notFetched(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt vitrine.Attempt, err error) error {
	if refused, ok := errors.AsType[*fetch.Error](err); ok {
		attempt.HTTPStatus, attempt.Bytes = refused.Status, refused.Bytes
		if pause, again := in.pause(run, wish, refused); again {
			return in.tryAgain(ctx, run, attempt, refused, pause)
		}
	}
	in.conclude(ctx, slog.Int64("media", wish.Media.ID), &attempt, err)
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*vitrine.Failure](err); ok {
		return in.Gallery.FetchFailed(ctx, run.Finish, attempt, failure)
	}
	// Ours: the disk, the bucket, though there is space. The queue tries again and
	// gives up in the end.
	return errors.Join(err, in.Gallery.Postpone(ctx, run.Held, attempt))
}

// isPage reports whether an answer of that type is a page for people.
func isPage(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// mediaType is a Content-Type without its parameters, "" where it is none.
func mediaType(contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return kind
}

// requestOf asks for a media as its account's origins want to be asked. One that
// shows what was had by the same version is asked for only if it has changed; of
// another version the sender has said that it has. A URL that works once is
// noted as used before it is.
func (in *Ingest) requestOf(ctx context.Context, run *queue.Run, wish gallery.Fetch) fetch.Request {
	m := wish.Media
	request := fetch.Request{URL: m.Source.URL, UserAgent: wish.Settings.UserAgent}
	if wish.Settings.SingleUse {
		request.Begin = func(ctx context.Context) error { return in.Gallery.SpendURL(ctx, run.Held, m) }
	} else if m.Content != nil && m.GoodURL == "" && m.Source.Version == m.HasVersion {
		request.ETag, request.LastModified = m.Validator.ETag, m.Validator.LastModified
	}
	switch {
	case m.SourceKey == "": // of the Listings API, which doesn't say what it is
		request.Bounds = func(head []byte) (int64, time.Duration) {
			if kind := sniffHead(head); vitrine.IsVideo(kind) {
				if err := in.Gallery.Begun(ctx, m, kind); err != nil {
					in.Log.WarnContext(ctx, "note that a download is a video", "media", m.ID, "err", err) // Claim notes it again
				}
			}
			return in.bounds(head)
		}
	case m.Kind == vitrine.KindVideo:
		request.Bounds = in.videoBounds
	}
	if request.Bounds != nil {
		limits := in.Gallery.Limits()
		request.MaxBytes, request.Timeout = limits.MaxVideoBytes, limits.VideoTimeout
	}
	return request
}

// pause says whether a refused download is tried again, and when. An origin
// that is left alone costs no tries, but it costs patience.
func (in *Ingest) pause(run *queue.Run, wish gallery.Fetch, refused *fetch.Error) (pause time.Duration, again bool) {
	limits := in.Gallery.Limits()
	if pause = refused.RetryAfter; pause == 0 {
		pause = fetch.Backoff(run.Attempt, random())
	}
	inTime := in.Now().Add(pause).Before(wish.Since.Add(limits.FetchPatience))
	tries := limits.FetchTries
	if wish.Settings.SingleUse {
		tries = 1
	}
	return pause, refused.Temporary && inTime && (refused.Paused || run.Attempt < tries)
}

// longestSpread is by how much more than the pause of an origin its downloads
// wait at most.
const longestSpread = 30 * time.Second

func (in *Ingest) tryAgain(ctx context.Context, run *queue.Run, attempt vitrine.Attempt, refused *fetch.Error, pause time.Duration) error {
	if refused.Paused {
		// All that wait for this origin would come back at once, and be sent away
		// again but for one.
		spread := min(3*pause, longestSpread)
		return queue.Later(pause + time.Duration(random()*float64(spread)))
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
		MediaID: wish.Media.ID, JobID: wish.Media.JobID, Seq: wish.Media.Seq, Number: run.Attempt, Stage: StageFetch, StartedAt: in.Now(),
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
