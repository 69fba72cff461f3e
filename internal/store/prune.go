package store

import (
	"context"
	"time"

	"github.com/vitrine-media/vitrine"
)

// inUse is the condition that a media or a gallery uses a content.
const inUse = `(exists (select 1 from media where media.sha256 = content.sha256)
	or exists (select 1 from media where media.wanted_sha256 = content.sha256)
	or exists (select 1 from shown where shown.sha256 = content.sha256))`

// ReleaseContent locks a content and notes that it is unused, if it is. It
// reports whether it is.
func (tx *Tx) ReleaseContent(ctx context.Context, sha256 string, now time.Time) (bool, error) {
	if err := tx.LockContent(ctx, sha256); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `update content set unused_at = case when unused_at = 0 then $2 else unused_at end
		where sha256 = $1 and not `+inUse, sha256, Millis(now))
	return n > 0, err
}

// BeginPrune gives a content that is unused and locks it, marked as being
// pruned: nobody can begin to use it before EndPrune. found is false when there
// is none to prune: a pending one has its original kept until keepSince is
// later than its last use, and one that somebody is busy with waits.
func (tx *Tx) BeginPrune(ctx context.Context, sha256 string, now, keepSince time.Time) (content vitrine.Content, found bool, err error) {
	if err := tx.LockContent(ctx, sha256); err != nil {
		return content, false, err
	}
	n, err := tx.Exec(ctx, `update content set state = 'pruning' where sha256 = $1 and not `+inUse+`
		and unused_at > 0 and busy_until < $3 and (state in ('ready', 'pruning') or unused_at < $2)`, sha256, Millis(keepSince), Millis(now))
	if err != nil || n == 0 {
		return content, false, err
	}
	content, err = tx.Content(ctx, sha256)
	return content, err == nil, err
}

// EndPrune forgets the variants of a content that is being pruned; of one that
// had none, or is being erased, it forgets all.
func (tx *Tx) EndPrune(ctx context.Context, sha256 string, now time.Time) error {
	n, err := tx.Exec(ctx, `delete from variant where sha256 = $1
		and exists (select 1 from content where content.sha256 = $1 and state = 'pruning')`, sha256)
	if err != nil {
		return err
	}
	erasing, err := tx.Erasing(ctx, sha256)
	if err != nil {
		return err
	}
	if n > 0 && !erasing {
		_, err = tx.Exec(ctx, `update content set state = 'pending' where sha256 = $1 and state = 'pruning'`, sha256)
		return err
	}
	n, err = tx.Exec(ctx, `delete from content where sha256 = $1 and state = 'pruning'`, sha256)
	if err != nil || n == 0 {
		return err
	}
	return tx.Erased(ctx, sha256, now)
}

// AdoptContent writes a content of which there are bytes and no row, as being
// pruned. One that has a row stays as it is.
func (tx *Tx) AdoptContent(ctx context.Context, sha256 string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into content (sha256, bytes, type, state, created_at, unused_at)
		values ($1, 0, '', $2, $3, 1) on conflict do nothing`, sha256, vitrine.ContentPruning, Millis(now))
	return err
}

// Idle reports whether a ready content is one that nobody makes anything of
// just now.
func (tx *Tx) Idle(ctx context.Context, sha256 string, now time.Time) (bool, error) {
	var idle bool
	err := tx.QueryRow(ctx, `select exists (select 1 from content where sha256 = $1 and state = 'ready' and busy_until < $2)`, sha256, Millis(now)).Scan(&idle)
	return idle, err
}

// UnusedContents gives some contents that have been unused since before that
// time.
func (tx *Tx) UnusedContents(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return collect(ctx, tx, scanText, `select sha256 from content where unused_at > 0 and unused_at < $1 and not `+inUse+` order by unused_at limit $2`,
		Millis(before), limit)
}
