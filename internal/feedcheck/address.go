package feedcheck

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/fetch"
)

// soon is how much longer than the feed a signature should live: what is sent at
// night waits its turn, and what fails is tried again for a quarter of an hour.
const soon = time.Hour

// neverTaken are the endings of names of files that are of no type that is
// accepted.
var neverTaken = []string{".svg", ".pdf", ".doc", ".docx", ".eps", ".ai", ".psd", ".zip", ".html", ".htm", ".php", ".txt", ".ico", ".wmv", ".flv", ".webm", ".mkv"}

// pages are those of neverTaken behind which there may be a picture all the same.
var pages = []string{".html", ".htm", ".php"}

// list is the list of media of one body.
type list struct {
	body
	places map[string]string // of the addresses so far
}

func newList(b body) *list { return &list{b, map[string]string{}} }

// address looks at a URL that the API takes.
func (l *list) address(pointer, where, raw string, kind vitrine.MediaKind) {
	if _, err := vitrine.ParseSource(raw, vitrine.SourceRules{}); err != nil {
		return // the API has said so, or the downloader mends it
	}
	offset := l.offset(pointer)
	key := string(kind) + " " + raw
	if first, again := l.places[key]; again && kind == vitrine.KindFile {
		l.find(offset, where, Doubt, where+" is the same as "+first+" and counts once", "Leave it out.")
		return
	}
	l.places[key] = where
	if failure := fetch.Foresee(raw, l.rules.Allow, l.rules.Now); failure != nil {
		l.find(offset, where, Fails, where+": "+failure.Message(), vitrine.RuleOf(failure.Code).Remedy)
		return
	}
	if at, signed := fetch.Expiry(raw); signed && at.Before(l.rules.Now.Add(soon)) {
		l.find(offset, where, Doubt, fmt.Sprintf("%s is signed until %s, which may be before its turn comes", where, at.UTC().Format(time.RFC3339)), "Sign for a day.")
	}
	l.host(offset, where, raw)
	if kind != vitrine.KindTour {
		l.ending(offset, where, raw)
	}
}

// host doubts names that nobody outside knows.
func (l *list) host(offset int, where, raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		return
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return
	}
	inner := !strings.Contains(name, ".")
	for _, ending := range []string{".localhost", ".local", ".internal", ".lan", ".test", ".invalid"} {
		inner = inner || strings.HasSuffix(name, ending)
	}
	if inner {
		l.find(offset, where, Doubt, where+": the host "+name+" is hardly known to the server, or an address that it doesn't fetch from", "Use a name that the whole internet knows, or ask the operator to allow this host.")
	}
}

// ending doubts files by their names.
func (l *list) ending(offset int, where, raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		return
	}
	ending := strings.ToLower(path.Ext(u.Path))
	switch {
	case slices.Contains(pages, ending) && u.RawQuery != "":
		// A program that gives out pictures.
	case slices.Contains(neverTaken, ending):
		l.find(offset, where, Doubt, where+" looks like a "+strings.TrimPrefix(ending, ".")+", which is of no type that is accepted", vitrine.RuleOf(vitrine.UnsupportedType).Remedy)
	}
}
