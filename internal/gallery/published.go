package gallery

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// finalized is the resultData of a publication (Listings API 3.8, 4.2).
type finalized struct {
	ID     int64                 `json:"id"`
	Status vitrine.ListingStatus `json:"status"`
	Failed []failedFile          `json:"failed,omitempty"`
}

type failedFile struct {
	MediaID    int64               `json:"mediaId"`
	ExternalID string              `json:"externalId,omitempty"`
	Code       vitrine.FailureCode `json:"code"`
	Message    string              `json:"message"`
}

func publishedResult(listing vitrine.Listing, failed []vitrine.Media) (string, error) {
	result := finalized{ID: listing.ID, Status: listing.Status}
	for _, m := range failed {
		result.Failed = append(result.Failed, failedFile{
			MediaID: m.ID, ExternalID: m.ExternalID, Code: m.Failure.Code, Message: m.Failure.Message(),
		})
	}
	text, err := json.Marshal(result)
	return string(text), err
}

func (g *Gallery) tooFew(t tally) string {
	why := make([]string, len(t.failed))
	for i, m := range t.failed {
		why[i] = fmt.Sprintf("media %d: %s", m.ID, m.Failure.Code)
	}
	text := fmt.Sprintf("At least %d photos are required to publish, %d are good", g.limits.MinPhotos, t.goodPictures)
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text
}
