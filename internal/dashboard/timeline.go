package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// timelineLine is a line of what has become of a listing.
type timelineLine struct {
	Status, State string // the badge
	Revision      int64  // 0 for none
	At            moment
	Sub           string
	Text          string
	Message       string   // in English, as the APIs have it
	Failed        []string // files that could not be had, in English
}

// statusLine is a line of a classified's history.
func (d *Dashboard) statusLine(words *words, change vitrine.StatusChange) timelineLine {
	line := timelineLine{
		Status: string(change.Status), State: stateOf(change.Status), Sub: change.SubStatus, Message: change.Message,
		Revision: change.Revision, At: words.moment(change.At, d.now()),
	}
	for _, report := range change.Media {
		if report.Failure != nil {
			line.Failed = append(line.Failed, report.URL+": "+report.Failure.Message())
		}
	}
	return line
}

// timed is a line with its time.
type timed struct {
	timelineLine
	at    time.Time
	ready int // files, of a line that counts those that have ended well
}

// timeline is what has become of a listing of the Listings API, newest first: its
// revisions, its newest publication, and what the feed of events tells of it.
func (d *Dashboard) timeline(names fileNames) []timelineLine {
	words := names.words
	var lines []timed
	if job := names.Job; !job.EndedAt.IsZero() {
		line := timelineLine{Status: words.JobEnded, State: "good", Message: job.Error}
		if job.Status == vitrine.JobFailed {
			line.Status, line.State = words.JobFailed, "bad"
		}
		lines = append(lines, timed{timelineLine: line, at: job.EndedAt})
	}
	lines = append(lines, eventLines(names)...)
	if job := names.Job; job.ID != 0 {
		lines = append(lines, timed{timelineLine: timelineLine{Status: words.JobBegun, State: "busy"}, at: job.CreatedAt})
	}
	for _, r := range names.Revisions {
		view := d.revisionLine(words, names.listing, r, nil)
		line := timelineLine{Status: view.Status, State: view.State, Revision: r.Number, Sub: view.By}
		var text []string
		for _, t := range view.Tally {
			text = append(text, fmt.Sprintf("%s %d %s", t.Sign, t.Count, t.Word))
		}
		line.Text = strings.Join(text, ", ")
		lines = append(lines, timed{timelineLine: line, at: r.At})
	}
	// Of what happened at one time, the later was put in first.
	slices.SortStableFunc(lines, func(a, b timed) int { return b.at.Compare(a.at) })
	timeline := make([]timelineLine, len(lines))
	for i, line := range lines {
		line.At = words.moment(line.at, d.now())
		timeline[i] = line.timelineLine
	}
	return timeline
}

// eventLines are the events of a listing. Files that end well one after another
// are one line.
func eventLines(names fileNames) []timed {
	words := names.words
	var lines []timed
	for _, e := range names.Events {
		line := timelineLine{Revision: e.Data.Revision}
		switch e.Type {
		case vitrine.EventListingSettled:
			line.Status, line.State = words.EventSettled, "plain"
		case vitrine.EventListingPublished:
			line.Status, line.State = words.EventPublished, "good"
		case vitrine.EventListingFailed:
			line.Status, line.State = string(e.Data.Status), "bad"
		case vitrine.EventMediaReady:
			if n := len(lines); n > 0 && lines[n-1].ready > 0 {
				lines[n-1].ready++
				lines[n-1].Status = fmt.Sprintf(words.FilesReady, lines[n-1].ready)
				continue
			}
			line.Status, line.State = fmt.Sprintf(words.FilesReady, 1), "good"
			lines = append(lines, timed{line, e.At, 1})
			continue
		case vitrine.EventMediaFailed, vitrine.EventMediaStale:
			line.Status, line.State = words.FailedState, "bad"
			if e.Type == vitrine.EventMediaStale {
				line.Status, line.State = words.Stale, "stale"
			}
			line.Text = names.line(vitrine.RevisionStep{MediaID: e.Data.MediaID}).Name
			line.Message = string(e.Data.Failure) + ": " + vitrine.RuleOf(e.Data.Failure).Message
		default:
			continue
		}
		lines = append(lines, timed{timelineLine: line, at: e.At})
	}
	return lines
}
