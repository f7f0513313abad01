package directory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// person is what a directory says of somebody.
type person struct {
	subject            string // objectGUID or entryUUID
	dn                 string
	login, name, email string
	barred             string // a key when they may not be logged in now
	// failed is how many wrong passwords this controller has counted, failedAt
	// when the last was, policy where it stands how many it stands.
	failed   int
	failedAt time.Time
	policy   string
	wrong    int           // how many wrong passwords lock the account; 0: any number do not
	within   time.Duration // if they come within that
}

// adPeople is everybody who is a person in Active Directory, and no computer.
const adPeople = "(&(objectCategory=person)(objectClass=user))"

// ldapPeople is everybody with a login name in another directory.
const ldapPeople = "(uid=*)"

// disabledFlag is ACCOUNTDISABLE in userAccountControl (MS-ADTS 2.2.16).
const disabledFlag = 0x2

// lockedForever is pwdAccountLockedTime when an administrator has locked the
// account (draft-behera-ldap-password-policy 5.3.3).
const lockedForever = "000001010000Z"

// longest is how long a login name is at most, in bytes: more than any
// directory's.
const longest = 320

func (d *Domain) ad() bool { return d.c.Kind == ActiveDirectory }

func (d *Domain) attributes() []string {
	if d.ad() {
		return []string{"objectGUID", "sAMAccountName", "userPrincipalName", "displayName", "cn", "mail", "userAccountControl", "accountExpires",
			"badPwdCount", "badPasswordTime", "msDS-ResultantPSO"}
	}
	return []string{"entryUUID", "uid", "displayName", "cn", "mail", "pwdAccountLockedTime", "pwdEndTime", "shadowExpire"}
}

// people is the filter for who may log in, narrowed by more.
func (d *Domain) people(more string) string {
	every := ldapPeople
	if d.ad() {
		every = adPeople
	}
	return "(&" + every + d.c.People + more + ")"
}

