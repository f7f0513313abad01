package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Fresh is how long a proof of who somebody is lasts for a grave act, unless
// the act says otherwise.
const Fresh = 15 * time.Minute

// AskPassword asks an outside source whether a password is a person's:
// fault.Denied when it is not, fault.Unavailable when it cannot be asked.
type AskPassword func(ctx context.Context, login, password string) error

// AskWith says how the passwords of a source's people are asked for again. It
// is to be called before anything is served.
func (d *Directory) AskWith(source string, ask AskPassword) { d.asks[source] = ask }

// Asks is what a person is asked for to prove who they are.
type Asks struct {
	Password bool // ours, or that of the directory they come from
	Code     bool // beside the password, of an authenticator app
	Recovery bool // in place of the code
	Passkey  bool // in place of all
	// Source is the outside source that has to vouch for them again; empty when
	// what they are asked for is asked for here.
	Source string
}

// Asked is what p is asked for: as much as at log-in, so that whoever finds an
// open screen, or knows a password, gets no further than that.
func (d *Directory) Asked(ctx context.Context, p Person) (a Asks, err error) {
	f, err := d.Factors(ctx, p.ID)
	if err != nil {
		return a, err
	}
	a = Asks{Password: p.Source == "" || d.asks[p.Source] != nil, Code: !f.Code.IsZero(), Passkey: len(f.Passkeys) > 0 && d.HasPasskeys()}
	a.Recovery = f.Any() && f.Recovery > 0
	if !a.Password && !a.Passkey {
		a.Source = p.Source
	}
	return a, nil
}

// Prove notes that the person of a session, whole or locked, has proved again
// who they are, and gives the session a new token. Refusals are fault.Denied as
// of [Directory.Second], and "login.wrong".
func (d *Directory) Prove(ctx context.Context, token string, p Proof, from Whence) (fresh string, err error) {
	s, err := d.provable(ctx, token)
	if err != nil {
		return "", err
	}
	now := d.clock.Now()
	use, err := d.proven(ctx, s.Person.ID, p, true, from, now)
	if err != nil {
		return "", err
	}
	return d.proved(ctx, s, token, use, from, now)
}

// Vouched notes that the outside source of a session's person has vouched for
// them again at a moment, and gives the session a new token. Another person
// than the session's is fault.Denied "login.other", an old word "login.stale".
func (d *Directory) Vouched(ctx context.Context, token, source, subject string, at time.Time, from Whence) (fresh string, err error) {
	s, err := d.provable(ctx, token)
	if err != nil {
		return "", err
	}
	now := d.clock.Now()
	switch {
	case source == "" || s.Person.Source != source || s.Person.Subject != subject:
		return "", fault.New(fault.Denied, "login.other", "%s vouches for %s, the session is of %s", source, subject, s.Person.ID)
	case now.Sub(at) >= ShutOutWithin || at.After(now):
		return "", fault.New(fault.Denied, "login.stale", "the source's word of %v is too old at %v", at, now)
	}
	return d.proved(ctx, s, token, func(*db.Tx) error { return nil }, from, now)
}

// provable is a session whose person can prove again who they are.
func (d *Directory) provable(ctx context.Context, token string) (Session, error) {
	s, err := d.Session(ctx, token, false)
	if fault.Key(err) != "session.half" {
		return s, err
	}
	if s, err = d.HalfSession(ctx, token); err == nil && s.Half != HalfLocked {
		err = fault.New(fault.Denied, "session.half", "session %s lacks its %s", s.ID, s.Half)
	}
	return s, err
}

