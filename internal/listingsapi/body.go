package listingsapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// body is a request body that the document describes as a T, and that comes to
// the operation as it was sent. Decoding it straight into a T would stop at the
// first wrong type, match names in any case, and lose the unknown fields that a
// listing keeps.
type body[T any] struct{ raw json.RawMessage }

// UnmarshalJSON keeps a copy: huma reuses its buffer.
func (b *body[T]) UnmarshalJSON(data []byte) error {
	b.raw = bytes.Clone(data)
	return nil
}

// unmarshal is json.Unmarshal for what the guard knows to be JSON: a body that
// is kept as it was sent isn't looked through again.
func unmarshal(data []byte, v any) error {
	if kept, ok := v.(json.Unmarshaler); ok {
		return kept.UnmarshalJSON(data)
	}
	return json.Unmarshal(data, v)
}

// Schema is that of a T.
func (body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// object is a JSON object being checked: its fields by their exact names, and
// the broken rules of the whole request.
type object struct {
	prefix string // "" or "files[3]."
	fields []field
	rules  *rules
}

// field is one of them. They are few, so that going through them is faster than
// a map.
type field struct {
	name  string
	value jsontext.Value
}

// openObject opens an object of a valid text.
func openObject(raw json.RawMessage, r *rules) (object, bool) {
	o := object{rules: r}
	v := jsontext.Whole(raw)
	if !v.IsObject() {
		return o, false
	}
	o.fields = make([]field, 0, 4)
	for name, member := range v.Members() {
		o.fields = append(o.fields, field{name.Text(), member})
	}
	return o, true
}

// value is what stands in the field, nil when it is absent or null. Of a name
// that is there twice the last counts.
func (o object) value(name string) jsontext.Value {
	for _, f := range slices.Backward(o.fields) {
		if f.name == name {
			if f.value.IsNull() {
				return nil
			}
			return f.value
		}
	}
	return nil
}

// has reports whether the field is there and not null.
func (o object) has(name string) bool { return o.value(name) != nil }

// text is the value of a string field; ok is false when it is absent or, which
// breaks a rule, something else.
func (o object) text(name string) (value string, ok bool) {
	v := o.value(name)
	if v == nil {
		return "", false
	}
	if !v.IsString() {
		return "", o.rules.hold(false, "%s%s must be a string", o.prefix, name)
	}
	return v.Text(), true
}

// id is the value of a field that holds one of our ids.
func (o object) id(name string) (value int64, ok bool) {
	v := o.value(name)
	if v == nil {
		return 0, false
	}
	value, err := strconv.ParseInt(string(v), 10, 64)
	return value, o.rules.hold(err == nil && value > 0, "%s%s must be a positive integer", o.prefix, name)
}

// number is the value of a number field.
func (o object) number(name string) (value float64, ok bool) {
	v := o.value(name)
	if v == nil {
		return 0, false
	}
	err := json.Unmarshal(v, &value)
	return value, o.rules.hold(err == nil, "%s%s must be a number", o.prefix, name)
}

// flag is the value of a field that is true or false.
func (o object) flag(name string) (value, ok bool) {
	v := o.value(name)
	if v == nil {
		return false, false
	}
	return v.IsTrue(), o.rules.hold(v.IsBool(), "%s%s must be a boolean value", o.prefix, name)
}

// list is the value of an array field.
func (o object) list(name string) (values []json.RawMessage, ok bool) {
	v := o.value(name)
	if v == nil {
		return nil, false
	}
	if !v.IsArray() {
		return nil, o.rules.hold(false, "%s%s must be an array", o.prefix, name)
	}
	values = make([]json.RawMessage, 0, 32)
	for _, element := range v.Elements() {
		values = append(values, json.RawMessage(element))
	}
	return values, true
}

// object is the value of an object field.
func (o object) object(name string) (value object, ok bool) {
	v := o.value(name)
	if v == nil {
		return object{}, false
	}
	value, ok = openObject(json.RawMessage(v), o.rules)
	value.prefix = o.prefix + name + "."
	return value, o.rules.hold(ok, "%s%s must be an object", o.prefix, name)
}
