package docsite

import (
	"encoding/json"
	"slices"
)

// example is a value that a schema allows, as JSON: made of its own examples, and
// else of the plainest there is. Of a request it is brief: what has to be sent, and
// what the schemas have an example of.
func (d *document) example(s *schema, brief bool) string {
	value := d.value(s, brief, nil)
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err) // it is made of what was read from JSON
	}
	return string(text)
}

// value makes it. within are the objects that it is part of: one that is part of
// itself ends there.
func (d *document) value(s *schema, brief bool, within []string) any {
	if name := s.refersTo(); name != "" {
		if slices.Contains(within, name) {
			return nil
		}
		return d.value(d.Components.Schemas[name], brief, append(slices.Clone(within), name))
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.options()) > 0:
		return d.value(s.options()[0], brief, within)
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Default != nil:
		return s.Default
	case s.Items != nil:
		return []any{d.value(s.Items, brief, within)}
	case len(s.Properties) > 0:
		members := map[string]any{}
		for _, name := range s.names() {
			if property := s.Properties[name]; !brief || slices.Contains(s.Required, name) || d.illustrated(property, nil) {
				members[name] = d.value(property, brief, within)
			}
		}
		return members
	case s.AdditionalProperties.schema != nil:
		return map[string]any{"…": d.value(s.AdditionalProperties.schema, brief, within)}
	}
	return s.plainest()
}

// plainest is a value of a simple type.
func (s *schema) plainest() any {
	if len(s.Type) == 0 {
		return "…"
	}
	switch s.Type[0] {
	case "integer", "number":
		if s.Minimum != nil && *s.Minimum > 1 {
			return *s.Minimum
		}
		return 1
	case "boolean":
		return false
	case "object":
		return map[string]any{}
	case "null":
		return nil
	}
	switch s.Format {
	case "uuid":
		return "7b0f3c1e-52d5-4c2e-9a53-0d6b4f1c8e21"
	case "uri":
		return "https://pictures.example.com/…"
	case "date-time":
		return "2026-03-14T09:26:53.589Z"
	}
	return "…"
}

// illustrated reports whether a schema has an example, in itself or in its parts.
func (d *document) illustrated(s *schema, within []string) bool {
	if name := s.refersTo(); name != "" {
		return !slices.Contains(within, name) && d.illustrated(d.Components.Schemas[name], append(slices.Clone(within), name))
	}
	if len(s.Examples) > 0 || s.Items != nil && d.illustrated(s.Items, within) {
		return true
	}
	for _, property := range s.Properties {
		if d.illustrated(property, within) {
			return true
		}
	}
	return false
}
