package gallery

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

var never time.Time

// noteStatus adds a line to a classified's history, and has it delivered to
// whoever asked for it.
func (g *Gallery) noteStatus(ctx context.Context, tx *store.Tx, listing vitrine.Listing, change vitrine.StatusChange) error {
	kept, err := keptOf(listing)
	if err != nil {
		return err
	}
	change.UUID, change.ListingID, change.Revision, change.At = newUUID(), listing.ID, listing.Revision, g.now()
	change.Portals = kept.Portals
	change.ID, err = tx.InsertStatus(ctx, change)
	if err != nil {
		return err
	}
	return g.deliverStatus(ctx, tx, listing.AccountID, change)
}

// noteAccepted writes what an accepted POST, PUT or DELETE goes through at once.
// ours: it is received and begun in the transaction that answers it.
func (g *Gallery) noteAccepted(ctx context.Context, tx *store.Tx, listing vitrine.Listing, method string, begun vitrine.ListingStatus, reports []vitrine.MediaReport) error {
	for _, change := range []vitrine.StatusChange{
		{Status: vitrine.StatusReceiving, SubStatus: "RECEIVING_" + method, Media: []vitrine.MediaReport{}},
		{Status: vitrine.StatusReceived, SubStatus: "RECEIVED_" + method, Media: reports},
		{Status: begun},
	} {
		if err := g.noteStatus(ctx, tx, listing, change); err != nil {
			return err
		}
	}
	return nil
}

// reports is what a status says about the media of a list.
func (g *Gallery) reports(placed []store.Placed) []vitrine.MediaReport {
	reports := make([]vitrine.MediaReport, len(placed))
	for i, p := range placed {
		reports[i] = vitrine.MediaReport{
			MediaUUID: p.Media.UUID, URL: p.URL, Status: g.mediaStatus(p), Failure: p.Media.Failure, At: p.Media.UpdatedAt,
		}
	}
	return reports
}

// reportsWithRemoved adds to the reports the media that this revision has
// removed: the lines before say which.
func (g *Gallery) reportsWithRemoved(ctx context.Context, tx *store.Tx, listing vitrine.Listing, placed []store.Placed) ([]vitrine.MediaReport, error) {
	newest, err := tx.Statuses(ctx, listing.ID, maxID, 1)
	if err != nil {
		return nil, err
	}
	reports := g.reports(placed)
	for _, line := range newest {
		if line.Revision != listing.Revision {
			continue
		}
		for _, report := range line.Media {
			if report.Status == vitrine.MediaDeleted {
				reports = append(reports, report)
			}
		}
	}
	return reports, nil
}

// mediaStatus is how far a media has come, in the words of the Classifieds API
// (section 5).
func (g *Gallery) mediaStatus(p store.Placed) vitrine.MediaStatus {
	m := p.Media
	switch {
	case m.Failure != nil && m.Failure.Code == vitrine.Infected:
		return vitrine.MediaAVScanned
	case m.Failure != nil:
		return vitrine.MediaDownloadingFailed
	case m.Wanted != "" && p.WantedClean, m.State == vitrine.MediaReady && m.Content != nil && m.Content.Clean:
		return vitrine.MediaAVCleaned
	case m.Wanted != "" && g.scan:
		return vitrine.MediaAVScanning
	case m.Wanted != "", m.State == vitrine.MediaReady:
		return vitrine.MediaDownloaded
	case m.State == vitrine.MediaProcessing:
		return vitrine.MediaDownloading
	}
	return vitrine.MediaReceived
}

// statusMessage is a final status in a sentence, for a person.
func statusMessage(status vitrine.ListingStatus, failed, all int) string {
	if status != vitrine.StatusCreatedWithMediaError {
		return ""
	}
	return fmt.Sprintf("%d of %d media could not be had; see mediaStatuses for each", failed, all)
}
