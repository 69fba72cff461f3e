package webhook

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Attempts is how often a message is sent at most, over 75 h 35 min and 5 s.
const Attempts = 10

// schedule is the table of the specification: the pause before each attempt.
var schedule = [Attempts]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// maxRetryAfter is the most an endpoint can ask for with Retry-After; more is
// taken for this much.
const maxRetryAfter = 24 * time.Hour

// Pause is how long to wait after that many attempts (1 to 9), the last of which
// came out as out. ok is false when there is no further attempt: all Attempts
// are made, or the last one was Delivered or met an endpoint that is Gone.
//
// random is in [0, 1), as from rand.Float64, and spreads the pause by ±10%, so
// that messages that failed together don't come back together. An endpoint
// under load (429, 502, 504) that doesn't say for how long gets twice the
// pause; where RetryAfter is longer than the pause it counts instead.
func Pause(attempts int, out Outcome, random float64) (pause time.Duration, ok bool) {
	if attempts >= Attempts || out.Delivered || out.Gone {
		return 0, false
	}
	pause = schedule[attempts]
	pause += time.Duration(float64(pause) * 0.2 * (random - 0.5))
	if out.RetryAfter == 0 && underLoad(out.HTTPStatus) {
		pause *= 2
	}
	return max(pause, out.RetryAfter), true
}

// underLoad reports whether that status asks for fewer requests.
func underLoad(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110,
// 10.2.3). Nothing, nonsense and the past are 0.
func retryAfter(value string, now time.Time) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) { // of which seconds is the largest
		// Bounded before the multiplication, which could overflow.
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
