package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// Millis is how a time is stored: milliseconds since 1970 UTC, 0 for the zero
// time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the time that Millis stored, in UTC.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// bindAll gives the arguments as the few types that both engines store alike:
// nil, string, int64 and float64.
func bindAll(args []any) ([]any, error) {
	bound := make([]any, len(args))
	for i, arg := range args {
		v, err := bind(arg)
		if err != nil {
			return nil, fmt.Errorf("bind $%d: %w", i+1, err)
		}
		bound[i] = v
	}
	return bound, nil
}

func bind(arg any) (any, error) {
	switch v := arg.(type) {
	case nil:
		return nil, nil
	case string:
		return text(v)
	case int64:
		return v, nil
	case int:
		return int64(v), nil
	case time.Time:
		return nil, fmt.Errorf("store: a %T is bound through Millis", v)
	}
	v := reflect.ValueOf(arg)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil
	}
	if valuer, ok := arg.(driver.Valuer); ok {
		value, err := valuer.Value()
		if err != nil {
			return nil, err
		}
		return bind(value)
	}
	return bindKind(v)
}

func bindKind(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return bind(v.Elem().Interface())
	case reflect.String:
		return text(v.String())
	case reflect.Bool:
		if v.Bool() {
			return int64(1), nil
		}
		return int64(0), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("store: %d does not fit in 63 bits", v.Uint())
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if v.IsNil() {
				return nil, nil
			}
			return text(string(v.Bytes()))
		}
	}
	return nil, fmt.Errorf("store: a %s can't be stored", v.Type())
}

// text refuses what PostgreSQL can't hold in a text, on both engines: data
// must be able to move from one to the other.
func text(s string) (any, error) {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, ErrText
	}
	return s, nil
}

// destinations stands in for the pointers that the drivers fill differently.
func destinations(dest []any) []any {
	out := make([]any, len(dest))
	for i, d := range dest {
		switch p := d.(type) {
		case *bool:
			out[i] = flag{p}
		case *json.RawMessage:
			out[i] = (*[]byte)(p)
		default:
			out[i] = d
		}
	}
	return out
}

// flag scans a bool from a number, which is how it is stored, and from a
// condition, which is a number on SQLite and a boolean on PostgreSQL.
type flag struct{ to *bool }

func (f flag) Scan(src any) error {
	switch v := src.(type) {
	case bool:
		*f.to = v
	case int64:
		*f.to = v != 0
	default:
		return fmt.Errorf("store: a %T is not a bool", src)
	}
	return nil
}
