package main

import (
	"bufio"
	"os/exec"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	// The name holds what separates the fields elsewhere.
	const line = "42 (a) b (c)) S 7 42 42 0 -1 4194304 9 9 9 9 100 20 3 4 20 0 1 0 5000 1000000 25 18446744073709551615 1 1"
	parent, used, err := parseStat([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	if parent != 7 || used.cpu != 1270*time.Millisecond || used.rss == 0 || used.rss%25 != 0 {
		t.Errorf("parent %d, %+v, want 7, 1.27 s and 25 pages", parent, used)
	}
	if _, _, err := parseStat([]byte("42 (short) S 7 42")); err == nil {
		t.Error("a line that is too short is no error")
	}
}

// What a process's children use counts, while they run and once they have ended.
func TestUsageOfTree(t *testing.T) {
	t.Parallel()
	// dash is ended with its child, which reads from the same pipe.
	command := exec.CommandContext(t.Context(), "sh", "-c",
		`(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo counted; read line); echo ended; read line`)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(out)
	next := func() usage {
		t.Helper()
		if !answers.Scan() {
			t.Fatalf("the process said nothing: %v", answers.Err())
		}
		used, err := usageOf(command.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
		return used
	}
	running, ended := next(), next()
	if running.cpu == 0 || running.rss == 0 {
		t.Errorf("%+v while the child ran", running)
	}
	if ended.cpu < running.cpu || ended.rss == 0 {
		t.Errorf("%+v after the child ended, before %+v", ended, running)
	}
	if ended.rss >= running.rss {
		t.Errorf("%d bytes are held without the child, %d were with it", ended.rss, running.rss)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

// A peak has at least one look; what is shared makes the sum larger.
func TestPeak(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), "cat")
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stop := peak(command.Process.Pid)
	highest, err := stop()
	if err != nil || highest.once == 0 || highest.rss < highest.once {
		t.Errorf("a peak of %+v, %v", highest, err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

func TestParseRollup(t *testing.T) {
	t.Parallel()
	const rollup = "55d0-7ffd ---p 00000000 00:00 0    [rollup]\nRss:    1000 kB\nPss:     600 kB\nPss_Dirty:  90 kB\n"
	if got, err := parseRollup(rollup); err != nil || got != 600<<10 {
		t.Errorf("%d bytes, %v, want 600 KiB", got, err)
	}
	if _, err := parseRollup("Rss:    1000 kB\n"); err == nil {
		t.Error("a rollup without Pss is no error")
	}
}

// What ended or began meanwhile isn't counted.
func TestGrown(t *testing.T) {
	t.Parallel()
	before := map[int]usage{1: {rss: 100}, 2: {rss: 50}, 3: {rss: 1}, 9: {rss: 7}}
	after := map[int]usage{1: {rss: 130}, 3: {rss: 3}, 4: {rss: 1000}, 9: {rss: 70}}
	if got := grown([]int{1, 3, 4}, before, after); got != 32 {
		t.Errorf("it grew by %d, want 32", got)
	}
}
