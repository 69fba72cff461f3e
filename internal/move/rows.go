package move

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Side is a database with its queue.
type Side struct {
	DB    *store.DB
	Queue queue.Backend
}

// Empty is nil for a database without rows, and else ErrNotEmpty.
func Empty(ctx context.Context, db *store.DB) error {
	return db.View(ctx, func(tx *store.Tx) error {
		tables, err := tx.Tables(ctx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			n, err := tx.Count(ctx, t)
			if err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("the target database is %w: its table %s has %d rows", ErrNotEmpty, t.Name, n)
			}
		}
		return nil
	})
}

// Same reports whether a database holds the very rows of another one that is
// not in use, as after a move.
func Same(ctx context.Context, from, to *store.DB) (same bool, err error) {
	err = both(ctx, from.View, to.View, func(source, target *store.Tx, tables []store.Table) error {
		same = true
		for _, t := range tables {
			want, err := source.Fingerprint(ctx, t)
			if err != nil {
				return err
			}
			got, err := target.Fingerprint(ctx, t)
			if err != nil {
				return err
			}
			same = same && got == want
		}
		return nil
	})
	return same, err
}

// Moved is what CopyRows has copied.
type Moved struct{ Rows, Tasks int64 }

// CopyRows copies all rows and unfinished tasks of a database, as they are at
// one moment, into an empty one, in one transaction and with their ids, and
// verifies them before it is committed. Tasks that were running wait; how often
// they had been tried is forgotten.
func CopyRows(ctx context.Context, from, to Side, progress Progress) (moved Moved, err error) {
	err = both(ctx, from.DB.View, to.DB.Write, func(source, target *store.Tx, tables []store.Table) error {
		moved = Moved{}
		for _, t := range tables {
			n, err := source.Count(ctx, t)
			if err != nil {
				return err
			}
			moved.Rows += n
		}
		if moved.Rows == 0 {
			return errors.New("the source database has no rows")
		}
		progress.Begin(Rows, moved.Rows)
		defer progress.End()
		for _, t := range tables {
			if err := target.Copy(ctx, source, t, func(rows int) { progress.Add(int64(rows)) }); err != nil {
				return err
			}
		}
		for task, err := range from.Queue.Unfinished(ctx, source) {
			if err == nil {
				err = to.Queue.Enqueue(ctx, target, task)
			}
			if err != nil {
				return fmt.Errorf("copy the tasks: %w", err)
			}
			moved.Tasks++
		}
		return nil
	})
	return moved, err
}

// both runs fn in a transaction of each side, of which the source's only reads,
// with their tables, in the order in which rows may be written.
func both(ctx context.Context, view, run func(context.Context, func(*store.Tx) error) error, fn func(source, target *store.Tx, tables []store.Table) error) error {
	return run(ctx, func(target *store.Tx) error {
		return view(ctx, func(source *store.Tx) error {
			tables, err := source.Tables(ctx)
			if err != nil {
				return err
			}
			others, err := target.Tables(ctx)
			if err != nil {
				return err
			}
			if !slices.EqualFunc(tables, others, store.Table.Equal) {
				return errors.New("the two databases have different tables, of the same version though they are")
			}
			return fn(source, target, tables)
		})
	})
}
