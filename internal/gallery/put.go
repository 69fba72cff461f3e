package gallery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// File is one entry of a wanted list: a URL, perhaps with the sender's own id;
// or the id of a file that is there, ours or the sender's.
type File struct {
	URL         string
	ID          int64
	ExternalID  string
	Altered     bool   // vitrine.Placement's
	AlteredFrom string // the same
}

// ListingInput is what a sender wants a listing to be (Listings API 4.1).
type ListingInput struct {
	Ref    Ref                        // exactly one of ID and ExternalID is set
	Status vitrine.ListingStatus      // "" keeps the status
	Files  []File                     // nil keeps the list; otherwise this is the set, in this order
	Fields map[string]json.RawMessage // the advert's own fields; those not named keep their value
	By     vitrine.ChangedBy          `json:"-"` // "" for the Listings API; the same wish whoever has it
}

// PutResult is what became of a write.
type PutResult struct {
	Listing          vitrine.Listing
	Created, Updated bool
	JobID            int64 // the publication asked for, 0 when none was
	Plan             []vitrine.Step
}

// PutListing makes the listing what its sender wants: it plans the difference
// and writes placements, media, revision, status and jobs in one transaction,
// or nothing at all. Broken rules are CodeInvalid, an unknown id CodeNotFound.
//
// Asking for active gives pending_active and the job that publishes. A list
// that is already as asked costs one statement, and gives the job that published it.
func (g *Gallery) PutListing(ctx context.Context, account int64, in ListingInput) (PutResult, error) {
	digest, err := digestOf(in)
	if err != nil {
		return PutResult{}, err
	}
	again, err := g.db.TouchUnchanged(ctx, account, in.Ref.ID, in.Ref.ExternalID, digest, in.Status, g.now())
	if err == nil {
		return told(untouched(again, in.Status), in.Status), nil
	}
	if !errors.Is(err, store.ErrNoRows) {
		return PutResult{}, spaceError(err)
	}
	var result PutResult
	err = g.write(ctx, account, func(tx *store.Tx) error {
		w := writer{g: g, tx: tx, in: in, now: g.now()}
		if err := w.open(ctx, account); err != nil {
			return err
		}
		if w.unchanged(digest) { // another request has just written the same
			result = untouched(w.listing, in.Status)
			return tx.TouchListing(ctx, w.listing.ID, w.now)
		}
		result, err = w.write(ctx, digest)
		return err
	})
	return told(result, in.Status), err
}

// untouched is what became of a write that asked for what is so already.
func untouched(listing vitrine.Listing, asked vitrine.ListingStatus) PutResult {
	result := PutResult{Listing: listing}
	if asked == vitrine.StatusActive || listing.Status == vitrine.StatusPendingActive {
		result.JobID = listing.JobID
	}
	return result
}

// told is a result as its sender is told: who asks for active is never answered
// that it is so.
func told(result PutResult, asked vitrine.ListingStatus) PutResult {
	if result.Listing.Status == vitrine.StatusActive && asked == vitrine.StatusActive {
		result.Listing.Status = vitrine.StatusPendingActive
	}
	return result
}

// digestOf names a wish in its normal form, so that the same wish sent again
// is known without looking closer.
func digestOf(in ListingInput) (string, error) {
	normal, err := json.Marshal(in) // maps are written in the order of their keys, raw JSON without white space
	if err != nil {
		return "", vitrine.Errorf(vitrine.CodeInvalid, "the body is not valid JSON")
	}
	sum := sha256.Sum256(normal)
	return hex.EncodeToString(sum[:]), nil
}

// writer is one PutListing inside its transaction.
type writer struct {
	g   *Gallery
	tx  *store.Tx
	in  ListingInput
	now time.Time

	listing vitrine.Listing // as it is, then as it shall be
	created bool
	before  []store.Placed
	after   []entry
}

// open finds the listing, or makes it when it is named by a new external id.
func (w *writer) open(ctx context.Context, account int64) (err error) {
	w.listing, err = findListing(ctx, w.tx, account, w.in.Ref)
	if vitrine.CodeOf(err) == vitrine.CodeNotFound && w.in.Ref.ID == 0 {
		return w.insert(ctx, account)
	}
	return err
}

