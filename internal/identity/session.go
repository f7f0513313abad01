package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Session is one browser that is logged in.
type Session struct {
	ID      string
	Person  Person
	Began   time.Time
	Seen    time.Time
	Address string
	Agent   string
	// Ends is when it ends by itself if nothing more is done, Last when it ends
	// whatever is done.
	Ends, Last time.Time
	// Strong: the outside source itself asked for a second factor.
	Strong bool
	// Half is what it still lacks; a session that lacks anything opens nothing
	// but the page where that is made good.
	Half Half
	// Proved is when the person last proved who they are: at log-in, or when
	// they were asked again.
	Proved time.Time
	// confirmed is when an outside source last stood by the person, lasts until
	// when the session holds without that; zero when it is the other.
	confirmed, lasts time.Time
}

// touchEvery is how exact the idle time is, against a write at every request.
const touchEvery = 20 * time.Second

type sessionRow struct {
	Token, ID, Account, Address, Agent string
	Began, Seen, Ended                 int64
	Confirmed, Lasts, Proved, Guesses  int64
	Strong                             bool
	Half                               Half
}

// opening is what a session is begun with.
type opening struct {
	person  Person
	renewed string // the password's hash under today's parameters, when it has others
	old     string // the token that the browser brought
	from    Whence
	outside *Outside // who vouches for the person; nil: we ourselves
	key     bool     // a passkey opened it: it is two factors in one
}

func (d *Directory) begin(ctx context.Context, o opening, now time.Time) (token string, err error) {
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		token, err = d.beginSession(ctx, tx, o, now)
		return err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func (d *Directory) beginSession(ctx context.Context, tx *db.Tx, o opening, now time.Time) (string, error) {
	token := newToken()
	p := o.person
	if o.renewed != "" {
		if _, err := tx.Exec(ctx, `UPDATE accounts SET hash = ? WHERE id = ?`, o.renewed, p.ID); err != nil {
			return "", err
		}
	}
	if o.old != "" {
		if _, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE token = ? AND ended = 0`, now, tokenHash(o.old)); err != nil {
			return "", err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE began < ?`, now.Add(-30*24*time.Hour)); err != nil {
		return "", err
	}
	row := sessionRow{ID: db.NewID()}
	body := map[string]any{
		"person": p.ID, "name": p.Name, "controller": p.Controller, "address": o.from.Address.String(), "session": row.ID}
	if o.outside != nil {
		row.Confirmed, row.Strong = db.Micros(o.outside.At), o.outside.Strong
		if !o.outside.Until.IsZero() {
			row.Lasts = db.Micros(o.outside.Until)
		}
		body["source"], body["subject"] = o.outside.Source, o.outside.Subject
	}
	var err error
	if row.Half, err = d.lacks(ctx, tx, o); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO sessions (token, id, account, began, seen, address, agent, ended, confirmed, lasts, strong, half, proved, guesses)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 0)`,
		tokenHash(token), row.ID, p.ID, now, now, o.from.Address.String(), clip(o.from.Agent, 300), row.Confirmed, row.Lasts, row.Strong, row.Half, now); err != nil {
		return "", err
	}
	if row.Half != Whole { // an address is known when somebody came all the way in from it
		_, err := d.ledger.Append(ctx, tx, now, "login.half", body)
		return token, err
	}
	if err := arrived(ctx, tx, p.triesKey(), o.from, now); err != nil {
		return "", err
	}
	_, err = d.ledger.Append(ctx, tx, now, "login", body)
	return token, err
}

// arrived notes that somebody came in from an address.
func arrived(ctx context.Context, tx *db.Tx, key string, from Whence, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO attempts (account, address, at, ok) VALUES (?, ?, ?, 1)`, key, addressKey(from.Address), now)
	return err
}

func newToken() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// Session finds the session of a token and whose it is. active says that a
// person did something: a picture that plays by itself keeps nobody logged in.
// A token that is unknown, ended, idle for too long or too old, or whose
// account is closed, is fault.Denied "session.ended". One that its source has
// not confirmed for [ShutOutWithin] is fault.Denied "session.unconfirmed", one
// that lacks its second step "session.half" (see [Directory.HalfSession]).
func (d *Directory) Session(ctx context.Context, token string, active bool) (s Session, err error) {
	if token == "" || len(token) > 100 {
		return s, fault.New(fault.Denied, "session.none", "no session")
	}
	if s, err = d.find(ctx, `SELECT * FROM sessions WHERE token = ?`, tokenHash(token), active); err != nil {
		return Session{}, err
	}
	if s.Half != Whole {
		return Session{}, fault.New(fault.Denied, "session.half", "session %s lacks its %s", s.ID, s.Half)
	}
	return s, nil
}

// SessionNow is a session by its id, as it stands, for what was begun under it
// and goes on: its token may have been changed since. Errors are those of
// [Directory.Session].
func (d *Directory) SessionNow(ctx context.Context, id string) (s Session, err error) {
	if s, err = d.find(ctx, `SELECT * FROM sessions WHERE id = ?`, id, false); err != nil {
		return Session{}, err
	}
	if s.Half != Whole {
		return Session{}, fault.New(fault.Denied, "session.half", "session %s lacks its %s", s.ID, s.Half)
	}
	return s, nil
}

