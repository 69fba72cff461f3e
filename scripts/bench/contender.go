package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// variantSides are the longest sides of the variants that all contenders make, px.
var variantSides = [...]int{1024, 512, 128}

// contender makes the variants of the lab's photos.
type contender struct {
	name string
	ours bool
	pid  int // of the process that does it, with its descendants
	// lying is whether it leaves photos as they lie and with their own colours:
	// neither turned upright nor converted.
	lying bool
	// optimise makes the variants of all photos once.
	optimise func(ctx context.Context, to string) error
	// collect puts the variants that were made last into a folder, where optimise
	// leaves them elsewhere; nil where it puts them there itself.
	collect func(ctx context.Context, to string) error
	stop    func() error
}

// variantName is the name of the file with a variant of photo i.
func variantName(i, side int) string { return fmt.Sprintf("%02d.%d.webp", i, side) }

// once has the contender make the variants and gives what it took.
func (c *contender) once(ctx context.Context, to string) (wall, cpu time.Duration, err error) {
	before, err := usageOf(c.pid)
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := c.optimise(ctx, to); err != nil {
		return 0, 0, err
	}
	wall = time.Since(begin)
	after, err := usageOf(c.pid)
	if err != nil {
		return 0, 0, err
	}
	return wall, after.cpu - before.cpu, nil
}

// keep has the contender make the variants, all of them in a folder, and gives
// the most memory it held meanwhile. Watching that takes time, so nothing
// else is measured.
func (c *contender) keep(ctx context.Context, to string) (most held, err error) {
	stop := peak(c.pid)
	err = c.optimise(ctx, to)
	most, peakErr := stop()
	if err := errors.Join(err, peakErr); err != nil {
		return held{}, err
	}
	if c.collect != nil {
		return most, c.collect(ctx, to)
	}
	return most, nil
}

// contenders are all that a section compares.
type contenders []*contender

func (all contenders) names() []string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.name
	}
	return names
}

// find gives the index of the contender of a name, -1 if it takes no part.
func (all contenders) find(name string) int {
	for i, c := range all {
		if c.name == name {
			return i
		}
	}
	return -1
}

func (all contenders) stop() error {
	var errs []error
	for _, c := range all {
		if err := c.stop(); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// starter readies a contender.
type starter func(ctx context.Context, l *lab) (*contender, error)

// startAll readies contenders, or none.
func startAll(ctx context.Context, l *lab, starters []starter) (contenders, error) {
	var all contenders
	for _, start := range starters {
		c, err := start(ctx, l)
		if err != nil {
			return nil, errors.Join(err, all.stop())
		}
		all = append(all, c)
	}
	return all, nil
}

// variantBytes adds up the files of all variants in a folder.
func variantBytes(folder string, photos int) (sum int64, err error) {
	for i := range photos {
		for _, side := range variantSides {
			info, err := os.Stat(filepath.Join(folder, variantName(i, side)))
			if err != nil {
				return 0, err
			}
			sum += info.Size()
		}
	}
	return sum, nil
}
