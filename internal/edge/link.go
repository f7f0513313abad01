package edge

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net/http"
	"strings"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// Half is what one half of Vidne shows the other on the line between two
// machines: a key of its own, in a file made at first use. No authority vouches
// for it; each half is told the other's [Half.Pin].
type Half struct {
	pair tls.Certificate
	pin  string
}

// OpenHalf reads the key, making it at first use.
func OpenHalf(file string) (Half, error) {
	seed, err := durable.Secret(file, ed25519.SeedSize)
	if err != nil {
		return Half{}, err
	}
	key := ed25519.NewKeyFromSeed(seed)
	// The certificate is a wrapping that TLS wants; nothing in it is believed
	// but the key, so it has neither name nor end.
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vidne"},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return Half{}, fault.As(fault.Internal, "edge.link", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return Half{}, fault.As(fault.Internal, "edge.link", err)
	}
	return Half{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pinOf(leaf)}, nil
}

const pinPrefix = "sha256:"

// pinOf names the key of a certificate.
func pinOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return pinPrefix + hex.EncodeToString(sum[:])
}

// Pin names the half's key, for the other half's configuration.
func (h Half) Pin() string { return h.pin }

// parsePin reads a pin. It fails with fault.Invalid "edge.pin".
func parsePin(s string) (string, error) {
	b, err := hex.DecodeString(strings.TrimPrefix(s, pinPrefix))
	if err != nil || len(b) != sha256.Size || !strings.HasPrefix(s, pinPrefix) {
		return "", fault.New(fault.Invalid, "edge.pin", "%q is no key as `vidne keys line` prints it: sha256:...", s)
	}
	return pinPrefix + hex.EncodeToString(b), nil
}

// Serve is TLS for the half that is called, by those who hold one of the keys.
func (h Half) Serve(pins ...string) (*tls.Config, error) {
	if len(pins) == 0 {
		return nil, fault.New(fault.Invalid, "edge.pin", "nobody may call")
	}
	c, err := h.line(pins)
	if err != nil {
		return nil, err
	}
	c.ClientAuth = tls.RequireAnyClientCert // and VerifyConnection says which
	return c, nil
}

// Call is a client for the half that calls the one that holds the key.
func (h Half) Call(pin string) (*http.Client, error) {
	c, err := h.line([]string{pin})
	if err != nil {
		return nil, err
	}
	// Names and authorities are not asked: the key is held against the one that
	// was named, in VerifyConnection.
	c.InsecureSkipVerify = true
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: c, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: false,
	}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

func (h Half) line(pins []string) (*tls.Config, error) {
	var known []string
	for _, s := range pins {
		p, err := parsePin(s)
		if err != nil {
			return nil, err
		}
		known = append(known, p)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{h.pair}, SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return fault.New(fault.Denied, "edge.peer", "the other half shows no key")
			}
			got, ok := pinOf(s.PeerCertificates[0]), 0
			for _, p := range known {
				ok |= subtle.ConstantTimeCompare([]byte(p), []byte(got))
			}
			if ok != 1 {
				return fault.New(fault.Denied, "edge.peer", "the other half has the key %s, which is not named", got)
			}
			return nil
		},
	}, nil
}

// OnOneMachine says whether an address that is listened at, host:port, is this
// machine's alone.
func OnOneMachine(addr string) bool {
	i := strings.LastIndex(addr, ":")
	return i > 0 && loopback(strings.Trim(addr[:i], "[]"))
}
