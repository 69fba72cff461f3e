package dashboard

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// lately is how far back the page of what happens now looks, in plots of one
// column for each step.
const (
	lately   = time.Hour
	plotStep = 2 * time.Minute
)

// nowPage is what happens in the account, and what has lately.
type nowPage struct {
	Waiting, Working int
	Ready, Failed    int
	Flights          []flightLine
	Ended, Published plot
	Typical, Slow    string // the median and the 95th percentile of publications, "" for none
	Codes, Hosts     []tally
	More             bool
	All              *queuesPart // of all accounts, for their operator; nil for others
}

// flightLine is a file that is being worked on.
type flightLine struct {
	Address, Name string // Address is "" of one that stands in no list
	Progress      int    // percent, 0 where it isn't known
	Since         moment
}

// tally is how often something was.
type tally struct {
	Name   string
	Remedy string // of a failure code
	Count  int
}

// showNow shows what happens.
func (d *Dashboard) showNow(w http.ResponseWriter, r *http.Request, s session) {
	at := d.now()
	since := at.Truncate(plotStep).Add(plotStep - lately)
	found, err := d.gallery.Now(r.Context(), s.caller.Account.ID, since)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	page := nowPage{
		All:     d.queues(r.Context(), words, s),
		Waiting: found.Open[vitrine.MediaPending], Working: found.Open[vitrine.MediaProcessing], More: found.More,
		Ended: endedPlot(found.Ended, since), Published: publishedPlot(found.Published, since),
		Codes: tallyOf(found.Ended, func(e gallery.Ended) string { return string(e.Failure) }),
		Hosts: tallyOf(found.Ended, func(e gallery.Ended) string { return e.Host }),
	}
	for i := range page.Codes {
		page.Codes[i].Remedy = vitrine.RuleOf(vitrine.FailureCode(page.Codes[i].Name)).Remedy
	}
	for _, e := range found.Ended {
		if e.Failure == "" {
			page.Ready++
		} else {
			page.Failed++
		}
	}
	if took := tookOf(found.Published); len(took) > 0 {
		page.Typical, page.Slow = fmt.Sprintf(words.Seconds, quantile(took, 0.5).Seconds()), fmt.Sprintf(words.Seconds, quantile(took, 0.95).Seconds())
	}
	for _, f := range found.Flights {
		line := flightLine{Name: cmp.Or(f.Media.ExternalID, f.Media.Source.URL, f.Media.UUID), Progress: f.Media.Progress, Since: words.moment(f.Media.UpdatedAt, at)}
		if f.Listing != "" {
			line.Address = "/listings/" + f.Listing + "/media/" + f.Media.UUID
		}
		page.Flights = append(page.Flights, line)
	}
	d.show(w, r, http.StatusOK, "now", frame{Title: words.Now, Account: s.caller.Account.Name, Here: "now", Polls: page.All != nil, Page: page})
}

// endedPlot counts what has ended in each step, failures on top.
func endedPlot(ended []gallery.Ended, since time.Time) plot {
	p := newPlot()
	for _, e := range ended {
		if column := p.column(e.At, since); column != nil {
			if e.Failure == "" {
				column.Good++
			} else {
				column.Bad++
			}
		}
	}
	return p.drawn()
}

// publishedPlot is the slowest publication of each step, in seconds.
func publishedPlot(published []gallery.Publication, since time.Time) plot {
	p := newPlot()
	for _, each := range published {
		if column := p.column(each.At, since); column != nil {
			column.Good = max(column.Good, each.Took.Seconds())
		}
	}
	return p.drawn()
}

// tallyOf counts the names that failures have, the most frequent first.
func tallyOf(ended []gallery.Ended, name func(gallery.Ended) string) []tally {
	counts := map[string]int{}
	for _, e := range ended {
		if n := name(e); n != "" {
			counts[n]++
		}
	}
	var all []tally
	for n, count := range counts {
		all = append(all, tally{Name: n, Count: count})
	}
	slices.SortFunc(all, func(a, b tally) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return all[:min(len(all), 10)]
}

func tookOf(published []gallery.Publication) []time.Duration {
	var took []time.Duration
	for _, p := range published {
		took = append(took, p.Took)
	}
	slices.Sort(took)
	return took
}

// quantile is the one of sorted spans that a share of them doesn't exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
