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
	digest   string
	settings vitrine.AccountSettings

	listing vitrine.Listing // as it is, then as it shall be; ID is 0 for a new one
	isNew   bool
	before  []store.Placed
	after   []place
	steps   []vitrine.Step
	result  ClassifiedResult
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
	w.listing.FormData, w.listing.ExternalID, w.listing.SyncedAt = text, w.in.EstateID, w.g.now()
	w.listing.Digest = w.nextDigest()
	if w.isNew {
		if w.listing.ID, err = w.tx.InsertListing(ctx, w.listing); err != nil {
			return err
		}
	}
	if err := w.carryOut(ctx); err != nil {
		return err
	}
	w.result = ClassifiedResult{Changed: changed, Plan: w.lines()}
	if !changed {
		return w.unchanged(ctx)
	}
	w.listing.Revision++
	w.listing.UpdatedAt = w.g.now()
	return w.begin(ctx)
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
	fetches := slices.ContainsFunc(w.after, func(p place) bool { return p.media.fetch != "" || p.media.restore })
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
	if w.digest == "" {
		w.digest = digestOfClassified(w.in)
	}
	return w.digest
}

// carryOut does what the plan says: new and changed media get their download,
// the first of the list first, and the list becomes the wanted one.
func (w *classifiedWriter) carryOut(ctx context.Context) error {
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
	switch {
	case m.ID == 0:
		if m.ID, err = w.tx.InsertMedia(ctx, m.Media, m.key); err != nil {
			return err
		}
		return w.g.startFetch(ctx, w.tx, &m.Media, priority)
	case m.restore:
		return w.g.restore(ctx, w.tx, m.Media, m.source)
	case m.fetch != "":
		return w.g.refetch(ctx, w.tx, &m.Media, m.source, priority)
	case m.Source.URL != m.source.URL:
		// Perhaps only this signature is still good.
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
	t := tallyOf(placed)
	switch {
	case t.openPictures == 0:
		w.listing.SwapAt = never
	case w.listing.ShownRevision != 0 && w.listing.SwapAt.IsZero():
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
			if err := w.g.settleListingsOf(ctx, w.tx, p.media.ID); err != nil {
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

// unchanged answers a write that changes nothing. One whose revision is still
// under way gets its final status when that ends.
func (w *classifiedWriter) unchanged(ctx context.Context) error {
	w.result.Classified = w.listing
	if w.result.Plan == nil {
		var err error
		if w.result.Plan, err = w.allKept(ctx); err != nil {
			return err
		}
	}
	if !w.listing.Status.Settled() {
		return w.tx.UpdateListing(ctx, w.listing)
	}
	if w.listing.Status == vitrine.StatusCreated {
		w.listing.Status = vitrine.StatusUpdated
	}
	if err := w.g.noteStatus(ctx, w.tx, w.listing, vitrine.StatusChange{Status: w.listing.Status}); err != nil {
		return err
	}
	w.listing.SyncedAt = w.g.now()
	w.result.Classified = w.listing
	return w.tx.UpdateListing(ctx, w.listing)
}

// allKept is the plan of a list that was not looked at closer.
func (w *classifiedWriter) allKept(ctx context.Context) ([]PlanLine, error) {
	uuids, err := w.tx.PlacedUUIDs(ctx, w.listing.ID)
	lines := make([]PlanLine, len(uuids))
	for i, uuid := range uuids {
		lines[i] = PlanLine{Step: vitrine.Step{Action: vitrine.Keep, From: i, To: i}, MediaUUID: uuid, URL: w.in.Media[i].URL}
	}
	return lines, err
}

// refuse answers a PUT on a deleted classified, which never comes back (section
// 5).
func (w *classifiedWriter) refuse(ctx context.Context) error {
	w.result.Classified = w.listing
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

func idsOf(placed []store.Placed) []int64 {
	ids := make([]int64, len(placed))
	for i, p := range placed {
		ids[i] = p.MediaID
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
