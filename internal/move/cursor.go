package move

import "iter"

// Cursor walks over a list that is in the order of its keys, beside the walk
// over another one, so that neither has to be held.
type Cursor[T any] struct {
	next func() (T, error, bool)
	stop func()
	key  func(T) string
	item T    // where it stands
	has  bool // it stands somewhere
}

// NewCursor begins at the beginning. The caller stops it.
func NewCursor[T any](list iter.Seq2[T, error], key func(T) string) *Cursor[T] {
	c := &Cursor[T]{key: key}
	c.next, c.stop = iter.Pull2(list)
	return c
}

// Stop ends the walk.
func (c *Cursor[T]) Stop() { c.stop() }

// Find looks for a key behind all that were looked for before, and calls passed
// with those before it.
func (c *Cursor[T]) Find(key string, passed func(T)) (item T, found bool, err error) {
	for {
		if !c.has {
			next, err, ok := c.next()
			if err != nil || !ok {
				return item, false, err
			}
			c.item, c.has = next, true
		}
		at := c.key(c.item)
		if at > key {
			return item, false, nil
		}
		c.has = false
		if at == key {
			return c.item, true, nil
		}
		passed(c.item)
	}
}

// Rest calls passed with all that has not been passed or found.
func (c *Cursor[T]) Rest(passed func(T)) error {
	if c.has {
		c.has = false
		passed(c.item)
	}
	for {
		item, err, ok := c.next()
		if err != nil || !ok {
			return err
		}
		passed(item)
	}
}
