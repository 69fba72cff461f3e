package classifiedsapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// FuzzParse checks the parser against encoding/json, which reads the same body
// by another road: what one accepts the other accepts, and both read the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		full, body(), body(picture("http://a.example/1.jpg")), ` { "portals" : [ ] , "data" : { } , "media" : [ ] } `,
		`{"portals": ["SL", "SL"], "data": {"a": [1, {"b": "\"}]"}]}}`,
		`{"portals": [], "data": {}, "d\u0061ta": {}}`,
		`{"p\u006frtals": ["\u0053L"], "data": {"metaData": {"source": {"offererEstateId": 1e3}}}, "specific": {"a": -0.10}}`,
		`{"portals": [], "data": {"metaData": {"source": {"offererEstateId": "\ud83d\ude00"}}, "metaData": 7}}`,
		`{"portals": [], "data": {"a": "\ud83d"}}`, `{"portals": [], "data": {"a": "\\u0000"}}`, `{"portals": [], "data": {"\u0000": 1}}`,
		`{"portals": [], "data": {}, "media": [{"url": "http:\/\/a.example\/1.jpg", "mediaType": "PICTURE", "title": " \u2028", "tags": ["MAP", "MAP"]}]}`,
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PANORAMA", "altered": true, "alteredFrom": "http://a.example/0.jpg"}`),
		body(`{"url": "http://a.example/1.mp4", "mediaType": "VIDEO", "altered" : false }`),
		body(`{"url": "http://a.example/1.mp4", "mediaType": "VIDEO", "altered": true}`),
		body(`{"url": "http://a.example/1.jpg", "mediaType": "PICTURE", "alteredFrom": "ftp:\/\/a.example"}`),
		`{"portals": [], "data": {"a": 1e999, "b": [-1e999]}, "specific": {"a": 1e999}}`,
		`{"portals": [], "data": {}, "Media": []}`, `null`, `[]`, `"x"`, `7`, `1e999`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if classifiedsapi.CheckJSON(body) != nil {
			if json.Valid(body) && utf8.Valid(body) {
				t.Fatal("JSON is refused as no JSON")
			}
			return // it goes no further
		}
		got, err := classifiedsapi.Parse(body)
		want, wantErr := reference(body)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("parsed with %v, and by encoding/json with %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("not as encoding/json has it (-want +got):\n%s", diff)
		}
	})
}

