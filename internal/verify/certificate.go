package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Certificate is one that the reader trusts, from the outside.
type Certificate struct{ cert *certificate }

// ParseCertificates reads certificates in PEM.
func ParseCertificates(b []byte) (out []Certificate, err error) {
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		c, rest, ok := parseCertificate(block.Bytes)
		if !ok || len(rest) > 0 || block.Type != "CERTIFICATE" {
			return nil, fault.New(fault.Invalid, "verify.key", "not a certificate")
		}
		out = append(out, Certificate{c})
	}
	if out == nil {
		return nil, fault.New(fault.Invalid, "verify.key", "no certificate in PEM")
	}
	return out, nil
}

// certificate is as much of X.509 (RFC 5280) as a check of signatures needs.
// It is read here, because the library's reader brings the network with it.
type certificate struct {
	raw, tbs        []byte
	serial          *big.Int
	issuer, subject []byte
	name            string // common name
	from, to        time.Time
	key             any // *ecdsa.PublicKey, *rsa.PublicKey
	authority       bool
	uses            []string // extended key usage; nil: any
	algorithm       string
	signature       []byte
}

// Extended key usages.
const (
	useMail  = "1.3.6.1.5.5.7.3.4"
	useStamp = "1.3.6.1.5.5.7.3.8"
)

func parseCertificate(der []byte) (_ *certificate, rest []byte, ok bool) {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm cmsAlgorithm
		Signature asn1.BitString
	}
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil {
		return nil, nil, false
	}
	var tbs struct {
		Version    int `asn1:"optional,explicit,default:0,tag:0"`
		Serial     *big.Int
		Algorithm  cmsAlgorithm
		Issuer     asn1.RawValue
		Validity   struct{ From, To time.Time }
		Subject    asn1.RawValue
		Key        asn1.RawValue
		IssuerID   asn1.BitString `asn1:"optional,tag:1"`
		SubjectID  asn1.BitString `asn1:"optional,tag:2"`
		Extensions []extension    `asn1:"optional,explicit,tag:3"`
	}
	if left, err := asn1.Unmarshal(outer.TBS.FullBytes, &tbs); err != nil || len(left) > 0 {
		return nil, nil, false
	}
	c := &certificate{
		raw: der[:len(der)-len(rest)], tbs: outer.TBS.FullBytes, serial: tbs.Serial, issuer: tbs.Issuer.FullBytes, subject: tbs.Subject.FullBytes,
		from: tbs.Validity.From, to: tbs.Validity.To, algorithm: outer.Algorithm.Type.String(), signature: outer.Signature.RightAlign(),
	}
	c.name = commonName(c.subject)
	c.key, ok = publicKey(tbs.Key.FullBytes)
	return c, rest, ok && c.extensions(tbs.Extensions)
}

type extension struct {
	Type     asn1.ObjectIdentifier
	Critical bool `asn1:"optional"`
	Value    []byte
}

// commonName is for showing only.
func commonName(subject []byte) (name string) {
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(subject, &seq); err != nil {
		return ""
	}
	for rest := seq.Bytes; len(rest) > 0; {
		var set asn1.RawValue
		var pair struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		var err error
		if rest, err = asn1.Unmarshal(rest, &set); err != nil {
			return name
		}
		if _, err := asn1.Unmarshal(set.Bytes, &pair); err == nil && pair.Type.String() == "2.5.4.3" {
			name = string(pair.Value.Bytes)
		}
	}
	return name
}

func (c *certificate) extensions(list []extension) bool {
	for _, e := range list {
		switch e.Type.String() {
		case "2.5.29.19":
			var b struct {
				CA  bool `asn1:"optional"`
				Len int  `asn1:"optional,default:-1"`
			}
			if _, err := asn1.Unmarshal(e.Value, &b); err != nil {
				return false
			}
			c.authority = b.CA
		case "2.5.29.37":
			var list []asn1.ObjectIdentifier
			if _, err := asn1.Unmarshal(e.Value, &list); err != nil {
				return false
			}
			for _, u := range list {
				c.uses = append(c.uses, u.String())
			}
		}
	}
	return true
}

