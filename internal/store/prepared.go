package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"regexp"
)

// preparedConn is a connection to SQLite that parses each statement once.
// There are as many texts as this program has in its source, so that they are
// all kept. It is used by one goroutine at a time.
type preparedConn struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

func newPreparedConn(conn *sql.Conn) *preparedConn {
	return &preparedConn{conn: conn, statements: make(map[string]*sql.Stmt)}
}

func (c *preparedConn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, ok := c.statements[query]; ok {
		return statement, nil
	}
	statement, err := c.conn.PrepareContext(ctx, parsedOnce(query))
	if err == nil {
		c.statements[query] = statement
	}
	return statement, err
}

// limitParameter is a limit that is a parameter and nothing else.
var limitParameter = regexp.MustCompile(`\blimit (\$[0-9]+)`)

// parsedOnce makes sums of such limits. SQLite plans by the value of a limit that
// it knows, so it would parse a statement again whenever one is bound: that takes
// six times as long as a claim of a task.
func parsedOnce(query string) string { return limitParameter.ReplaceAllString(query, "limit ${1}+0") }

// ExecContext is that of sql.Conn.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := c.prepare(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// QueryContext is that of sql.Conn.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := c.prepare(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func (c *preparedConn) close() error { return errors.Join(c.forget(), c.conn.Close()) }

// forget closes the statements.
func (c *preparedConn) forget() error {
	var errs []error
	for _, statement := range c.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(errs...)
}

// readers are the connections that see a snapshot each.
type readers struct {
	db   *sql.DB
	idle chan *preparedConn // always has a place for each; nil: not connected yet
}

func newReaders(db *sql.DB, connections int) *readers {
	r := &readers{db: db, idle: make(chan *preparedConn, connections)}
	for range connections {
		r.idle <- nil
	}
	return r
}

// view runs fn on a snapshot.
func (r *readers) view(ctx context.Context, fn func(*Tx) error) (err error) {
	var c *preparedConn
	select {
	case c = <-r.idle:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { r.idle <- c }()
	if c == nil {
		conn, err := r.db.Conn(ctx)
		if err != nil {
			return sqliteError(err)
		}
		c = newPreparedConn(conn)
	}
	// Were ctx to end just now, the driver would say so of a connection that has
	// begun all the same.
	if _, err := c.ExecContext(context.WithoutCancel(ctx), "begin"); err != nil {
		return errors.Join(sqliteError(err), c.discard(&c))
	}
	defer func() {
		// There is nothing to commit. A connection that can't even roll back is
		// of no more use.
		if _, rollback := c.ExecContext(context.WithoutCancel(ctx), "rollback"); rollback != nil {
			err = errors.Join(err, sqliteError(rollback), c.discard(&c))
		}
	}()
	return (&Tx{on: sqliteTx{c}}).run(fn)
}

// discard closes a connection and has a new one take its place. It must not go
// back to the pool, which would hand it out again as it is.
func (c *preparedConn) discard(place **preparedConn) error {
	*place = nil
	err := c.forget()
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn }) // which is what it gives, and it closes
	return err
}

func (r *readers) ping(ctx context.Context) error {
	return r.view(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, "select 1")
		return err
	})
}

// close waits for the views under way; none may begin any more.
func (r *readers) close() error {
	var errs []error
	for range cap(r.idle) {
		if c := <-r.idle; c != nil {
			errs = append(errs, c.close())
		}
	}
	return errors.Join(append(errs, r.db.Close())...)
}
