package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Entry is one entry as it stands in the database.
type Entry struct {
	Index   int64
	Time    time.Time
	Kind    string
	Body    json.RawMessage // nil when expired
	Salt    []byte          // nil when expired
	Commit  []byte
	Expired bool
}

const maxEntries = 10_000

// Entries returns up to n entries (at most 10,000) from an index on.
func (l *Log) Entries(ctx context.Context, from int64, n int) (out []Entry, err error) {
	return l.Find(ctx, Filter{First: from, Limit: n})
}

// Filter says which entries are wanted. Its zero value is all of them.
type Filter struct {
	Kinds  []string // one of these; empty is any. A kind ending in "." is all that begin with it
	Except []string // none of these, likewise
	From   time.Time
	To     time.Time // before; zero is open
	// Text must occur in the body, whatever its case; what is expired has none. A
	// name in quotation marks, such as "k-1", must be a value; where the log keeps
	// names ([Named]) it is found at once, anything else by reading on.
	Text string
	// Show must say yes to an entry; nil: to every one.
	Show func(*Entry) bool
	// First is the lowest index, and Below, if not 0, an index that all are
	// below: the way to read on, page by page.
	First, Below int64
	// Newest gives the highest index first.
	Newest bool
	Limit  int // 0 or above 10,000 is 10,000
}

// Find returns the entries that fit, by index. It must not be called inside a
// transaction.
func (l *Log) Find(ctx context.Context, f Filter) (out []Entry, err error) {
	defer fault.Wrap(&err, "ledger.Find")
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > maxEntries {
		f.Limit = maxEntries
	}
	name, ok := nameOf(f.Text)
	if ok && l.byName(f) {
		if ok, err = l.keepsNames(ctx); err != nil {
			return nil, err
		}
	} else {
		ok = false
	}
	where, args := f.where(id)
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		out = out[:0]
		take := func(e Entry) error {
			if f.Show != nil && !f.Show(&e) {
				return nil
			}
			if out = append(out, e); len(out) == f.Limit {
				return errEnough
			}
			return nil
		}
		var err error
		if ok {
			err = l.eachNamed(ctx, tx, name, f, take)
		} else {
			err = eachWith(ctx, tx, where, args, f, take)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return out, err
}

// eachWith gives the entries that a condition leaves and the filter's text is in.
func eachWith(ctx context.Context, tx *db.Tx, where string, args []any, f Filter, take func(Entry) error) error {
	query := "SELECT idx, at, kind, body, salt, commitment FROM ledger_entry WHERE " + where + " ORDER BY idx" + f.order()
	if f.Text == "" && f.Show == nil && f.Limit > 0 {
		query += " LIMIT ?"
		args = append(args, f.Limit)
	}
	text := strings.ToLower(f.Text)
	return db.Each(ctx, tx, query, args, func(scan func(...any) error) error {
		e, err := scanEntry(scan)
		if err != nil || text != "" && !strings.Contains(strings.ToLower(string(e.Body)), text) {
			return err
		}
		return take(e)
	})
}

func (f Filter) order() string {
	if f.Newest {
		return " DESC"
	}
	return ""
}

// errEnough ends a query early.
var errEnough = errors.New("enough")

func (f Filter) where(log int64) (string, []any) {
	w, args := "log = ?", []any{log}
	and := func(cond string, a ...any) {
		w += " AND " + cond
		args = append(args, a...)
	}
	if f.First > 0 {
		and("idx >= ?", f.First)
	}
	if f.Below > 0 {
		and("idx < ?", f.Below)
	}
	if !f.From.IsZero() {
		and("at >= ?", f.From)
	}
	if !f.To.IsZero() {
		and("at < ?", f.To)
	}
	if len(f.Kinds) > 0 {
		of, vals := isKind(f.Kinds)
		and("("+of+")", vals...)
	}
	if len(f.Except) > 0 {
		of, vals := isKind(f.Except)
		and("NOT ("+of+")", vals...)
	}
	return w, args
}

// isKind is the condition that an entry is of one of these kinds.
func isKind(kinds []string) (string, []any) {
	var ors []string
	var vals, whole []any
	for _, k := range kinds {
		if strings.HasSuffix(k, ".") && plain(k) {
			ors = append(ors, "kind LIKE ?") // a plain name holds no wildcard
			vals = append(vals, k+"%")
			continue
		}
		whole = append(whole, k)
	}
	if len(whole) > 0 { // found by the index of kinds
		ors = append(ors, "kind IN (?"+strings.Repeat(", ?", len(whole)-1)+")")
		vals = append(vals, whole...)
	}
	return strings.Join(ors, " OR "), vals
}

// kind reports whether a filter asks for a kind.
func (f Filter) kind(kind string) bool {
	is := func(k string) bool { return k == kind || strings.HasSuffix(k, ".") && strings.HasPrefix(kind, k) }
	return !slices.ContainsFunc(f.Except, is) && (len(f.Kinds) == 0 || slices.ContainsFunc(f.Kinds, is))
}

func scanEntry(scan func(...any) error) (e Entry, err error) {
	err = scan(&e.Index, &e.Time, &e.Kind, &e.Body, &e.Salt, &e.Commit)
	e.Expired = e.Body == nil
	return e, err
}

// fits reports whether the entry's parts make its commitment. An expired
// entry has nothing to compare.
func (e *Entry) fits() bool {
	if e.Expired {
		return e.Salt == nil && len(e.Commit) == 32
	}
	if len(e.Salt) != saltSize {
		return false
	}
	c := commitment(e.Salt, db.Micros(e.Time), e.Kind, string(e.Body))
	return string(c[:]) == string(e.Commit)
}

// Expire erases the bodies and salts of entries of these kinds from before a
// time, within the caller's transaction, and logs how many. Only what a
// checkpoint covers can expire. Proofs stay valid. Call [Log.Scrub] after the
// commit.
func (l *Log) Expire(ctx context.Context, tx *db.Tx, before time.Time, kinds []string) (n int64, err error) {
	if len(kinds) == 0 {
		return 0, fault.New(fault.Internal, "", "ledger: expiry needs the kinds")
	}
	h, err := readHead(ctx, tx, l.name)
	if err != nil {
		return 0, err
	}
	where, args := Filter{Kinds: kinds, To: before}.where(h.ID)
	args = append(args, h.ID)
	n, err = tx.Exec(ctx, `UPDATE ledger_entry SET body = NULL, salt = NULL WHERE `+where+` AND body IS NOT NULL
		AND idx < (SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoint WHERE log = ?)`, args...)
	if err != nil || n == 0 {
		return n, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM ledger_name WHERE log = ? AND idx IN (SELECT idx FROM ledger_entry WHERE `+where+` AND body IS NULL)`,
		append([]any{h.ID}, args[:len(args)-1]...)...); err != nil {
		return n, err
	}
	_, err = l.appendTo(ctx, tx, h, []New{{At: l.clk.Now(), Kind: "ledger.expired", Body: struct {
		Before time.Time `json:"before"`
		Kinds  []string  `json:"kinds"`
		Count  int64     `json:"count"`
	}{before.UTC(), kinds, n}}})
	return n, err
}

// Scrub clears what expired from the database's side files, as far as the
// database's other users let it.
func (l *Log) Scrub(ctx context.Context) error { return l.d.Scrub(ctx, "ledger_entry", "ledger_name") }
