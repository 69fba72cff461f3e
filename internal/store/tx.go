package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Tx is one transaction. It belongs to the goroutine that runs it and ends
// when the function it was given to returns.
//
// Both engines behave alike:
//   - Placeholders are $1, $2, …
//   - Arguments are strings, integers, floats, bools (stored as 0 or 1), byte
//     slices (stored as text: they are JSON), their named types, pointers to
//     them and driver.Valuer; nil is NULL. A time is bound through Millis.
//     A text with a zero byte or broken UTF-8 is ErrText.
//   - Destinations are pointers to those types. A column that may be NULL is
//     scanned into a pointer to a pointer, a sql.Null, or a byte slice.
//   - Only one Rows is open at a time, and no other statement runs meanwhile.
//   - The first statement that goes wrong ends the transaction: all that
//     follow return its error, and nothing is committed even when the function
//     returns nil. ErrNoRows is not such an error.
type Tx struct {
	on    statements
	open  *Rows // not nil while its rows are being read
	err   error // why no more statements may run
	hooks []func()
}

// statements is what the engines do differently inside a transaction. Errors
// have been translated to those of this package.
type statements interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (cursor, error)
}

// cursor walks over the result of a query.
type cursor interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Exec runs a statement and gives the number of rows that it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	bound, err := tx.prepare(args)
	if err != nil {
		return 0, err
	}
	n, err := tx.on.exec(ctx, query, bound)
	if err != nil {
		return 0, tx.fail(err)
	}
	return n, nil
}

// Query runs a query. The Rows must be read to their end or closed before the
// next statement.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	bound, err := tx.prepare(args)
	if err != nil {
		return nil, err
	}
	c, err := tx.on.query(ctx, query, bound)
	if err != nil {
		return nil, tx.fail(err)
	}
	tx.open = &Rows{tx: tx, cursor: c}
	return tx.open, nil
}

// QueryRow runs a query of which only the first row matters. Its errors are
// those of Row.Scan, which must be called.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := tx.Query(ctx, query, args...)
	return &Row{rows: rows, err: err}
}

// OnCommit has fn run once the transaction is durable, by the goroutine that
// called Write, before Write returns. It is never run when the transaction
// fails, and not for a try that was repeated.
func (tx *Tx) OnCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// PgxTx is the transaction for a library that writes with pgx itself; ok is
// false on SQLite. It must not be committed or rolled back.
func (tx *Tx) PgxTx() (ptx pgx.Tx, ok bool) {
	on, ok := tx.on.(postgresTx)
	return on.tx, ok
}

// prepare refuses a statement that may not run now, and binds its arguments.
func (tx *Tx) prepare(args []any) ([]any, error) {
	if tx.err != nil {
		return nil, tx.err
	}
	if tx.open != nil {
		return nil, tx.fail(errors.New("store: statement while rows are open"))
	}
	bound, err := bindAll(args)
	if err != nil {
		return nil, tx.fail(err)
	}
	return bound, nil
}

func (tx *Tx) fail(err error) error {
	tx.err = err
	return err
}

// run calls fn and ends the transaction's use. A nil error means that it may
// be committed.
func (tx *Tx) run(fn func(*Tx) error) error {
	defer func() {
		if tx.open != nil {
			_ = tx.open.Close() // left open by fn; its error has no reader
		}
		tx.err = ErrTxDone
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.err
}

// committed runs the OnCommit functions.
func (tx *Tx) committed() {
	for _, hook := range tx.hooks {
		hook()
	}
}

// Rows walks over the result of a Query.
type Rows struct {
	tx     *Tx
	cursor cursor
}

// Next goes to the next row. After the last one, or an error, it closes the
// Rows and gives false.
func (r *Rows) Next() bool {
	if r.tx.open != r {
		return false
	}
	if r.cursor.Next() {
		return true
	}
	_ = r.Close() // Err has it
	return false
}

// Scan reads the columns of the row.
func (r *Rows) Scan(dest ...any) error {
	if err := r.cursor.Scan(destinations(dest)...); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

// Err is what ended the rows early, to be asked after Next gave false.
func (r *Rows) Err() error {
	if err := r.cursor.Err(); err != nil {
		return r.tx.fail(err)
	}
	return nil
}

// Close lets the next statement run. It may be called more than once.
func (r *Rows) Close() error {
	if r.tx.open != r {
		return nil
	}
	r.tx.open = nil
	closing := r.cursor.Close()
	if err := r.Err(); err != nil {
		return err
	}
	if closing != nil {
		return r.tx.fail(closing)
	}
	return nil
}

// Row is the first row of a result.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the columns of the row; ErrNoRows when there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		_ = r.rows.Close() // the first error is the one to tell
		return err
	}
	return r.rows.Close()
}
