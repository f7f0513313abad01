package directorytest

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/testport"
)

// Slapd is an OpenLDAP server of dc=skoven,dc=example.
type Slapd struct {
	server
	Address string // host:port of LDAPS
	Plain   string // host:port of LDAP, for StartTLS
	Certificate
}

// SlapdBase is the directory's own entry.
const SlapdBase = "dc=skoven,dc=example"

const slapdReader, slapdPassword = "cn=laeser,dc=skoven,dc=example", "laeser-kun-laeser"

// OwnSlapd starts a slapd with these entries (LDIF) beside its own two.
func OwnSlapd(t testing.TB, ldif string) *Slapd {
	t.Helper()
	s, err := newSlapd(ldif)
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(s.end)
	return s
}

func newSlapd(ldif string) (s *Slapd, err error) {
	if _, err := os.Stat("/usr/sbin/slapd"); err != nil {
		return nil, lackingError("slapd is missing (Debian package slapd)")
	}
	s = &Slapd{}
	if s.dir, err = os.MkdirTemp("", "vidne-slapd-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	if s.Certificate, err = certify(s.dir, "127.0.0.1", "ldap.skoven.example"); err != nil {
		return nil, err
	}
	for _, to := range []*string{&s.Address, &s.Plain} {
		if *to, err = testport.Address(); err != nil {
			return nil, err
		}
	}
	conf := filepath.Join(s.dir, "slapd.conf")
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(conf, []byte(strings.ReplaceAll(slapdConf, "@DIR", s.dir)), 0o600); err != nil {
		return nil, err
	}
	if err := command(s.dir, slapdStart+ldif, "slapadd", "-q", "-f", conf); err != nil {
		return nil, err
	}
	return s, s.start(s.Address, "/usr/sbin/slapd", "-d", "0", "-f", conf, "-h", "ldap://"+s.Plain+"/ ldaps://"+s.Address+"/")
}

// Two groups are in each other, which a reader must survive; the reader may see
// all but passwords.
const slapdConf = `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile @DIR/slapd.pid
TLSCertificateFile @DIR/cert.pem
TLSCertificateKeyFile @DIR/key.pem
TLSCACertificateFile @DIR/ca.pem
security simple_bind=128
database mdb
maxsize 10485760
suffix "dc=skoven,dc=example"
rootdn "cn=admin,dc=skoven,dc=example"
rootpw admin-kun-i-proeven
directory @DIR/db
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=laeser,dc=skoven,dc=example" read by * none
`

const slapdStart = `dn: dc=skoven,dc=example
objectClass: dcObject
objectClass: organization
dc: skoven
o: Skoven

dn: cn=laeser,dc=skoven,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: laeser
userPassword: laeser-kun-laeser

`

// Set gives an attribute of an entry one value, or none.
func (s *Slapd) Set(t testing.TB, dn, attribute string, values ...string) {
	t.Helper()
	err := s.asAdmin(func(c *ldap.Conn) error {
		m := ldap.NewModifyRequest(dn, nil)
		m.Replace(attribute, values)
		return c.Modify(m)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Slapd) asAdmin(f func(*ldap.Conn) error) error {
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c, err := ldap.DialURL("ldaps://"+s.Address, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}))
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Bind("cn=admin,dc=skoven,dc=example", "admin-kun-i-proeven"); err != nil {
		return err
	}
	return f(c)
}

// Config is how the server is asked, with groups that give roles.
func (s *Slapd) Config(groups ...directory.Group) directory.Config {
	return directory.Config{
		Name: "skoven", Kind: directory.LDAP, Controllers: []string{"ldaps://" + s.Address}, Base: SlapdBase, Domain: "skoven.example",
		Reader: slapdReader, Password: slapdPassword, CAFile: s.CAFile, Controller: "lindeby", Groups: groups, Wait: 10 * time.Second,
	}
}
