package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Names of sharp's ways among the contenders.
const (
	sharpOnceName   = "sharp, one decode"
	sharpThriceName = "sharp, three calls"
)

// peersAtOnce is how many requests or photos a peer has at one time, which keeps
// two cores busy.
const peersAtOnce = 4

// canRunSharp tells whether the machine has npm and a Node.js that is new enough.
func canRunSharp(ctx context.Context) bool {
	const newEnough = `const [major, minor] = process.versions.node.split('.'); process.exit(major > 20 || major == 20 && minor >= 9 ? 0 : 1)`
	_, err := exec.LookPath("npm")
	return err == nil && exec.CommandContext(ctx, "node", "-e", newEnough).Run() == nil
}

// startSharp gives what starts a way of using sharp, "once" or "thrice".
func startSharp(name, way string, atOnce int) starter {
	return func(ctx context.Context, l *lab) (*contender, error) {
		script, err := l.installSharp(ctx)
		if err != nil {
			return nil, err
		}
		p, err := startProgram(ctx, "node", append([]string{script, way, strconv.Itoa(atOnce)}, l.photos...)...)
		if err != nil {
			return nil, err
		}
		return &contender{name: name, pid: p.command.Process.Pid, optimise: p.optimise, stop: p.stop}, nil
	}
}

// installSharp installs the sharp of package-lock.json in the lab, once, and
// gives the script that uses it.
func (l *lab) installSharp(ctx context.Context) (script string, err error) {
	dir, err := l.folder("sharp")
	if err != nil {
		return "", err
	}
	script = filepath.Join(dir, "optimise.mjs")
	if _, err := os.Stat(script); err == nil {
		return script, nil
	}
	l.progress("install sharp")
	if err := os.CopyFS(dir, os.DirFS("scripts/bench/sharp")); err != nil {
		return "", fmt.Errorf("copy what uses sharp: %w", err)
	}
	return script, l.command(ctx, "npm", "ci", "--prefix", dir, "--no-audit", "--no-fund", "--prefer-offline")
}
