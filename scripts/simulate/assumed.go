package main

import "github.com/vitrine-media/vitrine"

// Assumed is what nobody has measured: what a portal's day is like. The figures
// of docs/capacity.md are for these.
type Assumed struct {
	PhotosPerListing   int
	ListingsPerAccount int     // in the mean
	Skew               float64 // Zipf's exponent: the k-th largest account has 1/k^Skew of the largest's listings
	ChangedPerDay      float64 // share of all photos that are new or changed
	NightShare         float64 // of those, what comes with the nightly resync; the rest are edits by day
	Night              Hours   // when the accounts begin their resyncs
	ResyncPerSecond    float64 // PUTs of one account: the limit of its key
	ImportAt           float64 // hour of day at which a new account moves in
	ImportListings     int
	VideoShare         float64 // of the changed listings, those with a new video
	VideoSeconds       float64

	// A download takes what it takes on one machine, and an answer that is so
	// far away, and the bytes at such a rate: both log-normal.
	AnswerSeconds, AnswerSigma float64
	BytesPerSecond, BytesSigma float64
	FetchWorkers               int // of one node, for what yields and for what doesn't; 0: vitrined's default
	FetchPerOrigin             int // of one node: the default of vitrined
}

// Hours is a part of a day.
type Hours struct{ From, To float64 }

// defaultAssumed is a portal of agencies whose systems resync at night.
func defaultAssumed() Assumed {
	return Assumed{
		PhotosPerListing: 20, ListingsPerAccount: 500, Skew: 0.8,
		ChangedPerDay: 0.01, NightShare: 0.7, Night: Hours{1, 3}, ResyncPerSecond: 100,
		ImportAt: 10, ImportListings: 2500,
		VideoShare: 0.02, VideoSeconds: 60,
		AnswerSeconds: 0.15, AnswerSigma: 0.8, BytesPerSecond: 4e6, BytesSigma: 0.7,
		FetchPerOrigin: vitrine.DefaultLimits().FetchPerOrigin,
	}
}

// fetchWorkers are the downloads at one time on a node of so many cores, in each
// of its two lanes.
func (a Assumed) fetchWorkers(cores int) int {
	if a.FetchWorkers > 0 {
		return a.FetchWorkers
	}
	return max(16, 4*cores)
}

// changedPhotos is how many photos of a changed listing are changed, and in
// which share of the cases: a new title picture, a few, a whole new listing.
var changedPhotos = []struct {
	photos int
	share  float64
}{{1, 0.4}, {3, 0.3}, {20, 0.3}}

// dayWeights say how edits spread over the hours of a day.
var dayWeights = [24]float64{1, 0.5, 0.5, 0.5, 0.5, 1, 2, 4, 8, 10, 10, 10, 8, 9, 10, 10, 9, 8, 6, 5, 4, 3, 2, 1}

// meanChanged is the mean of changedPhotos.
func meanChanged() (mean float64) {
	for _, c := range changedPhotos {
		mean += float64(c.photos) * c.share
	}
	return mean
}
