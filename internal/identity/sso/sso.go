// Package sso is single sign-on: people whom somebody else vouches for by way
// of their own browser. How a provider is asked and its answer judged is the
// business of internal/identity/oidc and internal/identity/saml; this room
// keeps the sign-ins that are under way.
//
// What it promises: an answer is taken once, within [AnswerWithin], from the
// provider that was asked, and for the browser that asked; where the person
// wanted to go and what they had typed comes back to them and to nobody else;
// of what names a sign-in only hashes are kept; an answer that was refused is
// an entry of the ledger.
//
// What it refuses: answers that nobody asked for, answers for another browser
// (somebody else's log-in slipped under a person), a second use of an answer,
// and more sign-ins under way than [MostUnderWay]. It opens no session: that is
// [identity.Directory.Admit].
package sso

import (
	"context"
	"embed"
	"net/url"
	"regexp"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

//go:embed migrations/*.sql
var migrations embed.FS

// AnswerWithin is how long a person has at the provider: time for a password,
// a second factor and a telephone that has to be found.
const AnswerWithin = 15 * time.Minute

// MostUnderWay bounds the sign-ins under way, so that whoever begins them by
// the thousand fills no disk.
const MostUnderWay = 20_000

// Skew is how far a provider's clock may be from ours, either way.
const Skew = 2 * time.Minute

// Kind is a way to ask.
type Kind string

// The kinds. They begin the source of accounts: "oidc:entra".
const (
	OIDC Kind = "oidc"
	SAML Kind = "saml"
)

// About is what a provider is called.
type About struct {
	ID   string // in addresses and in the source of accounts: a-z, 0-9 and -
	Kind Kind
	Name string // on the button: "Entra ID"
}

// Source is the source of the accounts that it vouches for.
func (a About) Source() string { return string(a.Kind) + ":" + a.ID }

// Path is where the addresses of a provider begin.
func Path(id string) string { return "/log-ind/ekstern/" + id }

// Question is what is asked of a provider.
type Question struct {
	State string // names the sign-in; comes back with the answer
	Fresh bool   // the person has to prove themselves there again, now
}

// Asked is where the browser is sent, and what is needed to judge the answer.
type Asked struct {
	Address string
	// Post are the fields of a form to be sent there; nil when it is enough to go.
	Post   map[string]string
	Memory Memory
}

// Memory is what only we know of a question until its answer comes.
type Memory struct {
	Nonce    string `json:"nonce,omitempty"`
	Verifier string `json:"verifier,omitempty"`
	Request  string `json:"request,omitempty"`
}

// Answer is what the browser brought back, with what was asked.
type Answer struct {
	Memory
	Values url.Values
	Fresh  bool
	Began  time.Time // when it was asked
}

// Vouched is a person whom a provider vouches for.
type Vouched struct {
	identity.Outside
	// Once names the answer, and Until is how long it could be taken; "" when the
	// provider itself sees to it that it is used once.
	Once      string
	OnceUntil time.Time
}

// Provider is one that vouches for people. What it cannot take is fault.Denied
// with a key that says which check failed, fault.Unavailable when it cannot be
// reached.
type Provider interface {
	About() About
	Ask(ctx context.Context, q Question) (Asked, error)
	Judge(ctx context.Context, a Answer) (Vouched, error)
}

// Config is what the rooms around give.
type Config struct {
	DB        *db.DB
	Ledger    identity.Ledger
	Clock     clock.Clock
	Providers []Provider
}

// Room keeps the sign-ins under way.
type Room struct {
	db        *db.DB
	ledger    identity.Ledger
	clock     clock.Clock
	providers []Provider
}

// Open makes the tables. Two providers of one name are fault.Invalid.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "sso", migrations); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, p := range c.Providers {
		a := p.About()
		if !plain.MatchString(a.ID) || a.Name == "" || seen[a.ID] {
			return nil, fault.New(fault.Invalid, "sso.name", "provider %q, %q: it needs an id of a-z, 0-9 and - that no other has, and a name", a.ID, a.Name)
		}
		seen[a.ID] = true
	}
	return &Room{db: c.DB, ledger: c.Ledger, clock: c.Clock, providers: c.Providers}, nil
}

var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Providers lists them as configured, for their buttons. A nil room has none.
func (r *Room) Providers() (all []About) {
	if r == nil {
		return nil
	}
	for _, p := range r.providers {
		all = append(all, p.About())
	}
	return all
}

// Provider finds one; fault.NotFound when there is none of that id.
func (r *Room) Provider(id string) (Provider, error) {
	if r != nil {
		for _, p := range r.providers {
			if p.About().ID == id {
				return p, nil
			}
		}
	}
	return nil, fault.New(fault.NotFound, "sso.unknown", "no provider %q", id)
}

// Sources are the providers that can be asked whether a person may still be
// logged in, by the source of their accounts, for [identity.Directory.Recheck].
func (r *Room) Sources() map[string]identity.Source {
	all := map[string]identity.Source{}
	if r != nil {
		for _, p := range r.providers {
			if s, ok := p.(identity.Source); ok {
				all[p.About().Source()] = s
			}
		}
	}
	return all
}
