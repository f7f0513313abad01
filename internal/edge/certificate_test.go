package edge

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

// pair makes a certificate in two files, as if an authority's program had.
func pair(t *testing.T, dir, host string, at time.Time) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "a.crt"), filepath.Join(dir, "a.key")
	fatal(t, makeOwn(cert, key, host, at))
	return cert, key
}

func TestACertificateThatChangesOnDiskIsTakenIntoUse(t *testing.T) {
	clk, dir := clock.NewFake(start), t.TempDir()
	cert, key := pair(t, dir, "vidne.example.dk", start)
	f, err := OpenFiles(cert, key, "vidne.example.dk", clk, quiet())
	fatal(t, err)
	first, _ := f.Get(nil)

	// Half of a new one: the old one stays, and is looked at again.
	fatal(t, os.WriteFile(cert, []byte("-----BEGIN CERTIFICATE-----\nnot yet"), 0o600))
	clk.Advance(lookEvery)
	if c, err := f.Get(nil); err != nil || Fingerprint(c) != Fingerprint(first) {
		t.Errorf("a broken certificate is in use: %v", err)
	}
	pair(t, dir, "evil.example", start)
	clk.Advance(lookEvery)
	if c, _ := f.Get(nil); Fingerprint(c) != Fingerprint(first) {
		t.Error("a certificate for somebody else is in use")
	}
	pair(t, dir, "vidne.example.dk", start)
	if c, _ := f.Get(nil); Fingerprint(c) != Fingerprint(first) {
		t.Error("the disk is read at every handshake")
	}
	clk.Advance(lookEvery)
	if c, _ := f.Get(nil); Fingerprint(c) == Fingerprint(first) {
		t.Error("the new certificate is not in use")
	}
}

func TestACertificateThatCannotServeIsRefusedAtStart(t *testing.T) {
	clk := clock.NewFake(start)
	for name, make := range map[string]func(dir string) (string, string){
		"not there":  func(dir string) (string, string) { return filepath.Join(dir, "x"), filepath.Join(dir, "y") },
		"somebody's": func(dir string) (string, string) { return pair(t, dir, "evil.example", start) },
		"over":       func(dir string) (string, string) { return pair(t, dir, "vidne.example.dk", start.Add(-2*ownLasts)) },
		"not yet":    func(dir string) (string, string) { return pair(t, dir, "vidne.example.dk", start.Add(ownLasts)) },
		"two halves": func(dir string) (string, string) { c, _ := pair(t, dir, "vidne.example.dk", start); return c, c },
		"open to others": func(dir string) (string, string) {
			c, k := pair(t, dir, "vidne.example.dk", start)
			fatal(t, os.Chmod(k, 0o644))
			return c, k
		},
	} {
		cert, key := make(t.TempDir())
		if _, err := OpenFiles(cert, key, "vidne.example.dk", clk, quiet()); fault.Key(err) != "edge.certificate" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASelfSignedCertificateIsKeptAndRenewed(t *testing.T) {
	clk, dir := clock.NewFake(start), filepath.Join(t.TempDir(), "tls")
	get := func(host string) string {
		f, err := SelfSigned(dir, host, clk, quiet())
		fatal(t, err)
		c, err := f.Get(nil)
		fatal(t, err)
		return Fingerprint(c)
	}
	first := get("127.0.0.1")
	if len(first) != 95 || get("127.0.0.1") != first {
		t.Errorf("%s is not kept", first)
	}
	for _, name := range []string{"self.key", "self.crt"} {
		info, err := os.Stat(filepath.Join(dir, name))
		fatal(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %o", name, info.Mode().Perm())
		}
	}
	clk.Advance(ownLasts - ownRenew + time.Hour)
	if get("127.0.0.1") == first {
		t.Error("a certificate that ends within a month is not renewed")
	}
	if second := get("127.0.0.1"); get("vidne.example.dk") == second {
		t.Error("another host has the same certificate")
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	f, err := SelfSigned(t.TempDir(), "127.0.0.1", clock.System(), quiet())
	fatal(t, err)
	l := listenHere(t)
	s := Server(http.NotFoundHandler(), Settings(f.Get), quiet())
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	defer func() { _ = s.Close(); <-done }()
	pool := x509.NewCertPool()
	own, _ := f.Get(nil)
	pool.AddCert(own.Leaf)
	for name, c := range map[string]struct {
		cfg *tls.Config
		ok  bool
	}{
		"1.3":           {&tls.Config{MinVersion: tls.VersionTLS13}, true},
		"1.2":           {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, true},
		"1.1":           {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"1.2 with CBC":  {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
		"1.2 with SHA1": {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, false},
	} {
		c.cfg.RootCAs = pool
		d := tls.Dialer{Config: c.cfg}
		conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// brisk is a clock by which each part of an answer has 300 ms to be read.
type brisk struct{ clock.Clock }

func (brisk) Now() time.Time { return clock.System().Now().Add(300*time.Millisecond - readWithin) }

// A stream whose parts lie further apart than a part has time to be read is
// whole in the end, in either version of HTTP: what is timed is the reading,
// not the pause.
func TestAPauseDoesNotEndAStream(t *testing.T) {
	f, err := SelfSigned(t.TempDir(), "127.0.0.1", clock.System(), quiet())
	fatal(t, err)
	l := listenHere(t)
	d, err := NewDoor(Config{BaseURL: "https://" + l.Addr().String(), MaxBody: 1 << 20, Clock: clock.System(), Log: quiet()})
	fatal(t, err)
	d.real = brisk{}
	s := Server(d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for range 3 {
			_, _ = io.WriteString(w, "part;")
			_ = http.NewResponseController(w).Flush()
			_ = clock.Sleep(r.Context(), clock.System(), 700*time.Millisecond)
		}
	})), Settings(f.Get), quiet())
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(d.Limited(l), "", "") }()
	defer func() { _ = s.Close(); <-done }()
	own, _ := f.Get(nil)
	pool := x509.NewCertPool()
	pool.AddCert(own.Leaf)
	for proto, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: h2}}
			r, err := http.NewRequestWithContext(t.Context(), method, "https://"+l.Addr().String(), strings.NewReader("a form"))
			fatal(t, err)
			w, err := c.Do(r)
			fatal(t, err)
			b, err := io.ReadAll(w.Body)
			w.Body.Close()
			c.CloseIdleConnections()
			if err != nil || string(b) != "part;part;part;" || w.Proto != proto {
				t.Errorf("%s %s: %q over %s, %v", method, proto, b, w.Proto, err)
			}
		}
	}
}