func (w *writer) insert(ctx context.Context, account int64) (err error) {
	w.created = true
	w.listing = vitrine.Listing{
		UUID: newUUID(), Gallery: newGalleryID(), AccountID: account, Kind: vitrine.KindListing, ExternalID: w.in.Ref.ExternalID,
		Status: vitrine.StatusDraft, FormData: []byte("{}"), CreatedAt: w.now,
	}
	w.listing.ID, err = w.tx.InsertListing(ctx, w.listing)
	return err
}

// unchanged reports whether the listing is, or is becoming, just what is asked.
func (w *writer) unchanged(digest string) bool {
	status := w.listing.Status
	if status == vitrine.StatusPendingActive {
		status = vitrine.StatusActive
	}
	return w.listing.Digest == digest && (w.in.Status == "" || w.in.Status == status)
}

func (w *writer) write(ctx context.Context, digest string) (PutResult, error) {
	if err := w.resolve(ctx); err != nil {
		return PutResult{}, err
	}
	if err := w.checkCount(); err != nil {
		return PutResult{}, err
	}
	if slices.ContainsFunc(w.after, func(e entry) bool { return e.isNew || e.refetch != "" }) {
		if err := w.g.checkBacklog(ctx, w.tx, w.listing.AccountID, 0); err != nil {
			return PutResult{}, err
		}
	}
	if err := w.insertNew(ctx); err != nil {
		return PutResult{}, err
	}
	plan := vitrine.Plan(w.items())
	if err := w.carryOut(ctx, plan); err != nil {
		return PutResult{}, err
	}
	fields, fieldsChanged, err := merge(w.listing.FormData, w.in.Fields, w.g.limits.MaxBodyBytes)
	if err != nil {
		return PutResult{}, err
	}
	moved := changes(plan) || w.relabels()
	job, err := w.ask(ctx, moved)
	if err != nil {
		return PutResult{}, err
	}

	result := PutResult{Created: w.created, JobID: job, Plan: plan}
	was := w.listing
	w.listing.FormData, w.listing.Digest, w.listing.SyncedAt = fields, digest, w.now
	w.listing.Status = w.statusAsked(moved)
	if job != 0 {
		w.listing.JobID = job
	}
	changed := moved || fieldsChanged || w.created || was.Status != w.listing.Status
	if changed {
		w.listing.Revision++
		w.listing.UpdatedAt = w.now
		result.Updated = !w.created
	}
	if err := w.tx.UpdateListing(ctx, w.listing); err != nil {
		return PutResult{}, err
	}
	if err := noteTrace(ctx, w.tx, w.listing.ID); err != nil {
		return PutResult{}, err
	}
	if changed {
		by := cmp.Or(w.in.By, vitrine.ByListingsAPI)
		if err := noteRevision(ctx, w.tx, w.listing, by, w.revisionSteps(plan), !moved); err != nil {
			return PutResult{}, err
		}
	}
	if fieldsChanged {
		if err := w.tx.SetFormData(ctx, w.listing.ID, fields); err != nil {
			return PutResult{}, err
		}
	}
	result.Listing = w.listing
	if hides(w.listing.Status) && w.listing.ShownRevision != 0 {
		if err := w.g.hide(ctx, w.tx, &w.listing); err != nil {
			return PutResult{}, err
		}
	}
	return result, w.g.settle(ctx, w.tx, w.listing)
}

// publishes reports whether this write asks for publication: in words, or by
// changing the list of a listing that is published or on its way.
func (w *writer) publishes(moved bool) bool {
	switch w.in.Status {
	case vitrine.StatusActive:
		return true
	case "":
		switch w.listing.Status {
		case vitrine.StatusActive, vitrine.StatusPendingActive, vitrine.StatusPublishFailed:
			return moved
		}
	}
	return false
}

// statusAsked is the status that the listing gets now.
func (w *writer) statusAsked(moved bool) vitrine.ListingStatus {
	switch {
	case w.publishes(moved) && w.listing.Status == vitrine.StatusActive && !moved:
		return vitrine.StatusActive // it is as asked
	case w.publishes(moved):
		return vitrine.StatusPendingActive
	case w.in.Status != "":
		return w.in.Status
	}
	return w.listing.Status
}

