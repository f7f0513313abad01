package directory_test

import (
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/req"
)

const skoven = `dn: ou=folk,dc=skoven,dc=example
objectClass: organizationalUnit
ou: folk

dn: uid=ida,ou=folk,dc=skoven,dc=example
objectClass: inetOrgPerson
uid: ida
cn: Ida Lund
sn: Lund
mail: ida@skoven.example
userPassword: Regnvejr-i-november-8

dn: uid=gamle,ou=folk,dc=skoven,dc=example
objectClass: inetOrgPerson
objectClass: shadowAccount
uid: gamle
cn: Gamle
sn: Gamle
shadowExpire: 15000
userPassword: Regnvejr-i-november-8

dn: uid=lukket,ou=folk,dc=skoven,dc=example
objectClass: inetOrgPerson
uid: lukket
cn: Lukket
sn: Lukket
pwdAccountLockedTime: 000001010000Z
userPassword: Regnvejr-i-november-8

dn: uid=stjerne*)(cn=,ou=folk,dc=skoven,dc=example
objectClass: inetOrgPerson
uid: stjerne*)(cn=
cn: Stjerne
sn: Stjerne
userPassword: Regnvejr-i-november-8

dn: cn=ledere,dc=skoven,dc=example
objectClass: groupOfNames
cn: ledere
member: cn=skoler\2C alle,dc=skoven,dc=example
member: uid=gamle,ou=folk,dc=skoven,dc=example
member: uid=lukket,ou=folk,dc=skoven,dc=example
member: uid=stjerne*)(cn\3D,ou=folk,dc=skoven,dc=example

dn: cn=skoler\2C alle,dc=skoven,dc=example
objectClass: groupOfUniqueNames
cn: skoler, alle
uniqueMember: UID=Ida, OU=folk, DC=skoven, DC=example
uniqueMember: cn=ledere,dc=skoven,dc=example

dn: cn=ledere2,dc=skoven,dc=example
objectClass: groupOfNames
cn: ledere2
member: uid=lukket,ou=folk,dc=skoven,dc=example
`

func TestOpenLDAPLogIn(t *testing.T) {
	req.Shows(t, "ID-1")
	s := directorytest.OwnSlapd(t, skoven)
	c := s.Config(
		directory.Group{DN: "CN=Ledere, dc=skoven, dc=example", Roles: []string{"manager"}},
		directory.Group{DN: "cn=ledere2,dc=skoven,dc=example", Roles: []string{"dpo"}},
	)
	upgrade := c
	upgrade.Controllers = []string{"ldap://" + s.Plain}
	const password = "Regnvejr-i-november-8"
	for _, c := range []directory.Config{c, upgrade} {
		ds := directory.Domains{open(t, c, clock.System())}
		for _, login := range []string{"ida", "IDA", "ida@skoven.example"} {
			o, err := ask(t, ds, login, password)
			if err != nil || o.Login != "ida@skoven.example" || o.Name != "Ida Lund" || strings.Join(o.Roles, " ") != "manager" || o.Email != "ida@skoven.example" {
				t.Errorf("%s: %+v, %v", login, o, err)
			}
		}
		for login, want := range map[string]string{
			"gamle": "login.expired", "stjerne*)(cn=": "", "lukket": "login.disabled", "stjerne*": "login.wrong", "*": "login.wrong", "laeser": "login.wrong",
			"i*": "login.wrong", "ida)(uid=*": "login.wrong", "uid=ida,ou=folk,dc=skoven,dc=example": "login.wrong", "ida\x00": "login.wrong",
		} {
			if o, err := ask(t, ds, login, password); (err == nil) != (want == "") || (err != nil && fault.Key(err) != want) {
				t.Errorf("%s: %+v, %v", login, o, err)
			}
		}
		for _, wrong := range []string{"", " ", "\x00", "forkert", password + "\x00"} {
			if o, err := ask(t, ds, "ida", wrong); fault.Key(err) != "login.wrong" {
				t.Errorf("%q: %+v, %v", wrong, o, err)
			}
		}
	}
}

// An answer may point at other servers. Nobody goes there, and surely not with
// a password.
func TestOpenLDAPReferralsAreNotFollowed(t *testing.T) {
	req.Shows(t, "ID-1")
	l := listen(t)
	came := make(chan struct{}, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			came <- struct{}{}
			_ = c.Close()
		}
	}()
	s := directorytest.OwnSlapd(t, skoven+`
dn: ou=andre,dc=skoven,dc=example
objectClass: referral
objectClass: extensibleObject
ou: andre
ref: ldap://`+l.Addr().String()+`/dc=ond,dc=example
`)
	group := directory.Group{DN: "cn=ledere,dc=skoven,dc=example", Roles: []string{"manager"}}
	ds := directory.Domains{open(t, s.Config(group), clock.System())}
	if _, err := ask(t, ds, "ida", "Regnvejr-i-november-8"); err != nil {
		t.Errorf("beside a referral: %v", err)
	}
	elsewhere := s.Config(group)
	elsewhere.Base = "ou=folk,ou=andre,dc=skoven,dc=example"
	if _, err := ask(t, directory.Domains{open(t, elsewhere, clock.System())}, "ida", "Regnvejr-i-november-8"); fault.Key(err) != "login.wrong" {
		t.Errorf("all of it a referral: %v", err)
	}
	k := identity.Known{Source: "directory:skoven", Subject: "x", Place: "uid=ida,ou=andre,dc=skoven,dc=example"}
	if _, err := ds.Prove(t.Context(), k, "Regnvejr-i-november-8"); fault.Key(err) != "login.wrong" {
		t.Errorf("a bind that is referred: %v", err)
	}
	select {
	case <-came:
		t.Error("somebody went where the referral points")
	default:
	}
}

// One name in two directories is two people. Whoever has it in both says which
// by the domain; without it neither's password is tried.
func TestActiveDirectoryAndAnotherWithTheSameName(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "ida")
	l := directorytest.OwnSlapd(t, skoven)
	h := sqliteHouse(t, s.Config(manager), l.Config(directory.Group{DN: "cn=ledere,dc=skoven,dc=example", Roles: []string{"manager"}}))
	_, holm, err := h.logIn(t, "ida@lindeby.example", password, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, lund, err := h.logIn(t, "ida@skoven.example", "Regnvejr-i-november-8", 1)
	if err != nil || lund.ID == holm.ID || lund.Name != "Ida Lund" || holm.Name != "Ida Holm" {
		t.Errorf("%+v and %+v, %v", holm, lund, err)
	}
	for n, p := range []string{password, "Regnvejr-i-november-8"} {
		if _, _, err := h.logIn(t, "ida", p, 10+n); fault.Key(err) != "login.wrong" {
			t.Errorf("without a domain: %v", err)
		}
	}
	if _, _, err := h.logIn(t, "ida@skoven.example", password, 20); fault.Key(err) != "login.wrong" {
		t.Errorf("the other's password: %v", err)
	}
	if n := s.Wrong(t, "ida"); n != 0 {
		t.Errorf("%d wrong passwords were tried on one of them", n)
	}
	// The one directory away shuts nobody of the other out.
	l.Stop(t)
	if _, _, err := h.logIn(t, "ida@lindeby.example", password, 1); err != nil {
		t.Errorf("the other directory is away: %v", err)
	}
}
