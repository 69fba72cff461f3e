package backup

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/vitrine-media/vitrine/internal/move"
)

// maxUnread is how many objects in a row can't be read before it is the store
// that can't be read: what is left out then would be nearly all.
const maxUnread = 20

// unread counts the objects in a row that could not be read.
type unread struct{ n atomic.Int64 }

// note is told how a copy has ended. It gives an error when it is the store.
func (u *unread) note(err error) error {
	if !errors.Is(err, move.ErrUnreadable) {
		u.n.Store(0)
		return nil
	}
	if n := u.n.Add(1); n >= maxUnread {
		return fmt.Errorf("%d objects in a row could not be copied, the last one: %w", n, err)
	}
	return nil
}
