package saml

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net"
	"net/url"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/sso"
)

const signatureMethod = dsig.RSASHA256SignatureMethod

// levelPrefix begins a level of assurance where it is asked for.
const levelPrefix = "https://data.gov.dk/concept/core/nsis/loa/"

// Ask makes a signed question: a redirect where the provider takes one, else a
// form to be posted.
func (p *Provider) Ask(_ context.Context, q sso.Question) (a sso.Asked, err error) {
	d, err := p.describe()
	if err != nil {
		return a, err
	}
	a.Memory.Request = newID()
	r := saml.AuthnRequest{
		ID: a.Memory.Request, Version: "2.0", IssueInstant: p.c.Clock.Now(),
		AssertionConsumerServiceURL: p.Consumer(), ProtocolBinding: saml.HTTPPostBinding,
		Issuer:       &saml.Issuer{Value: p.c.EntityID},
		NameIDPolicy: &saml.NameIDPolicy{AllowCreate: ptr(true)},
	}
	if p.c.Subject == "" {
		r.NameIDPolicy.Format = ptr(string(saml.PersistentNameIDFormat))
	}
	if q.Fresh {
		r.ForceAuthn = ptr(true)
	}
	if p.c.Level != "" {
		r.RequestedAuthnContext = &saml.RequestedAuthnContext{Comparison: "minimum", AuthnContextClassRef: levelPrefix + p.c.Level}
	}
	if d.redirect != "" {
		r.Destination = d.redirect
		u, err := r.Redirect(q.State, &p.sp) // the state needs no escaping
		if err != nil {
			return a, fault.As(fault.Internal, "", err)
		}
		a.Address = u.String()
		return a, nil
	}
	r.Destination = d.post
	if err := p.sp.SignAuthnRequest(&r); err != nil {
		return a, fault.As(fault.Internal, "", err)
	}
	doc := etree.NewDocument()
	doc.SetRoot(r.Element())
	raw, err := doc.WriteToBytes()
	if err != nil {
		return a, fault.As(fault.Internal, "", err)
	}
	a.Address = d.post
	a.Post = map[string]string{"SAMLRequest": base64.StdEncoding.EncodeToString(raw), "RelayState": q.State}
	return a, nil
}

// Describe is our own metadata: what the provider has to know of us. It holds
// nothing secret.
func (p *Provider) Describe() ([]byte, error) {
	cert := saml.KeyInfo{X509Data: saml.X509Data{X509Certificates: []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(p.c.Certificate.Raw)}}}}
	var methods []saml.EncryptionMethod
	for _, m := range []string{aes256gcm, aes128gcm, rsaOAEP, rsaOAEP11} {
		methods = append(methods, saml.EncryptionMethod{Algorithm: m})
	}
	m := saml.EntityDescriptor{EntityID: p.c.EntityID, SPSSODescriptors: []saml.SPSSODescriptor{{
		SSODescriptor: saml.SSODescriptor{
			RoleDescriptor: saml.RoleDescriptor{
				ProtocolSupportEnumeration: "urn:oasis:names:tc:SAML:2.0:protocol",
				KeyDescriptors:             []saml.KeyDescriptor{{Use: "signing", KeyInfo: cert}, {Use: "encryption", KeyInfo: cert, EncryptionMethods: methods}},
			},
			NameIDFormats: []saml.NameIDFormat{saml.PersistentNameIDFormat},
		},
		AuthnRequestsSigned: ptr(true), WantAssertionsSigned: ptr(true),
		AssertionConsumerServices: []saml.IndexedEndpoint{{Binding: saml.HTTPPostBinding, Location: p.Consumer(), Index: 0, IsDefault: ptr(true)}},
		AttributeConsumingServices: []saml.AttributeConsumingService{{
			Index: 0, IsDefault: ptr(true),
			ServiceNames:        []saml.LocalizedName{{Lang: "da", Value: "Vidne"}},
			RequestedAttributes: p.wanted(),
		}},
	}}}
	b, err := xml.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return append([]byte(xml.Header), b...), nil
}

// wanted are the attributes that we ask for. The CPR number is not among them.
func (p *Provider) wanted() (all []saml.RequestedAttribute) {
	for _, w := range []struct {
		name string
		must bool
	}{{attrSpec, p.c.Level != ""}, {attrLevel, p.c.Level != ""}, {attrCVR, p.c.CVR != ""}, {attrFirst, false}, {attrLast, false}, {attrMail, false}, {attrPrivileges, true}} {
		all = append(all, saml.RequestedAttribute{IsRequired: ptr(w.must), Attribute: saml.Attribute{
			Name: w.name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}})
	}
	return all
}

// newID is an id by the rules of XML, of 160 random bits.
func newID() string {
	var b [20]byte
	rand.Read(b[:]) // never fails
	return "_" + hex.EncodeToString(b[:])
}

// secure reports whether an address is read over TLS or never leaves the
// machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback())
}

func ptr[T any](v T) *T { return &v }
