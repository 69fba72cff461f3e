package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Names of the bare programs among the contenders.
const (
	limitName   = "the limit"
	libvipsName = "bare libvips, one decode, effort 2"
)

// program is a process that makes all variants once for each line it reads,
// which names the folder, and then answers with a line. So neither its start nor
// its warming up is measured.
type program struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	log     bytes.Buffer
}

// startProgram starts such a process.
func startProgram(ctx context.Context, name string, arguments ...string) (p *program, err error) {
	p = &program{command: exec.CommandContext(ctx, name, arguments...)}
	p.command.Stderr = &p.log
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

func (p *program) optimise(_ context.Context, to string) error {
	if _, err := fmt.Fprintln(p.in, to); err != nil {
		return err
	}
	if !p.out.Scan() {
		return errors.Join(errors.New("the program ended before its work"), p.out.Err(), p.stop())
	}
	return nil
}

func (p *program) stop() error {
	if err := errors.Join(p.in.Close(), p.command.Wait()); err != nil {
		return fmt.Errorf("%s: %w: %s", p.command.Path, err, &p.log)
	}
	return nil
}

// startLimit builds the program of the limit and starts it.
func startLimit(ctx context.Context, l *lab) (*contender, error) {
	c, err := l.startBuilt(ctx, limitName, []string{"limit.c", "shrink.c", "blurhash.c"}, "-ljpeg", "-lwebp", "-lm")
	if err == nil {
		c.lying = true
	}
	return c, err
}

// startLibvips builds and starts what has libvips do the same.
func startLibvips(ctx context.Context, l *lab) (*contender, error) {
	flags, err := exec.CommandContext(ctx, "pkg-config", "--cflags", "--libs", "vips").Output()
	if err != nil {
		return nil, fmt.Errorf("find libvips: %w", err)
	}
	return l.startBuilt(ctx, libvipsName, []string{"libvips.c"}, strings.Fields(string(flags))...)
}

// startBuilt builds a program of scripts/bench/limit for this very processor,
// and starts it with a thread for each core.
func (l *lab) startBuilt(ctx context.Context, name string, sources []string, flags ...string) (*contender, error) {
	built := filepath.Join(l.dir, strings.TrimSuffix(sources[0], ".c"))
	arguments := []string{"-O3", "-march=native", "-ffast-math", "-o", built}
	for _, source := range append(sources, "rounds.c") {
		arguments = append(arguments, filepath.Join("scripts/bench/limit", source))
	}
	if err := l.command(ctx, "gcc", append(append(arguments, flags...), "-lpthread")...); err != nil {
		return nil, err
	}
	p, err := startProgram(ctx, built, append([]string{strconv.Itoa(runtime.NumCPU())}, l.photos...)...)
	if err != nil {
		return nil, err
	}
	return &contender{name: name, pid: p.command.Process.Pid, optimise: p.optimise, stop: p.stop}, nil
}
