package ingest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/video"
)

// progressPause is how often the progress of an encoding is noted.
const progressPause = 2 * time.Second

// encode makes of a stored video what every browser plays, once for all who
// sent it, with its poster.
func (in *Ingest) encode(ctx context.Context, run *queue.Run) error {
	return in.makeVariants(ctx, run, StageEncode, func(ctx context.Context, wish *gallery.Optimise, path, out string) ([]string, error) {
		return in.encodeVideo(ctx, &wish.Content, path, out, func(percent int) error {
			return in.Gallery.Encoding(ctx, run.Held, wish.Content.SHA256, percent)
		})
	})
}

func (in *Ingest) encodeDead(ctx context.Context, run *queue.Run) error {
	return in.variantsDead(ctx, run, StageEncode)
}

// encodeVideo tells note now and then how far it has come, in percent; that it is
// lost or unwanted by then ends it.
func (in *Ingest) encodeVideo(ctx context.Context, content *vitrine.Content, path, out string, note func(percent int) error) (files []string, err error) {
	encoding, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	noted := in.Now()
	result, err := in.Videos.Optimise(encoding, path, content.Type, out, func(percent int) {
		if now := in.Now(); now.Sub(noted) >= progressPause {
			noted = now
			err := note(percent)
			if errors.Is(err, queue.ErrLost) || errors.Is(err, gallery.ErrUnwanted) {
				cancel(err)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(out, "poster")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	poster, err := in.Imaging.Optimise(ctx, imaging.Request{Source: result.Poster, OutDir: dir})
	if err != nil {
		if f, ok := errors.AsType[*vitrine.Failure](err); ok {
			// The frame is ours, not the sender's.
			err = errors.New("optimise the poster: " + f.Error())
		}
		return nil, err
	}
	content.Width, content.Height, content.Duration = result.Width, result.Height, result.Duration
	content.Blurhash, content.Thumbhash, content.DominantColor = poster.Blurhash, poster.Thumbhash, poster.DominantColor
	content.Recipe = in.Recipe.ID() + "-" + video.Recipe
	content.Variants = slices.Concat(poster.Variants, result.Variants)
	return slices.Concat(poster.Files, result.Files), nil
}
