package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// fetch downloads a media's source into the bucket. A failure that may pass is
// tried again, as often as the limits say (Classifieds API contract, section 6).
func (in *Ingest) fetch(ctx context.Context, run *queue.Run) error {
	task, media, attempt, wanted, err := in.beginFetch(ctx, run)
	if err != nil || !wanted {
		return err
	}
	sha256, wanted, err := in.takeIn(ctx, media, &attempt)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, gallery.ErrPruning) {
		return queue.Later(pruningReturn)
	}
	refused, isRefused := errors.AsType[*fetch.Error](err)
	if isRefused {
		attempt.HTTPStatus, attempt.Bytes = refused.Status, refused.Bytes
	}
	in.conclude(ctx, slog.Int64("media", media.ID), &attempt, err)

	missing, isMissing := errors.AsType[*vitrine.Failure](err)
	switch {
	case err == nil && !wanted:
		return nil
	case err == nil:
		return in.fetched(ctx, run, media, attempt, sha256, task.Priority)
	case isMissing && !isRefused:
		return in.Gallery.FetchFailed(ctx, run.Finish, attempt, missing)
	case !isRefused:
		// Ours: the disk, the bucket. The queue tries again and gives up in the end.
		return errors.Join(err, in.Gallery.Postpone(ctx, attempt))
	case refused.Paused:
		return queue.Later(refused.RetryAfter)
	case refused.Temporary && run.Attempt < in.Gallery.Limits().FetchTries:
		if err := in.Gallery.Postpone(ctx, attempt); err != nil {
			return err
		}
		pause := refused.RetryAfter
		if pause == 0 {
			pause = fetch.Backoff(run.Attempt, random())
		}
		return queue.Again(pause, err)
	}
	return in.Gallery.FetchFailed(ctx, run.Finish, attempt, refused.Failure)
}

// beginFetch gives the media of a task and the attempt at it. wanted is false
// when there is nothing to fetch any more.
func (in *Ingest) beginFetch(ctx context.Context, run *queue.Run) (task gallery.FetchTask, m vitrine.Media, attempt vitrine.Attempt, wanted bool, err error) {
	if task, err = args[gallery.FetchTask](run); err != nil {
		return task, m, attempt, false, err
	}
	m, wanted, err = in.Gallery.BeginFetch(ctx, task)
	attempt = vitrine.Attempt{
		MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: run.Attempt, Stage: "fetch", StartedAt: in.Now(),
	}
	return task, m, attempt, wanted, err
}

// takeIn gets the bytes of a media into a temp file while hashing, and from
// there into the bucket, where the same bytes are kept once. It fills in what
// it saw. wanted is false when the media has a newer wish by now.
func (in *Ingest) takeIn(ctx context.Context, media vitrine.Media, attempt *vitrine.Attempt) (sha256 string, wanted bool, err error) {
	file, err := os.CreateTemp(in.TempDir, "fetch-*")
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()

	if media.Source.URL == "" {
		sha256, err = in.copyUpload(ctx, media, attempt, file)
	} else {
		sha256, err = in.download(ctx, media, attempt, file)
	}
	if err != nil {
		return "", false, err
	}
	if attempt.Type, err = sniff(file); err != nil {
		return "", false, err
	}
	wanted, known, err := in.claim(ctx, *attempt, sha256)
	if err != nil || !wanted || known {
		return sha256, wanted, err
	}
	return sha256, true, in.keep(ctx, gallery.OriginalKey(sha256), file, attempt.Bytes)
}

func (in *Ingest) download(ctx context.Context, media vitrine.Media, attempt *vitrine.Attempt, file *os.File) (sha256 string, err error) {
	result, err := in.Fetcher.Fetch(ctx, fetch.Request{URL: media.Source.URL}, file)
	attempt.HTTPStatus, attempt.Bytes = result.Status, result.Bytes
	return result.SHA256, err
}

// copyUpload reads what the sender of a media has uploaded.
func (in *Ingest) copyUpload(ctx context.Context, media vitrine.Media, attempt *vitrine.Attempt, file *os.File) (digest string, err error) {
	object, err := in.Blobs.Open(ctx, gallery.UploadKey(media.UUID))
	if errors.Is(err, blob.ErrNotFound) {
		return "", vitrine.Failf(vitrine.UploadMissing, "")
	}
	if err != nil {
		return "", fmt.Errorf("open upload: %w", err)
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	hash := sha256.New()
	attempt.Bytes, err = io.Copy(io.MultiWriter(file, hash), object)
	return hex.EncodeToString(hash.Sum(nil)), err
}

// Bytes that are wanted again just while they are being deleted are waited for,
// a moment with the file at hand, then with a new download.
const (
	pruningPause  = 200 * time.Millisecond
	pruningLooks  = 25
	pruningReturn = 10 * time.Second
)

func (in *Ingest) claim(ctx context.Context, attempt vitrine.Attempt, sha256 string) (wanted, known bool, err error) {
	for range pruningLooks {
		wanted, known, err = in.Gallery.Claim(ctx, attempt, sha256)
		if !errors.Is(err, gallery.ErrPruning) {
			return wanted, known, err
		}
		select {
		case <-ctx.Done():
			return false, false, context.Cause(ctx)
		case <-time.After(pruningPause):
		}
	}
	return false, false, err
}

// fetched writes the good end of a fetch. An uploaded object has served its
// turn then; should this process die first, the sweep deletes it.
func (in *Ingest) fetched(ctx context.Context, run *queue.Run, media vitrine.Media, attempt vitrine.Attempt, sha256 string, priority int) error {
	if err := in.Gallery.Fetched(ctx, run.Finish, attempt, sha256, priority); err != nil || media.Source.URL != "" {
		return err
	}
	return in.Blobs.Delete(ctx, gallery.UploadKey(media.UUID))
}

// sniff gives the type of a file by its content.
func sniff(file *os.File) (string, error) {
	head := make([]byte, 3072)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return imaging.Sniff(head[:n]), nil
}

// keep puts a file into the bucket under a key that names its content.
func (in *Ingest) keep(ctx context.Context, key string, file *os.File, size int64) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := in.Blobs.Put(ctx, key, file, size); err != nil {
		return fmt.Errorf("keep original: %w", err)
	}
	return nil
}

// fetchDead ends a media whose download went wrong on our side too often.
func (in *Ingest) fetchDead(ctx context.Context, run *queue.Run) error {
	_, media, attempt, wanted, err := in.beginFetch(ctx, run)
	if err != nil || !wanted {
		return err
	}
	gaveUp := vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt)
	in.conclude(ctx, slog.Int64("media", media.ID), &attempt, gaveUp)
	return in.Gallery.FetchFailed(ctx, run.Finish, attempt, gaveUp)
}
