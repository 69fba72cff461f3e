package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// held is the memory that a process and its descendants hold, bytes.
type held struct {
	once int64 // what processes share, such as libraries, counts once
	rss  int64 // the sum of all resident sets, in each of which that counts
}

// heldBy adds up the tree of processes below pid, itself included.
func heldBy(pid int) (held, error) {
	pids, stats, err := tree(pid)
	if err != nil {
		return held{}, err
	}
	var sum held
	for _, each := range pids {
		sum.rss += stats[each].rss
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", each))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended
		}
		if err != nil && len(rollup) == 0 && ended(each) {
			continue
		}
		if err != nil {
			return held{}, err
		}
		share, err := parseRollup(string(rollup))
		if err != nil {
			return held{}, fmt.Errorf("read what process %d holds: %w", each, err)
		}
		sum.once += share
	}
	return sum, nil
}

// ended tells whether a process has no memory any more: it has gone, or only
// waits for its parent to notice.
func ended(pid int) bool {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	return err != nil || strings.HasPrefix(string(statm), "0 ")
}

// parseRollup reads the proportional set size, bytes, of /proc/PID/smaps_rollup,
// see proc(5): of a page that n processes share, an nth.
func parseRollup(rollup string) (int64, error) {
	for line := range strings.Lines(rollup) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Pss:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("no Pss")
}

// peak watches how much memory the tree of processes below pid holds, until the
// function that it gives is called; that one gives the most there was.
func peak(pid int) (stop func() (held, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	type result struct {
		held
		err error
	}
	done := make(chan result)
	go func() {
		ticker := time.NewTicker(peakPause)
		defer ticker.Stop()
		var r result
		for {
			var now held
			now, r.err = heldBy(pid)
			r.once, r.rss = max(r.once, now.once), max(r.rss, now.rss)
			if ctx.Err() != nil || r.err != nil {
				break // after a look at how it is at the end
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
		done <- r
	}()
	return func() (held, error) {
		cancel()
		r := <-done
		return r.held, r.err
	}
}

// peakPause is the one between two looks: a peak that is shorter may be missed.
const peakPause = 20 * time.Millisecond
