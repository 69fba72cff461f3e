package vitrine

import "slices"

// Item is one place of a list as Plan sees it.
type Item struct {
	Key     string // identity of the media that stands here; the same media may stand twice
	Version string // opaque; a different one means different bytes
	Refetch string // in the wanted list: why to fetch again whatever the version, "" for no such wish
}

// Action is what a step does with a media.
type Action string

// The actions of a plan. Keep, Move, Refetch and Add each give one place of
// the new list; Remove takes one away.
const (
	Keep    Action = "keep"
	Move    Action = "move"
	Refetch Action = "refetch"
	Add     Action = "add"
	Remove  Action = "remove"
)

// VersionChanged is the reason of a refetch whose version is different.
const VersionChanged = "version changed"

// Step is one line of a plan.
type Step struct {
	Action Action
	Key    string
	From   int    // place in the list before, -1 for Add
	To     int    // place in the list after, -1 for Remove
	Why    string // of a Refetch
}

// Plan is the difference between the list a listing has and the list it shall
// have (Classifieds API contract, section 4). The steps of the new list come
// first, in its order; then the removals, in the order of the old one.
//
// Repeats of one key are matched in order, the first with the first. A place
// is an index: what slides up because something before it went has moved.
// A media that moves and has changed is a Refetch.
func Plan(before, after []Item) []Step {
	places := make(map[string][]int, len(before))
	for i, item := range before {
		places[item.Key] = append(places[item.Key], i)
	}
	version := make(map[string]string, len(before))
	for _, item := range before {
		version[item.Key] = item.Version
	}

	steps := make([]Step, 0, len(after))
	var kept []int
	for to, item := range after {
		step := Step{Action: Add, Key: item.Key, From: -1, To: to}
		if froms := places[item.Key]; len(froms) > 0 {
			step.From, places[item.Key] = froms[0], froms[1:]
			kept = append(kept, step.From)
			step.Action = Keep
			if step.From != to {
				step.Action = Move
			}
		}
		known, wasThere := version[item.Key]
		switch {
		case item.Refetch != "":
			step.Action, step.Why = Refetch, item.Refetch
		case wasThere && known != item.Version:
			step.Action, step.Why = Refetch, VersionChanged
		}
		steps = append(steps, step)
	}
	slices.Sort(kept)
	for from, item := range before {
		if _, found := slices.BinarySearch(kept, from); !found {
			steps = append(steps, Step{Action: Remove, Key: item.Key, From: from, To: -1})
		}
	}
	return steps
}
