// Package directory asks Active Directory and other LDAP directories who
// somebody is: at log-in, and again every minute while they are logged in.
//
// What it promises: a password goes to one controller, over TLS whose
// certificate is trusted, and only for a person whom that directory has; a
// person is known by objectGUID or entryUUID, which a directory gives to nobody
// else, never by a name; roles follow from groups that are named whole, by
// distinguished name, however deep the person is nested in them; what is typed
// is data in a search and never part of it; a controller that is dead or says
// nothing costs a bounded time and then the next one is asked; a name that
// nobody has costs the same questions as a wrong password.
//
// What it refuses: a connection without TLS, an untrusted certificate, an empty
// or blank password (which LDAP takes for no password at all, and lets in), to
// follow a referral, to try a password that would lock the account there, and
// to tell more than "wrong" to whoever has not shown the right password.
package directory

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// Kind is which sort of directory it is.
type Kind string

// The kinds.
const (
	ActiveDirectory Kind = "ad"   // Microsoft's, or Samba's
	LDAP            Kind = "ldap" // OpenLDAP and others: uid, entryUUID, member
)

// Config is how one directory is reached and read.
type Config struct {
	// Name is ours for it, and stands in every account that comes from it:
	// changing it makes new accounts of the same people.
	Name string
	Kind Kind
	// Controllers are the servers in the order of preference: ldaps://host[:port],
	// or ldap://host[:port], which is made TLS (StartTLS) before anything is said.
	Controllers []string
	Base        string // where people and groups are: DC=lindeby,DC=example
	Domain      string // what completes a plain name: lindeby.example
	Short       string // the domain's short name, as in LINDEBY\ida; may be empty
	// Reader and Password are the account that people are looked up with: a
	// distinguished name, or name@domain. It needs to read and nothing else.
	Reader, Password string
	// CAFile holds the certificates that alone are trusted, PEM; empty: the
	// system's. Fingerprints are SHA-256 of controllers' own certificates, hex;
	// where there are any, they alone count.
	CAFile       string
	Fingerprints []string
	// People narrows who may log in: an LDAP filter; empty: every person.
	People string
	// Controller is the data controller that the people belong to.
	Controller string
	Groups     []Group
	// Wait is how long one controller has for each question; zero: 3 seconds.
	Wait time.Duration
}

// Group gives everybody in a group of the directory some roles.
type Group struct {
	DN    string // distinguished name, whole
	Roles []string
}

// defaultWait is how long a controller has. Those on the same network answer
// in milliseconds.
const defaultWait = 3 * time.Second

// Domain is one directory.
type Domain struct {
	c           Config
	clock       clock.Clock
	log         *slog.Logger
	trust       *tls.Config
	base        *ldap.DN
	controllers []*controller

	mu   sync.Mutex
	held time.Time // until when the reader's account is left alone
}

// controller is one server of a directory.
type controller struct {
	address string // as configured, for people
	host    string // host:port
	name    string // what its certificate must say
	upgrade bool   // StartTLS

	mu   sync.Mutex
	sick time.Time // until when it is asked last
}

// New checks the settings and reads the certificates. It asks nobody. Errors
// are fault.Invalid "directory.config" and say which setting.
func New(c Config, clk clock.Clock, log *slog.Logger) (*Domain, error) {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "directory.config", "directory "+c.Name+": "+format, args...)
	}
	if c.Wait == 0 {
		c.Wait = defaultWait
	}
	d := &Domain{c: c, clock: clk, log: log.With(slog.String("directory", c.Name))}
	switch {
	case c.Name == "" || strings.ContainsFunc(c.Name, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", r) }):
		return nil, bad("name must be a-z, 0-9 and -")
	case c.Kind != ActiveDirectory && c.Kind != LDAP:
		return nil, bad("kind is %q, neither %q nor %q", c.Kind, ActiveDirectory, LDAP)
	case len(c.Controllers) == 0:
		return nil, bad("no controllers")
	case c.Controller == "":
		return nil, bad("no controller (the data controller whose people these are)")
	case c.Domain == "" || strings.ContainsAny(c.Domain, "@\\ "):
		return nil, bad("domain is %q", c.Domain)
	case blank(c.Password) || c.Reader == "":
		return nil, bad("reader and its password are both needed: sessions are confirmed every minute, when nobody's own password is there")
	case len(c.Groups) == 0:
		return nil, bad("no groups: nobody would have a role")
	}
	var err error
	if d.base, err = ldap.ParseDN(c.Base); err != nil || len(d.base.RDNs) == 0 {
		return nil, bad("base %q is no distinguished name", c.Base)
	}
	if c.People != "" {
		if _, err := ldap.CompileFilter(c.People); err != nil {
			return nil, bad("people: %v", err)
		}
	}
	for _, g := range c.Groups {
		if dn, err := ldap.ParseDN(g.DN); err != nil || len(dn.RDNs) == 0 {
			return nil, bad("group %q is no distinguished name", g.DN)
		}
		if len(g.Roles) == 0 {
			return nil, bad("group %q gives no role", g.DN)
		}
		if slices.Contains(g.Roles, identity.NeverOutside) {
			return nil, bad("group %q gives the role %s, which is given person by person on an authorisation form", g.DN, identity.NeverOutside)
		}
	}
	for _, address := range c.Controllers {
		k, err := parseController(address)
		if err != nil {
			return nil, bad("%v", err)
		}
		d.controllers = append(d.controllers, k)
	}
	if d.trust, err = trust(c); err != nil {
		return nil, bad("%v", err)
	}
	return d, nil
}

