package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Elsewhere is where people are who have no password with us: the
// organisation's directories.
type Elsewhere interface {
	// Names lists the sources that people come from, as in [Outside].
	Names() []string
	// Find says whose login name it is, without any password. Nobody's is no
	// error: Known has no subject then. fault.Unavailable: it cannot be told.
	Find(ctx context.Context, login string) (Known, error)
	// Prove tries a password once, at one place. For nobody it does the work of a
	// wrong password. Wrong ones are fault.Denied "login.wrong"; other refusals
	// are told to whoever has the right one.
	Prove(ctx context.Context, k Known, password string) (Outside, error)
}

// Known is somebody who has been found elsewhere and has shown nothing yet.
type Known struct {
	Source, Subject string
	Place           string // where the source keeps them, in its own words
	// Wrong passwords that make the source lock the account when they come
	// within a time; 0: it never does.
	Wrong  int
	Within time.Duration
	// Hold is until when one more wrong password would lock the account there,
	// by the source's own count. Zero: it stands more.
	Hold time.Time
}

// share is how many wrong passwords for one account are passed on to its source
// within its window: from addresses where the person has never logged in, and
// in all. It is always fewer than lock the account there, so that nobody can
// lock anybody out of their work by guessing here; and strangers have half of
// it, so that they cannot use up what the person needs.
func (k Known) share(stranger bool) int {
	switch {
	case k.Wrong == 0:
		return 0
	case stranger:
		return max(1, (k.Wrong-1)/2)
	}
	return max(1, k.Wrong-1)
}

// logInElsewhere goes on with a log-in whose name and password are not those of
// an account of ours. own says that the name is that of mine: then all the same is asked, for
// nobody, so that time tells nothing of whose name it is.
func (d *Directory) logInElsewhere(ctx context.Context, login, password, old string, mine accountRow, own bool, from Whence, now time.Time) (string, Person, error) {
	k, err := d.elsewhere.Find(ctx, login)
	if err != nil {
		return "", Person{}, d.turnedAway(ctx, fault.New(fault.Denied, "login.away", "%v", err), mine, own, from, now)
	}
	if own {
		k = Known{Source: k.Source}
	}
	key := accountKey(login)
	if k.Subject != "" {
		key = outsideKey(k.Source, k.Subject)
	}
	a, known, err := d.reserve(ctx, k, key, false, from, now)
	if own {
		a, known = mine, true
	}
	if err != nil {
		if fault.Is(err, fault.Denied) {
			err = d.turnedAway(ctx, err, a, known, from, now)
		}
		return "", Person{}, err
	}
	o, err := d.elsewhere.Prove(ctx, k, password)
	if err == nil && (o.Source != k.Source || o.Subject != k.Subject || k.Subject == "") {
		err = fault.New(fault.Internal, "", "%s vouches for another than who was asked about", k.Source)
	}
	switch {
	case fault.Is(err, fault.Denied):
		return "", Person{}, d.turnedAway(ctx, err, a, known, from, now)
	case fault.Is(err, fault.Unavailable):
		return "", Person{}, d.turnedAway(ctx, fault.New(fault.Denied, "login.away", "%v", err), a, known, from, now)
	case err != nil:
		return "", Person{}, err
	}
	if err := d.unreserve(ctx, key, from, now); err != nil {
		return "", Person{}, err
	}
	return d.Admit(ctx, o, old, from)
}

// askElsewhere tries the password of somebody who is logged in and is asked to
// prove again who they are.
func (d *Directory) askElsewhere(ctx context.Context, source, login, password string) error {
	now := d.clock.Now()
	k, err := d.elsewhere.Find(ctx, login)
	switch {
	case err != nil:
		return err
	case k.Source != source || k.Subject == "":
		return fault.New(fault.Denied, "login.wrong", "the name is not of %s any more", source)
	}
	key := outsideKey(k.Source, k.Subject)
	if _, _, err := d.reserve(ctx, k, key, true, Whence{}, now); err != nil {
		return err
	}
	if _, err := d.elsewhere.Prove(ctx, k, password); err != nil {
		return err
	}
	return d.unreserve(ctx, key, Whence{}, now)
}

// reserve counts a try before it is made, so that many at once are as many as
// one after the other, in whichever process. inside says that the person is
// logged in. The refusal is fault.Denied "login.wait" (see [TryAgain]).
func (d *Directory) reserve(ctx context.Context, k Known, key string, inside bool, from Whence, now time.Time) (a accountRow, known bool, err error) {
	var wait time.Duration
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		a, known = accountRow{}, false
		if k.Subject != "" {
			if a, err = d.outside(ctx, tx, k.Source, k.Subject); err == nil {
				known = true
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if !inside {
			if wait, err = d.wait(ctx, tx, key, from, now); err != nil {
				return err
			}
		}
		spare, err := d.spare(ctx, tx, k, key, inside, from, now)
		if err != nil {
			return err
		}
		if wait = max(wait, spare); wait > 0 {
			return nil
		}
		return d.count(ctx, tx, key, from, now)
	})
	if err == nil && wait > 0 {
		err = &waiting{fault.New(fault.Denied, "login.wait", "too many tries"), wait}
	}
	return a, known, err
}

// spare says how long the source is to be spared wrong passwords of this
// account.
func (d *Directory) spare(ctx context.Context, tx *db.Tx, k Known, key string, inside bool, from Whence, now time.Time) (time.Duration, error) {
	if k.Wrong == 0 {
		return 0, nil
	}
	var wait time.Duration
	if k.Hold.After(now) {
		wait = k.Hold.Sub(now)
	}
	seen, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM attempts WHERE account = ? AND address = ? AND ok = 1 AND at > ?`, key, addressKey(from.Address), now.Add(-d.limits.Known))
	if err != nil {
		return 0, err
	}
	last, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(at), 0) FROM attempts WHERE account = ? AND ok = 1`, key)
	if err != nil {
		return 0, err
	}
	most := k.share(seen == 0 && !inside)
	since := max(last, db.Micros(now.Add(-k.Within)))
	failed, err := db.All[int64](ctx, tx, `SELECT at FROM attempts WHERE account = ? AND ok = 0 AND at > ? ORDER BY at DESC LIMIT ?`, key, since, most)
	if err != nil || len(failed) < most {
		return wait, err
	}
	// When the oldest of them leaves the window there is room for one more.
	return max(wait, db.Time(failed[most-1]).Add(k.Within).Sub(now)), nil
}

func (d *Directory) unreserve(ctx context.Context, key string, from Whence, now time.Time) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM attempts WHERE account = ? AND address = ? AND at = ? AND ok = 0`, key, addressKey(from.Address), now)
		return err
	})
}

// turnedAway enters a refusal whose try is counted already, and gives it back.
// What a wrong password and an unknown name are told is one and the same.
func (d *Directory) turnedAway(ctx context.Context, why error, a accountRow, known bool, from Whence, now time.Time) error {
	err := d.db.Write(ctx, func(tx *db.Tx) error { return d.refusal(ctx, tx, fault.Key(why), a, known, from, now) })
	if err != nil {
		return err
	}
	return why
}

// outsideKey is what the tries for somebody elsewhere are counted under: who
// they are, however the name was typed.
func outsideKey(source, subject string) string { return accountKey(source + "\x00" + subject) }

// triesKey is what the tries for a person are counted under at log-in.
func (p Person) triesKey() string {
	if p.Source != "" {
		return outsideKey(p.Source, p.Subject)
	}
	return accountKey(p.Login)
}
