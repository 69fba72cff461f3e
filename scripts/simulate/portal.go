package main

import (
	"math/rand/v2"
	"slices"

	"github.com/vitrine-media/vitrine"
)

// Setup is a portal and the machines that carry it.
type Setup struct {
	Listings   int
	Nodes      int
	Cores      int // of a node
	VideoCores int // of the nodes that encode, all in all
	Fair       bool
	Seed       uint64
}

// Outcome is what a simulated day was like. Times are seconds.
type Outcome struct {
	Setup
	Puts, Photos int
	Hours        [24][classes]histogram // from PUT to published, by the hour of the PUT
	First        [classes]histogram     // from PUT to the first pictures of the list, where they changed
	Video        histogram              // from PUT to the video being ready

	Fetch, Optimise, Encode *lane
	End                     float64 // when the last task ended
}

// portal is a simulation under way.
type portal struct {
	measured Measured
	assumed  Assumed
	engine   engine
	outcome  Outcome
}

// simulate runs a day, and on until all that came in it is done.
func simulate(m Measured, a Assumed, s Setup) *Outcome {
	puts, accounts := day(s.Listings, a, s.Seed)
	p := &portal{measured: m, assumed: a, outcome: Outcome{Setup: s, Puts: len(puts)}}
	o := &p.outcome
	o.Fetch = newLane(&p.engine, s.Nodes*a.FetchWorkers, accounts, s.Fair)
	o.Fetch.perOrigin = s.Nodes * a.FetchPerOrigin
	o.Optimise = newLane(&p.engine, s.Nodes*s.Cores, accounts, s.Fair)
	o.Encode = newLane(&p.engine, s.VideoCores, accounts, s.Fair)
	p.arrive(puts)
	p.engine.run()
	o.End = p.engine.now
	return o
}

// arrive takes the first PUT when its time has come, and then the rest.
func (p *portal) arrive(puts []put) {
	if len(puts) == 0 {
		return
	}
	p.engine.at(puts[0].at, func() {
		p.take(&puts[0])
		p.arrive(puts[1:])
	})
}

// listing is one that waits for its photos.
type listing struct {
	*put
	left, leftFirst int
}

// take enqueues the downloads of a listing's changed photos, the first ones of
// the list first. What they cost is drawn from the PUT's own seed, so that it is
// the same whatever the setup.
func (p *portal) take(put *put) {
	random := rand.New(rand.NewPCG(put.seed, 1))
	l := &listing{put: put, left: put.photos}
	p.outcome.Photos += put.photos
	places := random.Perm(p.assumed.PhotosPerListing)[:put.photos]
	slices.Sort(places)
	for _, place := range places {
		first := place < vitrine.DefaultLimits().MinPhotos
		if first {
			l.leftFirst++
		}
		p.fetch(random, l, first)
	}
	if random.Float64() < p.assumed.VideoShare {
		p.encode(l)
	}
}

// fetch is a photo on its way: its download, then its turn in the lane that
// optimises. A node's cores do more than decode, so that all of the server's
// CPU time for a photo is counted there.
func (p *portal) fetch(random *rand.Rand, l *listing, first bool) {
	photo := p.measured.Photos[random.IntN(len(p.measured.Photos))]
	a := p.assumed
	seconds := p.measured.PerPhoto.FetchWall/1000 + logNormal(random, a.AnswerSeconds, a.AnswerSigma) +
		float64(photo.Bytes)/logNormal(random, a.BytesPerSecond, a.BytesSigma)
	priority := 2
	if first {
		priority = 1
	}
	optimise := &task{
		account: l.account, priority: priority, seconds: (photo.CPUMillis + p.measured.PerPhoto.ServerMillis) / 1000,
		done: func() { p.published(l, first) },
	}
	p.outcome.Fetch.enqueue(&task{
		account: l.account, priority: priority, seconds: seconds,
		done: func() { p.outcome.Optimise.enqueue(optimise) },
	})
}

// encode is the video of a listing, as long as each and as dear as one of 1080p,
// the first that was measured. Its download is nothing beside that.
func (p *portal) encode(l *listing) {
	clip := p.measured.Videos[0]
	p.outcome.Encode.enqueue(&task{
		account: l.account, priority: 2, seconds: p.assumed.VideoSeconds * clip.CPUSeconds / clip.Seconds,
		done: func() { p.outcome.Video.add(p.engine.now - l.at) },
	})
}

// published counts a photo that is done. The gallery changes over when all are.
func (p *portal) published(l *listing, first bool) {
	l.left--
	took := p.engine.now - l.at
	if first {
		if l.leftFirst--; l.leftFirst == 0 {
			p.outcome.First[l.class].add(took)
		}
	}
	if l.left == 0 {
		p.outcome.Hours[int(l.at/3600)%24][l.class].add(took)
	}
}
