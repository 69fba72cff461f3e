package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

// EnsureContent gives the content of that digest and locks it; one that nobody
// has sent before is written as pending. Because of the lock, whoever then
// waits for a pending content is seen by the worker that ends it.
func (tx *Tx) EnsureContent(ctx context.Context, sha256 string, bytes int64, mediaType string, now time.Time) (vitrine.Content, error) {
	_, err := tx.Exec(ctx, `insert into content (sha256, bytes, type, state, created_at)
		values ($1, $2, $3, $4, $5) on conflict (sha256) do update set sha256 = excluded.sha256`,
		sha256, bytes, mediaType, vitrine.ContentPending, Millis(now))
	if err != nil {
		return vitrine.Content{}, err
	}
	return tx.Content(ctx, sha256)
}

// Content gives the content of that digest with its variants, or ErrNoRows.
func (tx *Tx) Content(ctx context.Context, sha256 string) (vitrine.Content, error) {
	var c vitrine.Content
	err := tx.QueryRow(ctx, `select sha256, bytes, type, state, width, height, blurhash, thumbhash, dominant_color, recipe
		from content where sha256 = $1`, sha256).
		Scan(&c.SHA256, &c.Bytes, &c.Type, &c.State, &c.Width, &c.Height, &c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe)
	if err != nil {
		return vitrine.Content{}, err
	}
	c.Variants, err = tx.Variants(ctx, sha256)
	return c, err
}

// Variants gives the variants of a content, smallest first.
func (tx *Tx) Variants(ctx context.Context, sha256 string) ([]vitrine.Variant, error) {
	return collect(ctx, tx, func(row scanner) (vitrine.Variant, error) {
		var v vitrine.Variant
		err := row.Scan(&v.Name, &v.Type, &v.Width, &v.Height, &v.Bytes)
		return v, err
	}, `select name, type, width, height, bytes from variant where sha256 = $1 order by length(name), name`, sha256)
}

// OptimiseContent ends a pending content well: c has what optimising gave. It
// reports whether the content was pending; if not nothing is written.
func (tx *Tx) OptimiseContent(ctx context.Context, c vitrine.Content) (bool, error) {
	n, err := tx.Exec(ctx, `update content set state = $2, type = $3, width = $4, height = $5,
		blurhash = $6, thumbhash = $7, dominant_color = $8, recipe = $9 where sha256 = $1 and state = 'pending'`,
		c.SHA256, vitrine.ContentReady, c.Type, c.Width, c.Height, c.Blurhash, c.Thumbhash, c.DominantColor, c.Recipe)
	if err != nil || n == 0 {
		return false, err
	}
	for _, v := range c.Variants {
		_, err := tx.Exec(ctx, `insert into variant (sha256, name, type, width, height, bytes) values ($1, $2, $3, $4, $5, $6)`,
			c.SHA256, v.Name, v.Type, v.Width, v.Height, v.Bytes)
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// LockContent makes this transaction the only one that changes who waits for
// that content.
func (tx *Tx) LockContent(ctx context.Context, sha256 string) error {
	_, err := tx.Exec(ctx, `update content set sha256 = sha256 where sha256 = $1`, sha256)
	return err
}

// ContentShown reports whether a media or a gallery still shows that content.
func (tx *Tx) ContentShown(ctx context.Context, sha256 string) (bool, error) {
	var shown bool
	err := tx.QueryRow(ctx, `select exists (select 1 from media where sha256 = $1)
		or exists (select 1 from shown where sha256 = $1)`, sha256).Scan(&shown)
	return shown, err
}
