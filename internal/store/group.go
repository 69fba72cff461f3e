package store

import (
	"context"
	"errors"
	"fmt"
)

// groupSize bounds how many transactions share one commit, so that the first
// of them does not wait for ever.
const groupSize = 64

// group commits the writes of concurrent callers together: one transaction,
// one fsync, a savepoint for each caller. While a commit is on its way to the
// disk the next callers queue up, and so the group grows with the load.
//
// Each caller runs its own function, in its own goroutine, when it is given
// the turn: a panic unwinds the caller that caused it and no other. A single
// statement is run by the group itself, without a savepoint: SQLite undoes a
// statement that fails.
type group struct {
	conn     *preparedConn
	unsynced bool          // how the connection commits now
	held     *turn         // that of the next group, which commits otherwise
	turns    chan *turn    // unbuffered: who waits here can still go away
	quit     chan struct{} // closed by close
	done     chan struct{} // closed when run has ended
}

// turn is one caller's part in a group: a function that it runs, or a statement
// that the group runs.
type turn struct {
	ctx     context.Context
	single  *statement // nil for a function, which has begin and ran
	begin   chan error // nil: your savepoint is set, go on
	ran     chan error // how the caller's function ended; nil keeps what it wrote
	settled chan error // how the commit came out; only for who kept something, or has a statement
}

func newGroup(conn *preparedConn) *group {
	g := &group{
		conn:  conn,
		turns: make(chan *turn),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go g.run()
	return g
}

// close lets the group under way commit, and ends. Whoever still waits for a
// turn gets ErrClosed.
func (g *group) close() error {
	close(g.quit)
	<-g.done
	return g.conn.close()
}

func (g *group) write(ctx context.Context, fn func(*Tx) error) error {
	t := &turn{ctx: ctx, begin: make(chan error), ran: make(chan error), settled: make(chan error, 1)}
	select {
	case g.turns <- t:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.done:
		return ErrClosed
	}
	if err := <-t.begin; err != nil {
		return err
	}
	tx := &Tx{on: sharedTx{sqliteTx{g.conn}}}
	if err := t.run(tx, fn); err != nil {
		return err
	}
	if err := <-t.settled; err != nil {
		return err
	}
	tx.committed()
	return nil
}

// do runs a statement in its turn.
func (g *group) do(ctx context.Context, s statement) error {
	t := &turn{ctx: ctx, single: &s, settled: make(chan error, 1)}
	select {
	case g.turns <- t:
		return <-t.settled
	case <-ctx.Done():
		return ctx.Err()
	case <-g.done:
		return ErrClosed
	}
}

// run gives the turn back however fn ends: by return, panic or Goexit.
func (t *turn) run(tx *Tx, fn func(*Tx) error) error {
	ended := errUnwound
	defer func() { t.ran <- ended }()
	ended = tx.run(fn)
	return ended
}

// errUnwound is a function that did not return.
var errUnwound = errors.New("unwound")

func (g *group) run() {
	defer close(g.done)
	for {
		first := g.held
		if g.held = nil; first == nil {
			select {
			case <-g.quit:
				return
			case first = <-g.turns:
			}
		}
		g.commit(first)
	}
}

// commit gives a turn to the first caller and to those who wait behind it,
// commits once, and tells them. They all wait for the disk, or none does.
func (g *group) commit(first *turn) {
	err := g.sync(!first.unsynced())
	if err == nil {
		err = g.exec("begin immediate")
	}
	if err != nil {
		first.refuse(fmt.Errorf("begin to write: %w", err))
		return
	}
	var kept []*turn
	var broken error
	for next := first; next != nil; next = g.next(len(kept)) {
		var keep bool
		if keep, broken = g.take(next); keep {
			kept = append(kept, next)
		}
		if broken != nil {
			break
		}
	}
	err = broken
	if err == nil && len(kept) > 0 {
		err = g.exec("commit")
	}
	if err != nil || len(kept) == 0 {
		// After an error SQLite may have rolled back by itself, and says so here.
		_ = g.exec("rollback")
	}
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
	}
	for _, t := range kept {
		t.settled <- err
	}
}

// next is a caller who waits now, if there is one and the group has room.
func (g *group) next(members int) *turn {
	if members >= groupSize {
		return nil
	}
	select {
	case t := <-g.turns:
		if t.unsynced() == g.unsynced {
			return t
		}
		g.held = t
	default:
	}
	return nil
}

func (t *turn) unsynced() bool { return t.single != nil && t.single.unsynced }

// sync sets whether a commit waits for the disk. One that doesn't is whole all
// the same, and the next that does takes it along. The statement is not prepared:
// SQLite sets this while it parses.
func (g *group) sync(wait bool) error {
	if wait == !g.unsynced {
		return nil
	}
	statement := "pragma synchronous = full"
	if !wait {
		statement = "pragma synchronous = normal"
	}
	if _, err := g.conn.conn.ExecContext(context.Background(), statement); err != nil {
		return sqliteError(err)
	}
	g.unsynced = !wait
	return nil
}

// take runs one caller's function inside its own savepoint and reports whether
// the caller keeps what it wrote. An error means that the whole transaction is
// lost (a full disk does that).
func (g *group) take(t *turn) (keep bool, broken error) {
	if err := t.ctx.Err(); err != nil {
		t.refuse(err)
		return false, nil
	}
	if t.single != nil {
		return g.takeSingle(t)
	}
	if err := g.exec("savepoint turn"); err != nil {
		t.refuse(fmt.Errorf("begin to write: %w", err))
		return false, err
	}
	t.begin <- nil
	ended := <-t.ran
	if ended == nil {
		return true, g.exec("release turn")
	}
	broken = errors.Join(g.exec("rollback to turn"), g.exec("release turn"))
	if broken != nil && errors.Is(ended, ErrFull) {
		// SQLite has given all up by itself, and no longer knows why.
		broken = errors.Join(ErrFull, broken)
	}
	return false, broken
}

// takeSingle is take for a statement. One that goes wrong may have taken the
// whole transaction with it, of which SQLite doesn't tell: then all is lost.
func (g *group) takeSingle(t *turn) (keep bool, broken error) {
	tx := &Tx{on: sharedTx{sqliteTx{g.conn}}}
	err := tx.run(func(tx *Tx) error { return t.single.run(context.WithoutCancel(t.ctx), tx) })
	if err == nil {
		return true, nil
	}
	t.settled <- err
	if errors.Is(err, ErrNoRows) || errors.Is(err, ErrText) {
		return false, nil // it wrote nothing
	}
	return false, err
}

// refuse ends a turn that had not begun.
func (t *turn) refuse(err error) {
	if t.single != nil {
		t.settled <- err
		return
	}
	t.begin <- err
}

func (g *group) exec(statement string) error {
	_, err := g.conn.ExecContext(context.Background(), statement)
	return sqliteError(err)
}
