package accesslog

import (
	"context"
	_ "embed" // keep.toml
	"encoding/json"
	"errors"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/tomlfile"
)

//go:embed keep.toml
var keepFile []byte

// Keep is how long a kind of use stays in the log.
type Keep struct {
	Kind   Kind
	Months int // 0: the log itself deletes nothing of it
	// Da and En cite the default; Reason is the controller's own, where it has
	// decided something else.
	Da, En string
	Reason string
	By     string // who decided it
	At     time.Time
	Usual  int // the default
}

const (
	// ShortestKeep is the least that a controller can choose, in months: what
	// spot checks and a person's complaint need.
	ShortestKeep = 6
	// LongestKeep is the most: beyond it nobody can be prosecuted.
	LongestKeep = 120
)

// defaults reads keep.toml.
func defaults() (map[Kind]Keep, error) {
	var f struct {
		Keep []struct {
			Kinds  []string
			Months int
			Da, En string
		}
	}
	if _, err := tomlfile.Decode("keep.toml", keepFile, &f); err != nil {
		return nil, err
	}
	out := map[Kind]Keep{}
	for _, k := range f.Keep {
		for _, kind := range k.Kinds {
			out[Kind(kind)] = Keep{Kind: Kind(kind), Months: k.Months, Usual: k.Months, Da: k.Da, En: k.En}
		}
	}
	for _, k := range Kinds() {
		if _, ok := out[k]; !ok {
			return nil, fault.New(fault.Internal, "", "keep.toml says nothing of %q", k)
		}
	}
	return out, nil
}

// Keeps is how long each kind stays in a controller's log, in the order of
// [Kinds].
func (a *Log) Keeps(ctx context.Context, controller string) (out []Keep, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		out, err = a.keeps(ctx, tx, controller)
		return err
	})
	return out, err
}

func (a *Log) keeps(ctx context.Context, tx *db.Tx, controller string) (out []Keep, err error) {
	all, err := defaults()
	if err != nil {
		return nil, err
	}
	type row struct {
		Kind   Kind
		Months int64
		Reason string
		By     string `db:"by_person"`
		At     time.Time
	}
	own, err := db.All[row](ctx, tx, "SELECT kind, months, reason, by_person, at FROM access_keep WHERE controller = ?", controller)
	for _, r := range own {
		k := all[r.Kind]
		k.Months, k.Reason, k.By, k.At = int(r.Months), r.Reason, r.By, r.At
		all[r.Kind] = k
	}
	for _, k := range Kinds() {
		out = append(out, all[k])
	}
	return out, err
}

// SetKeep decides how long a controller's log keeps a kind, and enters it:
// entry is the beginning of the ledger's entry (who, from where). Kinds that
// follow a case or evidence are Refused "log.keep.follows"; fewer months than
// [ShortestKeep] or more than [LongestKeep] are Invalid "log.keep.months".
func (a *Log) SetKeep(ctx context.Context, controller string, kind Kind, months int, reason, by string, entry map[string]any) error {
	all, err := defaults()
	switch usual, ok := all[kind]; {
	case err != nil:
		return err
	case !ok:
		return fault.New(fault.NotFound, "page.unknown", "no kind of use %q", kind)
	case usual.Months == 0:
		return fault.New(fault.Refused, "log.keep.follows", "%s follows what it is about", kind)
	case months < ShortestKeep || months > LongestKeep:
		return fault.New(fault.Invalid, "log.keep.months", "%d months, %d to %d", months, ShortestKeep, LongestKeep)
	}
	return a.db.Write(ctx, func(tx *db.Tx) error {
		was, err := a.keeps(ctx, tx, controller)
		if err != nil {
			return err
		}
		now := a.clock.Now()
		body := map[string]any{"kind": string(kind), "months": months, "reason": reason}
		for _, k := range was {
			if k.Kind == kind {
				body["was"] = k.Months
			}
		}
		for k, x := range entry {
			body[k] = x
		}
		if _, err := tx.Exec(ctx, `INSERT INTO access_keep (controller, kind, months, reason, by_person, at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (controller, kind) DO UPDATE SET months = excluded.months, reason = excluded.reason, by_person = excluded.by_person, at = excluded.at`,
			controller, string(kind), months, reason, by, now); err != nil {
			return err
		}
		_, err = a.ledger.Append(ctx, tx, now, "log.keep", body)
		return err
	})
}

// echoes are entries that are no use and name the person of one beside them:
// they are deleted with it.
var echoes = map[Kind][]string{Footage: {"ticket.issued"}, Login: {"reminder.told"}}

