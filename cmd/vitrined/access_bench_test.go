package main

import (
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkProbing asks for each operation of both documents that names
// something, with a good key, by the name of what another account has and by two names of nothing, of
// which none is always the first. The ratio of an operation is the median time
// of the answer about another's by that about nothing; its noise is the same
// ratio of the two names of nothing. What is above 1 tells as much as what is
// below: the worst of all operations are given as their distance from 1, so
// that 1.1 stands for 1/1.1, too.
//
// "all" measures; the others give what it measured of one operation.
func BenchmarkProbing(b *testing.B) {
	for name, setUp := range setUpsWith(append([]string{"--log-level", "error"}, unlimited...)...) {
		b.Run(name, func(b *testing.B) {
			probes := newProbes(b, newWorld(b, setUp(b)))
			b.Run("all", func(b *testing.B) {
				random := rand.New(rand.NewPCG(1, 1))
				for b.Loop() {
					for _, i := range random.Perm(len(probes)) {
						probes[i].ask(b, random.Perm(asked))
					}
				}
				var worst, noise float64
				for _, p := range probes {
					worst, noise = max(worst, distance(p.ratio(another))), max(noise, distance(p.ratio(nothingElse)))
				}
				b.ReportMetric(worst, "worst-ratio")
				b.ReportMetric(noise, "worst-noise")
			})
			for _, p := range probes {
				b.Run(strings.ReplaceAll(p.route.String(), " ", "_"), func(b *testing.B) {
					if len(p.took[another]) == 0 {
						b.Fatal("nothing is measured without \"all\"")
					}
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(float64(median(p.took[nothing]).Microseconds()), "median-µs")
					b.ReportMetric(p.ratio(another), "ratio")
					b.ReportMetric(p.ratio(nothingElse), "noise")
				})
			}
		})
	}
}

// What an operation is asked for.
const (
	another     = iota // what another account has
	nothing            // what nobody has
	nothingElse        // neither
	asked
)

// probe is an operation, with the requests for it and how long each answer took.
type probe struct {
	route    route
	requests [asked]func(*testing.B) *http.Request
	took     [asked][]time.Duration
}

// newProbes are all operations of the documents that name something, asked by the
// neighbour. The operations of tus are not among them: an upload has a file, which
// is opened to see whose it is, and an id of 130 random bits.
func newProbes(b *testing.B, w *world) (all []*probe) {
	b.Helper()
	others := ids{}
	for what, name := range w.names {
		others[what] = stranger(name, "2000")
	}
	for _, r := range w.routes(b) {
		p := &probe{route: r}
		var said [asked]string
		for i, names := range [asked]ids{w.names, w.strangers, others} {
			path, body := r.with(b, names)
			said[i] = path + body
			header := r.face.header(w.neighbour)
			maps.Copy(header, r.header)
			p.requests[i] = func(b *testing.B) *http.Request {
				request, err := http.NewRequestWithContext(b.Context(), r.method, w.base+path, strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				request.Header = header.Clone()
				return request
			}
		}
		if said[another] != said[nothing] && r.face != uploadsFace {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		b.Fatal("no operation names anything")
	}
	return all
}

// ask sends the requests in that order. All have to have the same status.
func (p *probe) ask(b *testing.B, order []int) {
	b.Helper()
	status := 0
	for _, i := range order {
		request := p.requests[i](b)
		began := time.Now()
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		p.took[i] = append(p.took[i], time.Since(began))
		if err != nil || response.Body.Close() != nil {
			b.Fatalf("%s: read the answer: %v", p.route, err)
		}
		if s := response.StatusCode; status != 0 && s != status || s == http.StatusTooManyRequests || s >= http.StatusInternalServerError {
			b.Fatalf("%s: %d, and %d before", p.route, s, status)
		}
		status = response.StatusCode
	}
}

// ratio is the median time of that answer by that of the answer about nothing.
func (p *probe) ratio(of int) float64 {
	return float64(median(p.took[of])) / float64(median(p.took[nothing]))
}

func median(of []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

// distance of a ratio from 1, as a ratio of 1 and more.
func distance(ratio float64) float64 { return math.Exp(math.Abs(math.Log(ratio))) }
