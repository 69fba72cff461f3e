package dashboard

import (
	"fmt"
	"html/template"
	"net/http"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// mediaPage is one file: what was sent, what was made of it and what was tried.
type mediaPage struct {
	sentFile
	Listing, ListingName string
	Source, Version      string
	Content              *contentView // nil before the first success
	Attempts             []attemptLine
	UsedIn               []listingLine
}

// contentView is bytes with what optimising them gave.
type contentView struct {
	Original            string // the address of the bytes as they were sent
	Type, Size, Pixels  string
	Digest              string
	Blurhash, Thumbhash string
	Colour              string
	Variants            []variantLine
	SourceType          string
	Removed             []string     // EXIF tags that the original has
	Preview             template.URL // of the thumbhash, "" for none
}

type variantLine struct {
	Address, Name, Type, Size, Pixels string
	Share                             string // of the original's bytes
}

type attemptLine struct {
	At                   moment
	Stage, Outcome       string
	Good                 bool
	Took, Answer, Detail string
	Remedy, Whose        string
}

// media shows one file of a listing.
func (d *Dashboard) media(w http.ResponseWriter, r *http.Request, s session) {
	view, err := d.gallery.MediaIn(r.Context(), s.caller.Account.ID, r.PathValue("listing"), r.PathValue("media"))
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	page := mediaPage{
		sentFile: sentFileOf(words, view.Listing, view.Placement.Position, view.PlacedMedia),
		Listing:  "/listings/" + view.Listing.UUID, ListingName: nameOf(view.Listing),
		Source: view.Media.Source.URL, Version: view.Media.Source.Version, Content: d.contentView(view.Media.Content),
	}
	page.Warnings = words.warnings(view.Listing, view.Warnings)
	for _, a := range view.Attempts {
		page.Attempts = append(page.Attempts, d.attemptLine(words, a))
	}
	for _, l := range view.UsedIn {
		page.UsedIn = append(page.UsedIn, d.listingLine(words, gallery.Summary{Listing: l}))
	}
	d.show(w, r, http.StatusOK, "media", frame{Title: page.Name, Account: s.caller.Account.Name, Here: "listings", Page: page})
}

// retry fetches a file again.
func (d *Dashboard) retry(w http.ResponseWriter, r *http.Request, s session) {
	listing, media := r.PathValue("listing"), r.PathValue("media")
	if err := d.gallery.RetryIn(r.Context(), s.caller.Account.ID, listing, media); err != nil {
		d.fail(w, r, s, err)
		return
	}
	done(w, r, "/listings/%s/media/%s", listing, media)
}

func (d *Dashboard) contentView(c *vitrine.Content) *contentView {
	if c == nil {
		return nil
	}
	view := &contentView{
		Original: d.original(c), Type: c.Type, Size: size(c.Bytes), Pixels: pixels(c.Width, c.Height), Digest: c.SHA256,
		Blurhash: c.Blurhash, Thumbhash: c.Thumbhash, Colour: c.DominantColor, SourceType: c.Facts.DigitalSourceType, Removed: c.Facts.Removed, Preview: preview(c.Thumbhash),
	}
	for _, v := range c.Variants {
		line := variantLine{Address: c.Path(v), Name: v.Name, Type: v.Type, Size: size(v.Bytes), Pixels: pixels(v.Width, v.Height)}
		if c.Bytes > 0 {
			line.Share = fmt.Sprintf("%.1f %%", float64(v.Bytes)/float64(c.Bytes)*100)
		}
		view.Variants = append(view.Variants, line)
	}
	return view
}

func (d *Dashboard) attemptLine(words *words, a vitrine.Attempt) attemptLine {
	line := attemptLine{
		At: words.moment(a.StartedAt, d.now()), Stage: a.Stage, Outcome: a.Outcome, Good: a.Outcome == vitrine.OutcomeOK,
		Took: fmt.Sprintf(words.Seconds, a.Duration.Seconds()), Detail: a.Detail,
	}
	if a.HTTPStatus != 0 {
		line.Answer = fmt.Sprintf("HTTP %d", a.HTTPStatus)
	}
	if !line.Good {
		if e := words.explain(&vitrine.Failure{Code: vitrine.FailureCode(a.Outcome)}); e != nil {
			line.Remedy, line.Whose = e.Remedy, e.Whose
		}
	}
	return line
}
