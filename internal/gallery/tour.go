package gallery

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Linked ends a media well that is a link which leads somewhere. It shows the
// bytes that it had before only while they are the preview that the page still
// names.
func (g *Gallery) Linked(ctx context.Context, finish Finish, attempt vitrine.Attempt, link vitrine.Link) error {
	return g.linked(ctx, finish, attempt, link, func(tx *store.Tx, m vitrine.Media) error {
		stays := showsNewest(m) && m.Link != nil && m.Link.PreviewURL != "" && m.Link.PreviewURL == link.PreviewURL
		if !stays {
			err := g.releasing(ctx, tx, m, func() error { return tx.ForgetContent(ctx, m.ID) })
			if err != nil {
				return err
			}
		}
		return g.end(ctx, tx, []vitrine.Media{m}, "", nil)
	})
}

// showsNewest reports whether a link leads to what was asked for last. Its URL
// may be spelt otherwise since.
func showsNewest(m vitrine.Media) bool {
	return m.GoodURL != "" && m.HasVersion == m.Source.Version
}

// Preview is a picture that stands for what a link leads to.
type Preview struct {
	SHA256 string
	Bytes  int64
	Type   string // media type by content
}

// LinkedWithPreview is Linked for a page whose preview picture has been claimed
// and is in the bucket. It goes the way of every picture, and the media ends
// with it; but a preview that can't be shown is no failure of the link.
func (g *Gallery) LinkedWithPreview(ctx context.Context, finish Finish, attempt vitrine.Attempt, link vitrine.Link, preview Preview, priority int) error {
	return g.linked(ctx, finish, attempt, link, func(tx *store.Tx, _ vitrine.Media) error {
		attempt.Bytes, attempt.Type = preview.Bytes, preview.Type
		return g.arrived(ctx, tx, attempt, preview.SHA256, priority)
	})
}

func (g *Gallery) linked(ctx context.Context, finish Finish, attempt vitrine.Attempt, link vitrine.Link, end func(*store.Tx, vitrine.Media) error) error {
	return g.outcome(ctx, finish, attempt, func(tx *store.Tx, m vitrine.Media) error {
		if err := tx.WantLink(ctx, m.ID, m.Seq, link); err != nil {
			return err
		}
		return end(tx, m)
	})
}

// endWithoutPreview ends well those of these media that are links, whose preview
// can't be shown, and gives the others.
func (g *Gallery) endWithoutPreview(ctx context.Context, tx *store.Tx, waiting []vitrine.Media) (others []vitrine.Media, err error) {
	for _, m := range waiting {
		if m.WantedLink == nil {
			others = append(others, m)
			continue
		}
		if err := g.releasing(ctx, tx, m, func() error { return tx.ForgetContent(ctx, m.ID) }); err != nil {
			return nil, err
		}
		if err := g.end(ctx, tx, []vitrine.Media{m}, "", nil); err != nil {
			return nil, err
		}
	}
	return others, nil
}

// deadShare is how much sooner a dead link is looked at again than another.
const deadShare = 7

// checkAt is when a link is looked at again that has been seen to lead somewhere,
// or not to.
func (g *Gallery) checkAt(alive bool) time.Time {
	if alive {
		return g.now().Add(g.limits.TourCheck)
	}
	return g.now().Add(g.limits.TourCheck / deadShare)
}

// checkLinks has those links looked at again whose time has come.
func (g *Gallery) checkLinks(ctx context.Context) error {
	var due []store.DueLink
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueLinks(ctx, g.now(), sweepBatch)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	return g.db.Write(ctx, func(tx *store.Tx) error {
		for _, link := range due {
			// Should the check come to nothing, the next one comes as for a dead link.
			mine, err := tx.PutOffCheck(ctx, link, g.checkAt(false))
			if err != nil {
				return err
			}
			if !mine {
				continue
			}
			err = g.queue.Enqueue(ctx, tx, queue.Task{
				Kind: TaskCheck, Args: CheckTask{MediaID: link.MediaID, Seq: link.Seq}, Lane: LaneBulk, Priority: PriorityCheck,
				Key: strconv.FormatInt(link.MediaID, 10),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// BeginCheck gives the link that a check is about. wanted is false when it is
// gone, has a newer wish than this one, or can't be asked twice.
func (g *Gallery) BeginCheck(ctx context.Context, task CheckTask) (f Fetch, wanted bool, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		f.Media, err = tx.AnyMedia(ctx, task.MediaID)
		if errors.Is(err, store.ErrNoRows) {
			wanted = false
			return nil
		}
		if err != nil {
			return err
		}
		account, err := tx.Account(ctx, f.Media.AccountID)
		f.Settings = account.Settings
		wanted = f.Media.Seq == task.Seq && f.Media.State.Ended() && !f.Settings.SingleUse
		return err
	})
	return f, wanted, err
}

// Checked ends a check. Where what was found is not what is known, the media is
// fetched again, with all its tries, and ends by that.
func (g *Gallery) Checked(ctx context.Context, finish Finish, task CheckTask, same bool) error {
	return g.writeAbout(ctx, task.MediaID, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		m, err := tx.AnyMedia(ctx, task.MediaID)
		switch {
		case errors.Is(err, store.ErrNoRows):
			return nil // it has gone meanwhile
		case err != nil || m.Seq != task.Seq || !m.State.Ended():
			return err
		case same:
			return tx.CheckAt(ctx, m.ID, g.checkAt(m.Failure == nil))
		}
		return g.refetch(ctx, tx, new(turn), &m, m.Source, PriorityCheck)
	})
}
