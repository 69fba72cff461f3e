package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Table is a table of the schema, as the database itself describes it.
type Table struct {
	Name    string
	Columns []string // in the order of their names
	counted string   // the column that numbers the rows by itself, "" for none
	refers  []string // to rows of these tables
}

// Equal reports whether two databases have the same table.
func (t Table) Equal(u Table) bool {
	return t.Name == u.Name && t.counted == u.counted && slices.Equal(t.Columns, u.Columns)
}

// notRows begin the names of tables that hold no rows of an installation but
// the tasks of the queues, and what the engine, goose and River keep of
// themselves.
var notRows = []string{"queue_", "river_", "goose_", "sqlite_"}

// Tables gives the tables that hold the rows of an installation: all but those
// of the queues. Each comes after the tables that its rows refer to.
func (tx *Tx) Tables(ctx context.Context) ([]Table, error) {
	columns, refers := sqliteColumns, sqliteRefers
	if _, ok := tx.PgxTx(); ok {
		columns, refers = postgresColumns, postgresRefers
	}
	tables, err := tx.tables(ctx, columns, refers)
	if err != nil {
		return nil, fmt.Errorf("look at the schema: %w", err)
	}
	return tables, nil
}

// What the catalogues say of a schema: each column, and whether it numbers the
// rows; and which table refers to which.
const (
	sqliteColumns = `select t.name, c.name, c.pk = 1 and upper(c.type) = 'INTEGER'
		from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'`
	sqliteRefers = `select t.name, f."table" from sqlite_master t join pragma_foreign_key_list(t.name) f where t.type = 'table'`

	postgresColumns = `select t.relname::text, c.attname::text, c.attidentity <> ''
		from pg_class t join pg_attribute c on c.attrelid = t.oid
		where t.relkind = 'r' and t.relnamespace = current_schema()::regnamespace and c.attnum > 0 and not c.attisdropped`
	postgresRefers = `select t.relname::text, f.relname::text
		from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid
		where k.contype = 'f' and k.connamespace = current_schema()::regnamespace`
)

func (tx *Tx) tables(ctx context.Context, columnsSQL, refersSQL string) ([]Table, error) {
	type column struct {
		table, name string
		counted     bool
	}
	columns, err := collect(ctx, tx, func(row scanner) (c column, err error) {
		return c, row.Scan(&c.table, &c.name, &c.counted)
	}, columnsSQL)
	if err != nil {
		return nil, err
	}
	type reference struct{ from, to string }
	references, err := collect(ctx, tx, func(row scanner) (r reference, err error) {
		return r, row.Scan(&r.from, &r.to)
	}, refersSQL)
	if err != nil {
		return nil, err
	}
	tables := make(map[string]*Table)
	for _, c := range columns {
		if slices.ContainsFunc(notRows, func(prefix string) bool { return strings.HasPrefix(c.table, prefix) }) {
			continue
		}
		t := tables[c.table]
		if t == nil {
			t = &Table{Name: c.table}
			tables[c.table] = t
		}
		t.Columns = append(t.Columns, c.name)
		if c.counted {
			t.counted = c.name
		}
	}
	for _, r := range references {
		if t := tables[r.from]; t != nil {
			t.refers = append(t.refers, r.to)
		}
	}
	return inOrder(tables)
}

// inOrder puts the tables behind those that they refer to, and else in the
// order of their names.
func inOrder(tables map[string]*Table) (ordered []Table, err error) {
	for len(tables) > 0 {
		var ready []Table
		for _, t := range tables {
			if !slices.ContainsFunc(t.refers, func(name string) bool { return name != t.Name && tables[name] != nil }) {
				slices.Sort(t.Columns)
				ready = append(ready, *t)
			}
		}
		if len(ready) == 0 {
			return nil, fmt.Errorf("%d tables refer to each other in a circle", len(tables))
		}
		slices.SortFunc(ready, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
		for _, t := range ready {
			delete(tables, t.Name)
		}
		ordered = append(ordered, ready...)
	}
	return ordered, nil
}

// Count counts the rows of a table.
func (tx *Tx) Count(ctx context.Context, t Table) (n int64, err error) {
	err = tx.QueryRow(ctx, `select count(*) from "`+t.Name+`"`).Scan(&n)
	return n, err
}
