package evidence

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"path/filepath"
	"strings"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// Signer signs packages for one controller. Its certificate is its own: what
// makes it believed is that its fingerprint stands in the letter and on the
// controller's site, before and outside any package.
type Signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// Name is who signs.
type Name struct {
	Controller string // "Lindeby Kommune"
	CVR        string // 8 digits
}

const secretSize = 32

// OpenSigner reads the signing key and its certificate from a folder that only
// the portal's user reads, making both at first use: evidence.key, 32 secret
// bytes, and evidence.crt, in PEM. A certificate that is not the key's is
// fault.Corrupt "evidence.certificate".
func OpenSigner(dir string, n Name, now time.Time) (_ *Signer, err error) {
	defer fault.Wrap(&err, "evidence.OpenSigner")
	secret, err := durable.Secret(filepath.Join(dir, "evidence.key"), secretSize)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		return nil, fault.As(fault.Corrupt, "evidence.key", err)
	}
	s := &Signer{key: key}
	file := filepath.Join(dir, "evidence.crt")
	text, err := durable.ReadFile(durable.OS(), file)
	if errors.Is(err, fs.ErrNotExist) {
		made, merr := certify(key, n, now)
		if merr != nil {
			return nil, merr
		}
		if _, err := durable.CreateOnce(file, made, 0o644); err != nil {
			return nil, err
		}
		text, err = durable.ReadFile(durable.OS(), file)
	}
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, fault.New(fault.Corrupt, "evidence.certificate", "%s is not one certificate", file)
	}
	if s.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fault.As(fault.Corrupt, "evidence.certificate", err)
	}
	if public, ok := s.cert.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&key.PublicKey) {
		return nil, fault.New(fault.Corrupt, "evidence.certificate", "%s is another key's", file)
	}
	return s, nil
}

// certify makes a certificate without an end (RFC 5280 section 4.1.2.5): a
// package must verify as long as the case lives.
func certify(key *ecdsa.PrivateKey, n Name, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.certificate", err)
	}
	c := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject: pkix.Name{CommonName: n.Controller + " bevispakker", Organization: []string{n.Controller}, Country: []string{"DK"},
			SerialNumber: "CVR:" + n.CVR},
		NotBefore:             now.UTC().Add(-time.Hour).Truncate(time.Second),
		NotAfter:              time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, // what openssl asks of a signer by default
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.certificate", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// Certificate is the certificate in PEM.
func (s *Signer) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
}

// Fingerprint is SHA-256 of the certificate in DER, as openssl x509
// -fingerprint -sha256 prints it: pairs of capitals parted by colons.
func (s *Signer) Fingerprint() string {
	sum := sha256.Sum256(s.cert.Raw)
	var parts []string
	for _, b := range sum {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(parts, ":")
}

// oids are the numbers of CMS (RFC 5652), time stamps (RFC 3161) and their
// algorithms.
var oids = map[string]asn1.ObjectIdentifier{
	"data":          {1, 2, 840, 113549, 1, 7, 1},
	"signedData":    {1, 2, 840, 113549, 1, 7, 2},
	"contentType":   {1, 2, 840, 113549, 1, 9, 3},
	"messageDigest": {1, 2, 840, 113549, 1, 9, 4},
	"signingTime":   {1, 2, 840, 113549, 1, 9, 5},
	"tstInfo":       {1, 2, 840, 113549, 1, 9, 16, 1, 4},
	"sha256":        {2, 16, 840, 1, 101, 3, 4, 2, 1},
	"ecdsa-sha256":  {1, 2, 840, 10045, 4, 3, 2},
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional"` // [0] EXPLICIT, as it stands
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Inner        contentInfo
	Certificates asn1.RawValue `asn1:"optional"`
	Signers      []signerInfo  `asn1:"set"`
}

type signerInfo struct {
	Version    int
	Signer     issuerAndSerial
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// Sign is a detached signature of content: CMS SignedData in DER with the
// certificate inside, ECDSA P-256 over SHA-256, as `openssl cms -verify`
// takes it.
func (s *Signer) Sign(content []byte, at time.Time) (_ []byte, err error) {
	defer fault.Wrap(&err, "evidence.Sign")
	digest := sha256.Sum256(content)
	attributes, err := asn1.MarshalWithParams([]attribute{
		{oids["contentType"], []any{oids["data"]}}, {oids["signingTime"], []any{at.UTC()}}, {oids["messageDigest"], []any{digest[:]}},
	}, "set")
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.cms", err)
	}
	signed := sha256.Sum256(attributes)
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, signed[:])
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.cms", err)
	}
	attributes[0] = 0xa0 // in its place the set is [0] IMPLICIT
	sha := pkix.AlgorithmIdentifier{Algorithm: oids["sha256"]}
	inner, err := asn1.Marshal(signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{sha}, Inner: contentInfo{Type: oids["data"]},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: s.cert.Raw},
		Signers: []signerInfo{{Version: 1, Signer: issuerAndSerial{asn1.RawValue{FullBytes: s.cert.RawIssuer}, s.cert.SerialNumber},
			Digest: sha, Attributes: asn1.RawValue{FullBytes: attributes}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oids["ecdsa-sha256"]}, Signature: signature}},
	})
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.cms", err)
	}
	out, err := asn1.Marshal(contentInfo{oids["signedData"], asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.cms", err)
	}
	return out, nil
}
