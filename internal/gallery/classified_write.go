package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// classifiedWriter is one write of a classified inside its transaction.
type classifiedWriter struct {
	g        *Gallery
	tx       *store.Tx
	in       ClassifiedInput
	settings vitrine.AccountSettings

	listing vitrine.Listing // as it is, then as it shall be; ID is 0 for a new one
	isNew   bool
	before  []store.Placed
	after   []place
	steps   []vitrine.Step
	result  ClassifiedResult
	turn    turn
}

// dryRun plans a write and changes nothing.
func (w *classifiedWriter) dryRun(ctx context.Context) (ClassifiedResult, error) {
	var result ClassifiedResult
	start := *w
	err := w.g.db.View(ctx, func(tx *store.Tx) error {
		*w = start
		w.tx = tx
		if err := w.checkEstate(ctx); err != nil {
			return err
		}
		if err := w.plan(ctx); err != nil {
			return err
		}
		changed, _, err := w.changes()
		result = ClassifiedResult{Classified: w.listing, Changed: changed, Plan: w.lines()}
		if w.isNew {
			result.Classified.UUID, result.Classified.Gallery = "", "" // nobody will have them
		}
		return err
	})
	return result, err
}

// write plans and carries out.
func (w *classifiedWriter) write(ctx context.Context) error {
	if err := w.checkEstate(ctx); err != nil {
		return err
	}
	if err := w.plan(ctx); err != nil {
		return err
	}
	changed, text, err := w.changes()
	if err != nil {
		return err
	}
	w.listing.SyncedAt, w.listing.Digest = w.g.now(), w.nextDigest()
	if w.isNew {
		w.listing.FormData, w.listing.ExternalID = text, w.in.EstateID
		if w.listing.ID, err = w.tx.InsertListing(ctx, w.listing); err != nil {
			return err
		}
	}
	if err := w.carryOut(ctx); err != nil {
		return err
	}
	if err := w.saveData(ctx, text); err != nil {
		return err
	}
	w.result = ClassifiedResult{Changed: changed, Plan: w.lines()}
	if !changed {
		if err := w.tx.UpdateListing(ctx, w.listing); err != nil {
			return err
		}
		return w.unchanged(ctx)
	}
	w.listing.Revision++
	w.listing.UpdatedAt = w.g.now()
	if err := noteTrace(ctx, w.tx, w.listing.ID); err != nil {
		return err
	}
	return w.begin(ctx)
}

// saveData keeps what was sent beside the list, where it differs.
func (w *classifiedWriter) saveData(ctx context.Context, text []byte) error {
	if !bytes.Equal(w.listing.FormData, text) {
		w.listing.FormData = text
		if err := w.tx.SetFormData(ctx, w.listing.ID, text); err != nil {
			return err
		}
	}
	if w.listing.ExternalID == w.in.EstateID {
		return nil
	}
	w.listing.ExternalID = w.in.EstateID
	return w.tx.SetListingExternalID(ctx, w.listing.ID, w.in.EstateID)
}

// checkEstate refuses an estate that another classified has.
func (w *classifiedWriter) checkEstate(ctx context.Context) error {
	if w.in.EstateID == "" || w.in.EstateID == w.listing.ExternalID {
		return nil
	}
	holder, err := w.tx.ClassifiedByEstate(ctx, w.listing.AccountID, w.in.EstateID)
	switch {
	case err == nil:
		return &DuplicateError{ClassifiedID: holder.UUID}
	case errors.Is(err, store.ErrNoRows):
		return nil
	}
	return err
}

// changes reports whether the write changes anything, and gives what is kept of
// it beside the list.
func (w *classifiedWriter) changes() (changed bool, text []byte, err error) {
	if text, err = (kept{Portals: w.in.Portals, Data: w.in.Data, Specific: w.in.Specific}).text(); err != nil {
		return false, nil, err
	}
	if w.isNew {
		return true, text, nil
	}
	fetches := slices.ContainsFunc(w.after, func(p place) bool { return p.media.fetch != "" && !p.media.asks || p.media.restore })
	return fetches || !w.samePlaces() || !sameJSON(w.listing.FormData, text), text, nil
}

// sameJSON reports whether two JSON texts say the same, in whatever order of
// keys.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return reflect.DeepEqual(exactly(a), exactly(b))
}

// exactly decodes JSON with its numbers as they are written.
func exactly(text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
		return err // equals nothing
	}
	return value
}

