package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// All returns every row. T is a struct, whose fields take the columns of the
// same name (by the tag `db:"name"`, else the field's name in snake case; `-`
// leaves a field out), or a type of one column. A column without a field is
// a defect and an error.
func All[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	var out []T
	err := rows[T](ctx, tx, query, args, func(v T) bool {
		out = append(out, v)
		return true
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// One returns the first row. None is NotFound and leaves the transaction
// usable.
func One[T any](ctx context.Context, tx *Tx, query string, args ...any) (T, error) {
	var out T
	found := false
	err := rows[T](ctx, tx, query, args, func(v T) bool {
		out, found = v, true
		return false
	})
	if err == nil && !found {
		err = fault.As(fault.NotFound, "", sql.ErrNoRows)
	}
	return out, err
}

// Each calls f for every row, with a scan that stores the columns in order.
// Nothing is held in memory but the row, and f may take its time; it must not
// use tx. An error of f ends it and is returned as it is.
func Each(ctx context.Context, tx *Tx, query string, args []any, f func(scan func(...any) error) error) error {
	return each(ctx, tx, query, args, func(rows *sql.Rows) (bool, error) {
		return true, f(func(dest ...any) error {
			for i := range dest {
				dest[i] = target(dest[i])
			}
			return rows.Scan(dest...)
		})
	})
}

func rows[T any](ctx context.Context, tx *Tx, query string, args []any, f func(T) bool) error {
	typ := reflect.TypeFor[T]()
	isStruct := typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]() && !reflect.PointerTo(typ).Implements(reflect.TypeFor[sql.Scanner]())
	// All rows are scanned into one value and copied out of it, so that where
	// each column goes is found once.
	var v, zero T
	var dest []any
	return each(ctx, tx, query, args, func(rows *sql.Rows) (bool, error) {
		switch {
		case dest != nil:
		case !isStruct:
			dest = []any{target(&v)}
		default:
			names, err := rows.Columns()
			if err != nil {
				return false, err
			}
			fields, err := tx.d.plan(typ, names)
			if err != nil {
				return false, err
			}
			r := reflect.ValueOf(&v).Elem()
			for _, n := range fields {
				dest = append(dest, target(r.Field(n).Addr().Interface()))
			}
		}
		v = zero // nothing of the row before is shared with this one
		if err := rows.Scan(dest...); err != nil {
			return false, err
		}
		return f(v), nil
	})
}

// each bounds the wait for the first row, not the work on the rows.
func each(ctx context.Context, tx *Tx, query string, args []any, f func(*sql.Rows) (bool, error)) error {
	query, args, err := tx.prepare(query, args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	g := guard{ctx, cancel}
	// One timer for all rows: thousands of them are read for a page.
	slow := time.AfterFunc(patience, func() { cancel(errSlow) }) //nolint:forbidigo // how long a server may take is the machine's time, as contexts count it
	defer slow.Stop()
	r, err := tx.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return tx.fail(g.mapped(err))
	}
	defer r.Close() //nolint:errcheck // read to its end, or given up with the error below
	for r.Next() {
		slow.Stop()
		more, err := f(r)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		slow.Reset(patience)
	}
	if err := r.Err(); err != nil {
		return tx.fail(g.mapped(err))
	}
	return nil
}

// plan finds the field for each column, once for a type.
func (d *DB) plan(typ reflect.Type, names []string) ([]int, error) {
	known, ok := d.plans.Load(typ)
	if !ok {
		m := map[string]int{}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := f.Tag.Get("db")
			if name == "" {
				name = snake(f.Name)
			}
			if f.IsExported() && name != "-" {
				m[name] = i
			}
		}
		known, _ = d.plans.LoadOrStore(typ, m)
	}
	fields := make([]int, len(names))
	for i, name := range names {
		n, ok := known.(map[string]int)[name]
		if !ok {
			return nil, fault.New(fault.Internal, "", "db: %s has no field for column %q", typ, name)
		}
		fields[i] = n
	}
	return fields, nil
}

// snake is the column name of a field: SegmentID is segment_id.
func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		upper := c >= 'A' && c <= 'Z'
		if upper && i > 0 {
			before := name[i-1]
			lowerNext := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if before < 'A' || before > 'Z' || lowerNext {
				b.WriteByte('_')
			}
		}
		if upper {
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// target wraps what database/sql would not fill from our four types.
func target(p any) any {
	switch p := p.(type) {
	case *time.Time:
		return (*micros)(p)
	case *json.RawMessage:
		return (*rawJSON)(p)
	}
	if r := reflect.ValueOf(p); r.Kind() == reflect.Pointer {
		if e := r.Elem(); e.Kind() == reflect.Array && e.Type().Elem().Kind() == reflect.Uint8 {
			return fixed{e}
		}
	}
	return p
}

type micros time.Time

func (m *micros) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m = micros{}
	case int64:
		*m = micros(Time(v))
	default:
		return fmt.Errorf("a time must be a BIGINT, not %T", src)
	}
	return nil
}

type rawJSON json.RawMessage

func (j *rawJSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = rawJSON(v)
	case []byte:
		*j = append(rawJSON(nil), v...)
	default:
		return fmt.Errorf("JSON must be TEXT, not %T", src)
	}
	return nil
}

// fixed fills an array of bytes, such as a hash, and refuses another length.
type fixed struct{ v reflect.Value }

func (f fixed) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != f.v.Len() {
		return fmt.Errorf("want %d bytes, have %T of %d", f.v.Len(), src, len(b))
	}
	reflect.Copy(f.v, reflect.ValueOf(b))
	return nil
}
