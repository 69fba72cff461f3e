package main

import "math"

const (
	finest = 0.001 // seconds; what is shorter counts as that
	step   = 1.02  // from a bucket to the next: a quantile is at most 2% too high
)

// histogram counts times, in seconds.
type histogram struct {
	buckets []int
	n       int
	sum     float64
	longest float64
}

func (h *histogram) add(seconds float64) {
	i := 0
	if seconds > finest {
		i = int(math.Ceil(math.Log(seconds/finest) / math.Log(step)))
	}
	for len(h.buckets) <= i {
		h.buckets = append(h.buckets, 0)
	}
	h.buckets[i]++
	h.n++
	h.sum += seconds
	h.longest = max(h.longest, seconds)
}

// merge adds what another one counted.
func (h *histogram) merge(other *histogram) {
	for len(h.buckets) < len(other.buckets) {
		h.buckets = append(h.buckets, 0)
	}
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.n += other.n
	h.sum += other.sum
	h.longest = max(h.longest, other.longest)
}

// quantile gives the time that a share q of all did not exceed, 0 when there
// are none.
func (h *histogram) quantile(q float64) float64 {
	rank := int(math.Ceil(q * float64(h.n)))
	for i, n := range h.buckets {
		if rank -= n; rank <= 0 && h.n > 0 {
			return min(finest*math.Pow(step, float64(i)), h.longest)
		}
	}
	return 0
}

func (h *histogram) mean() float64 { return h.sum / float64(max(h.n, 1)) }
