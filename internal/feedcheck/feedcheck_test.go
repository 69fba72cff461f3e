package feedcheck_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/feedcheck"
)

func rules() feedcheck.Rules {
	limits := vitrine.DefaultLimits()
	limits.MinPhotos, limits.MaxPhotos, limits.MaxVideos, limits.MaxFiles, limits.MaxMedia = 2, 3, 1, 6, 3
	limits.MaxBodyBytes = 4000
	return feedcheck.Rules{Limits: limits, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

// listing is one with that list of files.
func listing(files string) string {
	return "{\"externalId\":\"a\",\n\"files\":[\n" + files + "]}"
}

// classified is one with that list of media.
func classified(media string) string {
	return "{\"portals\":[\"SL\"],\"data\":{},\n\"media\":[\n" + media + "]}"
}

// Each feed with what is found in it: line, column, severity and the beginning
// of the problem.
func TestCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	const picture = `{"url":"https://p.example/%d.jpg","mediaType":"PICTURE"}`
	for name, row := range map[string]struct {
		feed string
		want []string
	}{
		"good":                 {listing(`{"url":"https://p.example/1.jpg?token=abc&Expires=1795435200"}`), nil},
		"good classified":      {classified(fmt.Sprintf(picture, 1)), nil},
		"empty":                {" \n", []string{"1:1 refused the file is empty"}},
		"byte order mark":      {"\ufeff{}", []string{"1:1 refused begins with a byte order mark"}},
		"not UTF-8":            {"{\n\"ä\": \"\xff\"}", []string{"2:7 refused is not UTF-8"}},
		"not JSON":             {"{\n \"ä\":}", []string{"2:6 refused is not JSON: invalid character '}'"}},
		"cut off":              {"{\n", []string{"1:2 refused is not JSON: unexpected end"}},
		"empty list":           {"\n []", []string{"2:2 doubt there is nothing"}},
		"no object":            {"[{\"id\":1},\n 7]", []string{"2:2 refused the request body must be an object"}},
		"no id":                {"{\n}", []string{"1:1 refused id or externalId is required"}},
		"two ids":              {"{\"externalId\":\"a\",\n \"id\":1}", []string{"2:2 refused id and externalId must not"}},
		"long id":              {"{\n\"externalId\":\"" + long + "\"}", []string{"2:1 refused externalId must be at most 255"}},
		"status":               {"{\"id\":1,\n\"announcementStatus\":\"Active\"}", []string{"2:1 refused announcementStatus must be one of"}},
		"deep":                 {"{\"id\":1,\n\"propertyCoordinates\":{\n\"lat\":1,\"lng\":200}}", []string{"3:9 refused propertyCoordinates.lng must be between"}},
		"missing deep":         {"{\"id\":1,\n\"propertyCoordinates\":{\n\"lat\":1}}", []string{"2:1 refused propertyCoordinates.lng is required"}},
		"file":                 {listing("{\"url\":\"https://p.example/1.jpg\"},\n{\"url\":\"p.example/2.jpg\"}"), []string{"4:2 refused files[1].url must be a URL"}},
		"file is nothing":      {listing("\n 7"), []string{"4:2 refused files[0] must be an object"}},
		"too few":              {"{\"id\":1,\"announcementStatus\":\"active\",\n\"files\":[{\"url\":\"https://p.example/1.jpg\"}]}", []string{"2:1 refused At least 2 photos"}},
		"too few, perhaps not": {"{\"id\":1,\"announcementStatus\":\"active\",\n\"files\":[{\"url\":\"https://p.example/1.jpg\"},{\"id\":7}]}", nil},
		"too many":             {listing(`{"url":"https://p.example/1.jpg"},{"url":"https://p.example/2.jpg"},{"url":"https://p.example/3.jpg"},{"url":"https://p.example/4.jpg"}`), []string{"2:1 refused At most 3 photos"}},
		"too many videos":      {listing(`{"url":"https://p.example/1.mp4"},{"url":"https://p.example/2.mp4"}`), []string{"2:1 refused At most 1 videos"}},
		"far too many":         {listing(strings.Repeat(`{"id":1},`, 6) + `{"id":1}`), []string{"2:1 refused files must contain no more than 6"}},
		"repeated":             {listing("{\"url\":\"https://p.example/1.jpg\"},\n{\"url\":\"https://p.example/1.jpg\"}"), []string{"4:2 doubt files[1].url is the same as files[0].url"}},
		"large":                {"{\"id\":1,\"x\":\"" + strings.Repeat("x", 4000) + "\"}", []string{"1:1 refused Request body must be at most 4000 bytes"}},
		"same id":              {"[{\"externalId\":\"a\"},\n{\"externalId\":\"a\"}]", []string{"2:2 doubt externalId: is that of the listing in line 1"}},
		"inner address":        {listing(`{"url":"http://192.168.1.1/1.jpg"}`), []string{"3:2 fails files[0].url: The URL leads to"}},
		"inner name":           {listing(`{"url":"http://crm/1.jpg"},{"url":"http://nas.local/1.jpg"}`), []string{"3:2 doubt files[0].url: the host crm", "3:29 doubt files[1].url: the host nas.local"}},
		"expired":              {listing(`{"url":"https://p.example/1.jpg?Expires=1000000000&Signature=a"}`), []string{"3:2 fails files[0].url: The signed URL had expired"}},
		"expires soon":         {listing(`{"url":"https://p.example/1.jpg?Expires=1795349400&Signature=a"}`), []string{"3:2 doubt files[0].url is signed until 2026-11-22T12:10:00Z"}},
		"ending":               {listing(`{"url":"https://p.example/plan.PDF?v=1"},{"url":"https://p.example/i.php?p=1"},{"url":"https://p.example/i.php"}`), []string{"3:2 doubt files[0].url looks like a pdf", "3:81 doubt files[2].url looks like a php"}},
		"bulk": {"{\"operations\":[\n{\"op\":\"upsert\",\"id\":\"x\"},\n{\"op\":\"delete\",\"id\":3}]}", []string{
			"2:16 refused id must be a positive", "3:1 doubt only the operations upsert and validate",
		}},
		"portals":           {"{\"data\":{},\n\"portals\":[\"SL\",\n\"YY\"]}", []string{"3:1 refused /portals/1: must be one of"}},
		"no data":           {"{\"portals\":[\"SL\"]}", []string{"1:1 refused /data: is required"}},
		"closed":            {classified("{\"url\":\"https://p.example/1.jpg\",\n\"type\":\"PICTURE\",\"a/b\":1}"), []string{"3:1 refused /media/0/mediaType: is required", "4:1 refused /media/0/type: is not", "4:18 refused /media/0/a~1b: is not"}},
		"twice":             {classified("{\"mediaType\":\"PICTURE\",\"url\":\"https://p.example/1.jpg\",\n\"mediaType\":\"PICTURE\"}"), []string{"4:1 refused /media/0/mediaType: is there twice"}},
		"tour":              {classified(`{"url":"https://p.example/tour.html","mediaType":"VIRTUAL_TOUR"},{"url":"https://p.example/tour.html","mediaType":"PICTURE"}`), []string{"3:67 doubt /media/1/url looks like a html"}},
		"one picture twice": {classified(fmt.Sprintf(picture+","+picture, 1, 1)), nil},
		"estate": {`[{"portals":["SL"],"data":{"metaData":{"source":{"offererEstateId":"e1"}}}},` + "\n" + `{"portals":["SL"],"data":{"metaData":{"source":{"offererEstateId":"e1"}}}}]`, []string{
			"2:49 refused /data/metaData/source/offererEstateId: is that of the classified in line 1",
		}},
		"media": {classified(fmt.Sprintf(picture+","+picture+","+picture+","+picture, 1, 2, 3, 4)), []string{"2:1 refused /media: must have at most 3 items"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := feedcheck.Check([]byte(row.feed), rules())
			var got []string
			for i, f := range report.Findings {
				text := fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Severity, f.Problem)
				if i < len(row.want) && strings.HasPrefix(text, row.want[i]) {
					text = row.want[i]
				}
				got = append(got, text)
				if f.Remedy == "" || f.Remedy == "Mend it as the rule says." {
					t.Errorf("nothing is said about what to do about %q", f.Problem)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What was probably meant is said.
func TestMeant(t *testing.T) {
	t.Parallel()
	for feed, want := range map[string]string{
		`{"id":1,"announcementStatus":"Active"}`:                                                                           `Write "active", if that was meant.`,
		`{"id":1,"announcementStatus":"sold"}`:                                                                             "Write one of these, exactly so.",
		`{"id":1,"propertyType":"comercial"}`:                                                                              `Write "commercial", if that was meant.`,
		classified(`{"url":"https://p.example/1.jpg","mediatype":"PICTURE"}`):                                              "Add it.",
		classified(`{"url":"https://p.example/1.jpg","mediaType":"picture"}`):                                              `Write "PICTURE", if that was meant.`,
		classified(`{"url":"https://p.example/1.jpg","mediaType":"PICTURE","ur":1}`):                                       `Write "url", if that was meant.`,
		classified(`{"url":"https://p.example/1.jpg","mediaType":"PICTURE","q":1}`):                                        "Take it out, or mend its name.",
		classified(`{"url":"https://p.example/1.jpg","mediaType":"PICTURE","altered":"` + strings.Repeat("yes", 9) + `"}`): "Write true or false, without quotes.",
	} {
		report := feedcheck.Check([]byte(feed), rules())
		if len(report.Findings) == 0 || report.Findings[0].Remedy != want {
			t.Errorf("%s: %+v, want %s", feed, report.Findings, want)
		}
	}
}

// Whatever it is given, it gives a report with places in the text.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(listing(`{"url":"https://p.example/1.jpg"},{"url":"x"}`)))
	f.Add([]byte(classified(`{"url":"https://p.example/1.jpg","mediaType":"PICTURE","x/~":[{}]}`)))
	f.Add([]byte(`[{"operations":[]},{"id":"\u0000"},[[]],null]`))
	f.Add([]byte("{\"operations\":[{\"op\":\"upsert\",\"files\":[null,{\"url\":null}]}]}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := strings.Split(string(text), "\n")
		for _, finding := range feedcheck.Check(text, rules()).Findings {
			if finding.Line < 1 || finding.Line > len(lines) || finding.Column < 1 || finding.Column > len([]rune(lines[finding.Line-1]))+1 {
				t.Errorf("%d:%d is not in %q", finding.Line, finding.Column, text)
			}
		}
	})
}
