package directory_test

import (
	"bytes"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/req"
)

func TestActiveDirectoryCertificates(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "rie")
	other := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(other, otherCA(t), 0o600); err != nil {
		t.Fatal(err)
	}
	colons := strings.ToUpper(s.Fingerprint[:2] + ":" + s.Fingerprint[2:4] + ":" + s.Fingerprint[4:])
	for name, try := range map[string]struct {
		change func(*directory.Config)
		in     bool
	}{
		"its own authority":          {func(*directory.Config) {}, true},
		"StartTLS":                   {func(c *directory.Config) { c.Controllers = []string{"ldap://" + s.Address} }, true},
		"the system's authorities":   {func(c *directory.Config) { c.CAFile = "" }, false},
		"the system's, StartTLS":     {func(c *directory.Config) { c.CAFile, c.Controllers = "", []string{"ldap://" + s.Address} }, false},
		"another authority":          {func(c *directory.Config) { c.CAFile = other }, false},
		"pinned":                     {func(c *directory.Config) { c.CAFile, c.Fingerprints = "", []string{s.Fingerprint} }, true},
		"pinned, as people write it": {func(c *directory.Config) { c.CAFile, c.Fingerprints = "", []string{colons} }, true},
		"pinned, StartTLS": {func(c *directory.Config) {
			c.CAFile, c.Fingerprints, c.Controllers = "", []string{s.Fingerprint}, []string{"ldap://" + s.Address}
		}, true},
		"pinned to another": {func(c *directory.Config) { c.Fingerprints = []string{strings.Repeat("ab", 32)} }, false},
		"another name in the certificate": {func(c *directory.Config) {
			c.Controllers = []string{"ldaps://localhost:" + forward(t, s.Address+":636")}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.Config(manager)
			try.change(&c)
			_, err := ask(t, directory.Domains{open(t, c, clock.System())}, "rie", password)
			if (err == nil) != try.in {
				t.Errorf("%v", err)
			}
			if !try.in && !fault.Is(err, fault.Unavailable) {
				t.Errorf("an untrusted controller is called %v", err)
			}
		})
	}
}

// otherCA is some other authority's certificate.
func otherCA(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/other.pem")
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := pem.Decode(b); p == nil {
		t.Fatal("testdata/other.pem is no certificate")
	}
	return b
}

// forward lends an address another name.
func forward(t *testing.T, to string) (port string) {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// Whoever stands between may cut StartTLS out of the answer. Nothing is said to
// a server that does not take up TLS: not the reader's password, not the
// person's.
func TestOpenLDAPWithoutTLSHearsNothing(t *testing.T) {
	req.Shows(t, "ID-1")
	l := listen(t)
	heard := make(chan []byte, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			b := make([]byte, 4096)
			n, _ := c.Read(b)
			// An answer to message 1 that StartTLS is not supported: protocolError.
			_, _ = c.Write([]byte{0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x02, 0x04, 0x00, 0x04, 0x00})
			more, _ := io.ReadAll(c)
			_ = c.Close()
			heard <- append(b[:n], more...)
		}
	}()
	c := directory.Config{
		Name: "lindeby", Kind: directory.ActiveDirectory, Controllers: []string{"ldap://" + l.Addr().String()}, Base: "DC=lindeby,DC=example", Domain: "lindeby.example",
		Reader: "laeser@lindeby.example", Password: "laeserens-kodeord", Controller: "lindeby", Groups: []directory.Group{manager}, Wait: 10 * time.Second,
	}
	if _, err := ask(t, directory.Domains{open(t, c, clock.System())}, "ida", password); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server without TLS is called %v", err)
	}
	b := <-heard
	if !bytes.Contains(b, []byte("1.3.6.1.4.1.1466.20037")) {
		t.Errorf("it was not asked for TLS: %q", b)
	}
	for _, secret := range []string{"laeser", "ida", password} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("it heard %q", secret)
		}
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	good := directory.Config{
		Name: "lindeby", Kind: directory.ActiveDirectory, Controllers: []string{"ldaps://dc1.lindeby.example"}, Base: "DC=lindeby,DC=example", Domain: "lindeby.example",
		Reader: "laeser@lindeby.example", Password: "x", Controller: "lindeby", Groups: []directory.Group{manager},
	}
	if _, err := directory.New(good, clock.System(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*directory.Config){
		"name":               func(c *directory.Config) { c.Name = "Lindeby Kommune" },
		"kind":               func(c *directory.Config) { c.Kind = "nis" },
		"no controller":      func(c *directory.Config) { c.Controllers = nil },
		"http":               func(c *directory.Config) { c.Controllers = []string{"http://dc1"} },
		"user in address":    func(c *directory.Config) { c.Controllers = []string{"ldaps://ida:x@dc1"} },
		"path":               func(c *directory.Config) { c.Controllers = []string{"ldaps://dc1/DC=x?x"} },
		"socket":             func(c *directory.Config) { c.Controllers = []string{"ldapi:///var/run/ldapi"} },
		"base":               func(c *directory.Config) { c.Base = "lindeby" },
		"no domain":          func(c *directory.Config) { c.Domain = "" },
		"no reader":          func(c *directory.Config) { c.Reader = "" },
		"no password":        func(c *directory.Config) { c.Password = " " },
		"people":             func(c *directory.Config) { c.People = "(cn=" },
		"no data controller": func(c *directory.Config) { c.Controller = "" },
		"no groups":          func(c *directory.Config) { c.Groups = nil },
		"a short group": func(c *directory.Config) {
			c.Groups = []directory.Group{{DN: "Vidne-Ledere", Roles: []string{"manager"}}}
		},
		"no role": func(c *directory.Config) { c.Groups = []directory.Group{{DN: managers}} },
		"operator": func(c *directory.Config) {
			c.Groups = []directory.Group{{DN: managers, Roles: []string{"dpo", "operator"}}}
		},
		"fingerprint":    func(c *directory.Config) { c.Fingerprints = []string{"abcd"} },
		"no such file":   func(c *directory.Config) { c.CAFile = "/nowhere/ca.pem" },
		"no certificate": func(c *directory.Config) { c.CAFile = "trust_test.go" },
	} {
		c := good
		change(&c)
		if _, err := directory.New(c, clock.System(), slog.New(slog.DiscardHandler)); fault.Key(err) != "directory.config" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
