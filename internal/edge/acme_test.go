package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

const acmeHost = "vidne.example.dk"

// sharedKey is that of an account which the authority knows already.
var sharedKey = []byte("en delt hemmelighed på mindst 32 tegn")

// authority is a Pebble on loopback: it asks its questions at the ports that it
// is told, and finds every name on this machine.
type authority struct {
	directory string
	web, root []byte // PEM: who vouches for its own address, and for what it gives
}

func newAuthority(t *testing.T, http01, alpn01 int, shared bool) authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quietly := slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	store := db.NewMemoryStore()
	authority, judge := ca.New(quietly, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "tests", ValidityPeriod: 90 * 24 * 3600}}),
		va.New(quietly, http01, alpn01, false, resolver(t), store)
	if shared {
		fatal(t, store.AddExternalAccountKeyByID("kommune-1", base64.RawURLEncoding.EncodeToString(sharedKey)))
	}
	front := wfe.New(quietly, store, judge, authority, nil, false, shared, 1, 1)
	s := httptest.NewTLSServer(front.Handler())
	t.Cleanup(s.Close)
	return authorityAt(s, authority.GetRootCert(0).PEM())
}

func authorityAt(s *httptest.Server, root []byte) authority {
	return authority{s.URL + "/dir", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), root}
}

// resolver is a name server that knows one machine: this one.
func resolver(t *testing.T) string {
	t.Helper()
	l := listenHere(t) // it asks over TCP
	s := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)})
		}
		_ = w.WriteMsg(m) // the asker asks again
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return l.Addr().String()
}

func portOf(t *testing.T, l net.Listener) int {
	t.Helper()
	return l.Addr().(*net.TCPAddr).Port
}

func listenHere(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	fatal(t, err)
	return l
}

// TestAnAuthorityGivesACertificate: the whole way, with a Pebble that really
// asks back: the account, the order, the question at our own port, the
// certificate, a browser's look at it, and the same certificate after a
// restart, without asking again.
func TestAnAuthorityGivesACertificate(t *testing.T) {
	for name, question := range map[string]struct{ http, alpn, shared bool }{"TLS-ALPN-01": {alpn: true}, "HTTP-01": {http: true}, "an account of ours": {alpn: true, shared: true}} {
		t.Run(name, func(t *testing.T) {
			secure, plain := listenHere(t), listenHere(t)
			nowhere := listenHere(t) // taken, and nobody answers
			defer nowhere.Close()
			http01, alpn01 := portOf(t, nowhere), portOf(t, nowhere)
			if question.http {
				http01 = portOf(t, plain)
			}
			if question.alpn {
				alpn01 = portOf(t, secure)
			}
			fatal(t, nowhere.Close())
			p := newAuthority(t, http01, alpn01, question.shared)
			dir := filepath.Join(t.TempDir(), "acme")
			c := ACMEConfig{Directory: p.directory, Email: "it@example.dk", Host: acmeHost, Dir: dir, Roots: p.web, Terms: true, Log: quiet()}
			if question.shared {
				c.SharedID, c.SharedKey = "kommune-1", sharedKey
			}
			a, err := OpenACME(c)
			fatal(t, err)
			d, err := NewDoor(Config{BaseURL: "https://" + acmeHost, MaxBody: 1 << 20, Clock: clock.System(), Log: quiet()})
			fatal(t, err)
			stop := serveBoth(t, d, a, secure, plain)

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := a.Fetch(ctx); err != nil {
				t.Fatal(err)
			}
			first := shown(t, p, secure.Addr().String())
			if first.VerifyHostname(acmeHost) != nil {
				t.Errorf("it is for %v", first.DNSNames)
			}
			if r := redirected(t, plain.Addr().String()); r != "https://"+acmeHost+"/sager" {
				t.Errorf("without TLS one is sent to %q", r)
			}
			stop()

			files, err := os.ReadDir(dir)
			fatal(t, err)
			for _, f := range files {
				if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
				}
			}
			if len(files) < 2 {
				t.Errorf("%d files are kept", len(files))
			}

			c.Directory = "https://127.0.0.1:1/dir" // the authority is gone
			again, err := OpenACME(c)
			fatal(t, err)
			if err := again.Fetch(ctx); err != nil {
				t.Errorf("after a restart: %v", err)
			}
		})
	}
}

func serveBoth(t *testing.T, d *Door, a *ACME, secure, plain net.Listener) (stop func()) {
	t.Helper()
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hej") })
	on := a.Answer(d.Redirect())
	at80 := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host, _, _ = strings.Cut(r.Host, ":") // an authority asks at port 80, which nobody names
		on.ServeHTTP(w, r)
	})
	s, r := Server(d.Handler(hello), a.Settings(), quiet()), Server(at80, nil, quiet())
	done := make(chan error, 2)
	go func() { done <- s.ServeTLS(d.Limited(secure), "", "") }()
	go func() { done <- r.Serve(d.Limited(plain)) }()
	return func() {
		_, _ = s.Close(), r.Close()
		<-done
		<-done
	}
}

// shown is the certificate that a browser that trusts the authority sees.
func shown(t *testing.T, p authority, addr string) *x509.Certificate {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.root)
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: acmeHost}}
	c, err := d.DialContext(t.Context(), "tcp", addr)
	fatal(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+acmeHost+"\r\nConnection: close\r\n\r\n")
	fatal(t, err)
	if b, err := io.ReadAll(c); err != nil || !strings.Contains(string(b), "hej") {
		t.Errorf("%q, %v", b, err)
	}
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0]
}

func redirected(t *testing.T, addr string) string {
	t.Helper()
	got := speak(t, addr, "GET /sager HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
	_, rest, _ := strings.Cut(got, "Location: ")
	to, _, _ := strings.Cut(rest, "\r\n")
	return to
}

func TestNobodyElsesNameIsAskedFor(t *testing.T) {
	a, err := OpenACME(ACMEConfig{Directory: "https://127.0.0.1:1/dir", Host: acmeHost, Dir: t.TempDir(), Terms: true, Log: quiet()})
	fatal(t, err)
	_, err = a.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: "evil.example.dk"})
	if err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Fetch(ctx); fault.Key(err) != "edge.acme" {
		t.Errorf("an authority that is away: %v", err)
	}
}

func TestACMEIsRefusedWhereItCannotBe(t *testing.T) {
	ok := ACMEConfig{Host: acmeHost, Dir: t.TempDir(), Terms: true, Log: quiet()}
	for name, change := range map[string]func(*ACMEConfig){
		"terms":     func(c *ACMEConfig) { c.Terms = false },
		"this host": func(c *ACMEConfig) { c.Host = "127.0.0.1" },
		"plain":     func(c *ACMEConfig) { c.Directory = "http://ca.example/dir" },
		"roots":     func(c *ACMEConfig) { c.Roots = []byte("rubbish") },
	} {
		c := ok
		change(&c)
		if _, err := OpenACME(c); fault.Key(err) != "edge.acme" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := shelf(t.TempDir())
	for _, name := range []string{"", "../x", "a/b", ".x", "a\x00"} {
		if s.Put(t.Context(), name, nil) == nil || s.Delete(t.Context(), name) == nil {
			t.Errorf("%q is a name", name)
		}
		if _, err := s.Get(t.Context(), name); err == nil {
			t.Errorf("%q is read", name)
		}
	}
}
