package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// writeCosts prints what was measured as two tables in Markdown: what work
// costs, and what rows take.
func writeCosts(w io.Writer, m Measured) error {
	jpeg, heic := photosBy(m, "jpg"), photosBy(m, "heic")
	all := slices.Concat(jpeg, heic)
	cpu := func(p Photo) float64 { return p.CPUMillis }
	phone := m.Videos[0]
	var b strings.Builder
	row := func(name, format string, args ...any) { fmt.Fprintf(&b, "| "+name+" | "+format+" |\n", args...) }
	b.WriteString("| what | measured |\n|---|---:|\n")
	row("decode, scale and encode a photo: mean of the corpus", "%.0f ms", mean(all, cpu))
	row("– its JPEGs, mean", "%.0f ms", mean(jpeg, cpu))
	row("– its HEICs, mean", "%.0f ms", mean(heic, cpu))
	row("the same in children, below a server", "%.0f ms", m.PerPhoto.DecoderMillis)
	row("a photo: the server's own CPU", "%.0f ms", m.PerPhoto.ServerMillis)
	row("– of that, fetching and hashing known bytes", "%.1f ms", m.PerPhoto.FetchMillis)
	row("– its download from this machine, hash and bucket, by the clock", "%.0f ms", m.PerPhoto.FetchWall)
	row("a photo: PostgreSQL's CPU", "%.1f ms", m.PerPhoto.DatabaseMillis)
	row("a photo: WAL", "%s", size(m.PerPhoto.WALBytes))
	row("a photo: commits", "%.0f", m.PerPhoto.Commits)
	row("a photo: its account's row is locked, without fsync", "%.1f ms", m.PerPhoto.LockedMillis)
	row("an unchanged PUT: the server's CPU", "%.2f ms", m.Unchanged.ServerMillis)
	row("an unchanged PUT: PostgreSQL's CPU", "%.2f ms", m.Unchanged.DatabaseMillis)
	row("an unchanged PUT: WAL", "%s", size(m.Unchanged.WALBytes))
	row("unchanged PUTs a second, client and all on 2 cores", "%s", amount(m.Unchanged.PerSecond))
	for _, t := range m.Tasks {
		row(fmt.Sprintf("River: tasks a second, with %s waiting", amount(float64(t.Depth))), "%s", amount(t.PerSecond))
	}
	row("a task: PostgreSQL's CPU to enqueue it, and to take and finish it", "%.2f + %.2f ms", m.Tasks[0].EnqueueMillis, m.Tasks[0].DatabaseMillis)
	how := "commits"
	if m.Commits.Synced {
		how = "synced commits"
	}
	row(fmt.Sprintf("%s a second, of %d writers", how, m.Commits.Writers), "%s", amount(m.Commits.PerSecond))
	row("– that each wake a lane", "%s", amount(m.Commits.WakingPerSecond))
	row("a second of 1080p video, made into two sizes: CPU", "%.1f s", phone.CPUSeconds/phone.Seconds)
	row("an original: mean of the corpus", "%s", size(mean(all, func(p Photo) float64 { return float64(p.Bytes) })))
	row("its three variants", "%s", size(mean(all, func(p Photo) float64 { return float64(p.VariantBytes) })))

	b.WriteString("\n| table | rows a media | bytes a row | bytes of its indexes | bytes a media |\n|---|---:|---:|---:|---:|\n")
	for _, t := range m.Rows.Tables {
		rows, media := float64(t.Rows), float64(m.Rows.Media)
		fmt.Fprintf(&b, "| %s | %.2g | %.0f | %.0f | %.0f |\n", t.Name, rows/media, float64(t.Bytes)/rows, float64(t.IndexBytes)/rows, float64(t.Bytes+t.IndexBytes)/media)
	}
	fmt.Fprintf(&b, "| **all** | | | | **%.0f** |\n", m.Rows.perMedia())
	_, err := io.WriteString(w, b.String())
	return err
}

// photosBy are those of a format, by the extension of their names.
func photosBy(m Measured, extension string) (photos []Photo) {
	for _, p := range m.Photos {
		if strings.EqualFold(filepath.Ext(p.File), "."+extension) {
			photos = append(photos, p)
		}
	}
	return photos
}

func mean(photos []Photo, value func(Photo) float64) (mean float64) {
	for _, p := range photos {
		mean += value(p) / float64(len(photos))
	}
	return mean
}
