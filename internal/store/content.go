package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
)

// EnsureContent gives the content of that digest, locks it and counts it as
// used; one that nobody has sent before is written as pending. Because of the
// lock, whoever then waits for a pending content is seen by the worker that
// ends it.
func (tx *Tx) EnsureContent(ctx context.Context, sha256 string, bytes int64, mediaType string, now time.Time) (vitrine.Content, error) {
	_, err := tx.Exec(ctx, `insert into content (sha256, bytes, type, state, created_at)
		values ($1, $2, $3, $4, $5) on conflict (sha256) do update set unused_at = case when content.state = 'pruning' then content.unused_at else 0 end`,
		sha256, bytes, mediaType, vitrine.ContentPending, Millis(now))
	if err != nil {
		return vitrine.Content{}, err
	}
	return tx.Content(ctx, sha256)
}

// Content gives the content of that digest with its variants, or ErrNoRows.
func (tx *Tx) Content(ctx context.Context, sha256 string) (vitrine.Content, error) {
	c, err := oneContent(tx.QueryRow(ctx, contentColumns+`where sha256 = $1`, sha256))
	if err != nil {
		return vitrine.Content{}, err
	}
	c.Variants, err = tx.Variants(ctx, sha256)
	return c, err
}

// Contents gives the first contents behind that digest, in the order of their
// digests, with their variants.
func (tx *Tx) Contents(ctx context.Context, after string, limit int) ([]vitrine.Content, error) {
	contents, err := collect(ctx, tx, oneContent, contentColumns+`where sha256 > $1 order by sha256 limit $2`, after, limit)
	if err != nil || len(contents) == 0 {
		return nil, err
	}
	type variantOf struct {
		sha256 string
		vitrine.Variant
	}
	variants, err := collect(ctx, tx, func(row scanner) (variantOf, error) {
		var v variantOf
		err := row.Scan(&v.sha256, &v.Name, &v.Type, &v.Width, &v.Height, &v.Bytes, &v.Digest)
		return v, err
	}, `select sha256, name, type, width, height, bytes, digest from variant where sha256 > $1 and sha256 <= $2 order by sha256, type, length(name), name`,
		after, contents[len(contents)-1].SHA256)
	for i := range contents {
		for len(variants) > 0 && variants[0].sha256 == contents[i].SHA256 {
			contents[i].Variants = append(contents[i].Variants, variants[0].Variant)
			variants = variants[1:]
		}
	}
	return contents, err
}

const contentColumns = `select sha256, bytes, type, state, clean, width, height, duration_ms, blurhash, thumbhash, dominant_color, recipe, facts, created_at
	from content `

// oneContent scans a row of contentColumns.
func oneContent(row scanner) (vitrine.Content, error) {
	var c vitrine.Content
	var duration, created int64
	var facts string
	err := row.Scan(&c.SHA256, &c.Bytes, &c.Type, &c.State, &c.Clean, &c.Width, &c.Height, &duration, &c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe, &facts, &created)
	if err != nil {
		return vitrine.Content{}, err
	}
	c.CreatedAt = Time(created)
	c.Duration = time.Duration(duration) * time.Millisecond
	return c, json.Unmarshal([]byte(facts), &c.Facts)
}

// Variants gives the variants of a content: pictures, smallest first, then videos.
func (tx *Tx) Variants(ctx context.Context, sha256 string) ([]vitrine.Variant, error) {
	return collect(ctx, tx, func(row scanner) (vitrine.Variant, error) {
		var v vitrine.Variant
		err := row.Scan(&v.Name, &v.Type, &v.Width, &v.Height, &v.Bytes, &v.Digest)
		return v, err
	}, `select name, type, width, height, bytes, digest from variant where sha256 = $1 order by type, length(name), name`, sha256)
}

// OptimiseContent ends a pending content well: c has what optimising gave. It
// reports whether the content was pending; if not nothing is written.
func (tx *Tx) OptimiseContent(ctx context.Context, c vitrine.Content) (bool, error) {
	facts, err := jsonText(c.Facts)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `update content set state = $2, type = $3, width = $4, height = $5,
		blurhash = $6, thumbhash = $7, dominant_color = $8, recipe = $9, duration_ms = $10, facts = $11 where sha256 = $1 and state = 'pending'`,
		c.SHA256, vitrine.ContentReady, c.Type, c.Width, c.Height, c.Blurhash, c.Thumbhash, c.DominantColor, c.Recipe, c.Duration.Milliseconds(), facts)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.insertMade(ctx, c)
}

// AddPanorama gives a ready content what shows it all around: c has the facts
// and the one variant. It reports whether the content had none; if it did
// nothing is written.
func (tx *Tx) AddPanorama(ctx context.Context, c vitrine.Content) (bool, error) {
	facts, err := jsonText(c.Facts)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `update content set facts = $2, busy_until = 0 where sha256 = $1 and state = 'ready'
		and not exists (select 1 from variant where variant.sha256 = $1 and name = $3)`, c.SHA256, facts, vitrine.PanoVariant)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.insertMade(ctx, c)
}

