package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
	// Ends is when it ends by itself if nothing more is done.
	Ends time.Time
}

// touchEvery is how exact the idle time is, against a write at every request.
const touchEvery = 20 * time.Second

type sessionRow struct {
	Token, ID, Account, Address, Agent string
	Began, Seen, Ended                 int64
}

func (d *Directory) begin(ctx context.Context, p Person, login, renewed, old string, from Whence, now time.Time) (string, error) {
	var raw [32]byte
	rand.Read(raw[:])
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		if renewed != "" {
			if _, err := tx.Exec(ctx, `UPDATE accounts SET hash = ? WHERE id = ?`, renewed, p.ID); err != nil {
				return err
			}
		}
		if old != "" {
			if _, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE token = ? AND ended = 0`, now, tokenHash(old)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE began < ?`, now.Add(-30*24*time.Hour)); err != nil {
			return err
		}
		id := newID()
		if _, err := tx.Exec(ctx, `INSERT INTO sessions (token, id, account, began, seen, address, agent, ended) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
			tokenHash(token), id, p.ID, now, now, from.Address.String(), clip(from.Agent, 300)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO attempts (account, address, at, ok) VALUES (?, ?, ?, 1)`, accountKey(login), addressKey(from.Address), now); err != nil {
			return err
		}
		_, err := d.ledger.Append(ctx, tx, now, "login", map[string]any{
			"person": p.ID, "name": p.Name, "controller": p.Controller, "address": from.Address.String(), "session": id})
		return err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Session finds the session of a token and whose it is. active says that a
// person did something: a picture that plays by itself keeps nobody logged in.
// A token that is unknown, ended, idle for too long or too old, or whose
// account is closed, is fault.Denied "session.ended".
func (d *Directory) Session(ctx context.Context, token string, active bool) (s Session, err error) {
	if token == "" || len(token) > 100 {
		return s, fault.New(fault.Denied, "session.none", "no session")
	}
	now := d.clock.Now()
	var row sessionRow
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		if row, err = db.One[sessionRow](ctx, tx, `SELECT * FROM sessions WHERE token = ?`, tokenHash(token)); err != nil {
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
	if row.Ended != 0 || s.Person.Closed || !now.Before(s.Ends) || now.Before(s.Began) {
		return Session{}, fault.New(fault.Denied, "session.ended", "session %s is over", s.ID)
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

func (d *Directory) session(row sessionRow, a accountRow) (Session, error) {
	p, err := a.person()
	s := Session{ID: row.ID, Person: p, Began: db.Time(row.Began), Seen: db.Time(row.Seen), Address: row.Address, Agent: row.Agent}
	s.Ends = d.ends(s)
	return s, err
}

func (d *Directory) ends(s Session) time.Time {
	idle, absolute := s.Seen.Add(d.limits.Idle), s.Began.Add(d.limits.Absolute)
	if absolute.Before(idle) {
		return absolute
	}
	return idle
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
		rows, err := db.All[sessionRow](ctx, tx, `SELECT * FROM sessions WHERE account = ? AND ended = 0 ORDER BY began DESC, id`, person)
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

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func clip(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
