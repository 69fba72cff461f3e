package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/client"
)

// BenchmarkServer is what a photo of the corpus costs the parts of a vitrined
// over PostgreSQL and S3, from PUT to published.
func BenchmarkServer(b *testing.B) {
	r := newRig(b)
	photos := files(b, "photos")
	contents := map[string][]byte{}
	for _, photo := range photos {
		content, err := os.ReadFile(photo)
		if err != nil {
			b.Fatal(err)
		}
		contents["/"+filepath.Base(photo)] = content
	}
	// Known bytes are not optimised again: each round sends its own. A path is
	// "/name/round" or "/name/round/again", which has the bytes of the former.
	r.serve.Store(func(path string) []byte {
		name, round, _ := strings.Cut(path[1:], "/")
		round, _, _ = strings.Cut(round, "/")
		return append(bytes.Clone(contents["/"+name]), round...)
	})
	put := func(round string) costs {
		before := r.costs()
		for at := 0; at < len(photos); at += 11 {
			in := client.ListingInput{ExternalID: fmt.Sprint(round, at), Status: "active"}
			for _, photo := range photos[at:min(at+11, len(photos))] {
				in.Files = append(in.Files, client.File{URL: r.origin + "/" + filepath.Base(photo) + "/" + round})
			}
			if _, err := r.client.PutListing(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
		r.settled()
		return before
	}
	put("warm")
	var all, known spent
	n := 0
	for b.Loop() {
		all, known = spent{}, spent{}
		for range *rounds {
			n++
			name := fmt.Sprint(n)
			all.add(put(name), r.costs(), len(photos))
			known.add(put(name+"/again"), r.costs(), len(photos))
		}
	}
	p := PerPhoto{
		ServerMillis: median(all.server), FetchMillis: median(known.server), DecoderMillis: median(all.children),
		DatabaseMillis: median(all.database), WALBytes: median(all.wal), Commits: median(all.commits),
		FetchWall: r.number(`select percentile_cont(0.5) within group (order by duration_ms) from attempt where stage = 'fetch'`),
	}
	if n := r.number(`select count(*)::float8 from media where state <> 'ready'`); n > 0 {
		b.Errorf("%v media are not ready", n)
	}
	b.ReportMetric(p.ServerMillis, "server-cpu-ms/photo")
	b.ReportMetric(p.FetchMillis, "fetch-cpu-ms/photo")
	b.ReportMetric(p.DecoderMillis, "decoder-cpu-ms/photo")
	b.ReportMetric(p.DatabaseMillis, "database-cpu-ms/photo")
	b.ReportMetric(p.WALBytes, "wal-B/photo")
	record(b, func(m *Measured) {
		p.LockedMillis = m.PerPhoto.LockedMillis // another benchmark's
		m.PerPhoto = p
	})
}