func parseController(address string) (*controller, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if (u.Scheme != "ldaps" && u.Scheme != "ldap") || u.Hostname() == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "", "controller %q is neither ldaps://host nor ldap://host", address)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldaps": "636", "ldap": "389"}[u.Scheme]
	}
	return &controller{address: address, host: joinHost(u.Hostname(), port), name: u.Hostname(), upgrade: u.Scheme == "ldap"}, nil
}

// Source is what accounts from this directory carry.
func (d *Domain) Source() string { return "directory:" + d.c.Name }

// Name is ours for the directory.
func (d *Domain) Name() string { return d.c.Name }

// Domains are the directories of an installation, in the order in which they
// are configured.
type Domains []*Domain

// Sources is what [identity.Directory.Recheck] asks.
func (ds Domains) Sources() map[string]identity.Source {
	all := map[string]identity.Source{}
	for _, d := range ds {
		all[d.Source()] = d
	}
	return all
}

// Find says whose login name it is: somebody's whom exactly one directory has.
// A name of nobody, or of people of two directories, is found by nobody: then
// known has no subject, and [Domains.Prove] spends the time that a wrong
// password takes. The error is fault.Unavailable "login.away" when no directory
// has the name and one of them does not answer.
func (ds Domains) Find(ctx context.Context, login string) (known identity.Known, err error) {
	type answer struct {
		domain *Domain
		person person
		err    error
	}
	answers := make([]answer, len(ds))
	var wait sync.WaitGroup
	for i, d := range ds {
		match := d.match(login)
		if match == "" {
			continue
		}
		wait.Go(func() {
			p, err := d.find(ctx, login, match)
			answers[i] = answer{d, p, err}
		})
	}
	wait.Wait()
	var away error
	found := 0
	for _, a := range answers {
		switch {
		case a.domain == nil:
		case a.err == nil:
			found++
			known = a.domain.known(a.person)
		case fault.Is(a.err, fault.NotFound):
			if known.Source == "" {
				known.Source = a.domain.Source()
			}
		default:
			a.domain.log.Warn("the directory does not answer", slog.Any("error", a.err))
			away = a.err
		}
	}
	switch {
	case found == 1:
		return known, nil
	case found > 1:
		ds[0].log.Warn("a name that people of two directories have was typed without its domain")
		return identity.Known{Source: known.Source}, nil
	case away != nil:
		return identity.Known{}, fault.As(fault.Unavailable, "login.away", away)
	}
	return known, nil
}

// Prove tries a password, once, and says who the person is and which roles
// follow from their groups. Refusals are fault.Denied: "login.wrong", and to
// whoever has shown the right password also "login.disabled", "login.expired",
// "login.password.expired", "login.hours" and "login.workstation".
func (ds Domains) Prove(ctx context.Context, known identity.Known, password string) (identity.Outside, error) {
	for _, d := range ds {
		if d.Source() == known.Source {
			return d.prove(ctx, known, password)
		}
	}
	return identity.Outside{}, wrong("no directory %q", known.Source)
}

func wrong(format string, args ...any) error {
	return fault.New(fault.Denied, "login.wrong", format, args...)
}

// blank are passwords that a server may take for no password at all: LDAP lets
// whoever sends none in as nobody (RFC 4513, 5.1.2), and some servers end a
// password at its first NUL.
func blank(password string) bool {
	return strings.TrimSpace(password) == "" || strings.ContainsRune(password, 0)
}

// Names lists what accounts from the directories carry.
func (ds Domains) Names() []string {
	names := make([]string, len(ds))
	for i, d := range ds {
		names[i] = d.Source()
	}
	return names
}
