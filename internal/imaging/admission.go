package imaging

import (
	"context"
	"fmt"
	"time"
)

// admit waits until a task's child may decode that many pixels. They are
// the task's until it leaves. Nobody is overtaken: what is small would
// otherwise keep what is large waiting for ever.
func (p *Pool) admit(ctx context.Context, task *Task, pixels int64) error {
	if pixels < 0 || pixels > task.MaxPixels {
		return fmt.Errorf("a child that is about to decode %d px", pixels)
	}
	if err := p.pixels.Acquire(ctx, p.weight(pixels)); err != nil {
		return fmt.Errorf("wait for leave to decode: %w", err)
	}
	task.admitted = pixels
	return nil
}

// leave gives back what admit has given, if it has.
func (p *Pool) leave(task *Task) { p.pixels.Release(p.weight(task.admitted)) }

// weight is what a picture takes of PixelsInFlight: all, if it has more.
func (p *Pool) weight(pixels int64) int64 { return min(pixels, p.cfg.PixelsInFlight) }

// clock is the time that one picture has. One goroutine stops and starts it.
type clock struct {
	timer   *time.Timer
	left    time.Duration // when it started last
	started time.Time
}

// startClock gives a clock that calls up, once, when it has run for so long.
func startClock(limit time.Duration, up func()) *clock {
	return &clock{timer: time.AfterFunc(limit, up), left: limit, started: time.Now()}
}

// stop has the clock stand still until start.
func (c *clock) stop() {
	c.timer.Stop()
	c.left -= time.Since(c.started)
}

func (c *clock) start() {
	c.started = time.Now()
	c.timer.Reset(c.left)
}
