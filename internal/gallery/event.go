package gallery

import (
	"context"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// emit adds an event to its account's feed, which the caller has locked, and
// has it delivered to the endpoints that want it.
func (g *Gallery) emit(ctx context.Context, tx *store.Tx, event vitrine.Event) error {
	event.At = g.now()
	var err error
	if event.Seq, err = tx.InsertEvent(ctx, event); err != nil {
		return err
	}
	account := event.Data.AccountID
	tx.OnCommit(func() { g.news.tell(account) })
	return g.deliverEvent(ctx, tx, event)
}

// aboutListing is an event about a listing as it is now.
func aboutListing(kind vitrine.EventType, listing vitrine.Listing) vitrine.Event {
	data := vitrine.EventData{
		AccountID: listing.AccountID, ExternalID: listing.ExternalID, Revision: listing.Revision, Status: listing.Status,
	}
	if listing.Kind == vitrine.KindClassified {
		data.ClassifiedID = listing.UUID
	} else {
		data.ListingID = listing.ID
	}
	return vitrine.Event{Type: kind, Data: data}
}

// emitEnd tells how a media has ended.
func (g *Gallery) emitEnd(ctx context.Context, tx *store.Tx, m vitrine.Media) error {
	event := vitrine.Event{Type: vitrine.EventMediaReady, Data: vitrine.EventData{
		AccountID: m.AccountID, ExternalID: m.ExternalID, MediaID: m.ID, MediaUUID: m.UUID,
	}}
	if m.Failure != nil {
		event.Type, event.Data.Failure = vitrine.EventMediaFailed, m.Failure.Code
		if isGood(m) {
			event.Type = vitrine.EventMediaStale
		}
		if g.failed != nil {
			tx.OnCommit(func() { g.failed(event.Data.Failure) })
		}
	}
	listings, err := tx.ListingsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	for _, id := range listings {
		listing, err := tx.AnyListing(ctx, id)
		if err != nil {
			return err
		}
		about := aboutListing(event.Type, listing).Data
		event.Data.Listings = append(event.Data.Listings, vitrine.EventPlace{
			ListingID: about.ListingID, ClassifiedID: about.ClassifiedID, Revision: about.Revision,
		})
	}
	return g.emit(ctx, tx, event)
}

// EventPage is a part of an account's feed.
type EventPage struct {
	Events      []vitrine.Event // oldest first
	First, Last int64           // the oldest and the newest that are kept, 0 for none
}

// elsewhere is how often a waiting reader looks for what other nodes have
// written.
const elsewhere = time.Second

// Events gives the events after that number, oldest first. When there is none
// it waits for one, for at most wait; 0 doesn't wait.
func (g *Gallery) Events(ctx context.Context, account, after int64, limit int, wait time.Duration) (EventPage, error) {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for {
		told := g.news.of(account) // before looking, so that nothing falls between
		page, err := g.events(ctx, account, after, limit)
		if err != nil || len(page.Events) > 0 || wait == 0 {
			return page, err
		}
		look := time.NewTimer(elsewhere)
		select {
		case <-told:
		case <-look.C:
		case <-deadline.C:
			look.Stop()
			return page, nil
		case <-ctx.Done():
			look.Stop()
			return page, context.Cause(ctx)
		}
		look.Stop()
	}
}

func (g *Gallery) events(ctx context.Context, account, after int64, limit int) (page EventPage, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		if page.Events, err = tx.Events(ctx, account, after, limit); err != nil {
			return err
		}
		page.First, page.Last, err = tx.EventBounds(ctx, account)
		return err
	})
	return page, err
}

// news wakes those who wait for an event of an account on this node.
type news struct {
	mu   sync.Mutex
	next map[int64]chan struct{} // closed by the account's next event
}

func newNews() *news { return &news{next: map[int64]chan struct{}{}} }

// of gives a channel that is closed by the account's next event.
func (n *news) of(account int64) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next[account] == nil {
		n.next[account] = make(chan struct{})
	}
	return n.next[account]
}

func (n *news) tell(account int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next[account] != nil {
		close(n.next[account])
		delete(n.next, account)
	}
}
