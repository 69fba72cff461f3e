package backup

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/move"
)

// need is how much it tells that the bucket has not what is named.
type need int

const (
	has     need = iota // it was there, and has to be
	awaited             // its row is written before it
	listed              // it was there, and may have been deleted since
	leaving             // it is being deleted, or has not come
	sent                // its sender was told that it had come, and it may have been taken in since
)

// named is an object to save.
type named struct {
	key    string
	as     string // in the backup
	size   int64  // bytes
	sha256 string // "" where it is not known
	need   need
}

// asOf is the key in the backup: that of an original names its bytes, another
// one has to be told from what it was before.
func asOf(key, sha256, otherwise string) string {
	if move.DigestOf(key) != "" {
		return key
	}
	return key + "/" + cmp.Or(sha256, otherwise)
}

// saved reads rows that have been saved.
type saved struct{ db *sql.DB }

// bytes is about how many bytes they name.
func (s saved) bytes(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, `select (select coalesce(sum(bytes), 0) from content) + (select coalesce(sum(bytes), 0) from variant)`).Scan(&n)
	return n, err
}

// originals are in the order of their keys.
func (s saved) originals(ctx context.Context) iter.Seq2[named, error] {
	return query(ctx, s.db, func(rows *sql.Rows) (n named, err error) {
		var state vitrine.ContentState
		err = rows.Scan(&n.sha256, &n.size, &state)
		n.key = gallery.OriginalKey(n.sha256)
		n.as, n.need = n.key, needOf(state)
		return n, err
	}, `select sha256, bytes, state from content order by sha256`)
}

func needOf(state vitrine.ContentState) need {
	switch state {
	case vitrine.ContentPending:
		return awaited
	case vitrine.ContentPruning:
		return leaving
	}
	return has
}

// variants are in the order of their keys.
func (s saved) variants(ctx context.Context) iter.Seq2[named, error] {
	return func(yield func(named, error) bool) {
		digest, err := s.digestColumn(ctx)
		if err != nil {
			yield(named{}, err)
			return
		}
		of := "" // the content
		var group []named
		flush := func() bool {
			slices.SortFunc(group, func(a, b named) int { return cmp.Compare(a.key, b.key) })
			for _, n := range group {
				if !yield(n, nil) {
					return false
				}
			}
			group = group[:0]
			return true
		}
		for v, err := range query(ctx, s.db, scanVariant, `select v.sha256, c.recipe, c.state, v.name, v.type, v.bytes, `+digest+`
			from variant v join content c on c.sha256 = v.sha256 order by v.sha256`) {
			if err != nil {
				yield(named{}, err)
				return
			}
			if v.of != of && !flush() {
				return
			}
			of, group = v.of, append(group, v.named)
		}
		flush()
	}
}

// digestColumn is the digest of a variant, which a schema before version 4 has
// not noted.
func (s saved) digestColumn(ctx context.Context) (expression string, err error) {
	var noted bool
	err = s.db.QueryRowContext(ctx, `select exists (select 1 from pragma_table_info('variant') where name = 'digest')`).Scan(&noted)
	if noted {
		return "v.digest", err
	}
	return "''", err
}

type variant struct {
	named
	of string // the SHA-256 of the original
}

func scanVariant(rows *sql.Rows) (v variant, err error) {
	var recipe string
	var state vitrine.ContentState
	var is vitrine.Variant
	err = rows.Scan(&v.of, &recipe, &state, &is.Name, &is.Type, &v.size, &v.sha256)
	v.key = gallery.VariantKey(v.of, recipe, is)
	v.as, v.need = asOf(v.key, v.sha256, fmt.Sprint(v.size)), needOf(state)
	return v, err
}

// upload is what a sender has uploaded and what has not been taken in yet.
type upload struct {
	key    string
	state  vitrine.MediaState
	wanted string // SHA-256 of the content that is being made of it, "" for none yet
}

// uploads are in the order of their keys. Many of them have no bytes.
func (s saved) uploads(ctx context.Context) iter.Seq2[upload, error] {
	return query(ctx, s.db, func(rows *sql.Rows) (u upload, err error) {
		var uuid string
		err = rows.Scan(&uuid, &u.state, &u.wanted)
		u.key = gallery.UploadKey(uuid)
		return u, err
	}, `select m.uuid, m.state, coalesce(m.wanted_sha256, '') from upload u join media m on m.id = u.media_id order by m.uuid`)
}

// query gives what scan makes of each row.
func query[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), text string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := db.QueryContext(ctx, text)
		if err != nil {
			yield(none, err)
			return
		}
		defer func() { _ = rows.Close() }() // it was only read
		for rows.Next() {
			row, err := scan(rows)
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := errors.Join(rows.Err(), ctx.Err()); err != nil {
			yield(none, err)
		}
	}
}
