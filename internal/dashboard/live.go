package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// A stream of news is ended by us before a proxy would think it dead: the page
// begins another.
const (
	streamLife = 4 * time.Minute
	newsWait   = 20 * time.Second
)

// live streams "news" whenever something has happened in the account: pages that
// listen bring themselves up to date. What it was they see then.
func (d *Dashboard) live(w http.ResponseWriter, r *http.Request, s session) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep it back
	out := http.NewResponseController(w)
	after, err := d.newest(r, s)
	ends := d.now().Add(streamLife)
	text := ": welcome\n\n"
	for err == nil && d.now().Before(ends) && r.Context().Err() == nil && d.stopping.Err() == nil {
		if _, err = fmt.Fprint(w, text); err == nil {
			err = out.Flush()
		}
		if err != nil {
			return // the reader is gone
		}
		var page gallery.EventPage
		page, err = d.awaitNews(r, s, after)
		text = ": nothing new\n\n"
		if n := len(page.Events); n > 0 {
			after, text = page.Events[n-1].Seq, "event: news\ndata:\n\n"
		}
	}
	if err != nil && r.Context().Err() == nil && d.stopping.Err() == nil {
		d.log.ErrorContext(r.Context(), "stream news", "err", err)
	}
}

// newest is the number of the account's newest event.
func (d *Dashboard) newest(r *http.Request, s session) (int64, error) {
	page, err := d.gallery.Events(r.Context(), s.caller.Account.ID, 0, 1, 0)
	return page.Last, err
}

// awaitNews waits for events, until there are some, newsWait has passed, the
// reader is gone or the server stops.
func (d *Dashboard) awaitNews(r *http.Request, s session, after int64) (gallery.EventPage, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	return d.gallery.Events(ctx, s.caller.Account.ID, after, 100, newsWait)
}
