package gallery

import (
	"slices"

	"github.com/vitrine-media/vitrine"
)

// Change is one line of the difference between two revisions of a list.
type Change struct {
	Action vitrine.Action        // as of a plan from the one to the other; Refetch: its version or its bytes are others, or may be
	Moved  bool                  // it was taken to another place, which one that only made room was not
	Before *vitrine.RevisionStep // nil for Add
	After  *vitrine.RevisionStep // nil for Remove
}

// Described reports whether what stands in both is described otherwise: its type,
// category, tags, title or that it was altered.
func (c Change) Described() bool {
	return c.Before != nil && c.After != nil && c.Before.As != c.After.As
}

// Diff is the difference between two revisions of one list, in whatever order of
// time: what stands in the list after, in its order, and then what is no longer
// there. As few as can be are moved.
func Diff(before, after vitrine.Revision) []Change {
	old, list := before.List(), after.List()
	from := matches(old, list)
	moved := moves(from)
	var changes []Change
	for i := range list {
		c := Change{Action: vitrine.Add, After: &list[i], Moved: moved[i]}
		if from[i] >= 0 {
			c.Before, c.Action = &old[from[i]], vitrine.Keep
			switch {
			case otherBytes(c.Before, c.After):
				c.Action = vitrine.Refetch
			case c.Moved:
				c.Action = vitrine.Move
			}
		}
		changes = append(changes, c)
	}
	for i := range old {
		if !slices.Contains(from, i) {
			changes = append(changes, Change{Action: vitrine.Remove, Before: &old[i]})
		}
	}
	return changes
}

// Moves reports which of these steps took a media to another place. The others
// stayed, or made room for others only: as few as can be are said to have moved.
func Moves(steps []vitrine.RevisionStep) []bool {
	from := make([]int, len(steps))
	for i, step := range steps {
		from[i] = step.From
		if step.To < 0 {
			from[i] = -1
		}
	}
	return moves(from)
}

// matches gives for each place of a list where its media stands in the list
// before, -1 for nowhere. A media that had been given up and came anew is known
// by its URL.
func matches(before, after []vitrine.RevisionStep) []int {
	from := make([]int, len(after))
	taken := make([]bool, len(before))
	match := func(place int, same func(vitrine.RevisionStep) bool) {
		for i, step := range before {
			if !taken[i] && same(step) {
				from[place], taken[i] = i, true
				return
			}
		}
	}
	for i, step := range after {
		from[i] = -1
		match(i, func(b vitrine.RevisionStep) bool { return b.MediaID == step.MediaID })
	}
	for i, step := range after {
		if from[i] < 0 && step.URL != "" {
			match(i, func(b vitrine.RevisionStep) bool { return b.URL == step.URL })
		}
	}
	return from
}

// otherBytes reports whether a media shows other bytes, once all has ended; where
// it isn't known of both, whether it was asked for again in between.
func otherBytes(before, after *vitrine.RevisionStep) bool {
	switch {
	case before.Version != after.Version:
		return true
	case before.MediaID == after.MediaID && before.Wish == after.Wish:
		return false
	case before.Shown != "" && after.Shown != "":
		return before.Shown != after.Shown
	}
	return before.MediaID == after.MediaID
}

// moves reports for each place, given where it was before or -1, whether it is
// not on the longest row of places that kept their order; of two as long, on the
// one in which more have kept their number.
func moves(from []int) []bool {
	longer := len(from) + 1            // counts for more than all numbers kept
	best := make([]int, len(from))     // of the rows that end with a place
	previous := make([]int, len(from)) // in that row, -1 for none
	moved, end := make([]bool, len(from)), -1
	for i, f := range from {
		previous[i] = -1
		if f < 0 {
			continue
		}
		moved[i] = true
		for j := range i {
			if from[j] >= 0 && from[j] < f && best[j] > best[i] {
				best[i], previous[i] = best[j], j
			}
		}
		best[i] += longer
		if f == i {
			best[i]++
		}
		if end < 0 || best[i] > best[end] {
			end = i
		}
	}
	for ; end >= 0; end = previous[end] {
		moved[end] = false
	}
	return moved
}