// ask gives the job of the publication that this write asks for, 0 for none.
// Asking again while it runs gives the same job; a write that no longer wants
// it ends it.
func (w *writer) ask(ctx context.Context, moved bool) (int64, error) {
	// A published listing's runs on while a video is being encoded.
	running, err := w.tx.JobRuns(ctx, w.listing.JobID)
	if err != nil {
		return 0, err
	}
	switch status := w.statusAsked(moved); {
	case status == vitrine.StatusPendingActive && running, status == vitrine.StatusActive && w.publishes(moved):
		return w.listing.JobID, nil
	case status == vitrine.StatusPendingActive:
		return w.tx.InsertJob(ctx, vitrine.Job{
			AccountID: w.listing.AccountID, Type: vitrine.JobFinalize, ListingID: w.listing.ID, CreatedAt: w.now,
		})
	case running && status.Public():
		return w.listing.JobID, nil // it is published already, but for its videos
	case running:
		text := "The listing was set to " + string(status) + " before all of it was published"
		return 0, w.tx.EndJob(ctx, w.listing.JobID, vitrine.JobFailed, "", text, w.now)
	}
	return 0, nil
}

// hides reports whether a status takes a gallery out of sight at once. One that
// is being published, or could not be, leaves what the public saw before.
func hides(status vitrine.ListingStatus) bool {
	return !status.Public() && status != vitrine.StatusPendingActive && status != vitrine.StatusPublishFailed
}

// items are the two lists as Plan reads them.
func (w *writer) items() (before, after []vitrine.Item) {
	item := func(m vitrine.Media) vitrine.Item {
		return vitrine.Item{Key: strconv.FormatInt(m.ID, 10), Version: m.Source.Version}
	}
	for _, p := range w.before {
		before = append(before, item(p.Media))
	}
	for _, e := range w.after {
		i := item(e.media)
		i.Refetch = e.refetch
		after = append(after, i)
	}
	return before, after
}

func changes(plan []vitrine.Step) bool {
	for _, step := range plan {
		if step.Action != vitrine.Keep {
			return true
		}
	}
	return false
}

// relabels reports whether the wanted list says otherwise of a picture that it
// was altered. Only lists of the same media in the same order are compared.
func (w *writer) relabels() bool {
	return !slices.EqualFunc(w.before, w.after, func(b store.Placed, a entry) bool {
		return b.Altered == a.altered && b.AlteredFrom == a.alteredFrom
	})
}

// carryOut does what the plan says: new and changed media get their download,
// the first of the list first, and the list becomes the wanted one.
func (w *writer) carryOut(ctx context.Context, plan []vitrine.Step) error {
	t := new(turn)
	for _, step := range plan {
		if step.Action == vitrine.Remove {
			break // the removals come last, and the new list is without them
		}
		e := &w.after[step.To]
		priority := PrioritySingle
		if step.To < w.g.limits.MinPhotos {
			priority = PriorityFirst
		}
		var err error
		switch {
		case e.isNew:
			err = w.g.startFetch(ctx, w.tx, t, &e.media, priority)
		case step.Action == vitrine.Refetch:
			err = w.g.refetch(ctx, w.tx, t, &e.media, e.source, priority)
		}
		if err != nil {
			return err
		}
	}
	if !changes(plan) && !w.relabels() {
		return nil
	}
	placements := make([]vitrine.Placement, len(w.after))
	for i, e := range w.after {
		placements[i] = vitrine.Placement{ListingID: w.listing.ID, Position: i, MediaID: e.media.ID, Type: vitrine.Picture, Altered: e.altered, AlteredFrom: e.alteredFrom}
	}
	return w.tx.ReplacePlacements(ctx, w.listing.ID, placements)
}

// merge lays the fields that were sent over those that are there. A field sent
// as null is taken away. All together may be as large as one request.
func merge(have []byte, sent map[string]json.RawMessage, maxBytes int64) (merged []byte, changed bool, err error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(have, &fields); err != nil {
		return nil, false, err
	}
	maps.Copy(fields, sent)
	maps.DeleteFunc(fields, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	merged, err = json.Marshal(fields)
	if int64(len(merged)) > maxBytes {
		return nil, false, vitrine.Errorf(vitrine.CodeTooLarge, "The advert's fields may hold %d bytes together, these are %d", maxBytes, len(merged))
	}
	return merged, !bytes.Equal(have, merged), err
}
