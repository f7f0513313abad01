package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// issued is a certificate with its key, by another or by itself.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, by *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true}
	if change != nil {
		change(c)
	}
	if by == nil {
		by = &issued{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &issued{c, key}
}

func (i *issued) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
}

// Signatures by OpenSSL under certificates of an authority, as a controller
// that has one of the public infrastructure would make them.
func TestWhoIsBelieved(t *testing.T) {
	req.Shows(t, "EVID-6")
	authority := func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }
	root := issue(t, "Rod", nil, authority)
	other := issue(t, "Rod", nil, authority) // of the same name
	between := issue(t, "Mellem", root, authority)
	leaf := issue(t, "Lindeby", between, nil)
	child := issue(t, "Lindebys bror", leaf, nil) // by one that may not
	late := issue(t, "For sent", between, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	server := issue(t, "En server", between, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	content := []byte("indhold")
	dir := t.TempDir()
	sign := func(who *issued, with ...*issued) []byte {
		t.Helper()
		key, err := x509.MarshalPKCS8PrivateKey(who.key)
		if err != nil {
			t.Fatal(err)
		}
		var more []byte
		for _, w := range with {
			more = append(more, w.pem()...)
		}
		for name, b := range map[string][]byte{"key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "cert": who.pem(), "more": more, "in": content} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := []string{"cms", "-sign", "-binary", "-in", "in", "-signer", "cert", "-inkey", "key", "-outform", "DER", "-md", "sha384", "-out", "out"}
		if len(with) > 0 {
			args = append(args, "-certfile", "more")
		}
		c := exec.Command("openssl", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl: %s", out)
		}
		der, err := os.ReadFile(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for _, c := range []struct {
		name  string
		der   []byte
		given *issued
		want  bool
	}{
		{"the certificate itself", sign(leaf), leaf, true},
		{"its authority's root", sign(leaf, between), root, true},
		{"its authority", sign(leaf), between, true},
		{"a root without what lies between", sign(leaf), root, false},
		{"another root of the same name", sign(leaf, between, other), other, false},
		{"by one that is no authority", sign(child, leaf, between), root, false},
		{"by one that is no authority, given", sign(child), leaf, false},
		{"past its time", sign(late, between), root, false},
		{"past its time, given", sign(late), late, false},
		{"for another use", sign(server, between), root, false},
	} {
		given, err := ParseCertificates(c.given.pem())
		if err != nil {
			t.Fatal(err)
		}
		s, ok := openCMS(c.der, cmsDetached, content)
		if !ok {
			t.Fatalf("%s: OpenSSL's signature is not read", c.name)
		}
		if got := s.believed(given, s.at, useMail); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if s.believed(nil, s.at, useMail) {
			t.Errorf("%s: believed without any", c.name)
		}
		if _, ok := openCMS(c.der, cmsDetached, []byte("indhole")); ok {
			t.Errorf("%s: good for another content", c.name)
		}
		for i := 0; i < len(c.der) && !c.want; i += 41 {
			bad := append([]byte(nil), c.der...)
			bad[i] ^= 1
			if s, ok := openCMS(bad, cmsDetached, content); ok && s.believed(given, s.at, useMail) {
				t.Fatalf("%s: believed with byte %d changed", c.name, i)
			}
		}
	}
	for _, bad := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, err := ParseCertificates([]byte(bad)); err == nil {
			t.Errorf("%q is a certificate", bad)
		}
	}
}
