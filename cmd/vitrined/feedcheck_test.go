package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/feedcheck"
)

// TestFeedCheck sends bodies to a server: what "vitrine check" says of them is
// what the server refuses them for.
func TestFeedCheck(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	c := newClient(t, s)
	files := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"url":"https://photos.invalid/%d.jpg"}`, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for _, body := range []string{
		`{"externalId":"good","files":` + files(3) + `}`,
		`{"externalId":"public","announcementStatus":"active","files":` + files(3) + `}`,
		`{"externalId":"few","announcementStatus":"active","files":` + files(2) + `}`,
		`{"externalId":"many","files":` + files(21) + `}`,
		`{"externalId":"repeats","files":` + strings.Replace(files(20), "[", `[{"url":"https://photos.invalid/7.jpg"},`, 1) + `}`,
		`{"externalId":"videos","files":[{"url":"https://v.invalid/1.mp4"},{"url":"https://v.invalid/2.mp4"},{"url":"https://v.invalid/3.mov"},{"url":"https://v.invalid/4.avi"}]}`,
		`{"externalId":"entries","files":` + files(101) + `}`,
		`{"externalId":"large","text":"` + strings.Repeat("x", 600_000) + `"}`,
		`{}`,
		`7`,
		`{"id":-1,"externalId":"","announcementStatus":"gone","files":7,"announcementType":true,"propertyCoordinates":{"lat":"x"}}`,
		`{"externalId":"a","announcementDescription":"short","files":[{},{"id":1,"url":"https://p.invalid/1.jpg"},{"url":"nowhere"},{"url":"https://p.invalid/1.jpg","alteredFrom":"x"},null]}`,
	} {
		_, err := c.PutListing(t.Context(), json.RawMessage(body))
		compareRefusal(t, body, err)
	}
	for _, body := range []string{
		`{"portals":["SL"],"data":{},"media":[{"url":"https://photos.invalid/1.jpg","mediaType":"PICTURE"}]}`,
		`{"media":[]}`,
		`{"portals":["SL","SL","none"],"data":[],"specific":1,"extra":{"a/b":1},"media":{}}`,
		`{"portals":"SL","data":{"metaData":{"source":{"offererEstateId":[]}}},"media":[7,{"url":"x","mediaType":"PICTURE","title":" "},{"url":"https://p.invalid/a b.jpg","mediaType":"TOUR","tags":["x"],"altered":1}]}`,
		`{"portals":["SL"],"data":{"text":"\u0000"},"media":[{"url":"https://photos.invalid/1.jpg","mediaType":"PICTURE","mediaType":"VIDEO"}]}`,
		`{"portals":["SL"],"data":{},"media":[` + strings.Repeat(`{"url":"https://photos.invalid/1.jpg","mediaType":"PICTURE"},`, 100) + `{}]}`,
	} {
		_, err := c.PostClassified(t.Context(), json.RawMessage(body))
		compareRefusal(t, body, err)
	}
}

// compareRefusal compares what a server refused a body for with what is said of
// it before.
func compareRefusal(t *testing.T, body string, err error) {
	t.Helper()
	var refused []string
	if e, ok := errors.AsType[*client.Error](err); ok {
		refused = e.Messages
	} else if err != nil {
		t.Fatal(err)
	}
	var foreseen []string
	report := feedcheck.Check([]byte(body), feedcheck.Rules{Limits: vitrine.DefaultLimits(), Now: time.Now()})
	for _, f := range report.Findings {
		if f.Severity == feedcheck.Refused {
			foreseen = append(foreseen, f.Problem)
		}
	}
	// The findings are in the order of the text.
	if diff := cmp.Diff(refused, foreseen, cmpopts.EquateEmpty(), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("%.200s (-refused for +foreseen)\n%s", body, diff)
	}
}
