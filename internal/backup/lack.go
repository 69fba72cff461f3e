package backup

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine/internal/move"
)

// maxNamed is how many of the objects that are lacking are named.
const maxNamed = 20

// lack is an object that could not be saved.
type lack struct {
	need need
	err  error
}

// lost reports whether it ought to have been there, as it was named.
func (l lack) lost() bool {
	return l.need == has || l.need == sent || l.need != leaving && bad(l.err)
}

// bad tells the errors of a copy that are about the one object, which is there.
func bad(err error) bool {
	return errors.Is(err, move.ErrDamaged) || errors.Is(err, move.ErrUnreadable)
}

// gone reports whether something is lacking that the rows would not name any
// more if they were taken again: what was lacking before is lost, not gone. What
// is awaited is worth one more look, as others will come all the time.
func (r *round) gone(first bool) bool {
	for key, l := range r.absent {
		if (l.need == has || l.need == sent) && !r.before[key] || l.need == awaited && first {
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
	return fmt.Errorf("%w: all is there but %d objects, which are missing, damaged or unreadable at the source:\n\t%s%s",
		ErrIncomplete, len(lines), strings.Join(lines[:min(len(lines), maxNamed)], "\n\t"), more)
}