// nextDigest is "" where the same list sent again has to be looked at: its
// origins may have changed what they give under the same URLs.
func (w *classifiedWriter) nextDigest() string {
	unversioned := func(p place) bool { return p.Version == "" }
	if w.settings.Revalidate && slices.ContainsFunc(w.after, unversioned) {
		return ""
	}
	return w.in.Digest
}

// carryOut does what the plan says: new and changed media get their download,
// the first of the list first, and the list becomes the wanted one.
func (w *classifiedWriter) carryOut(ctx context.Context) error {
	if slices.ContainsFunc(w.after, func(p place) bool { return p.media.fetch != "" }) {
		if err := w.g.checkBacklog(ctx, w.tx, w.listing.AccountID, 0); err != nil {
			return err
		}
	}
	done := map[*wanted]bool{}
	for i := range w.after {
		if m := w.after[i].media; !done[m] {
			done[m] = true
			if err := w.have(ctx, m, i); err != nil {
				return err
			}
		}
	}
	if w.samePlaces() && w.sameSpelling() {
		return nil
	}
	placements := make([]vitrine.Placement, len(w.after))
	for i, p := range w.after {
		placements[i] = p.Placement
		placements[i].MediaID = p.media.ID
	}
	return w.tx.ReplacePlacements(ctx, w.listing.ID, placements)
}

// have sees to one media of the list, whose first place is at position.
func (w *classifiedWriter) have(ctx context.Context, m *wanted, position int) (err error) {
	priority := PrioritySingle
	if position < w.g.limits.MinPhotos {
		priority = PriorityFirst
	}
	if m.ID != 0 && m.SourceKey != m.key {
		// The account's rules have changed, and with them how its URLs are read.
		as := m.source
		if m.fetch != "" {
			as.Version = m.Source.Version // until it is had anew
		}
		if err := w.tx.RenameSource(ctx, m.ID, as, m.key); err != nil {
			return err
		}
	}
	switch {
	case m.ID == 0:
		if m.ID, err = w.tx.InsertMedia(ctx, m.Media); err != nil {
			return err
		}
		return w.g.startFetch(ctx, w.tx, &w.turn, &m.Media, priority)
	case m.restore:
		return w.g.restore(ctx, w.tx, m.Media, m.source)
	case m.fetch != "":
		return w.g.refetch(ctx, w.tx, &w.turn, &m.Media, m.source, priority)
	case m.Source.URL != m.source.URL && m.Source.Version == m.source.Version:
		// Another spelling of it; perhaps only this signature is still good.
		return w.tx.SetSourceURL(ctx, m.ID, m.source.URL)
	}
	return nil
}

// begin writes a changed classified with the statuses that begin its revision,
// and settles what needs no waiting.
func (w *classifiedWriter) begin(ctx context.Context) error {
	placed, err := w.tx.Placed(ctx, w.listing.ID)
	if err != nil {
		return err
	}
	method := "PUT"
	w.listing.Status = vitrine.StatusUpdating
	if w.isNew {
		method, w.listing.Status = "POST", vitrine.StatusCreating
	}
	same := !changes(w.steps) && w.samePlaces()
	if err := noteRevision(ctx, w.tx, w.listing, vitrine.ByClassifiedsAPI, w.revisionSteps(placed), same); err != nil {
		return err
	}
	t := tallyOf(placed)
	w.listing.SwapAt = never
	if t.openPictures > 0 && w.listing.ShownRevision != 0 {
		w.listing.SwapAt = w.g.now().Add(w.g.limits.SwapPatience)
	}
	removed := w.removed()
	reports := append(w.g.reports(placed), deletedReports(removed, w.g.now())...)
	if err := w.g.noteAccepted(ctx, w.tx, w.listing, method, w.listing.Status, reports); err != nil {
		return err
	}
	w.result.Classified = w.listing
	if err := w.g.settle(ctx, w.tx, w.listing); err != nil {
		return err
	}
	for _, p := range w.after {
		if p.media.restore { // which has ended it for other classifieds too
			m, err := w.tx.AnyMedia(ctx, p.media.ID)
			if err != nil {
				return err
			}
			if err := errors.Join(w.g.emitEnd(ctx, w.tx, m), w.g.settleListingsOf(ctx, w.tx, m.ID)); err != nil {
				return err
			}
		}
	}
	return w.g.forgetUnplaced(ctx, w.tx, idsOf(removed))
}

