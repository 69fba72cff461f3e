package backup

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/scrub"
)

const (
	// workers is how many objects are copied at one time: enough to hide how far
	// away a store is, few enough to leave a server beside them its disk.
	workers = 8
	// batch is how many objects are looked for before the missing ones of them
	// are copied.
	batch = 256
)

// round saves the objects that are named at one moment, and lists them.
type round struct {
	vault    *vault
	source   blob.Reader
	progress move.Progress

	list         *list
	former       *move.Cursor[object]     // the list of the backup that there is
	passed       func(object)             // told of what it has and isn't named
	there        *move.Cursor[blob.Info]  // what the folder has
	turn         func(sha256 string) bool // which of that are read
	items        []item                   // of the batch
	uploadsOf    map[string][]string      // the keys of the uploads of which an original is made, by the key of that
	early        map[string]object        // uploads that have been saved, by key
	uploads      []object
	count, bytes int64
	before       map[string]bool // keys that the round before lacked

	unread  *unread
	mu      sync.Mutex
	copied  int64
	renewed int64
	absent  map[string]lack // by key
}

// item is an object on its way to the list.
type item struct {
	named
	done *object // nil while it has to be read or copied, or is not there
	here bool    // in the folder, and to be read
	was  string  // its SHA-256 in the folder, "" where it is not known
}

// saveObjects saves the objects that the rows name that were just taken, or
// those of the bucket.
func (s *saver) saveObjects(ctx context.Context, turn int64, before map[string]bool) (r *round, err error) {
	r = &round{
		vault: s.vault, source: s.from.Blobs, progress: s.config.Progress, before: before,
		turn: scrub.Share(turn), early: s.uploads, unread: &s.unread,
		former: move.NewCursor(s.vault.formerObjects(), objectKey), passed: func(object) {},
		there:     move.NewCursor(s.vault.blobs.List(ctx, ""), func(info blob.Info) string { return info.Key }),
		uploadsOf: map[string][]string{}, absent: map[string]lack{},
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
	r.missUploads()
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

// look looks for an object in the folder. None is written over there with other
// bytes, so that one of the right name and size is the right one; it is read
// when it is its turn, as disks forget.
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
	if it.done != nil && r.turn(it.done.SHA256) {
		it.was, it.here, it.done = it.done.SHA256, true, nil
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
		for _, upload := range r.uploadsOf[it.key] {
			r.uploads = append(r.uploads, object{Key: upload, As: it.done.As, Size: it.done.Size, SHA256: it.done.SHA256})
		}
		delete(r.uploadsOf, it.key)
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
		if err == nil && (it.was == "" || is.SHA256 == it.was) {
			return &object{Key: it.key, As: it.as, Size: is.Size, SHA256: is.SHA256}, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
	}
	size := it.size
	if it.need == listed && it.sha256 == "" {
		size = -1 // as many as there are by now
	}
	is, err := move.Copy(ctx, r.source, it.key, r.vault.blobs, it.as, it.sha256, size, r.progress.Add)
	if err := r.unread.note(err); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, blob.ErrNotFound) || bad(err) {
		r.absent[it.key] = lack{it.need, err}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.copied++
	if it.here {
		r.renewed++
	}
	return &object{Key: it.key, As: it.as, Size: is.Size, SHA256: is.SHA256}, nil
}
