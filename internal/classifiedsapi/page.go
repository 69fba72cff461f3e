package classifiedsapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The bounds of limit (section 2).
const (
	maxClassifieds    = 250
	maxPageBytes      = 8 << 20 // of what was sent; a page that has them ends
	portion           = 25      // classifieds read at a time, so that few are in memory
	maxStatuses       = 100
	defaultStatuses   = 20
	pageVersion       = 1
	pageTokenIDBytes  = 8
	pageTokenMACBytes = 8
)

// pages makes and reads nextToken: the id after which a page begins. Ids stay
// while rows are added, so that no row is there twice or missing; a mac ties a
// token to its list.
type pages struct{ key []byte }

// newPages gives the pages whose tokens secret signs. What else it signs has
// another form.
func newPages(secret []byte) pages {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("vitrine places in lists"))
	return pages{mac.Sum(nil)}
}

// token is the place after id in a list.
func (p pages) token(list string, id int64) *string {
	raw := binary.BigEndian.AppendUint64([]byte{pageVersion}, uint64(id))
	text := base64.RawURLEncoding.EncodeToString(append(raw, p.mac(list, raw)...))
	return &text
}

// place is the id of a token of that list.
func (p pages) place(list, token string) (int64, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 1+pageTokenIDBytes+pageTokenMACBytes || raw[0] != pageVersion {
		return 0, false
	}
	named := raw[:1+pageTokenIDBytes]
	return int64(binary.BigEndian.Uint64(named[1:])), hmac.Equal(raw[len(named):], p.mac(list, named))
}

func (p pages) mac(list string, raw []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(raw)
	mac.Write([]byte(list))
	return mac.Sum(nil)[:pageTokenMACBytes]
}

// query reads the parameters of a request and collects what is wrong with them.
type query struct {
	values url.Values
	broken []fieldError
}

// openQuery reads the query of an operation that has parameters of these names.
// One that it doesn't know is refused: a dryrun that is taken for nothing would
// do what it was to show.
func openQuery(raw string, names []string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.fail("", "the query can't be read")
	}
	for _, sent := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(names, sent) {
			q.fail(sent, "is not a parameter"+meant(sent, names))
		}
	}
	return q
}

// meant asks whether a parameter in another spelling was meant.
func meant(sent string, names []string) string {
	plain := strings.NewReplacer("-", "", "_", "").Replace(sent)
	for _, name := range names {
		if strings.EqualFold(plain, name) {
			return "; did you mean " + name + "?"
		}
	}
	return ""
}

// text is a parameter that may be there once; ok is false without it.
func (q *query) text(name string) (text string, ok bool) {
	values := q.values[name]
	if len(values) > 1 {
		q.fail(name, "is there twice")
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func (q *query) fail(name, reason string) {
	if len(q.broken) < maxBroken {
		q.broken = append(q.broken, fieldError{name, reason})
	}
}

// limit is the size of a page, from 1 to highest; empty is the same as absent
// (section 2 writes it so).
func (q *query) limit(otherwise, highest int) int {
	text, _ := q.text("limit")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > highest {
		q.fail("limit", "must be a whole number from 1 to "+strconv.Itoa(highest))
	}
	return n
}

// after is the place in a list where the page begins, 0 for its start; empty is
// the same as absent.
func (q *query) after(p pages, list string) int64 {
	token, _ := q.text("nextToken")
	if token == "" {
		return 0
	}
	id, ok := p.place(list, token)
	if !ok {
		q.fail("nextToken", "must be the nextToken of a page of this list")
	}
	return id
}

// flag is a parameter that is true or false.
func (q *query) flag(name string) bool {
	text, ok := q.text(name)
	if ok && text != "true" && text != "false" {
		q.fail(name, "must be true or false")
	}
	return text == "true"
}

// err is the refusal for all that is wrong, nil for nothing.
func (q *query) err() error {
	if len(q.broken) == 0 {
		return nil
	}
	return invalid(inParameter, q.broken...)
}