// removed gives the places whose media is no longer in the list.
func (w *classifiedWriter) removed() []store.Placed {
	var removed []store.Placed
	for _, b := range w.before {
		same := func(p place) bool { return p.media.ID == b.MediaID }
		again := func(p store.Placed) bool { return p.MediaID == b.MediaID }
		if !slices.ContainsFunc(w.after, same) && !slices.ContainsFunc(removed, again) {
			removed = append(removed, b)
		}
	}
	return removed
}

// unchanged answers a write that changes nothing, once more with the status that
// the classified has. One of which a media is under way, for this revision or
// because another classified has sent it anew, gets that when it ends.
func (w *classifiedWriter) unchanged(ctx context.Context) error {
	names, err := w.tx.PlacedNames(ctx, w.listing.ID)
	if err != nil {
		return err
	}
	if w.result.Plan == nil {
		w.result.Plan = allKept(names)
	}
	w.listing.SyncedAt = w.g.now()
	open := slices.ContainsFunc(names, func(n store.PlacedName) bool { return !n.State.Ended() })
	change := vitrine.StatusChange{Status: vitrine.StatusUpdating}
	if !open {
		change = w.finalAgain(names)
	}
	if w.listing.Status.Settled() {
		w.listing.Status = change.Status
		if !w.sameSpelling() {
			if change.Media, err = w.reportsNow(ctx); err != nil {
				return err
			}
		}
		if err := w.g.noteStatus(ctx, w.tx, w.listing, change); err != nil {
			return err
		}
	}
	w.result.Classified = w.listing
	return w.tx.TouchClassified(ctx, w.listing)
}

// finalAgain is the final status of a list that is as it was.
func (w *classifiedWriter) finalAgain(names []store.PlacedName) vitrine.StatusChange {
	if w.listing.Status != vitrine.StatusCreatedWithMediaError {
		return vitrine.StatusChange{Status: vitrine.StatusUpdated}
	}
	failed := 0
	for _, name := range names {
		if name.Failed {
			failed++
		}
	}
	return vitrine.StatusChange{Status: w.listing.Status, Message: statusMessage(w.listing.Status, failed, len(names))}
}

// reportsNow is what a status says when the list is spelt otherwise than in the
// one before.
func (w *classifiedWriter) reportsNow(ctx context.Context) ([]vitrine.MediaReport, error) {
	placed, err := w.tx.Placed(ctx, w.listing.ID)
	return w.g.reports(placed), err
}

// allKept is the plan of a list that stays as it is.
func allKept(names []store.PlacedName) []PlanLine {
	lines := make([]PlanLine, len(names))
	for i, name := range names {
		lines[i] = PlanLine{Step: vitrine.Step{Action: vitrine.Keep, From: i, To: i}, MediaUUID: name.UUID, URL: name.URL}
	}
	return lines
}

// refuse answers a PUT on a deleted classified, which never comes back (section
// 5).
func (w *classifiedWriter) refuse(ctx context.Context) error {
	w.result = ClassifiedResult{Classified: w.listing, Deleted: true, Plan: []PlanLine{}}
	if err := w.g.noteAccepted(ctx, w.tx, w.listing, "PUT", vitrine.StatusUpdating, []vitrine.MediaReport{}); err != nil {
		return err
	}
	err := w.g.noteStatus(ctx, w.tx, w.listing, vitrine.StatusChange{
		Status: vitrine.StatusUpdatingFailed, Message: "The classified was deleted and can't be updated",
	})
	if err != nil {
		return err
	}
	failed := aboutListing(vitrine.EventListingFailed, w.listing)
	failed.Data.Status = vitrine.StatusUpdatingFailed
	return w.g.emit(ctx, w.tx, failed)
}

// idsOf gives the media of these places, each once.
func idsOf(placed []store.Placed) []int64 {
	var ids []int64
	for _, p := range placed {
		if !slices.Contains(ids, p.MediaID) {
			ids = append(ids, p.MediaID)
		}
	}
	return ids
}

func deletedReports(placed []store.Placed, now time.Time) []vitrine.MediaReport {
	reports := make([]vitrine.MediaReport, len(placed))
	for i, p := range placed {
		reports[i] = vitrine.MediaReport{MediaUUID: p.Media.UUID, URL: p.URL, Status: vitrine.MediaDeleted, At: now}
	}
	return reports
}
