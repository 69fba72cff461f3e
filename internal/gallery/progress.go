package gallery

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Finish ends the task whose outcome is being written, in the same
// transaction. It fails when another worker has the task by now: then nothing
// of this one's outcome is written (queue.Run.Finish).
type Finish func(context.Context, *store.Tx) error

// Held makes sure that a task still is its worker's (queue.Run.Held).
type Held func(context.Context, *store.Tx) error

// Fetch is what there is to fetch.
type Fetch struct {
	Media    vitrine.Media
	Settings vitrine.AccountSettings
	Since    time.Time // when the first try began
}

// BeginFetch gives what a fetch task is about, and marks the media as being
// processed. wanted is false when the media is gone, or has a newer wish than
// this one: then there is nothing to fetch.
func (g *Gallery) BeginFetch(ctx context.Context, task FetchTask) (f Fetch, wanted bool, err error) {
	err = g.writeAbout(ctx, task.MediaID, func(tx *store.Tx) error {
		f.Since, wanted, err = tx.BeginMedia(ctx, task.MediaID, task.Seq, g.now())
		if err != nil || !wanted {
			return err
		}
		if f.Media, err = tx.AnyMedia(ctx, task.MediaID); err != nil {
			return err
		}
		account, err := tx.Account(ctx, f.Media.AccountID)
		if err != nil {
			return err
		}
		f.Settings = account.Settings
		return tx.SetJobStatus(ctx, f.Media.JobID, vitrine.JobProcessing)
	})
	return f, wanted, err
}

// SpendURL notes that the URL of a media, which works once, is about to be used
// for its newest wish. One that was used for it before, by a server that died or
// a download that was cut short, is a failure.
func (g *Gallery) SpendURL(ctx context.Context, held Held, m vitrine.Media) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		fresh, err := tx.SpendURL(ctx, m.ID, m.Seq)
		if err == nil && !fresh {
			return vitrine.Failf(vitrine.SourceURLExpired, "the URL works once, and a download by it was cut short")
		}
		return err
	})
}

// Postpone notes an attempt after which another one follows by itself.
func (g *Gallery) Postpone(ctx context.Context, held Held, attempt vitrine.Attempt) error {
	return g.writeAbout(ctx, attempt.MediaID, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		wanted, err := g.noteFetch(ctx, tx, attempt, vitrine.MediaPending)
		if err != nil || !wanted {
			return err
		}
		return tx.SetJobStatus(ctx, attempt.JobID, vitrine.JobFailedRetryable)
	})
}

// Claim has a media wait for the content of that digest, before its bytes are
// put into the bucket: nobody deletes bytes that are waited for. wanted is false
// when the media no longer wants them; known tells that the bucket has them
// already. Of the preview of a link that is what the page says. ErrPruning asks
// for another try a little later. Bytes that the account has had erased, and
// refuses since, are a failure.
func (g *Gallery) Claim(ctx context.Context, held Held, attempt vitrine.Attempt, sha256 string, link *vitrine.Link) (wanted, known bool, err error) {
	err = g.writeAbout(ctx, attempt.MediaID, func(tx *store.Tx) error {
		if err := held(ctx, tx); err != nil {
			return err
		}
		wanted, err = tx.SetMediaState(ctx, attempt.MediaID, attempt.Seq, vitrine.MediaProcessing, g.now())
		if err != nil || !wanted {
			return err
		}
		if err := refuseErased(ctx, tx, attempt.MediaID, sha256); err != nil {
			return err
		}
		before, err := tx.DigestsOf(ctx, attempt.MediaID)
		if err != nil {
			return err
		}
		content, err := tx.EnsureContent(ctx, sha256, attempt.Bytes, attempt.Type, g.now())
		if err != nil {
			return err
		}
		if content.State == vitrine.ContentPruning {
			return ErrPruning
		}
		known = content.State == vitrine.ContentReady
		if _, err = tx.WantContent(ctx, attempt.MediaID, attempt.Seq, sha256, g.now()); err != nil {
			return err
		}
		if link != nil {
			if err := tx.WantLink(ctx, attempt.MediaID, attempt.Seq, *link); err != nil {
				return err
			}
		}
		// An origin may have other bytes at each try.
		if dropped := without(before, []string{sha256}); len(dropped) > 0 {
			m, err := tx.AnyMedia(ctx, attempt.MediaID)
			if err != nil {
				return err
			}
			if err := g.release(ctx, tx, m.AccountID, dropped...); err != nil {
				return err
			}
		}
		return g.noteKind(ctx, tx, attempt.MediaID, attempt.Seq, attempt.Type)
	})
	return wanted, known, err
}

