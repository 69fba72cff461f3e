package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// demoPhotos is the folder of the Debian package that the demo takes its
// photographs from.
const demoPhotos = "/usr/share/backgrounds/mate/nature"

// lab is what the sections measure with.
type lab struct {
	dir      string   // temporary
	photos   []string // files of the corpus, JPEGs
	rounds   int
	million  bool   // resync goes on to a million listings
	vitrined string // the program
	imgproxy string // programs of peers, "" for those that can't be had
	imagor   string
	sharp    bool // whether it can be had
}

// newLab builds the server and looks for the photos of a folder.
func newLab(ctx context.Context, folder string, rounds int) (*lab, error) {
	if folder == "" {
		folder = demoPhotos
	}
	photos, err := filepath.Glob(filepath.Join(folder, "*.[jJ][pP]*[gG]"))
	if err != nil {
		return nil, err
	}
	if len(photos) == 0 {
		return nil, fmt.Errorf("there is no JPEG in %s", folder)
	}
	slices.Sort(photos)
	dir, err := os.MkdirTemp("", "vitrine-bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, photos: photos, rounds: rounds, vitrined: filepath.Join(dir, "vitrined"), sharp: canRunSharp(ctx)}
	l.progress("build vitrined")
	if err := l.command(ctx, "go", "build", "-trimpath", "-o", l.vitrined, "./cmd/vitrined"); err != nil {
		return nil, err
	}
	return l, nil
}

// close removes what was measured with.
func (l *lab) close() error { return os.RemoveAll(l.dir) }

// progress tells whoever waits what is being done.
func (l *lab) progress(form string, values ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+form+"\n", values...)
}

// command runs a program to its end; what it says is part of the error.
func (l *lab) command(ctx context.Context, name string, arguments ...string) error {
	out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, out)
	}
	return nil
}

// inTurns lets the contenders take turns for as many rounds as are wanted, after
// one that isn't counted. The round is the first argument, from 0; the uncounted
// is -1. Each round begins with another contender, so that none always comes
// after the same.
func (l *lab) inTurns(ctx context.Context, contenders []string, turn func(ctx context.Context, round, contender int) error) error {
	for round := -1; round < l.rounds; round++ {
		for i := range contenders {
			contender := (i + round + len(contenders)) % len(contenders)
			l.progress("round %d of %d: %s", round+1, l.rounds, contenders[contender])
			if err := turn(ctx, round, contender); err != nil {
				return fmt.Errorf("%s, round %d: %w", contenders[contender], round+1, err)
			}
		}
	}
	return nil
}
