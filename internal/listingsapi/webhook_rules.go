package listingsapi

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// maxReplayed is how many events one replay delivers again.
const maxReplayed = 1000

func parseWebhook(raw json.RawMessage) (url string, types []vitrine.EventType, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if r.hold(ok, "the request body must be an object") {
		r.hold(o.has("url"), "url is required")
		url, _ = readURL(o)
		types, _ = readTypes(o)
	}
	return url, types, r.err()
}

func parseWebhookChange(raw json.RawMessage) (change gallery.EndpointChange, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if r.hold(ok, "the request body must be an object") {
		if url, ok := readURL(o); ok {
			change.URL = &url
		}
		if types, ok := readTypes(o); ok {
			change.Types = &types
		}
		if enabled, ok := o.flag("enabled"); ok {
			change.Enabled = &enabled
		}
	}
	return change, r.err()
}

// readURL reads the address of a webhook. Whether it may be delivered to is
// found out when it is dialled.
func readURL(o object) (url string, ok bool) {
	if url, ok = o.text("url"); ok {
		o.rules.url("url", url)
	}
	return url, ok
}

// readTypes reads the events wanted, each once.
func readTypes(o object) (types []vitrine.EventType, ok bool) {
	values, ok := o.list("types")
	types = []vitrine.EventType{}
	for i, raw := range values {
		var t vitrine.EventType
		name := fmt.Sprintf("types[%d]", i)
		if !o.rules.hold(json.Unmarshal(raw, &t) == nil, "%s must be a string", name) {
			continue
		}
		o.rules.oneOf(name, string(t), eventTypeNames())
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types, ok
}

func eventTypeNames() (names []string) {
	for _, t := range vitrine.EventTypes {
		names = append(names, string(t))
	}
	return names
}

// replay says which events to deliver again: ids, or those after one and until
// another, 0 for no end.
type replay struct {
	ids          []int64
	after, until int64
}

func parseReplay(raw json.RawMessage) (out replay, err error) {
	var r rules
	o, ok := openObject(raw, &r)
	if !r.hold(ok, "the request body must be an object") {
		return out, r.err()
	}
	r.hold(o.has("ids") || o.has("after"), "ids or after is required")
	r.hold(!o.has("ids") || !o.has("after"), "only one of ids and after may be sent")
	r.hold(!o.has("until") || o.has("after"), "until goes with after only")
	if values, ok := o.list("ids"); ok {
		r.hold(len(values) > 0, "ids must contain at least 1 element")
		if r.hold(len(values) <= maxReplayed, "ids must contain no more than %d elements", maxReplayed) {
			for i, raw := range values {
				out.ids = append(out.ids, r.between(fmt.Sprintf("ids[%d]", i), string(raw), 0, 1, math.MaxInt64))
			}
		}
	}
	if o.has("after") {
		out.after = r.between("after", string(o.value("after")), 0, 0, math.MaxInt64)
	}
	if o.has("until") {
		out.until = r.between("until", string(o.value("until")), 0, 1, math.MaxInt64)
		r.hold(out.until > out.after, "until must be greater than after")
	}
	return out, r.err()
}

// parseDeliveries reads which part of the log is wanted; a before of 0 is from
// the newest.
func parseDeliveries(in *deliveriesInput) (before int64, limit int, err error) {
	var r rules
	before = r.between("before", string(in.Before), 0, 1, math.MaxInt64)
	limit = r.within("limit", string(in.Limit), defaultPageSize, maxPageSize)
	return before, limit, r.err()
}
