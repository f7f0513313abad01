// Package saml asks a SAML 2.0 identity provider who somebody is: the joint
// municipal access control (Fælleskommunal Adgangsstyring) by OIOSAML 3, and AD
// FS or another provider that is set up by hand.
//
// What it promises: what is read of an answer is what a certificate of the
// provider's metadata signed, and nothing beside it: exactly one assertion,
// decrypted, verified, and then parsed anew from the bytes that were verified;
// it is for us, answers our question, is of now on the injected clock, and
// names the person for ever; privileges count only where their scope is the
// controller's own CVR number.
//
// What it refuses: DOCTYPE, comments, CDATA and processing instructions,
// anything signed or digested with SHA-1, certificates that come with the
// answer, unauthenticated CBC and RSA 1.5, NameIDs that are mail addresses or
// change from time to time, unsolicited answers, and documents of more than
// [LongestResponse]. An answer is never logged, whole or in part.
//
// The library that it stands on gives the types and signs our questions. It
// judges no answer: its checks read the machine's clock, and its decryption
// has no AES-256-GCM and falls over short texts.
package saml

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/crewjam/saml"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/sso"
)

// Config is one provider.
type Config struct {
	ID, Name   string // sso.About
	Controller string // whose people they are
	// CVR is the controller's number: the scope of privileges that count, and what
	// the person's own must be when the answer gives one.
	CVR string
	// BaseURL is how we are reached from outside; our addresses are made of it.
	BaseURL string
	// EntityID is what we are called at the provider; "" is the address of our
	// metadata.
	EntityID string
	// Metadata reads the provider's metadata. It is asked at each log-in, so that
	// a new certificate needs no restart.
	Metadata func() ([]byte, error)
	// Key signs our questions and opens what is encrypted for Certificate.
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
	// Subject is the attribute that names a person for ever; "" is the NameID,
	// which must then be persistent.
	Subject string
	// Names of attributes, looked for in turn; nil: the defaults. Groups and roles
	// beside privileges have no scope: with a CVR none count but those named here.
	LoginAttributes, NameAttributes, RoleAttributes []string
	// Roles is what privileges and groups are with us.
	Roles map[string][]string
	// Constraints are those of privileges that limit nothing here: name and value.
	// A privilege with any other constraint gives nothing.
	Constraints map[string]string
	// Level is the lowest level of assurance (NSIS) that is let in: Low, Substantial
	// or High; "" does not ask.
	Level string
	// Plain takes assertions that are not encrypted.
	Plain bool
	// SecondFactor says that the provider asks everybody for one.
	SecondFactor bool
	// Session ends what cannot be asked about again; 0 is sso.DefaultSession.
	Session time.Duration
	Clock   clock.Clock
}

// LongestResponse is the largest answer that is read, decoded.
const LongestResponse = 192 << 10

// Attributes by OIOSAML 3.0 and 2.0, and those of AD FS.
const (
	attrPrivileges  = "https://data.gov.dk/model/core/eid/privilegesIntermediate"
	attrPrivileges2 = "dk:gov:saml:attribute:Privileges_intermediate"
	attrCVR         = "https://data.gov.dk/model/core/eid/professional/cvr"
	attrCVR2        = "dk:gov:saml:attribute:CvrNumberIdentifier"
	attrLevel       = "https://data.gov.dk/concept/core/nsis/loa"
	attrLevel2      = "dk:gov:saml:attribute:AssuranceLevel"
	attrSpec        = "https://data.gov.dk/model/core/specVersion"
	attrFirst       = "https://data.gov.dk/model/core/eid/firstName"
	attrLast        = "https://data.gov.dk/model/core/eid/lastName"
	attrFull        = "https://data.gov.dk/model/core/eid/fullName"
	attrMail        = "https://data.gov.dk/model/core/eid/email"
	attrUPN         = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	attrMailADFS    = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
	attrNameADFS    = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	attrRoleADFS    = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	attrGroupADFS   = "http://schemas.xmlsoap.org/claims/Group"
	attrCN          = "urn:oid:2.5.4.3"
	attrUID         = "urn:oid:0.9.2342.19200300.100.1.1"
	attrMailOID     = "urn:oid:0.9.2342.19200300.100.1.3"
)

// levels orders the levels of assurance.
var levels = map[string]int{"Low": 2, "Substantial": 3, "High": 4}

// Provider is one identity provider.
type Provider struct {
	c  Config
	sp saml.ServiceProvider // signs our questions

	mu   sync.Mutex
	read *described
}

// described is what the provider's metadata says.
type described struct {
	sum          [32]byte
	entity       string
	until        time.Time // zero: it does not say
	certificates []*x509.Certificate
	redirect     string
	post         string
}

