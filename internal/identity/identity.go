// Package identity knows who you are: local accounts, people whom an outside
// source vouches for, and sessions.
//
// What it promises: passwords are kept as argon2id and nothing else; of a
// session only the hash of its token is kept, so that a stolen table opens
// nothing; every log-in, refused log-in and log-out is an entry of the ledger
// in the transaction that makes it so; an unknown name costs the same work as
// a wrong password; rights are read at every request, so that a change or a
// closed account bites at once; guessing is slowed by account and address
// together, so that nobody can keep somebody else out (see [Limits]); whoever an
// outside source shuts out is out here within [ShutOutWithin], and so is
// everybody of a source that cannot be asked.
//
// What it refuses: short passwords, passwords that hold the name, sessions
// that have been idle or have lasted too long on the injected clock, and to
// tell which of name and password was wrong. It decides no rights: roles are
// words here, and internal/access gives them meaning.
package identity

import (
	"context"
	"embed"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where log-ins are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the rooms around give.
type Config struct {
	DB     *db.DB
	Ledger Ledger
	Clock  clock.Clock
	Work   Work   // zero: DefaultWork
	Limits Limits // zero: DefaultLimits
	// Elsewhere is asked about names that are no account of ours; nil: nobody is.
	Elsewhere Elsewhere
	// Key is what secrets of second factors are kept under; zero: there are none.
	Key [32]byte
	// BaseURL is how the portal is reached from outside: passkeys are bound to
	// its host. Empty, or an address in figures: there are none.
	BaseURL string
}

// Limits are how long sessions last and how guessing is slowed.
type Limits struct {
	Idle     time.Duration // a session without activity ends
	Absolute time.Duration // a session ends, active or not
	// Tries from one address against one account are free up to PairFree;
	// after that each waits PairWait, doubled up to PairLongest.
	PairFree              int
	PairWait, PairLongest time.Duration
	// After AccountFree failures within AccountWindow from addresses where this
	// account has never logged in, such an address has one free try at a time.
	// Addresses where the person has logged in within Known stay untouched.
	AccountFree          int
	AccountWindow, Known time.Duration
	// After AddressFree failures within AddressWindow against any accounts an
	// address waits AddressWait between tries.
	AddressFree                int
	AddressWindow, AddressWait time.Duration
	// A half session ends after HalfGuesses wrong codes. After CodeFree wrong
	// codes within CodeWindow an app's codes are taken from known addresses only:
	// whoever guesses has the password already, and six digits are few.
	HalfGuesses int
	CodeFree    int
	CodeWindow  time.Duration
}

// DefaultLimits are the limits in force: 15 minutes idle, 10 hours in all.
func DefaultLimits() Limits {
	return Limits{
		Idle: 15 * time.Minute, Absolute: 10 * time.Hour,
		PairFree: 5, PairWait: 30 * time.Second, PairLongest: 15 * time.Minute,
		AccountFree: 20, AccountWindow: time.Hour, Known: 90 * 24 * time.Hour,
		AddressFree: 30, AddressWindow: 15 * time.Minute, AddressWait: 10 * time.Second,
		HalfGuesses: 5, CodeFree: 100, CodeWindow: 24 * time.Hour,
	}
}

// Directory keeps accounts and sessions in a database.
type Directory struct {
	db     *db.DB
	ledger Ledger
	clock  clock.Clock
	limits Limits
	work   Work
	decoy  string        // a hash of nothing, for names that are not there
	turns  chan struct{} // bounds how many passwords are worked on at once
	// closing are told of accounts that close
	closing   []Closing
	key       [32]byte
	party     *webauthn.WebAuthn // nil: no passkeys at this address
	tell      Tell               // nil: nobody is told
	post      Post               // nil: no codes are sent
	asks      map[string]AskPassword
	elsewhere Elsewhere // nil: all are here
}

// Open makes the tables and returns the directory.
func Open(ctx context.Context, c Config) (*Directory, error) {
	if err := db.Tables(ctx, c.DB, "identity", migrations); err != nil {
		return nil, err
	}
	if c.Work == (Work{}) {
		c.Work = DefaultWork()
	}
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits()
	}
	party, err := newParty(c.BaseURL)
	if err != nil {
		return nil, err
	}
	d := &Directory{
		key: c.Key, elsewhere: c.Elsewhere, party: party, asks: map[string]AskPassword{},
		db: c.DB, ledger: c.Ledger, clock: c.Clock, limits: c.Limits, work: c.Work,
		decoy: c.Work.hash("", make([]byte, saltSize)),
		turns: make(chan struct{}, 2),
	}
	if c.Elsewhere != nil {
		for _, source := range c.Elsewhere.Names() {
			d.AskWith(source, func(ctx context.Context, login, password string) error {
				return d.askElsewhere(ctx, source, login, password)
			})
		}
	}
	return d, nil
}

// Limits are those in force, for showing.
func (d *Directory) Limits() Limits { return d.limits }

// Person is an account without its password.
type Person struct {
	ID         string
	Login      string
	Name       string
	Controller string
	Roles      []string
	Language   string // "da" or "en", the choice kept from last time
	Email      string // where they are written to; may be empty
	Closed     bool
	Source     string // who vouches for them; empty is ourselves, with a password
	Subject    string // what the source calls them for ever
}

