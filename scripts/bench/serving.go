package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	servingConnections = 64
	servingLength      = 4 * time.Second // of one turn
	servingGoal        = 0.7             // of nginx's requests a second
	servingRange       = 1 << 20         // bytes of a video that are asked for at one time
	servingRanges      = 200             // different ones
)

// servingLoad is one kind of request, sent to all servers.
type servingLoad struct {
	name    string
	scripts [servers]string  // by server: 304s depend on each one's tags
	rates   [servers]figures // requests a second
	costs   [servers]figures // µs of the server's CPU time for a request
	bytes   float64          // of an answer, mean
}

// The servers.
const (
	ours = iota
	nginxs
	bares
	servers
)

var serverNames = [servers]string{"vitrine", "nginx", "bare net/http"}

// measureServing compares vitrine with nginx on the same files.
func measureServing(ctx context.Context, l *lab) (found *finding, err error) {
	s, err := l.newShelf(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	loads, err := s.loads(ctx)
	if err != nil {
		return nil, err
	}
	var contenders []string
	for _, load := range loads {
		for _, name := range serverNames {
			contenders = append(contenders, load.name+", "+name)
		}
	}
	err = l.inTurns(ctx, contenders, func(ctx context.Context, round, contender int) error {
		return s.turn(ctx, loads[contender/servers], contender%servers, round)
	})
	if err != nil {
		return nil, err
	}
	held, err := s.connections(ctx, l)
	if err != nil {
		return nil, err
	}
	return servingFinding(s, loads, held), nil
}

// turn sends one load to one of the servers.
func (s *shelf) turn(ctx context.Context, load *servingLoad, server, round int) error {
	before, err := usageOf(s.pid(server))
	if err != nil {
		return err
	}
	length := servingLength
	if round < 0 {
		length = time.Second
	}
	sent, err := wrk(ctx, s.bases[server], load.scripts[server], servingConnections, length)
	if err != nil {
		return err
	}
	after, err := usageOf(s.pid(server))
	if err != nil || round < 0 {
		return err
	}
	load.rates[server] = append(load.rates[server], sent.perSecond())
	load.costs[server] = append(load.costs[server], float64((after.cpu-before.cpu).Microseconds())/float64(sent.requests))
	load.bytes = float64(sent.bytes) / float64(sent.requests)
	return nil
}

// loads writes what is to be sent.
func (s *shelf) loads(ctx context.Context) ([]*servingLoad, error) {
	plain := func(paths []string) (asks []ask) {
		for _, path := range paths {
			asks = append(asks, ask{path: path})
		}
		return asks
	}
	var ranges []ask
	for range servingRanges {
		from := rand.Int64N(s.videoBytes - servingRange)
		ranges = append(ranges, ask{path: s.video, header: map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", from, from+servingRange-1)}})
	}
	var known [servers][]ask
	for server, base := range s.bases {
		for _, path := range s.large {
			tag, err := etagOf(ctx, base+path)
			if err != nil {
				return nil, err
			}
			known[server] = append(known[server], ask{path: path, header: map[string]string{"If-None-Match": tag}})
		}
	}
	loads := []*servingLoad{{name: "variant of 128 px"}, {name: "variant of 1024 px"}, {name: "304 of a variant"}, {name: "1 MiB of a video"}}
	small, large := plain(s.small), plain(s.large)
	for i, asks := range [][servers][]ask{{small, small, small}, {large, large, large}, known, {ranges, ranges, ranges}} {
		for server := range serverNames {
			script := s.file(fmt.Sprintf("load-%d-%d.lua", i, server))
			if err := writeWrk(script, asks[server]); err != nil {
				return nil, err
			}
			loads[i].scripts[server] = script
		}
	}
	return loads, nil
}

func servingFinding(s *shelf, loads []*servingLoad, held []heldConnections) *finding {
	f := &finding{
		how: fmt.Sprintf(`Variants and videos as the public gets them, by vitrine and by nginx %s with the same files, in turns of %v:
wrk with %d connections that are kept, on the same machine, so that both share its cores with wrk. nginx has 2 workers, sendfile,
no access log, and the headers that vitrine sends beside its own. %d pictures; a video of %.0f MB. nginx asks nobody whether a picture may still be
shown; vitrine asks its database once a second for each picture, which with so few is next to nothing.
Bare net/http is a handler in Go that sends pictures from memory and the video from its file with the same headers, asks nobody and
counts nothing: the most that a server on Go's HTTP can have. Goal: at least %.0f%% of nginx's requests a second.`, s.nginxVersion, servingLength, servingConnections, len(s.small), float64(s.videoBytes)/1e6, 100*servingGoal),
	}
	rates := table{head: []string{"", "bytes", "vitrine, requests/s", "nginx, requests/s", "of nginx", fmt.Sprintf("≥ %.0f%%", 100*servingGoal), "bare net/http, requests/s", "of bare net/http", "CPU µs each: vitrine", "nginx", "bare net/http"}}
	ratios := chart{name: "serving", title: "Serving: requests a second beside nginx", unit: "vitrine's by nginx's, same files"}
	for _, load := range loads {
		ratio := load.rates[ours].by(load.rates[nginxs])
		rates.rows = append(rates.rows, []string{
			load.name, short(load.bytes), load.rates[ours].text("%.0f"), load.rates[nginxs].text("%.0f"), ratio.text("%.2f"), met(ratio.median() >= servingGoal),
			load.rates[bares].text("%.0f"), load.rates[ours].by(load.rates[bares]).text("%.2f"),
			load.costs[ours].text("%.0f"), load.costs[nginxs].text("%.0f"), load.costs[bares].text("%.0f"),
		})
		ratios.bars = append(ratios.bars, bar{name: load.name, figures: ratio, ours: true})
	}
	memory := table{head: []string{fmt.Sprintf("KB for each of %d connections", heldCount), "vitrine", "nginx", "bare net/http"}}
	for _, h := range held {
		memory.rows = append(memory.rows, []string{h.name, h.kilobytes[ours].text("%.1f"), h.kilobytes[nginxs].text("%.1f"), h.kilobytes[bares].text("%.1f")})
	}
	f.tables, f.charts = []table{rates, memory}, []chart{ratios}
	f.after = `Memory is by how much the resident memory of the server's processes grows that are there all the time; "idle" has had one answer and waits, "active" is in the middle of a
video that its reader doesn't take. The buffers of sockets are the kernel's and not counted.`
	return f
}

// met says whether a goal is.
func met(is bool) string {
	if is {
		return "met"
	}
	return "**not met**"
}