// New checks the configuration.
func New(c Config) (*Provider, error) {
	wrong := func(what string) error { return fault.New(fault.Invalid, "saml.config", "saml %q: %s", c.ID, what) }
	switch {
	case c.Controller == "" || c.BaseURL == "" || c.Metadata == nil || c.Clock == nil:
		return nil, wrong("it needs controller and metadata_file")
	case c.Key == nil || c.Certificate == nil || !c.Key.PublicKey.Equal(c.Certificate.PublicKey):
		return nil, wrong("key and certificate do not belong together")
	case c.Key.N.BitLen() < shortestKey:
		return nil, wrong("the key is too short")
	case c.CVR != "" && !cvrNumber.MatchString(c.CVR):
		return nil, wrong("cvr is eight digits")
	case c.Level != "" && levels[c.Level] == 0:
		return nil, wrong("level is Low, Substantial or High")
	}
	if err := sso.CheckRoles(c.ID, c.Roles); err != nil {
		return nil, err
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.EntityID == "" {
		c.EntityID = c.BaseURL + sso.Path(c.ID) + "/metadata"
	}
	if c.LoginAttributes == nil {
		c.LoginAttributes = []string{attrUPN, attrUID, attrMail, attrMailADFS}
	}
	if c.NameAttributes == nil {
		c.NameAttributes = []string{attrFull, attrCN, attrNameADFS}
	}
	if c.RoleAttributes == nil && c.CVR == "" { // with a CVR number, privileges alone count: they have a scope
		c.RoleAttributes = []string{attrRoleADFS, attrGroupADFS}
	}
	if c.Session == 0 {
		c.Session = sso.DefaultSession
	}
	return &Provider{c: c, sp: saml.ServiceProvider{EntityID: c.EntityID, Key: c.Key, Certificate: c.Certificate, SignatureMethod: signatureMethod}}, nil
}

// shortestKey is the shortest RSA key in bits, ours and the provider's.
const shortestKey = 2048

var cvrNumber = regexp.MustCompile(`^[0-9]{8}$`)

// About is what the provider is called.
func (p *Provider) About() sso.About { return sso.About{ID: p.c.ID, Kind: sso.SAML, Name: p.c.Name} }

// Consumer is the address that the provider's page posts its answer to.
func (p *Provider) Consumer() string { return p.c.BaseURL + sso.Path(p.c.ID) + "/svar" }

// MetadataAddress is where our own metadata is read.
func (p *Provider) MetadataAddress() string { return p.c.BaseURL + sso.Path(p.c.ID) + "/metadata" }

// EntityID is what we are called at the provider.
func (p *Provider) EntityID() string { return p.c.EntityID }

// Certificate is ours, which runs out one day.
func (p *Provider) Certificate() *x509.Certificate { return p.c.Certificate }

// Partner is what the provider is called, and its certificates; an error says
// why its metadata cannot be used.
func (p *Provider) Partner() (entity string, certificates []*x509.Certificate, err error) {
	d, err := p.describe()
	if err != nil {
		return "", nil, err
	}
	return d.entity, d.certificates, nil
}

// Reach reads the provider's metadata, for who runs the machine.
func (p *Provider) Reach(context.Context) error {
	_, err := p.describe()
	return err
}

// describe reads the provider's metadata, anew where it has changed.
func (p *Provider) describe() (*described, error) {
	raw, err := p.c.Metadata()
	if err != nil {
		return nil, fault.As(fault.Unavailable, "saml.metadata", err)
	}
	sum := sha256.Sum256(raw)
	p.mu.Lock()
	d := p.read
	p.mu.Unlock()
	if d == nil || d.sum != sum {
		if d, err = describe(raw); err != nil {
			return nil, err
		}
		d.sum = sum
		p.mu.Lock()
		p.read = d
		p.mu.Unlock()
	}
	if !d.until.IsZero() && !p.c.Clock.Now().Before(d.until) {
		return nil, fault.New(fault.Unavailable, "saml.metadata", "the metadata of %s held until %v", d.entity, d.until)
	}
	return d, nil
}

// describe reads metadata of one provider.
func describe(raw []byte) (*described, error) {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Unavailable, "saml.metadata", format, args...)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if err := plainXML(raw, longestMetadata); err != nil {
		return nil, bad("the metadata is not plain XML: %v", err)
	}
	var m saml.EntityDescriptor
	if err := xml.Unmarshal(raw, &m); err != nil || m.EntityID == "" || len(m.IDPSSODescriptors) != 1 {
		return nil, bad("the metadata is not that of one identity provider")
	}
	d := &described{entity: m.EntityID, until: m.ValidUntil}
	idp := m.IDPSSODescriptors[0]
	for _, s := range idp.SingleSignOnServices {
		switch {
		case s.Binding == saml.HTTPRedirectBinding && d.redirect == "":
			d.redirect = s.Location
		case s.Binding == saml.HTTPPostBinding && d.post == "":
			d.post = s.Location
		}
	}
	if d.redirect == "" && d.post == "" {
		return nil, bad("the metadata names no address to ask at")
	}
	for _, a := range []string{d.redirect, d.post} {
		if a != "" && !secure(a) {
			return nil, bad("the address to ask at is not https")
		}
	}
	for _, k := range idp.KeyDescriptors {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, c := range k.KeyInfo.X509Data.X509Certificates {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
			if err != nil {
				return nil, bad("a certificate cannot be read")
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, bad("a certificate cannot be read")
			}
			if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < shortestKey {
				return nil, bad("a certificate has a key of %d bits", key.N.BitLen())
			}
			d.certificates = append(d.certificates, cert)
		}
	}
	if len(d.certificates) == 0 {
		return nil, bad("the metadata has no certificate for signatures")
	}
	return d, nil
}

const longestMetadata = 1 << 20

func denied(key, format string, args ...any) error {
	return fault.New(fault.Denied, key, format, args...)
}

var _ sso.Provider = (*Provider)(nil)
