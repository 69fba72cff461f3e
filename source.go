package vitrine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSourceBytes is how long a URL to fetch from may be, as it was sent.
const maxSourceBytes = 2048

// stamp is the name of the parameter that is a version for every account.
const stamp = "timestamp"

// SourceRules say which parameters of an account's URLs are what (Classifieds
// API, section 4.4-4.5). The others belong to the identity. Names are compared
// exactly, as they stand in the URL; what Versions names is never ignored.
type SourceRules struct {
	Versions []string `json:"versions,omitempty"` // names of parameters that are versions; "timestamp" is one always
	Ignored  []string `json:"ignored,omitempty"`  // names of parameters that are signatures; a "*" at the end stands for any rest: "X-Amz-*"
}

// Check gives all that is wrong with the rules: names that no parameter can
// have, and such as would be a version and ignored at once.
func (r SourceRules) Check() error {
	var problems []error
	for _, name := range r.Versions {
		problems = append(problems, checkParameter(name))
		if strings.Contains(name, "*") {
			problems = append(problems, fmt.Errorf("the version %q must be one whole name, without *", name))
		}
	}
	for _, name := range r.Ignored {
		problems = append(problems, checkParameter(name))
		if strings.Contains(strings.TrimSuffix(name, "*"), "*") {
			problems = append(problems, fmt.Errorf("the * of %q may stand at the end only", name))
		}
		if r.isVersion(name) {
			problems = append(problems, fmt.Errorf("%q is a version and can't be ignored", name))
		}
	}
	return errors.Join(problems...)
}

func checkParameter(name string) error {
	if name == "" {
		return errors.New("the name of a parameter is empty")
	}
	if strings.ContainsAny(name, "=&#") || strings.ContainsFunc(name, isBlank) {
		return fmt.Errorf("%q is not the name of a parameter", name)
	}
	return nil
}

func (r SourceRules) isVersion(name string) bool {
	return name == stamp || slices.Contains(r.Versions, name)
}

func (r SourceRules) isIgnored(name string) bool {
	for _, ignored := range r.Ignored {
		if start, open := strings.CutSuffix(ignored, "*"); open && strings.HasPrefix(name, start) || name == ignored {
			return true
		}
	}
	return false
}

// ParseSource splits a URL, by rules that have been checked, into
//
//   - the URL to fetch: the one sent, in which only a mangled timestamp is
//     repaired ("×tamp=" to "&timestamp=");
//   - the identity: without version, ignored and empty parameters and without
//     the fragment, which no server sees. All else stays as sent and in order;
//   - the version: its parameters as name=value, joined by "&" in order; ""
//     when there is none.
//
// Where nothing follows a "?" or there is none, the pieces that follow "&" in
// the last segment of the path are looked at as well: some senders add
// "&timestamp=…" to whatever they have. Of those only versions and ignored ones
// that have a "=" are taken out, since "Rock&Roll.jpg" is a name. An identity
// parses to itself, without a version.
//
// The error is safe to show: it says what is wrong in a few words, and names
// nothing of the URL.
func ParseSource(raw string, rules SourceRules) (Source, error) {
	if err := checkSourceText(raw); err != nil {
		return Source{}, err
	}
	sent := repairStamp(raw)
	u, err := url.Parse(sent)
	switch {
	case err != nil: // quotes the URL, and with it secrets
		return Source{}, errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return Source{}, errors.New("only http and https are fetched")
	case u.Hostname() == "":
		return Source{}, errors.New("the URL has no host")
	case strings.Contains(u.Host, "&"): // a timestamp added to a URL that has no path
		return Source{}, errors.New("the URL has a & in its host")
	}
	identity, version := rules.split(sent, len(u.Scheme)+len("://"))
	return Source{URL: sent, Identity: identity, Version: version}, nil
}

func checkSourceText(raw string) error {
	switch {
	case len(raw) > maxSourceBytes:
		return fmt.Errorf("the URL has %d bytes, %d are allowed", len(raw), maxSourceBytes)
	case !utf8.ValidString(raw):
		return errors.New("the URL is not UTF-8")
	case strings.ContainsFunc(raw, isBlank):
		return errors.New("the URL has spaces or control characters")
	}
	return nil
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// stamps are what becomes of "&timestamp=" in a step that takes its "&times"
// for the entity of the multiplication sign, and in one that escapes that sign.
var stamps = strings.NewReplacer("×tamp=", "&timestamp=", "%C3%97tamp=", "&timestamp=", "%c3%97tamp=", "&timestamp=")

func repairStamp(raw string) string {
	// Looked for first, because the replacer is slow on the many that are well.
	if strings.Contains(raw, "×tamp=") || strings.Contains(raw, "97tamp=") {
		return stamps.Replace(raw)
	}
	return raw
}

// split gives identity and version of a URL of which the host starts there.
func (r SourceRules) split(sent string, host int) (identity, version string) {
	seen, _, _ := strings.Cut(sent, "#")
	path, query, _ := strings.Cut(seen, "?")
	kept, versions := r.sort(nil, query)
	if len(kept) > 0 {
		return path + "?" + strings.Join(kept, "&"), strings.Join(versions, "&")
	}
	segment := strings.LastIndexByte(path, '/')
	amp := strings.IndexByte(path[segment:], '&')
	if segment < host || amp < 0 {
		return path, strings.Join(versions, "&")
	}
	amp += segment
	kept, first := r.sort([]string{path[:amp]}, path[amp+1:])
	return strings.Join(kept, "&"), strings.Join(append(first, versions...), "&")
}

// sort adds the pieces of a list that belong to the identity to kept, which is
// empty for a query and holds the path up to the list otherwise.
func (r SourceRules) sort(kept []string, list string) (identity, versions []string) {
	isPath, cut := len(kept) > 0, false
	for piece := range strings.SplitSeq(list, "&") {
		name, _, assigned := strings.Cut(piece, "=")
		switch {
		case piece == "" && (cut || !isPath): // says nothing, and would be left over where a neighbour goes
		case isPath && !assigned:
			kept = append(kept, piece)
		case r.isVersion(name):
			if !assigned {
				piece += "=" // the same to a server
			}
			versions, cut = append(versions, piece), true
		case r.isIgnored(name):
			cut = true
		default:
			kept = append(kept, piece)
		}
	}
	return kept, versions
}
