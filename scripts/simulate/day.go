package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// class is whose PUTs are looked at together.
type class int

// The classes of PUTs.
const (
	editSmall  class = iota // an edit, by an account of up to largeAccount listings
	editLarge               // an edit, by a larger one
	nightSmall              // of a nightly resync
	nightLarge
	moveIn // of the account that moves in
	classes
)

var classNames = [classes]string{"edit, small account", "edit, large account", "nightly, small account", "nightly, large account", "moving in"}

// largeAccount is how many times the mean an account has to have to be large.
const largeAccount = 4

// put is one PUT of a listing of which something has changed.
type put struct {
	at      float64
	class   class
	account int
	photos  int
	seed    uint64 // of what is random about its photos
}

// accountSizes are the listings of each account, the largest first. Their sum
// is as asked, but for rounding.
func accountSizes(listings int, a Assumed) []float64 {
	sizes := make([]float64, max(listings/a.ListingsPerAccount, 1))
	var sum float64
	for k := range sizes {
		sizes[k] = math.Pow(float64(k+1), -a.Skew)
		sum += sizes[k]
	}
	for k := range sizes {
		sizes[k] *= float64(listings) / sum
	}
	return sizes
}

// day gives the PUTs of a day in their order. Unchanged ones are not among
// them: they cost the lanes nothing.
func day(listings int, a Assumed, seed uint64) (puts []put, accounts int) {
	random := rand.New(rand.NewPCG(seed, 0))
	sizes := accountSizes(listings, a)
	changed := a.ChangedPerDay * float64(a.PhotosPerListing) / meanChanged() // share of the listings
	large := float64(largeAccount * a.ListingsPerAccount)
	add := func(at float64, c class, account, photos int) {
		puts = append(puts, put{at * 3600, c, account, photos, random.Uint64()})
	}
	for account, size := range sizes {
		night, edit := nightSmall, editSmall
		if size > large {
			night, edit = nightLarge, editLarge
		}
		begins := a.Night.From + random.Float64()*(a.Night.To-a.Night.From)
		takes := size / a.ResyncPerSecond / 3600
		for range poisson(random, size*changed*a.NightShare) {
			add(begins+random.Float64()*takes, night, account, drawChanged(random))
		}
		for range poisson(random, size*changed*(1-a.NightShare)) {
			add(drawHour(random), edit, account, drawChanged(random))
		}
	}
	for i := range a.ImportListings {
		add(a.ImportAt+float64(i)/a.ResyncPerSecond/3600, moveIn, len(sizes), a.PhotosPerListing)
	}
	slices.SortStableFunc(puts, func(p, q put) int {
		switch {
		case p.at < q.at:
			return -1
		case p.at > q.at:
			return 1
		}
		return 0
	})
	return puts, len(sizes) + 1
}

func drawChanged(random *rand.Rand) int {
	at := random.Float64()
	for _, c := range changedPhotos {
		if at -= c.share; at < 0 {
			return c.photos
		}
	}
	return changedPhotos[0].photos
}

// drawHour gives a time of day, in hours.
func drawHour(random *rand.Rand) float64 {
	var sum float64
	for _, weight := range dayWeights {
		sum += weight
	}
	at := random.Float64() * sum
	for hour, weight := range dayWeights {
		if at < weight {
			return float64(hour) + at/weight
		}
		at -= weight
	}
	return 0
}

// poisson gives a number with that mean. Large means are drawn as normal, which
// they are by then.
func poisson(random *rand.Rand, mean float64) int {
	if mean > 500 {
		return max(int(math.Round(mean+math.Sqrt(mean)*random.NormFloat64())), 0)
	}
	n, product, limit := -1, 1.0, math.Exp(-mean)
	for product > limit {
		product *= random.Float64()
		n++
	}
	return n
}

// logNormal gives a number with that median.
func logNormal(random *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*random.NormFloat64())
}
