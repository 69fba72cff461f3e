package fetch

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter is the most an origin can ask for with Retry-After; more is
// taken for this much.
const maxRetryAfter = 24 * time.Hour

// backoff are the pauses after the first try, the second, and so on. With five
// tries they add up to 9 min 20 s: "about 10 minutes" (contract section 6),
// short enough to end within a sender's patience, long enough for a restart or
// a small outage at the origin.
var backoff = [...]time.Duration{10 * time.Second, 40 * time.Second, 150 * time.Second, 6 * time.Minute}

// Backoff is how long to wait after the try-th try (1 is the first) has failed
// for a while and the origin asked for nothing itself. random is in [0, 1), as
// from rand.Float64, and spreads the pause by ±20%, so that photos that failed
// together don't come back together.
func Backoff(try int, random float64) time.Duration {
	pause := backoff[min(max(try, 1), len(backoff))-1]
	return time.Duration(float64(pause) * (0.8 + 0.4*random))
}

// retryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110,
// 10.2.3). Nothing, nonsense and the past are 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
		// Bounded before the multiplication, which could overflow.
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
