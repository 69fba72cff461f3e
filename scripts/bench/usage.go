package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what a process and its descendants have used of the machine.
type usage struct {
	cpu time.Duration // theirs, and that of descendants which have ended
	rss int64         // bytes they hold now
}

// clockTick is the unit of CPU times in /proc, the same on every Linux.
const clockTick = time.Second / 100

// usageOf adds up the tree of processes below pid, itself included. A process
// that ends while it is looked at counts through its parent.
func usageOf(pid int) (usage, error) {
	pids, stats, err := tree(pid)
	if err != nil {
		return usage{}, err
	}
	var sum usage
	for _, each := range pids {
		sum.cpu += stats[each].cpu
		sum.rss += stats[each].rss
	}
	return sum, nil
}

// tree gives the processes below pid, itself included, and what each one uses.
func tree(pid int) (pids []int, stats map[int]usage, err error) {
	children, stats, err := processes()
	if err != nil {
		return nil, nil, err
	}
	pids = []int{pid}
	for i := 0; i < len(pids); i++ {
		pids = append(pids, children[pids[i]]...)
	}
	return pids, stats, nil
}

// processes reads who is whose child and what each one uses.
func processes() (children map[int][]int, stats map[int]usage, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, nil, err
	}
	children, stats = map[int][]int{}, map[int]usage{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, nil, err
		}
		parent, used, err := parseStat(data)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", file, err)
		}
		children[parent] = append(children[parent], pid)
		stats[pid] = used
	}
	return children, stats, nil
}

// parseStat reads the fields of /proc/PID/stat, see proc(5): the parent, user
// and system time of the process and of its ended children, and pages held.
func parseStat(stat []byte) (parent int, used usage, err error) {
	// The second field is a name in brackets, which may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const first = 3 // the number of fields[0] in proc(5)
	if len(fields) <= 24-first {
		return 0, usage{}, fmt.Errorf("only %d fields", len(fields))
	}
	var numbers [5]int64
	for i, field := range []int{14, 15, 16, 17, 24} {
		if numbers[i], err = strconv.ParseInt(fields[field-first], 10, 64); err != nil {
			return 0, usage{}, err
		}
	}
	if parent, err = strconv.Atoi(fields[4-first]); err != nil {
		return 0, usage{}, err
	}
	ticks := numbers[0] + numbers[1] + numbers[2] + numbers[3]
	return parent, usage{cpu: time.Duration(ticks) * clockTick, rss: numbers[4] * int64(os.Getpagesize())}, nil
}
