package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// postgresConns is how many connections one node holds, unless the URL
	// says otherwise with pool_max_conns.
	postgresConns = 16
	// postgresTries bounds how often a transaction is tried whose rows another
	// one is changing.
	postgresTries = 10
	// postgresEnd bounds a commit or rollback, which is not cancelled with the
	// caller's context: that would leave its outcome unknown.
	postgresEnd = 10 * time.Second
)

// postgresEngine is a pool of connections to a server that others use too.
type postgresEngine struct{ pool *pgxpool.Pool }

func openPostgres(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = postgresConns
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{engine: postgresEngine{pool}, pool: pool}
	err = db.Alone(ctx, "vitrine migrations", func() error {
		handle := stdlib.OpenDBFromPool(pool)
		return errors.Join(migrate(ctx, goose.DialectPostgres, handle, Postgres, log), handle.Close())
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// Alone runs fn while no other node of this PostgreSQL database runs an fn of
// that name. It is for changes of a schema.
func (db *DB) Alone(ctx context.Context, name string, fn func() error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	// The lock belongs to the session: closing the connection gives it up,
	// whatever has happened.
	session := conn.Hijack()
	defer func() { _ = session.Close(context.WithoutCancel(ctx)) }()
	if _, err := session.Exec(ctx, "select pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return fmt.Errorf("lock %q: %w", name, err)
	}
	return fn()
}

func (e postgresEngine) view(ctx context.Context, fn func(*Tx) error) error {
	return e.once(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

func (e postgresEngine) write(ctx context.Context, fn func(*Tx) error) error {
	return repeated(ctx, func() error { return e.once(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, fn) })
}

// shareAccount has the transactions that lock an account (LockAccount) wait, and
// waits for them. Those that share it don't wait for one another.
const shareAccount = `select id from account where id = $1 for share`

// unsynced has the transaction's commit not wait for the disk. It is no "set
// local", which needs a begin of its own.
const unsynced = `select set_config('synchronous_commit', 'off', true)`

// do runs a statement in one round trip: what a connection is sent at once is
// one transaction. Its commit is not cancelled, as in once.
func (e postgresEngine) do(ctx context.Context, s statement) error {
	args, err := bindAll(s.args)
	if err != nil {
		return err
	}
	return repeated(ctx, func() error {
		conn, err := e.pool.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer conn.Release()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), postgresEnd)
		defer cancel()
		batch := &pgx.Batch{}
		if s.unsynced {
			batch.Queue(unsynced)
		}
		if s.account != 0 {
			batch.Queue(shareAccount, s.account)
		}
		before := batch.Len()
		batch.Queue(s.query, args...)
		results := conn.SendBatch(ctx, batch)
		for range before {
			if err == nil {
				_, err = results.Exec()
			}
		}
		if err == nil {
			err = s.scan(results.QueryRow())
		}
		return postgresError(errors.Join(err, results.Close()))
	})
}

// repeated runs a transaction until none of another's has got in its way.
func repeated(ctx context.Context, once func() error) error {
	for try := 1; ; try++ {
		err := once()
		if err == nil || !repeatable(err) || try == postgresTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		}
	}
}

// once runs fn in one transaction. Its OnCommit functions are those of this
// try only.
func (e postgresEngine) once(ctx context.Context, options pgx.TxOptions, fn func(*Tx) error) error {
	on, err := e.pool.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	ended := false
	defer func() {
		if !ended { // an error, or fn panicked
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), postgresEnd)
			defer cancel()
			_ = on.Rollback(ctx) // a connection that can't is thrown away
		}
	}()
	tx := &Tx{on: postgresTx{on}}
	if err := tx.run(fn); err != nil {
		return err
	}
	endCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), postgresEnd)
	defer cancel()
	if err := on.Commit(endCtx); err != nil {
		return fmt.Errorf("commit: %w", postgresError(err))
	}
	ended = true
	tx.committed()
	return nil
}

func (e postgresEngine) ping(ctx context.Context) error { return e.pool.Ping(ctx) }

func (e postgresEngine) close() error {
	e.pool.Close()
	return nil
}

// postgresTx runs statements in a transaction of pgx.
type postgresTx struct{ tx pgx.Tx }

func (t postgresTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := t.tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, postgresError(err)
	}
	return tag.RowsAffected(), nil
}

func (t postgresTx) query(ctx context.Context, query string, args []any) (cursor, error) {
	rows, err := t.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, postgresError(err)
	}
	return postgresRows{rows}, nil
}

// postgresRows gives the rows of pgx the form of a cursor.
type postgresRows struct{ pgx.Rows }

func (r postgresRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return postgresError(err)
	}
	return nil
}

func (r postgresRows) Close() error {
	r.Rows.Close()
	return nil // Err has it
}
