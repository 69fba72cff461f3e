package jsontext_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// FuzzValue walks over a text as encoding/json decodes it.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		` { "a" : [ 1 , "two" , { "b" : null } ] , "\u0061" : "\\\"" , "c":{},"d":[] } `, `[]`, `"x"`, `-1.5e3`, `true`, `null`,
		`{"a":{"a":"]}"},"a":[[],[[]]]}`, `"\ud83d\ude00 \ud83d"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !utf8.Valid(text) || !json.Valid(text) {
			t.Skip()
		}
		var want any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Skip() // a number beyond what a float64 holds
		}
		if diff := cmp.Diff(want, decoded(t, jsontext.Whole(text))); diff != "" {
			t.Errorf("%q (-encoding/json +walked)\n%s", text, diff)
		}
	})
}

func decoded(t *testing.T, v jsontext.Value) (value any) {
	switch {
	case v.IsObject():
		object := map[string]any{}
		for name, member := range v.Members() {
			object[name.Text()] = decoded(t, member)
		}
		return object
	case v.IsArray():
		array := []any{}
		for i, element := range v.Elements() {
			if i != len(array) {
				t.Errorf("element %d comes as %d", len(array), i)
			}
			array = append(array, decoded(t, element))
		}
		return array
	case v.IsString():
		return v.Text()
	case v.IsNull():
		return nil
	case v.IsBool():
		return v.IsTrue()
	case !v.IsNumber():
		t.Errorf("%q is nothing", v)
	}
	if err := json.Unmarshal(v.Compact(), &value); err != nil {
		t.Errorf("%q: %v", v, err)
	}
	return value
}
