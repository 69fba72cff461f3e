package ingest

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/semaphore"

	"github.com/vitrine-media/vitrine/internal/fetch"
)

// room is what one task's file may take of the temp folder, out of the
// Config.TempBytes of all. A file that needs more than those has them all, so
// that it finds its turn too.
//
// Nobody waits for room who has some already: tasks that did could wait for each
// other.
type room struct {
	all  *semaphore.Weighted
	most int64 // of all
	held int64
}

// newRoom gives room for nothing yet. The task frees it when its file is gone.
func (in *Ingest) newRoom() *room { return &room{all: in.temp, most: in.TempBytes} }

// take waits for room for that many bytes, after all who came before. The room
// must be free. The error is ctx's cause.
func (r *room) take(ctx context.Context, bytes int64) error {
	bytes = min(bytes, r.most)
	if err := r.all.Acquire(ctx, bytes); err != nil {
		return context.Cause(ctx)
	}
	r.held = bytes
	return nil
}

// fit makes it room for that many bytes, at once. It reports whether it could:
// it always can when they are fewer.
func (r *room) fit(bytes int64) bool {
	more := min(bytes, r.most) - r.held
	if more > 0 && !r.all.TryAcquire(more) {
		return false
	}
	if more < 0 {
		r.all.Release(-more)
	}
	r.held += more
	return true
}

// free gives back all of it.
func (r *room) free() { r.fit(0) }

// errNoRoom ends a download that needs more room than it has taken.
var errNoRoom = errors.New("no room in the temp folder")

// fetchTo makes a download into a file for which room is taken as soon as it is
// its turn at the origin. once says that the origin gives it only once.
//
// Nearly all are photos, most of a few MB, and some turn out to be videos. So
// there is room for the largest photo before the origin is asked, and for what
// the file has as soon as the answer says so. If that is more, and there is none
// left, the answer is dropped. The second request waits for the bound of the
// download first, which is enough for any answer. What can't be asked for twice
// waits for that at once.
func (in *Ingest) fetchTo(ctx context.Context, request fetch.Request, once bool, w io.Writer, room *room) (fetch.Result, error) {
	bound := max(request.MaxBytes, in.Gallery.Limits().MaxPhotoBytes)
	if !once {
		result, err := in.fetchWithin(ctx, request, in.Gallery.Limits().MaxPhotoBytes, w, room)
		if !errors.Is(err, errNoRoom) {
			return result, err
		}
		room.free()
	}
	return in.fetchWithin(ctx, request, bound, w, room)
}

// fetchWithin makes a download that waits for room for that many bytes. The
// error is errNoRoom, with nothing written, when it needs more and there is none.
func (in *Ingest) fetchWithin(ctx context.Context, request fetch.Request, bytes int64, w io.Writer, room *room) (fetch.Result, error) {
	begin := request.Begin
	request.Begin = func(ctx context.Context) error {
		if err := room.take(ctx, bytes); err != nil || begin == nil {
			return err
		}
		return begin(ctx)
	}
	request.Room = func(bytes int64) error {
		if !room.fit(bytes) {
			return errNoRoom
		}
		return nil
	}
	result, err := in.Fetcher.Fetch(ctx, request, w)
	if err == nil {
		room.fit(result.Bytes) // not more than there is room for
	}
	return result, err
}
