package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// pageSize is how many listings stand on a page.
const pageSize = 25

// statuses are those that can be looked for, of both kinds.
var statuses = append([]vitrine.ListingStatus{
	vitrine.StatusDraft, vitrine.StatusPendingActive, vitrine.StatusActive, vitrine.StatusHidden, vitrine.StatusExpired,
	vitrine.StatusCompleted, vitrine.StatusPublishFailed, vitrine.StatusBlocked,
}, vitrine.StatusCreating, vitrine.StatusCreated, vitrine.StatusCreatedWithMediaError, vitrine.StatusUpdating, vitrine.StatusUpdated)

// listingsPage is a search and what it has found.
type listingsPage struct {
	Text      string
	Status    vitrine.ListingStatus
	Attention bool
	Statuses  []vitrine.ListingStatus
	Lines     []listingLine
	Filtered  bool   // less than all was asked for
	Older     string // the address of the next page, "" for none
	First     string // the address of the first page, "" on it
}

// listingLine is a line of the list.
type listingLine struct {
	Address, Name, Kind string
	Status              string
	State               string // the class of its badge
	Cover               *picture
	Files               string
	Failed, Waiting     string // "" for none
	Synced              moment
}

// listings shows what the account has sent.
func (d *Dashboard) listings(w http.ResponseWriter, r *http.Request, s session) {
	filter, err := filterOf(r.URL.Query())
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	found, err := d.gallery.Find(r.Context(), s.caller.Account.ID, filter, pageSize+1)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	page := listingsPage{
		Text: filter.Text, Status: filter.Status, Attention: filter.Attention, Statuses: statuses,
		Filtered: filter != store.ListingFilter{},
	}
	if filter.Before != 0 {
		page.First = pageAddress(r.URL.Query(), 0)
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		page.Older = pageAddress(r.URL.Query(), found[pageSize-1].Listing.ID)
	}
	words := wordsOf(r)
	for _, summary := range found {
		page.Lines = append(page.Lines, d.listingLine(words, summary))
	}
	d.show(w, r, http.StatusOK, "listings", frame{Title: words.Listings, Account: s.caller.Account.Name, Here: "listings", Page: page})
}

// filterOf reads a search. What a form can't have sent is CodeInvalid.
func filterOf(query url.Values) (store.ListingFilter, error) {
	f := store.ListingFilter{Text: query.Get("q"), Status: vitrine.ListingStatus(query.Get("status")), Attention: query.Get("attention") != ""}
	if len(f.Text) > 200 || !validText(f.Text) {
		return f, vitrine.Errorf(vitrine.CodeInvalid, "q is too long or no text")
	}
	if f.Status != "" && !slices.Contains(statuses, f.Status) {
		return f, vitrine.Errorf(vitrine.CodeInvalid, "there is no such status")
	}
	if before := query.Get("before"); before != "" {
		id, err := strconv.ParseInt(before, 10, 64)
		if err != nil || id < 1 {
			return f, vitrine.Errorf(vitrine.CodeInvalid, "before is no id")
		}
		f.Before = id
	}
	return f, nil
}

// pageAddress is the same search from another row on.
func pageAddress(query url.Values, before int64) string {
	query.Del("before")
	if before != 0 {
		query.Set("before", strconv.FormatInt(before, 10))
	}
	if len(query) == 0 {
		return "/listings"
	}
	return "/listings?" + query.Encode()
}

func (d *Dashboard) listingLine(words *words, summary gallery.Summary) listingLine {
	l := summary.Listing
	line := listingLine{
		Address: "/listings/" + l.UUID, Name: nameOf(l), Kind: words.kind(l), Status: string(l.Status), State: stateOf(l.Status),
		Cover: pictureOf(summary.Cover, nameOf(l)), Files: fmt.Sprintf(words.FilesCount, summary.Files), Synced: words.moment(l.SyncedAt, d.now()),
	}
	if summary.Failed > 0 {
		line.Failed = fmt.Sprintf(words.Failed, summary.Failed)
	}
	if summary.Waiting > 0 {
		line.Waiting = fmt.Sprintf(words.Waiting, summary.Waiting)
	}
	return line
}

// nameOf is what its sender calls a listing, or else our id.
func nameOf(l vitrine.Listing) string {
	switch {
	case l.ExternalID != "":
		return l.ExternalID
	case l.Kind == vitrine.KindClassified:
		return l.UUID
	}
	return strconv.FormatInt(l.ID, 10)
}

func (w *words) kind(l vitrine.Listing) string {
	if l.Kind == vitrine.KindClassified {
		return w.Classified
	}
	return w.Advert
}

// stateOf is how good a status is: "good", "busy", "bad" or "plain".
func stateOf(s vitrine.ListingStatus) string {
	switch s {
	case vitrine.StatusActive, vitrine.StatusCreated, vitrine.StatusUpdated, vitrine.StatusCompleted:
		return "good"
	case vitrine.StatusPendingActive, vitrine.StatusReceiving, vitrine.StatusReceived, vitrine.StatusCreating, vitrine.StatusUpdating, vitrine.StatusDeleting:
		return "busy"
	case vitrine.StatusPublishFailed, vitrine.StatusBlocked, vitrine.StatusCreatedWithMediaError, vitrine.StatusReceivingFailed,
		vitrine.StatusCreatingFailed, vitrine.StatusUpdatingFailed, vitrine.StatusDeletingFailed:
		return "bad"
	}
	return "plain"
}
