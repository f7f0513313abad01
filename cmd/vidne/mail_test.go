package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testport"
)

// TestAMailLeavesTheProgram starts `vidne serve` as an operator does, over TLS,
// and lets somebody change their password in it. The mail that tells them
// leaves over STARTTLS, by the name and password of the configuration, and only
// there.
func TestAMailLeavesTheProgram(t *testing.T) {
	req.Shows(t, "ID-5")
	const login, first, second = "birthe", "en lang sætning om ænder", "en helt anden sætning om gæs"
	server := notifytest.New(t, func(s *notifytest.Server) { s.Password = "postens adgangskode" })
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	front, err := testport.Address()
	must(err)
	back, err := testport.Address()
	must(err)
	must(os.WriteFile(filepath.Join(dir, "mail.secret"), []byte("postens adgangskode\n"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "mail.pem"), server.CA, 0o600))
	file := filepath.Join(dir, "vidne.toml")
	must(os.WriteFile(file, fmt.Appendf(nil, `
[engine]
listen = %q
[portal]
listen = %q
base_url = "https://%s"
[portal.tls]
mode = "self-signed"
[portal.notify]
smtp = "127.0.0.1:%d"
from = "vidne@example.dk"
user = "vidne"
password_file = "mail.secret"
ca_file = "mail.pem"
`, back, front, front, server.Port()), 0o600))

	add := exec.CommandContext(t.Context(), "vidne", "-c", file, "user", "add", login, "--name", "Birthe Lund", "--controller", "lindeby", "--role", "coordinator", "--password", "--email", "birthe@lindeby.example")
	add.Stdin = strings.NewReader(first + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	serve := exec.CommandContext(t.Context(), "vidne", "-c", file, "serve")
	said := &paperTrail{}
	serve.Stdout, serve.Stderr = said, said
	serve.Cancel = func() error { return serve.Process.Signal(syscall.SIGTERM) }
	serve.WaitDelay = 20 * time.Second
	must(serve.Start())
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	defer func() {
		must(serve.Process.Signal(syscall.SIGTERM))
		if err := <-ended; err != nil {
			t.Errorf("it did not end well: %v\n%s", err, said.tail())
		}
	}()
	clk := clock.System()
	for end := clk.Mono() + 60*time.Second; !strings.Contains(said.tail(), "klar"); {
		if clk.Mono() > end {
			t.Fatalf("it is not ready:\n%s", said.tail())
		}
		must(clock.Sleep(t.Context(), clk, 50*time.Millisecond))
	}

	browser := trusting(t, filepath.Join(dir, "portal", "tls", "self.crt"))
	browser.Jar, err = cookiejar.New(nil)
	must(err)
	post := func(path string, form url.Values) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+front+path, strings.NewReader(form.Encode()))
		must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w, err := browser.Do(r)
		must(err)
		must(w.Body.Close())
		return w
	}
	w := post("/log-ind", url.Values{"navn": {login}, "adgangskode": {first}})
	if c := w.Header.Get("Set-Cookie"); w.StatusCode != http.StatusSeeOther || !strings.HasPrefix(c, "__Host-vidne=") || !strings.Contains(c, "Secure") {
		t.Fatalf("not logged in: %d, %q\n%s", w.StatusCode, c, said.tail())
	}
	if w := post("/min-konto/adgangskode", url.Values{"gammel_adgangskode": {first}, "ny_adgangskode": {second}, "igen_adgangskode": {second}}); w.StatusCode != http.StatusSeeOther {
		t.Fatalf("the password is not changed: %d", w.StatusCode)
	}
	select {
	case <-server.Seen:
	case <-time.After(60 * time.Second):
		t.Fatalf("no mail came:\n%s", said.tail())
	}
	m := server.Taken()[0]
	if !m.Secure || !strings.Contains(m.From, "<vidne@example.dk>") || !strings.Contains(m.To, "<birthe@lindeby.example>") || !strings.Contains(m.Text, "Din adgangskode til Vidne er skiftet") || !strings.Contains(m.Text, "Birthe Lund") {
		t.Errorf("secure %v, from %s to %s:\n%s", m.Secure, m.From, m.To, m.Text)
	}
	for _, secret := range []string{first, second, "postens adgangskode"} {
		if strings.Contains(m.Raw, secret) || strings.Contains(said.tail(), secret) {
			t.Error("a password is in the mail or in the log")
		}
	}
}
