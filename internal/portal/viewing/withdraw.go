package viewing

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// WithdrawTickets takes back every ticket of a controller that could still be
// used and whose grant has ended: the portal shows nothing under it any more,
// and now the engine would not either, whoever held it.
func (p *Screens) WithdrawTickets(ctx context.Context, head permit.Head) error {
	var list []usable
	if err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = db.All[usable](ctx, tx, `SELECT p.viewing, p.opened, p.ticket, v.cameras, g.why FROM periods p JOIN viewings v ON v.id = p.viewing JOIN grants g ON g.id = v.grant_id
			WHERE v.controller = ? AND p.expires > ? AND p.withdrawn = 0 AND g.ended > 0 ORDER BY p.opened, p.viewing`, head.Controller, p.Clock.Now())
		return err
	}); err != nil {
		return err
	}
	for i := range list {
		list[i].Why = "grant.ended." + list[i].Why
	}
	return p.withdraw(ctx, head, list)
}

// WithdrawOf takes back every ticket of a controller that could still be used for
// any of some cameras, and says why: a key of the words.
func (p *Screens) WithdrawOf(ctx context.Context, head permit.Head, cameras []string, why string) error {
	var list []usable
	if err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = db.All[usable](ctx, tx, `SELECT p.viewing, p.opened, p.ticket, v.cameras, '' AS why FROM periods p JOIN viewings v ON v.id = p.viewing
			WHERE v.controller = ? AND p.expires > ? AND p.withdrawn = 0 ORDER BY p.opened, p.viewing`, head.Controller, p.Clock.Now())
		return err
	}); err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(w usable) bool {
		return !slices.ContainsFunc(w.Cameras, func(c string) bool { return slices.Contains(cameras, c) })
	})
	for i := range list {
		list[i].Why = why
	}
	return p.withdraw(ctx, head, list)
}

// usable is a period whose ticket can still be used.
type usable struct {
	Viewing string
	Opened  int64
	Ticket  []byte
	Cameras register.List
	Why     string
}

func (p *Screens) withdraw(ctx context.Context, head permit.Head, list []usable) error {
	// Who looks hears why from here before the engine cuts what it sends.
	for _, w := range list {
		p.Streams.EndOf(w.Viewing, w.Why)
	}
	now := p.Clock.Now()
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		for _, w := range list {
			n, err := tx.Exec(ctx, `UPDATE periods SET withdrawn = ? WHERE viewing = ? AND opened = ? AND withdrawn = 0`, now, w.Viewing, w.Opened)
			if err != nil {
				return err
			}
			if n == 0 { // somebody else was faster
				continue
			}
			if err := p.Issuer.Withdraw(ctx, tx, w.Ticket, head.By, w.Why); err != nil {
				return err
			}
		}
		return nil
	})
}
