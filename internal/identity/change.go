package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// ChangePassword gives the person of a session a new password. The old one is
// asked for, whenever they last proved who they are; their other sessions end,
// and this one gets a new token. Errors: "login.wrong", "login.wait"
// (fault.Denied), "password.short", "password.common" and the like, and
// "password.same" (fault.Invalid). No password has to be changed after a time:
// that makes people choose worse ones.
func (d *Directory) ChangePassword(ctx context.Context, token, old, password string, from Whence) (fresh string, err error) {
	s, err := d.Session(ctx, token, false)
	if err != nil {
		return "", err
	}
	p := s.Person
	if p.Source != "" {
		return "", fault.New(fault.Denied, "login.elsewhere", "%s has their password at %s", p.ID, p.Source)
	}
	now := d.clock.Now()
	a, err := d.mayTry(ctx, p.ID, Proof{}, from, now)
	if err != nil {
		return "", err
	}
	if err := d.checkPassword(ctx, a, old); err != nil {
		if fault.Is(err, fault.Denied) {
			err = d.refusedProof(ctx, a, from, now, err)
		}
		return "", err
	}
	if err := CheckPassword(p.Login, password); err != nil {
		return "", err
	}
	if old == password {
		return "", fault.New(fault.Invalid, "password.same", "the password that it was")
	}
	hash, err := d.hash(ctx, password)
	if err != nil {
		return "", err
	}
	return d.proved(ctx, s, token, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE accounts SET hash = ?, changed = ? WHERE id = ?`, hash, now, p.ID); err != nil {
			return err
		}
		if err := endRenewals(ctx, tx, p.ID); err != nil {
			return err
		}
		if _, err := d.endOthers(ctx, tx, a, s.ID, "the password was changed", now); err != nil {
			return err
		}
		return d.entered(ctx, tx, a, p.ID, "account.password", nil, now)
	}, from, now)
}

// EndOthers ends the person's sessions but one, and says how many.
func (d *Directory) EndOthers(ctx context.Context, person, but, why string) (n int, err error) {
	now := d.clock.Now()
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, person)
		if err != nil {
			return err
		}
		n, err = d.endOthers(ctx, tx, a, but, why, now)
		return err
	})
	return n, err
}

// EndAll ends all of an account's sessions, by somebody else, and tells its
// owner.
func (d *Directory) EndAll(ctx context.Context, account, by string) error {
	now := d.clock.Now()
	return d.change(ctx, account, by, "session.ended", nil, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE account = ? AND ended = 0`, now, account)
		return err
	})
}

func (d *Directory) endOthers(ctx context.Context, tx *db.Tx, a accountRow, but, why string, now time.Time) (int, error) {
	open, err := db.All[string](ctx, tx, `SELECT id FROM sessions WHERE account = ? AND id <> ? AND ended = 0`, a.ID, but)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE account = ? AND id <> ? AND ended = 0`, now, a.ID, but); err != nil {
		return 0, err
	}
	_, err = d.ledger.Append(ctx, tx, now, "session.others", map[string]any{"person": a.ID, "name": a.Name, "controller": a.Controller, "sessions": open, "why": why})
	return len(open), err
}

// Reset is the request to take a lost second factor off an account. Whoever
// asks has seen who the person is; another answers; neither is the person.
type Reset struct {
	ID, Account, Asker, Reason, Answerer string
	Asked, Answered                      time.Time
	Granted                              bool
}

type resetRow struct {
	ID, Account, Asker, Reason, Answerer string
	Asked, Answered, Granted             int64
}

func (r resetRow) reset() Reset {
	return Reset{r.ID, r.Account, r.Asker, r.Reason, r.Answerer, db.Time(r.Asked), db.Time(r.Answered), r.Granted != 0}
}

// resetFor is how long a request waits for its answer.
const resetFor = 24 * time.Hour

// AskReset asks for an account's second factors to be taken off it, for a
// reason. Its owner is told at once: a request that they know nothing of is an
// attack. fault.Denied "reset.own" for one's own.
func (d *Directory) AskReset(ctx context.Context, account, asker, reason string) (id string, err error) {
	if account == asker {
		return "", fault.New(fault.Denied, "reset.own", "%s asks for themselves", asker)
	}
	id, now := db.NewID(), d.clock.Now()
	err = d.change(ctx, account, asker, "reset.asked", map[string]any{"reason": reason}, func(tx *db.Tx, a accountRow) error {
		f, err := d.factors(ctx, tx, a)
		if err != nil {
			return err
		}
		if !f.Any() {
			return fault.New(fault.Invalid, "factor.none", "%s has no second factor", account)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM resets WHERE account = ? AND answered = 0`, account); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO resets (id, account, asker, reason, asked, answerer, answered, granted) VALUES (?, ?, ?, ?, ?, '', 0, 0)`, id, account, asker, reason, now)
		return err
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Resets lists the requests of a controller that wait for an answer.
func (d *Directory) Resets(ctx context.Context, controller string) (all []Reset, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[resetRow](ctx, tx, `SELECT r.* FROM resets r JOIN accounts a ON r.account = a.id
			WHERE a.controller = ? AND r.answered = 0 AND r.asked > ? ORDER BY r.asked, r.id`, controller, d.clock.Now().Add(-resetFor))
		all = nil
		for _, r := range rows {
			all = append(all, r.reset())
		}
		return err
	})
	return all, err
}

// AnswerReset grants a request or not. Granted, the account's app, passkeys
// and recovery codes are gone, its sessions end, and a second factor is
// demanded at its next log-in. fault.Denied "reset.same" for whoever asked and
// for the account's owner, fault.NotFound when it was answered or is too old.
func (d *Directory) AnswerReset(ctx context.Context, id, answerer string, grant bool) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		r, err := db.One[resetRow](ctx, tx, `SELECT * FROM resets WHERE id = ? AND answered = 0 AND asked > ?`, id, now.Add(-resetFor))
		if err != nil {
			return err
		}
		if answerer == r.Asker || answerer == r.Account {
			return fault.New(fault.Denied, "reset.same", "%s answers what %s asked for %s", answerer, r.Asker, r.Account)
		}
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, r.Account)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE resets SET answerer = ?, answered = ?, granted = ? WHERE id = ?`, answerer, now, grant, id); err != nil {
			return err
		}
		more := map[string]any{"reason": r.Reason, "asker": r.Asker}
		if !grant {
			return d.entered(ctx, tx, a, answerer, "reset.refused", more, now)
		}
		return d.strip(ctx, tx, a, answerer, more, now)
	})
}

// ResetByHand takes an account's second factors off it at once. It is for
// whoever stands at the server's own command line, where there is nobody else
// to ask: a small controller with one person at IT.
func (d *Directory) ResetByHand(ctx context.Context, account, reason string) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, account)
		if err != nil {
			return err
		}
		return d.strip(ctx, tx, a, "command line", map[string]any{"reason": reason}, now)
	})
}

func (d *Directory) strip(ctx context.Context, tx *db.Tx, a accountRow, by string, more map[string]any, now time.Time) error {
	for _, table := range []string{"totps", "passkeys", "recovery", "renewals"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, a.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET must = 1 WHERE id = ?`, a.ID); err != nil {
		return err
	}
	if _, err := d.endOthers(ctx, tx, a, "", "the second factor was taken off", now); err != nil {
		return err
	}
	return d.entered(ctx, tx, a, by, "reset.done", more, now)
}