// match is the filter that a typed login name makes, "" when the name says
// itself that it is of another directory. Everything typed is escaped, and a
// name with a sign that no name has is looked up as one that nobody has: some
// servers end a value at its first NUL.
func (d *Domain) match(login string) string {
	if login == "" || len(login) > longest || !utf8.ValidString(login) || strings.ContainsFunc(login, unicode.IsControl) {
		login = rand.Text()
	}
	name, of, byDomain := strings.Cut(login, "@")
	short, rest, byShort := strings.Cut(login, `\`)
	attribute := "uid"
	if d.ad() {
		attribute = "sAMAccountName"
	}
	is := func(attribute, value string) string { return "(" + attribute + "=" + ldap.EscapeFilter(value) + ")" }
	switch {
	case byShort && strings.EqualFold(short, d.c.Short):
		return is(attribute, rest)
	case byShort:
		return ""
	case byDomain && d.ad() && strings.EqualFold(of, d.c.Domain):
		return "(|" + is("userPrincipalName", login) + is(attribute, name) + ")"
	case byDomain && d.ad(): // an organisation may let people log in with other domains than the directory's
		return is("userPrincipalName", login)
	case byDomain && strings.EqualFold(of, d.c.Domain):
		return is(attribute, name)
	case byDomain:
		return ""
	}
	return is(attribute, login)
}

// find looks a typed name up. Nobody, and more than one, is fault.NotFound.
func (d *Domain) find(ctx context.Context, login, match string) (p person, err error) {
	err = d.reading(ctx, func(c *ldap.Conn) error {
		p = person{}
		all, err := d.search(c, d.c.Base, ldap.ScopeWholeSubtree, d.people(match), 3)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		var found error
		switch p, found = d.single(all, login); {
		case found == nil:
			found = d.lockout(c, &p)
		case d.ad(): // the same questions for nobody as for somebody
			_ = d.lockout(c, &person{policy: d.c.Base})
		}
		return found
	})
	return p, err
}

// single is the one person among those found. Whom the name names by itself
// comes before whom it names with the domain left out.
func (d *Domain) single(all []*ldap.Entry, login string) (person, error) {
	if len(all) > 1 {
		exact := all[:0:0]
		for _, e := range all {
			if strings.EqualFold(e.GetAttributeValue("userPrincipalName"), login) {
				exact = append(exact, e)
			}
		}
		all = exact
	}
	if len(all) != 1 {
		return person{}, fault.New(fault.NotFound, "directory.unknown", "%d people have the name", len(all))
	}
	return d.person(all[0])
}

// search asks for at most n entries. Referrals to other servers are passed over:
// nothing here goes where an answer points.
func (d *Domain) search(c *ldap.Conn, base string, scope int, filter string, n int, attributes ...string) ([]*ldap.Entry, error) {
	if attributes == nil {
		attributes = d.attributes()
	}
	seconds := max(1, int(d.c.Wait/time.Second))
	r, err := c.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, n, seconds, false, filter, attributes, nil))
	switch {
	case err == nil:
		return r.Entries, nil
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral):
		return nil, fault.As(fault.NotFound, "directory.unknown", err)
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) && r != nil:
		return r.Entries, nil
	}
	return nil, err
}

// person reads an entry.
func (d *Domain) person(e *ldap.Entry) (p person, err error) {
	p.dn = e.DN
	p.name = or(e.GetAttributeValue("displayName"), e.GetAttributeValue("cn"))
	p.email = e.GetAttributeValue("mail")
	if d.ad() {
		err = d.readAD(&p, e)
	} else {
		err = d.readLDAP(&p, e)
	}
	if err == nil && p.dn == "" {
		err = fault.New(fault.Invalid, "", "an entry without a name")
	}
	return p, err
}

func (d *Domain) readAD(p *person, e *ldap.Entry) (err error) {
	if p.subject, err = guidText(e.GetRawAttributeValue("objectGUID")); err != nil {
		return err
	}
	p.login = or(e.GetAttributeValue("userPrincipalName"), e.GetAttributeValue("sAMAccountName")+"@"+d.c.Domain)
	p.name = or(p.name, e.GetAttributeValue("sAMAccountName"))
	flags, err := strconv.ParseInt(e.GetAttributeValue("userAccountControl"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "", "userAccountControl of %s cannot be read: does the reader's account see it?", p.subject)
	}
	ends, err := filetime(e.GetAttributeValue("accountExpires"))
	if err != nil {
		return err
	}
	switch {
	case flags&disabledFlag != 0:
		p.barred = "login.disabled"
	case !ends.IsZero() && !d.clock.Now().Before(ends):
		p.barred = "login.expired"
	}
	p.failed, _ = strconv.Atoi(e.GetAttributeValue("badPwdCount")) // none is nought
	if p.failedAt, err = filetime(e.GetAttributeValue("badPasswordTime")); err != nil {
		return err
	}
	p.policy = or(e.GetAttributeValue("msDS-ResultantPSO"), d.c.Base)
	return nil
}

func (d *Domain) readLDAP(p *person, e *ldap.Entry) error {
	p.subject = strings.ToLower(e.GetAttributeValue("entryUUID"))
	if !uuidForm.MatchString(p.subject) {
		return fault.New(fault.Invalid, "", "entryUUID %q cannot be read: does the reader's account see it?", p.subject)
	}
	uid := e.GetAttributeValue("uid")
	p.login = uid + "@" + d.c.Domain
	p.name = or(p.name, uid)
	if e.GetAttributeValue("pwdAccountLockedTime") == lockedForever {
		p.barred = "login.disabled"
	}
	if s := e.GetAttributeValue("pwdEndTime"); s != "" {
		ends, err := generalizedTime(s)
		if err != nil {
			return err
		}
		if !d.clock.Now().Before(ends) {
			p.barred = "login.expired"
		}
	}
	if s := e.GetAttributeValue("shadowExpire"); s != "" { // days since 1970; -1 is never
		days, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return fault.New(fault.Invalid, "", "shadowExpire %q", s)
		}
		if days >= 0 && !d.clock.Now().Before(time.Unix(days*86400, 0)) {
			p.barred = "login.expired"
		}
	}
	return nil
}

// cautious is the lock-out that is assumed where the policy of an account
// cannot be read.
const cautious, cautiousWithin = 3, 24 * time.Hour

// lockout reads how many wrong passwords the account stands: from the policy of
// its own, or the domain's. Other directories than Active Directory keep that
// to themselves, and are asked no more often than [identity.Limits] let.
func (d *Domain) lockout(c *ldap.Conn, p *person) error {
	if !d.ad() {
		return nil
	}
	threshold, window := "lockoutThreshold", "lockOutObservationWindow"
	own := !strings.EqualFold(p.policy, d.c.Base)
	base := p.policy
	switch {
	case own:
		threshold, window = "msDS-LockoutThreshold", "msDS-LockoutObservationWindow"
	default:
		base = d.root()
	}
	all, err := d.search(c, base, ldap.ScopeBaseObject, "(objectClass=*)", 1, threshold, window)
	if err != nil && !fault.Is(err, fault.NotFound) && !ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	p.wrong, p.within = cautious, cautiousWithin
	if len(all) == 1 {
		n, bad := strconv.Atoi(all[0].GetAttributeValue(threshold))
		within, worse := span(all[0].GetAttributeValue(window))
		if bad == nil && worse == nil && n >= 0 {
			p.wrong, p.within = n, within
		}
	}
	return nil
}

// root is the domain's own entry, above whatever part of it people are looked
// for in: the trailing DC parts of the base.
func (d *Domain) root() string {
	for i := range d.base.RDNs {
		all := true
		for _, r := range d.base.RDNs[i:] {
			all = all && len(r.Attributes) == 1 && strings.EqualFold(r.Attributes[0].Type, "dc")
		}
		if all {
			return (&ldap.DN{RDNs: d.base.RDNs[i:]}).String()
		}
	}
	return d.c.Base
}

// known is what identity needs before a password is tried.
func (d *Domain) known(p person) identity.Known {
	k := identity.Known{Source: d.Source(), Subject: p.subject, Place: p.dn, Wrong: p.wrong, Within: p.within}
	if p.wrong > 1 && p.failed >= p.wrong-1 && !p.failedAt.IsZero() {
		k.Hold = p.failedAt.Add(p.within) // one more would lock the account there
	}
	return k
}

// bySubject is the filter that finds a person by the directory's own name.
func (d *Domain) bySubject(subject string) (string, error) {
	if !d.ad() {
		if !uuidForm.MatchString(subject) {
			return "", fault.New(fault.Invalid, "", "%q is no entryUUID", subject)
		}
		return "(entryUUID=" + subject + ")", nil
	}
	b, err := guidBytes(subject)
	if err != nil {
		return "", err
	}
	h := hex.EncodeToString(b)
	var f strings.Builder
	f.WriteString("(objectGUID=")
	for i := 0; i < len(h); i += 2 {
		f.WriteString(`\` + h[i:i+2])
	}
	f.WriteString(")")
	return f.String(), nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
