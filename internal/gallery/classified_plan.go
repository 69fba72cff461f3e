package gallery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// place is one place of the wanted list.
type place struct {
	vitrine.Placement
	media *wanted // shared by all places of one media
}

// wanted is a media of the wanted list and what has to be done for it.
type wanted struct {
	vitrine.Media        // ID is 0 until it is inserted
	key           string // names its source within the account
	source        vitrine.Source
	listed        bool   // it stands in the list already
	fetch         string // why it is to be downloaded, "" if it is not
	restore       bool   // what it shows is of the wanted version, though something else was asked for since
	asks          bool   // it is fetched only to ask whether it has changed
}

// fetchNew is why a media is fetched that nobody has sent before.
const fetchNew = "new"

// plan finds the media of the wanted list and what there is to do for each
// (Classifieds API, section 4). It writes nothing.
func (w *classifiedWriter) plan(ctx context.Context) (err error) {
	account, err := w.tx.Account(ctx, w.listing.AccountID)
	if err != nil {
		return err
	}
	w.settings = account.Settings
	if w.listing.ID != 0 {
		if w.before, err = w.tx.Placed(ctx, w.listing.ID); err != nil {
			return err
		}
	}
	had, err := w.sourcesBefore()
	if err != nil {
		return err
	}
	media := map[string]*wanted{}
	for i, m := range w.in.Media {
		source, err := vitrine.ParseSource(m.URL, w.settings.SourceRules)
		if err != nil {
			return vitrine.Errorf(vitrine.CodeInvalid, "media[%d]: %v", i, err)
		}
		key := sourceKey(m.Type.Kind(), source)
		if media[key] == nil {
			if media[key], err = w.find(ctx, key, m.Type.Kind(), source, had[key]); err != nil {
				return err
			}
		}
		// A media has one version: that of its first place.
		w.after = append(w.after, place{media: media[key], Placement: vitrine.Placement{
			Position: i, Type: m.Type, URL: m.URL, Version: media[key].source.Version, Category: m.Category, Tags: m.Tags, Title: m.Title, Altered: m.Altered, AlteredFrom: m.AlteredFrom,
		}})
	}
	w.steps = vitrine.Plan(w.items())
	return nil
}

// sourcesBefore gives the places of the list as it is by their source, read anew
// under the account's present rules: a change of the rules alone makes no other
// media of what was sent before it.
func (w *classifiedWriter) sourcesBefore() (map[string][]store.Placed, error) {
	had := map[string][]store.Placed{}
	for i, p := range w.before {
		source, err := vitrine.ParseSource(p.URL, w.settings.SourceRules)
		if err != nil {
			return nil, err
		}
		key := sourceKey(p.Media.Kind, source)
		if first := had[key]; len(first) > 0 {
			source.Version = first[0].Version // which it has in all its places
		}
		p.Version, w.before[i].Version = source.Version, source.Version
		had[key] = append(had[key], p)
	}
	return had, nil
}

// sourceKey names a source within its account.
func sourceKey(kind vitrine.MediaKind, source vitrine.Source) string {
	sum := sha256.Sum256([]byte(string(kind) + " " + source.Identity))
	return hex.EncodeToString(sum[:])
}

// find gives the media of a source: from the list as it is, from another
// classified of the account, or a new one.
func (w *classifiedWriter) find(ctx context.Context, key string, kind vitrine.MediaKind, source vitrine.Source, had []store.Placed) (*wanted, error) {
	found := &wanted{key: key, source: source, listed: len(had) > 0}
	if found.listed {
		found.Media = had[0].Media
	} else {
		m, err := w.tx.MediaByIdentity(ctx, w.listing.AccountID, key)
		if errors.Is(err, store.ErrNoRows) {
			found.Media, found.fetch = w.g.newMedia(w.listing.AccountID, source, ""), fetchNew
			found.Kind, found.SourceKey = kind, key
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		found.Media = m
	}
	same := func(p store.Placed) bool { return p.Version == source.Version }
	switch {
	case w.settings.Revalidate && source.Version == "" && found.State.Ended() && (found.listed || found.Failure != nil):
		found.fetch, found.asks = vitrine.MayHaveChanged, true
	case slices.ContainsFunc(had, same), found.Source.Version == source.Version:
		// As it is, or as another classified has sent it already. That goes for a
		// failed one too (4.9).
	case isGood(found.Media) && found.HasVersion == source.Version:
		found.restore = true
	default:
		found.fetch = vitrine.VersionChanged
	}
	return found, nil
}

// items are the two lists as Plan reads them. What is fetched again is decided
// by find; between two lists a media is known by its id.
func (w *classifiedWriter) items() (before, after []vitrine.Item) {
	for _, p := range w.before {
		before = append(before, vitrine.Item{Key: strconv.FormatInt(p.MediaID, 10)})
	}
	for _, p := range w.after {
		item := vitrine.Item{Key: p.media.key}
		if p.media.ID != 0 {
			item.Key = strconv.FormatInt(p.media.ID, 10)
		}
		if p.media.listed {
			item.Refetch = p.media.fetch
		}
		after = append(after, item)
	}
	return before, after
}

// lines is the plan as its sender reads it.
func (w *classifiedWriter) lines() []PlanLine {
	lines := make([]PlanLine, len(w.steps))
	for i, step := range w.steps {
		lines[i].Step = step
		if step.Action == vitrine.Remove {
			lines[i].MediaUUID, lines[i].URL = w.before[step.From].Media.UUID, w.before[step.From].URL
			continue
		}
		p := w.after[step.To]
		lines[i].URL = p.URL
		if p.media.ID != 0 {
			lines[i].MediaUUID = p.media.UUID
		}
	}
	return lines
}

// samePlaces reports whether the list stays as it is for everyone but for how
// its URLs are spelt: a signature that changes with each list is no change.
func (w *classifiedWriter) samePlaces() bool {
	return slices.EqualFunc(w.before, w.after, func(b store.Placed, a place) bool {
		return b.MediaID == a.media.ID && b.Type == a.Type && b.Category == a.Category &&
			slices.Equal(b.Tags, a.Tags) && b.Title == a.Title && b.Version == a.Version &&
			b.Altered == a.Altered && b.AlteredFrom == a.AlteredFrom
	})
}

// sameSpelling reports whether the URLs are the same as well.
func (w *classifiedWriter) sameSpelling() bool {
	return slices.EqualFunc(w.before, w.after, func(b store.Placed, a place) bool { return b.URL == a.URL })
}
