package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Whence is where a request comes from.
type Whence struct {
	Address netip.Addr
	Agent   string // the browser's own words
}

// TryAgain is how long a refused log-in has to wait; 0 when it may be tried
// again at once.
func TryAgain(err error) time.Duration {
	var w *waiting
	if errors.As(err, &w) {
		return w.wait
	}
	return 0
}

type waiting struct {
	error
	wait time.Duration
}

func (w *waiting) Unwrap() error { return w.error }

// LogIn opens a session. old is the token that the browser brought, which is
// ended: a token is never kept across a log-in. Refusals are fault.Denied:
// "login.wrong" (name or password), "login.wait" (see [TryAgain]),
// "login.closed" is told only to whoever knows the password.
func (d *Directory) LogIn(ctx context.Context, login, password, old string, from Whence) (token string, p Person, err error) {
	login = fold(login)
	if len(login) > maxLogin || len(password) > LongestPassword {
		login, password = "", "" // the same work as any other wrong guess
	}
	now := d.clock.Now()
	account, known, wait, err := d.look(ctx, login, from, now)
	if err != nil {
		return "", p, err
	}
	if wait > 0 {
		if err := d.refused(ctx, "login.wait", login, account, known, from, now); err != nil {
			return "", p, err
		}
		return "", p, &waiting{fault.New(fault.Denied, "login.wait", "too many tries"), wait}
	}
	hash := d.decoy
	own := known && account.Source == "" // nobody else's password is known here
	if own {
		hash = account.Hash
	}
	ok, stale, err := d.matches(ctx, hash, password)
	if err != nil {
		return "", p, err
	}
	if (!ok || !own) && d.elsewhere != nil {
		return d.logInElsewhere(ctx, login, password, old, account, own, from, now)
	}
	if !ok || !own {
		if err := d.refused(ctx, "login.wrong", login, account, known, from, now); err != nil {
			return "", p, err
		}
		return "", p, fault.New(fault.Denied, "login.wrong", "unknown name or wrong password")
	}
	if account.Closed != 0 {
		if err := d.refused(ctx, "login.closed", login, account, known, from, now); err != nil {
			return "", p, err
		}
		return "", p, fault.New(fault.Denied, "login.closed", "account %s is closed", account.ID)
	}
	if p, err = account.person(); err != nil {
		return "", p, err
	}
	var renewed string
	if stale {
		if renewed, err = d.hash(ctx, password); err != nil {
			return "", p, err
		}
	}
	token, err = d.begin(ctx, opening{person: p, renewed: renewed, old: old, from: from}, now)
	return token, p, err
}

// look finds the account and how long this address has to wait.
func (d *Directory) look(ctx context.Context, login string, from Whence, now time.Time) (a accountRow, known bool, wait time.Duration, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		a, err = db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE login = ?`, login)
		known = err == nil
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		wait, err = d.wait(ctx, tx, accountKey(login), from, now)
		return err
	})
	return a, known, wait, err
}

type tally struct {
	N    int64
	Last int64
}

// wait says how long this address must wait before it may try this account.
// What is slowed is always the pair: nobody else's guesses can keep a person
// out for good.
func (d *Directory) wait(ctx context.Context, tx *db.Tx, key string, from Whence, now time.Time) (time.Duration, error) {
	l, addr := d.limits, addressKey(from.Address)
	const sum = `SELECT COUNT(*) AS n, COALESCE(MAX(at), 0) AS last FROM attempts WHERE `
	lastOK, err := db.One[int64](ctx, tx, `SELECT COALESCE(MAX(at), 0) FROM attempts WHERE account = ? AND address = ? AND ok = 1 AND at > ?`, key, addr, now.Add(-l.Known))
	if err != nil {
		return 0, err
	}
	since := max(lastOK, db.Micros(now.Add(-l.PairLongest)))
	pair, err := db.One[tally](ctx, tx, sum+`account = ? AND address = ? AND ok = 0 AND at > ?`, key, addr, since)
	if err != nil {
		return 0, err
	}
	free := int64(l.PairFree)
	if lastOK == 0 { // an address that this person has not used: is the account under attack?
		all, err := db.One[tally](ctx, tx, sum+`account = ? AND ok = 0 AND at > ?`, key, now.Add(-l.AccountWindow))
		if err != nil {
			return 0, err
		}
		if all.N >= int64(l.AccountFree) {
			free = 1
		}
	}
	var wait time.Duration
	if pair.N >= free {
		w := l.PairWait
		for i := free; i < pair.N && w < l.PairLongest; i++ {
			w *= 2
		}
		wait = db.Time(pair.Last).Add(min(w, l.PairLongest)).Sub(now)
	}
	spray, err := db.One[tally](ctx, tx, sum+`address = ? AND ok = 0 AND at > ?`, addr, now.Add(-l.AddressWindow))
	if err != nil {
		return 0, err
	}
	if spray.N >= int64(l.AddressFree) {
		wait = max(wait, db.Time(spray.Last).Add(l.AddressWait).Sub(now))
	}
	return max(wait, 0), nil
}

// refused writes a try that was not let in. A name that is no account's is not
// written down: people type passwords into the wrong field. A try that was
// not even looked at does not count towards the next wait.
func (d *Directory) refused(ctx context.Context, why, login string, a accountRow, known bool, from Whence, now time.Time) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if why != "login.wait" {
			if err := d.count(ctx, tx, accountKey(login), from, now); err != nil {
				return err
			}
		}
		return d.refusal(ctx, tx, why, a, known, from, now)
	})
}

// count notes a try that failed, or is about to be made elsewhere.
func (d *Directory) count(ctx context.Context, tx *db.Tx, key string, from Whence, now time.Time) error {
	if _, err := tx.Exec(ctx, `INSERT INTO attempts (account, address, at, ok) VALUES (?, ?, ?, 0)`, key, addressKey(from.Address), now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM attempts WHERE at < ?`, now.Add(-d.limits.Known))
	return err
}

// refusal enters in the ledger that somebody was not let in.
func (d *Directory) refusal(ctx context.Context, tx *db.Tx, why string, a accountRow, known bool, from Whence, now time.Time) error {
	body := map[string]any{"why": why, "address": from.Address.String(), "known": known}
	if known {
		body["person"], body["name"], body["controller"] = a.ID, a.Name, a.Controller
	}
	_, err := d.ledger.Append(ctx, tx, now, "login.refused", body)
	return err
}

func accountKey(login string) string { return digest("vidne login " + login) }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// addressKey is the address as one party holds it: an IPv6 customer has a /64.
func addressKey(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