func publicKey(der []byte) (any, bool) {
	var info struct {
		Algorithm cmsAlgorithm
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, false
	}
	switch info.Algorithm.Type.String() {
	case "1.2.840.10045.2.1":
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &curve); err != nil {
			return nil, false
		}
		on := map[string]elliptic.Curve{"1.2.840.10045.3.1.7": elliptic.P256(), "1.3.132.0.34": elliptic.P384()}[curve.String()]
		if on == nil {
			return nil, false
		}
		k, err := ecdsa.ParseUncompressedPublicKey(on, info.Key.RightAlign())
		return k, err == nil
	case "1.2.840.113549.1.1.1":
		var k struct {
			N *big.Int
			E int
		}
		if _, err := asn1.Unmarshal(info.Key.RightAlign(), &k); err != nil || k.N.Sign() <= 0 || k.N.BitLen() < 2048 || k.N.BitLen() > 8192 || k.E < 3 {
			return nil, false
		}
		return &rsa.PublicKey{N: k.N, E: k.E}, true
	}
	return nil, false
}

// signed checks a signature of the certificate's key. For plain RSA the hash
// is the one named beside it.
func (c *certificate) signed(algorithm, beside string, message, signature []byte) bool {
	if algorithm == "1.2.840.113549.1.1.1" {
		algorithm = map[string]string{"2.16.840.1.101.3.4.2.1": "1.2.840.113549.1.1.11", "2.16.840.1.101.3.4.2.2": "1.2.840.113549.1.1.12", "2.16.840.1.101.3.4.2.3": "1.2.840.113549.1.1.13"}[beside]
	}
	var sum []byte
	var kind crypto.Hash
	switch algorithm {
	case "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11":
		h := sha256.Sum256(message)
		sum, kind = h[:], crypto.SHA256
	case "1.2.840.10045.4.3.3", "1.2.840.113549.1.1.12":
		h := sha512.Sum384(message)
		sum, kind = h[:], crypto.SHA384
	case "1.2.840.113549.1.1.13":
		h := sha512.Sum512(message)
		sum, kind = h[:], crypto.SHA512
	default:
		return false
	}
	switch k := c.key.(type) {
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "1.2.840.10045.") && ecdsa.VerifyASN1(k, sum, signature)
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "1.2.840.113549.") && rsa.VerifyPKCS1v15(k, kind, sum, signature) == nil
	}
	return false
}

// fingerprint is SHA-256 of the certificate, as OpenSSL prints it.
func (c *certificate) fingerprint() string {
	sum := sha256.Sum256(c.raw)
	s := strings.ToUpper(hex.EncodeToString(sum[:]))
	var parts []string
	for i := 0; i < len(s); i += 2 {
		parts = append(parts, s[i:i+2])
	}
	return strings.Join(parts, ":")
}

// longestChain is how many certificates may lie between a signer and one that
// is trusted.
const longestChain = 4

// leads reports whether the certificate is one of those given, or was issued
// by one through authorities among the others, all valid at this time.
func (c *certificate) leads(given []Certificate, others []*certificate, at time.Time, depth int) bool {
	if at.Before(c.from) || at.After(c.to) {
		return false
	}
	for _, g := range given {
		if bytes.Equal(g.cert.raw, c.raw) {
			return true
		}
	}
	if depth == longestChain {
		return false
	}
	for _, g := range given {
		if c.issuedBy(g.cert) && !at.Before(g.cert.from) && !at.After(g.cert.to) {
			return true
		}
	}
	for _, o := range others {
		if !bytes.Equal(o.raw, c.raw) && c.issuedBy(o) && o.leads(given, others, at, depth+1) {
			return true
		}
	}
	return false
}

func (c *certificate) issuedBy(o *certificate) bool {
	return o.authority && bytes.Equal(c.issuer, o.subject) && o.signed(c.algorithm, "", c.tbs, c.signature)
}
