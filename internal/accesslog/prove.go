package accesslog

import (
	"context"
	"encoding/json"
	"io"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// Prove writes the ledger's extract of uses: their entries and that of the act
// which takes them out, the deletions of the log since, and of all others
// between nothing but that they are there. internal/verify checks it offline.
func (a *Log) Prove(ctx context.Context, controller string, uses []Use, act int64, w io.Writer) (err error) {
	defer fault.Wrap(&err, "accesslog.Prove")
	from, shown := act, map[int64]bool{act: true}
	for _, u := range uses {
		shown[u.Index] = true
		from = min(from, u.Index)
	}
	return a.ledger.ExtractSome(ctx, from, act+1, w, func(e *ledger.Entry) bool {
		return shown[e.Index] || e.Kind == "ledger.expired" && of(e, controller)
	})
}

func of(e *ledger.Entry, controller string) bool {
	var b struct{ Controller string }
	return json.Unmarshal(e.Body, &b) == nil && b.Controller == controller
}

// Entry reads one entry of the ledger: what a row was made from, with its
// commitment. Expired ones have no body.
func (a *Log) Entry(ctx context.Context, index int64) (ledger.Entry, error) {
	list, err := a.ledger.Entries(ctx, index, 1)
	if err != nil || len(list) == 0 || list[0].Index != index {
		return ledger.Entry{}, fault.New(fault.NotFound, "page.unknown", "no entry %d", index)
	}
	return list[0], nil
}

// Use finds one row of a controller.
func (a *Log) Use(ctx context.Context, controller string, index int64) (u Use, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		u, err = db.One[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE idx = ? AND controller = ?", index, controller)
		return err
	})
	return u, err
}