// reference is a slow parser of a classified: the rules of sections 2 and 3,
// once more, in terms of encoding/json.
func reference(body []byte) (in gallery.ClassifiedInput, err error) {
	if strings.ContainsAny(everyString(body), "\x00\ufffd") && unstorableEscape(body) {
		return in, errors.New("a string that can't be stored")
	}
	if err := closed(body, "portals", "data", "specific", "media"); err != nil {
		return in, err
	}
	var c struct {
		Portals  []*string                  `json:"portals"`
		Data     map[string]json.RawMessage `json:"data"` // in which a number may be beyond Go's
		Specific map[string]json.RawMessage `json:"specific"`
		Media    *[]json.RawMessage         `json:"media"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return in, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return in, err
	}
	if c.Portals == nil || c.Data == nil || raw["specific"] != nil && c.Specific == nil || raw["media"] != nil && c.Media == nil {
		return in, errors.New("a property is missing or null")
	}
	for _, portal := range c.Portals {
		if portal == nil || !slices.Contains(classifiedsapi.DefaultPortals, *portal) || slices.Contains(in.Portals, *portal) {
			return in, errors.New("portals")
		}
		in.Portals = append(in.Portals, *portal)
	}
	in.Data, in.Specific = compacted(raw["data"]), compacted(raw["specific"])
	if in.EstateID, err = estateOf(raw["data"]); err != nil {
		return in, err
	}
	if c.Media == nil {
		return in, nil
	}
	if len(*c.Media) > 100 {
		return in, errors.New("too many media")
	}
	for _, text := range *c.Media {
		m, err := referenceMedia(text)
		if err != nil {
			return in, err
		}
		in.Media = append(in.Media, m)
	}
	return in, nil
}

func referenceMedia(text []byte) (m gallery.ClassifiedMedia, err error) {
	if err := closed(text, "url", "mediaType", "category", "tags", "title", "altered", "alteredFrom"); err != nil {
		return m, err
	}
	var fields struct {
		URL, MediaType, Category, Title, AlteredFrom *string
		Tags                                         []*string
		Altered                                      bool
	}
	var raw map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, &fields), json.Unmarshal(text, &raw)); err != nil {
		return m, err
	}
	for _, value := range raw {
		if string(value) == "null" {
			return m, errors.New("null")
		}
	}
	if fields.URL == nil || fields.MediaType == nil {
		return m, errors.New("a property is missing")
	}
	if _, err := vitrine.ParseSource(*fields.URL, vitrine.SourceRules{}); err != nil {
		return m, err
	}
	m.URL, m.Type = *fields.URL, vitrine.MediaType(*fields.MediaType)
	if !slices.Contains(vitrine.MediaTypes, m.Type) {
		return m, errors.New("media type")
	}
	if fields.Category != nil {
		if m.Category = vitrine.Category(*fields.Category); !slices.Contains(vitrine.Categories, m.Category) {
			return m, errors.New("category")
		}
	}
	for _, tag := range fields.Tags {
		if tag == nil || !slices.Contains(vitrine.Categories, vitrine.Category(*tag)) {
			return m, errors.New("tag")
		}
		m.Tags = append(m.Tags, vitrine.Category(*tag))
	}
	if fields.Title != nil {
		m.Title = *fields.Title
		if strings.Trim(m.Title, "\t\v\f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff") == "" ||
			strings.ContainsAny(m.Title, "\n\r\u2028\u2029") {
			return m, errors.New("title")
		}
	}
	if m.Altered = fields.Altered; m.Altered && m.Type != vitrine.Picture && m.Type != vitrine.Panorama {
		return m, errors.New("altered, and no picture")
	}
	if fields.AlteredFrom != nil {
		m.AlteredFrom = *fields.AlteredFrom
		if _, err := vitrine.ParseSource(m.AlteredFrom, vitrine.SourceRules{}); err != nil || !m.Altered {
			return m, errors.New("altered from")
		}
	}
	return m, nil
}

// closed reads an object token by token and refuses what is no object, has
// other properties, or one of them twice.
func closed(text []byte, names ...string) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return errors.New("no object")
	}
	var seen []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if !slices.Contains(names, name.(string)) || slices.Contains(seen, name.(string)) {
			return errors.New("unknown or twice")
		}
		seen = append(seen, name.(string))
		if err := decoder.Decode(new(json.RawMessage)); err != nil {
			return err
		}
	}
	return nil
}

func compacted(text []byte) json.RawMessage {
	var out bytes.Buffer
	if len(text) == 0 || json.Compact(&out, text) != nil {
		return nil
	}
	return out.Bytes()
}

func estateOf(data []byte) (string, error) {
	id := data
	for _, name := range []string{"metaData", "source", "offererEstateId"} {
		var object map[string]json.RawMessage
		if json.Unmarshal(id, &object) != nil || object[name] == nil {
			return "", nil
		}
		id = object[name]
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(id))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	text := ""
	switch value := value.(type) {
	case string:
		text = value
	case json.Number:
		text = value.String()
	case nil:
	default:
		return "", errors.New("estate id")
	}
	if utf8.RuneCountInString(text) > 255 {
		return "", errors.New("a long estate id")
	}
	return text, nil
}

// everyString is all strings of a text, decoded.
func everyString(text []byte) string {
	var all strings.Builder
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			panic(err) // it was valid
		}
		if text, ok := token.(string); ok {
			all.WriteString(text)
		}
	}
}

// unstorableEscape tells an escape that encoding/json gives up on from the
// replacement character as it is sent: that one stands there, or is escaped.
func unstorableEscape(text []byte) bool {
	sent := strings.Count(string(text), "\ufffd") + strings.Count(strings.ToLower(withoutPairs(text)), `\ufffd`)
	all := everyString(text)
	return strings.Contains(all, "\x00") || strings.Count(all, "\ufffd") > sent
}

// withoutPairs drops escaped backslashes, after which a "u" is only a letter.
func withoutPairs(text []byte) string { return strings.ReplaceAll(string(text), `\\`, "") }

// FuzzHeaders checks that what a header may say never stops a request, and that
// tags are read as they stand.
func FuzzHeaders(f *testing.F) {
	f.Add(`"r1"`)
	f.Add(`W/"r1", "a,b" , *`)
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Fuzz(func(t *testing.T, value string) {
		if classifiedsapi.ParseTrace(value) && len(value) != 55 {
			t.Errorf("%q is a trace", value)
		}
		tags, ok := classifiedsapi.ParseTags(value)
		if ok != (len(tags) > 0) {
			t.Errorf("%q: %q, %t", value, tags, ok)
		}
		for _, tag := range tags {
			opaque := strings.TrimPrefix(tag, "W/")
			whole := tag == "*" || len(opaque) >= 2 && opaque[0] == '"' && strings.Count(opaque, `"`) == 2 && opaque[len(opaque)-1] == '"'
			if !whole || !strings.Contains(value, tag) {
				t.Errorf("%q has the tag %q", value, tag)
			}
		}
	})
}
