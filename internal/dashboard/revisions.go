package dashboard

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// verdict is what became of a file, as a colour, a sign and a word.
type verdict struct {
	Class string // of its colour
	Sign  string
	Word  string
}

// planView is what one change made of a list.
type planView struct {
	revisionLine
	Lines []planLine
}

type planLine struct {
	verdict
	Place   string // from 1; "3 → 1" where it changed
	Name    string
	Address string // of the file's page, "" where it has none
	Why     string
}

// revisionLine is a revision in a table.
type revisionLine struct {
	Number        int64
	At            moment
	By            string
	Status, State string
	Tally         []verdictCount
	Compare       string // the address that compares it with the one before, "" for the oldest
}

// verdictCount counts what became of files in the same way.
type verdictCount struct {
	verdict
	Count int
}

// fileNames says what files of revisions are called, and where their pages are.
type fileNames struct {
	*gallery.History
	words   *words
	listing string           // the address of its page
	listed  map[int64]string // the UUIDs of the files that the list has now
}

func namesIn(words *words, h *gallery.History) fileNames {
	names := fileNames{History: h, words: words, listing: "/listings/" + h.Listing.UUID, listed: map[int64]string{}}
	if len(h.Revisions) > 0 {
		for _, step := range h.Revisions[0].List() {
			if m, there := h.Files[step.MediaID]; there {
				names.listed[m.ID] = m.UUID
			}
		}
	}
	return names
}

// line begins a line about a file.
func (n fileNames) line(step vitrine.RevisionStep) planLine {
	line := planLine{Name: n.Name(step)}
	if line.Name == "" {
		line.Name = fmt.Sprintf(n.words.FileGone, step.MediaID)
		if _, there := n.Files[step.MediaID]; there { // it was uploaded, and nobody gave it a name
			line.Name = strconv.FormatInt(step.MediaID, 10)
		}
	}
	if uuid := n.listed[step.MediaID]; uuid != "" {
		line.Address = n.listing + "/media/" + uuid
	}
	return line
}

// verdictOf is what a step did. One that only made room for others has not moved.
func (w *words) verdictOf(action vitrine.Action, moved bool) verdict {
	switch {
	case action == vitrine.Add:
		return verdict{"add", "+", w.WasAdded}
	case action == vitrine.Remove:
		return verdict{"remove", "−", w.WasRemoved}
	case action == vitrine.Refetch:
		return verdict{"refetch", "⟳", w.WasRefetched}
	case action == vitrine.Move && moved:
		return verdict{"move", "↕", w.WasMoved}
	case action == vitrine.Move:
		return verdict{"keep", "⇣", w.WasShifted}
	}
	return verdict{"keep", "=", w.WasKept}
}

// lastPlan is the newest revision that has changed the list, and not only what
// stands beside it; nil where none is kept.
func (d *Dashboard) lastPlan(names fileNames) *planView {
	for _, r := range names.Revisions {
		if slices.ContainsFunc(r.Steps, func(step vitrine.RevisionStep) bool { return step.Action != vitrine.Keep }) {
			return d.planView(names, r)
		}
	}
	return nil
}

// planView is a revision with each of its steps.
func (d *Dashboard) planView(names fileNames, r vitrine.Revision) *planView {
	view := &planView{revisionLine: d.revisionLine(names.words, names.listing, r, nil)}
	moved := gallery.Moves(r.Steps)
	for i, step := range r.Steps {
		line := names.line(step)
		line.verdict = names.words.verdictOf(step.Action, moved[i])
		line.Place = placeText(step.From, step.To)
		line.Why = names.words.why(r.By, step, moved[i])
		view.Lines = append(view.Lines, line)
	}
	return view
}

// placeText tells where a file stands, from 1, and where it stood if that is
// another place.
func placeText(from, to int) string {
	switch {
	case from == to || from < 0:
		return strconv.Itoa(to + 1)
	case to < 0:
		return strconv.Itoa(from + 1)
	}
	return fmt.Sprintf("%d → %d", from+1, to+1)
}

// why is the reason of a step.
func (w *words) why(by vitrine.ChangedBy, step vitrine.RevisionStep, moved bool) string {
	switch step.Why {
	case vitrine.VersionChanged:
		return w.WhyVersion
	case vitrine.FailedBefore:
		return w.WhyFailed
	case vitrine.NeverUploaded:
		return w.WhyUpload
	case vitrine.MayHaveChanged:
		return w.WhyAsk
	case vitrine.AlreadyHere:
		return w.WhyHere
	case vitrine.ShownAlready:
		return w.WhyShown
	}
	switch {
	case step.Action == vitrine.Add:
		return w.WhyNew
	case step.Action == vitrine.Remove && by == vitrine.ByDeletion:
		return w.WhyDeleted
	case step.Action == vitrine.Remove && by == vitrine.ByExpiry:
		return w.WhyExpired
	case step.Action == vitrine.Remove:
		return w.WhyRemoved
	case step.Action == vitrine.Move && moved:
		return w.WhyMoved
	case step.Action == vitrine.Move:
		return w.WhyShifted
	}
	return w.WhyKept
}

// revisionLine is a revision in a table, in which older comes before it.
func (d *Dashboard) revisionLine(words *words, listing string, r vitrine.Revision, older *vitrine.Revision) revisionLine {
	line := revisionLine{
		Number: r.Number, At: words.moment(r.At, d.now()), By: words.by(r.By), Status: string(r.Status), State: stateOf(r.Status),
	}
	var verdicts []verdict
	for i, moved := range gallery.Moves(r.Steps) {
		verdicts = append(verdicts, words.verdictOf(r.Steps[i].Action, moved))
	}
	line.Tally = words.tally(verdicts)
	if older != nil {
		line.Compare = fmt.Sprintf("%s/compare?from=%d&to=%d", listing, older.Number, r.Number)
	}
	return line
}

func (d *Dashboard) revisionLines(names fileNames) []revisionLine {
	var lines []revisionLine
	for i, r := range names.Revisions {
		var older *vitrine.Revision
		if i+1 < len(names.Revisions) {
			older = &names.Revisions[i+1]
		}
		lines = append(lines, d.revisionLine(names.words, names.listing, r, older))
	}
	return lines
}

func (w *words) by(by vitrine.ChangedBy) string {
	switch by {
	case vitrine.ByListingsAPI:
		return w.ByListings
	case vitrine.ByClassifiedsAPI:
		return w.ByClassifieds
	case vitrine.ByDashboard:
		return w.ByDashboard
	case vitrine.ByDeletion:
		return w.ByDeletion
	case vitrine.ByExpiry:
		return w.ByExpiry
	}
	return string(by)
}

// tally counts verdicts. What has stayed is counted only where that is all.
func (w *words) tally(verdicts []verdict) []verdictCount {
	count := map[string]int{}
	for _, v := range verdicts {
		count[v.Class]++
	}
	var all []verdictCount
	for _, action := range []vitrine.Action{vitrine.Add, vitrine.Remove, vitrine.Refetch, vitrine.Move} {
		if v := w.verdictOf(action, true); count[v.Class] > 0 {
			all = append(all, verdictCount{v, count[v.Class]})
		}
	}
	if kept := w.verdictOf(vitrine.Keep, false); len(all) == 0 {
		all = append(all, verdictCount{kept, count[kept.Class]})
	}
	return all
}
