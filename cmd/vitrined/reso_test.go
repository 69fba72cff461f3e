package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
)

// resoMedia is an answer of /reso/Media.
type resoMedia struct {
	Context  string           `json:"@odata.context"`
	Count    *int             `json:"@odata.count"`
	NextLink string           `json:"@odata.nextLink"`
	Value    []map[string]any `json:"value"`
	Error    struct{ Code, Message, Target string }
}

// reso asks with a key, and gives the status too.
func reso(t *testing.T, address, authorization string) (int, resoMedia) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var m resoMedia
	if err := json.NewDecoder(response.Body).Decode(&m); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	if v := response.Header.Get("OData-Version"); v != "4.0" {
		t.Errorf("%s answers OData-Version %q", address, v)
	}
	return response.StatusCode, m
}

// of asks for media with these options and has to get them.
func (s *server) resoMedia(t *testing.T, key string, options ...string) resoMedia {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(options); i += 2 {
		values.Set(options[i], options[i+1])
	}
	status, m := reso(t, s.base+"/reso/Media?"+values.Encode(), "Bearer "+key)
	if status != http.StatusOK {
		t.Fatalf("%v gives %d %+v", options, status, m.Error)
	}
	return m
}

// TestReso reads the galleries of both APIs as an OData client does.
func TestReso(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	key := s.key(t)
	c := client.New(s.base, key)
	o := newOrigin(t)
	urls := o.photos(t, 4)
	put, err := c.PutListing(t.Context(), listing("flat-77", urls[:3]...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil {
		t.Fatal(err)
	}
	written, err := c.PostClassified(t.Context(), json.RawMessage(fmt.Sprintf(`{"portals":["SL"],"data":{"metaData":{"source":{"offererEstateId":"E-1"}}},
		"media":[{"url":%q,"mediaType":"PICTURE","category":"KITCHEN","title":"The kitchen"},{"url":%q,"mediaType":"PICTURE","category":"FLOOR_PLAN","altered":true}]}`, urls[3], urls[0])))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitClassified(t.Context(), written.ClassifiedID, written.Revision, nil); err != nil {
		t.Fatal(err)
	}

	all := s.resoMedia(t, key, "$count", "true")
	if len(all.Value) != 5 || all.Count == nil || *all.Count != 5 || all.NextLink != "" || all.Context != s.base+"/reso/$metadata#Media" {
		t.Fatalf("all media are %+v", all)
	}
	record := fmt.Sprint(put.ID)
	flat := s.resoMedia(t, key, "$filter", "ResourceRecordKey eq '"+record+"'", "$orderby", "Order desc", "$top", "2")
	if len(flat.Value) != 2 || flat.Value[0]["Order"] != 3.0 || flat.Value[1]["Order"] != 2.0 || flat.Value[0]["ResourceRecordID"] != "flat-77" || flat.NextLink != "" {
		t.Errorf("the last two of the listing are %+v", flat.Value)
	}
	s.checkClassifiedMedia(t, key, written.ClassifiedID)

	changed, ok := all.Value[3]["MediaModificationTimestamp"].(string)
	if !ok {
		t.Fatalf("no time in %+v", all.Value[3])
	}
	for filter, want := range map[string]int{"ge " + changed: 2, "gt " + changed: 0, "lt " + changed: 3, "eq " + changed: 2} {
		if got := s.resoMedia(t, key, "$filter", "MediaModificationTimestamp "+filter); len(got.Value) != want {
			t.Errorf("%s gives %d media, want %d", filter, len(got.Value), want)
		}
	}
	page := s.resoMedia(t, key, "$select", "MediaKey,Order", "$skip", "1", "$top", "3")
	if diff := cmp.Diff([]map[string]any{
		{"MediaKey": all.Value[1]["MediaKey"], "Order": 2.0}, {"MediaKey": all.Value[2]["MediaKey"], "Order": 3.0}, {"MediaKey": all.Value[3]["MediaKey"], "Order": 1.0},
	}, page.Value); diff != "" {
		t.Errorf("a page (-want +got):\n%s", diff)
	}
	s.checkResoRefusals(t, key)
	s.checkResoSchema(t, key, all.Value[0])

	if _, err := c.PutListing(t.Context(), client.ListingInput{ExternalID: "flat-77", Status: "hidden"}); err != nil {
		t.Fatal(err)
	}
	if left := s.resoMedia(t, key, "$count", "true", "$top", "0"); *left.Count != 2 || len(left.Value) != 0 {
		t.Errorf("beside a hidden listing there are %+v", left)
	}
}

// checkClassifiedMedia looks at all that is said of the media of a classified.
func (s *server) checkClassifiedMedia(t *testing.T, key, id string) {
	t.Helper()
	m := s.resoMedia(t, key, "$filter", "ResourceRecordKey eq '"+id+"'")
	if len(m.Value) != 2 {
		t.Fatalf("the media of the classified are %+v", m.Value)
	}
	kitchen, plan := m.Value[0], m.Value[1]
	for _, media := range m.Value {
		address, _ := media["MediaURL"].(string)
		if picture := get(t, address); picture.StatusCode != http.StatusOK || picture.Header.Get("Content-Type") != media["MediaType"] {
			t.Errorf("%s answers %d %s", address, picture.StatusCode, picture.Header.Get("Content-Type"))
		}
		if key, _ := media["MediaKey"].(string); key != id+"-"+fmt.Sprint(media["MediaObjectID"]) {
			t.Errorf("the key is %s of %v", key, media)
		}
		if media["ModificationTimestamp"] != media["MediaModificationTimestamp"] {
			t.Errorf("the times are %v", media)
		}
		for _, name := range []string{"MediaKey", "MediaObjectID", "MediaURL", "MediaModificationTimestamp", "ModificationTimestamp"} {
			delete(media, name)
		}
	}
	common := map[string]any{"ResourceName": "Property", "ResourceRecordKey": id, "ResourceRecordID": "E-1", "MediaStatus": "Active", "Permission": []any{"Public"},
		"MediaType": "image/webp", "ImageSizeDescription": "Largest", "ImageWidth": 1024.0, "ImageHeight": 768.0}
	wantKitchen := map[string]any{"Order": 1.0, "PreferredPhotoYN": true, "MediaCategory": "Photo", "ImageOf": "Kitchen", "ShortDescription": "The kitchen", "LongDescription": nil}
	wantPlan := map[string]any{"Order": 2.0, "PreferredPhotoYN": false, "MediaCategory": "Floor Plan", "ImageOf": "Floor Plan", "ShortDescription": nil,
		"LongDescription": "Made or altered with a trained model"}
	for name, value := range common {
		wantKitchen[name], wantPlan[name] = value, value
	}
	same(t, "the kitchen", wantKitchen, kitchen)
	same(t, "the plan", wantPlan, plan)
}

func (s *server) checkResoRefusals(t *testing.T, key string) {
	t.Helper()
	for _, row := range []struct {
		path, authorization string
		status              int
		code, target        string
	}{
		{"/reso/Media?$filter=Order%20eq%201", "ApiKey " + key, 400, "invalid", "$filter"},
		{"/reso/Media?$expand=Property", "Bearer " + key, 400, "invalid", "$expand"},
		{"/reso/Property", "Bearer " + key, 404, "not_found", ""},
		{"/reso/Media('1')", "Bearer " + key, 404, "not_found", ""},
		{"/reso/Media", "Bearer vtr_wrong", 401, "unauthorized", ""},
		{"/reso/Media", "Basic x", 401, "unauthorized", ""},
	} {
		status, m := reso(t, s.base+row.path, row.authorization)
		if status != row.status || m.Error.Code != row.code || m.Error.Target != row.target || m.Error.Message == "" {
			t.Errorf("%s gives %d %+v", row.path, status, m.Error)
		}
	}
	if _, m := reso(t, s.base+"/reso/Media", "Bearer "+s.keyOf(t, "other")); len(m.Value) != 0 {
		t.Errorf("another account sees %+v", m.Value)
	}
	if _, m := reso(t, s.base+"/reso/", "Bearer "+key); len(m.Value) != 1 || m.Value[0]["name"] != "Media" {
		t.Errorf("the service document has %+v", m.Value)
	}
}

// checkResoSchema compares $metadata with what is served.
func (s *server) checkResoSchema(t *testing.T, key string, media map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/reso/$metadata", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-API-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var schema struct {
		Properties []struct {
			Name string `xml:"Name,attr"`
			Type string `xml:"Type,attr"`
		} `xml:"DataServices>Schema>EntityType>Property"`
	}
	if err := xml.NewDecoder(response.Body).Decode(&schema); err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/xml") {
		t.Errorf("$metadata is %s", kind)
	}
	if len(schema.Properties) != len(media) {
		t.Errorf("$metadata has %d properties, a media has %d", len(schema.Properties), len(media))
	}
	for _, p := range schema.Properties {
		value, ok := media[p.Name]
		fits := value == nil && p.Name != "MediaKey"
		switch value.(type) {
		case string:
			fits = p.Type == "Edm.String" || p.Type == "Edm.DateTimeOffset"
		case float64:
			fits = p.Type == "Edm.Int32" || p.Type == "Edm.Int64"
		case bool:
			fits = p.Type == "Edm.Boolean"
		case []any:
			fits = p.Type == "Collection(Edm.String)"
		}
		if !ok || !fits {
			t.Errorf("%s is %v, and %s in $metadata", p.Name, value, p.Type)
		}
	}
}
