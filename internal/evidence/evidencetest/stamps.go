package evidencetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vidne.dk/vidne/internal/evidence"
)

// Stamps is a time stamping service by OpenSSL, on loopback, for as long as
// the test runs, and the file with its certificate.
func Stamps(t testing.TB) (_ *evidence.Stamps, cert string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(file("tsa.cnf"), []byte(`[tsa]
default_tsa = t
[t]
serial = `+file("serial")+`
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
x509_extensions = ext
prompt = no
[dn]
CN = Lindeby tidsstempel
[ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
`), 0o600))
	must(t, os.WriteFile(file("serial"), []byte("01\n"), 0o600))
	run := func(args ...string) {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %v: %v %s", args, err, out)
		}
	}
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout", file("tsa.key"), "-out", file("tsa.pem"), "-config", file("tsa.cnf"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		must(t, os.WriteFile(file("q"), q, 0o600))
		run("ts", "-reply", "-config", file("tsa.cnf"), "-section", "t", "-queryfile", file("q"), "-signer", file("tsa.pem"), "-inkey", file("tsa.key"), "-out", file("r"))
		b, err := os.ReadFile(file("r"))
		must(t, err)
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(b)
	}))
	t.Cleanup(s.Close)
	return &evidence.Stamps{URL: s.URL}, file("tsa.pem")
}
