package resoapi

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/store"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.UTC()
}

func TestFilter(t *testing.T) {
	t.Parallel()
	const day = "2026-11-20T08:15:00Z"
	noon := at(t, day)
	ms := time.Millisecond
	for text, want := range map[string]filter{
		"ResourceRecordKey eq '12'":                                                                        {record: "12"},
		" ResourceRecordKey  eq   'it''s' ":                                                                {record: "it's"},
		"MediaModificationTimestamp gt " + day:                                                             {from: noon.Add(ms)},
		"MediaModificationTimestamp ge " + day:                                                             {from: noon},
		"MediaModificationTimestamp lt " + day:                                                             {to: noon.Add(-ms)},
		"MediaModificationTimestamp le " + day:                                                             {to: noon},
		"MediaModificationTimestamp eq " + day:                                                             {from: noon, to: noon},
		"MediaModificationTimestamp ge 2026-11-20T09:15:00+01:00":                                          {from: noon},
		"MediaModificationTimestamp gt 2026-11-20T08:15:00.0005Z":                                          {from: noon.Add(ms)},
		"MediaModificationTimestamp lt 2026-11-20T08:15:00.0005Z":                                          {to: noon},
		"MediaModificationTimestamp eq 2026-11-20T08:15:00.0005Z":                                          {from: noon.Add(ms), to: noon, nothing: true},
		"MediaModificationTimestamp ge " + day + " and MediaModificationTimestamp lt 2026-11-20T08:15:01Z": {from: noon, to: noon.Add(time.Second - ms)},
		"MediaModificationTimestamp le 0001-01-01T00:00:00Z":                                               {to: time.UnixMilli(0).UTC()},
		"ResourceRecordKey eq '1' and ResourceRecordKey eq '1'":                                            {record: "1"},
		"ResourceRecordKey eq '1' and ResourceRecordKey eq '2'":                                            {record: "2", nothing: true},
		"ResourceRecordKey eq ''":                                                                          {nothing: true},
		"ResourceRecordKey eq '1'and MediaModificationTimestamp gt " + day:                                 {record: "1", from: noon.Add(ms)},
	} {
		got, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(filter{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// What isn't supported is named.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ option, value, says string }{
		{"$filter", "", `"" is not supported; a comparison is`},
		{"$filter", "ResourceRecordKey ne '1'", `the operator "ne" is not supported for ResourceRecordKey`},
		{"$filter", "ResourceRecordKey eq 12", "is compared with a string in single quotes"},
		{"$filter", "ResourceRecordKey eq '12", "has no end"},
		{"$filter", "ResourceRecordKey in ('1','2')", `the operator "in" is not supported`},
		{"$filter", "ResourceRecordKey eq '1' or ResourceRecordKey eq '2'", "or is not supported"},
		{"$filter", "ResourceRecordKey eq '1' and", `"" is not supported; a comparison is`},
		{"$filter", "ResourceRecordKey eq '1')", `")" is not understood`},
		{"$filter", "(ResourceRecordKey eq '1')", `"(ResourceRecordKey eq '1')" is not supported`},
		{"$filter", "startswith(MediaKey,'1')", `"startswith(MediaKey,'1')" is not supported`},
		{"$filter", "Order eq 1", "Order can't be filtered by"},
		{"$filter", "Price eq 1", "Media has no property Price"},
		{"$filter", "MediaModificationTimestamp ne 2026-11-20T08:15:00Z", `the operator "ne" is not supported`},
		{"$filter", "MediaModificationTimestamp gt yesterday", `and not with "yesterday"`},
		{"$orderby", "MediaKey", `"MediaKey" is not supported`},
		{"$orderby", "Order", "Order comes after MediaModificationTimestamp"},
		{"$orderby", "MediaModificationTimestamp down", "is not a property with asc or desc"},
		{"$top", "-1", `"-1" is not a number`},
		{"$skip", "many", `"many" is not a number`},
		{"$count", "yes", `"yes" is neither true nor false`},
		{"$select", "MediaKey,Price", `Media has no property "Price"`},
		{"$skiptoken", "1-2", "it is none of ours"},
		{"$skiptoken", "1-2-3-4", "it is none of ours"},
		{"$format", "xml", "only json is served"},
		{"$expand", "Property", "it is not supported"},
		{"filter", "x", "write $filter"},
	} {
		_, err := parseQuery(url.Values{row.option: {row.value}}.Encode())
		option, ok := errors.AsType[*optionError](err)
		if !ok || option.option != row.option || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s=%s gives %v, want %q", row.option, row.value, err, row.says)
		}
	}
	if _, err := parseQuery("$top=1&$top=2"); err == nil {
		t.Error("an option that is there twice is taken")
	}
	if _, err := parseQuery("tracking=1&$top=2"); err != nil {
		t.Errorf("an option that is none of OData's: %v", err)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]query{
		"": {top: -1},
		"$filter=ResourceRecordKey+eq+'7'&$orderby=Order+desc&$top=5&$skip=2&$count=true": {filter: filter{record: "7"}, lastFirst: true, top: 5, skip: 2, count: true},
		"$orderby=MediaModificationTimestamp desc,Order asc":                              {newestFirst: true, top: -1},
		"$select=MediaKey, MediaURL,MediaKey&$format=json":                                {top: -1, selected: []string{"MediaKey", "MediaURL"}},
		"$skiptoken=1000-7-3": {top: -1, after: &store.PublishedPlace{ShownAt: time.UnixMilli(1000).UTC(), Listing: 7, Position: 3}},
	} {
		got, err := parseQuery(strings.ReplaceAll(raw, " ", "%20"))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(query{}, filter{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

// The pages of a nextLink have what $top asks for, and no more.
func TestNext(t *testing.T) {
	t.Parallel()
	var last store.Published
	last.Listing.ID, last.Listing.ShownAt, last.Position = 7, time.UnixMilli(1000), 3
	for _, row := range []struct {
		raw  string
		n    int
		want string
	}{
		{"$top=500&$skip=10", MaxPage, "$skiptoken=1000-7-3&$top=300"},
		{"$top=200", MaxPage, ""},
		{"$count=true", MaxPage, "$count=true&$skiptoken=1000-7-3"},
		{"$count=true", MaxPage - 1, ""},
	} {
		q, err := parseQuery(row.raw)
		if err != nil {
			t.Fatal(err)
		}
		next, err := url.QueryUnescape(q.next(row.raw, last, row.n))
		if err != nil || next != row.want {
			t.Errorf("after %d of %s comes %q, want %q (%v)", row.n, row.raw, next, row.want, err)
		}
	}
}

// A filter is refused or gives bounds that a time can be within, whatever comes.
func FuzzFilter(f *testing.F) {
	f.Add("ResourceRecordKey eq 'a''b' and MediaModificationTimestamp gt 2026-11-20T08:15:00Z")
	f.Add("MediaModificationTimestamp lt 9999-12-31T23:59:59.999999999Z and ")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseFilter(text)
		if err != nil {
			if _, ok := errors.AsType[*optionError](err); !ok {
				t.Fatalf("%q gives %v", text, err)
			}
			return
		}
		if !got.nothing && !got.from.IsZero() && !got.to.IsZero() && got.to.Before(got.from) {
			t.Fatalf("%q gives %+v", text, got)
		}
	})
}
