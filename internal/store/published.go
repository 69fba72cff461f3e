package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Published is what stands in one place of a published gallery, and what names
// it.
type Published struct {
	Shown
	Listing   vitrine.Listing // ID, UUID, Kind, ExternalID and ShownAt
	MediaUUID string
	Repeat    int  // places before it in its gallery, seen or not, that have the same media
	Cover     bool // it is the first picture
}

// PublishedQuery says which places of an account's galleries are wanted. Those
// that nobody sees, such as a second video, are none.
type PublishedQuery struct {
	Account     int64
	Listing     int64     // only its own, 0 for all
	From, To    time.Time // only galleries that were published last within these, both included; zero for no bound
	NewestFirst bool      // the galleries that were published last first; otherwise last
	LastFirst   bool      // the places of a gallery from its end
	After       *PublishedPlace
	Offset      int
	Limit       int
}

// PublishedPlace is a place to go on after: it need not be there any more.
type PublishedPlace struct {
	ShownAt  time.Time
	Listing  int64
	Position int
}

// condition is what a query asks of a listing l and a place s.
func (q PublishedQuery) condition() (sql string, args []any) {
	args = []any{q.Account}
	var b strings.Builder
	b.WriteString(`l.account_id = $1 and l.shown_revision > 0
		and (s.type not in ('VIRTUAL_TOUR', 'VIDEO') or not exists
			(select 1 from shown e where e.listing_id = s.listing_id and e.type = s.type and e.position < s.position))`)
	add := func(text string, more ...any) {
		marks := make([]any, len(more))
		for i := range more {
			marks[i] = fmt.Sprintf("$%d", len(args)+i+1)
		}
		fmt.Fprintf(&b, " and "+text, marks...)
		args = append(args, more...)
	}
	if q.Listing != 0 {
		add("l.id = %s", q.Listing)
	}
	if !q.From.IsZero() {
		add("l.shown_at >= %s", Millis(q.From))
	}
	if !q.To.IsZero() {
		add("l.shown_at <= %s", Millis(q.To))
	}
	if q.After != nil {
		galleries, places := comparison(!q.NewestFirst), comparison(!q.LastFirst)
		at, listing := Millis(q.After.ShownAt), q.After.Listing
		add("l.shown_at "+galleries+"= %s", at) // what an index can go by
		add("((l.shown_at, l.id) "+galleries+" (%s, %s) or l.id = %s and s.position "+places+" %s)", at, listing, listing, q.After.Position)
	}
	return b.String(), args
}

func comparison(ascending bool) string {
	if ascending {
		return ">"
	}
	return "<"
}

func direction(ascending bool) string {
	if ascending {
		return ""
	}
	return " desc"
}

// Published gives places of published galleries, without variants. Galleries
// that were published at once are in the order in which they were made.
func (tx *Tx) Published(ctx context.Context, q PublishedQuery) ([]Published, error) {
	where, args := q.condition()
	galleries, places := direction(!q.NewestFirst), direction(!q.LastFirst)
	return collect(ctx, tx, func(row scanner) (p Published, err error) {
		var shownAt int64
		p.Shown, err = scanShown(row, &p.Listing.ID, &p.Listing.UUID, &p.Listing.Kind, &p.Listing.ExternalID, &shownAt, &p.MediaUUID, &p.Repeat, &p.Cover)
		p.Listing.ShownAt = Time(shownAt)
		return p, err
	}, fmt.Sprintf(`select %s, l.id, l.uuid, l.kind, coalesce(l.external_id, ''), l.shown_at, m.uuid,
			(select count(*) from shown e where e.listing_id = s.listing_id and e.media_id = s.media_id and e.position < s.position),
			s.type in ('PICTURE', 'PANORAMA') and not exists
				(select 1 from shown e where e.listing_id = s.listing_id and e.type in ('PICTURE', 'PANORAMA') and e.position < s.position)
		from listing l join shown s on s.listing_id = l.id join media m on m.id = s.media_id left join content c on c.sha256 = s.sha256
		where %s order by l.shown_at%s, l.id%s, s.position%s limit $%d offset $%d`,
		shownColumns, where, galleries, galleries, places, len(args)+1, len(args)+2), append(args, q.Limit, q.Offset)...)
}

// CountPublished counts all places that a query is about, whatever it goes on
// after and however many it wants.
func (tx *Tx) CountPublished(ctx context.Context, q PublishedQuery) (n int, err error) {
	q.After = nil
	where, args := q.condition()
	err = tx.QueryRow(ctx, `select count(*) from listing l join shown s on s.listing_id = l.id where `+where, args...).Scan(&n)
	return n, err
}
