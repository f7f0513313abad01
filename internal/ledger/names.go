package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
)

// longestName is how long a value may be, in bytes, to be found as a name.
const longestName = 48

// Named makes the log keep which entries hold a name, so that what happened to
// a thing is found among any number of entries ([Filter.Text]). What the log
// holds already is entered at the opening. A log that keeps names does so from
// then on, whoever opens it. The kinds that are left out are those of which
// there are so many that nobody asks for them by name; who does must be patient.
func Named(leftOut ...string) Option {
	return func(l *Log) error {
		l.named, l.nameless = true, leftOut
		return nil
	}
}

// byName reports whether all that a filter asks for has its names kept, if any
// entry has.
func (l *Log) byName(f Filter) bool {
	return !slices.ContainsFunc(l.nameless, f.kind)
}

// isName reports whether a value is kept as a name: an id or a word, not a
// sentence, a time or a hash.
func isName(s string) bool {
	return s != "" && len(s) <= longestName && !strings.ContainsAny(s, " :\"\\\t\n\r")
}

// nameOf is the name that a text asks for: a name in quotation marks.
func nameOf(text string) (string, bool) {
	if len(text) < 3 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	name := strings.ToLower(text[1 : len(text)-1])
	return name, isName(name)
}

// namesIn are the names that stand as values in a body, each once.
func namesIn(body string) []string {
	var out []string
	seen := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			if name := strings.ToLower(x); isName(name) && !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		case []any:
			for _, e := range x {
				walk(e)
			}
		case map[string]any:
			for _, e := range x {
				walk(e)
			}
		}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil {
		walk(v)
	}
	return out
}

// unnamed is how many of the last entries may be without their names before
// they are entered: a search reads that many.
const unnamed = 500

// keepsNames reports whether the log keeps names, and sees to it that few
// entries are without theirs: no act waits for a dozen places in an index to be
// written, so that they follow with the next checkpoint, or with the search that
// would miss them.
func (l *Log) keepsNames(ctx context.Context) (yes bool, err error) {
	var behind int64
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, l.name)
		yes, behind = h.Named >= 0, h.Size-h.Named
		return err
	})
	if err == nil && yes && behind > unnamed {
		err = l.nameAll(ctx)
	}
	return yes, err
}

// eachNamed gives the entries that fit and hold a name as a value. Their
// numbers are read first, some at a time, and then the entries: a database that
// chooses for itself would read all entries instead.
func (l *Log) eachNamed(ctx context.Context, tx *db.Tx, name string, f Filter, take func(Entry) error) error {
	h, err := readHead(ctx, tx, l.name)
	if err != nil {
		return err
	}
	f.Text = ""
	last := f
	last.First, last.Limit = max(f.First, h.Named), 0
	parts := []func() error{
		func() error { return eachListed(ctx, tx, h, name, f, take) },
		func() error {
			where, args := last.where(h.ID)
			return eachWith(ctx, tx, where, args, last, func(e Entry) error {
				if !slices.Contains(namesIn(string(e.Body)), name) {
					return nil
				}
				return take(e)
			})
		},
	}
	if f.Newest {
		slices.Reverse(parts)
	}
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// eachListed gives those whose names are entered.
func eachListed(ctx context.Context, tx *db.Tx, h head, name string, f Filter, take func(Entry) error) error {
	from, below := f.First, h.Named
	if f.Below > 0 {
		below = min(below, f.Below)
	}
	for some := max(f.Limit, 64); ; some = 4 * some {
		some = min(some, 8*batch)
		list, err := db.All[int64](ctx, tx, "SELECT idx FROM ledger_name WHERE log = ? AND name = ? AND idx >= ? AND idx < ? ORDER BY idx"+f.order()+" LIMIT ?",
			h.ID, name, from, below, some)
		if err != nil || len(list) == 0 {
			return err
		}
		in, args := among(h.ID, list)
		fits, more := f.where(h.ID)
		if err := eachWith(ctx, tx, in+" AND "+fits, append(args, more...), f, take); err != nil || len(list) < some {
			return err
		}
		if end := list[len(list)-1]; f.Newest {
			below = end
		} else {
			from = end + 1
		}
	}
}

// insertNames enters the names of entries that follow on those entered before.
func (l *Log) insertNames(ctx context.Context, tx *db.Tx, log int64, rows []row) error {
	var args []any
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, "INSERT INTO ledger_name (log, name, idx) VALUES "+tuples(len(args)/3, "(?, ?, ?)"), args...)
		args = args[:0]
		return err
	}
	for _, r := range rows {
		if slices.Contains(l.nameless, r.kind) {
			continue
		}
		for _, name := range namesIn(r.body) {
			if args = append(args, log, name, r.index); len(args) >= 3*batch {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// nameAll enters the names of what was there before names were kept.
func (l *Log) nameAll(ctx context.Context) error {
	const some = unnamed
	for {
		more := false
		err := l.d.Write(ctx, func(tx *db.Tx) error {
			h, err := readHead(ctx, tx, l.name)
			if err != nil || h.Named >= h.Size || h.Named < 0 && !l.named {
				more = false
				return err
			}
			from := max(h.Named, 0)
			to := min(from+some, h.Size)
			var rows []row
			err = db.Each(ctx, tx, "SELECT idx, kind, body FROM ledger_entry WHERE log = ? AND idx >= ? AND idx < ? AND body IS NOT NULL ORDER BY idx", []any{h.ID, from, to},
				func(scan func(...any) error) error {
					var r row
					err := scan(&r.index, &r.kind, &r.body)
					rows = append(rows, r)
					return err
				})
			if err != nil {
				return err
			}
			more = to < h.Size
			if err := l.insertNames(ctx, tx, h.ID, rows); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "UPDATE ledger_log SET named = ? WHERE id = ?", to, h.ID)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}
