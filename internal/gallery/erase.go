package gallery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// EraseMedia is DeleteMedia for bytes that nobody may have any more: those that
// nobody else has sent go at once, the original too. It gives the receipt. An
// account may refuse them from then on (vitrine.AccountSettings).
func (g *Gallery) EraseMedia(ctx context.Context, account int64, ref Ref) (e vitrine.Erasure, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		m, err := findMedia(ctx, tx, account, ref)
		if err != nil {
			return err
		}
		e = g.newErasure(account)
		return g.erase(ctx, tx, &e, []int64{m.ID}, func() error { return g.deleteMedia(ctx, tx, account, Ref{ID: m.ID}) })
	})
	return e, err
}

// EraseListing deletes a listing, and erases its files but for those that stand
// in another one.
func (g *Gallery) EraseListing(ctx context.Context, account int64, ref Ref) (e vitrine.Erasure, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := findListing(ctx, tx, account, ref)
		if err != nil {
			return err
		}
		e = g.newErasure(account)
		e.Receipt.Rows["listing"] = 1
		return g.eraseAllOf(ctx, tx, &e, listing, func(media []int64) error {
			if err := g.deleteListing(ctx, tx, listing); err != nil {
				return err
			}
			for _, id := range media {
				if err := g.deleteMedia(ctx, tx, account, Ref{ID: id}); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return e, err
}

// EraseClassified is DeleteClassified that erases the media which no other
// classified of the account has. It plans nothing.
func (g *Gallery) EraseClassified(ctx context.Context, account int64, uuid string, opts WriteOptions) (result ClassifiedResult, e vitrine.Erasure, err error) {
	err = g.write(ctx, account, func(tx *store.Tx) error {
		listing, err := g.findClassified(ctx, tx, account, uuid, opts)
		if err != nil {
			return err
		}
		e = g.newErasure(account)
		return g.eraseAllOf(ctx, tx, &e, listing, func([]int64) (err error) {
			result, err = g.deleteClassified(ctx, tx, listing)
			return err
		})
	})
	return result, e, err
}

// eraseAllOf has remove delete a listing with these media, which stand in no
// other one, and erases their bytes.
func (g *Gallery) eraseAllOf(ctx context.Context, tx *store.Tx, e *vitrine.Erasure, listing vitrine.Listing, remove func(media []int64) error) error {
	media, err := tx.MediaOnlyIn(ctx, listing.ID)
	if err != nil {
		return err
	}
	rows, err := tx.ListingRows(ctx, listing.ID)
	if err != nil {
		return err
	}
	noteRows(e, rows)
	return g.erase(ctx, tx, e, media, func() error { return remove(media) })
}

// Erasure gives an erasure of an account, or CodeNotFound.
func (g *Gallery) Erasure(ctx context.Context, account int64, uuid string) (e vitrine.Erasure, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		e, err = tx.Erasure(ctx, account, uuid)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		err = vitrine.Errorf(vitrine.CodeNotFound, "Erasure %s not found", uuid)
	}
	return e, err
}

func (g *Gallery) newErasure(account int64) vitrine.Erasure {
	return vitrine.Erasure{
		UUID: newUUID(), AccountID: account, CreatedAt: g.now(),
		Receipt: vitrine.Receipt{Keys: []string{}, URLs: []string{}, Rows: map[string]int64{}, Kept: []string{}},
	}
}

// erase has remove delete the rows of these media, and erases the bytes that
// nobody uses after that. The receipt is written with it.
func (g *Gallery) erase(ctx context.Context, tx *store.Tx, e *vitrine.Erasure, media []int64, remove func() error) error {
	var digests []string
	for _, id := range media {
		used, err := tx.DigestsOf(ctx, id)
		if err != nil {
			return err
		}
		digests = append(digests, without(used, digests)...)
		if err := noteMedia(ctx, tx, e, id); err != nil {
			return err
		}
	}
	waiting := slices.Clone(e.Receipt.Keys) // of uploads
	if err := remove(); err != nil {
		return err
	}
	account, err := tx.Account(ctx, e.AccountID)
	if err != nil {
		return err
	}
	for _, sha256 := range digests {
		if account.Settings.RefuseErased {
			if err := refuse(ctx, tx, account.ID, sha256); err != nil {
				return err
			}
		}
		until, err := g.eraseContent(ctx, tx, e, sha256)
		if err != nil {
			return err
		}
		waiting = append(waiting, until...)
	}
	if len(waiting) == 0 {
		e.EndedAt = e.CreatedAt
	}
	return tx.InsertErasure(ctx, *e, waiting)
}

// noteMedia notes what is deleted with a media: rows, and what was uploaded.
func noteMedia(ctx context.Context, tx *store.Tx, e *vitrine.Erasure, media int64) error {
	rows, err := tx.MediaRows(ctx, media)
	if err != nil {
		return err
	}
	noteRows(e, rows)
	upload, err := tx.Upload(ctx, media)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	e.Receipt.Keys = append(e.Receipt.Keys, UploadKey(upload.UUID))
	return err
}

func noteRows(e *vitrine.Erasure, rows map[string]int64) {
	for table, n := range rows {
		if n > 0 {
			e.Receipt.Rows[table] += n
		}
	}
}

// eraseContent gives what the erasure waits for.
func (g *Gallery) eraseContent(ctx context.Context, tx *store.Tx, e *vitrine.Erasure, sha256 string) (waiting []string, err error) {
	content, err := tx.Content(ctx, sha256)
	if err != nil {
		return nil, err
	}
	idle, err := tx.Idle(ctx, sha256, g.now())
	if err != nil {
		return nil, err
	}
	figures, err := tx.Figures(ctx, sha256)
	if err != nil {
		return nil, err
	}
	erased, err := tx.EraseContent(ctx, sha256)
	if err != nil || !erased {
		e.Receipt.Kept = append(e.Receipt.Kept, sha256)
		return nil, err
	}
	e.Receipt.Keys = append(e.Receipt.Keys, slices.Concat(keysOf(&content), []string{OriginalKey(sha256)})...)
	e.Receipt.URLs = append(e.Receipt.URLs, g.addresses(&content)...)
	rows := map[string]int64{"content": 1, "variant": int64(len(content.Variants))}
	if figures != nil {
		rows["measure"] = 1 // which goes with its content
	}
	noteRows(e, rows)
	if err := g.enqueuePrune(ctx, tx, sha256); err != nil || idle {
		return []string{sha256}, err
	}
	// Whoever puts these bytes just now, or makes something of them, ends, and
	// then that goes too.
	e.Receipt.Keys = append(e.Receipt.Keys, VariantsPrefix(sha256))
	task := TidyTask{SHA256: sha256, Erasing: true}
	late := g.now().Add(max(g.limits.OptimiseTimeout, g.limits.EncodeTimeout, 2*g.limits.StoreTimeout) + time.Minute)
	return []string{sha256, task.key()}, g.enqueueTidy(ctx, tx, task, late)
}

// keysOf are where the variants of a content are kept.
func keysOf(c *vitrine.Content) []string {
	keys := make([]string, len(c.Variants))
	for i, v := range c.Variants {
		keys[i] = VariantKey(c.SHA256, c.Recipe, v)
	}
	return keys
}

func (g *Gallery) enqueueTidy(ctx context.Context, tx *store.Tx, task TidyTask, at time.Time) error {
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskTidy, Args: task, Lane: LaneSweep, Priority: PriorityCheck, RunAt: at, Key: task.key(),
	})
}

// refuse has an account refuse some bytes, unless another file of its own has
// them still.
func refuse(ctx context.Context, tx *store.Tx, account int64, sha256 string) error {
	users, err := tx.AccountsUsing(ctx, sha256)
	if err != nil || slices.Contains(users, account) {
		return err
	}
	return tx.Refuse(ctx, account, sha256)
}

// refuseErased fails for bytes that the account of a media refuses.
func refuseErased(ctx context.Context, tx *store.Tx, media int64, sha256 string) error {
	refused, err := tx.Refuses(ctx, media, sha256)
	if err == nil && refused {
		return vitrine.Failf(vitrine.Erased, "SHA-256 %s", sha256)
	}
	return err
}
