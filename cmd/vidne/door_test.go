package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testport"
)

// configOf reads a configuration as the program does.
func configOf(t *testing.T, text string) config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vidne.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAStartThatWouldLetPeopleInUnprotectedIsRefusedInWords(t *testing.T) {
	req.Shows(t, "ID-5")
	for name, c := range map[string]struct{ text, key, words string }{
		"open and plain":       {"[portal]\nlisten = \"0.0.0.0:8080\"\nbase_url = \"http://127.0.0.1:8080\"", "edge.plain", "uden kryptering"},
		"plain base":           {"[portal]\nlisten = \"0.0.0.0:8080\"", "edge.address", "base_url"},
		"nothing ends TLS":     {"[portal]\nbase_url = \"https://vidne.example.dk\"", "edge.plain", "nævn den i proxies"},
		"everybody is a proxy": {"[portal]\nbase_url = \"https://vidne.example.dk\"\nproxies = [\"0.0.0.0/0\"]", "edge.proxies", "proxyer"},
		"no certificate":       {"[portal]\nbase_url = \"https://vidne.example.dk\"\n[portal.tls]\nmode = \"files\"\ncertificate_file = \"a\"\nkey_file = \"b\"", "edge.certificate", "certifikat"},
		"TLS without https":    {"[portal]\n[portal.tls]\nmode = \"self-signed\"", "edge.address", "base_url"},
		"unknown mode":         {"[portal]\nbase_url = \"https://vidne.example.dk\"\n[portal.tls]\nmode = \"auto\"", "edge.certificate", "certifikat"},
		"terms":                {"[portal]\nbase_url = \"https://vidne.example.dk\"\n[portal.tls]\nmode = \"acme\"", "edge.acme", "ACME"},
		"redirect to nowhere":  {"[portal]\n[portal.tls]\nredirect = \":80\"", "edge.plain", "[portal.tls]"},
	} {
		cfg := configOf(t, c.text)
		_, err := openDoor(cfg.Portal, clock.System(), slog.New(slog.DiscardHandler))
		if fault.Key(err) != c.key || !strings.Contains(explain(err), c.words) {
			t.Errorf("%s: %v\n%s", name, err, explain(err))
		}
	}
	for name, text := range map[string]string{
		"this machine":    "",
		"behind a proxy":  "[portal]\nlisten = \"10.0.0.4:8080\"\nbase_url = \"https://vidne.example.dk\"\nproxies = [\"10.0.0.7\"]",
		"self-signed":     "[portal]\nlisten = \"0.0.0.0:8443\"\nbase_url = \"https://vidne.example.dk:8443\"\n[portal.tls]\nmode = \"self-signed\"",
		"by an authority": "[portal]\nlisten = \":443\"\nbase_url = \"https://vidne.example.dk\"\n[portal.tls]\nmode = \"acme\"\nacme_terms = true\nredirect = \":80\"",
	} {
		cfg := configOf(t, text)
		if _, err := openDoor(cfg.Portal, clock.System(), slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALineOverANetworkNeedsKeys(t *testing.T) {
	for name, text := range map[string]string{
		"engine open":    "[engine]\nlisten = \"10.0.0.4:7080\"",
		"engine named":   "[engine]\nlisten = \"0.0.0.0:7080\"\n[portal]\nengine = \"http://10.0.0.4:7080\"",
		"engine by name": "[engine]\nlisten = \":7080\"\n[portal]\nengine = \"http://engine.example.dk:7080\"",
	} {
		cfg := configOf(t, text)
		if _, err := lineOf(cfg.Engine); fault.Key(err) != "edge.line" || !strings.Contains(explain(err), "uden kryptering") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(text, "[portal]") {
			if _, err := newClient(cfg.Portal); fault.Key(err) != "edge.line" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	cfg := configOf(t, "[portal]\nengine = \"https://10.0.0.4:7080\"")
	if _, err := newClient(cfg.Portal); fault.Key(err) != "edge.pin" || !strings.Contains(explain(err), "keys line") {
		t.Errorf("without a key: %v", err)
	}
}

// TestTheHouseOverTLS runs both halves as `vidne serve` does, the portal over
// TLS and the engine open to other machines: people come in over TLS, a
// stranger does not reach the engine, and the halves reach each other.
func TestTheHouseOverTLS(t *testing.T) {
	req.Shows(t, "ID-5")
	front, err := testport.Address()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := testport.Address()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := edge.OpenHalf(filepath.Join(t.TempDir(), "stranger.key"))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := edge.OpenHalf(filepath.Join(t.TempDir(), "elsewhere.key"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := testport.Address()
	if err != nil {
		t.Fatal(err)
	}
	cfg := configOf(t, "[engine]\nlisten = \""+back+"\"\nportals = [\""+elsewhere.Pin()+"\"]\n[portal]\nlisten = \""+front+"\"\nbase_url = \"https://"+front+"\"\n"+
		"[portal.tls]\nmode = \"self-signed\"\nredirect = \""+plain+"\"\n")
	h, err := openHouse(t.Context(), cfg, clock.System(), func() bool { return true }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	who, err := h.office.client.Identity(t.Context())
	if err != nil || len(who.SealKey) == 0 {
		t.Errorf("the halves do not reach each other: %v", err)
	}

	browser := trusting(t, filepath.Join(cfg.Portal.Dir, "tls", "self.crt"))
	w := fetch(t, browser, "https://"+front+"/log-ind")
	if w.StatusCode != http.StatusOK || w.TLS.NegotiatedProtocol != "h2" || w.TLS.Version != tls.VersionTLS13 || w.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%d %s %v", w.StatusCode, w.TLS.NegotiatedProtocol, w.Header)
	}
	w = fetch(t, browser, "http://"+plain+"/sager?x=1")
	if w.StatusCode != http.StatusPermanentRedirect || w.Header.Get("Location") != "https://"+front+"/sager?x=1" {
		t.Errorf("%d %q", w.StatusCode, w.Header.Get("Location"))
	}
	if len(h.door.fingerprint()) != 95 {
		t.Errorf("fingerprint %q", h.door.fingerprint())
	}

	engine, err := edge.OpenHalf(filepath.Join(cfg.Engine.Dir, lineFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, half := range map[string]edge.Half{"stranger": stranger, "elsewhere": elsewhere} {
		c, err := half.Call(engine.Pin())
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+back+"/v1/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		w, err := c.Do(r)
		switch {
		case name == "stranger" && err == nil:
			w.Body.Close()
			t.Error("a stranger reached the engine")
		case name == "elsewhere" && (err != nil || w.StatusCode != http.StatusForbidden): // by key, but without the secret
			t.Errorf("another portal: %v", err)
		}
		if name == "elsewhere" && err == nil {
			w.Body.Close()
		}
	}
}

// trusting is a browser that was told of one certificate, and follows nothing.
func trusting(t *testing.T, file string) *http.Client {
	t.Helper()
	pem, err := durable.ReadFile(durable.OS(), file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func fetch(t *testing.T, c *http.Client, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	_, _ = io.Copy(io.Discard, w.Body)
	return w
}
