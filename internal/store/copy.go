package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrCopy is a table that, read back, does not hold the rows that were copied.
var ErrCopy = errors.New("store: the rows read back are not those that were copied")

// postgresCopyBatch is how many rows one statement inserts on PostgreSQL, where
// each statement is a journey. On SQLite it is one: its driver looks for each
// value among all that are bound.
const postgresCopyBatch = 100

// Copy copies all rows of a table from another database into this one, where
// it is empty, and the number that the next row is counted on from, so that no
// number is given twice. It reads them back and gives ErrCopy when they are not
// the same. copied is told of each batch.
func (tx *Tx) Copy(ctx context.Context, from *Tx, t Table, copied func(rows int)) error {
	want, err := tx.copyRows(ctx, from, t, copied)
	if err != nil {
		return fmt.Errorf("copy table %s: %w", t.Name, err)
	}
	if err := tx.copyCounter(ctx, from, t); err != nil {
		return fmt.Errorf("copy the counter of table %s: %w", t.Name, err)
	}
	got, err := tx.Fingerprint(ctx, t)
	if err == nil && got != want {
		err = fmt.Errorf("%w: %d rows were, %d are there", ErrCopy, want.Rows, got.Rows)
	}
	if err != nil {
		return fmt.Errorf("verify table %s: %w", t.Name, err)
	}
	return nil
}

func (tx *Tx) copyRows(ctx context.Context, from *Tx, t Table, copied func(rows int)) (Fingerprint, error) {
	rows := 1
	if _, ok := tx.PgxTx(); ok {
		rows = postgresCopyBatch
	}
	batch := make([]any, 0, rows*len(t.Columns))
	flush := func() error {
		rows := len(batch) / len(t.Columns)
		if rows == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, t.insert(rows), batch...)
		batch = batch[:0]
		copied(rows)
		return err
	}
	all, err := from.read(ctx, t, func(row []any) error {
		if batch = append(batch, row...); len(batch) == cap(batch) {
			return flush()
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	return all, flush()
}

// insert is the statement that writes so many rows.
func (t Table) insert(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `insert into "%s" (%s) values `, t.Name, t.columns())
	for i := range rows * len(t.Columns) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(t.Columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}

func (t Table) columns() string { return `"` + strings.Join(t.Columns, `", "`) + `"` }

// read calls fn with each row of a table, in any order, and gives the
// fingerprint of all. The row is fn's until it returns.
func (tx *Tx) read(ctx context.Context, t Table, fn func(row []any) error) (all Fingerprint, err error) {
	rows, err := tx.Query(ctx, `select `+t.columns()+` from "`+t.Name+`"`)
	if err != nil {
		return all, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row, dest := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		dest[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return all, err
		}
		if err := all.add(row); err != nil {
			return all, err
		}
		if err := fn(row); err != nil {
			return all, err
		}
	}
	return all, rows.Err()
}

// copyCounter sees to it that no number is given twice, not even one of a row
// that has been deleted since.
func (tx *Tx) copyCounter(ctx context.Context, from *Tx, t Table) error {
	if t.counted == "" {
		return nil
	}
	newest, err := from.counter(ctx, t)
	if err != nil || newest == 0 {
		return err
	}
	if _, ok := tx.PgxTx(); ok {
		_, err = tx.Exec(ctx, `select setval(pg_get_serial_sequence($1, $2)::regclass, $3)`, t.Name, t.counted, newest)
		return err
	}
	if _, err := tx.Exec(ctx, `delete from sqlite_sequence where name = $1`, t.Name); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into sqlite_sequence (name, seq) values ($1, $2)`, t.Name, newest)
	return err
}

// counter is the highest number that a table has given, 0 for none.
func (tx *Tx) counter(ctx context.Context, t Table) (newest int64, err error) {
	row := tx.QueryRow
	if _, ok := tx.PgxTx(); ok {
		err = row(ctx, `select coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)`, t.Name, t.counted).Scan(&newest)
	} else {
		err = row(ctx, `select coalesce((select seq from sqlite_sequence where name = $1), 0)`, t.Name).Scan(&newest)
	}
	return newest, err
}

// Fingerprint tells whether two tables hold the same rows, in whatever order
// and engine: the number of rows, and the sum of their digests. Two that are
// equal with == are of the same rows.
type Fingerprint struct {
	Rows int64
	sum  [4]uint64
}

// Fingerprint reads a whole table.
func (tx *Tx) Fingerprint(ctx context.Context, t Table) (Fingerprint, error) {
	return tx.read(ctx, t, func([]any) error { return nil })
}

func (f *Fingerprint) add(row []any) error {
	var text []byte
	for _, value := range row {
		switch v := value.(type) {
		case nil:
			text = append(text, 'n')
		case int64:
			text = binary.BigEndian.AppendUint64(append(text, 'i'), uint64(v))
		case float64:
			text = binary.BigEndian.AppendUint64(append(text, 'f'), math.Float64bits(v))
		case string:
			text = binary.BigEndian.AppendUint64(append(text, 's'), uint64(len(v)))
			text = append(text, v...)
		default:
			return fmt.Errorf("store: a %T can't be copied", value)
		}
	}
	digest := sha256.Sum256(text)
	for i := range f.sum {
		f.sum[i] += binary.BigEndian.Uint64(digest[8*i:])
	}
	f.Rows++
	return nil
}