// Expire deletes what has been kept its time: the row, and the ledger's body
// and salt with it. It says how many. What no checkpoint covers yet waits for
// the next time. The deletion is an entry of its own.
func (a *Log) Expire(ctx context.Context) (total int, err error) {
	defer fault.Wrap(&err, "accesslog.Expire")
	if err := a.enterMarks(ctx); err != nil {
		return 0, err
	}
	var controllers []string
	if err := a.db.Read(ctx, func(tx *db.Tx) (err error) {
		controllers, err = db.All[string](ctx, tx, "SELECT DISTINCT controller FROM access_person ORDER BY controller")
		return err
	}); err != nil {
		return 0, err
	}
	for _, c := range append(controllers, "") {
		keeps, err := a.Keeps(ctx, c)
		if err != nil {
			return total, err
		}
		for _, k := range keeps {
			if k.Months == 0 {
				continue
			}
			before := a.clock.Now().AddDate(0, -k.Months, 0)
			for more := true; more && err == nil; {
				var n int
				n, err = a.expireSome(ctx, c, k, before)
				total += n
				more = n > 0
			}
			if err == nil {
				var n int
				n, err = a.expireEchoes(ctx, c, k, before)
				total += n
			}
			if err != nil {
				return total, err
			}
		}
	}
	if total == 0 {
		return 0, nil
	}
	if err := a.ledger.Scrub(ctx); err != nil && !fault.Is(err, fault.Unavailable) {
		return total, err
	}
	err = a.db.Scrub(ctx, "access_use", "access_mark", "access_person")
	if fault.Is(err, fault.Unavailable) {
		err = nil // somebody reads; the next time
	}
	return total, err
}

func why(controller string, k Keep, before time.Time) map[string]any {
	return map[string]any{"controller": controller, "kind": string(k.Kind), "months": k.Months, "before": before.UTC()}
}

// expireSome deletes the oldest of a kind that are due.
func (a *Log) expireSome(ctx context.Context, controller string, k Keep, before time.Time) (n int, err error) {
	err = a.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		due, err := db.All[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE controller = ? AND kind = ? AND at < ? ORDER BY at, idx LIMIT ?",
			controller, string(k.Kind), before, ledger.MostExpired)
		if err != nil || len(due) == 0 {
			return err
		}
		list := make([]int64, len(due))
		for i, u := range due {
			list[i] = u.Index
		}
		done, err := a.ledger.ExpireEntries(ctx, tx, list, why(controller, k, before))
		if err != nil {
			return err
		}
		n = len(done)
		gone := map[int64]bool{}
		for _, i := range done {
			gone[i] = true
		}
		return a.remove(ctx, tx, controller, slices.DeleteFunc(due, func(u Use) bool { return !gone[u.Index] }))
	})
	return n, err
}

// remove deletes rows with their marks, and the names that nobody has any more.
func (a *Log) remove(ctx context.Context, tx *db.Tx, controller string, uses []Use) error {
	marks := map[string][]any{}
	people := map[string]bool{}
	var rows []any
	for _, u := range uses {
		rows = append(rows, u.Index)
		people[u.Person] = true
		for _, m := range u.marks() {
			marks[m] = append(marks[m], u.Index)
		}
	}
	for some := range slices.Chunk(rows, 1000) {
		if _, err := tx.Exec(ctx, "DELETE FROM access_use WHERE idx IN ("+db.Marks(len(some))+")", some...); err != nil {
			return err
		}
	}
	for m, list := range marks {
		for some := range slices.Chunk(list, 1000) {
			// The time bound keeps the statement on the rows that are this old.
			args := append([]any{controller, m, newestOf(uses)}, some...)
			if _, err := tx.Exec(ctx, "DELETE FROM access_mark WHERE controller = ? AND mark = ? AND at <= ? AND idx IN ("+db.Marks(len(some))+")", args...); err != nil {
				return err
			}
		}
	}
	for p := range people {
		if _, err := tx.Exec(ctx, `DELETE FROM access_person WHERE controller = ? AND person = ?
			AND NOT EXISTS (SELECT 1 FROM access_use u WHERE u.controller = access_person.controller AND u.person = access_person.person)`, controller, p); err != nil {
			return err
		}
	}
	return nil
}

func newestOf(uses []Use) (at time.Time) {
	for _, u := range uses {
		if u.At.After(at) {
			at = u.At
		}
	}
	return at
}

// expireEchoes deletes what names a person beside a use of this kind.
func (a *Log) expireEchoes(ctx context.Context, controller string, k Keep, before time.Time) (n int, err error) {
	if echoes[k.Kind] == nil {
		return 0, nil
	}
	for {
		due, err := a.ledger.Find(ctx, ledger.Filter{Kinds: echoes[k.Kind], To: before, Limit: ledger.MostExpired, Show: func(e *ledger.Entry) bool {
			var b struct{ Controller string }
			return !e.Expired && json.Unmarshal(e.Body, &b) == nil && b.Controller == controller
		}})
		if err != nil || len(due) == 0 {
			return n, err
		}
		var list []int64
		for _, e := range due {
			list = append(list, e.Index)
		}
		var done []int64
		err = a.db.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = a.ledger.ExpireEntries(ctx, tx, list, why(controller, k, before))
			return err
		})
		if n += len(done); err != nil || len(done) == 0 {
			return n, err
		}
	}
}

// errCut ends a walk through the log that found more than was asked for.
var errCut = errors.New("enough")

// Some is [Log.All], but Invalid "log.many" when there are more than most.
func (a *Log) Some(ctx context.Context, q Query, most int) (out []Use, err error) {
	err = a.All(ctx, q, func(u Use) error {
		if len(out) == most {
			return errCut
		}
		out = append(out, u)
		return nil
	})
	if errors.Is(err, errCut) {
		return nil, fault.New(fault.Invalid, "log.many", "more than %d uses", most)
	}
	return out, err
}