func (d *Directory) proved(ctx context.Context, s Session, token string, use func(*db.Tx) error, from Whence, now time.Time) (fresh string, err error) {
	fresh = newToken()
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := use(tx); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE sessions SET token = ?, proved = ?, seen = ?, half = '' WHERE token = ? AND half IN ('', 'locked') AND ended = 0`,
			tokenHash(fresh), now, now, tokenHash(token))
		if err == nil && n == 0 {
			return fault.New(fault.Denied, "session.ended", "session %s is over", s.ID)
		}
		if err != nil {
			return err
		}
		if err := arrived(ctx, tx, proofKey(s.Person.ID), from, now); err != nil {
			return err
		}
		_, err = d.ledger.Append(ctx, tx, now, "login.proved", map[string]any{
			"person": s.Person.ID, "name": s.Person.Name, "controller": s.Person.Controller, "address": from.Address.String(), "session": s.ID})
		return err
	})
	if err != nil {
		return "", err
	}
	return fresh, nil
}

// proven checks a proof of an account and gives what makes it used. A passkey
// is enough; else it takes the password, where that is asked for, and what
// stands beside it. Guesses are counted by account and address together, apart
// from those at the log-in page: whoever guesses there keeps nobody in here
// from proving who they are.
func (d *Directory) proven(ctx context.Context, person string, p Proof, password bool, from Whence, now time.Time) (use func(*db.Tx) error, err error) {
	a, err := d.mayTry(ctx, person, p, from, now)
	if err != nil {
		return nil, err
	}
	use, err = d.check(ctx, a, p, password, now)
	if err == nil || !fault.Is(err, fault.Denied) {
		return use, err
	}
	return nil, d.refusedProof(ctx, a, from, now, err)
}

func (d *Directory) check(ctx context.Context, a accountRow, p Proof, password bool, now time.Time) (use func(*db.Tx) error, err error) {
	if p.Key.Response != "" {
		_, use, err := d.passkey(ctx, a.ID, p.Key, now)
		return use, err
	}
	f, err := d.Factors(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if password {
		if err := d.checkPassword(ctx, a, p.Password); err != nil {
			return nil, err
		}
		if !f.Any() {
			return func(*db.Tx) error { return nil }, nil
		}
	}
	if p.Recovery != "" {
		return d.recovery(ctx, a, p.Recovery, now)
	}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		use, err = d.code(ctx, tx, a, p.Code, now)
		return err
	})
	return use, err
}

func (d *Directory) checkPassword(ctx context.Context, a accountRow, password string) error {
	wrong := fault.New(fault.Denied, "login.wrong", "not the password of %s", a.ID)
	if password == "" || len(password) > LongestPassword {
		return wrong
	}
	if a.Source != "" {
		ask := d.asks[a.Source]
		if ask == nil {
			return fault.New(fault.Denied, "login.elsewhere", "%s proves who they are at %s", a.ID, a.Source)
		}
		err := ask(ctx, a.Login, password)
		if fault.Is(err, fault.Denied) {
			return wrong
		}
		return err
	}
	ok, _, err := d.matches(ctx, a.Hash, password)
	if err == nil && !ok {
		return wrong
	}
	return err
}

// mayTry finds the account and refuses whoever has to wait.
func (d *Directory) mayTry(ctx context.Context, person string, p Proof, from Whence, now time.Time) (a accountRow, err error) {
	var wait time.Duration
	var codes int64
	key := proofKey(person)
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		if a, err = db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, person); err != nil {
			return err
		}
		if wait, err = d.wait(ctx, tx, key, from, now); err != nil {
			return err
		}
		known, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM attempts WHERE account = ? AND address = ? AND ok = 1 AND at > ?`, key, addressKey(from.Address), now.Add(-d.limits.Known))
		if err != nil || known > 0 || p.Code == "" {
			codes = 0
			return err
		}
		codes, err = db.One[int64](ctx, tx, `SELECT COUNT(*) FROM attempts WHERE account = ? AND ok = 0 AND at > ?`, key, now.Add(-d.limits.CodeWindow))
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return a, fault.New(fault.Denied, "session.ended", "no open account %s", person)
	case err != nil:
		return a, err
	case wait > 0:
		err := fault.New(fault.Denied, "login.wait", "too many tries")
		if e := d.refused(ctx, "login.wait", a.Login, a, true, from, now); e != nil {
			return a, e
		}
		return a, &waiting{err, wait}
	case codes >= int64(d.limits.CodeFree):
		if e := d.refused(ctx, "login.wait", a.Login, a, true, from, now); e != nil {
			return a, e
		}
		return a, fault.New(fault.Denied, "login.codes", "%d wrong codes of %s within %v", codes, a.ID, d.limits.CodeWindow)
	}
	return a, nil
}

// manyCodes is how many wrong proofs within an hour their owner is told of:
// somebody else may have the password.
const manyCodes = 10

func (d *Directory) refusedProof(ctx context.Context, a accountRow, from Whence, now time.Time, why error) error {
	key := proofKey(a.ID)
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO attempts (account, address, at, ok) VALUES (?, ?, ?, 0)`, key, addressKey(from.Address), now); err != nil {
			return err
		}
		if _, err := d.ledger.Append(ctx, tx, now, "login.refused", map[string]any{"why": fault.Key(why), "address": from.Address.String(), "known": true,
			"person": a.ID, "name": a.Name, "controller": a.Controller}); err != nil {
			return err
		}
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM attempts WHERE account = ? AND ok = 0 AND at > ?`, key, now.Add(-time.Hour))
		if err != nil || n != manyCodes {
			return err
		}
		return d.entered(ctx, tx, a, "", "login.guessed", map[string]any{"times": n}, now)
	})
	if err != nil {
		return err
	}
	return why
}

// proofKey is what wrong proofs of an account are counted under.
func proofKey(person string) string { return digest("vidne proof " + person) }

// LogInByKey opens a session for whoever holds a passkey, without name or
// password. Refusals are fault.Denied: "login.passkey", "login.copied",
// "login.closed", "login.wait".
func (d *Directory) LogInByKey(ctx context.Context, answer Answer, old string, from Whence) (token string, p Person, err error) {
	now := d.clock.Now()
	wait, err := d.addressWaits(ctx, from, now)
	if err != nil {
		return "", p, err
	}
	if wait > 0 {
		return "", p, &waiting{fault.New(fault.Denied, "login.wait", "too many tries"), wait}
	}
	a, use, err := d.passkey(ctx, "", answer, now)
	if err == nil && a.Closed != 0 {
		err = fault.New(fault.Denied, "login.closed", "account %s is closed", a.ID)
	}
	if err == nil && a.Source != "" {
		err = fault.New(fault.Denied, "login.elsewhere", "%s logs in at %s", a.ID, a.Source)
	}
	if err != nil {
		if fault.Is(err, fault.Denied) {
			if err := d.refused(ctx, fault.Key(err), a.Login, a, a.ID != "", from, now); err != nil {
				return "", p, err
			}
		}
		return "", p, err
	}
	if p, err = a.person(); err != nil {
		return "", p, err
	}
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := use(tx); err != nil {
			return err
		}
		token, err = d.beginSession(ctx, tx, opening{person: p, old: old, from: from, key: true}, now)
		return err
	})
	if err != nil {
		return "", Person{}, err
	}
	return token, p, nil
}

// addressWaits is how long an address waits that has tried too much, whomever.
func (d *Directory) addressWaits(ctx context.Context, from Whence, now time.Time) (wait time.Duration, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		wait, err = d.wait(ctx, tx, "", from, now)
		return err
	})
	return wait, err
}
