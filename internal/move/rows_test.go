package move_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

func side(t *testing.T, url string) move.Side {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), url, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	backend, err := queue.New(t.Context(), db, queue.DefaultConfig(time.Now, log))
	if err != nil {
		t.Fatal(err)
	}
	return move.Side{DB: db, Queue: backend}
}

func small(t *testing.T) move.Side {
	t.Helper()
	return side(t, "sqlite://"+filepath.Join(t.TempDir(), "vitrine.db"))
}

func large(t *testing.T) move.Side {
	t.Helper()
	return side(t, pgtest.Start(t))
}

// write adds an account and, when tasks is set, some tasks.
func write(t *testing.T, s move.Side, name string, tasks ...queue.Task) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.EnsureAccount(t.Context(), name, time.UnixMilli(1))
		return errors.Join(err, s.Queue.Enqueue(t.Context(), tx, tasks...))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// unfinished gives the tasks that wait, a line for each.
func unfinished(t *testing.T, s move.Side) (lines []string) {
	t.Helper()
	err := s.DB.View(t.Context(), func(tx *store.Tx) error {
		for task, err := range s.Queue.Unfinished(t.Context(), tx) {
			if err != nil {
				return err
			}
			at := ""
			if task.RunAt.After(time.Now()) {
				at = task.RunAt.Format(time.RFC3339Nano)
			}
			var args bytes.Buffer
			if err := json.Compact(&args, task.Args.(json.RawMessage)); err != nil {
				return err
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %d %s %s", task.Kind, task.Key, task.Lane, task.Priority, &args, at))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestCopyRows moves up and down again: rows and tasks are the same.
func TestCopyRows(t *testing.T) {
	t.Parallel()
	from, up, down := small(t), large(t), small(t)
	if _, err := move.CopyRows(t.Context(), from, up, &progress{}); err == nil {
		t.Error("a database without rows was moved")
	}
	if err := move.Empty(t.Context(), up.DB); err != nil {
		t.Fatal(err)
	}
	write(t, from, "acme",
		queue.Task{Kind: "fetch", Lane: "wide", Priority: 4, Args: map[string]int{"media": 7}, Key: "7"},
		queue.Task{Kind: "prune", Lane: "sweep", Priority: 2, Args: []string{"é"}, RunAt: time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())},
		queue.Task{Kind: "fetch", Lane: "wide", Priority: 1, Args: nil},
	)
	write(t, from, "other")
	want := unfinished(t, from)
	for _, hop := range [][2]move.Side{{from, up}, {up, down}} {
		p := &progress{}
		moved, err := move.CopyRows(t.Context(), hop[0], hop[1], p)
		if err != nil {
			t.Fatal(err)
		}
		if (moved != move.Moved{Rows: 2, Tasks: 3}) || p.total != 2 || p.done != 2 {
			t.Errorf("moved %+v, progress %d of %d", moved, p.done, p.total)
		}
		if same, err := move.Same(t.Context(), hop[0].DB, hop[1].DB); err != nil || !same {
			t.Errorf("the same rows: %v, %v", same, err)
		}
		if diff := cmp.Diff(want, unfinished(t, hop[1])); len(want) != 3 || diff != "" {
			t.Errorf("tasks (-want +got)\n%s", diff)
		}
	}
	write(t, down, "third")
	if same, err := move.Same(t.Context(), up.DB, down.DB); err != nil || same {
		t.Errorf("with one account more the same rows: %v, %v", same, err)
	}
	if err := move.Empty(t.Context(), down.DB); !errors.Is(err, move.ErrNotEmpty) {
		t.Errorf("with accounts: %v, want ErrNotEmpty", err)
	}
}

// cancelling ends ctx when the rows begin to move.
type cancelling struct {
	progress
	cancel func()
}

func (c *cancelling) Add(int64) { c.cancel() }

// TestRowsInterrupted leaves nothing behind, and can be done again.
func TestRowsInterrupted(t *testing.T) {
	t.Parallel()
	from := small(t)
	write(t, from, "acme", queue.Task{Kind: "fetch", Lane: "wide", Priority: 4})
	for _, to := range []move.Side{small(t), large(t)} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := move.CopyRows(ctx, from, to, &cancelling{cancel: cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: interrupted: %v", to.DB.Engine(), err)
		}
		if err := move.Empty(t.Context(), to.DB); err != nil || len(unfinished(t, to)) > 0 {
			t.Errorf("%s: left behind: %v, tasks %q", to.DB.Engine(), err, unfinished(t, to))
		}
		if _, err := move.CopyRows(t.Context(), from, to, &progress{}); err != nil {
			t.Errorf("%s: again: %v", to.DB.Engine(), err)
		}
	}
}
