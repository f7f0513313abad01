package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// MostExpired is how many entries one call of [Log.ExpireEntries] takes: as
// many as can be named in its own entry, however scattered they are.
const MostExpired = 4000

// ExpireEntries erases the bodies and salts of single entries within the
// caller's transaction, and enters that it did: kind "ledger.expired", with
// why and which entries. Proofs stay valid. It returns those that are erased,
// now or before: not what no checkpoint covers yet. Call [Log.Scrub] after the
// commit.
func (l *Log) ExpireEntries(ctx context.Context, tx *db.Tx, indexes []int64, why map[string]any) (gone []int64, err error) {
	defer fault.Wrap(&err, "ledger %s: ExpireEntries(%d)", l.name, len(indexes))
	if len(indexes) > MostExpired {
		return nil, fault.New(fault.Internal, "", "ledger: %d entries at once, at most %d", len(indexes), MostExpired)
	}
	h, err := readHead(ctx, tx, l.name)
	if err != nil {
		return nil, err
	}
	covered, err := db.One[int64](ctx, tx, "SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoint WHERE log = ?", h.ID)
	if err != nil {
		return nil, err
	}
	wanted := slices.Clone(indexes)
	slices.Sort(wanted)
	wanted = slices.DeleteFunc(slices.Compact(wanted), func(i int64) bool { return i >= covered })
	var done []int64
	for some := range slices.Chunk(wanted, 8*batch) {
		in, args := among(h.ID, some)
		rows, err := db.All[named](ctx, tx, "SELECT idx, body FROM ledger_entry WHERE "+in+" AND body IS NOT NULL ORDER BY idx", args...)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "UPDATE ledger_entry SET body = NULL, salt = NULL WHERE "+in, args...); err != nil {
			return nil, err
		}
		if err := forgetNames(ctx, tx, h.ID, rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			done = append(done, r.Index)
		}
	}
	if len(done) == 0 {
		return wanted, nil
	}
	body := maps.Clone(why)
	if body == nil {
		body = map[string]any{}
	}
	body["count"], body["entries"] = len(done), runs(done)
	_, err = l.appendTo(ctx, tx, h, []New{{At: l.clk.Now(), Kind: "ledger.expired", Body: body}})
	return wanted, err
}

type named struct {
	Index int64 `db:"idx"`
	Body  string
}

// among is the condition that an entry is one of these.
func among(log int64, list []int64) (where string, args []any) {
	args = []any{log}
	for _, i := range list {
		args = append(args, i)
	}
	return "log = ? AND idx IN (" + tuples(len(list), "?") + ")", args
}

// forgetNames removes entries from under each name that they hold: the names
// are sorted by name, and to look for a number would be to read them all.
func forgetNames(ctx context.Context, tx *db.Tx, log int64, rows []named) error {
	by := map[string][]int64{}
	for _, r := range rows {
		for _, name := range namesIn(r.Body) {
			by[name] = append(by[name], r.Index)
		}
	}
	for name, list := range by {
		in, args := among(log, list)
		if _, err := tx.Exec(ctx, "DELETE FROM ledger_name WHERE "+in+" AND name = ?", append(args, name)...); err != nil {
			return err
		}
	}
	return nil
}

// runs writes rising numbers as "3-5,9".
func runs(list []int64) string {
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d", list[i])
		if j > i {
			fmt.Fprintf(&b, "-%d", list[j])
		}
		i = j + 1
	}
	return b.String()
}
