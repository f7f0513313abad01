package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Half is what a session still lacks before it opens anything.
type Half string

const (
	// Whole lacks nothing.
	Whole Half = ""
	// HalfCode lacks the second step: a code, a passkey, a recovery code.
	HalfCode Half = "code"
	// HalfSetUp lacks a second factor, which is demanded and has to be set up.
	HalfSetUp Half = "setup"
	// HalfLocked was whole and was left unattended: the person has to prove
	// again who they are (H 4.1).
	HalfLocked Half = "locked"
)

// halfFor is how long the second step can take, set-up included.
const halfFor = 15 * time.Minute

// Proof is what a person shows to be who they are. What is not shown is empty.
type Proof struct {
	Password string
	Code     string // of the authenticator app
	Recovery string
	Key      Answer // of a passkey, by [Directory.AskPasskey]
}

// lacks is what a session that is being begun will lack. A passkey is two
// factors in one, and an outside source that has asked for a second factor is
// believed.
func (d *Directory) lacks(ctx context.Context, tx *db.Tx, o opening) (Half, error) {
	if o.key || o.outside != nil && o.outside.Strong {
		return Whole, nil
	}
	a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, o.person.ID)
	if err != nil {
		return Whole, err
	}
	f, err := d.factors(ctx, tx, a)
	switch {
	case err != nil:
		return Whole, err
	case f.Any():
		return HalfCode, nil
	case f.Demanded:
		return HalfSetUp, nil
	}
	return Whole, nil
}

// HalfSession is the session of a token that lacks something. A whole one, and
// one that is over, is fault.Denied as of [Directory.Session].
func (d *Directory) HalfSession(ctx context.Context, token string) (s Session, err error) {
	if token == "" || len(token) > 100 {
		return s, fault.New(fault.Denied, "session.none", "no session")
	}
	if s, err = d.find(ctx, `SELECT * FROM sessions WHERE token = ?`, tokenHash(token), false); err != nil {
		return Session{}, err
	}
	if s.Half == Whole {
		return Session{}, fault.New(fault.Denied, "session.whole", "session %s lacks nothing", s.ID)
	}
	return s, nil
}

// Second makes a half session whole, under a new token. Refusals are
// fault.Denied: "login.code", "login.recovery", "login.passkey",
// "login.copied", "login.wait" (see [TryAgain]), "login.codes" (too many wrong
// codes of late: only from a known address, or by another way), and
// "session.ended" when it was guessed too often.
func (d *Directory) Second(ctx context.Context, token string, p Proof, from Whence) (fresh string, s Session, err error) {
	if s, err = d.HalfSession(ctx, token); err != nil {
		return "", s, err
	}
	if s.Half != HalfCode {
		return "", s, fault.New(fault.Denied, "session.half", "session %s lacks its %s", s.ID, s.Half)
	}
	now := d.clock.Now()
	use, err := d.proven(ctx, s.Person.ID, p, false, from, now)
	if err != nil {
		if fault.Is(err, fault.Denied) && counts(err) {
			if err := d.guessed(ctx, s, now); err != nil {
				return "", s, err
			}
		}
		return "", s, err
	}
	return d.makeWhole(ctx, token, s, use, from, now)
}

// SetUp makes a session whole that had to get a second factor, once it has
// one. fault.Denied "factor.none" when it has none yet.
func (d *Directory) SetUp(ctx context.Context, token string, from Whence) (fresh string, s Session, err error) {
	if s, err = d.HalfSession(ctx, token); err != nil {
		return "", s, err
	}
	if s.Half != HalfSetUp {
		return "", s, fault.New(fault.Denied, "session.half", "session %s lacks its %s", s.ID, s.Half)
	}
	return d.makeWhole(ctx, token, s, func(tx *db.Tx) error {
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, s.Person.ID)
		if err != nil {
			return err
		}
		f, err := d.factors(ctx, tx, a)
		if err == nil && !f.Any() {
			return fault.New(fault.Denied, "factor.none", "%s has no second factor yet", a.ID)
		}
		return err
	}, from, d.clock.Now())
}

func (d *Directory) makeWhole(ctx context.Context, token string, s Session, use func(*db.Tx) error, from Whence, now time.Time) (fresh string, _ Session, err error) {
	fresh = newToken()
	p := s.Person
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := use(tx); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE sessions SET token = ?, half = '', proved = ?, seen = ? WHERE token = ? AND half = ? AND ended = 0`,
			tokenHash(fresh), now, now, tokenHash(token), s.Half)
		if err == nil && n == 0 {
			return fault.New(fault.Denied, "session.ended", "session %s is over", s.ID)
		}
		if err != nil {
			return err
		}
		for _, key := range []string{p.triesKey(), proofKey(p.ID)} {
			if err := arrived(ctx, tx, key, from, now); err != nil {
				return err
			}
		}
		_, err = d.ledger.Append(ctx, tx, now, "login", map[string]any{
			"person": p.ID, "name": p.Name, "controller": p.Controller, "address": from.Address.String(), "session": s.ID, "second": true})
		return err
	})
	if err != nil {
		return "", s, err
	}
	s.Half, s.Proved, s.Seen = Whole, now, now
	s.Ends = d.ends(s)
	return fresh, s, nil
}

// Lock takes a session's rights away until its person proves again who they
// are: the screen is unattended. Nothing that it had open goes on. A session
// that is not whole stays as it is.
func (d *Directory) Lock(ctx context.Context, token string) error {
	s, err := d.Session(ctx, token, false)
	if fault.Key(err) == "session.half" {
		return nil
	}
	if err != nil {
		return err
	}
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE sessions SET half = ? WHERE token = ? AND half = '' AND ended = 0`, HalfLocked, tokenHash(token))
		if err != nil || n == 0 {
			return err
		}
		_, err = d.ledger.Append(ctx, tx, now, "session.locked", map[string]any{
			"person": s.Person.ID, "name": s.Person.Name, "controller": s.Person.Controller, "session": s.ID})
		return err
	})
}

// counts says whether a refusal was a guess.
func counts(err error) bool {
	switch fault.Key(err) {
	case "login.code", "login.recovery", "login.passkey", "login.copied":
		return true
	}
	return false
}

// guessed counts a wrong guess in a half session and ends it when there were
// too many: the password is asked for again.
func (d *Directory) guessed(ctx context.Context, s Session, now time.Time) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE sessions SET guesses = guesses + 1 WHERE id = ?`, s.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE id = ? AND guesses >= ? AND ended = 0`, now, s.ID, int64(d.limits.HalfGuesses))
		return err
	})
}
