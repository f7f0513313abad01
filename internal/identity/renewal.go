package identity

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

const (
	// RenewalFor is how long a code for a new password can be used.
	RenewalFor = 30 * time.Minute
	// FirstFor is how long the code of a new account can be used: it is handed
	// over, and its owner may not be at work today.
	FirstFor = 3 * 24 * time.Hour
	// renewalBytes is how much of a code is chance: 80 bits in 16 letters, which
	// a bare hash keeps well enough for as long as it lasts.
	renewalBytes = 10
	// renewalPause is how long it takes until a person can have another code
	// sent to themselves, so that nobody can flood their mail.
	renewalPause = 5 * time.Minute
)

// Renewal is what a code for a new password opens: whose account it is, and
// what is asked for beside the new password.
type Renewal struct {
	Person Person
	Asks   Asks
	Ends   time.Time
}

type renewalRow struct {
	Code, Account, Asker, Reason string
	Made, Ends, Guesses          int64
}

// Post sends a code to a person's mail address, in the transaction that makes
// it. self says that they asked for it themselves.
type Post func(ctx context.Context, tx *db.Tx, p Person, code string, self bool, ends time.Time) error

// PostWith says how codes are sent. It is to be called before anything is
// served; without it none are.
func (d *Directory) PostWith(p Post) { d.post = p }

// CanPost reports whether codes can be sent by mail.
func (d *Directory) CanPost() bool { return d.post != nil }

// Forgot notes that somebody at an address says that they are login and have
// forgotten their password. All names are answered alike and cost the same:
// whose it is is looked up afterwards, by [Directory.SendCodes].
// fault.Denied "login.wait" (see [TryAgain]), fault.Unavailable
// "renewal.unsent" where no mail is sent.
func (d *Directory) Forgot(ctx context.Context, login string, from Whence) error {
	if d.post == nil {
		return fault.New(fault.Unavailable, "renewal.unsent", "no codes are sent from here")
	}
	login = fold(login)
	if len(login) > maxLogin {
		login = ""
	}
	now, key := d.clock.Now(), renewalKey(login)
	if err := d.mayRenew(ctx, key, from, now); err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if err := d.count(ctx, tx, key, from, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO forgotten (id, login, address, asked) VALUES (?, ?, ?, ?)`, db.NewID(), login, from.Address.String(), now)
		return err
	})
}

// SendCodes sends a code to whoever asked for one and can have it: an open
// account of ours that has a mail address and a second factor, which the code
// does not stand in for. What was asked for in vain is entered with the reason.
// It is to be called every few seconds.
func (d *Directory) SendCodes(ctx context.Context) error {
	now := d.clock.Now()
	type asked struct{ ID, Login, Address string }
	var waiting []asked
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		waiting, err = db.All[asked](ctx, tx, `SELECT id, login, address FROM forgotten ORDER BY asked, id LIMIT 100`)
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if err := d.db.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `DELETE FROM forgotten WHERE id = ?`, w.ID)
			if err != nil || n == 0 { // another machine has it
				return err
			}
			return d.answerForgotten(ctx, tx, w.Login, w.Address, now)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) answerForgotten(ctx context.Context, tx *db.Tx, login, address string, now time.Time) error {
	a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE login = ? AND closed = 0`, login)
	if fault.Is(err, fault.NotFound) {
		_, err := d.ledger.Append(ctx, tx, now, "password.forgotten", map[string]any{"address": address, "sent": false, "why": "unknown"})
		return err
	}
	if err != nil {
		return err
	}
	why, err := d.unsendable(ctx, tx, a, now)
	if err != nil {
		return err
	}
	if _, err := d.ledger.Append(ctx, tx, now, "password.forgotten", map[string]any{
		"person": a.ID, "name": a.Name, "controller": a.Controller, "address": address, "sent": why == "", "why": why}); err != nil || why != "" {
		return err
	}
	return d.sendCode(ctx, tx, a, "", "", now)
}