// insertMade writes what was made of a content: its variants, and its figures.
func (tx *Tx) insertMade(ctx context.Context, c vitrine.Content) error {
	for _, v := range c.Variants {
		_, err := tx.Exec(ctx, `insert into variant (sha256, name, type, width, height, bytes, digest) values ($1, $2, $3, $4, $5, $6, $7)`,
			c.SHA256, v.Name, v.Type, v.Width, v.Height, v.Bytes, v.Digest)
		if err != nil {
			return err
		}
	}
	return tx.putFigures(ctx, c.SHA256, c.Figures)
}

// RepairContent gives a ready content what was made of its original anew. It
// reports whether the content was ready and busy since then; if not nothing is
// written.
func (tx *Tx) RepairContent(ctx context.Context, c vitrine.Content, now time.Time) (bool, error) {
	facts, err := jsonText(c.Facts)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `update content set width = $2, height = $3, blurhash = $4, thumbhash = $5, dominant_color = $6, recipe = $7,
		duration_ms = $8, facts = $9, busy_until = 0 where sha256 = $1 and state = 'ready' and busy_until > $10`,
		c.SHA256, c.Width, c.Height, c.Blurhash, c.Thumbhash, c.DominantColor, c.Recipe, c.Duration.Milliseconds(), facts, Millis(now))
	if err != nil || n == 0 {
		return false, err
	}
	if _, err := tx.Exec(ctx, `delete from variant where sha256 = $1`, c.SHA256); err != nil {
		return false, err
	}
	return true, tx.insertMade(ctx, c)
}

// Busy has a ready content live until that time, used or not: something more is
// being made of it.
func (tx *Tx) Busy(ctx context.Context, sha256 string, until time.Time) error {
	_, err := tx.Exec(ctx, `update content set busy_until = $2 where sha256 = $1 and state = 'ready'`, sha256, Millis(until))
	return err
}

// SetFacts writes what is known of a ready content, which nobody works on any
// more.
func (tx *Tx) SetFacts(ctx context.Context, sha256 string, facts vitrine.ContentFacts) error {
	text, err := jsonText(facts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update content set facts = $2, busy_until = 0 where sha256 = $1 and state = 'ready'`, sha256, text)
	return err
}

// CalledPanorama reports whether a sender calls those bytes a panorama, in any
// list.
func (tx *Tx) CalledPanorama(ctx context.Context, sha256 string) (bool, error) {
	var called bool
	err := tx.QueryRow(ctx, `select exists (select 1 from placement p join media m on m.id = p.media_id
		where p.type = 'PANORAMA' and (m.sha256 = $1 or m.wanted_sha256 = $1))`, sha256).Scan(&called)
	return called, err
}

// CleanContent notes that a virus scanner has found nothing in a content.
func (tx *Tx) CleanContent(ctx context.Context, sha256 string) error {
	_, err := tx.Exec(ctx, `update content set clean = 1 where sha256 = $1`, sha256)
	return err
}

// CondemnContent takes a content from every media and gallery that shows it, and
// gives those media. Those that are at rest have failed now; those that wait for
// something newer go on waiting. A link loses no more than its preview picture.
func (tx *Tx) CondemnContent(ctx context.Context, sha256 string, f vitrine.Failure, now time.Time) (media []int64, err error) {
	for _, statement := range []string{
		`update shown set sha256 = null where sha256 = $1 and url <> ''`,
		`delete from shown where sha256 = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, sha256); err != nil {
			return nil, err
		}
	}
	return collect(ctx, tx, scanID, `update media set `+showsNothing+`,
		failure_code = case when state = 'ready' and good_url = '' then $2 else failure_code end,
		failure_detail = case when state = 'ready' and good_url = '' then $3 else failure_detail end,
		state = case when state = 'ready' and good_url = '' then 'failed' else state end, updated_at = $4
		where sha256 = $1 returning id`, sha256, f.Code, f.Detail, Millis(now))
}

// ListingsShowing gives the listings whose gallery shows that content.
func (tx *Tx) ListingsShowing(ctx context.Context, sha256 string) ([]int64, error) {
	return collect(ctx, tx, scanID, `select distinct listing_id from shown where sha256 = $1 order by listing_id`, sha256)
}

// LockContent makes this transaction the only one that changes who waits for
// that content. The column is no key, as in LockAccount.
func (tx *Tx) LockContent(ctx context.Context, sha256 string) error {
	_, err := tx.Exec(ctx, `update content set clean = clean where sha256 = $1`, sha256)
	return err
}

// ContentShown reports whether a media or a gallery still shows that content.
func (tx *Tx) ContentShown(ctx context.Context, sha256 string) (bool, error) {
	var shown bool
	err := tx.QueryRow(ctx, `select exists (select 1 from media where sha256 = $1)
		or exists (select 1 from shown where sha256 = $1)`, sha256).Scan(&shown)
	return shown, err
}
