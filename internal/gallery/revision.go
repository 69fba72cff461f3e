package gallery

import (
	"cmp"
	"context"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// shownDigits is how much of a digest a revision keeps: enough to tell whether
// the same bytes were shown.
const shownDigits = 16

// noteRevision keeps what a change that has been accepted makes of a list.
func noteRevision(ctx context.Context, tx *store.Tx, listing vitrine.Listing, by vitrine.ChangedBy, steps []vitrine.RevisionStep) error {
	return tx.InsertRevision(ctx, vitrine.Revision{
		ListingID: listing.ID, Number: listing.Revision, At: listing.UpdatedAt, By: by, Status: listing.Status, Steps: steps,
	})
}

// revisionStep is a step of a plan as it is kept.
func revisionStep(step vitrine.Step, m vitrine.Media) vitrine.RevisionStep {
	kept := vitrine.RevisionStep{Action: step.Action, MediaID: m.ID, From: step.From, To: step.To, Why: step.Why, Wish: m.Seq}
	if m.Content != nil {
		kept.Shown = m.Content.SHA256[:min(shownDigits, len(m.Content.SHA256))]
	}
	return kept
}

// revisionSteps is the plan of a listing as it is kept, after it was carried out.
func (w *writer) revisionSteps(plan []vitrine.Step) []vitrine.RevisionStep {
	steps := make([]vitrine.RevisionStep, len(plan))
	for i, step := range plan {
		if step.Action == vitrine.Remove {
			steps[i] = revisionStep(step, w.before[step.From].Media)
			continue
		}
		e := w.after[step.To]
		steps[i] = revisionStep(step, e.media)
		if step.Action == vitrine.Add && !e.isNew {
			steps[i].Why = vitrine.AlreadyHere
		}
	}
	return steps
}

// revisionSteps is the plan of a classified as it is kept, after it was carried
// out.
func (w *classifiedWriter) revisionSteps() []vitrine.RevisionStep {
	steps := make([]vitrine.RevisionStep, len(w.steps))
	for i, step := range w.steps {
		if step.Action == vitrine.Remove {
			b := w.before[step.From]
			steps[i] = revisionStep(step, b.Media)
			steps[i].URL, steps[i].Version = b.URL, b.Version
			continue
		}
		p := w.after[step.To]
		steps[i] = revisionStep(step, p.media.Media)
		steps[i].URL, steps[i].Version = p.URL, p.Version
		switch {
		case p.media.restore:
			steps[i].Why = vitrine.ShownAlready
		case step.Action == vitrine.Add && p.media.fetch == "":
			steps[i].Why = vitrine.AlreadyHere
		case step.Action == vitrine.Add && p.media.fetch != fetchNew:
			steps[i].Why = p.media.fetch
		}
	}
	return steps
}

// stepsWithout is the plan that takes a media that is deleted out of a list.
func stepsWithout(placed []store.Placed, media int64) []vitrine.RevisionStep {
	w := writer{before: placed}
	for _, p := range placed {
		if p.MediaID != media {
			w.after = append(w.after, entry{media: p.Media})
		}
	}
	steps := w.revisionSteps(vitrine.Plan(w.items()))
	for i := range steps {
		if steps[i].MediaID == media {
			steps[i].Shown = "" // it may be erased
		}
	}
	return steps
}

// History is what has become of a listing or a classified.
type History struct {
	Listing   vitrine.Listing
	Revisions []vitrine.Revision // what is kept of them, newest first
	// Files are the media that revisions name, and that are still there.
	Files map[int64]vitrine.Media
	// Events are those that tell of a listing and its files among the newest of the
	// account, newest first. A classified has its own history instead (Overview).
	Events []vitrine.Event
	Job    vitrine.Job // the newest publication of a listing, zero for none
}

// What History looks at, at most.
const (
	historyAmong  = 5000 // events of the account
	historyEvents = 200
)

// History gives what has become of an account's listing or classified, by its
// UUID, or CodeNotFound.
func (g *Gallery) History(ctx context.Context, account int64, uuid string) (h History, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		h = History{}
		if h.Listing, err = ownListing(ctx, tx, account, uuid); err != nil {
			return err
		}
		if err := h.readRevisions(ctx, tx); err != nil || h.Listing.Kind == vitrine.KindClassified {
			return err
		}
		if h.Events, err = tx.ListingEvents(ctx, account, h.Listing.ID, historyAmong, historyEvents); err != nil {
			return err
		}
		if h.Job, err = tx.Job(ctx, account, h.Listing.JobID); errors.Is(err, store.ErrNoRows) {
			err = nil
		}
		return err
	})
	return h, err
}

// Revisions is the part of History that is about the list.
func (g *Gallery) Revisions(ctx context.Context, account int64, uuid string) (h History, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		h = History{}
		if h.Listing, err = ownListing(ctx, tx, account, uuid); err != nil {
			return err
		}
		return h.readRevisions(ctx, tx)
	})
	return h, err
}

func (h *History) readRevisions(ctx context.Context, tx *store.Tx) (err error) {
	if h.Revisions, err = tx.Revisions(ctx, h.Listing.ID); err != nil {
		return err
	}
	named := map[int64]bool{}
	var ids []int64
	for _, revision := range h.Revisions {
		for _, step := range revision.Steps {
			if !named[step.MediaID] {
				named[step.MediaID] = true
				ids = append(ids, step.MediaID)
			}
		}
	}
	h.Files, err = tx.ListedMedia(ctx, h.Listing.AccountID, ids)
	return err
}

// Name is what its sender calls the file of a step, "" when nothing is known of
// it any more.
func (h *History) Name(step vitrine.RevisionStep) string {
	m := h.Files[step.MediaID]
	return cmp.Or(step.URL, m.ExternalID, m.Source.URL)
}
