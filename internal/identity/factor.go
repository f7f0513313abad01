package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Factors is what an account has beside its password.
type Factors struct {
	Code     time.Time // when the authenticator app was joined; zero: none
	Passkeys []Passkey
	Recovery int // recovery codes that are left
	// Demanded says that the account must have a second factor: its controller
	// demands it, or IT took a lost one off it.
	Demanded bool
	Local    bool // has a password of ours
}

// Any reports whether there is a second factor. Recovery codes are none: they
// stand in for one.
func (f Factors) Any() bool { return !f.Code.IsZero() || len(f.Passkeys) > 0 }

// FewRecovery is when a person is told that recovery codes run out.
const FewRecovery = 3

// Factors lists what an account has.
func (d *Directory) Factors(ctx context.Context, person string) (f Factors, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, person)
		if err != nil {
			return err
		}
		f, err = d.factors(ctx, tx, a)
		return err
	})
	return f, err
}

func (d *Directory) factors(ctx context.Context, tx *db.Tx, a accountRow) (f Factors, err error) {
	f.Local = a.Source == ""
	made, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(made), 0) FROM totps WHERE account = ?`, a.ID)
	if err != nil {
		return f, err
	}
	f.Code = db.Time(made)
	if f.Passkeys, err = passkeys(ctx, tx, a.ID); err != nil {
		return f, err
	}
	left, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM recovery WHERE account = ? AND used = 0`, a.ID)
	if err != nil {
		return f, err
	}
	f.Recovery = int(left)
	f.Demanded, err = d.demanded(ctx, tx, a)
	return f, err
}

// demanded: a controller's demand is on its own accounts. Whoever comes from a
// directory or an organisation's own log-in has there what their house asks of
// them, unless IT says otherwise of the one account.
func (d *Directory) demanded(ctx context.Context, tx *db.Tx, a accountRow) (bool, error) {
	if a.Must != 0 || a.Source != "" {
		return a.Must != 0, nil
	}
	n, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(demanded), 0) FROM demands WHERE controller = ?`, a.Controller)
	return n != 0, err
}

// Demands reports whether a controller demands a second factor of its own
// accounts.
func (d *Directory) Demands(ctx context.Context, controller string) (demands bool, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		n, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(demanded), 0) FROM demands WHERE controller = ?`, controller)
		demands = n != 0
		return err
	})
	return demands, err
}

// Demand makes a controller demand a second factor of its own accounts, or not
// any more. Who is logged in stays so and is asked at the next log-in.
func (d *Directory) Demand(ctx context.Context, controller string, demand bool, by string) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO demands (controller, demanded) VALUES (?, ?)
			ON CONFLICT (controller) DO UPDATE SET demanded = excluded.demanded`, controller, demand); err != nil {
			return err
		}
		_, err := d.ledger.Append(ctx, tx, now, "factor.demand", map[string]any{"controller": controller, "demanded": demand, "person": by, "by": by})
		return err
	})
}

// DemandOf demands a second factor of one account, whatever its controller
// says.
func (d *Directory) DemandOf(ctx context.Context, person string, demand bool, by string) error {
	return d.change(ctx, person, by, "factor.demand", nil, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET must = ? WHERE id = ?`, demand, person)
		return err
	})
}

// RemoveCode takes the authenticator app off the person's own account.
// fault.Denied "factor.last" when a second factor is demanded and this is the
// only one.
func (d *Directory) RemoveCode(ctx context.Context, person string) error {
	return d.change(ctx, person, person, "factor.removed", map[string]any{"factor": "code"}, func(tx *db.Tx, a accountRow) error {
		n, err := tx.Exec(ctx, `DELETE FROM totps WHERE account = ?`, person)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "factor.none", "%s has no app", person)
		}
		if err != nil {
			return err
		}
		return d.notTheLast(ctx, tx, a)
	})
}

// notTheLast refuses to leave an account without a second factor that must
// have one. Without any, the recovery codes go too: they stand in for one.
func (d *Directory) notTheLast(ctx context.Context, tx *db.Tx, a accountRow) error {
	f, err := d.factors(ctx, tx, a)
	switch {
	case err != nil || f.Any():
		return err
	case f.Demanded:
		return fault.New(fault.Denied, "factor.last", "%s must have a second factor", a.ID)
	}
	_, err = tx.Exec(ctx, `DELETE FROM recovery WHERE account = ?`, a.ID)
	return err
}

// change does something to an open account, in one transaction with the
// ledger's entry and the word to its owner.
func (d *Directory) change(ctx context.Context, id, by, kind string, more map[string]any, f func(*db.Tx, accountRow) error) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "account.unknown", "no open account %s", id)
		}
		if err != nil {
			return err
		}
		if err := f(tx, a); err != nil {
			return err
		}
		return d.entered(ctx, tx, a, by, kind, more, now)
	})
}

// entered writes what happened to an account in the ledger and tells its
// owner: whoever did not do it themselves must hear of it.
func (d *Directory) entered(ctx context.Context, tx *db.Tx, a accountRow, by, kind string, more map[string]any, now time.Time) error {
	body := map[string]any{"person": a.ID, "name": a.Name, "controller": a.Controller, "by": by}
	for k, v := range more {
		body[k] = v
	}
	if _, err := d.ledger.Append(ctx, tx, now, kind, body); err != nil {
		return err
	}
	if d.tell == nil {
		return nil
	}
	p, err := a.person()
	if err != nil {
		return err
	}
	return d.tell(ctx, tx, p, kind, more)
}

// Tell tells a person, in the transaction, of what happened to how they log
// in: kind is the ledger's, what its particulars.
type Tell func(ctx context.Context, tx *db.Tx, p Person, kind string, what map[string]any) error

// TellWith says how people are told. It is to be called before anything is
// served; without it nobody is told.
func (d *Directory) TellWith(t Tell) { d.tell = t }
