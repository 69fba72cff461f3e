package move

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// workers is how many objects are copied at one time: enough to hide how far
// away a store is, few enough to leave a server beside them its disk.
const workers = 8

// maxNamed is how many damaged objects are named.
const maxNamed = 20

// Tally is what a pass has found and done.
type Tally struct {
	Objects, Bytes int64 // in the source
	Copied         int64 // objects, of these
}

// Objects copies what the target lacks. While the source is still in use
// (still is false) it leaves out what comes and goes: uploads, and whatever
// is deleted before its turn. In the last pass the target is made the same as
// the source: what the source has no more is deleted.
//
// Damaged objects don't keep the others from being copied; the error, an
// ErrDamaged, names them. Any other error, and the end of ctx, ends the pass;
// the next one goes on from there.
func Objects(ctx context.Context, from blob.Reader, to blob.Bucket, still bool, progress Progress) (Tally, error) {
	p := &pass{from: from, to: to, still: still, progress: progress}
	var total Tally
	for info, err := range p.source(ctx) {
		if err != nil {
			return total, err
		}
		total.Objects++
		total.Bytes += info.Size
	}
	progress.Begin(Bytes, total.Bytes)
	defer progress.End()
	err := p.run(ctx)
	total.Copied = p.copied
	if err != nil {
		return total, err
	}
	return total, p.damage()
}

// pass is one walk over both buckets.
type pass struct {
	from     blob.Reader
	to       blob.Bucket
	still    bool
	progress Progress

	mu      sync.Mutex
	copied  int64
	damaged []string // keys
}

// isUpload tells the one kind of key whose bytes may change.
func isUpload(key string) bool { return strings.HasPrefix(key, gallery.UploadKey("")) }

// source gives the objects that this pass is about.
func (p *pass) source(ctx context.Context) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		for info, err := range p.from.List(ctx, "") {
			if err != nil {
				yield(blob.Info{}, err)
				return
			}
			if !p.still && isUpload(info.Key) {
				continue
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

// run walks over both lists side by side: both are in the order of the keys, so
// that neither has to be held. What is put meanwhile stands where the walk over
// the target has been already.
func (p *pass) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	there := NewCursor(p.to.List(ctx, ""), func(info blob.Info) string { return info.Key })
	defer there.Stop()
	err := p.walk(ctx, there, group)
	// What ended the walk may be the end that one of the workers gave it.
	if worker := group.Wait(); worker != nil {
		return worker
	}
	return err
}

func (p *pass) walk(ctx context.Context, there *Cursor[blob.Info], group *errgroup.Group) error {
	surplus := func(info blob.Info) {
		// Only a pass that nothing changes beneath can tell.
		if p.still && !IsMark(info.Key) {
			group.Go(func() error { return p.to.Delete(ctx, info.Key) })
		}
	}
	for info, err := range p.source(ctx) {
		if err != nil {
			return err
		}
		has, found, err := there.Find(info.Key, surplus)
		if err != nil {
			return err
		}
		if found && has.Size == info.Size && !isUpload(info.Key) {
			p.progress.Add(info.Size)
			continue
		}
		group.Go(func() error { return p.copy(ctx, info.Key) })
	}
	return there.Rest(surplus)
}

func (p *pass) copy(ctx context.Context, key string) error {
	_, err := Copy(ctx, p.from, key, p.to, key, DigestOf(key), -1, p.progress.Add)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, blob.ErrNotFound) && !p.still:
		return nil // deleted since it was listed
	case errors.Is(err, ErrDamaged):
		p.damaged = append(p.damaged, key)
		return nil
	case err != nil:
		return err
	}
	p.copied++
	return nil
}

// damage is an error that names the damaged objects, if there are any.
func (p *pass) damage() error {
	if len(p.damaged) == 0 {
		return nil
	}
	named := p.damaged[:min(len(p.damaged), maxNamed)]
	more := ""
	if rest := len(p.damaged) - len(named); rest > 0 {
		more = fmt.Sprintf("\n\tand %d more", rest)
	}
	return fmt.Errorf("%d objects of the source are %w, their bytes are not those that their names tell:\n\t%s%s",
		len(p.damaged), ErrDamaged, strings.Join(named, "\n\t"), more)
}
