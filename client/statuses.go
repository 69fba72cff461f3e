package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
)

// ClassifiedStatus is one line of a classified's history (Classifieds API,
// section 5).
type ClassifiedStatus struct {
	StatusID         string                  `json:"statusId"`
	ClassifiedID     string                  `json:"classifiedId"`
	Revision         int64                   `json:"revision"`
	Portals          []string                `json:"portals"`
	Status           vitrine.ListingStatus   `json:"status"`
	SubStatus        string                  `json:"subStatus"`
	SubStatusDetails string                  `json:"subStatusDetails"`
	Message          string                  `json:"message"`
	StatusDate       time.Time               `json:"statusDate"`
	MediaStatuses    []ClassifiedMediaStatus `json:"mediaStatuses"`
}

// Ended reports whether nothing follows this status by itself, as the revision
// has settled or has failed to.
func (s *ClassifiedStatus) Ended() bool {
	switch s.Status {
	case vitrine.StatusReceivingFailed, vitrine.StatusCreatingFailed, vitrine.StatusUpdatingFailed, vitrine.StatusDeletingFailed:
		return true
	}
	return s.Status.Settled()
}

// ClassifiedMediaStatus is what a status says about one media.
type ClassifiedMediaStatus struct {
	MediaID          string              `json:"mediaId"`
	URL              string              `json:"url"` // as sent
	Status           vitrine.MediaStatus `json:"status"`
	Message          string              `json:"message"`
	SubStatus        string              `json:"subStatus"`
	SubStatusDetails string              `json:"subStatusDetails"`
	StatusDate       time.Time           `json:"statusDate"`
}

// StatusPage is a part of a classified's history, newest first.
type StatusPage struct {
	Items     []ClassifiedStatus `json:"items"`
	NextToken string             `json:"nextToken"` // for the part after it, "" at the end
}

// ClassifiedStatuses gives at most limit lines of a classified's history, from
// the newest, or from where a page before says with its NextToken.
func (c *Client) ClassifiedStatuses(ctx context.Context, id string, limit int, nextToken string) (StatusPage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if nextToken != "" {
		query.Set("nextToken", nextToken)
	}
	var page StatusPage
	err := c.ask(ctx, classifiedPath(id)+"/statuses?"+query.Encode(), &page)
	return page, err
}

// WaitClassified looks at a classified's newest status until that revision, or
// a later one, has come to its end, and gives the status as it then is. That
// media have failed is no error here: look at Status and ClassifiedMedia.
// onProgress, which may be nil, gets what each look has found.
func (c *Client) WaitClassified(ctx context.Context, id string, revision int64, onProgress func(ClassifiedStatus)) (ClassifiedStatus, error) {
	for pause := firstLook; ; pause = min(pause*3/2, maxLook) {
		page, err := c.ClassifiedStatuses(ctx, id, 1, "")
		if err != nil {
			return ClassifiedStatus{}, err
		}
		var newest ClassifiedStatus
		if len(page.Items) > 0 {
			newest = page.Items[0]
			if onProgress != nil {
				onProgress(newest)
			}
			if newest.Ended() && newest.Revision >= revision {
				return newest, nil
			}
		}
		if err := sleep(ctx, pause); err != nil {
			return newest, fmt.Errorf("wait for classified %s: %w", id, err)
		}
	}
}
