package audittest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// event is one line of an account's feed.
type event struct {
	account, seq int64
	kind         string
	about        struct {
		ListingID    int64
		ClassifiedID string
		Revision     int64
		MediaID      int64
	}
}

// told is what the feed says of a listing so far.
type told struct {
	revision, settled int64
	deleted           bool
}

// events holds the feeds against themselves, and against what has happened.
func (a *audit) events(ctx context.Context) error {
	last, err := a.lastEvents(ctx)
	if err != nil {
		return err
	}
	all, err := collect(ctx, a.db, `select account_id, seq, type, data from event order by account_id, seq`, func(scan scan) (e event, err error) {
		var data []byte
		if err := scan(&e.account, &e.seq, &e.kind, &data); err != nil {
			return e, err
		}
		return e, json.Unmarshal(data, &e.about)
	})
	if err != nil {
		return err
	}
	before := map[int64]int64{}
	whole := map[int64]bool{} // accounts of which nothing was forgotten
	lists, ends := map[string]*told{}, map[int64]string{}
	for _, e := range all {
		if was, begun := before[e.account]; begun && e.seq != was+1 {
			a.find(MissingEvent, "account %d: %d follows %d", e.account, e.seq, was)
		} else if !begun {
			whole[e.account] = e.seq == 1
		}
		before[e.account] = e.seq
		a.hear(e, lists)
		if e.kind == "media.ready" || e.kind == "media.failed" || e.kind == "media.stale" {
			ends[e.about.MediaID] = e.kind
		}
	}
	for account, seq := range last {
		if was, any := before[account]; any && was != seq {
			a.find(MissingEvent, "account %d: the newest is %d, and %d were made", account, was, seq)
		}
	}
	a.unheard(whole, lists)
	return a.unheardMedia(ctx, whole, ends)
}

func (a *audit) lastEvents(ctx context.Context) (map[int64]int64, error) {
	type counted struct{ account, seq int64 }
	all, err := collect(ctx, a.db, `select id, event_seq from account`, func(scan scan) (c counted, err error) {
		return c, scan(&c.account, &c.seq)
	})
	last := map[int64]int64{}
	for _, c := range all {
		last[c.account] = c.seq
	}
	return last, err
}

// hear notes what an event says of a listing, whose revisions only go up, and
// which settles once at each.
func (a *audit) hear(e event, lists map[string]*told) {
	name := e.about.ClassifiedID
	if e.about.ListingID != 0 {
		name = fmt.Sprint(e.about.ListingID)
	}
	if name == "" {
		return
	}
	l := lists[name]
	if l == nil {
		l = &told{}
		lists[name] = l
	}
	if e.about.Revision < l.revision {
		a.find(DisorderedEvent, "account %d: %s %d of listing %s tells of revision %d after %d", e.account, e.kind, e.seq, name, e.about.Revision, l.revision)
	}
	l.revision = e.about.Revision
	switch e.kind {
	case "listing.settled":
		if e.about.Revision <= l.settled {
			a.find(DisorderedEvent, "account %d: event %d settles listing %s at %d after %d", e.account, e.seq, name, e.about.Revision, l.settled)
		}
		l.settled = e.about.Revision
	case "listing.deleted":
		l.deleted = true
	}
}

// unheard looks for listings whose newest revision has settled, or that are
// gone, without a word of it.
func (a *audit) unheard(whole map[int64]bool, lists map[string]*told) {
	there := map[string]bool{}
	for _, l := range a.adverts {
		name := fmt.Sprint(l.id)
		if l.kind == "classified" {
			name = l.uuid
		}
		there[name] = true
		heard := lists[name]
		if heard == nil {
			heard = &told{}
		}
		switch {
		case !whole[l.account]:
		case l.status == "DELETED" && !heard.deleted:
			a.find(MissingEvent, "listing %s is deleted", name)
		case l.status != "DELETED" && l.settled != heard.settled:
			a.find(MissingEvent, "listing %s has settled at revision %d, and the last that was told is %d", name, l.settled, heard.settled)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if !there[name] && !lists[name].deleted {
			a.find(MissingEvent, "listing %s is gone", name)
		}
	}
}

// unheardMedia looks for media that have ended otherwise than was told last.
func (a *audit) unheardMedia(ctx context.Context, whole map[int64]bool, ends map[int64]string) error {
	type owned struct{ id, account int64 }
	all, err := collect(ctx, a.db, `select id, account_id from media order by id`, func(scan scan) (o owned, err error) {
		return o, scan(&o.id, &o.account)
	})
	for _, o := range all {
		m := a.medias[o.id]
		want := "media.ready"
		switch {
		case m.state == "failed":
			want = "media.failed"
		case m.failCode != "":
			want = "media.stale"
		}
		if whole[o.account] && m.ended() && ends[o.id] != want {
			a.find(MissingEvent, "media %d is %s, and the last that was told is %q, not %q", o.id, m.state, ends[o.id], want)
		}
	}
	return err
}
