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
)

// limitName is the limit's among the contenders.
const limitName = "the limit"

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

// startLimit builds the program of the limit and starts it with a thread for
// each core.
func startLimit(ctx context.Context, l *lab) (*contender, error) {
	sources, err := filepath.Glob("scripts/bench/limit/*.c")
	if err != nil {
		return nil, err
	}
	built := filepath.Join(l.dir, "limit")
	arguments := append([]string{"-O3", "-march=native", "-ffast-math", "-o", built}, sources...)
	if err := l.command(ctx, "gcc", append(arguments, "-ljpeg", "-lwebp", "-lm", "-lpthread")...); err != nil {
		return nil, err
	}
	p, err := startProgram(ctx, built, append([]string{strconv.Itoa(runtime.NumCPU())}, l.photos...)...)
	if err != nil {
		return nil, err
	}
	return &contender{name: limitName, pid: p.command.Process.Pid, lying: true, optimise: p.optimise, stop: p.stop}, nil
}
