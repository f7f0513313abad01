package viewing

import (
	"context"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/permit"
)

// WithdrawTickets takes back every ticket of a controller that could still be
// used and whose grant has ended: the portal shows nothing under it any more,
// and now the engine would not either, whoever held it.
func (p *Screens) WithdrawTickets(ctx context.Context, head permit.Head) error {
	type row struct {
		Viewing string
		Opened  int64
		Ticket  []byte
		Why     string
	}
	now := p.Clock.Now()
	var list []row
	if err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = db.All[row](ctx, tx, `SELECT p.viewing, p.opened, p.ticket, g.why FROM periods p JOIN viewings v ON v.id = p.viewing JOIN grants g ON g.id = v.grant_id
			WHERE v.controller = ? AND p.expires > ? AND p.withdrawn = 0 AND g.ended > 0 ORDER BY p.opened, p.viewing`, head.Controller, now)
		return err
	}); err != nil {
		return err
	}
	// Who looks hears why from here before the engine cuts what it sends.
	for _, w := range list {
		p.Streams.EndOf(w.Viewing, "grant.ended."+w.Why)
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		for _, w := range list {
			n, err := tx.Exec(ctx, `UPDATE periods SET withdrawn = ? WHERE viewing = ? AND opened = ? AND withdrawn = 0`, now, w.Viewing, w.Opened)
			if err != nil {
				return err
			}
			if n == 0 { // somebody else was faster
				continue
			}
			if err := p.Issuer.Withdraw(ctx, tx, w.Ticket, head.By, "grant.ended."+w.Why); err != nil {
				return err
			}
		}
		return nil
	})
}
