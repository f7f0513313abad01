package tomlfile

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// binder puts a decoded tree into Go values and collects what does not fit.
type binder struct {
	lines *Lines
	wrong []problem
}

type problem struct {
	line int
	err  error
}

func (b *binder) fail(path []any, format string, args ...any) {
	b.wrong = append(b.wrong, problem{b.lines.Line(path...), b.lines.Errorf(path, format, args...)})
}

// err joins what was wrong, in the order of the file.
func (b *binder) err() error {
	slices.SortStableFunc(b.wrong, func(x, y problem) int { return x.line - y.line })
	var all []error
	for _, p := range b.wrong {
		all = append(all, p.err)
	}
	return errors.Join(all...)
}

// table puts a table into a struct or a map.
func (b *binder) table(path []any, from map[string]any, to reflect.Value) {
	fields := map[string]reflect.Value{}
	if to.Kind() == reflect.Struct {
		fieldsOf(to, fields)
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		p := with(path, key)
		switch {
		case to.Kind() == reflect.Map:
			v := reflect.New(to.Type().Elem()).Elem()
			b.value(p, from[key], v)
			to.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), v)
		case fields[key].IsValid():
			b.value(p, from[key], fields[key])
		default:
			b.fail(p, "unknown key; known here: %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
	}
}

// value puts one value where it belongs.
func (b *binder) value(path []any, from any, to reflect.Value) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		b.value(path, from, to.Elem())
		return
	}
	if to.Type() == reflect.TypeFor[time.Time]() {
		b.time(path, from, to)
		return
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if s, ok := from.(string); !ok {
			b.fail(path, "%s is needed, not %s", "a text", kindOf(from))
		} else if err := u.UnmarshalText([]byte(s)); err != nil {
			b.fail(path, "%v", err)
		}
		return
	}
	ok := false
	switch to.Kind() {
	case reflect.String:
		var s string
		if s, ok = from.(string); ok {
			to.SetString(s)
		}
	case reflect.Bool:
		var y bool
		if y, ok = from.(bool); ok {
			to.SetBool(y)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float64:
		ok = b.number(path, from, to)
	case reflect.Slice:
		var list []any
		if list, ok = from.([]any); ok {
			to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
			for i, v := range list {
				b.value(with(path, i), v, to.Index(i))
			}
		}
	case reflect.Struct, reflect.Map:
		var t map[string]any
		if t, ok = from.(map[string]any); ok {
			if to.Kind() == reflect.Map {
				to.Set(reflect.MakeMap(to.Type()))
			}
			b.table(path, t, to)
		}
	}
	if !ok {
		b.fail(path, "%s is needed, not %s", needed(to.Type()), kindOf(from))
	}
}

// number reports false when from is no number of the kind; one that does not
// fit is an error of its own.
func (b *binder) number(path []any, from any, to reflect.Value) bool {
	n, whole := from.(int64)
	switch {
	case to.CanFloat():
		f, isFloat := from.(float64)
		if whole {
			f = float64(n)
		} else if !isFloat {
			return false
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			b.fail(path, "a number is needed, not %v", f)
			return true
		}
		to.SetFloat(f)
	case !whole:
		return false
	case to.CanInt() && !to.OverflowInt(n):
		to.SetInt(n)
	case to.CanUint() && n >= 0 && !to.OverflowUint(uint64(n)):
		to.SetUint(uint64(n))
	default:
		b.fail(path, "%d does not fit", n)
	}
	return true
}

// time takes a time with its offset, or a Danish day.
func (b *binder) time(path []any, from any, to reflect.Value) {
	switch t := from.(type) {
	case time.Time:
		to.Set(reflect.ValueOf(t))
	case toml.LocalDate:
		zone, err := time.LoadLocation("Europe/Copenhagen")
		if err != nil {
			b.fail(path, "%v", err)
			return
		}
		to.Set(reflect.ValueOf(t.AsTime(zone).UTC()))
	default:
		b.fail(path, "a date is needed, not %s", kindOf(from))
	}
}

// fieldsOf gathers the fields of a struct by name; those of a struct embedded
// in it are its own.
func fieldsOf(v reflect.Value, into map[string]reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			fieldsOf(v.Field(i), into)
		} else if name := fieldName(f); f.IsExported() && name != "-" {
			into[name] = v.Field(i)
		}
	}
}

// fieldName is what a field is called in a file.
func fieldName(f reflect.StructField) string {
	if tag, _, _ := strings.Cut(f.Tag.Get("toml"), ","); tag != "" {
		return tag
	}
	var b strings.Builder
	name := []rune(f.Name)
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(name[i-1]) || i+1 < len(name) && unicode.IsLower(name[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func needed(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a table"
	case reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a decimal number"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	case time.Time, toml.LocalDate, toml.LocalDateTime, toml.LocalTime:
		return "a date or time"
	default:
		return fmt.Sprintf("%T", v)
	}
}