// Begun notes what the first bytes of a download say that it is: nobody waits
// for a video with pictures.
func (g *Gallery) Begun(ctx context.Context, m vitrine.Media, mediaType string) error {
	return g.writeAbout(ctx, m.ID, func(tx *store.Tx) error { return g.noteKind(ctx, tx, m.ID, m.Seq, mediaType) })
}

func (g *Gallery) noteKind(ctx context.Context, tx *store.Tx, media, seq int64, mediaType string) error {
	told, err := tx.SetMediaKind(ctx, media, seq, vitrine.KindOf(mediaType))
	if err != nil || !told || !vitrine.IsVideo(mediaType) {
		return err
	}
	return g.settleListingsOf(ctx, tx, media)
}

// Fetched takes in the bytes of a media, which have been claimed and are in the
// bucket by now. Bytes that have been optimised, whoever sent them, end the
// media at once; others are scanned, where there is a scanner, and optimised,
// with that priority.
func (g *Gallery) Fetched(ctx context.Context, finish Finish, attempt vitrine.Attempt, sha256 string, validator vitrine.Validator, priority int) error {
	return g.writeAbout(ctx, attempt.MediaID, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		wanted, err := g.noteFetch(ctx, tx, attempt, vitrine.MediaProcessing)
		if err != nil || !wanted {
			return err
		}
		if err := tx.SetValidator(ctx, attempt.MediaID, attempt.Seq, validator); err != nil {
			return err
		}
		return g.arrived(ctx, tx, attempt, sha256, priority)
	})
}

// arrived has bytes scanned and optimised that a media has claimed and that are
// in the bucket. Its attempt has their size and type.
func (g *Gallery) arrived(ctx context.Context, tx *store.Tx, attempt vitrine.Attempt, sha256 string, priority int) error {
	content, err := tx.EnsureContent(ctx, sha256, attempt.Bytes, attempt.Type, g.now())
	switch {
	case err != nil:
		return err
	case g.scan && !content.Clean:
		return g.enqueueScan(ctx, tx, sha256, priority)
	case content.State == vitrine.ContentReady:
		return g.end(ctx, tx, mediaOf(attempt), sha256, nil)
	}
	return g.enqueueOptimise(ctx, tx, content, priority)
}

// enqueueOptimise has a picture optimised or a video encoded, each in a lane of
// its own: a video never delays pictures.
func (g *Gallery) enqueueOptimise(ctx context.Context, tx *store.Tx, content vitrine.Content, priority int) error {
	task := queue.Task{
		Kind: TaskOptimise, Args: OptimiseTask{SHA256: content.SHA256}, Lane: LaneOptimise, Priority: priority, Key: content.SHA256,
	}
	if vitrine.IsVideo(content.Type) {
		task.Kind, task.Lane = TaskEncode, LaneEncode
	}
	return g.queue.Enqueue(ctx, tx, task)
}

// Unchanged ends a media well whose origin says that it still has what it had:
// there are no new bytes.
func (g *Gallery) Unchanged(ctx context.Context, finish Finish, attempt vitrine.Attempt) error {
	return g.outcome(ctx, finish, attempt, func(tx *store.Tx, m vitrine.Media) error {
		if m.Content == nil {
			return g.end(ctx, tx, []vitrine.Media{m}, "", nil)
		}
		if g.scan && !m.Content.Clean { // from before there was a scanner
			if _, err := tx.WantContent(ctx, m.ID, m.Seq, m.Content.SHA256, g.now()); err != nil {
				return err
			}
			return g.enqueueScan(ctx, tx, m.Content.SHA256, PrioritySingle)
		}
		return g.end(ctx, tx, []vitrine.Media{m}, m.Content.SHA256, nil)
	})
}

