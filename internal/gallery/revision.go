package gallery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// shownDigits is how much of a digest a revision keeps: enough to tell whether
// the same bytes were shown.
const shownDigits = 16

// noteRevision keeps what a change that has been accepted makes of a list; same
// is one that leaves it as it was.
func noteRevision(ctx context.Context, tx *store.Tx, listing vitrine.Listing, by vitrine.ChangedBy, steps []vitrine.RevisionStep, same bool) error {
	return tx.InsertRevision(ctx, vitrine.Revision{
		ListingID: listing.ID, Number: listing.Revision, At: listing.UpdatedAt, By: by, Status: listing.Status, Steps: steps,
	}, same)
}

// revisionStep is a step of a plan as it is kept: where the media stands, or
// stood, and as it is once the step is done.
func revisionStep(step vitrine.Step, p vitrine.Placement, m vitrine.Media) vitrine.RevisionStep {
	kept := vitrine.RevisionStep{
		Action: step.Action, MediaID: m.ID, From: step.From, To: step.To, Why: step.Why, Wish: m.Seq, URL: p.URL, Version: p.Version,
	}
	if step.Action == vitrine.Remove {
		return kept
	}
	kept.As = described(p)
	if m.State.Ended() && m.Content != nil {
		kept.Shown = m.Content.SHA256[:min(shownDigits, len(m.Content.SHA256))]
	}
	return kept
}

// described digests what a place says beside its URL.
func described(p vitrine.Placement) string {
	if p.Type == vitrine.Picture && p.Category == "" && len(p.Tags) == 0 && p.Title == "" && !p.Altered && p.AlteredFrom == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %t %q", p.Type, p.Category, p.Tags, p.Title, p.Altered, p.AlteredFrom))
	return hex.EncodeToString(sum[:4])
}

// revisionSteps is the plan of a listing as it is kept, after it was carried out.
func (w *writer) revisionSteps(plan []vitrine.Step) []vitrine.RevisionStep {
	steps := make([]vitrine.RevisionStep, len(plan))
	for i, step := range plan {
		if step.Action == vitrine.Remove {
			b := w.before[step.From]
			steps[i] = revisionStep(step, b.Placement, b.Media)
			continue
		}
		e := w.after[step.To]
		p := vitrine.Placement{Type: vitrine.Picture, Altered: e.altered, AlteredFrom: e.alteredFrom}
		steps[i] = revisionStep(step, p, e.media)
		if step.Action == vitrine.Add && !e.isNew {
			steps[i].Why = vitrine.AlreadyHere
		}
	}
	return steps
}

// revisionSteps is the plan of a classified as it is kept, after it was carried
// out and has given this list.
func (w *classifiedWriter) revisionSteps(placed []store.Placed) []vitrine.RevisionStep {
	steps := make([]vitrine.RevisionStep, len(w.steps))
	for i, step := range w.steps {
		if step.Action == vitrine.Remove {
			b := w.before[step.From]
			steps[i] = revisionStep(step, b.Placement, b.Media)
			continue
		}
		p := w.after[step.To]
		steps[i] = revisionStep(step, p.Placement, placed[step.To].Media)
		other := step.From < 0 || w.before[step.From].Version != p.Version
		switch {
		case p.media.restore:
			steps[i].Why = vitrine.ShownAlready
		case other && p.media.fetch == "":
			steps[i].Why = vitrine.AlreadyHere
		case step.Action == vitrine.Add && p.media.fetch != fetchNew:
			steps[i].Why = p.media.fetch
		}
	}
	return steps
}

// stepsWithout is the plan that takes a media that is deleted out of a list.
func stepsWithout(placed []store.Placed, media int64) []vitrine.RevisionStep {
	var list, gone []vitrine.RevisionStep
	for i, p := range placed {
		step := vitrine.Step{Action: vitrine.Keep, From: i, To: len(list)}
		if p.MediaID == media {
			step.Action, step.To = vitrine.Remove, -1
			gone = append(gone, revisionStep(step, p.Placement, p.Media))
			continue
		}
		if step.From != step.To {
			step.Action = vitrine.Move
		}
		list = append(list, revisionStep(step, p.Placement, p.Media))
	}
	return append(list, gone...)
}

// History is what has become of a listing or a classified.
type History struct {
	Listing   vitrine.Listing
	Revisions []vitrine.Revision // what is kept of them, newest first
	// Files are the media that revisions and events name, and that are still there.
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
		if h.Listing.Kind == vitrine.KindClassified {
			return h.readRevisions(ctx, tx)
		}
		if h.Events, err = tx.ListingEvents(ctx, account, h.Listing.ID, historyAmong, historyEvents); err != nil {
			return err
		}
		if err := h.readRevisions(ctx, tx); err != nil {
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

// readRevisions reads them, and the files that they and the events name.
func (h *History) readRevisions(ctx context.Context, tx *store.Tx) (err error) {
	if h.Revisions, err = tx.Revisions(ctx, h.Listing.ID); err != nil {
		return err
	}
	named := map[int64]bool{}
	for _, revision := range h.Revisions {
		for _, step := range revision.Steps {
			named[step.MediaID] = true
		}
	}
	for _, event := range h.Events {
		named[event.Data.MediaID] = true
	}
	h.Files, err = tx.ListedMedia(ctx, h.Listing.AccountID, slices.Collect(maps.Keys(named)))
	return err
}

// Name is what its sender calls the file of a step, "" when nothing is known of
// it any more.
func (h *History) Name(step vitrine.RevisionStep) string {
	m := h.Files[step.MediaID]
	return cmp.Or(step.URL, m.ExternalID, m.Source.URL)
}
