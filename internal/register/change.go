package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// List is ids or names that belong to a row, kept as JSON.
type List []string

// Scan reads it from its column.
func (l *List) Scan(src any) error { return scanJSON(src, l) }

// has says whether the list names id.
func (l List) has(id string) bool { return slices.Contains(l, id) }

// scanJSON fills dest from a TEXT column; an empty one leaves it zero.
func scanJSON(src, dest any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return json.Unmarshal([]byte(v), dest)
	case []byte:
		return scanJSON(string(v), dest)
	}
	return fmt.Errorf("JSON must be TEXT, not %T", src)
}

// field is one column and what it is set to.
type field struct {
	column string
	value  any
}

// asJSON is a value as a column keeps it. Only types of this room come here,
// and they all have a JSON form.
func asJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

func insert(ctx context.Context, tx *db.Tx, table string, row []field) error {
	names, values := make([]string, len(row)), make([]any, len(row))
	for i, f := range row {
		names[i], values[i] = f.column, f.value
	}
	_, err := tx.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+db.Marks(len(row))+")", values...)
	return err
}

// update writes a row whose version is still the one that was read.
func update(ctx context.Context, tx *db.Tx, table, key, id string, version int64, row []field) error {
	sets, values := []string{"version = ?"}, []any{version + 1}
	for _, f := range row {
		sets, values = append(sets, f.column+" = ?"), append(values, f.value)
	}
	n, err := tx.Exec(ctx, "UPDATE "+table+" SET "+strings.Join(sets, ", ")+" WHERE "+key+" = ? AND version = ?", append(values, id, version)...)
	if err == nil && n == 0 {
		err = stale(table, id)
	}
	return err
}

func stale(what, id string) error {
	return fault.New(fault.Conflict, "register.changed", "%s %s was changed by somebody else meanwhile", what, id)
}

// Changed is one field of a row before and after, as the ledger has it.
type Changed struct {
	Was json.RawMessage `json:"was"`
	Is  json.RawMessage `json:"is"`
}

// differences says which fields of two values of one type differ, by their
// names in JSON. The version is not a difference.
func differences(was, is any) map[string]Changed {
	a, b := parts(was), parts(is)
	out := map[string]Changed{}
	for name := range b {
		if _, ok := a[name]; !ok {
			a[name] = json.RawMessage("null")
		}
	}
	for name, before := range a {
		after, ok := b[name]
		if !ok {
			after = json.RawMessage("null")
		}
		if name != "version" && !bytes.Equal(before, after) {
			out[name] = Changed{before, after}
		}
	}
	return out
}

func parts(v any) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	if json.Unmarshal(asJSON(v), &out) != nil {
		return map[string]json.RawMessage{}
	}
	return out
}

// add makes a change and its entry in one transaction. The entry names
// the controller, since several share the ledger and each reads only its own.
func (r *Register) add(ctx context.Context, kind, controller string, what any, by string, f func(tx *db.Tx) error) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		_, err := r.enter(ctx, tx, kind, controller, what, by)
		return err
	})
}

// longest is how large the entry of a change may be, below what the ledger
// takes. It bounds what people write in one form.
const longest = ledger.MaxBody - 1024

// entry is the entry of a change, now. One that is too large is Invalid
// "register.long".
func (r *Register) entry(kind, controller string, what any, by string) (ledger.New, error) {
	body := asJSON(map[string]any{"controller": controller, "what": what, "by": by})
	if len(body) > longest {
		return ledger.New{}, fault.New(fault.Invalid, "register.long", "%s: %d bytes in one change", kind, len(body))
	}
	return ledger.New{At: r.clock.Now(), Kind: kind, Body: body}, nil
}

// enter writes the entry of a change and returns its index.
func (r *Register) enter(ctx context.Context, tx *db.Tx, kind, controller string, what any, by string) (int64, error) {
	e, err := r.entry(kind, controller, what, by)
	if err != nil {
		return 0, err
	}
	return r.ledger.Append(ctx, tx, e.At, e.Kind, e.Body)
}

// edited is the body of an entry about a change.
type edited struct {
	ID      string             `json:"id"`
	Version int64              `json:"version"` // the new one
	Changes map[string]Changed `json:"changes"`
}

// edit reads a row, refuses if it is not the version that was edited, writes
// it, and enters what changed. Nothing changed: nothing is written.
func edit[T any](ctx context.Context, r *Register, kind, controller, id string, version int64, by string,
	read func(tx *db.Tx) (T, int64, error), write func(tx *db.Tx, was T) (T, error)) error {
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		was, now, err := read(tx)
		if err != nil {
			return err
		}
		if now != version {
			return stale(kind, id)
		}
		is, err := write(tx, was)
		if err != nil {
			return err
		}
		d := differences(was, is)
		if len(d) == 0 {
			return errSame
		}
		_, err = r.enter(ctx, tx, kind, controller, edited{id, version + 1, d}, by)
		return err
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// errSame rolls a change back that changes nothing.
var errSame = errors.New("nothing changed")

// earlier says whether a is set and lies before b, which may be open.
func earlier(a, b time.Time) bool { return b.IsZero() || a.Before(b) }
