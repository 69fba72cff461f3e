package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// ask is a request of a load.
type ask struct {
	path   string
	header map[string]string
}

// load is what one run of wrk has measured.
type load struct {
	requests int64
	took     time.Duration
	bytes    int64
	errors   int64 // of sockets, and answers of 400 and more
}

func (l load) perSecond() float64 { return float64(l.requests) / l.took.Seconds() }

// wrkScript sends its requests in turn, each made before the clock starts. The
// last line that it prints is for parseLoad.
const wrkScript = `
local asks = {
%s}
local requests, at = {}, 0

function init(args)
	for i, ask in ipairs(asks) do
		requests[i] = wrk.format("GET", ask[1], ask[2])
	end
	math.randomseed(os.time())
	at = math.random(#requests)
end

function request()
	at = at %% #requests + 1
	return requests[at]
end

function done(summary)
	local e = summary.errors
	print(string.format("LOAD %%d %%d %%d %%d", summary.requests, summary.duration, summary.bytes,
		e.connect + e.read + e.write + e.status + e.timeout))
end
`

// writeWrk writes the script of a load.
func writeWrk(name string, asks []ask) error {
	var lines strings.Builder
	for _, a := range asks {
		fmt.Fprintf(&lines, "\t{%q, {", a.path)
		for key, value := range a.header {
			fmt.Fprintf(&lines, "[%q] = %q, ", key, value)
		}
		lines.WriteString("}},\n")
	}
	return os.WriteFile(name, fmt.Appendf(nil, wrkScript, lines.String()), 0o600)
}

// wrk sends the requests of a script for that long, over as many connections.
func wrk(ctx context.Context, base, script string, connections int, length time.Duration) (load, error) {
	out, err := exec.CommandContext(ctx, "wrk", "-t", "2", "-c", fmt.Sprint(connections), "-d", fmt.Sprint(length), "-s", script, base).CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk (make bench installs it): %w: %s", err, out)
	}
	l, err := parseLoad(string(out))
	if err == nil && (l.errors > 0 || l.requests == 0) {
		err = fmt.Errorf("wrk: %d of %d requests to %s went wrong", l.errors, l.requests, base)
	}
	return l, err
}

// parseLoad reads what the script has printed at its end.
func parseLoad(out string) (load, error) {
	for line := range strings.Lines(out) {
		var l load
		var microseconds int64
		if n, _ := fmt.Sscanf(line, "LOAD %d %d %d %d", &l.requests, &microseconds, &l.bytes, &l.errors); n == 4 {
			l.took = time.Duration(microseconds) * time.Microsecond
			return l, nil
		}
	}
	return load{}, fmt.Errorf("wrk printed no figures: %s", out)
}
