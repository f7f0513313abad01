package identity

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Outside is a person whom an outside source vouches for: a directory, or an
// organisation's own log-in.
type Outside struct {
	Source  string // the source's name with us, such as "directory:lindeby"
	Subject string // what the source calls the person for ever: objectGUID, sub, NameID
	Login   string // the name they log in with there, complete with its domain
	Name    string
	Email   string // may be empty, and is left out when it is no address
	// Controller and Roles are what the source's groups were mapped to.
	Controller string
	Roles      []string
	Strong     bool      // the source itself asked for a second factor
	At         time.Time // when the source said so; zero is now
	// Until ends the session whatever is done. Zero is for a source that can be
	// asked again: the session then lasts like any other, as long as [Directory.Recheck]
	// confirms it.
	Until time.Time
}

// NeverOutside is the role that no outside group gives: whoever looks at
// footage is named person by person, on a form (H 5.1, H 5.2).
const NeverOutside = "operator"

// emergency is the role of accounts under seal, for when nothing outside
// answers: it comes from nowhere outside either.
const emergency = "break-glass"

// Admit opens a session for somebody whom an outside source vouches for. The
// account is found by source and subject, never by login name or e-mail: a
// name that the source gives to somebody else is somebody else here, and a
// person who is renamed there keeps the account. What the source says of name,
// login, e-mail and roles is taken over each time.
//
// old is the token that the browser brought, which is ended. Refusals are
// fault.Denied: "login.closed", "login.rightless" (no role follows from the
// source's groups), "login.taken" (an account of another source, or one of our
// own, has the login name), "login.stale" (the source's word is too old).
func (d *Directory) Admit(ctx context.Context, o Outside, old string, from Whence) (token string, p Person, err error) {
	now := d.clock.Now()
	if o.At.IsZero() {
		o.At = now
	}
	if o, err = o.checked(); err != nil {
		return "", p, err
	}
	var a accountRow
	known := false
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if a, err = d.outside(ctx, tx, o.Source, o.Subject); err == nil {
			known = true
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		switch {
		case known && a.Closed != 0:
			return fault.New(fault.Denied, "login.closed", "account %s is closed", a.ID)
		case len(o.Roles) == 0:
			return fault.New(fault.Denied, "login.rightless", "no role follows from the groups")
		case now.Sub(o.At) >= ShutOutWithin || o.At.After(now) || (!o.Until.IsZero() && !now.Before(o.Until)):
			return fault.New(fault.Denied, "login.stale", "the source's word of %v is too old at %v", o.At, now)
		}
		if p, err = d.take(ctx, tx, a, known, o, now); err != nil {
			return err
		}
		token, err = d.beginSession(ctx, tx, opening{person: p, old: old, from: from, outside: &o}, now)
		return err
	})
	if err == nil {
		return token, p, nil
	}
	if fault.Is(err, fault.Denied) {
		if !known { // the source says who it is, and the log may say so too
			a, known = accountRow{Name: o.Name, Controller: o.Controller}, true
		}
		err = d.turnedAway(ctx, err, a, known, from, now)
	}
	return "", Person{}, err
}

// EndOutside ends the sessions of a person because the source says so (a
// log-out there). Nobody of that name is no error.
func (d *Directory) EndOutside(ctx context.Context, source, subject, why string) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		a, err := d.outside(ctx, tx, source, subject)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return d.shut(ctx, tx, a, why, now)
	})
}

