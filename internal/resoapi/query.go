package resoapi

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// MaxPage is the most media that one answer has; of more there is a nextLink.
const MaxPage = 200

// query is what a request for media asks for.
type query struct {
	filter
	newestFirst bool // $orderby=MediaModificationTimestamp desc
	lastFirst   bool // $orderby=Order desc
	top         int  // -1 for all
	skip        int
	after       *store.PublishedPlace // $skiptoken: where the page before ended
	count       bool
	selected    []string // nil for all properties
}

// options are the query options that are served.
var options = map[string]func(q *query, value string) error{
	optFilter: func(q *query, value string) (err error) {
		q.filter, err = parseFilter(value)
		return err
	},
	optOrderBy:   func(*query, string) error { return nil }, // read once the filter is known
	"$top":       func(q *query, value string) (err error) { q.top, err = number("$top", value); return err },
	"$skip":      func(q *query, value string) (err error) { q.skip, err = number("$skip", value); return err },
	"$count":     (*query).readCount,
	"$select":    (*query).readSelect,
	"$skiptoken": (*query).readToken,
	"$format":    readFormat,
}

const optOrderBy = "$orderby"

// parseQuery reads the options of a request. Names without a $ are left alone,
// except for those that would be one of OData's with it: leaving out a filter
// gives wrong answers.
func parseQuery(raw string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, badOption("query", "it is not URL-encoded")
	}
	q := query{top: -1}
	for name, texts := range values {
		read, known := options[name]
		switch {
		case known && len(texts) > 1:
			return query{}, badOption(name, "it is there %d times", len(texts))
		case known:
			if err := read(&q, texts[0]); err != nil {
				return query{}, err
			}
		case strings.HasPrefix(name, "$"):
			return query{}, badOption(name, "it is not supported")
		case options["$"+name] != nil:
			return query{}, badOption(name, "write $%s", name)
		}
	}
	if err := q.readOrder(values.Get(optOrderBy)); err != nil {
		return query{}, err
	}
	return q, nil
}

func number(option, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0, badOption(option, "%q is not a number from 0 to %d", value, math.MaxInt32)
	}
	return n, nil
}

func (q *query) readCount(value string) error {
	if value != "true" && value != "false" {
		return badOption("$count", "%q is neither true nor false", value)
	}
	q.count = value == "true"
	return nil
}

func (q *query) readSelect(value string) error {
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if name == "*" {
			q.selected = slices.Clone(propertyNames)
			continue
		}
		if _, known := propertyTypes[name]; !known {
			return badOption("$select", "Media has no property %q", name)
		}
		if !slices.Contains(q.selected, name) {
			q.selected = append(q.selected, name)
		}
	}
	return nil
}

func readFormat(_ *query, value string) error {
	kind, _, _ := strings.Cut(value, ";")
	if kind != "json" && kind != "application/json" {
		return badOption("$format", "only json is served")
	}
	return nil
}

// readOrder reads $orderby. Media are in the order of their galleries' times, and
// in a gallery by Order; either can be turned around.
func (q *query) readOrder(value string) error {
	if value == "" {
		return nil
	}
	for i, item := range strings.Split(value, ",") {
		words := strings.Fields(item)
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return badOption(optOrderBy, "%q is not a property with asc or desc", item)
		}
		down := len(words) == 2 && words[1] == "desc"
		switch {
		case words[0] == "MediaModificationTimestamp" && (i == 0 || q.record != ""):
			q.newestFirst = down
		case words[0] == "Order" && i == 0 && q.record == "":
			return badOption(optOrderBy, "Order comes after MediaModificationTimestamp, or with a $filter on one ResourceRecordKey")
		case words[0] == "Order":
			q.lastFirst = down
		default:
			return badOption(optOrderBy, "%q is not supported; MediaModificationTimestamp and then Order are", item)
		}
	}
	return nil
}

// readToken reads where the page before ended.
func (q *query) readToken(value string) error {
	var at int64
	var place store.PublishedPlace
	if n, err := fmt.Sscanf(value, "%d-%d-%d", &at, &place.Listing, &place.Position); err != nil || n != 3 || tokenOf(time.UnixMilli(at), place.Listing, place.Position) != value {
		return badOption("$skiptoken", "it is none of ours; follow the nextLink as it is")
	}
	place.ShownAt = time.UnixMilli(at).UTC()
	q.after = &place
	return nil
}

func tokenOf(shownAt time.Time, listing int64, position int) string {
	return fmt.Sprintf("%d-%d-%d", shownAt.UnixMilli(), listing, position)
}

// store is the query for the rules, for one page.
func (q *query) store() store.PublishedQuery {
	limit := MaxPage
	if q.top >= 0 {
		limit = min(limit, q.top)
	}
	return store.PublishedQuery{
		From: q.from, To: q.to, NewestFirst: q.newestFirst, LastFirst: q.lastFirst, After: q.after, Offset: q.skip, Limit: limit,
	}
}

// next is the query of the page after one that ends there and has n media, ""
// when all that were asked for are there.
func (q *query) next(raw string, last store.Published, n int) string {
	if n < MaxPage || q.top == n {
		return ""
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "" // it was read before
	}
	values.Del("$skip")
	values.Set("$skiptoken", tokenOf(last.Listing.ShownAt, last.Listing.ID, last.Position))
	if q.top >= 0 {
		values.Set("$top", strconv.Itoa(q.top-n))
	}
	return values.Encode()
}
