package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// MakeKey is a new key of ours with a certificate that we sign ourselves, both
// as PEM, for providers that take one: it holds for ten years. The joint
// municipal access control wants one from OCES instead.
func MakeKey(name string, now time.Time) (key, certificate []byte, err error) {
	k, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "", err)
	}
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// ReadKey reads a key (PKCS #8 or #1) and the first certificate of a file, both
// PEM and without a password. What they are not is fault.Invalid.
func ReadKey(key, certificate []byte) (*rsa.PrivateKey, *x509.Certificate, error) {
	bad := func(what string) error { return fault.New(fault.Invalid, "saml.key", "%s", what) }
	block, _ := pem.Decode(key)
	if block == nil {
		return nil, nil, bad("the key is no PEM")
	}
	var k *rsa.PrivateKey
	if any8, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		k, _ = any8.(*rsa.PrivateKey)
	} else if k1, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		k = k1
	}
	if k == nil {
		return nil, nil, bad("the key is no RSA key")
	}
	if block, _ = pem.Decode(certificate); block == nil {
		return nil, nil, bad("the certificate is no PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, bad("the certificate cannot be read")
	}
	return k, c, nil
}
