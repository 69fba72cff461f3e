// Package move carries an installation to another database and another bucket:
// from one machine to many, or back. Ids, addresses, keys and what waits to be
// done stay what they are.
//
// The bytes go first, in as many passes as one likes, beside the server that
// uses them. The last pass and the rows want it stopped.
//
// Nothing half-moved looks whole. The rows come in one transaction, which is
// committed when all of them have been read back. A bucket has a mark from the
// first object until the rows are there, and Ready refuses one that has it.
//
// Nor is anything moved that is damaged: originals are held against the digest
// that is their name, and each object that was put is read back. What an
// earlier pass has put is known by key and size alone, without a journal: a
// bucket shows an object whole or not at all, what failed its second reading
// was deleted, and a key names its bytes but for uploads, which the last pass
// copies anew each time.
package move

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// Progress is told how far one step after another has come. It is safe for
// concurrent use.
type Progress interface {
	// Begin begins a step of so many bytes or rows.
	Begin(step Step, total int64)
	// Add tells of n more. In the end there may be more or fewer than the total.
	Add(n int64)
	// End ends the step, whether it is done or not.
	End()
}

// Step is what a Progress is about.
type Step string

// The steps.
const (
	Bytes Step = "bytes"
	Rows  Step = "rows"
)

// The errors that callers tell apart.
var (
	// ErrNotEmpty is a target with something in it that is no half-done move of
	// the same source.
	ErrNotEmpty = errors.New("not empty")
	// ErrHalf is a bucket to which not everything has been moved yet.
	ErrHalf = errors.New("the bucket is a half-done move or restore; run the same command again to its end")
	// ErrDamaged is objects that are not what they ought to be.
	ErrDamaged = errors.New("damaged")
)

// mark is the key of the object that a bucket has while it is being moved to.
// Its text names the source.
const mark = "moving"

// IsMark reports whether a key is that of the mark, which is no object of an
// installation.
func IsMark(key string) bool { return key == mark }

// maxMark bounds what is read of a mark.
const maxMark = 4 << 10

// Begin marks an empty bucket as being moved to from that source. One that
// bears the mark of the same source is as good; ErrNotEmpty is any other.
func Begin(ctx context.Context, to blob.Bucket, source string) error {
	was, err := marked(ctx, to)
	switch {
	case err != nil:
		return err
	case was == source:
		return nil
	case was != "":
		return fmt.Errorf("the target bucket is %w: it is a half-done move or restore from %s", ErrNotEmpty, was)
	}
	for info, err := range to.List(ctx, "") {
		if err != nil {
			return err
		}
		return fmt.Errorf("the target bucket is %w: it holds %s, and is no half-done move or restore", ErrNotEmpty, info.Key)
	}
	return to.Put(ctx, mark, strings.NewReader(source), int64(len(source)))
}

// End takes the mark away: all has been moved.
func End(ctx context.Context, to blob.Bucket) error { return to.Delete(ctx, mark) }

// Ready is nil for a bucket that a server may use, ErrHalf for one that is
// being moved to.
func Ready(ctx context.Context, bucket blob.Reader) error {
	was, err := marked(ctx, bucket)
	if err == nil && was != "" {
		err = fmt.Errorf("from %s: %w", was, ErrHalf)
	}
	return err
}

// marked gives the source that a bucket is being moved to from, "" for none.
func marked(ctx context.Context, bucket blob.Reader) (source string, err error) {
	object, err := bucket.Open(ctx, mark)
	if errors.Is(err, blob.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	text, err := io.ReadAll(io.LimitReader(object, maxMark))
	return string(text), err
}
