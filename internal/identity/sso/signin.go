package sso

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// Want is what a person wants of a sign-in.
type Want struct {
	Target string // where they go when it has succeeded; an address of ours
	Draft  string // a form that they were sending
	// Session is the session whose owner proves themselves again, so that the
	// provider must ask them anew; "" for a log-in.
	Session string
}

// Begun is a sign-in under way: what the browser is given to keep, and where
// it goes.
type Begun struct {
	Asked
	State   string
	Browser string // the secret that the browser keeps in a cookie
}

// Done is a sign-in that succeeded.
type Done struct {
	Want
	Vouched Vouched
}

type signinRow struct {
	State, Browser, Provider, Session, Target, Draft, Memory string
	Fresh                                                    bool
	Began                                                    time.Time
	Said                                                     string
}

// Begin asks a provider.
func (r *Room) Begin(ctx context.Context, provider string, w Want) (b Begun, err error) {
	p, err := r.Provider(provider)
	if err != nil {
		return b, err
	}
	b.State, b.Browser = secret(), secret()
	if b.Asked, err = p.Ask(ctx, Question{State: b.State, Fresh: w.Session != ""}); err != nil {
		return b, err
	}
	memory, err := json.Marshal(b.Memory)
	if err != nil {
		return b, fault.As(fault.Internal, "", err)
	}
	now := r.clock.Now()
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM signin_requests WHERE began <= ?`, now.Add(-AnswerWithin)); err != nil {
			return err
		}
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM signin_requests`)
		if err != nil {
			return err
		}
		if n >= MostUnderWay {
			return fault.New(fault.Unavailable, "sso.busy", "%d sign-ins are under way", n)
		}
		_, err = tx.Exec(ctx, `INSERT INTO signin_requests (state, browser, provider, session, target, draft, memory, fresh, began, said) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
			hash(b.State), hash(b.Browser), provider, w.Session, w.Target, w.Draft, string(memory), w.Session != "", now)
		return err
	})
	return b, err
}

// Hear judges an answer that comes without the browser's secret, as a form
// posted from the provider's page does, and keeps what it says until the same
// browser comes for it with [Room.Finish]. An answer is heard once.
func (r *Room) Hear(ctx context.Context, provider, state string, values url.Values, from identity.Whence) error {
	p, err := r.Provider(provider)
	if err != nil {
		return err
	}
	var row signinRow
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		row, err = r.find(ctx, tx, provider, state)
		return err
	})
	if err != nil {
		return err
	}
	v, err := r.judge(ctx, p, row, values)
	if err != nil {
		return r.refused(ctx, p, err, from)
	}
	said, err := json.Marshal(v)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		if err := r.once(ctx, tx, p, v); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE signin_requests SET said = ? WHERE state = ? AND said = ''`, string(said), hash(state))
		if err == nil && n == 0 {
			err = fault.New(fault.Denied, "sso.again", "a second answer to one question")
		}
		return err
	})
	if err != nil {
		return r.refused(ctx, p, err, from)
	}
	return nil
}

// Finish ends a sign-in: browser is the secret that the browser brought, values
// what it was sent back with, unless the answer was heard before. Whatever
// comes of it, the sign-in cannot be finished again.
func (r *Room) Finish(ctx context.Context, provider, state, browser string, values url.Values, from identity.Whence) (d Done, err error) {
	p, err := r.Provider(provider)
	if err != nil {
		return d, err
	}
	var row signinRow
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		if row, err = r.find(ctx, tx, provider, state); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(row.Browser), []byte(hash(browser))) != 1 {
			return fault.New(fault.Denied, "sso.browser", "the answer is for another browser")
		}
		_, err = tx.Exec(ctx, `DELETE FROM signin_requests WHERE state = ?`, row.State)
		return err
	})
	if fault.Key(err) == "sso.browser" {
		return d, r.refused(ctx, p, err, from)
	}
	if err != nil {
		return d, err
	}
	d.Want = Want{Target: row.Target, Draft: row.Draft, Session: row.Session}
	if row.Said != "" {
		if err := json.Unmarshal([]byte(row.Said), &d.Vouched); err != nil {
			return d, fault.As(fault.Corrupt, "sso.said", err)
		}
		return d, nil
	}
	if d.Vouched, err = r.judge(ctx, p, row, values); err != nil {
		return d, r.refused(ctx, p, err, from)
	}
	if err = r.db.Write(ctx, func(tx *db.Tx) error { return r.once(ctx, tx, p, d.Vouched) }); err != nil {
		return d, r.refused(ctx, p, err, from)
	}
	return d, nil
}

// find is the sign-in that a state names. One that there never was, one that is
// over and one with another provider are the same to whoever asks.
func (r *Room) find(ctx context.Context, tx *db.Tx, provider, state string) (signinRow, error) {
	row, err := db.One[signinRow](ctx, tx, `SELECT * FROM signin_requests WHERE state = ? AND provider = ?`, hash(state), provider)
	if fault.Is(err, fault.NotFound) || (err == nil && !r.clock.Now().Before(row.Began.Add(AnswerWithin))) {
		return row, fault.New(fault.Denied, "sso.state", "no sign-in with %s has this state", provider)
	}
	return row, err
}

func (r *Room) judge(ctx context.Context, p Provider, row signinRow, values url.Values) (v Vouched, err error) {
	a := Answer{Values: values, Fresh: row.Fresh, Began: row.Began}
	if err := json.Unmarshal([]byte(row.Memory), &a.Memory); err != nil {
		return v, fault.As(fault.Corrupt, "sso.memory", err)
	}
	v, err = p.Judge(ctx, a)
	v.Source = p.About().Source()
	return v, err
}

// once takes an answer unless it was taken before.
func (r *Room) once(ctx context.Context, tx *db.Tx, p Provider, v Vouched) error {
	if v.Once == "" {
		return nil
	}
	id := hash(p.About().Source() + " " + v.Once)
	if _, err := tx.Exec(ctx, `DELETE FROM signin_answers WHERE until < ?`, r.clock.Now()); err != nil {
		return err
	}
	switch _, err := db.One[string](ctx, tx, `SELECT id FROM signin_answers WHERE id = ?`, id); {
	case err == nil:
		return fault.New(fault.Denied, "sso.again", "an answer that was taken before")
	case !fault.Is(err, fault.NotFound):
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO signin_answers (id, until) VALUES (?, ?)`, id, v.OnceUntil)
	return err
}

// refused writes down that an answer was not taken, and returns why. Nothing
// of the answer is written: nobody has vouched for what it says.
func (r *Room) refused(ctx context.Context, p Provider, why error, from identity.Whence) error {
	if !fault.Is(why, fault.Denied) {
		return why
	}
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		_, err := r.ledger.Append(ctx, tx, r.clock.Now(), "signin.refused", map[string]any{
			"why": fault.Key(why), "provider": p.About().ID, "source": p.About().Source(), "address": from.Address.String()})
		return err
	})
	if err != nil {
		return errors.Join(why, err)
	}
	return why
}

// Older reports whether the person proved themselves there before they were
// asked to, allowing for the provider's clock.
func (a Answer) Older(proved time.Time) bool { return proved.Before(a.Began.Add(-Skew)) }

// secret is 256 bits that nobody can guess.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
