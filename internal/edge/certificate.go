package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// Settings are those of TLS that people reach: 1.2 with forward secrecy and
// authenticated encryption alone, or 1.3, whose suites are all so.
func Settings(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: get,
		NextProtos:     []string{"h2", "http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384},
	}
}

const (
	// lookEvery is how soon a certificate that changed on disk is taken into use.
	lookEvery = 5 * time.Second
	// endsSoon is how long before its end a certificate is complained about.
	endsSoon = 14 * 24 * time.Hour
	sayEvery = 24 * time.Hour
)

// Files is a certificate and its key in two files that somebody else renews.
type Files struct {
	cert, key, host string
	clock           clock.Clock
	log             *slog.Logger

	mu     sync.Mutex
	has    *tls.Certificate
	seen   [2]stamp
	looked time.Duration // of clock.Mono
	said   time.Time
}

// stamp is what tells a file from the one that was read.
type stamp struct {
	at   time.Time
	size int64
}

// OpenFiles reads both for the host that people ask for. It fails with
// fault.Invalid "edge.certificate": not there, readable by everybody, not one
// pair, over, or for somebody else.
func OpenFiles(cert, key, host string, clk clock.Clock, log *slog.Logger) (*Files, error) {
	f := &Files{cert: cert, key: key, host: host, clock: clk, log: log}
	now, err := f.stamps()
	if err != nil {
		return nil, err
	}
	if f.has, err = f.read(); err != nil {
		return nil, err
	}
	f.seen, f.looked = now, clk.Mono()
	f.complain()
	return f, nil
}

func (f *Files) stamps() (s [2]stamp, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := durable.OS().Stat(name)
		if err != nil {
			return s, fault.As(fault.Invalid, "edge.certificate", err)
		}
		if i == 1 && info.Mode().Perm()&0o007 != 0 {
			return s, fault.New(fault.Invalid, "edge.certificate", "%s can be read by everybody: chmod 640", name)
		}
		s[i] = stamp{info.ModTime(), info.Size()}
	}
	return s, nil
}

func (f *Files) read() (*tls.Certificate, error) {
	cert, err := durable.ReadFile(durable.OS(), f.cert)
	if err != nil {
		return nil, fault.As(fault.Invalid, "edge.certificate", err)
	}
	key, err := durable.ReadFile(durable.OS(), f.key)
	if err != nil {
		return nil, fault.As(fault.Invalid, "edge.certificate", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fault.As(fault.Invalid, "edge.certificate", err)
	}
	now := f.clock.Now()
	switch leaf := pair.Leaf; {
	case now.After(leaf.NotAfter):
		return nil, fault.New(fault.Invalid, "edge.certificate", "%s ended %s", f.cert, leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return nil, fault.New(fault.Invalid, "edge.certificate", "%s begins %s", f.cert, leaf.NotBefore.Format(time.DateOnly))
	}
	if err := pair.Leaf.VerifyHostname(f.host); err != nil {
		return nil, fault.As(fault.Invalid, "edge.certificate", err)
	}
	return &pair, nil
}

// Get is the certificate as the files hold it now; when what they hold is
// broken, the one before it.
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.clock.Mono()-f.looked < lookEvery {
		return f.has, nil
	}
	f.looked = f.clock.Mono()
	now, err := f.stamps()
	if err == nil && now == f.seen {
		f.complain()
		return f.has, nil
	}
	var next *tls.Certificate
	if err == nil {
		next, err = f.read()
	}
	if err != nil { // half written, perhaps: it is looked at again
		f.log.Error("the certificate on disk cannot be used, the one before it still is", slog.Any("error", err))
		return f.has, nil
	}
	f.has, f.seen = next, now
	f.log.Info("a new certificate is in use", slog.Time("ends", next.Leaf.NotAfter), slog.String("fingerprint", Fingerprint(next)))
	f.complain()
	return f.has, nil
}

// complain says once a day that a certificate ends soon.
func (f *Files) complain() {
	now, ends := f.clock.Now(), f.has.Leaf.NotAfter
	if ends.Sub(now) > endsSoon || now.Sub(f.said) < sayEvery {
		return
	}
	f.said = now
	f.log.Warn("the certificate ends soon", slog.String("file", f.cert), slog.Time("ends", ends))
}

// Fingerprint is the SHA-256 of a certificate as browsers show it.
func Fingerprint(c *tls.Certificate) string {
	sum := sha256.Sum256(c.Leaf.Raw)
	var parts []string
	for _, b := range sum {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(parts, ":")
}

const (
	ownLasts = 365 * 24 * time.Hour
	ownRenew = 30 * 24 * time.Hour
)

// SelfSigned is a certificate that nobody vouches for, in dir/self.crt and
// dir/self.key, made anew when it ends within a month or is for another host.
// It is for trying out: browsers warn of it, and the fingerprint is what tells
// it from somebody else's.
func SelfSigned(dir, host string, clk clock.Clock, log *slog.Logger) (*Files, error) {
	cert, key := filepath.Join(dir, "self.crt"), filepath.Join(dir, "self.key")
	f, err := OpenFiles(cert, key, host, clk, log)
	if err == nil && f.has.Leaf.NotAfter.Sub(clk.Now()) > ownRenew {
		return f, nil
	}
	if err := durable.OS().MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := makeOwn(cert, key, host, clk.Now()); err != nil {
		return nil, err
	}
	return OpenFiles(cert, key, host, clk, log)
}

func makeOwn(cert, key, host string, now time.Time) error {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fault.As(fault.Internal, "edge.certificate", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fault.As(fault.Internal, "edge.certificate", err)
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Vidne, selvudstedt"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ownLasts),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, h := range []string{host, "localhost", "127.0.0.1", "::1"} {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	if err != nil {
		return fault.As(fault.Internal, "edge.certificate", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return fault.As(fault.Internal, "edge.certificate", err)
	}
	// The key first: a certificate without its key is of no use.
	if err := durable.WriteFile(durable.OS(), key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return durable.WriteFile(durable.OS(), cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}
