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
	const some = 2000
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
