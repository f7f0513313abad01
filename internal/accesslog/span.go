package accesslog

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
)

// Span calls f with every use of a controller whose entry lies after one index
// and before another, by rising index: what a review draws from. Entries stand
// in the ledger by when they were written, so that none is in two spans that
// meet or in neither.
func (a *Log) Span(ctx context.Context, controller string, after, before int64, f func(Use) error) error {
	for {
		var uses []Use
		err := a.db.Read(ctx, func(tx *db.Tx) (err error) {
			uses, err = db.All[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE idx > ? AND idx < ? AND controller = ? ORDER BY idx LIMIT ?", after, before, controller, spanAtOnce)
			return err
		})
		if err != nil || len(uses) == 0 {
			return err
		}
		for _, u := range uses {
			if err := f(u); err != nil {
				return err
			}
		}
		after = uses[len(uses)-1].Index
	}
}

// spanAtOnce bounds one reading.
const spanAtOnce = 2000

// Count is how many uses of a kind a person had in an hour.
type Count struct {
	Person  string
	Name    string
	Kind    Kind
	Refused bool
	Hour    int64 // since 1970
	Uses    int64
}

// At is when the hour begins.
func (c Count) At() time.Time { return time.Unix(c.Hour*3600, 0).UTC() }

// Counts counts a controller's uses from one moment to before another, by
// person, kind and hour: what unusual use is seen in. What nobody did who is
// known is left out.
func (a *Log) Counts(ctx context.Context, controller string, from, to time.Time) (out []Count, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Count](ctx, tx, `SELECT person, MAX(name) AS name, kind, CASE WHEN refused <> '' THEN 1 ELSE 0 END AS refused, at / 3600000000 AS hour, COUNT(*) AS uses
			FROM access_use WHERE controller = ? AND at >= ? AND at < ? AND person <> '' AND entry <> 'view.closed'
			GROUP BY person, kind, CASE WHEN refused <> '' THEN 1 ELSE 0 END, at / 3600000000 ORDER BY 5, 1, 3, 4`, controller, from, to)
		return err
	})
	return out, err
}

// Tally is how many uses of one sort there were at a place.
type Tally struct {
	Kind    Kind
	Entry   string // the ledger's kind
	Place   string // id of the location; empty: none was named
	Refused bool
	Uses    int64
}

// Tallies counts a controller's uses of some kinds from one moment to before
// another, by what was done and where. The database counts.
func (a *Log) Tallies(ctx context.Context, controller string, from, to time.Time, kinds ...Kind) (out []Tally, err error) {
	args := []any{controller}
	for _, k := range kinds {
		args = append(args, string(k))
	}
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Tally](ctx, tx, `SELECT kind, entry, place, CASE WHEN refused <> '' THEN 1 ELSE 0 END AS refused, COUNT(*) AS uses
			FROM access_use WHERE controller = ? AND kind IN (`+db.Marks(len(kinds))+`) AND at >= ? AND at < ?
			GROUP BY kind, entry, place, CASE WHEN refused <> '' THEN 1 ELSE 0 END ORDER BY 1, 2, 3, 4`, append(args, from, to)...)
		return err
	})
	return out, err
}
