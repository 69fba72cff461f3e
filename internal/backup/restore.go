package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Target is where a backup is put back. Nobody else may use it.
type Target struct {
	Rows  *move.Side // nil: the bytes alone
	Blobs blob.Bucket
	Temp  string // a folder for a copy of the rows
	Log   *slog.Logger
}

// Restored is what Restore has done.
type Restored struct {
	Manifest
	Copied    int64 // objects in this run
	Moved     move.Moved
	RowsThere bool // from a run before this one
}

// Restore puts the backup in dir back: the bytes first, and then all rows in one
// transaction. Each digest is checked. A server refuses the bucket until all is
// there; a restore that was cut off goes on when it is called again.
//
// move.ErrNotEmpty is a target that holds anything else, ErrDamaged a backup of
// which the rows or the list of objects are not what they were. Objects that are
// damaged don't keep the others from being put back: ErrIncomplete names them.
func Restore(ctx context.Context, dir string, to Target, progress move.Progress) (restored Restored, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return restored, err
	}
	m, err := readManifest(dir)
	if err != nil {
		return restored, err
	}
	if err := m.Objects.check(dir); err != nil {
		return restored, err
	}
	from, err := blob.OpenReader(ctx, fileURL(filepath.Join(dir, blobsName)))
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	r := &restorer{dir: dir, from: from, to: to, progress: progress, done: Restored{Manifest: m}}
	if to.Rows == nil {
		err = r.restore(ctx, nil)
		return r.done, err
	}
	if m.Rows == nil {
		return restored, fmt.Errorf("the backup in %s has no rows; they have to come from elsewhere", dir)
	}
	err = r.withRows(ctx, func(rows move.Side) error { return r.restore(ctx, &rows) })
	return r.done, err
}

// restorer is one Restore.
type restorer struct {
	dir      string
	from     blob.Reader
	to       Target
	progress move.Progress

	unread unread
	mu     sync.Mutex
	done   Restored
	lost   []string // of the objects, a line for each
}

// withRows runs fn on a copy of the rows: opening them changes the file.
func (r *restorer) withRows(ctx context.Context, fn func(move.Side) error) (err error) {
	if err := r.done.Rows.check(r.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(r.to.Temp, 0o700); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(r.to.Temp, "restore-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, rowsName)
	if err := copyFile(filepath.Join(r.dir, r.done.Rows.Name), path); err != nil {
		return err
	}
	if err := r.done.Rows.sameAs(path); err != nil {
		return err
	}
	return withSide(ctx, path, r.to.Log, fn)
}

// sameAs wants a copy to be what was copied.
func (f File) sameAs(path string) error {
	is, err := fileOf(path)
	if err == nil && (is.Size != f.Size || is.SHA256 != f.SHA256) {
		err = fmt.Errorf("%s is not the copy that it ought to be", path)
	}
	return err
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// restore puts all back, with rows or without.
func (r *restorer) restore(ctx context.Context, rows *move.Side) error {
	if rows != nil {
		if err := r.checkEmpty(ctx, rows.DB); err != nil {
			return err
		}
	}
	m := r.done.Manifest
	name := fmt.Sprintf("the backup of %s, %s", m.At.Format(time.RFC3339), m.Objects.SHA256)
	if err := move.Begin(ctx, r.to.Blobs, name); err != nil {
		return err
	}
	if err := r.objects(ctx); err != nil {
		return err
	}
	if rows != nil && !r.done.RowsThere {
		var err error
		if r.done.Moved, err = move.CopyRows(ctx, *rows, *r.to.Rows, r.progress); err != nil {
			return err
		}
	}
	if err := move.End(ctx, r.to.Blobs); err != nil {
		return err
	}
	return incomplete(r.lost)
}

// checkEmpty wants the database empty, or with the very rows of the backup and a
// bucket that is being put back: then a run before this one was cut off just
// behind them.
func (r *restorer) checkEmpty(ctx context.Context, rows *store.DB) (err error) {
	notEmpty := move.Empty(ctx, r.to.Rows.DB)
	if !errors.Is(notEmpty, move.ErrNotEmpty) || !errors.Is(move.Ready(ctx, r.to.Blobs), move.ErrHalf) {
		return notEmpty
	}
	if r.done.RowsThere, err = move.Same(ctx, rows, r.to.Rows.DB); err != nil {
		return err
	}
	if !r.done.RowsThere {
		return notEmpty
	}
	return nil
}

// objects makes the bucket what the list says.
func (r *restorer) objects(ctx context.Context) error {
	r.progress.Begin(move.Bytes, r.done.Bytes)
	defer r.progress.End()
	there := move.NewCursor(r.to.Blobs.List(ctx, ""), func(info blob.Info) string { return info.Key })
	defer there.Stop()
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	err := r.walk(inGroup, there, group)
	if worker := group.Wait(); worker != nil {
		return worker
	}
	return err
}

func (r *restorer) walk(ctx context.Context, there *move.Cursor[blob.Info], group *errgroup.Group) error {
	surplus := func(info blob.Info) {
		if !move.IsMark(info.Key) {
			group.Go(func() error { return r.to.Blobs.Delete(ctx, info.Key) })
		}
	}
	for o, err := range readList(filepath.Join(r.dir, r.done.Objects.Name)) {
		if err != nil {
			return err
		}
		info, found, err := there.Find(o.Key, surplus)
		if err != nil {
			return err
		}
		if found && info.Size == o.Size {
			r.progress.Add(o.Size)
			continue
		}
		group.Go(func() error { return r.put(ctx, o) })
	}
	return there.Rest(surplus)
}

// put puts one object back, or notes that it is lost.
func (r *restorer) put(ctx context.Context, o object) error {
	_, err := move.Copy(ctx, r.from, o.As, r.to.Blobs, o.Key, o.SHA256, o.Size, r.progress.Add)
	if err := r.unread.note(err); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, blob.ErrNotFound) || bad(err) {
		r.lost = append(r.lost, fmt.Sprintf("%s: %v", o.Key, err))
		return nil
	}
	if err == nil {
		r.done.Copied++
	}
	return err
}
