package main

import (
	"slices"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// The roles that a node may play; one machine plays all. Tidying up is everyone's.
const (
	roleAPI      = "api"      // both APIs, uploads, the public pages and bytes
	roleFetch    = "fetch"    // downloads, and the virus scanner
	roleOptimise = "optimise" // pictures
	roleVideo    = "video"    // the encoding of videos
	roleDeliver  = "deliver"  // webhooks
)

var allRoles = []string{roleAPI, roleFetch, roleOptimise, roleVideo, roleDeliver}

func (s settings) plays(role string) bool { return slices.Contains(s.Roles, role) }

// lanes are what the workers of this node do.
func (s settings) lanes() []queue.LaneWorkers {
	lanes := []queue.LaneWorkers{{Lane: gallery.LaneSweep, Workers: 2}, {Lane: gallery.LaneScrub, Workers: 1}}
	for _, row := range []struct {
		role    string
		lane    queue.Lane
		workers int
	}{
		{roleFetch, gallery.LaneFetch, s.FetchWorkers},
		{roleFetch, gallery.LaneBulk, (s.FetchWorkers + 1) / 2},
		{roleFetch, gallery.LaneScan, s.ScanWorkers},
		// While some pictures are in a child, of which there are as many as the
		// setting says, others are opened or put into the bucket: half as many, and
		// one at least. What has come later and is more urgent waits for these.
		{roleOptimise, gallery.LaneOptimise, s.OptimiseWorkers + (s.OptimiseWorkers+1)/2},
		{roleVideo, gallery.LaneEncode, s.EncodeWorkers},
		{roleDeliver, gallery.LaneDeliver, s.DeliverWorkers},
	} {
		if s.plays(row.role) {
			lanes = append(lanes, queue.LaneWorkers{Lane: row.lane, Workers: row.workers})
		}
	}
	return lanes
}
