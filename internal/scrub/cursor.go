package scrub

import (
	"iter"
	"strings"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// cursor goes through a listing, which is in the order of its keys.
type cursor struct {
	next func() (blob.Info, error, bool)
	stop func()

	info blob.Info // the one it stands at
	err  error
	ok   bool // false behind the last
}

func newCursor(list iter.Seq2[blob.Info, error]) *cursor {
	c := &cursor{}
	c.next, c.stop = iter.Pull2(list)
	c.step()
	return c
}

func (c *cursor) step() { c.info, c.err, c.ok = c.next() }

// before gives the object it stands at, if that comes before a key, and steps
// on. Every object comes before "".
func (c *cursor) before(key string) (info blob.Info, ok bool, err error) {
	if c.err != nil {
		return blob.Info{}, false, c.err
	}
	if !c.ok || key != "" && c.info.Key >= key {
		return blob.Info{}, false, nil
	}
	info = c.info
	c.step()
	return info, true, nil
}

// take gives the object it stands at, if its key begins so, and steps on.
func (c *cursor) take(prefix string) (info []blob.Info, err error) {
	if c.err != nil {
		return nil, c.err
	}
	if !c.ok || !strings.HasPrefix(c.info.Key, prefix) {
		return nil, nil
	}
	info = []blob.Info{c.info}
	c.step()
	return info, nil
}
