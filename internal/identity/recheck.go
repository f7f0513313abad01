package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// ShutOutWithin is how long after a source has shut somebody out a session of
// theirs can last, and how long a session lasts when the source cannot be
// asked. It counts from before the question was sent, so that neither a slow
// answer nor a round that failed makes it longer.
const ShutOutWithin = 5 * time.Minute

// Standing is what a source says of a person now.
type Standing struct {
	In    bool   // may be logged in
	Why   string // when not: a key, such as "directory.disabled"
	Login string // as in [Outside]; what is empty is left as it is
	Name  string
	Email string
	Roles []string
}

// Source can be asked again about people whom it has vouched for.
type Source interface {
	// Standing answers for the subjects that it knows about. Whoever is not in
	// the answer has not been confirmed. It has to come back within a minute.
	Standing(ctx context.Context, subjects []string) (map[string]Standing, error)
}

// Recheck asks the sources about everybody who is logged in through them, ends
// the sessions of whoever is shut out or has no role left, takes over changed
// names and roles, and ends the sessions that no source has confirmed for
// [ShutOutWithin]. It is to be called every minute. The error says which
// sources did not answer; what the others said is done all the same.
//
// A session that is not confirmed is refused at its next request or its
// stream's next look even when nobody calls Recheck.
func (d *Directory) Recheck(ctx context.Context, sources map[string]Source) error {
	began := d.clock.Now()
	asked, err := d.toAsk(ctx, began)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	fails := make([]error, len(asked))
	for i, a := range asked {
		wait.Go(func() { fails[i] = d.ask(ctx, a, sources[a.source], began) })
	}
	wait.Wait()
	return errors.Join(errors.Join(fails...), d.endUnconfirmed(ctx))
}

// asking is one source and whom it is asked about.
type asking struct {
	source   string
	subjects []string
}

// toAsk is who is logged in through which source.
func (d *Directory) toAsk(ctx context.Context, now time.Time) (all []asking, err error) {
	type row struct{ Source, Subject string }
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, `SELECT DISTINCT a.source, a.subject FROM accounts a JOIN sessions s ON s.account = a.id
			WHERE a.source <> '' AND s.ended = 0 AND s.lasts = 0 AND s.began > ? AND s.seen > ? ORDER BY a.source, a.subject`,
			now.Add(-d.limits.Absolute), now.Add(-d.limits.Idle))
		if err != nil {
			return err
		}
		all = all[:0]
		for _, r := range rows {
			if len(all) == 0 || all[len(all)-1].source != r.Source {
				all = append(all, asking{source: r.Source})
			}
			last := &all[len(all)-1]
			last.subjects = append(last.subjects, r.Subject)
		}
		return nil
	})
	return all, err
}

// ask asks one source and does as it says. at is when the question was begun.
func (d *Directory) ask(ctx context.Context, a asking, s Source, at time.Time) (err error) {
	defer fault.Wrap(&err, "asking %s", a.source)
	if s == nil {
		return fault.New(fault.Unavailable, "login.away", "there is no such source any more")
	}
	answer, away := s.Standing(ctx, a.subjects)
	var odd []error // what one person's answer lacks keeps nobody else from theirs
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		odd = nil
		for _, subject := range a.subjects {
			standing, ok := answer[subject]
			if !ok {
				continue
			}
			account, err := d.outside(ctx, tx, a.source, subject)
			if err != nil {
				return err
			}
			if err := d.stand(ctx, tx, account, standing, at); fault.Is(err, fault.Invalid) {
				odd = append(odd, err)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(append(odd, away, err)...)
}

// stand does as the source says about one person.
func (d *Directory) stand(ctx context.Context, tx *db.Tx, a accountRow, s Standing, at time.Time) error {
	now := d.clock.Now()
	roles := rolesOutside(s.Roles)
	switch {
	case !s.In:
		return d.shut(ctx, tx, a, s.Why, now)
	case len(roles) == 0:
		return d.shut(ctx, tx, a, "login.rightless", now)
	}
	said := Outside{Source: a.Source, Subject: a.Subject, Login: or(s.Login, a.Login), Name: or(s.Name, a.Name), Email: or(s.Email, a.Email), Controller: a.Controller, Roles: roles}
	said, err := said.checked()
	if err != nil {
		return err
	}
	if _, err := d.take(ctx, tx, a, true, said, now); err != nil {
		if fault.Is(err, fault.Denied) { // the name is another's: the person keeps the old one until that is settled
			said.Login = a.Login
			_, err = d.take(ctx, tx, a, true, said, now)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE sessions SET confirmed = ? WHERE account = ? AND ended = 0 AND lasts = 0 AND confirmed < ?`, at, a.ID, at)
	return err
}

// shut ends all of a person's sessions at once. None open is no entry.
func (d *Directory) shut(ctx context.Context, tx *db.Tx, a accountRow, why string, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE account = ? AND ended = 0`, now, a.ID)
	if err != nil || n == 0 {
		return err
	}
	return d.shutEntry(ctx, tx, a, why, now)
}

func (d *Directory) shutEntry(ctx context.Context, tx *db.Tx, a accountRow, why string, now time.Time) error {
	_, err := d.ledger.Append(ctx, tx, now, "session.shut", map[string]any{
		"person": a.ID, "name": a.Name, "controller": a.Controller, "why": why, "by": a.Source})
	return err
}

// endUnconfirmed ends what no source has stood by for too long.
func (d *Directory) endUnconfirmed(ctx context.Context) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		late, err := db.All[sessionRow](ctx, tx, `SELECT s.* FROM sessions s JOIN accounts a ON s.account = a.id
			WHERE a.source <> '' AND s.ended = 0 AND s.lasts = 0 AND s.confirmed <= ? AND s.began > ? AND s.seen > ? ORDER BY s.account, s.id`,
			now.Add(-ShutOutWithin), now.Add(-d.limits.Absolute), now.Add(-d.limits.Idle))
		if err != nil {
			return err
		}
		for i, s := range late {
			if _, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE id = ?`, now, s.ID); err != nil {
				return err
			}
			if i > 0 && late[i-1].Account == s.Account {
				continue
			}
			a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, s.Account)
			if err != nil {
				return err
			}
			if err := d.shutEntry(ctx, tx, a, "session.unconfirmed", now); err != nil {
				return err
			}
		}
		return nil
	})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
