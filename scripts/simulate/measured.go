package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// Measured is what vitrine costs, as the benchmarks of this folder found it:
// "make measure" writes it to measured.json. CPU is time of one core. Figures
// of rounds are their median.
type Measured struct {
	Machine   string    `json:"machine"`
	Photos    []Photo   `json:"photos"`
	Videos    []Video   `json:"videos"`
	PerPhoto  PerPhoto  `json:"perPhoto"`
	Rows      Rows      `json:"rows"`
	Unchanged Unchanged `json:"unchanged"`
	Changed   Changed   `json:"changed"`
	Tasks     []Tasks   `json:"tasks"`
	Commits   Commits   `json:"commits"`
}

// Photo is one photo of the corpus, optimised alone.
type Photo struct {
	File         string  `json:"file"`
	Pixels       int64   `json:"pixels"`
	Bytes        int64   `json:"bytes"`
	VariantBytes int64   `json:"variantBytes"` // of all variants
	CPUMillis    float64 `json:"cpuMillis"`
}

// Video is one clip, made into what browsers play.
type Video struct {
	File         string  `json:"file"`
	Seconds      float64 `json:"seconds"`
	Bytes        int64   `json:"bytes"`
	VariantBytes int64   `json:"variantBytes"`
	CPUSeconds   float64 `json:"cpuSeconds"`
	Copied       bool    `json:"copied"` // its pictures were played everywhere as they were
}

// PerPhoto is what one photo of the corpus costs from its PUT to its being
// published, through the whole server over PostgreSQL and S3.
type PerPhoto struct {
	ServerMillis   float64 `json:"serverMillis"`   // of vitrined itself: fetch, hash, bucket, rows
	FetchMillis    float64 `json:"fetchMillis"`    // of vitrined, when the bytes are known already: fetch, hash, rows
	DecoderMillis  float64 `json:"decoderMillis"`  // of its children
	DatabaseMillis float64 `json:"databaseMillis"` // of PostgreSQL
	WALBytes       float64 `json:"walBytes"`
	Commits        float64 `json:"commits"`
	LockedMillis   float64 `json:"lockedMillis"`    // of the account's row, in 4 transactions, where a commit needs no fsync
	FetchWall      float64 `json:"fetchWallMillis"` // of one try, as the timeline tells, from an origin on the same machine
}

// Rows is what a database holds of classifieds.
type Rows struct {
	Listings int     `json:"listings"`
	Media    int     `json:"media"` // of all listings, each with bytes of its own
	Tables   []Table `json:"tables"`
}

// Table is one table after a vacuum. Bytes are the heap and its TOAST.
type Table struct {
	Name       string  `json:"name"`
	Rows       int64   `json:"rows"`
	Bytes      int64   `json:"bytes"`
	IndexBytes int64   `json:"indexBytes"`
	Indexes    []Index `json:"indexes"`
}

// Index is one index of a table.
type Index struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Unchanged is what it costs to be sent a classified again as it is.
type Unchanged struct {
	ServerMillis   float64 `json:"serverMillis"`
	DatabaseMillis float64 `json:"databaseMillis"`
	WALBytes       float64 `json:"walBytes"`
	Commits        float64 `json:"commits"`
	PerSecond      float64 `json:"perSecond"` // here, client and all on the same cores
}

// Changed is what one changed picture of a classified adds to the tables, by
// table.
type Changed struct {
	RowsAdded map[string]float64 `json:"rowsAdded"`
}

// Tasks is how River does tasks that do nothing, from a lane of that depth.
type Tasks struct {
	Depth          int     `json:"depth"`
	PerSecond      float64 `json:"perSecond"`
	DatabaseMillis float64 `json:"databaseMillis"` // of PostgreSQL, a task, to take and finish it
	EnqueueMillis  float64 `json:"enqueueMillis"`  // of PostgreSQL, a task, to enqueue it
}

// Commits is how many small transactions a second PostgreSQL commits here, for
// that many writers.
type Commits struct {
	Synced          bool    `json:"synced"` // or not: the server of the tests doesn't
	Writers         int     `json:"writers"`
	PerSecond       float64 `json:"perSecond"`
	WakingPerSecond float64 `json:"wakingPerSecond"` // each with a NOTIFY, as when it enqueues a task
}

// perMedia are the bytes of all tables and indexes for each media.
func (r Rows) perMedia() float64 {
	var sum int64
	for _, t := range r.Tables {
		sum += t.Bytes + t.IndexBytes
	}
	return float64(sum) / float64(r.Media)
}

//go:embed measured.json
var measuredJSON []byte

// readMeasured gives the committed measurements.
func readMeasured() (Measured, error) {
	var m Measured
	if err := json.Unmarshal(measuredJSON, &m); err != nil {
		return m, fmt.Errorf("read measured.json: %w", err)
	}
	return m, nil
}
