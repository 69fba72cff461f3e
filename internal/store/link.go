package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
)

func linkOf(text string) (*vitrine.Link, error) {
	if text == "" {
		return nil, nil
	}
	link := new(vitrine.Link)
	return link, json.Unmarshal([]byte(text), link)
}

// linkText is a link as it is stored, "" for nil.
func linkText(link *vitrine.Link) (string, error) {
	if link == nil {
		return "", nil
	}
	return jsonText(link)
}

// WantLink notes what the page says that the newest wish of a media has led to,
// if seq is still its newest. It becomes what the media says when that ends well.
func (tx *Tx) WantLink(ctx context.Context, id, seq int64, link vitrine.Link) error {
	text, err := linkText(&link)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update media set wanted_link = $3 where id = $1 and seq = $2`, id, seq, text)
	return err
}

// ForgetLink has a link lead nowhere any more.
func (tx *Tx) ForgetLink(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `update media set good_url = '', `+showsNothing+` where id = $1`, id)
	return err
}

// DueLink is a link at rest that is to be looked at again.
type DueLink struct {
	MediaID, Seq int64
	At           time.Time // since when
}

// DueLinks gives some links in lists whose time to be looked at has come.
func (tx *Tx) DueLinks(ctx context.Context, now time.Time, limit int) ([]DueLink, error) {
	return collect(ctx, tx, func(row scanner) (d DueLink, err error) {
		var at int64
		err = row.Scan(&d.MediaID, &d.Seq, &at)
		d.At = Time(at)
		return d, err
	}, `select id, seq, check_at from media where check_at > 0 and check_at <= $1 and state in ('ready', 'failed')
		and exists (select 1 from placement where placement.media_id = media.id) order by check_at limit $2`, Millis(now), limit)
}

// PutOffCheck has a due link looked at again at that time. It reports whether
// it was still due: else another node sees to it.
func (tx *Tx) PutOffCheck(ctx context.Context, due DueLink, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set check_at = $3 where id = $1 and check_at = $2`, due.MediaID, Millis(due.At), Millis(until))
	return n > 0, err
}

// CheckAt has a link looked at again at that time.
func (tx *Tx) CheckAt(ctx context.Context, id int64, at time.Time) error {
	_, err := tx.Exec(ctx, `update media set check_at = $2 where id = $1`, id, Millis(at))
	return err
}
