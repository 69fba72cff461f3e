package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
)

const (
	// maxDecoderDeaths is how many children one photo may cost. A file that
	// kills its decoder so often will do it again.
	maxDecoderDeaths = 3
	// decoderPause lets what else made the child die, such as a machine short
	// of memory, pass.
	decoderPause = 2 * time.Second
)

// optimise makes the variants of some stored bytes, once for all who sent them.
func (in *Ingest) optimise(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	content, wanted, err := in.Gallery.BeginOptimise(ctx, run.Finish, task)
	if err != nil || !wanted {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: "optimise", StartedAt: in.Now(), Bytes: content.Bytes, Type: content.Type}
	err = in.makeVariants(ctx, &content)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	died, isDeath := errors.AsType[*imaging.ChildError](err)
	if isDeath {
		err = vitrine.Failf(vitrine.Unreadable, "the decoder died: %s", died.Reason)
	}
	attempt.Type = content.Type
	in.conclude(ctx, slog.String("content", content.SHA256), &attempt, err)

	failure, isFailure := errors.AsType[*vitrine.Failure](err)
	switch {
	case err == nil:
		return in.Gallery.Optimised(ctx, run.Finish, content, attempt)
	case isDeath && run.Attempt < maxDecoderDeaths:
		if err := in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt); err != nil {
			return err
		}
		return queue.Again(decoderPause, died)
	case isFailure:
		return in.Gallery.ContentFailed(ctx, run.Finish, content.SHA256, attempt, failure)
	}
	return errors.Join(err, in.Gallery.ContentPostponed(ctx, run.Held, content.SHA256, attempt))
}

// makeVariants optimises the original of a content and puts the variants into
// the bucket. It fills in the content.
func (in *Ingest) makeVariants(ctx context.Context, content *vitrine.Content) (err error) {
	dir, err := os.MkdirTemp(in.TempDir, "optimise-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	original, err := in.Blobs.Open(ctx, gallery.OriginalKey(content.SHA256))
	if err != nil {
		return fmt.Errorf("open original: %w", err)
	}
	defer func() { err = errors.Join(err, original.Close()) }()
	path, err := localPath(original.ReadSeekCloser, filepath.Join(dir, "original"))
	if err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	result, err := in.Imaging.Optimise(ctx, path, out)
	if err != nil {
		return err
	}

	content.Type, content.Width, content.Height = result.Type, result.Width, result.Height
	content.Blurhash, content.Thumbhash, content.DominantColor = result.Blurhash, result.Thumbhash, result.DominantColor
	content.Recipe, content.Variants = in.Recipe.ID(), result.Variants
	for i, variant := range result.Variants {
		key := gallery.VariantKey(content.SHA256, content.Recipe, variant.Name)
		if err := in.putFile(ctx, key, result.Files[i]); err != nil {
			return fmt.Errorf("keep variant %s: %w", variant.Name, err)
		}
	}
	return nil
}

// localPath gives a file that a child process can open: the bucket's own where
// the bucket is a folder, a copy otherwise.
func localPath(original io.Reader, copyTo string) (path string, err error) {
	if file, ok := original.(*os.File); ok {
		return file.Name(), nil
	}
	file, err := os.Create(copyTo)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, original)
	return copyTo, errors.Join(err, file.Close())
}

func (in *Ingest) putFile(ctx context.Context, key, path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return in.Blobs.Put(ctx, key, file, info.Size())
}

// optimiseDead ends the media that wait for a content whose optimising went
// wrong on our side too often.
func (in *Ingest) optimiseDead(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: "optimise", StartedAt: in.Now()}
	gaveUp := vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt)
	in.conclude(ctx, slog.String("content", task.SHA256), &attempt, gaveUp)
	return in.Gallery.ContentFailed(ctx, run.Finish, task.SHA256, attempt, gaveUp)
}
