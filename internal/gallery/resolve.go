package gallery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// entry is one place of the wanted list, with the media that shall stand there.
type entry struct {
	media   vitrine.Media // ID is 0 until insertNew
	isNew   bool
	source  vitrine.Source // what to fetch when it is new or to be fetched again
	refetch string         // why it is to be fetched again, "" if it is not

	altered     bool // vitrine.Placement's
	alteredFrom string
}

// resolve finds the media of the list as it is and as it is wanted (Listings
// API 4.1). Every entry
// that can't be found is named. The same file twice counts once, at its first
// place.
func (w *writer) resolve(ctx context.Context) (err error) {
	if w.before, err = w.tx.Placed(ctx, w.listing.ID); err != nil {
		return err
	}
	if w.in.Files == nil {
		for _, p := range w.before {
			w.after = append(w.after, entry{media: p.Media, altered: p.Altered, alteredFrom: p.AlteredFrom})
		}
		return nil
	}
	var broken []string
	seen := map[string]bool{}
	for i, file := range w.in.Files {
		e, err := w.find(ctx, file)
		if file.ID == 0 && seen["external "+file.ExternalID] {
			continue // a file that this very list brings
		}
		if e, ok := errors.AsType[*vitrine.Error](err); ok && e.Code == vitrine.CodeNotFound {
			broken = append(broken, fmt.Sprintf("files[%d]: %s", i, e.Messages[0]))
			continue
		}
		if err != nil {
			return err
		}
		e.altered, e.alteredFrom = file.Altered, file.AlteredFrom
		if key := e.key(); !seen[key] {
			seen[key] = true
			w.after = append(w.after, e)
		}
	}
	return vitrine.Invalid(broken)
}

// key is what makes two entries the same file.
func (e entry) key() string {
	switch {
	case !e.isNew:
		return fmt.Sprintf("id %d", e.media.ID)
	case e.media.ExternalID != "":
		return "external " + e.media.ExternalID
	}
	return "url " + e.source.URL
}

// find gives the media that an entry of the list names. A known file is used
// without a download, unless it had failed, or was never uploaded, and comes
// with a URL to try.
func (w *writer) find(ctx context.Context, file File) (entry, error) {
	account := w.listing.AccountID
	source := sourceOf(file.URL)
	switch {
	case file.ID != 0:
		m, err := findMedia(ctx, w.tx, account, Ref{ID: file.ID})
		return entry{media: m}, err
	case file.URL == "":
		m, err := findMedia(ctx, w.tx, account, Ref{ExternalID: file.ExternalID})
		return entry{media: m}, err
	case file.ExternalID != "":
		m, err := w.tx.MediaByExternalID(ctx, account, file.ExternalID)
		if !errors.Is(err, store.ErrNoRows) {
			return again(m, source), err
		}
	default:
		for _, p := range w.before {
			if p.Media.Source.Identity == source.Identity {
				return again(p.Media, source), nil
			}
		}
	}
	return entry{media: vitrine.Media{ExternalID: file.ExternalID}, isNew: true, source: source}, nil
}

// again is a known media that was sent with its source.
func again(m vitrine.Media, source vitrine.Source) entry {
	e := entry{media: m}
	switch m.State {
	case vitrine.MediaFailed:
		e.source, e.refetch = source, vitrine.FailedBefore
	case vitrine.MediaAwaiting:
		e.source, e.refetch = source, vitrine.NeverUploaded
	}
	return e
}

// count counts the photos and the videos of the list. Of a file that nobody has
// seen yet its name tells, until its bytes do.
func (w *writer) count() (photos, videos int) {
	for _, e := range w.after {
		kind := e.media.Kind
		if kind == "" || kind == vitrine.KindFile {
			kind = likelyKind(cmp.Or(e.source.URL, e.media.Source.URL))
		}
		if kind == vitrine.KindVideo {
			videos++
		} else {
			photos++
		}
	}
	return photos, videos
}

// likelyKind is what a URL looks like.
func likelyKind(address string) vitrine.MediaKind {
	if u, err := url.Parse(address); err == nil {
		switch strings.ToLower(path.Ext(u.Path)) {
		case ".mp4", ".mov", ".avi", ".m4v":
			return vitrine.KindVideo
		}
	}
	return vitrine.KindImage
}

// checkCount holds the rules about how many (Listings API 3.1, 4.2). It is
// asked before anything is written.
func (w *writer) checkCount() error {
	limits := w.g.limits
	photos, videos := w.count()
	if w.in.Files != nil {
		if err := tooMany(limits, photos, videos); err != nil {
			return err
		}
	}
	public := needsPhotos(w.in.Status)
	if w.in.Status == "" {
		was := w.listing.Status
		public = was.Public() || was == vitrine.StatusPendingActive || was == vitrine.StatusPublishFailed && w.in.Files != nil
	}
	if public {
		return tooFew(limits, photos)
	}
	return nil
}

// insertNew writes the media that nobody has sent before.
func (w *writer) insertNew(ctx context.Context) error {
	for i := range w.after {
		e := &w.after[i]
		if !e.isNew {
			continue
		}
		var err error
		e.media, e.isNew, err = w.g.findOrInsert(ctx, w.tx, w.g.newMedia(w.listing.AccountID, e.source, e.media.ExternalID))
		if err != nil {
			return err
		}
	}
	return nil
}
