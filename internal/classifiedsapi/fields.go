package classifiedsapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// maxBroken and maxBrokenBytes are how many broken rules are told, and how much
// is said about them: what a body may hold would make an answer many times its
// size.
const (
	maxBroken      = 100
	maxBrokenBytes = 64 << 10
)

// maxDepth is how deep a pointer is looked for below a closed object.
const maxDepth = 32

// rules collects what a body breaks, so that its sender learns everything at
// once.
type rules struct {
	broken []fieldError
	bytes  int
}

// full reports whether nothing more is told.
func (r *rules) full() bool { return len(r.broken) == maxBroken || r.bytes > maxBrokenBytes }

// fail notes a broken rule about the value at a JSON pointer.
func (r *rules) fail(pointer, format string, args ...any) {
	if r.full() {
		return
	}
	e := fieldError{pointer, fmt.Sprintf(format, args...)}
	r.broken = append(r.broken, e)
	r.bytes += len(e.Name) + len(e.Reason)
}

// err is the refusal for all broken rules, nil for none.
func (r *rules) err() error {
	if len(r.broken) == 0 {
		return nil
	}
	return invalid(inBody, r.broken...)
}

// place is where an object stands in a body. Pointers are made of it only for
// what is wrong.
type place struct {
	list  string // "" for the body itself
	index int
}

// pointer is the JSON pointer of a property, "" for the object itself.
func (p place) pointer(property string) string {
	pointer := ""
	if p.list != "" {
		pointer = "/" + p.list + "/" + strconv.Itoa(p.index)
	}
	if property != "" {
		pointer += "/" + escapePointer(property)
	}
	return pointer
}

// escapePointer is a name as part of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// object is a closed object being checked.
type object struct {
	rules  *rules
	at     place
	names  []string
	values []jsontext.Value // of the names; nil for one that is not there
}

// open checks that v is an object of those properties, each there once at most;
// values, of the same length, is filled with them.
func (r *rules) open(at place, v jsontext.Value, names []string, values []jsontext.Value) (object, bool) {
	o := object{rules: r, at: at, names: names, values: values}
	if !v.IsObject() {
		r.fail(at.pointer(""), "must be an object")
		return o, false
	}
	for key, member := range v.Members() {
		i := slices.IndexFunc(names, func(name string) bool { return string(key[1:len(key)-1]) == name })
		if i < 0 { // rarely: a name that is written with escapes
			i = slices.Index(names, key.Text())
		}
		switch {
		case i < 0:
			r.fail(at.pointer(key.Text()), "is not a property")
		case o.values[i] != nil:
			r.fail(at.pointer(names[i]), "is there twice")
		default:
			o.values[i] = member
		}
	}
	return o, true
}

// get gives a property, nil when it is absent.
func (o object) get(name string) jsontext.Value {
	return o.values[slices.Index(o.names, name)]
}

func (o object) fail(name, format string, args ...any) {
	o.rules.fail(o.at.pointer(name), format, args...)
}

// require gives a property that must be there.
func (o object) require(name string) (jsontext.Value, bool) {
	v := o.get(name)
	if v == nil {
		o.fail(name, "is required")
	}
	return v, v != nil
}

// text is the value of a string property; ok is false when it is absent or,
// which breaks a rule, something else.
func (o object) text(name string) (text string, ok bool) {
	v := o.get(name)
	if v == nil {
		return "", false
	}
	if !v.IsString() {
		o.fail(name, "must be a string")
		return "", false
	}
	return v.Text(), true
}

// flag is the value of a boolean property, false when it is absent.
func (o object) flag(name string) bool {
	v := o.get(name)
	if v == nil {
		return false
	}
	if !v.IsBool() {
		o.fail(name, "must be true or false")
		return false
	}
	return v.IsTrue()
}

// requireText is text of a property that must be there.
func (o object) requireText(name string) (string, bool) {
	if _, ok := o.require(name); !ok {
		return "", false
	}
	return o.text(name)
}

// oneOf is the value of a string property that is one of some.
func oneOf[T ~string](o object, name string, values []T) T {
	if text, ok := o.text(name); ok {
		return chosen(o.rules, func() string { return o.at.pointer(name) }, text, values)
	}
	return ""
}

// listOf is the value of a property that is an array of some strings, nil when
// it is absent. unique says that none may be there twice.
func listOf[T ~string](o object, name string, values []T, unique bool) []T {
	v := o.get(name)
	if v == nil {
		return nil
	}
	if !v.IsArray() {
		o.fail(name, "must be an array")
		return nil
	}
	list := []T{}
	for i, element := range v.Elements() {
		pointer := func() string { return o.at.pointer(name) + "/" + strconv.Itoa(i) }
		if !element.IsString() {
			o.rules.fail(pointer(), "must be a string")
			continue
		}
		choice := chosen(o.rules, pointer, element.Text(), values)
		switch {
		case choice == "":
		case unique && slices.Contains(list, choice):
			o.rules.fail(pointer(), "is there twice")
		default:
			list = append(list, choice)
		}
	}
	return list
}

// chosen is the one of some values that a text is, "" when it is none of them.
func chosen[T ~string](r *rules, pointer func() string, text string, values []T) T {
	if i := slices.Index(values, T(text)); i >= 0 {
		return values[i]
	}
	if r.full() {
		return ""
	}
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = string(value)
	}
	r.fail(pointer(), "must be one of %s", strings.Join(names, ", "))
	return ""
}

// storable checks the strings of a body, wherever they stand, and names each
// that no database text can hold.
func (r *rules) storable(v jsontext.Value) {
	if !v.Storable() {
		r.nameUnstorable("", v, 0)
	}
}

// nameUnstorable finds what is wrong below v. It looks at all of v once for each
// level, which depth bounds.
func (r *rules) nameUnstorable(pointer string, v jsontext.Value, depth int) {
	const reason = "has a zero character or half of a surrogate pair"
	switch {
	case v.IsObject() && depth < maxDepth:
		for key, member := range v.Members() {
			if r.full() {
				return // before a pointer, which may be long, is made for nothing
			}
			if !key.Storable() {
				r.fail(pointer+"/"+escapePointer(key.Text()), reason+" in its name")
			}
			if !member.Storable() {
				r.nameUnstorable(pointer+"/"+escapePointer(key.Text()), member, depth+1)
			}
		}
	case v.IsArray() && depth < maxDepth:
		for i, element := range v.Elements() {
			if r.full() {
				return
			}
			if !element.Storable() {
				r.nameUnstorable(pointer+"/"+strconv.Itoa(i), element, depth+1)
			}
		}
	default:
		r.fail(pointer, reason)
	}
}
