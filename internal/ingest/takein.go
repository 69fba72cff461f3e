package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// takeIn gets the bytes of a media into a temp file while hashing, and from
// there into the bucket, where the same bytes are kept once. It fills in what
// it saw. wanted is false when the media has a newer wish by now.
func (in *Ingest) takeIn(ctx context.Context, run *queue.Run, media vitrine.Media, attempt *vitrine.Attempt) (sha256 string, wanted bool, err error) {
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
	wanted, known, err := in.claim(ctx, run, *attempt, sha256)
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
	if most := in.Gallery.Limits().MaxPhotoBytes; object.Size > most {
		return "", vitrine.Failf(vitrine.TooLarge, "%d bytes, %d allowed", object.Size, most)
	}
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

func (in *Ingest) claim(ctx context.Context, run *queue.Run, attempt vitrine.Attempt, sha256 string) (wanted, known bool, err error) {
	for range pruningLooks {
		wanted, known, err = in.Gallery.Claim(ctx, run.Held, attempt, sha256)
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
