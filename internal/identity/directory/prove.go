package directory

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// refusals are the reasons that Active Directory tells to whoever has shown the
// right password (Windows error codes). It tells 775, locked, to whoever asks,
// and 525, nobody, too: those are wrong here, as a wrong password is.
var refusals = map[uint32]string{
	0x530: "login.hours",
	0x531: "login.workstation",
	0x532: "login.password.expired",
	0x533: "login.disabled",
	0x701: "login.expired",
	0x773: "login.password.expired", // must be changed before the next log-in
}

// prove tries a password for somebody who was found, or for nobody.
func (d *Domain) prove(ctx context.Context, known identity.Known, password string) (o identity.Outside, err error) {
	at := d.clock.Now()
	place := known.Place
	if known.Subject == "" {
		place = "CN=" + rand.Text() + "," + d.c.Base // nobody's, and asked about all the same
	}
	if blank(password) {
		return o, wrong("a blank password")
	}
	if err := d.bind(ctx, place, password); err != nil {
		return o, err
	}
	if known.Subject == "" {
		return o, wrong("nobody logged in")
	}
	p, roles, err := d.standing(ctx, known.Subject)
	switch {
	case fault.Is(err, fault.NotFound) || (err == nil && p.dn != place):
		return o, wrong("%s has gone or moved meanwhile", known.Subject)
	case err != nil:
		return o, fault.As(fault.Unavailable, "login.away", err)
	case p.barred != "":
		return o, fault.New(fault.Denied, p.barred, "%s is barred", known.Subject)
	}
	return identity.Outside{
		Source: d.Source(), Subject: p.subject, Login: p.login, Name: p.name, Email: p.email,
		Controller: d.c.Controller, Roles: roles, At: at,
	}, nil
}

// bind shows the password to one controller. It goes to no second one, even if
// the first says nothing: that may have counted it.
func (d *Domain) bind(ctx context.Context, dn, password string) error {
	return d.at(ctx, func(c *ldap.Conn) error {
		err := c.Bind(dn, password)
		var refused *ldap.Error
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &refused):
			return &absentError{err, true}
		case refused.ResultCode == ldap.LDAPResultInvalidCredentials:
			if key, ok := refusals[reason(refused.Error())]; ok && d.ad() {
				return fault.New(fault.Denied, key, "refused by the directory: %x", reason(refused.Error()))
			}
			return wrong("refused by the directory: %x", reason(refused.Error()))
		case refused.ResultCode >= ldap.ErrorNetwork || unwell(err):
			return &absentError{err, true}
		}
		// No such object, inappropriate authentication, unwilling, a referral:
		// other servers say "wrong" in these ways.
		return wrong("refused by the directory with code %d", refused.ResultCode)
	})
}
