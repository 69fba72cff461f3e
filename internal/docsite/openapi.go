package docsite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is what we read of an OpenAPI 3.1 document.
type document struct {
	Servers    []struct{ URL string }
	Paths      map[string]map[string]*operation // by path and, in small letters, method
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Parameters                        []parameter
	RequestBody                       struct{ Content map[string]content }
	Responses                         map[string]response
	Security                          []map[string][]string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schema
}

type response struct {
	Description string
	Content     map[string]content
}

type content struct{ Schema *schema }

// schema is a JSON schema, as far as our documents use them.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 types
	Format               string
	Description          string
	Enum                 []any
	Default              any
	Examples             []any
	Properties           map[string]*schema
	Required             []string
	Items                *schema
	AdditionalProperties also
	AnyOf, OneOf         []*schema
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	MinItems, MaxItems   *int
}

// types are one or more names of types; in JSON one of them is a string.
type types []string

// UnmarshalJSON reads either.
func (t *types) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*t = make(types, 1)
		return json.Unmarshal(text, &(*t)[0])
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// also is the schema of properties that have no name of their own; a bare yes or
// no tells nothing of them.
type also struct{ *schema }

// UnmarshalJSON reads either.
func (a *also) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] != '{' {
		return nil
	}
	return json.Unmarshal(text, &a.schema)
}

func parseDocument(text []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read an OpenAPI document: %w", err)
	}
	if len(d.Servers) == 0 || len(d.Paths) == 0 {
		return nil, fmt.Errorf("read an OpenAPI document: it has %d servers and %d paths", len(d.Servers), len(d.Paths))
	}
	return &d, nil
}

// refersTo is the name of the object that a schema only refers to, "" for none.
func (s *schema) refersTo() string {
	name, _ := strings.CutPrefix(s.Ref, "#/components/schemas/")
	return name
}

// options are the schemas that a value may be of, where there are several.
func (s *schema) options() []*schema { return slices.Concat(s.AnyOf, s.OneOf) }

// typeWord is a part of what is said of a type. Object is the object that it names,
// "" for none.
type typeWord struct{ Text, Object string }

// typeWords say what a value is, with a link to each object.
func (s *schema) typeWords() []typeWord {
	if name := s.refersTo(); name != "" {
		return []typeWord{{Text: name, Object: name}}
	}
	if options := s.options(); len(options) > 0 {
		var words []typeWord
		for i, option := range options {
			if i > 0 {
				words = append(words, typeWord{Text: " or "})
			}
			words = append(words, option.typeWords()...)
		}
		return words
	}
	switch {
	case s.Items != nil:
		words := append([]typeWord{{Text: "list of "}}, s.Items.typeWords()...)
		if slices.Contains(s.Type, "null") {
			words = append(words, typeWord{Text: " or null"})
		}
		return words
	case s.AdditionalProperties.schema != nil:
		return append([]typeWord{{Text: "object of "}}, s.AdditionalProperties.typeWords()...)
	case len(s.Type) == 0:
		return []typeWord{{Text: "anything"}}
	}
	text := strings.Join(s.Type, " or ")
	if s.Format != "" && s.Format != "int64" && s.Format != "double" {
		text = strings.Replace(text, "string", s.Format, 1)
	}
	return []typeWord{{Text: text}}
}

// bounds say what a value may be, in short sentences.
func (s *schema) bounds() string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, bound := range []struct {
		value *int
		text  string
	}{
		{s.MinLength, "At least %d characters."}, {s.MaxLength, "At most %d characters."},
		{s.MinItems, "At least %d items."}, {s.MaxItems, "At most %d items."},
	} {
		if bound.value != nil && *bound.value > 1 {
			add(bound.text, *bound.value)
		}
	}
	if s.Minimum != nil && *s.Minimum != 0 {
		add("At least %s.", jsonText(*s.Minimum))
	}
	if s.Maximum != nil {
		add("At most %s.", jsonText(*s.Maximum))
	}
	if s.Default != nil {
		add("%s if it is not given.", jsonText(s.Default))
	}
	return strings.Join(all, " ")
}

// choices are the values that there are, where the document names them.
func (s *schema) choices() (all []string) {
	enum := s.Enum
	if s.Items != nil {
		enum = s.Items.Enum
	}
	for _, option := range s.options() {
		enum = slices.Concat(enum, option.Enum)
	}
	for _, value := range enum {
		if value != nil {
			all = append(all, strings.Trim(jsonText(value), `"`))
		}
	}
	return all
}

// names are those of an object's properties, in the order of the alphabet.
func (s *schema) names() []string { return slices.Sorted(maps.Keys(s.Properties)) }

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return string(text)
}
