package classifiedsapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
)

// The bounds of limit (section 2).
const (
	maxClassifieds    = 250
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

func openQuery(raw string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.broken = append(q.broken, fieldError{"", "the query can't be read"})
	}
	return q
}

// text is a parameter that may be there once.
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
	q.broken = append(q.broken, fieldError{name, reason})
}

// limit is the size of a page, from 1 to highest.
func (q *query) limit(otherwise, highest int) int {
	text, ok := q.text("limit")
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > highest {
		q.fail("limit", "must be a whole number from 1 to "+strconv.Itoa(highest))
	}
	return n
}

// after is the place in a list where the page begins, 0 for its start.
func (q *query) after(p pages, list string) int64 {
	token, ok := q.text("nextToken")
	if !ok {
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
