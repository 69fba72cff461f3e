package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"
)

// mediaEach is how many media a measured classified has.
const mediaEach = 10

// BenchmarkRows fills a database through the API with classifieds of 10
// pictures, all with bytes of their own, and looks at its tables; it sends all
// of them again as they are, and again with one changed picture each.
func BenchmarkRows(b *testing.B) {
	r := newRig(b)
	r.serve.Store(slimPicture(b))
	for b.Loop() {
		r.sent += *listings
		ids := make([]string, *listings)
		r.each(len(ids), func(i int) error {
			written, err := r.client.PostClassified(b.Context(), r.classified(i, 0))
			ids[i] = written.ClassifiedID
			return err
		})
		r.settled()
		rows := Rows{Listings: r.sent, Media: r.sent * mediaEach, Tables: r.tables()}

		var resent spent
		var perSecond []float64
		for range *rounds {
			before, began := r.costs(), time.Now()
			r.putAll(ids, 0)
			perSecond = append(perSecond, float64(len(ids))/time.Since(began).Seconds())
			resent.add(before, r.costs(), len(ids))
		}
		unchanged := Unchanged{
			ServerMillis: median(resent.server), DatabaseMillis: median(resent.database), WALBytes: median(resent.wal),
			Commits: median(resent.commits), PerSecond: median(perSecond),
		}

		before := r.counts()
		r.putAll(ids, 1)
		r.settled()
		changed := Changed{RowsAdded: map[string]float64{}}
		for table, n := range r.counts() {
			if added := n - before[table]; added != 0 {
				changed.RowsAdded[table] = float64(added) / float64(len(ids))
			}
		}
		b.ReportMetric(unchanged.ServerMillis, "server-cpu-ms/unchanged")
		b.ReportMetric(unchanged.DatabaseMillis, "database-cpu-ms/unchanged")
		b.ReportMetric(unchanged.WALBytes, "wal-B/unchanged")
		b.ReportMetric(unchanged.PerSecond, "unchanged/s")
		b.ReportMetric(rows.perMedia(), "B/media")
		record(b, func(m *Measured) { m.Rows, m.Unchanged, m.Changed = rows, unchanged, changed })
	}
}

// slimPicture gives for each URI a picture that is cheap to make but wide
// enough for all variants.
func slimPicture(b *testing.B) func(uri string) []byte {
	b.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1200, 16))
	for x := range 1200 {
		for y := range 16 {
			img.Set(x, y, color.RGBA{uint8(x / 5), uint8(y * 16), 128, 255})
		}
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, img, nil); err != nil {
		b.Fatal(err)
	}
	return func(uri string) []byte { return append(bytes.Clone(encoded.Bytes()), uri...) }
}

// classified is one of a round's, as a CRM sends it; its first picture is in
// that version.
func (r *rig) classified(n, version int) json.RawMessage {
	n += r.sent
	var body bytes.Buffer
	fmt.Fprintf(&body, `{"portals": ["SL", "BUCOM"], "data": {"metaData": {"source": {"offererEstateId": "estate-%d"}}, "rooms": 3.5, "text": "%s"}, "media": [`,
		n, strings.Repeat("A bright flat near the river. ", 40))
	for i := range mediaEach {
		if i > 0 {
			body.WriteString(", ")
		}
		fmt.Fprintf(&body, `{"url": "%s/agency/77/estate/%d/photo-%02d.jpg?size=large&timestamp=2026-02-13T09:25:%02d", "mediaType": "PICTURE", `+
			`"category": "LIVING_ROOM", "tags": ["LIVING_ROOM", "INDOOR"], "title": "Living room with a view, picture %d"}`, r.origin, n, i, version, i)
		version = 0
	}
	body.WriteString("]}")
	return body.Bytes()
}

func (r *rig) putAll(ids []string, version int) {
	r.Helper()
	r.each(len(ids), func(i int) error {
		_, err := r.client.PutClassified(r.Context(), ids[i], r.classified(i, version))
		return err
	})
}

// counts are the rows of all tables.
func (r *rig) counts() map[string]int64 {
	r.Helper()
	counts := map[string]int64{}
	for _, name := range r.names(`select tablename from pg_tables where schemaname = current_schema()`) {
		counts[name] = int64(r.number(`select count(*)::float8 from ` + name))
	}
	return counts
}

func (r *rig) names(query string, args ...any) (names []string) {
	r.Helper()
	rows, err := r.db.Query(r.Context(), query, args...)
	if err != nil {
		r.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			r.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		r.Fatal(err)
	}
	return names
}

// tables are those that hold more than a row or two, the largest first, as they are after a full
// vacuum: what a steady load leaves free in them comes on top.
func (r *rig) tables() (tables []Table) {
	r.Helper()
	if _, err := r.db.Exec(r.Context(), `vacuum full`); err != nil {
		r.Fatal(err)
	}
	for name, rows := range r.counts() {
		if rows < int64(*listings) {
			continue
		}
		t := Table{Name: name, Rows: rows, Bytes: int64(r.number(`select pg_table_size($1::text::regclass)::float8`, name))}
		for _, index := range r.names(`select indexrelid::regclass::text from pg_index where indrelid = $1::text::regclass order by 1`, name) {
			size := int64(r.number(`select pg_relation_size($1::text::regclass)::float8`, index))
			t.Indexes = append(t.Indexes, Index{index, size})
			t.IndexBytes += size
		}
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b Table) int { return int(b.Bytes + b.IndexBytes - a.Bytes - a.IndexBytes) })
	return tables
}
