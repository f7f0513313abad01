package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// LetsEncrypt is the authority that is asked when no other is named.
const LetsEncrypt = acme.LetsEncryptURL

// ACME is a certificate that an authority gives to whoever holds the name
// (RFC 8555), and renews a month before it ends.
type ACME struct {
	manager *autocert.Manager
	host    string
	log     *slog.Logger
}

// ACMEConfig is where a certificate is asked for and for whom.
type ACMEConfig struct {
	Directory string // of the authority, empty for [LetsEncrypt]
	Email     string // told of trouble by the authority; may be empty
	Host      string // the one name that is asked for
	Dir       string // where the account's key and the certificate are kept
	Roots     []byte // PEM of who vouches for the authority itself; nil: the system's
	// Terms is whether the operator has agreed to the authority's terms.
	Terms bool
	// Shared is the account at an authority of one's own that wants to know whose
	// it is (external account binding); zero for none.
	SharedID  string
	SharedKey []byte
	Log       *slog.Logger
}

// OpenACME prepares to ask. It fails with fault.Invalid "edge.acme".
func OpenACME(c ACMEConfig) (*ACME, error) {
	if !c.Terms {
		return nil, fault.New(fault.Invalid, "edge.acme", "the authority's terms are not agreed to: acme_terms = true")
	}
	if c.Directory == "" {
		c.Directory = LetsEncrypt
	}
	if !strings.HasPrefix(c.Directory, "https://") {
		return nil, fault.New(fault.Invalid, "edge.acme", "acme_directory = %q is no https address", c.Directory)
	}
	if c.Host == "" || loopback(c.Host) {
		return nil, fault.New(fault.Invalid, "edge.acme", "no authority vouches for %q", c.Host)
	}
	if err := durable.OS().MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if c.Roots != nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(c.Roots) {
			return nil, fault.New(fault.Invalid, "edge.acme", "acme_ca_file holds no certificate")
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: shelf(c.Dir), HostPolicy: autocert.HostWhitelist(c.Host), Email: c.Email,
		Client: &acme.Client{DirectoryURL: c.Directory, HTTPClient: &http.Client{Transport: transport, Timeout: time.Minute}, UserAgent: "vidne"},
	}
	if c.SharedID != "" {
		m.ExternalAccountBinding = &acme.ExternalAccountBinding{KID: c.SharedID, Key: c.SharedKey}
	}
	return &ACME{manager: m, host: c.Host, log: c.Log}, nil
}

// Settings are those of TLS, with the authority's own question (TLS-ALPN-01)
// answered on the same port.
func (a *ACME) Settings() *tls.Config {
	s := Settings(a.manager.GetCertificate)
	s.NextProtos = append(s.NextProtos, acme.ALPNProto)
	return s
}

// Answer lets the authority's question by HTTP (HTTP-01) be answered at the
// door without TLS, and hands everything else to next.
func (a *ACME) Answer(next http.Handler) http.Handler { return a.manager.HTTPHandler(next) }

// Fetch asks for the certificate before the first browser does, so that what is
// wrong is in the log at once. It says what it got.
func (a *ACME) Fetch(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		c, err := a.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: a.host, SupportedCurves: []tls.CurveID{tls.CurveP256},
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}})
		if err == nil {
			a.log.Info("the authority has given a certificate", slog.String("host", a.host), slog.Time("ends", c.Leaf.NotAfter))
		}
		done <- err
	}()
	select {
	case err := <-done:
		return fault.As(fault.Unavailable, "edge.acme", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shelf keeps what the authority gave, in files that only their owner reads and
// that survive a power cut: an account or a certificate that is lost is asked
// for again, and authorities count.
type shelf string

func (s shelf) file(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") {
		return "", fault.New(fault.Invalid, "edge.acme", "%q is no name of a file", name)
	}
	return filepath.Join(string(s), name), nil
}

// Get reads one; autocert.ErrCacheMiss when it is not there.
func (s shelf) Get(_ context.Context, name string) ([]byte, error) {
	file, err := s.file(name)
	if err != nil {
		return nil, err
	}
	b, err := durable.ReadFile(durable.OS(), file)
	if errors.Is(err, fs.ErrNotExist) || fault.Is(err, fault.NotFound) {
		return nil, autocert.ErrCacheMiss
	}
	return b, err
}

// Put keeps one.
func (s shelf) Put(_ context.Context, name string, data []byte) error {
	file, err := s.file(name)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS(), file, data, 0o600)
}

// Delete takes one away.
func (s shelf) Delete(_ context.Context, name string) error {
	file, err := s.file(name)
	if err != nil {
		return err
	}
	if err := durable.OS().Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
