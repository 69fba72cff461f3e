package gallery

import (
	"context"
	"net/url"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// What Now looks at, at most.
const (
	nowFlights = 20
	nowEvents  = 2000
	nowLooked  = 500 // rows that the events are about
)

// Now is what happens in an account, and what has happened lately.
type Now struct {
	Open    map[vitrine.MediaState]int
	Flights []store.Flight // the newest first
	Ended   []Ended        // the newest first
	// Published are changes that the public has come to see, the newest first.
	Published []Publication
	More      bool // there was more than Ended and Published hold
}

// Ended is a media that has come to an end.
type Ended struct {
	At      time.Time
	Failure vitrine.FailureCode // "" for none
	Host    string              // of the URL of one that failed, "" for none
}

// Publication is a change that the public has come to see.
type Publication struct {
	At   time.Time
	Took time.Duration // from the write that asked for it
}

// Now looks at what happens in an account, and what has since that time.
func (g *Gallery) Now(ctx context.Context, account int64, since time.Time) (now Now, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		now = Now{}
		if now.Open, err = tx.OpenByState(ctx, account); err != nil {
			return err
		}
		if now.Flights, err = tx.Flights(ctx, account, nowFlights); err != nil {
			return err
		}
		events, err := tx.EventsSince(ctx, account, since, nowEvents)
		if err != nil {
			return err
		}
		now.More = len(events) == nowEvents
		if now.Ended, err = endedOf(ctx, tx, events); err != nil {
			return err
		}
		now.Published, err = publishedOf(ctx, tx, account, events)
		return err
	})
	return now, err
}

func endedOf(ctx context.Context, tx *store.Tx, events []vitrine.Event) ([]Ended, error) {
	var failed []int64
	for _, e := range events {
		if e.Data.Failure != "" && len(failed) < nowLooked {
			failed = append(failed, e.Data.MediaID)
		}
	}
	urls, err := tx.SourceURLs(ctx, failed)
	if err != nil {
		return nil, err
	}
	var ended []Ended
	for _, e := range events {
		switch e.Type {
		case vitrine.EventMediaReady, vitrine.EventMediaFailed, vitrine.EventMediaStale:
			end := Ended{At: e.At, Failure: e.Data.Failure}
			if u, err := url.Parse(urls[e.Data.MediaID]); err == nil && end.Failure != "" {
				end.Host = u.Host
			}
			ended = append(ended, end)
		}
	}
	return ended, nil
}

// publishedOf tells how long publications took, of revisions that nothing has
// followed: of those it is known when they were asked for.
func publishedOf(ctx context.Context, tx *store.Tx, account int64, events []vitrine.Event) ([]Publication, error) {
	type revision struct {
		id       int64
		uuid     string
		revision int64
	}
	published := map[revision]time.Time{}
	var order []revision
	var ids []int64
	var uuids []string
	for _, e := range events {
		if e.Type != vitrine.EventListingPublished || len(order) == nowLooked {
			continue
		}
		r := revision{e.Data.ListingID, e.Data.ClassifiedID, e.Data.Revision}
		if _, again := published[r]; !again {
			order = append(order, r)
			if r.uuid == "" {
				ids = append(ids, r.id)
			} else {
				uuids = append(uuids, r.uuid)
			}
		}
		published[r] = e.At // the first time, as events come newest first
	}
	listings, err := tx.OwnListings(ctx, account, ids, uuids)
	if err != nil {
		return nil, err
	}
	asked := map[revision]time.Time{}
	for _, l := range listings {
		if l.Kind == vitrine.KindClassified {
			asked[revision{uuid: l.UUID, revision: l.Revision}] = l.UpdatedAt
		} else {
			asked[revision{id: l.ID, revision: l.Revision}] = l.UpdatedAt
		}
	}
	var all []Publication
	for _, r := range order {
		if at, known := asked[r]; known {
			all = append(all, Publication{At: published[r], Took: max(0, published[r].Sub(at))})
		}
	}
	return all, nil
}
