package db

import (
	"database/sql/driver"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// number rewrites '?' to $1, $2 ... outside of strings, quoted names and
// comments, which is what PostgreSQL wants.
func number(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n := 0
	for i := 0; i < len(query); {
		end := i + 1
		switch c := query[i]; {
		case c == '?':
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			i++
			continue
		case c == '\'' || c == '"':
			end = closing(query, i+1, string(c))
		case strings.HasPrefix(query[i:], "--"):
			end = closing(query, i+2, "\n")
		case strings.HasPrefix(query[i:], "/*"):
			end = closing(query, i+2, "*/")
		}
		b.WriteString(query[i:end])
		i = end
	}
	return b.String()
}

// closing returns the position after the next mark at or after from. A doubled
// quote inside a string reads as two strings side by side, which is the same
// for finding question marks.
func closing(s string, from int, mark string) int {
	if i := strings.Index(s[from:], mark); i >= 0 {
		return from + i + len(mark)
	}
	return len(s)
}

// binds turns arguments into the four types that both drivers store alike.
func binds(args []any) ([]any, error) {
	for i, a := range args {
		v, err := bind(a)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	return args, nil
}

func bind(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, string, float64:
		return v, nil
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		return Micros(v), nil
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), nil
	case driver.Valuer:
		w, err := v.Value()
		if err != nil {
			return nil, err
		}
		return bind(w)
	}
	r := reflect.ValueOf(a)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil, nil
		}
		return bind(r.Elem().Interface())
	case reflect.String:
		return r.String(), nil
	case reflect.Bool:
		return bind(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(r.Uint()), nil
	case reflect.Float32:
		return r.Float(), nil
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return bind(r.Bytes())
		}
	case reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, r.Len())
			reflect.Copy(reflect.ValueOf(b), r)
			return b, nil
		}
	}
	return nil, fault.New(fault.Internal, "", "db: cannot bind a %T", a)
}

// Micros is t as the databases keep it: microseconds since 1970 in UTC; the
// zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of [Micros].
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Marks returns n question marks with commas, for IN (...) and VALUES (...).
func Marks(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat("?, ", n-1) + "?"
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func plainName(s string) bool {
	for _, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}
