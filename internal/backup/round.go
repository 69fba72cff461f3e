package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
)

const (
	// workers is how many objects are copied at one time: enough to hide how far
	// away a store is, few enough to leave a server beside them its disk.
	workers = 8
	// batch is how many objects are looked for before the missing ones of them
	// are copied.
	batch = 256
	// maxNamed is how many of the objects that are lacking are named.
	maxNamed = 20
)

// round saves the objects that are named at one moment, and lists them.
type round struct {
	vault    *vault
	source   blob.Reader
	progress move.Progress

	list         *list
	former       *move.Cursor[object]    // the list of the backup that there is
	passed       func(object)            // told of what it has and isn't named
	there        *move.Cursor[blob.Info] // what the folder has
	items        []item                  // of the batch
	uploadOf     map[string]string       // the key of the upload of which an original is made, by the key of that
	uploads      []object
	count, bytes int64
	before       map[string]bool // keys that the round before lacked

	mu     sync.Mutex
	copied int64
	absent map[string]lack // by key
}

// item is an object on its way to the list.
type item struct {
	named
	done *object // nil while it has to be copied, or is not there
	here bool    // in the folder; its digest is not known
}

// lack is an object that could not be saved.
type lack struct {
	need need
	err  error
}

// lost reports whether it ought to have been there, as it was named.
func (l lack) lost() bool {
	return l.need == has || l.need == listed && errors.Is(l.err, move.ErrDamaged)
}

// saveObjects saves the objects that the rows name that were just taken, or
// those of the bucket.
func (s *saver) saveObjects(ctx context.Context, before map[string]bool) (r *round, err error) {
	r = &round{
		vault: s.vault, source: s.from.Blobs, progress: s.config.Progress, before: before,
		former: move.NewCursor(s.vault.formerObjects(), objectKey), passed: func(object) {},
		there:    move.NewCursor(s.vault.blobs.List(ctx, ""), func(info blob.Info) string { return info.Key }),
		uploadOf: map[string]string{}, absent: map[string]lack{},
	}
	defer r.former.Stop()
	defer r.there.Stop()
	if r.list, err = newList(s.vault.incoming(objectsName)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.list.close()) }()
	if s.from.Rows == nil {
		return r, r.saveBucket(ctx)
	}
	db, err := openSaved(s.vault.incoming(rowsName))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return r, r.saveNamed(ctx, saved{db})
}

// saveNamed saves what rows name. Uploads come first, since they go the soonest.
func (r *round) saveNamed(ctx context.Context, rows saved) error {
	total, err := rows.bytes(ctx)
	if err != nil {
		return err
	}
	r.progress.Begin(move.Bytes, total)
	defer r.progress.End()
	if err := r.catchUploads(ctx, rows); err != nil {
		return err
	}
	if err := r.save(ctx, rows.originals(ctx)); err != nil {
		return err
	}
	slices.SortFunc(r.uploads, func(a, b object) int { return cmp.Compare(a.Key, b.Key) })
	for _, o := range r.uploads {
		if err := r.add(o); err != nil {
			return err
		}
	}
	return r.save(ctx, rows.variants(ctx))
}

// save saves a list of objects, some at a time.
func (r *round) save(ctx context.Context, all iter.Seq2[named, error]) error {
	for n, err := range all {
		if err != nil {
			return err
		}
		if err := r.look(n); err != nil {
			return err
		}
		if len(r.items) >= batch {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
	}
	return r.flush(ctx)
}

// look looks for an object in the folder. None is written over there, so that
// one of the right name and size is the right one.
func (r *round) look(n named) error {
	was, listed, err := r.former.Find(n.key, r.passed)
	if err != nil {
		return err
	}
	info, found, err := r.there.Find(n.as, func(blob.Info) {})
	if err != nil {
		return err
	}
	it := item{named: n}
	switch {
	case !found || info.Size != n.size:
	case listed && was.As == n.as && was.Size == n.size:
		it.done = &object{Key: n.key, As: n.as, Size: n.size, SHA256: was.SHA256}
	case n.sha256 != "":
		it.done = &object{Key: n.key, As: n.as, Size: n.size, SHA256: n.sha256}
	default:
		it.here = true
	}
	if it.done != nil {
		r.progress.Add(n.size)
	}
	r.items = append(r.items, it)
	return nil
}

// flush copies what is missing of the batch and lists all that is there.
func (r *round) flush(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := range r.items {
		if it := &r.items[i]; it.done == nil {
			group.Go(func() (err error) {
				it.done, err = r.take(ctx, it)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, it := range r.items {
		if it.done == nil {
			continue
		}
		if err := r.add(*it.done); err != nil {
			return err
		}
		if upload, ok := r.uploadOf[it.key]; ok {
			r.uploads = append(r.uploads, object{Key: upload, As: it.done.As, Size: it.done.Size, SHA256: it.done.SHA256})
		}
	}
	r.items = r.items[:0]
	return nil
}

func (r *round) add(o object) error {
	r.count++
	r.bytes += o.Size
	return r.list.add(o)
}

// take copies an object, or notes that it could not; or it reads the one that is
// there.
func (r *round) take(ctx context.Context, it *item) (*object, error) {
	if it.here {
		is, err := move.Digest(ctx, r.vault.blobs, it.as)
		r.progress.Add(it.size)
		return &object{Key: it.key, As: it.as, Size: is.Size, SHA256: is.SHA256}, err
	}
	size := it.size
	if it.need == listed && it.sha256 == "" {
		size = -1 // as many as there are by now
	}
	is, err := move.Copy(ctx, r.source, it.key, r.vault.blobs, it.as, it.sha256, size, r.progress.Add)
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, move.ErrDamaged) {
		r.absent[it.key] = lack{it.need, err}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.copied++
	return &object{Key: it.key, As: it.as, Size: is.Size, SHA256: is.SHA256}, nil
}

// gone reports whether something is lacking that the rows would not name any
// more if they were taken again: what was lacking before is lost, not gone. What
// is awaited is worth one more look, as others will come all the time.
func (r *round) gone(first bool) bool {
	for key, l := range r.absent {
		if l.need == has && !r.before[key] || l.need == awaited && first {
			return true
		}
	}
	return false
}

// lacks gives the keys that are lacking.
func (r *round) lacks() map[string]bool {
	keys := make(map[string]bool, len(r.absent))
	for key := range r.absent {
		keys[key] = true
	}
	return keys
}

// incomplete is an ErrIncomplete that names what ought to be there, nil for
// nothing.
func (r *round) incomplete() error {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(r.absent)) {
		if l := r.absent[key]; l.lost() {
			lines = append(lines, fmt.Sprintf("%s: %v", key, l.err))
		}
	}
	return incomplete(lines)
}

func incomplete(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	more := ""
	if rest := len(lines) - maxNamed; rest > 0 {
		more = fmt.Sprintf("\n\tand %d more", rest)
	}
	return fmt.Errorf("%w: all is there but %d objects, which are missing or damaged at the source:\n\t%s%s",
		ErrIncomplete, len(lines), strings.Join(lines[:min(len(lines), maxNamed)], "\n\t"), more)
}
