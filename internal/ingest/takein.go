package ingest

import (
	"bytes"
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
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/video"
)

// taken is what a fetch has brought.
type taken struct {
	sha256    string
	validator vitrine.Validator
	unchanged bool  // the origin says that it has what it had: there are no bytes
	page      *page // the file has the beginning of one
}

// takeIn gets the bytes of a media into a temp file while hashing, and from
// there into the bucket, where the same bytes are kept once. It fills in what
// it saw. wanted is false when the media has a newer wish by now.
func (in *Ingest) takeIn(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt *vitrine.Attempt) (got taken, wanted bool, err error) {
	room := in.newRoom()
	defer room.free()
	file, err := os.CreateTemp(in.TempDir, "fetch-*")
	if err != nil {
		return got, false, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()

	if wish.Media.Source.URL == "" {
		got.sha256, err = in.copyUpload(ctx, wish.Media, attempt, file, room)
	} else {
		got, err = in.download(ctx, run, wish, attempt, file, room)
	}
	if err != nil || got.unchanged || got.page != nil {
		return got, err == nil, err
	}
	if attempt.Type, err = sniff(file); err != nil {
		return got, false, err
	}
	if wish.Media.SourceKey != "" && wish.Media.Kind == vitrine.KindImage && vitrine.IsVideo(attempt.Type) {
		return got, false, vitrine.Failf(vitrine.UnsupportedType, "%s where a picture is to be", attempt.Type)
	}
	wanted, known, err := in.claim(ctx, run, *attempt, got.sha256, nil)
	if err != nil || !wanted || known {
		return got, wanted, err
	}
	return got, true, in.keep(ctx, got.sha256, file, attempt.Bytes)
}

func (in *Ingest) download(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt *vitrine.Attempt, file *os.File, room *room) (taken, error) {
	result, err := in.fetchTo(ctx, in.requestOf(ctx, run, wish), wish.Settings.SingleUse, file, room)
	attempt.HTTPStatus, attempt.Bytes = result.Status, result.Bytes
	attempt.Type = mediaType(result.ContentType)
	if err != nil {
		return taken{}, err
	}
	got := taken{
		sha256: result.SHA256, unchanged: result.NotModified,
		validator: vitrine.Validator{ETag: result.ETag, LastModified: result.LastModified},
	}
	if !result.Page {
		return got, nil
	}
	if !isPage(attempt.Type) {
		return taken{}, vitrine.Failf(vitrine.UnsupportedType, "%s where a video, or a link to a hosted one, is to be", attempt.Type)
	}
	head := make([]byte, result.Bytes)
	_, err = file.ReadAt(head, 0)
	got.page = &page{url: result.URL, header: result.Header, head: head}
	return got, err
}

// copyUpload reads what the sender of a media has uploaded.
func (in *Ingest) copyUpload(ctx context.Context, media vitrine.Media, attempt *vitrine.Attempt, file *os.File, room *room) (digest string, err error) {
	object, err := in.Blobs.Open(ctx, gallery.UploadKey(media.UUID))
	if errors.Is(err, blob.ErrNotFound) {
		return "", vitrine.Failf(vitrine.UploadMissing, "")
	}
	if err != nil {
		return "", fmt.Errorf("open upload: %w", err)
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	head := make([]byte, 3072)
	n, err := io.ReadFull(object, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read upload: %w", err)
	}
	if most, _ := in.bounds(head[:n]); object.Size > most {
		return "", vitrine.Failf(vitrine.TooLarge, "%d bytes, %d allowed", object.Size, most)
	}
	if err := room.take(ctx, object.Size); err != nil {
		return "", err
	}
	hash := sha256.New()
	attempt.Bytes, err = io.Copy(io.MultiWriter(file, hash), io.MultiReader(bytes.NewReader(head[:n]), object))
	return hex.EncodeToString(hash.Sum(nil)), err
}

// Bytes that are wanted again just while they are being deleted are waited for,
// a moment with the file at hand, then with a new download.
const (
	pruningPause  = 200 * time.Millisecond
	pruningLooks  = 25
	pruningReturn = 10 * time.Second
)

func (in *Ingest) claim(ctx context.Context, run *queue.Run, attempt vitrine.Attempt, sha256 string, link *vitrine.Link) (wanted, known bool, err error) {
	for range pruningLooks {
		wanted, known, err = in.Gallery.Claim(ctx, run.Held, attempt, sha256, link)
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
func (in *Ingest) fetched(ctx context.Context, run *queue.Run, media vitrine.Media, attempt vitrine.Attempt, got taken, priority int) error {
	if got.unchanged {
		return in.Gallery.Unchanged(ctx, run.Finish, attempt)
	}
	err := in.Gallery.Fetched(ctx, run.Finish, attempt, got.sha256, got.validator, priority)
	if err != nil || media.Source.URL != "" {
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
	return sniffHead(head[:n]), nil
}

func sniffHead(head []byte) string {
	if kind := video.Sniff(head); kind != "" {
		return kind
	}
	return imaging.Sniff(head)
}

// bounds are what a file that begins so may have of bytes and time.
func (in *Ingest) bounds(head []byte) (maxBytes int64, timeout time.Duration) {
	limits := in.Gallery.Limits()
	if vitrine.IsVideo(sniffHead(head)) {
		return limits.MaxVideoBytes, limits.VideoTimeout
	}
	return limits.MaxPhotoBytes, limits.FetchTimeout
}

// videoBounds are the same where a video is to be: what is none is a page.
func (in *Ingest) videoBounds(head []byte) (maxBytes int64, timeout time.Duration) {
	if vitrine.IsVideo(sniffHead(head)) {
		return in.bounds(head)
	}
	return 0, in.Gallery.Limits().FetchTimeout
}

// keep puts the original of a content that is claimed into the bucket.
func (in *Ingest) keep(ctx context.Context, sha256 string, file *os.File, size int64) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	most := in.Gallery.Limits().StoreTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("not in the bucket after %v", most))
	defer cancel()
	if err := in.Blobs.Put(ctx, gallery.OriginalKey(sha256), file, size); err != nil {
		return fmt.Errorf("keep original: %w", err)
	}
	in.hasSpace(ctx)
	return nil
}