func (d *Directory) outside(ctx context.Context, tx *db.Tx, source, subject string) (accountRow, error) {
	return db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE source = ? AND subject = ?`, source, subject)
}

// checked is what the source says, in the form that we keep, or fault.Invalid:
// a source that cannot say who somebody is lets nobody in.
func (o Outside) checked() (Outside, error) {
	o.Login, o.Name = fold(o.Login), tidy(o.Name)
	if o.Source == "" || o.Subject == "" || o.Login == "" || len(o.Login) > maxLogin || o.Name == "" || o.Controller == "" ||
		strings.ContainsFunc(o.Login, unprintable) || len(o.Subject) > maxSubject {
		return o, fault.New(fault.Invalid, "account.incomplete", "source %q does not say who %q is", o.Source, o.Subject)
	}
	if CheckEmail(o.Email) != nil {
		o.Email = ""
	}
	o.Roles = rolesOutside(o.Roles)
	return o, nil
}

// rolesOutside is the roles that an outside source may give, each once.
func rolesOutside(roles []string) []string {
	roles = slices.Clone(roles)
	slices.Sort(roles)
	return slices.DeleteFunc(slices.Compact(roles), func(r string) bool { return r == NeverOutside || r == emergency || r == "" })
}

// take makes the account or brings it up to what the source says.
func (d *Directory) take(ctx context.Context, tx *db.Tx, a accountRow, known bool, o Outside, now time.Time) (Person, error) {
	if err := d.freeLogin(ctx, tx, a.ID, o, now); err != nil {
		return Person{}, err
	}
	roles, err := json.Marshal(o.Roles)
	if err != nil {
		return Person{}, fault.As(fault.Internal, "", err)
	}
	if !known {
		a = accountRow{ID: db.NewID(), Login: o.Login, Name: o.Name, Controller: o.Controller, Roles: string(roles), Language: "da", Email: o.Email,
			Source: o.Source, Subject: o.Subject, Created: db.Micros(now), Changed: db.Micros(now)}
		if _, err := tx.Exec(ctx, `INSERT INTO accounts (id, login, name, controller, roles, language, email, hash, created, changed, closed, source, subject)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?, ?)`, a.ID, a.Login, a.Name, a.Controller, a.Roles, a.Language, a.Email, now, now, a.Source, a.Subject); err != nil {
			return Person{}, err
		}
		if _, err := d.ledger.Append(ctx, tx, now, "account.created", map[string]any{
			"person": a.ID, "name": a.Name, "controller": a.Controller, "roles": o.Roles, "by": o.Source, "source": o.Source, "subject": o.Subject}); err != nil {
			return Person{}, err
		}
		return a.person()
	}
	if a.Controller != o.Controller {
		return Person{}, fault.New(fault.Denied, "login.controller", "account %s is of controller %s, not %s", a.ID, a.Controller, o.Controller)
	}
	if a.Login == o.Login && a.Name == o.Name && a.Email == o.Email && a.Roles == string(roles) {
		return a.person()
	}
	body := map[string]any{"person": a.ID, "name": o.Name, "controller": a.Controller, "by": o.Source}
	if a.Name != o.Name {
		body["was"] = a.Name
	}
	if a.Roles != string(roles) {
		body["roles"], body["before"] = o.Roles, json.RawMessage(a.Roles)
	}
	a.Login, a.Name, a.Email, a.Roles = o.Login, o.Name, o.Email, string(roles)
	if _, err := tx.Exec(ctx, `UPDATE accounts SET login = ?, name = ?, email = ?, roles = ?, changed = ? WHERE id = ?`,
		a.Login, a.Name, a.Email, a.Roles, now, a.ID); err != nil {
		return Person{}, err
	}
	if _, err := d.ledger.Append(ctx, tx, now, "account.changed", body); err != nil {
		return Person{}, err
	}
	return a.person()
}

// freeLogin sees to it that nobody but the account id has the login name. A
// source says itself who has a name of its own: whoever had it before loses
// it, and keeps the account. A name of anybody else's is not taken over.
func (d *Directory) freeLogin(ctx context.Context, tx *db.Tx, id string, o Outside, now time.Time) error {
	other, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE login = ?`, o.Login)
	if fault.Is(err, fault.NotFound) || (err == nil && other.ID == id) {
		return nil
	}
	if err != nil {
		return err
	}
	if other.Source != o.Source {
		return fault.New(fault.Denied, "login.taken", "the login name of %s is that of account %s", o.Subject, other.ID)
	}
	_, err = tx.Exec(ctx, `UPDATE accounts SET login = ?, changed = ? WHERE id = ?`, formerly+other.ID, now, other.ID)
	return err
}

// formerly begins the login of an account whose name the source has given to
// somebody else. Nobody can type their way in with it: the account has no
// password.
const formerly = "formerly:"

// maxSubject is how long a source's own name of a person may be, in bytes:
// SAML allows 256 characters.
const maxSubject = 1024

// tidy is a name from outside on one line, of a length that fits a page.
func tidy(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || unprintable(r) }), " ")
	return clip(name, 200)
}

// unprintable are controls, and the marks that turn the order of writing: a
// name must not look like another's.
func unprintable(r rune) bool {
	return r < ' ' || (r >= 0x7f && r < 0xa0) || (r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) || r == 0xfeff || r == '\uFFFD'
}