func (d *Directory) find(ctx context.Context, query, by string, active bool) (s Session, err error) {
	now := d.clock.Now()
	var row sessionRow
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		if row, err = db.One[sessionRow](ctx, tx, query, by); err != nil {
			return err
		}
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, row.Account)
		if err != nil {
			return err
		}
		s, err = d.session(row, a)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return s, fault.New(fault.Denied, "session.ended", "unknown token")
	}
	if err != nil {
		return s, err
	}
	if s.Person.Source != "" && s.lasts.IsZero() && row.Ended != 0 && db.Time(row.Ended).Sub(s.confirmed) >= ShutOutWithin {
		return Session{}, unconfirmed(s)
	}
	if row.Ended == 0 && !now.Before(s.Ends) {
		if err := d.stayOver(ctx, row, s.Ends); err != nil {
			return Session{}, err
		}
	}
	if row.Ended != 0 || s.Person.Closed || !now.Before(s.Ends) || now.Before(s.Began) || now.Before(s.Seen.Add(-clockSlack)) {
		return Session{}, fault.New(fault.Denied, "session.ended", "session %s is over", s.ID)
	}
	if s.Person.Source != "" && s.lasts.IsZero() && (now.Sub(s.confirmed) >= ShutOutWithin || now.Before(s.confirmed)) {
		return Session{}, unconfirmed(s)
	}
	if active && now.Sub(s.Seen) >= touchEvery {
		if err := d.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sessions SET seen = ? WHERE token = ? AND ended = 0`, now, row.Token)
			return err
		}); err != nil {
			return Session{}, err
		}
		s.Seen = now
		s.Ends = d.ends(s)
	}
	return s, nil
}

// clockSlack is how far a clock may be set back under an open session.
const clockSlack = time.Minute

// stayOver writes down that a session's time is up, so that it stays over when
// the clock is turned back.
func (d *Directory) stayOver(ctx context.Context, row sessionRow, at time.Time) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE token = ? AND ended = 0 AND seen = ?`, at, row.Token, row.Seen)
		return err
	})
}

func unconfirmed(s Session) error {
	return fault.New(fault.Denied, "session.unconfirmed", "session %s has not been confirmed since %v", s.ID, s.confirmed)
}

func (d *Directory) session(row sessionRow, a accountRow) (Session, error) {
	p, err := a.person()
	s := Session{ID: row.ID, Person: p, Began: db.Time(row.Began), Seen: db.Time(row.Seen), Address: row.Address, Agent: row.Agent, Strong: row.Strong, Half: row.Half, Proved: db.Time(row.Proved)}
	if row.Confirmed != 0 {
		s.confirmed = db.Time(row.Confirmed)
	}
	if row.Lasts != 0 {
		s.lasts = db.Time(row.Lasts)
	}
	s.Ends, s.Last = d.ends(s), s.Began.Add(d.limits.Absolute)
	if !s.lasts.IsZero() && s.lasts.Before(s.Last) {
		s.Last = s.lasts
	}
	return s, err
}

func (d *Directory) ends(s Session) time.Time {
	idle, absolute := s.Seen.Add(d.limits.Idle), s.Began.Add(d.limits.Absolute)
	ends := idle
	if s.Half == HalfCode || s.Half == HalfSetUp {
		absolute = s.Began.Add(halfFor)
	}
	for _, t := range []time.Time{absolute, s.lasts} {
		if !t.IsZero() && t.Before(ends) {
			ends = t
		}
	}
	return ends
}

// Sessions lists a person's open sessions, newest first.
func (d *Directory) Sessions(ctx context.Context, person string) (open []Session, err error) {
	now := d.clock.Now()
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		open = open[:0]
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, person)
		if err != nil {
			return err
		}
		rows, err := db.All[sessionRow](ctx, tx, `SELECT * FROM sessions WHERE account = ? AND ended = 0 AND half IN ('', 'locked') ORDER BY began DESC, id`, person)
		if err != nil {
			return err
		}
		for _, r := range rows {
			s, err := d.session(r, a)
			if err != nil {
				return err
			}
			if now.Before(s.Ends) {
				open = append(open, s)
			}
		}
		return nil
	})
	return open, err
}

// End ends one of the person's own sessions. Another's is fault.NotFound.
func (d *Directory) End(ctx context.Context, person, session, why string) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE id = ? AND account = ? AND ended = 0`, now, session, person)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "session.unknown", "no open session %s of %s", session, person)
		}
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, person)
		if err != nil {
			return err
		}
		_, err = d.ledger.Append(ctx, tx, now, "logout", map[string]any{"person": person, "name": a.Name, "controller": a.Controller, "session": session, "why": why})
		return err
	})
}

// Cookie carries a token. Behind TLS its name begins with __Host-, so that no
// neighbour can set it; on loopback without TLS browsers refuse that name.
// SameSite is Lax, not Strict: an address sent to a colleague must open for
// whoever is logged in; posts from elsewhere are refused by their origin.
func Cookie(token string, tls bool) *http.Cookie {
	c := &http.Cookie{
		Name: CookieName(tls), Value: token, Path: "/", HttpOnly: true, Secure: tls, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// CookieName is the name of the session's cookie.
func CookieName(tls bool) string {
	if tls {
		return "__Host-vidne"
	}
	return "vidne"
}

func tokenHash(token string) string { return digest(token) }

func clip(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
