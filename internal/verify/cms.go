package verify

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"
)

// A signature in CMS (RFC 5652), as much of it as signatures over a manifest
// and time stamps (RFC 3161) use: one signer with signed attributes.
type (
	cmsInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	cmsData struct {
		Version int
		Digests asn1.RawValue
		Inner   cmsInfo
		Certs   asn1.RawValue   `asn1:"optional,tag:0"`
		Revoked asn1.RawValue   `asn1:"optional,tag:1"`
		Signers []cmsSignerInfo `asn1:"set"`
	}
	cmsSignerInfo struct {
		Version    int
		Who        cmsWho
		Digest     cmsAlgorithm
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm  cmsAlgorithm
		Signature  []byte
		Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
	}
	cmsAlgorithm struct {
		Type       asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	cmsWho struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	cmsAttribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
)

// What a signature must be over.
const (
	cmsDetached = "1.2.840.113549.1.7.1"
	cmsStamp    = "1.2.840.113549.1.9.16.1.4"
)

// signature is one that was checked with its own certificate.
type signature struct {
	cert    *certificate
	others  []*certificate
	at      time.Time // as the signer says; zero if it does not
	content []byte
}

// openCMS checks a signature in DER over content, or over what it holds
// itself if content is nil. Whether the certificate is believed is the
// caller's to ask. False: anything is not as it must be.
func openCMS(der []byte, kind string, content []byte) (s signature, ok bool) {
	var info cmsInfo
	var data cmsData
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 || info.Type.String() != "1.2.840.113549.1.7.2" {
		return s, false
	}
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil || len(rest) > 0 || len(data.Signers) != 1 || data.Inner.Type.String() != kind {
		return s, false
	}
	if content == nil {
		if rest, err := asn1.Unmarshal(data.Inner.Content.Bytes, &content); err != nil || len(rest) > 0 {
			return s, false
		}
	} else if len(data.Inner.Content.FullBytes) > 0 {
		return s, false
	}
	s.content = content
	signer := data.Signers[0]
	for rest := data.Certs.Bytes; len(rest) > 0; {
		var c *certificate
		if c, rest, ok = parseCertificate(rest); !ok || len(s.others) == longestChain*4 {
			return s, false
		}
		s.others = append(s.others, c)
		if bytes.Equal(c.issuer, signer.Who.Issuer.FullBytes) && c.serial.Cmp(signer.Who.Serial) == 0 {
			s.cert = c
		}
	}
	return s, s.cert != nil && s.attributes(signer, kind) && s.signed(signer)
}

// attributes compares what was signed with the content.
func (s *signature) attributes(signer cmsSignerInfo, kind string) bool {
	hashOf, ok := hashByNumber(signer.Digest.Type.String())
	if !ok || len(signer.Attributes.Bytes) == 0 {
		return false
	}
	var digest, typed int
	for rest := signer.Attributes.Bytes; len(rest) > 0; {
		var a cmsAttribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return false
		}
		switch a.Type.String() {
		case "1.2.840.113549.1.9.4":
			var sum []byte
			if left, err := asn1.Unmarshal(a.Values.Bytes, &sum); err != nil || len(left) > 0 || !bytes.Equal(sum, hashOf(s.content)) {
				return false
			}
			digest++
		case "1.2.840.113549.1.9.3":
			var of asn1.ObjectIdentifier
			if left, err := asn1.Unmarshal(a.Values.Bytes, &of); err != nil || len(left) > 0 || of.String() != kind {
				return false
			}
			typed++
		case "1.2.840.113549.1.9.5":
			if left, err := asn1.Unmarshal(a.Values.Bytes, &s.at); err != nil || len(left) > 0 {
				return false
			}
		}
	}
	return digest == 1 && typed == 1
}

// signed checks the signature over the attributes, which are signed as a SET.
func (s *signature) signed(signer cmsSignerInfo) bool {
	set := bytes.Clone(signer.Attributes.FullBytes)
	set[0] = 0x31
	return s.cert.signed(signer.Algorithm.Type.String(), signer.Digest.Type.String(), set, signer.Signature)
}

func hashByNumber(oid string) (func([]byte) []byte, bool) {
	switch oid {
	case "2.16.840.1.101.3.4.2.1":
		return func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }, true
	case "2.16.840.1.101.3.4.2.2":
		return func(b []byte) []byte { h := sha512.Sum384(b); return h[:] }, true
	case "2.16.840.1.101.3.4.2.3":
		return func(b []byte) []byte { h := sha512.Sum512(b); return h[:] }, true
	}
	return nil, false
}

// believed reports whether the signer is one of those given, or was certified
// by one of them for this use at this time.
func (s *signature) believed(given []Certificate, at time.Time, use string) bool {
	return (s.cert.uses == nil || slices.Contains(s.cert.uses, use)) && s.cert.leads(given, s.others, at, 0)
}

// openStamp checks an answer of a time stamping service over content.
func openStamp(der, content []byte) (s signature, at time.Time, ok bool) {
	var answer struct {
		Status asn1.RawValue
		Token  asn1.RawValue
	}
	var status int
	if rest, err := asn1.Unmarshal(der, &answer); err != nil || len(rest) > 0 {
		return s, at, false
	}
	if _, err := asn1.Unmarshal(answer.Status.Bytes, &status); err != nil || status > 1 {
		return s, at, false
	}
	if s, ok = openCMS(answer.Token.FullBytes, cmsStamp, nil); !ok {
		return s, at, false
	}
	var info asn1.RawValue
	if rest, err := asn1.Unmarshal(s.content, &info); err != nil || len(rest) > 0 {
		return s, at, false
	}
	var version int
	var policy asn1.ObjectIdentifier
	var imprint struct {
		Algorithm cmsAlgorithm
		Hash      []byte
	}
	serial := new(big.Int)
	rest := info.Bytes
	for _, v := range []any{&version, &policy, &imprint, &serial} {
		var err error
		if rest, err = asn1.Unmarshal(rest, v); err != nil {
			return s, at, false
		}
	}
	if _, err := asn1.UnmarshalWithParams(rest, &at, "generalized"); err != nil {
		return s, at, false
	}
	hashOf, known := hashByNumber(imprint.Algorithm.Type.String())
	return s, at, known && version == 1 && bytes.Equal(hashOf(content), imprint.Hash)
}
