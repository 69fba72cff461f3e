package ingest

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/video"
)

// spacePause is how long to leave a full disk or bucket alone.
const spacePause = time.Minute

// videoNoSpace is what package video says of a child that found the disk full.
const videoNoSpace = "found no space left on the disk"

// isFull reports whether the disk or the bucket is full, by the error of what
// tried to write there.
func isFull(err error) bool {
	if died, ok := errors.AsType[*video.ChildError](err); ok && died.Reason == videoNoSpace {
		return true
	}
	return errors.Is(err, blob.ErrNoSpace) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// fullAfter is how many tasks in a row find no space before all wait: one file
// that doesn't fit is no full disk.
const fullAfter = 3

// waitForSpace puts a task off, for as long as it takes: that attempt counts for
// nothing and stands in no timeline.
func (in *Ingest) waitForSpace(ctx context.Context, full error) error {
	if in.noSpace.Add(1) < fullAfter {
		return queue.Later(spacePause)
	}
	if in.fullUntil.Swap(in.Now().Add(spacePause).UnixNano()) == 0 {
		in.Log.ErrorContext(ctx, "no space left", "err", full)
	}
	return queue.Later(spacePause)
}

// full says for how much longer nothing is to be written, 0 when there is space
// or it is time to try again. A queue of photos that can't be kept would
// otherwise be downloaded every minute.
func (in *Ingest) full() time.Duration {
	if until := in.fullUntil.Load(); until != 0 {
		return max(0, time.Unix(0, until).Sub(in.Now()))
	}
	return 0
}

// hasSpace notes that something could be written.
func (in *Ingest) hasSpace(ctx context.Context) {
	in.noSpace.Store(0)
	if in.fullUntil.Swap(0) != 0 {
		in.Log.InfoContext(ctx, "there is space again")
	}
}
