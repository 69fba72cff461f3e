package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// mover is one run of the command move.
type mover struct {
	from, fromBlobs string
	to, toBlobs     string // empty for what stays
	environ         []string
	log             *slog.Logger
	progress        move.Progress

	still          bool // the old server doesn't run, and can't be started
	source, target move.Side
	bucket         blob.Bucket // that is moved to
	tally          move.Tally
	moved          move.Moved
	rowsThere      bool           // from a run before this one
	closers        []func() error // of what is open, the first last
}

// moveInstallation carries an installation over. Beside a running server it
// copies bytes; the rest waits until the server has been stopped.
func moveInstallation(ctx context.Context, p *program) (err error) {
	s := p.settings
	m := &mover{
		from: cmp.Or(s.From, s.dbURL()), fromBlobs: cmp.Or(s.FromBlobs, s.blobsURL()), to: s.To, toBlobs: s.ToBlobs,
		environ: p.environ, log: newLogger(s, p), progress: newMoveProgress(p.stderr),
	}
	switch {
	case len(p.args) > 0:
		return fmt.Errorf("unexpected %q", p.args[0])
	case m.to == "" && m.toBlobs == "":
		return errors.New("say where to: --to, --to-blobs or both")
	case m.to == m.from || m.toBlobs == m.fromBlobs:
		return errors.New("the source and the target are the same")
	}
	err = errors.Join(m.run(ctx), m.close())
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("interrupted; what was copied stays, but the new server can't be started yet: run the same command again to go on")
	case err != nil:
		return fmt.Errorf("not moved: %w", err)
	}
	_, err = fmt.Fprint(p.stdout, m.report())
	return err
}

func (m *mover) run(ctx context.Context) error {
	if err := m.openSource(ctx); err != nil {
		return err
	}
	if m.to != "" {
		if err := m.openTarget(ctx); err != nil {
			return err
		}
	}
	if m.toBlobs != "" {
		if err := m.copyBytes(ctx); err != nil {
			return err
		}
	}
	if !m.still {
		return m.stillRuns()
	}
	if m.to != "" && !m.rowsThere {
		var err error
		if m.moved, err = move.CopyRows(ctx, m.source, m.target, m.progress); err != nil {
			return err
		}
	}
	if m.toBlobs != "" {
		return move.End(ctx, m.bucket)
	}
	return nil
}

// openSource looks whether the old server runs. If not, it keeps it from being
// started, as far as one machine can, and opens its database: that of a
// running one could be migrated beneath an older program.
func (m *mover) openSource(ctx context.Context) error {
	u, err := url.Parse(m.from)
	if err != nil {
		return errors.New("the database to move from is not a URL") // which may hold a password
	}
	if u.Scheme == "sqlite" {
		if held, err := m.hold(u.Path); err != nil || !held {
			return err
		}
	}
	if m.source, err = m.openSide(ctx, m.from); err != nil {
		return err
	}
	if nodes, ok := m.source.Queue.(interface {
		Working(context.Context) (bool, error)
	}); ok {
		working, err := nodes.Working(ctx)
		m.still = !working
		return err
	}
	m.still = true
	return nil
}

// hold takes the place of the server of a SQLite database, or reports that it
// runs.
func (m *mover) hold(path string) (held bool, err error) {
	if _, err := os.Stat(path); err != nil {
		return false, fmt.Errorf("the database to move from: %w", err) // to open it would make one
	}
	unlock, err := lockData(filepath.Dir(path))
	if errors.Is(err, blob.ErrInUse) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m.closers = append(m.closers, unlock)
	// The server's data folder may be elsewhere.
	used, err := store.InUse(path)
	return !used, err
}

func (m *mover) openSide(ctx context.Context, url string) (side move.Side, err error) {
	if side.DB, err = store.Open(ctx, url, m.log); err != nil {
		return side, err
	}
	m.closers = append(m.closers, side.DB.Close)
	side.Queue, err = queue.New(ctx, side.DB, queue.DefaultConfig(time.Now, m.log))
	return side, err
}

// openTarget wants the database to move to empty, or with the very rows of the
// source: then a run before this one was cut off just behind them.
func (m *mover) openTarget(ctx context.Context) (err error) {
	if m.target, err = m.openSide(ctx, m.to); err != nil {
		return err
	}
	notEmpty := move.Empty(ctx, m.target.DB)
	if !errors.Is(notEmpty, move.ErrNotEmpty) || !m.still {
		return notEmpty
	}
	if m.rowsThere, err = move.Same(ctx, m.source.DB, m.target.DB); err != nil {
		return err
	}
	if !m.rowsThere {
		return notEmpty
	}
	return nil
}

func (m *mover) copyBytes(ctx context.Context) error {
	from, err := m.openSourceBlobs(ctx)
	if err != nil {
		return err
	}
	if m.bucket, err = blob.Open(ctx, m.toBlobs, m.environ...); err != nil {
		return err
	}
	m.closers = append(m.closers, m.bucket.Close)
	if err := move.Begin(ctx, m.bucket, withoutPassword(m.fromBlobs)); err != nil {
		return err
	}
	m.tally, err = move.Objects(ctx, from, m.bucket, m.still, m.progress)
	return err
}

// openSourceBlobs holds the bucket to move from, unless its server does.
func (m *mover) openSourceBlobs(ctx context.Context) (blob.Reader, error) {
	from, err := blob.OpenReader(ctx, m.fromBlobs, m.environ...)
	if err == nil {
		m.closers = append(m.closers, from.Close)
		err = move.Ready(ctx, from)
	}
	if err != nil || !m.still {
		return from, err
	}
	held, err := blob.Open(ctx, m.fromBlobs, m.environ...)
	if errors.Is(err, blob.ErrInUse) {
		m.still = false
		return from, nil
	}
	if err == nil {
		m.closers = append(m.closers, held.Close)
	}
	return held, err
}

func (m *mover) stillRuns() error {
	copied := ""
	if m.toBlobs != "" {
		copied = "the bytes so far are copied (" + m.objects() + "), but "
	}
	return fmt.Errorf("%sthe old server runs: stop it and run the same command again, then the new one can be started", copied)
}

func (m *mover) objects() string {
	return fmt.Sprintf("%d objects of %s, %d of them in this run", m.tally.Objects, bytesText(m.tally.Bytes), m.tally.Copied)
}

func (m *mover) report() string {
	text, start := "", ""
	switch {
	case m.rowsThere:
		text += "The rows had been moved before and are the same.\n"
		start += " --db " + withoutPassword(m.to)
	case m.to != "":
		text += fmt.Sprintf("Moved and verified: %d rows, %d tasks.\n", m.moved.Rows, m.moved.Tasks)
		start += " --db " + withoutPassword(m.to)
	}
	if m.toBlobs != "" {
		text += "Moved and verified: " + m.objects() + ".\n"
		start += " --blobs " + withoutPassword(m.toBlobs)
	}
	return text + "Start the new server with" + start + ", its settings else as before. Don't start the old one again: the two would part.\n"
}

// close closes what is open, the last first.
func (m *mover) close() error {
	var errs []error
	for i := range m.closers {
		errs = append(errs, m.closers[len(m.closers)-1-i]())
	}
	return errors.Join(errs...)
}
