package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine/internal/store"
)

// The rows of BenchmarkResyncCurve. Of each number there is a classified and a
// listing. Those of one number in curveFull have curveMedia pictures and are
// sent; the others, which stand there for the size of the database, have
// curveShort. All pictures are ready.
const (
	curveFull  = 10
	curveMedia = 20
	curveShort = 2
	curveBatch = 10_000 // numbers of one transaction
)

// curveUUID begins the UUIDs of classifieds; their number follows.
const curveUUID = "00000000-0000-4000-8000-"

// curveRows are statements that insert what there is of the numbers from $1 to
// $2, for the account {account}.
var curveRows = []string{
	`insert into listing (id, uuid, gallery, account_id, kind, external_id, status, revision, settled_revision, digest, form_data, created_at, updated_at, synced_at)
		` + curveNumbers + `select 2*i, '` + curveUUID + `' || substr(cast(1000000000000 + i as text), 2), 'classified' || i, {account}, 'classified', 'estate-' || i,
		'UPDATED', 1, 1, '', '{"portals":["SL","BUCOM"],"data":{"text":"A bright flat near the river."}}', 1, 1, 1 from n`,
	`insert into listing (id, uuid, gallery, account_id, kind, external_id, status, revision, settled_revision, digest, form_data, created_at, updated_at, synced_at)
		` + curveNumbers + `select 2*i + 1, '00000000-0000-4000-9000-' || substr(cast(1000000000000 + i as text), 2), 'listing' || i, {account}, 'listing', 'flat-' || i,
		'draft', 1, 1, '', '{}', 1, 1, 1 from n`,
	`insert into listing_status (uuid, listing_id, revision, portals, status, sub_status, detail, message, at, media)
		` + curveNumbers + `select 'status' || i, 2*i, 1, '["SL","BUCOM"]', 'UPDATED', '', '', '', 1, '[]' from n`,
	`insert into media (id, uuid, account_id, external_id, kind, url, identity, version, state, seq, created_at, updated_at)
		` + curveNumbers + curvePlaces + `select i*100 + k, '00000000-0000-4000-a000-' || substr(cast(1000000000000 + i*100 + k as text), 2), {account},
		'photo-' || i || '-' || k, 'image', 'https://images.example/' || i || '/' || k || '.jpg', '', '', 'ready', 1, 1, 1 ` + curveEach,
	`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title)
		` + curveNumbers + curvePlaces + `select 2*i, k, i*100 + k, 'PICTURE', 'https://images.example/' || i || '/' || k || '.jpg', '', '', '[]', '' ` + curveEach,
}

const (
	curveNumbers = `with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < $2) `
	curvePlaces  = `, p(k) as (select 0 union all select k + 1 from p where k < 19) `
	curveEach    = `from n join p on k < case when i % 10 = 0 then 20 else 2 end`
)

// grow makes there be that many classifieds, and as many listings, where there
// were fewer.
func (c *curve) grow(size int) {
	c.b.Helper()
	ctx := c.b.Context()
	for c.size < size {
		from, to := c.size+1, min(size, c.size+curveBatch)
		c.write(func(tx *store.Tx) error {
			for _, rows := range curveRows {
				if _, err := tx.Exec(ctx, strings.ReplaceAll(rows, "{account}", fmt.Sprint(c.account)), from, to); err != nil {
					return err
				}
			}
			return c.digests(ctx, tx, from, to)
		})
		c.size = to
	}
	if c.db.Engine() == store.Postgres {
		// As it does by itself in time: else it does so while we measure. The first
		// write of a page after a checkpoint costs more, whoever writes.
		for _, statement := range []string{"vacuum analyze", "checkpoint"} {
			if _, err := c.raw.ExecContext(ctx, statement); err != nil {
				c.b.Fatal(err)
			}
		}
	}
}

// digests has the classifieds that are sent known by their bodies.
func (c *curve) digests(ctx context.Context, tx *store.Tx, from, to int) error {
	for i := from; i <= to; i++ {
		if i%curveFull != 0 {
			continue
		}
		sum := sha256.Sum256(curveClassified(i))
		if _, err := tx.Exec(ctx, `update listing set digest = $2 where id = $1`, 2*i, hex.EncodeToString(sum[:])); err != nil {
			return err
		}
	}
	return nil
}

func (c *curve) write(fn func(*store.Tx) error) {
	c.b.Helper()
	if err := c.db.Write(c.b.Context(), fn); err != nil {
		c.b.Fatal(err)
	}
}

// curveClassified is the body of a classified.
func curveClassified(i int) []byte {
	media := make([]string, curveMedia)
	for k := range media {
		media[k] = fmt.Sprintf(`{"url": "https://images.example/%d/%d.jpg", "mediaType": "PICTURE", "category": "LIVING_ROOM", `+
			`"tags": ["LIVING_ROOM", "INDOOR"], "title": "Living room with a view, picture %d"}`, i, k, k)
	}
	return fmt.Appendf(nil, `{"portals": ["SL", "BUCOM"], "data": {"metaData": {"source": {"offererEstateId": "estate-%d"}}, "rooms": 3.5, "text": "%s"}, "media": [%s]}`,
		i, curveText, strings.Join(media, ", "))
}

// curveListing is the body of a listing.
func curveListing(i int) []byte {
	files := make([]string, curveMedia)
	for k := range files {
		files[k] = fmt.Sprintf(`{"url": "https://images.example/%d/%d.jpg", "externalFileId": "photo-%d-%d"}`, i, k, i, k)
	}
	return fmt.Appendf(nil, `{"externalId": "flat-%d", "announcementType": "sale", "announcementValue": 120000, "announcementDescription": "%s", "files": [%s]}`,
		i, curveText, strings.Join(files, ", "))
}

var curveText = strings.Repeat("A bright flat near the river. ", 40)