// unsendable is why a person cannot have a code sent by asking for it; empty
// when they can.
func (d *Directory) unsendable(ctx context.Context, tx *db.Tx, a accountRow, now time.Time) (why string, err error) {
	f, err := d.factors(ctx, tx, a)
	if err != nil {
		return "", err
	}
	last, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(made), 0) FROM renewals WHERE account = ?`, a.ID)
	switch {
	case err != nil:
		return "", err
	case a.Source != "":
		return "elsewhere", nil
	case a.Email == "":
		return "nomail", nil
	case !f.Any():
		return "nofactor", nil
	case last > db.Micros(now.Add(-renewalPause)):
		return "recent", nil
	}
	return "", nil
}

// OfferRenewal has a code sent to an account's owner, by somebody else and for
// a reason. Who asks never sees it. fault.Denied "renewal.own",
// "login.elsewhere"; fault.Invalid "renewal.nomail"; fault.Unavailable
// "renewal.unsent".
func (d *Directory) OfferRenewal(ctx context.Context, account, asker, reason string) error {
	switch {
	case account == asker:
		return fault.New(fault.Denied, "renewal.own", "%s asks for themselves", asker)
	case d.post == nil:
		return fault.New(fault.Unavailable, "renewal.unsent", "no codes are sent from here")
	}
	now := d.clock.Now()
	return d.change(ctx, account, asker, "password.offered", map[string]any{"reason": reason}, func(tx *db.Tx, a accountRow) error {
		if err := renewable(a); err != nil {
			return err
		}
		if a.Email == "" {
			return fault.New(fault.Invalid, "renewal.nomail", "%s has no mail address", account)
		}
		return d.sendCode(ctx, tx, a, asker, reason, now)
	})
}

// RenewalByHand makes a code that lasts so long, for whoever stands at the
// server's own command line: the first of a new account, or that of a person
// who has no mail address.
func (d *Directory) RenewalByHand(ctx context.Context, account, reason string, lasts time.Duration) (code string, err error) {
	const by = "command line"
	now := d.clock.Now()
	err = d.change(ctx, account, by, "password.offered", map[string]any{"reason": reason}, func(tx *db.Tx, a accountRow) error {
		if err := renewable(a); err != nil {
			return err
		}
		code, err = newRenewal(ctx, tx, renewalRow{Account: a.ID, Asker: by, Reason: reason}, now, lasts)
		return err
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

func renewable(a accountRow) error {
	if a.Source != "" {
		return fault.New(fault.Denied, "login.elsewhere", "%s has their password at %s", a.ID, a.Source)
	}
	return nil
}

func (d *Directory) sendCode(ctx context.Context, tx *db.Tx, a accountRow, asker, reason string, now time.Time) error {
	code, err := newRenewal(ctx, tx, renewalRow{Account: a.ID, Asker: asker, Reason: reason}, now, RenewalFor)
	if err != nil {
		return err
	}
	p, err := a.person()
	if err != nil {
		return err
	}
	return d.post(ctx, tx, p, code, asker == "", now.Add(RenewalFor))
}

// newRenewal makes a code. Those before it, of the same account, are over.
func newRenewal(ctx context.Context, tx *db.Tx, r renewalRow, now time.Time, lasts time.Duration) (code string, err error) {
	c := letters.EncodeToString(random(renewalBytes))
	if err := endRenewals(ctx, tx, r.Account); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO renewals (code, account, asker, reason, made, ends, guesses) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		renewalHash(c), r.Account, r.Asker, r.Reason, now, now.Add(lasts))
	return c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:], err
}

// endRenewals ends the codes of an account: another was made, one was used, or
// what the account is reached or kept by was changed.
func endRenewals(ctx context.Context, tx *db.Tx, account string) error {
	_, err := tx.Exec(ctx, `DELETE FROM renewals WHERE account = ?`, account)
	return err
}

// Renewal is what a code opens. fault.Denied "renewal.wrong" for a code that is
// unknown, used or over, "login.wait" (see [TryAgain]).
func (d *Directory) Renewal(ctx context.Context, code string, from Whence) (r Renewal, err error) {
	row, a, err := d.renewal(ctx, code, from, d.clock.Now())
	if err != nil {
		return r, err
	}
	if r.Person, err = a.person(); err != nil {
		return r, err
	}
	r.Ends = db.Time(row.Ends)
	r.Asks, err = d.Asked(ctx, r.Person)
	r.Asks.Password = false // it is what was forgotten
	return r, err
}

func (d *Directory) renewal(ctx context.Context, code string, from Whence, now time.Time) (r renewalRow, a accountRow, err error) {
	key := renewalKey("")
	if err := d.mayRenew(ctx, key, from, now); err != nil {
		return r, a, err
	}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		if r, err = db.One[renewalRow](ctx, tx, `SELECT * FROM renewals WHERE code = ? AND ends > ? AND made <= ?`, renewalHash(plainRecovery(code)), now, now); err != nil {
			return err
		}
		a, err = db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, r.Account)
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		return r, a, err
	}
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := d.count(ctx, tx, key, from, now); err != nil {
			return err
		}
		return d.refusal(ctx, tx, "renewal.wrong", accountRow{}, false, from, now)
	})
	if err == nil {
		err = wrongRenewal()
	}
	return r, a, err
}

func wrongRenewal() error {
	return fault.New(fault.Denied, "renewal.wrong", "no code for a new password, or one that is used or over")
}

// Renew gives the account of a code a new password, once. A second factor that
// the account has is asked for all the same; too many wrong ones end the code.
// Nobody is logged in by it: all sessions of the account end, and its owner is
// told. Refusals are those of [Directory.Renewal], [Directory.Second] and
// [CheckPassword].
func (d *Directory) Renew(ctx context.Context, code, password string, p Proof, from Whence) error {
	now := d.clock.Now()
	r, a, err := d.renewal(ctx, code, from, now)
	if err != nil {
		return err
	}
	if err := CheckPassword(a.Login, password); err != nil {
		return err
	}
	f, err := d.Factors(ctx, a.ID)
	if err != nil {
		return err
	}
	use := func(*db.Tx) error { return nil }
	if f.Any() {
		if use, err = d.provenForRenewal(ctx, a, p, from, now); err != nil {
			if fault.Is(err, fault.Denied) && counts(err) {
				if err := d.guessedRenewal(ctx, r.Code); err != nil {
					return err
				}
			}
			return err
		}
	}
	hash, err := d.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM renewals WHERE code = ?`, r.Code)
		if err != nil {
			return err
		}
		if n == 0 { // used a moment ago
			return wrongRenewal()
		}
		if err := use(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE accounts SET hash = ?, changed = ? WHERE id = ?`, hash, now, a.ID); err != nil {
			return err
		}
		if _, err := d.endOthers(ctx, tx, a, "", "a new password was chosen", now); err != nil {
			return err
		}
		return d.entered(ctx, tx, a, a.ID, "password.renewed", map[string]any{"asker": r.Asker, "reason": r.Reason, "address": from.Address.String()}, now)
	})
}

// provenForRenewal checks the second factor that the account has. A passkey's
// challenge was given to nobody by name: whoever types a code is not known to the
// browser's script. The key has to be the account's own.
func (d *Directory) provenForRenewal(ctx context.Context, a accountRow, p Proof, from Whence, now time.Time) (use func(*db.Tx) error, err error) {
	if p.Key.Response == "" {
		return d.proven(ctx, a.ID, p, false, from, now)
	}
	if _, err := d.mayTry(ctx, a.ID, p, from, now); err != nil {
		return nil, err
	}
	holder, use, err := d.passkey(ctx, "", p.Key, now)
	if err == nil && holder.ID != a.ID {
		err = fault.New(fault.Denied, "login.passkey", "a passkey of %s for %s", holder.ID, a.ID)
	}
	if fault.Is(err, fault.Denied) {
		err = d.refusedProof(ctx, a, from, now, err)
	}
	return use, err
}

// guessedRenewal counts a wrong second factor with a code and ends the code
// when there were too many.
func (d *Directory) guessedRenewal(ctx context.Context, code string) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE renewals SET guesses = guesses + 1 WHERE code = ?`, code); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM renewals WHERE code = ? AND guesses >= ?`, code, int64(d.limits.HalfGuesses))
		return err
	})
}

// mayRenew refuses an address that has to wait.
func (d *Directory) mayRenew(ctx context.Context, key string, from Whence, now time.Time) error {
	var wait time.Duration
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		wait, err = d.wait(ctx, tx, key, from, now)
		return err
	})
	if err == nil && wait > 0 {
		err = &waiting{fault.New(fault.Denied, "login.wait", "too many tries"), wait}
	}
	return err
}

// renewalKey is what is counted of those who ask for a code as login, and with
// no login of those who guess a code.
func renewalKey(login string) string { return digest("vidne renewal of " + login) }

func renewalHash(code string) string { return digest("vidne renewal " + code) }