// Mailbox is where and in which language the person is written to.
func (p Person) Mailbox() (id, address, lang string) { return p.ID, p.Email, p.Language }

// NewAccount is what it takes to make one.
type NewAccount struct {
	Login, Name, Controller string
	Roles                   []string
	Language, Email         string
	// Password may be empty: its owner then chooses one by a code of
	// [Directory.RenewalByHand] or [Directory.OfferRenewal].
	Password string
}

type accountRow struct {
	ID, Login, Name, Controller, Roles, Language, Hash, Email, Source, Subject string
	Created, Changed, Closed, Must                                             int64
}

func (r accountRow) person() (Person, error) {
	p := Person{ID: r.ID, Login: r.Login, Name: r.Name, Controller: r.Controller, Language: r.Language, Email: r.Email, Closed: r.Closed != 0, Source: r.Source, Subject: r.Subject}
	if err := json.Unmarshal([]byte(r.Roles), &p.Roles); err != nil {
		return p, fault.As(fault.Corrupt, "identity.roles", err)
	}
	return p, nil
}

// ShortestPassword is how many characters a password has at least.
const ShortestPassword = 12

// LongestPassword bounds the work that a request can ask for, in bytes.
const LongestPassword = 512

// CheckPassword refuses a password that is too short, too long, holds the login
// name, or is made of what is tried first. It asks for no mixture of signs. The errors are fault.Invalid with keys for people.
func CheckPassword(login, password string) error {
	switch {
	case utf8.RuneCountInString(password) < ShortestPassword:
		return fault.New(fault.Invalid, "password.short", "password of fewer than %d characters", ShortestPassword)
	case len(password) > LongestPassword:
		return fault.New(fault.Invalid, "password.long", "password of more than %d bytes", LongestPassword)
	case login != "" && strings.Contains(strings.ToLower(password), fold(login)):
		return fault.New(fault.Invalid, "password.name", "password holds the login name")
	case common(password):
		return fault.New(fault.Invalid, "password.common", "password made of what is tried first")
	}
	return nil
}

// Create makes an account. A login that is taken is fault.Conflict. by is who
// decided it, "" for the program's own set-up.
func (d *Directory) Create(ctx context.Context, a NewAccount, by string) (Person, error) {
	login := fold(a.Login)
	if login == "" || len(login) > maxLogin || a.Name == "" || a.Controller == "" {
		return Person{}, fault.New(fault.Invalid, "account.incomplete", "an account needs login, name and controller")
	}
	if a.Password == "" { // nobody knows it; its owner chooses one by a code
		a.Password = newToken()
	} else if err := CheckPassword(login, a.Password); err != nil {
		return Person{}, err
	}
	if err := CheckEmail(a.Email); err != nil {
		return Person{}, err
	}
	if a.Language == "" {
		a.Language = "da"
	}
	roles, err := json.Marshal(append([]string{}, a.Roles...))
	if err != nil {
		return Person{}, fault.As(fault.Internal, "", err)
	}
	hash, err := d.hash(ctx, a.Password)
	if err != nil {
		return Person{}, err
	}
	now := d.clock.Now()
	p := Person{ID: db.NewID(), Login: login, Name: a.Name, Controller: a.Controller, Roles: a.Roles, Language: a.Language, Email: a.Email}
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO accounts (id, login, name, controller, roles, language, email, hash, created, changed, closed)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, p.ID, login, p.Name, p.Controller, string(roles), p.Language, p.Email, hash, now, now); err != nil {
			return err
		}
		_, err := d.ledger.Append(ctx, tx, now, "account.created", map[string]any{
			"person": p.ID, "name": p.Name, "controller": p.Controller, "roles": p.Roles, "by": by})
		return err
	})
	return p, err
}

// Person finds an account by id.
func (d *Directory) Person(ctx context.Context, id string) (p Person, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		r, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, id)
		if err != nil {
			return err
		}
		p, err = r.person()
		return err
	})
	return p, err
}

// People lists the accounts of a controller by name.
func (d *Directory) People(ctx context.Context, controller string) (people []Person, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[accountRow](ctx, tx, `SELECT * FROM accounts WHERE controller = ? ORDER BY name, id`, controller)
		if err != nil {
			return err
		}
		people = people[:0]
		for _, r := range rows {
			p, err := r.person()
			if err != nil {
				return err
			}
			people = append(people, p)
		}
		return nil
	})
	return people, err
}

// SetLanguage keeps the person's choice of language.
func (d *Directory) SetLanguage(ctx context.Context, id, language string) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET language = ? WHERE id = ?`, language, id)
		return err
	})
}

// Close shuts an account and ends its sessions at once.
func (d *Directory) Close(ctx context.Context, id, by string) error {
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE accounts SET closed = ? WHERE id = ? AND closed = 0`, now, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "account.unknown", "no open account %s", id)
		}
		if _, err := tx.Exec(ctx, `UPDATE sessions SET ended = ? WHERE account = ? AND ended = 0`, now, id); err != nil {
			return err
		}
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if _, err = d.ledger.Append(ctx, tx, now, "account.closed", map[string]any{"person": id, "name": a.Name, "controller": a.Controller, "by": by}); err != nil {
			return err
		}
		return d.tellClosing(ctx, tx, a, now, by)
	})
}

const maxLogin = 120

// fold makes two spellings of a login one: outer space and case do not count.
func fold(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
