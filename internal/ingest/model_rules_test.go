package ingest_test

import (
	"maps"
	"slices"

	"github.com/vitrine-media/vitrine"
)

// item is one place of a list as it is sent.
type item struct {
	Address address
	Tour    bool
	Title   string
	Spelt   int // which spelling of the timestamp
}

// key names the source of an item.
type key struct {
	path string
	kind vitrine.MediaKind
}

func (i item) key() key { return key{i.Address.Path, i.mediaType().Kind()} }

func (i item) mediaType() vitrine.MediaType {
	if i.Tour {
		return vitrine.VirtualTour
	}
	return vitrine.Picture
}

// url spells an item in one of the ways that mean the same.
func (i item) url(origin string) string {
	if i.Address.Version == "" {
		return origin + i.Address.Path
	}
	return origin + i.Address.Path + []string{"?", "&", "×tamp="}[i.Spelt%3] + []string{"timestamp=", "timestamp=", ""}[i.Spelt%3] + i.Address.Version
}

// source is a media of the model, at rest.
type source struct {
	version    string // wanted last
	good       bool   // there is something to show
	hasVersion string // of what it shows
	sha256     string // of what it shows, "" for a tour
	failure    vitrine.FailureCode
}

// view is one place of a gallery, or of a list, as it is compared.
type view struct {
	Title   string
	Tour    bool                `json:",omitempty"`
	Path    string              `json:",omitempty"`
	Version string              `json:",omitempty"`
	SHA256  string              `json:",omitempty"`
	Stale   bool                `json:",omitempty"`
	Failure vitrine.FailureCode `json:",omitempty"`
}

// firsts gives a list in which a source that stands in it again has the version
// of its first place.
func firsts(list []item) []item {
	list = slices.Clone(list)
	version := map[key]string{}
	for n, i := range list {
		if _, again := version[i.key()]; !again {
			version[i.key()] = i.Address.Version
		}
		list[n].Address.Version = version[i.key()]
	}
	return list
}

// advert is a classified of the model.
type advert struct {
	list     []item
	revision int64
	status   vitrine.ListingStatus
	gallery  []shownPlace
}

// shownPlace is a place of a gallery with the media that stands there.
type shownPlace struct {
	key key
	view
}

// rules is the model: the synchronisation rules (Classifieds API, section 4)
// for an account whose downloads end before anything else happens.
type rules struct {
	mood    func(address) mood
	sources map[key]*source
	adverts map[int]*advert // deleted ones too
	gets    map[address]int
}

func newRules(moods func(address) mood) *rules {
	return &rules{mood: moods, sources: map[key]*source{}, adverts: map[int]*advert{}, gets: map[address]int{}}
}

// put is a POST of an advert that is not there, and a PUT otherwise.
func (r *rules) put(n int, list []item) {
	a, list := r.adverts[n], firsts(list)
	switch {
	case a == nil:
		a = &advert{status: vitrine.StatusCreating}
		r.adverts[n] = a
	case a.status == vitrine.StatusDeleted:
		return
	}
	changed := a.revision == 0 || !slices.EqualFunc(a.list, list, samePlace)
	for _, i := range list {
		r.want(i, slices.ContainsFunc(a.list, i.sameSource))
	}
	a.list = list
	switch {
	case changed && a.revision > 0:
		a.status = vitrine.StatusUpdating
	case a.status == vitrine.StatusCreated:
		a.status = vitrine.StatusUpdated
	}
	if changed {
		a.revision++
	}
	r.settle()
}

func samePlace(a, b item) bool {
	a.Spelt, b.Spelt = 0, 0
	return a == b
}

// sameSource reports whether two items are one version of one source.
func (i item) sameSource(b item) bool { return i.key() == b.key() && i.Address == b.Address }

// want sees to one source of a list, which the list before had with that very
// version or not.
func (r *rules) want(i item, had bool) {
	s := r.sources[i.key()]
	switch {
	case s == nil:
		s = &source{}
		r.sources[i.key()] = s
	case had, s.version == i.Address.Version:
		return
	case s.good && s.hasVersion == i.Address.Version:
		s.version, s.failure = i.Address.Version, ""
		return
	}
	s.version = i.Address.Version
	r.download(i.key(), s)
}

func (r *rules) download(k key, s *source) {
	at := address{k.path, s.version}
	r.gets[at]++
	m := r.mood(at)
	if s.failure = m.failure(k.kind); s.failure != "" {
		return
	}
	s.good, s.hasVersion = true, s.version
	if k.kind == vitrine.KindImage {
		s.sha256 = m.digest()
	}
}

// retry fetches again what stands in one place.
func (r *rules) retry(n, place int) {
	a := r.adverts[n]
	k := a.list[place].key()
	r.download(k, r.sources[k])
	a.status = vitrine.StatusUpdating
	r.settle()
}

func (r *rules) delete(n int) {
	a := r.adverts[n]
	if a.status == vitrine.StatusDeleted {
		return
	}
	*a = advert{revision: a.revision + 1, status: vitrine.StatusDeleted}
	r.forget()
}

// settle brings all adverts to rest.
func (r *rules) settle() {
	for _, a := range r.adverts {
		if a.status == vitrine.StatusDeleted {
			continue
		}
		failed := slices.ContainsFunc(a.list, func(i item) bool { return r.sources[i.key()].failure != "" })
		switch {
		case failed:
			a.status = vitrine.StatusCreatedWithMediaError
		case a.status == vitrine.StatusCreating, a.status == vitrine.StatusCreated:
			a.status = vitrine.StatusCreated
		default:
			a.status = vitrine.StatusUpdated
		}
		r.show(a)
	}
	r.forget()
}

// show changes a gallery over to its list. A list of which no picture could be
// had takes no picture away.
func (r *rules) show(a *advert) {
	picture := func(place shownPlace) bool { return !place.Tour }
	now := []shownPlace{}
	for _, i := range a.list {
		if s := r.sources[i.key()]; s.good {
			now = append(now, shownPlace{i.key(), view{Title: i.Title, Tour: i.Tour, SHA256: s.sha256}})
		}
	}
	wanted := slices.ContainsFunc(a.list, func(i item) bool { return !i.Tour })
	if wanted && !slices.ContainsFunc(now, picture) && slices.ContainsFunc(a.gallery, picture) {
		return
	}
	a.gallery = now
}

// forget drops the media that stand in no list and in no gallery.
func (r *rules) forget() {
	used := map[key]bool{}
	for _, a := range r.adverts {
		for _, i := range a.list {
			used[i.key()] = true
		}
		for _, place := range a.gallery {
			used[place.key] = true
		}
	}
	maps.DeleteFunc(r.sources, func(k key, _ *source) bool { return !used[k] })
}

// listed gives the list of an advert as its sender sees it.
func (r *rules) listed(a *advert) []view {
	views := []view{}
	for _, i := range a.list {
		s := r.sources[i.key()]
		views = append(views, view{
			Title: i.Title, Tour: i.Tour, Path: i.Address.Path, Version: i.Address.Version,
			SHA256: s.sha256, Failure: s.failure, Stale: s.failure != "" && s.good,
		})
	}
	return views
}

// public gives the gallery of an advert as everyone sees it: the first tour,
// then the pictures.
func (a *advert) public() []view {
	if a.status == vitrine.StatusDeleted {
		return nil
	}
	views, tours := []view{}, []view{}
	for _, place := range a.gallery {
		if place.Tour {
			tours = append(tours, place.view)
		} else {
			views = append(views, place.view)
		}
	}
	return append(tours[:min(len(tours), 1)], views...)
}
