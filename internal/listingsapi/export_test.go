package listingsapi

import "time"

// What the fuzz targets feed.
var (
	ParseListing    = parseListing
	ParseOperations = parseOperations
	ParseMediaOp    = parseMediaOp
)

// Limiter counts the requests of one key that has two limits.
type Limiter struct {
	*limiter
	All, Bulk int // requests a minute
}

// NewLimiter begins to count.
func NewLimiter(all, bulk int) Limiter { return Limiter{newLimiter(), all, bulk} }

// Take counts a request, against both limits when it is a bulk one.
func (l Limiter) Take(now time.Time, bulk bool) (allowed bool, limitOf, remaining int) {
	limits := []limit{{"all", l.All}}
	if bulk {
		limits = append(limits, limit{"bulk", l.Bulk})
	}
	s := l.take(now, 1, limits...)
	return s.allowed, s.limit, s.remaining
}

// Windows is how many windows are remembered.
func (l Limiter) Windows() int { return len(l.windows) }
