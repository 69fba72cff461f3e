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

	Fetch, Bulk, Optimise, Encode *lane

	Backlog int     // the most media that one account had on their way
	End     float64 // when the last task ended
}

// portal is a simulation under way.
type portal struct {
	measured Measured
	assumed  Assumed
	engine   engine
	backlog  *backlog
	outcome  Outcome
}

// simulate runs a day, and on until all that came in it is done.
func simulate(m Measured, a Assumed, s Setup) *Outcome {
	puts, accounts := day(s.Listings, a, s.Seed)
	p := newPortal(m, a, s, accounts)
	p.play(puts)
	return &p.outcome
}

func newPortal(m Measured, a Assumed, s Setup, accounts int) *portal {
	p := &portal{measured: m, assumed: a, backlog: newBacklog(s.Fair, accounts), outcome: Outcome{Setup: s}}
	o := &p.outcome
	downloads := newOrigins(s.Nodes * a.FetchPerOrigin)
	fetch := s.Nodes * a.fetchWorkers(s.Cores)
	bulk := fetch
	if !s.Fair { // as many workers, or the rule would be praised for having more
		fetch, bulk = fetch+bulk, 0
	}
	o.Fetch = newLane(&p.engine, fetch, downloads)
	o.Bulk = newLane(&p.engine, bulk, downloads)
	o.Optimise = newLane(&p.engine, s.Nodes*s.Cores, nil)
	o.Encode = newLane(&p.engine, s.VideoCores, nil)
	return p
}

// play takes PUTs, which are in the order of their time, and works until
// nothing is left to do.
func (p *portal) play(puts []put) {
	p.arrive(puts)
	p.engine.run()
	o := &p.outcome
	o.Puts, o.Backlog, o.End = len(puts), p.backlog.deepest, p.engine.now
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
	m := p.backlog.admit(l.account, priority)
	optimise := &task{
		account: m.account, priority: m.priority, seconds: (photo.CPUMillis + p.measured.PerPhoto.ServerMillis) / 1000,
		done: func() {
			p.backlog.leave(m)
			p.published(l, first)
		},
	}
	lane := p.outcome.Fetch
	if m.yields {
		lane = p.outcome.Bulk
	}
	lane.enqueue(&task{
		account: m.account, priority: m.priority, seconds: seconds,
		done: func() { p.outcome.Optimise.enqueue(optimise) },
	})
}

// encode is the video of a listing, as long as each and as dear as one of 1080p,
// the first that was measured. Its download is nothing beside that.
func (p *portal) encode(l *listing) {
	clip := p.measured.Videos[0]
	m := p.backlog.admit(l.account, 2)
	p.outcome.Encode.enqueue(&task{
		account: m.account, priority: m.priority, seconds: p.assumed.VideoSeconds * clip.CPUSeconds / clip.Seconds,
		done: func() {
			p.backlog.leave(m)
			p.outcome.Video.add(p.engine.now - l.at)
		},
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
