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
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scrub"
)

// repair makes the variants of a ready content anew, from its original.
func (in *Ingest) repair(ctx context.Context, run *queue.Run) error {
	if pause := in.full(); pause > 0 {
		return queue.Later(pause)
	}
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	wish, wanted, err := in.Gallery.BeginRepair(ctx, run.Finish, task)
	if errors.Is(err, gallery.ErrBusy) {
		return queue.Later(time.Minute)
	}
	if err != nil || !wanted {
		return err
	}
	content := &wish.Content
	work := in.optimisePicture
	if vitrine.IsVideo(content.Type) {
		work = func(ctx context.Context, wish *gallery.Optimise, path, out string) ([]string, error) {
			return in.encodeVideo(ctx, &wish.Content, path, out, func(int) error { return nil })
		}
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: StageRepair, StartedAt: in.Now(), Bytes: content.Bytes, Type: content.Type}
	err = in.keepVariants(ctx, &wish, func(ctx context.Context, wish *gallery.Optimise, path, out string) ([]string, error) {
		if err := checkDigest(path, wish.Content.SHA256); err != nil {
			return nil, err
		}
		return work(ctx, wish, path, out)
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isFull(err) {
		return in.waitForSpace(ctx, err)
	}
	in.conclude(ctx, slog.String("content", content.SHA256), &attempt, err)
	if err != nil { // the next scrub asks again
		return in.Gallery.RepairFailed(ctx, run.Finish, content.SHA256, attempt)
	}
	return in.Gallery.Repaired(ctx, run.Finish, *content, attempt)
}

// checkDigest fails where an original is not what its sender sent: what was made
// of it before is better than what could be made now.
func checkDigest(path, want string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("the original is damaged: its SHA-256 is %s", got)
	}
	return nil
}

func (in *Ingest) repairDead(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.OptimiseTask](run)
	if err != nil {
		return err
	}
	attempt := vitrine.Attempt{Number: run.Attempt, Stage: StageRepair, StartedAt: in.Now()}
	in.conclude(ctx, slog.String("content", task.SHA256), &attempt, vitrine.Failf(vitrine.Internal, "given up after %d attempts", run.Attempt))
	return in.Gallery.RepairFailed(ctx, run.Finish, task.SHA256, attempt)
}

// tidy removes objects of a content of which no row tells.
func (in *Ingest) tidy(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.TidyTask](run)
	if err != nil {
		return err
	}
	var keys []string
	for info, err := range in.Blobs.List(ctx, gallery.VariantsPrefix(task.SHA256)) {
		if err != nil {
			return err
		}
		keys = append(keys, info.Key)
	}
	strays, err := in.Gallery.BeginTidy(ctx, run.Finish, task, keys)
	if errors.Is(err, gallery.ErrBusy) {
		return queue.Later(time.Minute)
	}
	if err != nil || len(strays) == 0 {
		return err
	}
	for _, key := range strays {
		if err := in.Blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return in.Gallery.EndTidy(ctx, run.Finish, task)
}

// scrub holds the stored objects against the rows, has mended what can be, and
// tells the operator of the rest.
func (in *Ingest) scrub(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.ScrubTask](run)
	if err != nil {
		return err
	}
	cfg := in.Scrub
	cfg.Read = scrub.Share(task.Turn)
	summary, err := scrub.Run(ctx, cfg, func(f scrub.Finding) error {
		in.Log.ErrorContext(ctx, "stored object", "problem", f.Problem, "key", f.Key, "detail", f.Detail, "remedy", f.Remedy())
		return scrub.Mend(ctx, in.Gallery, f)
	})
	if err != nil {
		return err
	}
	in.Log.InfoContext(ctx, "stored objects were looked through", "contents", summary.Contents, "objects", summary.Objects,
		"bytes_read", summary.BytesRead, "found", summary.Found)
	return in.Gallery.EndScrub(ctx, run.Finish, task)
}

// scrubDead gives up for this night.
func (in *Ingest) scrubDead(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.ScrubTask](run)
	if err != nil {
		return err
	}
	in.Log.ErrorContext(ctx, "stored objects were not looked through", "attempts", run.Attempt, "err", run.LastError)
	return in.Gallery.EndScrub(ctx, run.Finish, task)
}
