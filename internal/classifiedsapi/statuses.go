package classifiedsapi

import (
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// statuses gives the history of a classified, newest first.
func (a *api) statuses(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	name := "statuses of " + id // in its page tokens
	limit, before := c.query.limit(defaultStatuses, maxStatuses), c.query.after(a.pages, name)
	if err := c.query.err(); err != nil {
		return nil, err
	}
	changes, err := a.gallery.Statuses(c.Context(), c.account, id, before, limit+1)
	if err != nil {
		return nil, err
	}
	out := page[statusChange]{Items: []statusChange{}}
	if len(changes) > limit {
		changes = changes[:limit]
		out.NextToken = a.pages.token(name, changes[limit-1].ID)
	}
	for _, change := range changes {
		out.Items = append(out.Items, statusOf(id, change))
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

func statusOf(classified string, change vitrine.StatusChange) statusChange {
	out := statusChange{
		StatusID:         change.UUID,
		ClassifiedID:     classified,
		Revision:         change.Revision,
		Portals:          wordsOf[string](change.Portals),
		Status:           status(change.Status),
		SubStatus:        orNull(change.SubStatus),
		SubStatusDetails: orNull(change.Detail),
		Message:          change.Message,
		StatusDate:       timestamp(change.At),
		MediaStatuses:    make([]mediaStatusLine, len(change.Media)),
	}
	for i, report := range change.Media {
		line := mediaStatusLine{
			MediaID: report.MediaUUID, URL: report.URL, Status: mediaStatus(report.Status), StatusDate: timestamp(report.At),
		}
		if f := report.Failure; f != nil {
			line.SubStatus = orNull(string(vitrine.RuleOf(f.Code).Code))
			line.SubStatusDetails = orNull(explanation(f))
			line.Message = orNull(f.Message())
		}
		out.MediaStatuses[i] = line
	}
	return out
}
