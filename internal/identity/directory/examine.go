package directory

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/fault"
)

// Report is what [Domain.Examine] found, for whoever connects a directory.
type Report struct {
	Controllers []ControllerReport
	Groups      []GroupReport
	Reader      error // why the reader's account cannot read; nothing below is known then
	Person      *PersonReport
	Find        error // why nobody is found by the name
	Password    error // why the password is refused; nil when none was tried
	Tried       bool
}

// ControllerReport is one controller.
type ControllerReport struct {
	Address     string
	Err         error  // why it is of no use
	Certificate string // SHA-256 of the certificate that it showed, trusted or not; empty: none
	Subject     string
	Ends        time.Time
}

// GroupReport is one of the groups that give roles.
type GroupReport struct {
	DN    string
	Roles []string
	Found bool
}

// PersonReport is who a login name is.
type PersonReport struct {
	DN, Subject, Login, Name, Email string
	Barred                          string // a key; empty when they may be logged in
	Roles                           []string
	Wrong, Failed                   int           // wrong passwords that lock, and that are counted now
	Within                          time.Duration // the time that they are counted in
}

// Examine asks every controller, looks for the groups and, where a login is
// given, says all that a log-in would find. A password is tried once, if one is
// given and it would not lock the account.
func (d *Domain) Examine(ctx context.Context, login, password string) (r Report) {
	for _, k := range d.controllers {
		r.Controllers = append(r.Controllers, d.examineController(ctx, k))
	}
	r.Reader = d.reading(ctx, func(c *ldap.Conn) error {
		r.Groups = nil
		for _, g := range d.c.Groups {
			all, err := d.search(c, g.DN, ldap.ScopeBaseObject, "(objectClass=*)", 1, "1.1")
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			r.Groups = append(r.Groups, GroupReport{g.DN, g.Roles, len(all) == 1})
		}
		return nil
	})
	if r.Reader != nil || login == "" {
		return r
	}
	match := d.match(login)
	if match == "" {
		r.Find = fault.New(fault.NotFound, "directory.unknown", "the name is of another domain")
		return r
	}
	found, err := d.find(ctx, login, match)
	if err != nil {
		r.Find = err
		return r
	}
	r.Person = &PersonReport{DN: found.dn, Subject: found.subject, Login: found.login, Name: found.name, Email: found.email, Barred: found.barred,
		Wrong: found.wrong, Within: found.within, Failed: found.failed}
	if _, r.Person.Roles, err = d.standing(ctx, found.subject); err != nil {
		r.Find = err
		return r
	}
	known := d.known(found)
	if password == "" {
		return r
	}
	if known.Hold.After(d.clock.Now()) {
		r.Password = fault.New(fault.Denied, "login.wait", "one more wrong password would lock the account")
		return r
	}
	r.Tried = true
	_, r.Password = d.prove(ctx, known, password)
	return r
}

func (d *Domain) examineController(ctx context.Context, k *controller) (r ControllerReport) {
	r.Address = k.address
	c, done, err := d.open(ctx, k)
	if err != nil {
		r.Err = err
		if leaf := d.shown(ctx, k); leaf != nil {
			r.described(leaf)
		}
		return r
	}
	defer done()
	if s, ok := c.TLSConnectionState(); ok && len(s.PeerCertificates) > 0 {
		r.described(s.PeerCertificates[0])
	}
	return r
}

func (r *ControllerReport) described(leaf *x509.Certificate) {
	sum := sha256.Sum256(leaf.Raw)
	r.Certificate, r.Subject, r.Ends = hex.EncodeToString(sum[:]), leaf.Subject.String(), leaf.NotAfter
}

// shown is the certificate of a controller that is not trusted, so that it can
// be held against the one that it ought to have. Nothing is said to it.
func (d *Domain) shown(ctx context.Context, k *controller) (leaf *x509.Certificate) {
	look := &Domain{c: d.c, trust: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, //nolint:gosec // to look at the certificate and hang up
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) > 0 {
				leaf = s.PeerCertificates[0]
			}
			return nil
		}}}
	if _, done, err := look.open(ctx, k); err == nil {
		done()
	}
	return leaf
}
