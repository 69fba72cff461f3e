package dashboard

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// historyLines is how much of a classified's history stands on its page.
const historyLines = 50

// listingPage is a listing as its sender sent it beside what the public sees.
type listingPage struct {
	Name, Kind, Status, State string
	ID                        string // ours
	Revision                  int64
	Gallery                   string // its public address, "" while nothing is shown
	Published, Synced         moment
	Public                    []publicPlace
	Sent                      []sentFile
	Plan                      *planView // of the newest change of the list, nil where none is kept
	Revisions                 []revisionLine
	Compare                   string // the address that compares two of them, "" while there are not two
	RevisionsHint             string
	Timeline                  []timelineLine
	Edit                      *listEdit // nil of one whose list is its sender's alone
}

// listEdit are the addresses that change a listing.
type listEdit struct {
	Publish, Hide        string // "" where that is so already
	Move, Remove, Upload string
	Accept               string // the types of files that may be uploaded
}

// publicPlace is a place of the public gallery.
type publicPlace struct {
	Kind    string
	Picture *picture
	Title   string
}

// sentFile is a place of the sender's list.
type sentFile struct {
	Address  string // of its page
	ID       int64
	Up, Down int // the places beside its own, 0 at an end
	Place    int // from 1
	Kind     string
	Name     string
	Picture  *picture
	State    string // the class of its badge
	Status   string
	Failure  *explained // nil for none
	Retry    string     // the address that tries again, "" where that makes no sense
	Shown    bool
	Altered  bool
	Progress int // percent, 0 where it isn't known
	Warnings []warningView
}

// explained is a failure with what to do about it.
type explained struct {
	Code, Message, Remedy, Whose string
}

// listing shows one listing.
func (d *Dashboard) listing(w http.ResponseWriter, r *http.Request, s session) {
	o, err := d.gallery.Overview(r.Context(), s.caller.Account.ID, r.PathValue("listing"), historyLines)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	h, err := d.gallery.History(r.Context(), s.caller.Account.ID, r.PathValue("listing"))
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	l := o.Listing
	page := listingPage{
		Name: nameOf(l), Kind: words.kind(l), Status: string(l.Status), State: stateOf(l.Status), ID: ourID(l), Revision: l.Revision,
		Published: words.moment(l.ShownAt, d.now()), Synced: words.moment(l.SyncedAt, d.now()),
		Public: publicPlaces(words, o.Public), RevisionsHint: fmt.Sprintf(words.RevisionsHint, store.KeptRevisions),
	}
	if l.Kind == vitrine.KindListing {
		page.Edit = listEditOf(l)
	}
	if l.ShownRevision != 0 {
		page.Gallery = d.public + "/l/" + l.Gallery
	}
	for i, m := range o.Media {
		file := sentFileOf(words, l, i, m)
		file.Warnings = words.warnings(l, o.Warnings[i])
		file.Up = i
		if i+1 < len(o.Media) {
			file.Down = i + 2
		}
		page.Sent = append(page.Sent, file)
	}
	d.tellHistory(&page, namesIn(words, &h), o.History)
	d.show(w, r, http.StatusOK, "listing", frame{Title: page.Name, Account: s.caller.Account.Name, Here: "listings", Page: page})
}

// tellHistory puts what has become of a listing on its page. A classified has
// statuses.
func (d *Dashboard) tellHistory(page *listingPage, names fileNames, statuses []vitrine.StatusChange) {
	page.Revisions = d.revisionLines(names)
	page.Plan = d.lastPlan(names)
	if len(names.Revisions) > 1 {
		page.Compare = names.listing + "/compare"
	}
	if names.Listing.Kind == vitrine.KindListing {
		page.Timeline = d.timeline(names)
	}
	for _, change := range statuses {
		page.Timeline = append(page.Timeline, d.statusLine(names.words, change))
	}
}

func listEditOf(l vitrine.Listing) *listEdit {
	base := "/listings/" + l.UUID
	edit := &listEdit{
		Move: base + "/move", Remove: base + "/remove", Upload: base + "/upload",
		Accept: strings.Join(slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes), ","),
	}
	if l.Status != vitrine.StatusActive && l.Status != vitrine.StatusPendingActive {
		edit.Publish = base + "/publish"
	}
	if l.Status.Public() || l.Status == vitrine.StatusPendingActive {
		edit.Hide = base + "/hide"
	}
	return edit
}

// ourID is the id by which the API of a listing knows it.
func ourID(l vitrine.Listing) string {
	if l.Kind == vitrine.KindClassified {
		return l.UUID
	}
	return strconv.FormatInt(l.ID, 10)
}

func publicPlaces(words *words, shown gallery.Shown) []publicPlace {
	var places []publicPlace
	add := func(p *store.Shown) {
		places = append(places, publicPlace{Kind: words.mediaType(p.Type), Picture: pictureOf(p.Content, p.Title), Title: p.Title})
	}
	for i := range shown.Pictures {
		add(&shown.Pictures[i])
	}
	for _, p := range []*store.Shown{shown.Tour, shown.Video} {
		if p != nil {
			add(p)
		}
	}
	return places
}

func sentFileOf(words *words, l vitrine.Listing, i int, m gallery.PlacedMedia) sentFile {
	media := &m.Media
	file := sentFile{
		Address: "/listings/" + l.UUID + "/media/" + media.UUID, ID: media.ID, Place: i + 1, Kind: words.mediaType(m.Placement.Type), Name: fileName(m),
		Picture: pictureOf(media.Content, m.Placement.Title), Shown: m.Shown, Altered: m.Placement.IsAltered(media.Content), Progress: media.Progress,
		Failure: words.explain(media.Failure),
	}
	file.State, file.Status = words.fileState(m)
	if media.State.Ended() && media.Source.URL != "" && media.Failure != nil && vitrine.RuleOf(media.Failure.Code).Retryable {
		file.Retry = file.Address + "/retry"
	}
	return file
}

// fileName is what its sender calls a file.
func fileName(m gallery.PlacedMedia) string {
	for _, name := range []string{m.Placement.Title, m.Media.ExternalID, m.Placement.URL, m.Media.Source.URL} {
		if name != "" {
			return name
		}
	}
	return strconv.FormatInt(m.Media.ID, 10)
}

// fileState says how far a file has come.
func (w *words) fileState(m gallery.PlacedMedia) (state, text string) {
	switch {
	case m.Media.State == vitrine.MediaAwaiting:
		return "busy", w.AwaitsUpload
	case !m.Media.State.Ended():
		return "busy", w.OnItsWay
	case m.Stale:
		return "stale", w.Stale
	case m.Media.Failure != nil:
		return "bad", w.FailedState
	}
	return "good", w.Ready
}

func (w *words) explain(f *vitrine.Failure) *explained {
	if f == nil {
		return nil
	}
	rule := vitrine.RuleOf(f.Code)
	whose := map[vitrine.Owner]string{vitrine.OwnerSender: w.WhoseSender, vitrine.OwnerOrigin: w.WhoseOrigin, vitrine.OwnerUs: w.WhoseUs}
	return &explained{Code: string(f.Code), Message: f.Message(), Remedy: rule.Remedy, Whose: whose[rule.Owner]}
}

func (w *words) mediaType(t vitrine.MediaType) string {
	switch t {
	case vitrine.VirtualTour:
		return w.Tour
	case vitrine.Panorama:
		return w.Panorama
	case vitrine.Video:
		return w.Video
	}
	return w.Picture
}
