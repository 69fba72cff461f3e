package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// OpenByState counts the media of an account that wait or are being worked on.
func (tx *Tx) OpenByState(ctx context.Context, account int64) (map[vitrine.MediaState]int, error) {
	type count struct {
		state vitrine.MediaState
		n     int
	}
	counts, err := collect(ctx, tx, func(row scanner) (c count, err error) {
		return c, row.Scan(&c.state, &c.n)
	}, `select state, count(*) from media where account_id = $1 and state in ('pending', 'processing') group by state`, account)
	open := map[vitrine.MediaState]int{}
	for _, c := range counts {
		open[c.state] = c.n
	}
	return open, err
}

// Flight is a media that is being worked on, in one of the lists that it stands in.
type Flight struct {
	Media   vitrine.Media
	Listing string // its UUID, "" for none
}

// Flights gives the media of an account that are being worked on, the newest
// first.
func (tx *Tx) Flights(ctx context.Context, account int64, limit int) ([]Flight, error) {
	return collect(ctx, tx, func(row scanner) (f Flight, err error) {
		f.Media, err = scanMedia(row, &f.Listing)
		return f, err
	}, `select `+mediaFields+`, coalesce((select l.uuid from placement p join listing l on l.id = p.listing_id where p.media_id = m.id order by p.listing_id limit 1), '')`+
		mediaTables+`where m.account_id = $1 and m.state = 'processing' order by m.id desc limit $2`, account, limit)
}

// EventsSince gives the events of an account from that time on, newest first.
func (tx *Tx) EventsSince(ctx context.Context, account int64, since time.Time, limit int) ([]vitrine.Event, error) {
	return collect(ctx, tx, scanEvent, `select seq, type, at, data from event where account_id = $1 and at >= $2 order by seq desc limit $3`,
		account, Millis(since), limit)
}

// SourceURLs gives the URLs of those media, as they were sent last.
func (tx *Tx) SourceURLs(ctx context.Context, ids []int64) (map[int64]string, error) {
	type source struct {
		id  int64
		url string
	}
	list, args := in(ids)
	sources, err := collect(ctx, tx, func(row scanner) (s source, err error) {
		return s, row.Scan(&s.id, &s.url)
	}, `select id, url from media where id in (`+list+`)`, args...)
	urls := map[int64]string{}
	for _, s := range sources {
		urls[s.id] = s.url
	}
	return urls, err
}

// OwnListings gives those of an account's listings and classifieds that still
// have one of these ids or UUIDs.
func (tx *Tx) OwnListings(ctx context.Context, account int64, ids []int64, uuids []string) ([]vitrine.Listing, error) {
	byID, args := in(ids)
	found, err := collect(ctx, tx, scanListing, listingColumns+`where id in (`+byID+`)`, args...)
	if err != nil {
		return nil, err
	}
	byUUID, args := in(uuids)
	more, err := collect(ctx, tx, scanListing, listingColumns+`where uuid in (`+byUUID+`)`, args...)
	var own []vitrine.Listing
	for _, l := range append(found, more...) {
		if l.AccountID == account {
			own = append(own, l)
		}
	}
	return own, err
}

// in gives the places of a list of arguments, null for an empty one, which
// nothing is in.
func in[T any](values []T) (places string, args []any) {
	if len(values) == 0 {
		return "null", nil
	}
	list := make([]string, len(values))
	for i, value := range values {
		list[i], args = fmt.Sprintf("$%d", i+1), append(args, value)
	}
	return strings.Join(list, ", "), args
}
