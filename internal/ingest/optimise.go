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
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/video"
)

const (
	// maxDecoderDeaths is how many children one picture may cost. One that kills
	// its decoder so often will do it again. A video gets no second try: it has
	// had minutes of a worker that others wait for.
	maxDecoderDeaths = 3
	// decoderPause lets what else made the child die, such as a machine short
	// of memory, pass.
	decoderPause = 2 * time.Second
)

// optimise makes the variants of a stored picture, once for all who sent it.
func (in *Ingest) optimise(ctx context.Context, run *queue.Run) error {
	return in.makeVariants(ctx, run, StageOptimise, in.optimisePicture)
}

// work makes the variants of the file at path into the folder out. It fills in
// the content and gives the files of its variants.
type work func(ctx context.Context, wish *gallery.Optimise, path, out string) (files []string, err error)

// makeVariants has work make the variants of some stored bytes, and puts them
// into the bucket.
func (in *Ingest) makeVariants(ctx context.Context, run *queue.Run, stage string, work work) error {
	if pause := in.full(); pause > 0 {
		return queue.Later(pause)
	}
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	wish, wanted, err := in.Gallery.BeginOptimise(ctx, run.Finish, task)
	if err != nil || !wanted {
		return err
	}
	content := &wish.Content
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: stage, StartedAt: in.Now(), Bytes: content.Bytes, Type: content.Type}
	err = in.keepVariants(ctx, &wish, work)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, queue.ErrLost) {
		return err
	}
	if errors.Is(err, gallery.ErrUnwanted) {
		return queue.Later(time.Second) // somebody may have come to want it since: BeginOptimise knows
	}
	if isFull(err) {
		return in.waitForSpace(ctx, err)
	}
	reason, isDeath := deathOf(err)
	if isDeath {
		if in.Observer.ChildDied != nil {
			in.Observer.ChildDied(stage)
		}
		err = vitrine.Failf(vitrine.Unreadable, "the decoder died: %s", reason)
	}
	attempt.Type = content.Type
	in.conclude(ctx, slog.String("content", content.SHA256), &attempt, err)

	failure, isFailure := errors.AsType[*vitrine.Failure](err)
	switch {
	case err == nil:
		return in.Gallery.Optimised(ctx, run.Finish, *content, attempt)
	case isDeath && run.Attempt < maxDecoderDeaths && stage != StageEncode:
		if err := in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt); err != nil {
			return err
		}
		return queue.Again(decoderPause, failure)
	case isFailure:
		return in.Gallery.ContentFailed(ctx, run.Finish, content.SHA256, attempt, failure)
	}
	return errors.Join(err, in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt))
}

// deathOf gives why a child died, if that is what went wrong.
func deathOf(err error) (reason string, ok bool) {
	if died, ok := errors.AsType[*imaging.ChildError](err); ok {
		return died.Reason, true
	}
	if died, ok := errors.AsType[*video.ChildError](err); ok {
		return died.Stage + " " + died.Reason + lastWords(died.Stderr), true
	}
	return "", false
}

// lastWords is the end of what a child wrote, as it may stand in a timeline.
func lastWords(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := lines[len(lines)-1]
	if last == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(strings.ToValidUTF8(last[:min(len(last), 200)], ""), "\x00", "")
}

// keepVariants does the work on a local copy of the original.
func (in *Ingest) keepVariants(ctx context.Context, wish *gallery.Optimise, work work) (err error) {
	room := in.newRoom()
	defer room.free()
	dir, err := os.MkdirTemp(in.TempDir, "optimise-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	content := &wish.Content
	original, err := in.Blobs.Open(ctx, gallery.OriginalKey(content.SHA256))
	if err != nil {
		return fmt.Errorf("open original: %w", err)
	}
	defer func() { err = errors.Join(err, original.Close()) }()
	path, err := localPath(ctx, original, filepath.Join(dir, "original"), room)
	if err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	files, err := work(ctx, wish, path, out)
	if err != nil {
		return err
	}
	if err := in.putVariants(ctx, content, files); err != nil {
		return err
	}
	in.hasSpace(ctx)
	return nil
}

// putVariants puts the files of a content's variants into the bucket, beside each
// other: each waits for the disk or the network, and they are few.
func (in *Ingest) putVariants(ctx context.Context, content *vitrine.Content, files []string) error {
	puts, ctx := errgroup.WithContext(ctx)
	for i := range content.Variants {
		variant := &content.Variants[i]
		key := gallery.VariantKey(content.SHA256, content.Recipe, *variant)
		puts.Go(func() (err error) {
			if variant.Digest, err = in.putFile(ctx, key, files[i]); err != nil {
				return fmt.Errorf("keep variant %s: %w", variant.Name, err)
			}
			return nil
		})
	}
	return puts.Wait()
}

// optimisePicture makes the variants of a picture.
func (in *Ingest) optimisePicture(ctx context.Context, wish *gallery.Optimise, path, out string) ([]string, error) {
	result, err := in.Imaging.Optimise(ctx, imaging.Request{Source: path, OutDir: out, Panorama: wish.Panorama})
	if err != nil {
		return nil, err
	}
	content := &wish.Content
	content.Figures = &result.Figures
	if content.State == vitrine.ContentReady && !wish.Anew { // and lacks but this
		content.Facts.Panorama = result.Facts.Panorama
		i := slices.IndexFunc(result.Variants, func(v vitrine.Variant) bool { return v.Name == vitrine.PanoVariant })
		content.Variants = result.Variants[i : i+1]
		return result.Files[i : i+1], nil
	}
	content.Type, content.Width, content.Height = result.Type, result.Width, result.Height
	content.Blurhash, content.Thumbhash, content.DominantColor = result.Blurhash, result.Thumbhash, result.DominantColor
	flat := content.Facts.Flat // of one that is made anew
	content.Recipe, content.Variants, content.Facts = in.Recipe.ID(), result.Variants, result.Facts
	content.Facts.Flat = flat
	return result.Files, nil
}

// localPath gives a file that a child process can open: the bucket's own where
// the bucket is a folder, a copy that waits for room otherwise.
func localPath(ctx context.Context, original *blob.Object, copyTo string, room *room) (path string, err error) {
	if file, ok := original.ReadSeekCloser.(*os.File); ok {
		return file.Name(), nil
	}
	if err := room.take(ctx, original.Size); err != nil {
		return "", err
	}
	file, err := os.Create(copyTo)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, original)
	return copyTo, errors.Join(err, file.Close())
}

// putFile puts a file into the bucket, and gives the SHA-256 of what it has put.
func (in *Ingest) putFile(ctx context.Context, key, path string) (digest string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	err = in.Blobs.Put(ctx, key, io.TeeReader(file, hash), info.Size())
	return hex.EncodeToString(hash.Sum(nil)), err
}

// optimiseDead ends the media that wait for a content whose optimising went
// wrong on our side too often.
func (in *Ingest) optimiseDead(ctx context.Context, run *queue.Run) error {
	return in.variantsDead(ctx, run, StageOptimise)
}

func (in *Ingest) variantsDead(ctx context.Context, run *queue.Run, stage string) error {
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: stage, StartedAt: in.Now()}
	gaveUp := vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt)
	in.conclude(ctx, slog.String("content", task.SHA256), &attempt, gaveUp)
	return in.Gallery.ContentFailed(ctx, run.Finish, task.SHA256, attempt, gaveUp)
}
