// Package directorytest gives tests real directories: a Samba Active Directory
// domain controller and OpenLDAP's slapd, each on a loopback address and in a
// folder of its own.
//
// The servers are Debian's programs, started for one test program and ended
// with it however that ends: a supervising shell holds the read end of a pipe
// whose other end only the test has. Samba has to be root and cannot be told
// its ports, so that each run takes an address of its own in 127/8. Where a
// program is not installed the test fails, or is skipped by name if
// VIDNE_PARTIAL=1 says that a partial run is wanted.
package directorytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWait bounds the start of a server, on a machine that is busy.
const startWait = 90 * time.Second

// lackingError is what the machine lacks.
type lackingError string

func (l lackingError) Error() string { return string(l) }

// missing ends a test that cannot have its server.
func missing(t testing.TB, err error) {
	t.Helper()
	var lacks lackingError
	if errors.As(err, &lacks) && os.Getenv("VIDNE_PARTIAL") == "1" {
		t.Skipf("left out: %v", err)
	}
	t.Fatal(err)
}

// Certificate is a server's, signed by an authority of its own.
type Certificate struct {
	CAFile      string // PEM
	Fingerprint string // SHA-256 of the server's, hex
	cert, key   string // files
}

// certify makes a certificate for an address and a name.
func certify(dir, address, name string) (c Certificate, err error) {
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return c, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		DNSNames: []string{name}, IPAddresses: []net.IP{net.ParseIP(address)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		return c, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return c, err
	}
	sum := sha256.Sum256(der)
	c = Certificate{CAFile: filepath.Join(dir, "ca.pem"), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), Fingerprint: hex.EncodeToString(sum[:])}
	return c, errors.Join(
		os.WriteFile(c.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o600),
		os.WriteFile(c.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(c.key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600),
	)
}

// server is a program that runs beside the test.
type server struct {
	dir  string
	mu   sync.Mutex
	run  *exec.Cmd // the supervising shell
	life io.Closer // closing it ends the server
}

// supervise runs a program until the pipe on its standard input closes, which
// the kernel does when the test program is gone, and then clears up if the
// folder is to go.
const supervise = `
dir=$1; shift
"$@" >>"$dir/out" 2>&1 </dev/null &
pid=$!
echo $pid >"$dir/pid"
read -r word
kill -CONT $pid; kill -TERM $pid
wait $pid
case "$word" in stop) ;; *) rm -rf "$dir" ;; esac
`

func (s *server) start(address string, argv ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := exec.Command("/bin/sh", append([]string{"-c", supervise, "sh", s.dir}, argv...)...)
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"}
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.run, s.life = c, in
	for end := time.Now().Add(startWait); ; {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			out, _ := os.ReadFile(filepath.Join(s.dir, "out"))
			return fmt.Errorf("%s did not start: %w\n%s", argv[0], err, out)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// Stop ends the server and keeps its data.
func (s *server) Stop(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	_, _ = io.WriteString(s.life.(io.Writer), "stop\n")
	_ = s.run.Wait()
	s.run = nil
}

// Pause freezes the server: connections are taken, nothing answers.
func (s *server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume ends a pause.
func (s *server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(bytes.TrimSpace(text)), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// end ends the server and removes its folder.
func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		_ = s.life.Close()
		_ = s.run.Wait()
		s.run = nil
	}
	_ = os.RemoveAll(s.dir)
}

// loopback is an address in 127/8 where nobody serves LDAP.
func loopback() string {
	for {
		ip := fmt.Sprintf("127.%d.%d.%d", 64+mathrand.IntN(128), mathrand.IntN(256), 1+mathrand.IntN(250))
		if l, err := net.Listen("tcp", net.JoinHostPort(ip, "0")); err == nil {
			_ = l.Close()
			if c, err := net.DialTimeout("tcp", net.JoinHostPort(ip, "389"), time.Second); err == nil {
				_ = c.Close()
				continue
			}
			return ip
		}
	}
}

// command runs a program that ends by itself.
func command(dir, stdin string, argv ...string) error {
	_, err := output(dir, stdin, argv...)
	return err
}

func output(dir, stdin string, argv ...string) (string, error) {
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Stdin = dir, strings.NewReader(stdin)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + dir}
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out), nil
}
