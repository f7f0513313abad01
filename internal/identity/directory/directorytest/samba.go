package directorytest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/identity/directory"
)

// Samba is an Active Directory domain controller of the domain lindeby.example.
type Samba struct {
	server
	Address string // its loopback address
	Certificate
	conf string

	once sync.Mutex
	done map[string]bool
}

// Once does something to the controller the first time that it is asked for
// under a name.
func (s *Samba) Once(t testing.TB, name string, f func()) {
	t.Helper()
	s.once.Lock()
	defer s.once.Unlock()
	if !s.done[name] {
		f()
		if s.done == nil {
			s.done = map[string]bool{}
		}
		s.done[name] = true
	}
}

// SambaBase is the domain's own entry.
const SambaBase = "DC=lindeby,DC=example"

// The account that reads, as made by Samba's tests.
const (
	Reader         = "vidne-laeser@lindeby.example"
	ReaderPassword = "Laeser-kun-laeser-1"
	adminPassword  = "Kat-og-hund-er-1"
)

var shared = sync.OnceValues(newSamba)

// SambaDC is the domain controller that a test program's tests share. Each
// makes people and groups of its own.
func SambaDC(t testing.TB) *Samba {
	t.Helper()
	s, err := shared()
	if err != nil {
		missing(t, err)
	}
	return s
}

// OwnSamba starts a domain controller for one test, which may stop and pause it.
func OwnSamba(t testing.TB) *Samba {
	t.Helper()
	s, err := newSamba()
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(s.end)
	return s
}

func newSamba() (*Samba, error) {
	for _, p := range []string{"/usr/sbin/samba", "/usr/bin/samba-tool", "/usr/share/samba/setup/provision.ldif"} {
		if _, err := os.Stat(p); err != nil {
			return nil, lackingError("Samba is missing (Debian packages samba, samba-ad-provision, samba-dsdb-modules, samba-vfs-modules): " + err.Error())
		}
	}
	if os.Getuid() != 0 {
		return nil, lackingError("Samba's domain controller runs as root alone")
	}
	s := &Samba{Address: loopback()}
	var err error
	if s.dir, err = os.MkdirTemp("", "vidne-samba-"); err != nil {
		return nil, err
	}
	if err := s.provision(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *Samba) provision() (err error) {
	if s.Certificate, err = certify(s.dir, s.Address, "dc1.lindeby.example"); err != nil {
		return err
	}
	s.conf = filepath.Join(s.dir, "smb.conf")
	empty := filepath.Join(s.dir, "empty.conf")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return err
	}
	if err := command(s.dir, "", "samba-tool", "domain", "provision", "--configfile="+empty, "--targetdir="+filepath.Join(s.dir, "dc"),
		"--realm=LINDEBY.EXAMPLE", "--domain=LINDEBY", "--server-role=dc", "--adminpass="+adminPassword, "--dns-backend=NONE",
		"--host-name=dc1", "--host-ip="+s.Address, "--option=interfaces="+s.Address+"/8", "--option=bind interfaces only=yes"); err != nil {
		return err
	}
	if err := os.WriteFile(s.conf, []byte(s.settings()), 0o600); err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return err
	}
	if err := s.tool("user", "create", "vidne-laeser", ReaderPassword); err != nil {
		return err
	}
	return s.tool("domain", "passwordsettings", "set", "--min-pwd-age=0", "--history-length=0", "--account-lockout-threshold=0")
}

// settings leaves out all that is not LDAP.
func (s *Samba) settings() string {
	return strings.NewReplacer("@DIR", s.dir, "@ADDRESS", s.Address).Replace(`[global]
	realm = LINDEBY.EXAMPLE
	workgroup = LINDEBY
	netbios name = DC1
	server role = active directory domain controller
	server services = ldap
	interfaces = @ADDRESS/8
	bind interfaces only = yes
	private dir = @DIR/dc/private
	lock directory = @DIR/dc
	state directory = @DIR/dc/state
	cache directory = @DIR/dc/cache
	binddns dir = @DIR/dc/bind-dns
	pid directory = @DIR/dc
	ncalrpc dir = @DIR/dc/ncalrpc
	ntp signd socket directory = @DIR/dc/ntp
	winbindd socket directory = @DIR/dc/winbindd
	log file = @DIR/dc/log
	tls certfile = @DIR/cert.pem
	tls keyfile = @DIR/key.pem
	tls cafile =
[netlogon]
	path = @DIR/dc/state/sysvol/lindeby.example/scripts
[sysvol]
	path = @DIR/dc/state/sysvol
`)
}

// Start starts a stopped controller again.
func (s *Samba) Start() error {
	return s.start(s.Address+":636", "/usr/sbin/samba", "-i", "-M", "single", "-s", s.conf)
}

// tool runs samba-tool on the controller's own files.
func (s *Samba) tool(args ...string) error {
	return command(s.dir, "", append([]string{"samba-tool"}, append(args, "-s", s.conf, "-H", filepath.Join(s.dir, "dc/private/sam.ldb"))...)...)
}

// Tool runs samba-tool, such as "user", "disable", "ida".
func (s *Samba) Tool(t testing.TB, args ...string) {
	t.Helper()
	if err := s.tool(args...); err != nil {
		t.Fatal(err)
	}
}

// modify is Samba's own Python, which samba-tool is made of.
const modify = `
import sys
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.auth import system_session
lp = LoadParm(); lp.load(sys.argv[1])
db = SamDB(url=sys.argv[2], session_info=system_session(), lp=lp)
ldif = sys.stdin.read()
if ldif.startswith("rename "):
    _, old, new = ldif.strip().split("|")
    db.rename(old, new)
else:
    db.modify_ldif(ldif)
`

// Wrong is how many wrong passwords the controller has counted for a person.
func (s *Samba) Wrong(t testing.TB, login string) int {
	t.Helper()
	out, err := output(s.dir, "", "samba-tool", "user", "show", login, "--attributes=badPwdCount", "-s", s.conf, "-H", filepath.Join(s.dir, "dc/private/sam.ldb"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if _, rest, ok := strings.Cut(out, "badPwdCount: "); ok {
		if _, err := fmt.Sscan(rest, &n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// Modify applies LDIF as the domain's own hand, past its rules for people.
func (s *Samba) Modify(t testing.TB, ldif string) {
	t.Helper()
	if err := command(s.dir, ldif, "/usr/bin/python3", "-c", modify, s.conf, filepath.Join(s.dir, "dc/private/sam.ldb")); err != nil {
		t.Fatal(err)
	}
}

// Rename gives an entry another distinguished name.
func (s *Samba) Rename(t testing.TB, from, to string) {
	t.Helper()
	s.Modify(t, "rename |"+from+"|"+to)
}

// Config is how the controller is asked, with groups that give roles.
func (s *Samba) Config(groups ...directory.Group) directory.Config {
	return directory.Config{
		Name: "lindeby", Kind: directory.ActiveDirectory, Controllers: []string{"ldaps://" + s.Address}, Base: SambaBase, Domain: "lindeby.example", Short: "LINDEBY",
		Reader: Reader, Password: ReaderPassword, CAFile: s.CAFile, Controller: "lindeby", Groups: groups, Wait: 10 * time.Second,
	}
}
