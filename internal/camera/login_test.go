package camera_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// TestLoginRefused: the wrong password is told as such, after few tries.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-3", "REC-5")
	clip := open(t, testcam.Tiny)
	for _, login := range []testcam.Login{testcam.LoginBasic, testcam.LoginDigestSHA} {
		for _, user := range []string{"drift", ""} {
			cam := start(t, testcam.Options{Clip: clip, Login: login, User: "drift", Password: "rigtig"})
			err := camera.Run(t.Context(), camera.Config{URL: cam.URL(), User: user, Password: "forkert", Allow: loopback(t)}, clock.System(), newKeeper())
			if fault.Key(err) != "camera.auth" || !fault.Is(err, fault.Denied) {
				t.Errorf("login %d as %q: %v", login, user, err)
			}
		}
	}
	for name, challenge := range map[string]func(n int) string{
		"a new nonce each time":     func(n int) string { return fmt.Sprintf(`Digest realm="x", nonce="%d"`, n) },
		"always stale":              func(n int) string { return fmt.Sprintf(`Digest realm="x", nonce="%d", stale=true`, n) },
		"a kind that nobody knows":  func(int) string { return `Negotiate abc` },
		"an algorithm nobody knows": func(int) string { return `Digest realm="x", nonce="y", algorithm=ROT13` },
		"no challenge":              func(int) string { return "" },
	} {
		var asked atomic.Int64
		s := &testcam.Script{Clip: clip, Answer: func(w io.Writer, r *testcam.Request) bool {
			_, _ = io.WriteString(w, r.Status("401 Unauthorized", "WWW-Authenticate: "+challenge(int(asked.Add(1)))+"\r\n", ""))
			return true
		}}
		h, err := testcam.NewHostile("", s.Serve)
		if err != nil {
			t.Fatal(err)
		}
		err = camera.Run(t.Context(), camera.Config{URL: h.URL(), User: "drift", Password: "x", Allow: loopback(t)}, clock.System(), newKeeper())
		h.Close()
		if fault.Key(err) != "camera.auth" || asked.Load() > 5 {
			t.Errorf("%s: asked %d times: %v", name, asked.Load(), err)
		}
	}
}

// TestTLSTrust: a certificate is trusted by its pin and by nothing less.
func TestTLSTrust(t *testing.T) {
	req.Shows(t, "REC-3")
	cam := start(t, testcam.Options{Clip: open(t, testcam.Tiny), TLS: true})
	other, err := testcam.Certificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	plain := start(t, testcam.Options{Clip: open(t, testcam.Tiny)})
	run := func(url, pin string, transport permit.Transport) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return camera.Run(ctx, camera.Config{URL: url, CertSHA256: pin, Transport: transport, Allow: loopback(t)}, clock.System(), newKeeper())
	}
	if err := run(cam.URL(), "", permit.TransportAuto); fault.Key(err) != "camera.tls" {
		t.Errorf("its own signature is trusted: %v", err)
	}
	if err := run(cam.URL(), strings.Repeat("0", 64), permit.TransportAuto); fault.Key(err) != "camera.tls" {
		t.Errorf("another certificate is trusted: %v", err)
	}
	fast := clock.Scaled(clock.System().Now(), 50)
	err = camera.Run(t.Context(), camera.Config{URL: plain.URL(), CertSHA256: strings.Repeat("0", 64), Transport: permit.TransportTLS, Allow: loopback(t)}, fast, newKeeper())
	if fault.Key(err) != "camera.tls" {
		t.Errorf("no TLS at all: %v", err)
	}
	k := newKeeper()
	pin := strings.ToUpper(cam.CertSHA256())
	stop, _ := session(t, camera.Config{URL: cam.URL(), CertSHA256: pin, Allow: loopback(t)}, clock.System(), k)
	k.wait(t, "a picture", k.pictures(1))
	_ = stop()
	// The camera gets another certificate: an impostor, for all we know.
	changed := start(t, testcam.Options{Clip: open(t, testcam.Tiny), TLS: true, Cert: &tls.Certificate{Certificate: other.Certificate, PrivateKey: other.PrivateKey}})
	if err := run(changed.URL(), pin, permit.TransportAuto); fault.Key(err) != "camera.tls" {
		t.Errorf("a changed certificate is trusted: %v", err)
	}
	if err := run(cam.URL(), pin, permit.TransportUDP); fault.Key(err) != "camera.protocol" {
		t.Errorf("UDP beside TLS: %v", err)
	}
}
