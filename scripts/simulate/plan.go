package main

import (
	"math"
	"slices"
)

// What is assumed about the machines and what they cost. Prices are in any
// currency: only their ratios matter.
const (
	nodeCores = 16
	busyShare = 0.7 // of its cores that a node, or the database, should use at the peak
	slack     = 1.5 // what tables and indexes take by what they take after a full vacuum
	fsync     = 1.0 // ms, of one commit

	bucketPrice   = 20.0  // a TB and month
	databasePrice = 100.0 // a TB of fast disk and month, with its copy
	corePrice     = 0.04  // a core and hour
)

// The settings of vitrined by which rows go again.
const (
	keptDays   = 30 // jobs and events
	tasksHours = 1  // River's finished tasks
)

// The lives of rows, by table. What is in none of them stays as long as its
// listing does and doesn't grow with changes.
var (
	historyTables = []string{"attempt", "listing_status"} // grow with each change
	datedTables   = []string{"event", "job"}              // go after keptDays
	taskTables    = []string{"river_job"}                 // go after tasksHours
)

// Plan is what a portal of so many listings needs.
type Plan struct {
	Listings                                            float64
	Photos, ChangedADay, NightPhotos, NightPuts         float64 // the latter two a second
	TasksADay, NightTasks                               float64 // NightTasks a second
	MillisAPhoto, MeanCores, NightCores, Nodes          float64
	VideoCores                                          float64 // busy at night with videos, beside those
	Lasting, HistoryAYear, Dated, TaskRows, Database    float64 // bytes
	DatabaseCores, Commits, WALADay                     float64 // Commits a second at night
	Originals, Variants, Objects                        float64 // bytes, bytes, number
	BucketPrice, DatabasePrice, CoresPrice, PriceAMonth float64
	LargestAccount                                      float64 // its listings
}

// planFor works out a portal of that many listings.
func planFor(m Measured, a Assumed, listings float64) Plan {
	p := Plan{Listings: listings}
	p.Photos = listings * float64(a.PhotosPerListing)
	p.ChangedADay = p.Photos * a.ChangedPerDay
	night := (a.Night.To - a.Night.From) * 3600
	p.NightPhotos = p.ChangedADay * a.NightShare / night
	p.NightPuts = listings / night
	p.TasksADay, p.NightTasks = 2*p.ChangedADay, 2*p.NightPhotos

	p.MillisAPhoto = mean(m.Photos, func(p Photo) float64 { return p.CPUMillis }) + m.PerPhoto.ServerMillis
	p.MeanCores = (p.ChangedADay*p.MillisAPhoto + listings*m.Unchanged.ServerMillis) / 1000 / 86400
	p.NightCores = (p.NightPhotos*p.MillisAPhoto + p.NightPuts*m.Unchanged.ServerMillis) / 1000
	p.Nodes = math.Ceil(p.NightCores / busyShare / nodeCores)

	clip := m.Videos[0]
	videos := p.ChangedADay / meanChanged() * a.VideoShare * a.NightShare / night // a second
	p.VideoCores = videos * a.VideoSeconds * clip.CPUSeconds / clip.Seconds

	p.planDatabase(m)
	p.Originals = p.Photos * mean(m.Photos, func(p Photo) float64 { return float64(p.Bytes) })
	p.Variants = p.Photos * mean(m.Photos, func(p Photo) float64 { return float64(p.VariantBytes) })
	p.Objects = p.Photos * 4
	p.BucketPrice = (p.Originals + p.Variants) / 1e12 * bucketPrice
	p.DatabasePrice = p.Database / 1e12 * databasePrice
	p.CoresPrice = (p.Nodes*nodeCores + math.Ceil(p.VideoCores/busyShare) + math.Ceil(p.DatabaseCores/busyShare)) * 730 * corePrice
	p.PriceAMonth = p.BucketPrice + p.DatabasePrice + p.CoresPrice

	p.LargestAccount = accountSizes(int(listings), a)[0]
	return p
}

func (p *Plan) planDatabase(m Measured) {
	for _, t := range m.Rows.Tables {
		each := float64(t.Bytes+t.IndexBytes) / float64(t.Rows) * slack
		added := m.Changed.RowsAdded[t.Name] * each * p.ChangedADay
		if t.Name == "listing_status" { // by a changed listing, not by each of its photos
			added /= meanChanged()
		}
		switch {
		case slices.Contains(taskTables, t.Name):
			p.TaskRows += 2 * p.NightPhotos * tasksHours * 3600 * each
		case slices.Contains(datedTables, t.Name):
			p.Dated += keptDays * added
		case slices.Contains(historyTables, t.Name):
			p.HistoryAYear += 365 * added
			p.Lasting += p.Photos * float64(t.Rows) / float64(m.Rows.Media) * each
		default:
			p.Lasting += p.Photos * float64(t.Rows) / float64(m.Rows.Media) * each
		}
	}
	p.Database = p.Lasting + p.HistoryAYear + p.Dated + p.TaskRows
	p.DatabaseCores = (p.NightPhotos*m.PerPhoto.DatabaseMillis + p.NightPuts*m.Unchanged.DatabaseMillis) / 1000
	p.Commits = p.NightPhotos*m.PerPhoto.Commits + p.NightPuts*m.Unchanged.Commits
	p.WALADay = p.ChangedADay*m.PerPhoto.WALBytes + p.Listings*m.Unchanged.WALBytes
}