// outcome writes how the fetch of a media ended: its attempt and, by write, what
// follows. Of a fetch whose outcome is no longer wanted only the task ends.
func (g *Gallery) outcome(ctx context.Context, finish Finish, attempt vitrine.Attempt, write func(*store.Tx, vitrine.Media) error) error {
	return g.writeAbout(ctx, attempt.MediaID, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		wanted, err := g.noteFetch(ctx, tx, attempt, vitrine.MediaProcessing)
		if err != nil || !wanted {
			return err
		}
		m, err := tx.AnyMedia(ctx, attempt.MediaID)
		if err != nil {
			return err
		}
		return write(tx, m)
	})
}

// noteFetch adds an attempt to the timeline of a media that still wants its
// outcome.
func (g *Gallery) noteFetch(ctx context.Context, tx *store.Tx, attempt vitrine.Attempt, state vitrine.MediaState) (wanted bool, err error) {
	wanted, err = tx.SetMediaState(ctx, attempt.MediaID, attempt.Seq, state, g.now())
	if err != nil || !wanted {
		return false, err
	}
	return true, tx.InsertAttempt(ctx, attempt)
}

// FetchFailed ends a media that could not be had. A link that is dead by its
// sender's doing leads nowhere from now on; while only its server is in trouble
// it stays what it was.
func (g *Gallery) FetchFailed(ctx context.Context, finish Finish, attempt vitrine.Attempt, f *vitrine.Failure) error {
	return g.outcome(ctx, finish, attempt, func(tx *store.Tx, m vitrine.Media) error {
		if showsNewest(m) && vitrine.RuleOf(f.Code).Owner == vitrine.OwnerSender {
			if err := g.releasing(ctx, tx, m, func() error { return tx.ForgetLink(ctx, m.ID) }); err != nil {
				return err
			}
		}
		return g.end(ctx, tx, []vitrine.Media{m}, "", f)
	})
}

// mediaOf is the one media whose attempt this was.
func mediaOf(attempt vitrine.Attempt) []vitrine.Media {
	return []vitrine.Media{{ID: attempt.MediaID, Seq: attempt.Seq, JobID: attempt.JobID}}
}

// end ends these media and their jobs, with a content or a failure, and settles
// the listings in which they stand.
func (g *Gallery) end(ctx context.Context, tx *store.Tx, media []vitrine.Media, sha256 string, f *vitrine.Failure) error {
	for _, m := range media {
		before, err := tx.DigestsOf(ctx, m.ID)
		if err != nil {
			return err
		}
		ended, err := tx.EndMedia(ctx, m.ID, m.Seq, sha256, f, g.now(), g.checkAt(f == nil))
		if err != nil {
			return err
		}
		if !ended {
			continue // a newer wish has taken its place
		}
		now, err := tx.AnyMedia(ctx, m.ID)
		if err != nil {
			return err
		}
		if err := g.release(ctx, tx, now.AccountID, without(before, []string{sha256})...); err != nil {
			return err
		}
		if err := g.endImport(ctx, tx, m, f); err != nil {
			return err
		}
		if err := g.emitEnd(ctx, tx, now); err != nil {
			return err
		}
		if err := g.settleListingsOf(ctx, tx, m.ID); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gallery) settleListingsOf(ctx context.Context, tx *store.Tx, media int64) error {
	listings, err := tx.ListingsOf(ctx, media)
	if err != nil {
		return err
	}
	return g.settleListings(ctx, tx, listings)
}

func (g *Gallery) settleListings(ctx context.Context, tx *store.Tx, ids []int64) error {
	for _, id := range ids {
		listing, err := tx.AnyListing(ctx, id)
		if err != nil {
			return err
		}
		if err := g.settle(ctx, tx, listing); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gallery) endImport(ctx context.Context, tx *store.Tx, m vitrine.Media, f *vitrine.Failure) error {
	if f != nil {
		return tx.EndJob(ctx, m.JobID, vitrine.JobFailed, "", f.Message(), g.now())
	}
	result, err := json.Marshal(imported{MediaID: m.ID})
	if err != nil {
		return err
	}
	return tx.EndJob(ctx, m.JobID, vitrine.JobCompleted, string(result), "", g.now())
}

// imported is the resultData of an import (Listings API 3.8).
type imported struct {
	MediaID int64 `json:"mediaId"`
}
