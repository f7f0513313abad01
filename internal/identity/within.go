package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
)

// PersonIn finds an account by id, in a transaction of the caller.
func (d *Directory) PersonIn(ctx context.Context, tx *db.Tx, id string) (Person, error) {
	r, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, id)
	if err != nil {
		return Person{}, err
	}
	return r.person()
}

// Closing is told of an account that closes, in the transaction that closes it.
type Closing func(ctx context.Context, tx *db.Tx, p Person, at time.Time, by string) error

// OnClose has f told of every account that closes; an error of f keeps it open.
// Rooms that give people something use it, so that it ends at once. Call it
// before the directory is used.
func (d *Directory) OnClose(f Closing) { d.closing = append(d.closing, f) }

func (d *Directory) tellClosing(ctx context.Context, tx *db.Tx, a accountRow, at time.Time, by string) error {
	p, err := a.person()
	if err != nil {
		return err
	}
	for _, f := range d.closing {
		if err := f(ctx, tx, p, at, by); err != nil {
			return err
		}
	}
	return nil
}
