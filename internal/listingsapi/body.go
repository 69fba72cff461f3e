package listingsapi

import (
	"bytes"
	"encoding/json"
	"reflect"
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

// Schema is that of a T.
func (body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// object is a JSON object being checked: its fields by their exact names, and
// the broken rules of the whole request. A field that is null counts as absent.
type object struct {
	prefix string // "" or "files[3]."
	fields map[string]json.RawMessage
	rules  *rules
}

// openObject opens an object of a valid text. Of a name that is there twice the
// last counts.
func openObject(raw json.RawMessage, r *rules) (object, bool) {
	o := object{rules: r}
	v := jsontext.Whole(raw)
	if !v.IsObject() {
		return o, false
	}
	o.fields = make(map[string]json.RawMessage)
	for name, member := range v.Members() {
		o.fields[name.Text()] = json.RawMessage(member)
	}
	return o, true
}

// has reports whether the field is there and not null.
func (o object) has(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// text is the value of a string field; ok is false when it is absent or, which
// breaks a rule, something else.
func (o object) text(name string) (value string, ok bool) {
	if !o.has(name) {
		return "", false
	}
	v := jsontext.Value(o.fields[name])
	if !o.rules.hold(v.IsString(), "%s%s must be a string", o.prefix, name) {
		return "", false
	}
	return v.Text(), true
}

// id is the value of a field that holds one of our ids.
func (o object) id(name string) (value int64, ok bool) {
	if !o.has(name) {
		return 0, false
	}
	value, err := strconv.ParseInt(string(o.fields[name]), 10, 64)
	return value, o.rules.hold(err == nil && value > 0, "%s%s must be a positive integer", o.prefix, name)
}

// number is the value of a number field.
func (o object) number(name string) (value float64, ok bool) {
	if !o.has(name) {
		return 0, false
	}
	err := json.Unmarshal(o.fields[name], &value)
	return value, o.rules.hold(err == nil, "%s%s must be a number", o.prefix, name)
}

// flag is the value of a field that is true or false.
func (o object) flag(name string) (value, ok bool) {
	if !o.has(name) {
		return false, false
	}
	err := json.Unmarshal(o.fields[name], &value)
	return value, o.rules.hold(err == nil, "%s%s must be a boolean value", o.prefix, name)
}

// list is the value of an array field.
func (o object) list(name string) (values []json.RawMessage, ok bool) {
	if !o.has(name) {
		return nil, false
	}
	v := jsontext.Value(o.fields[name])
	if !o.rules.hold(v.IsArray(), "%s%s must be an array", o.prefix, name) {
		return nil, false
	}
	values = make([]json.RawMessage, 0, 32)
	for _, element := range v.Elements() {
		values = append(values, json.RawMessage(element))
	}
	return values, true
}

// object is the value of an object field.
func (o object) object(name string) (value object, ok bool) {
	if !o.has(name) {
		return object{}, false
	}
	value, ok = openObject(o.fields[name], o.rules)
	value.prefix = o.prefix + name + "."
	return value, o.rules.hold(ok, "%s%s must be an object", o.prefix, name)
}