func TestTheLineIsForThoseWhoWereNamed(t *testing.T) {
	half := func(name string) Half {
		h, err := OpenHalf(filepath.Join(t.TempDir(), name))
		fatal(t, err)
		return h
	}
	engine, portal, stranger := half("engine"), half("portal"), half("stranger")
	settings, err := engine.Serve(portal.Pin())
	fatal(t, err)
	l := listenHere(t)
	s := Server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the engine") }), settings, quiet())
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	defer func() { _ = s.Close(); <-done }()
	get := func(who Half, pin string) (string, error) {
		c, err := who.Call(pin)
		fatal(t, err)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+l.Addr().String(), nil)
		fatal(t, err)
		w, err := c.Do(r)
		if err != nil {
			return "", err
		}
		defer w.Body.Close()
		b, err := io.ReadAll(w.Body)
		return string(b), err
	}
	if got, err := get(portal, engine.Pin()); err != nil || got != "the engine" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := get(stranger, engine.Pin()); err == nil {
		t.Errorf("a stranger was answered: %q", got)
	}
	if got, err := get(portal, stranger.Pin()); err == nil || !strings.Contains(err.Error(), "not named") {
		t.Errorf("a portal spoke to somebody else: %q, %v", got, err)
	}
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+l.Addr().String(), nil)
	fatal(t, err)
	if w, err := plain.Do(r); err == nil {
		w.Body.Close()
		t.Error("somebody without a key was answered")
	}
	if again := half("engine"); again.Pin() == engine.Pin() {
		t.Error("two keys have one name")
	}
	if _, err := portal.Call("sha256:12"); fault.Key(err) != "edge.pin" {
		t.Errorf("%v", err)
	}
	if _, err := engine.Serve(); fault.Key(err) != "edge.pin" {
		t.Errorf("%v", err)
	}
}

func TestAKeyOfTheLineIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "line.key")
	a, err := OpenHalf(file)
	fatal(t, err)
	b, err := OpenHalf(file)
	fatal(t, err)
	if a.Pin() != b.Pin() {
		t.Error("the key changes with every start")
	}
	for addr, own := range map[string]bool{"127.0.0.1:7080": true, "localhost:1": true, "[::1]:7080": true, "0.0.0.0:7080": false, ":7080": false, "10.0.0.4:7080": false, "engine.example:1": false} {
		if OnOneMachine(addr) != own {
			t.Errorf("%s: %v", addr, !own)
		}
	}
}
