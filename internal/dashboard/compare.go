package dashboard

import (
	"net/http"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// comparePage is the difference between two revisions.
type comparePage struct {
	Listing, ListingName string
	Choice               []revisionLine // newest first
	From, To             *revisionLine  // nil while there are not two
	Lines                []planLine
	Same                 bool
	Tally                []verdictCount
}

// compare shows the difference between two revisions of a list: by default, what
// the newest changed.
func (d *Dashboard) compare(w http.ResponseWriter, r *http.Request, s session) {
	h, err := d.gallery.Revisions(r.Context(), s.caller.Account.ID, r.PathValue("listing"))
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	names := namesIn(words, &h)
	page := comparePage{Listing: names.listing, ListingName: nameOf(h.Listing), Choice: d.revisionLines(names)}
	if len(h.Revisions) > 1 {
		to, err := chosen(h.Revisions, r.FormValue("to"), 0)
		if err != nil {
			d.fail(w, r, s, err)
			return
		}
		from, err := chosen(h.Revisions, r.FormValue("from"), min(to+1, len(h.Revisions)-1))
		if err != nil {
			d.fail(w, r, s, err)
			return
		}
		page.From, page.To = &page.Choice[from], &page.Choice[to]
		page.compare(names, h.Revisions[from], h.Revisions[to])
	}
	d.show(w, r, http.StatusOK, "compare", frame{Title: words.Compare + " · " + page.ListingName, Account: s.caller.Account.Name, Here: "listings", Page: page})
}

// chosen gives the index of the revision with that number; of none, otherwise.
func chosen(revisions []vitrine.Revision, number string, otherwise int) (int, error) {
	if number == "" {
		return otherwise, nil
	}
	for i, r := range revisions {
		if strconv.FormatInt(r.Number, 10) == number {
			return i, nil
		}
	}
	return 0, vitrine.Errorf(vitrine.CodeNotFound, "There is no such revision; old ones are not kept")
}

// compare puts the difference on the page.
func (p *comparePage) compare(names fileNames, from, to vitrine.Revision) {
	words := names.words
	var verdicts []verdict
	p.Same = true
	for _, c := range gallery.Diff(from, to) {
		step, was, is := c.After, -1, -1
		if c.After == nil {
			step = c.Before
		} else {
			is = c.After.To
		}
		if c.Before != nil {
			was = c.Before.To
		}
		line := names.line(*step)
		action := c.Action
		if action == vitrine.Keep && was != is {
			action = vitrine.Move // and only shifted
		}
		line.verdict = words.verdictOf(action, c.Moved)
		line.Place, line.Why = placeText(was, is), words.difference(c)
		if c.Action == vitrine.Refetch {
			line.Word = words.WasChanged
		}
		p.Same = p.Same && c.Action == vitrine.Keep && !c.Described()
		verdicts, p.Lines = append(verdicts, line.verdict), append(p.Lines, line)
	}
	p.Tally = words.tally(verdicts)
	for i := range p.Tally {
		if p.Tally[i].Class == "refetch" {
			p.Tally[i].Word = words.WasChanged
		}
	}
}

// difference says what is other about a file, "" where its verdict says all.
func (w *words) difference(c gallery.Change) string {
	if c.Action != vitrine.Refetch {
		if c.Described() {
			return w.Described
		}
		return ""
	}
	switch before, after := c.Before.Version, c.After.Version; {
	case before != after && before != "" && after != "":
		return before + " → " + after
	case before != after:
		return w.WhyVersion
	}
	if c.Before.Shown == "" || c.After.Shown == "" {
		return w.AskedAgain
	}
	return w.OtherBytes
}
