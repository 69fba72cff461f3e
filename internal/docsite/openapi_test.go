package docsite

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// Each example of a body is as its schema demands.
func TestExamples(t *testing.T) {
	t.Parallel()
	limits, log := vitrine.DefaultLimits(), slog.New(slog.DiscardHandler)
	for name, text := range map[string][]byte{
		"listings": listingsapi.New(listingsapi.Config{Limits: limits, Now: time.Now, Log: log}).Document(),
		"classifieds": classifiedsapi.New(classifiedsapi.Config{
			Limits: limits, Portals: classifiedsapi.DefaultPortals, TokenSecret: []byte("of this test"), Now: time.Now, Log: log,
		}).Document(),
	} {
		d, err := parseDocument(text)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("openapi.json", whole); err != nil {
			t.Fatal(err)
		}
		for _, object := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
			compiled, err := compiler.Compile("openapi.json#/components/schemas/" + object)
			if err != nil {
				t.Fatal(err)
			}
			for _, brief := range []bool{false, true} {
				example := d.example(d.Components.Schemas[object], brief)
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(example)))
				if err != nil {
					t.Fatal(err)
				}
				if err := compiled.Validate(value); err != nil {
					t.Errorf("%s: the example of %s (brief: %t) is not as it should be: %v\n%s", name, object, brief, err, example)
				}
			}
		}
	}
}

func TestTypeWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"type": "string"}`:                                                         "string",
		`{"type": ["string", "null"], "format": "uuid"}`:                             "uuid or null",
		`{"type": "integer", "format": "int64"}`:                                     "integer",
		`{"$ref": "#/components/schemas/Media"}`:                                     "Media",
		`{"type": ["array", "null"], "items": {"type": "string"}}`:                   "list of string or null",
		`{"anyOf": [{"$ref": "#/components/schemas/Media"}, {"type": "null"}]}`:      "Media or null",
		`{"type": "object", "additionalProperties": {"type": "integer"}}`:            "object of integer",
		`{"type": "object", "additionalProperties": true}`:                           "object",
		`{"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "x"}}]}`: "string or list of x",
		`{}`: "anything",
	} {
		var s schema
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, word := range s.typeWords() {
			got += word.Text
		}
		if got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	var s schema
	text := `{"type": "integer", "minimum": 1, "maximum": 1000, "default": 100, "enum": [1, 100, null]}`
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if got, want := s.bounds(), "At least 1. At most 1000. 100 if it is not given."; got != want {
		t.Errorf("the bounds are %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"1", "100"}, s.choices()); diff != "" {
		t.Errorf("the choices (-want +got)\n%s", diff)
	}
}

// What is no document is an error and not an empty page.
func TestParseDocument(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{}", `{"servers": [{"url": "/"}]}`, `{"servers": [{"url": "/"}], "paths": {"/": {"get": 7}}}`} {
		if d, err := parseDocument([]byte(text)); err == nil {
			t.Errorf("%s was read: %v", text, d)
		}
	}
}
