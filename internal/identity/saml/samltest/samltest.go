// Package samltest is a SAML identity provider for tests, which can also lie:
// every part of its answer can be set, and what it signs and seals is what it
// is told to. It shares no code with the checks.
package samltest

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Party is somebody with a key and a certificate.
type Party struct {
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
}

var parties = struct {
	sync.Mutex
	m map[string]Party
}{m: map[string]Party{}}

// Of is the party of that name, the same in the whole test program.
func Of(name string) Party {
	parties.Lock()
	defer parties.Unlock()
	if p, ok := parties.m[name]; ok {
		return p
	}
	p := Make(name, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	parties.m[name] = p
	return p
}

// Make is a new party whose certificate holds from then to then.
func Make(name string, from, to time.Time) Party {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	t := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	check(err)
	c, err := x509.ParseCertificate(der)
	check(err)
	return Party{key, c}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// IdP is an identity provider.
type IdP struct {
	Party
	Entity, Address string
	Binding         string // of its address; "" is HTTP-Redirect
	More            []Party
}

// Metadata describes it, with its certificates.
func (i *IdP) Metadata() []byte {
	b := i.Binding
	if b == "" {
		b = "HTTP-Redirect"
	}
	var keys strings.Builder
	for _, p := range append([]Party{i.Party}, i.More...) {
		fmt.Fprintf(&keys, `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`,
			base64.StdEncoding.EncodeToString(p.Certificate.Raw))
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">%s<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:%s" Location="%s"/></IDPSSODescriptor></EntityDescriptor>`,
		i.Entity, &keys, b, i.Address)
}

// Reply is an answer; [IdP.Reply] fills in an honest one.
type Reply struct {
	ID, Assertion                            string // ids
	Made, NotBefore, NotOnOrAfter, Proved    time.Time
	Issuer, ResponseIssuer                   string
	InResponseTo, ResponseTo                 string // of the assertion, of the response
	Destination, Recipient, Audience, Status string
	NameID, Format                           string
	Attributes                               [][2]string
	SignResponse, SignAssertion              bool
	Method                                   string // of signatures
	Signer                                   Party
	Seal                                     string // algorithm of XML Encryption; "" leaves it open
	Wrap                                     string // of its key
	For                                      Party  // whom it is sealed for
	// Spoil changes the tree before it is signed, Wrapped afterwards.
	Spoil, Wrapped func(response *etree.Element)
}

// Reply is an honest answer to a question.
func (i *IdP) Reply(now time.Time, request, acs, audience string) Reply {
	return Reply{
		ID: id(), Assertion: id(), Made: now, NotBefore: now.Add(-time.Minute), NotOnOrAfter: now.Add(5 * time.Minute), Proved: now.Add(-10 * time.Second),
		Issuer: i.Entity, ResponseIssuer: i.Entity, InResponseTo: request, ResponseTo: request, Destination: acs, Recipient: acs, Audience: audience,
		Status: "urn:oasis:names:tc:SAML:2.0:status:Success", NameID: "9b0b7d1f-2f5f-4f2c-8a55-6f3fb2bdbe11", Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
		SignAssertion: true, Method: dsig.RSASHA256SignatureMethod, Signer: i.Party,
	}
}

func id() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("_%x", b)
}

const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	enc       = "http://www.w3.org/2001/04/xmlenc#"
)

// Encode is a document as a form holds it.
func Encode(e *etree.Element) string {
	doc := etree.NewDocument()
	doc.SetRoot(e)
	b, err := doc.WriteToBytes()
	check(err)
	return base64.StdEncoding.EncodeToString(b)
}

// XML is the answer as a tree.
func (r Reply) XML() *etree.Element {
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	res := etree.NewElement("samlp:Response")
	res.CreateAttr("xmlns:samlp", protocol)
	for k, v := range map[string]string{"ID": r.ID, "Version": "2.0", "IssueInstant": stamp(r.Made), "InResponseTo": r.ResponseTo, "Destination": r.Destination} {
		if v != "" {
			res.CreateAttr(k, v)
		}
	}
	issuer := func(in *etree.Element, v string) {
		e := in.CreateElement("saml:Issuer")
		e.CreateAttr("xmlns:saml", assertion)
		e.SetText(v)
	}
	issuer(res, r.ResponseIssuer)
	res.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", r.Status)
	a := r.assertion(stamp, issuer)
	res.AddChild(a)
	if r.Spoil != nil {
		r.Spoil(res)
	}
	if r.SignAssertion {
		res.RemoveChild(a)
		a = r.sign(a)
		res.AddChild(a)
	}
	if r.Seal != "" {
		res.RemoveChild(a)
		sealed := etree.NewElement("saml:EncryptedAssertion")
		sealed.CreateAttr("xmlns:saml", assertion)
		sealed.AddChild(r.seal(a))
		res.AddChild(sealed)
	}
	if r.SignResponse {
		res = r.sign(res)
	}
	if r.Wrapped != nil {
		r.Wrapped(res)
	}
	return res
}

func (r Reply) assertion(stamp func(time.Time) string, issuer func(*etree.Element, string)) *etree.Element {
	a := etree.NewElement("saml:Assertion")
	a.CreateAttr("xmlns:saml", assertion)
	a.CreateAttr("ID", r.Assertion)
	a.CreateAttr("Version", "2.0")
	a.CreateAttr("IssueInstant", stamp(r.Made))
	issuer(a, r.Issuer)
	s := a.CreateElement("saml:Subject")
	n := s.CreateElement("saml:NameID")
	n.CreateAttr("Format", r.Format)
	n.SetText(r.NameID)
	c := s.CreateElement("saml:SubjectConfirmation")
	c.CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
	d := c.CreateElement("saml:SubjectConfirmationData")
	d.CreateAttr("InResponseTo", r.InResponseTo)
	d.CreateAttr("NotOnOrAfter", stamp(r.NotOnOrAfter))
	d.CreateAttr("Recipient", r.Recipient)
	w := a.CreateElement("saml:Conditions")
	w.CreateAttr("NotBefore", stamp(r.NotBefore))
	w.CreateAttr("NotOnOrAfter", stamp(r.NotOnOrAfter))
	if r.Audience != "" {
		w.CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText(r.Audience)
	}
	at := a.CreateElement("saml:AuthnStatement")
	at.CreateAttr("AuthnInstant", stamp(r.Proved))
	at.CreateElement("saml:AuthnContext").CreateElement("saml:AuthnContextClassRef").SetText("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
	st := a.CreateElement("saml:AttributeStatement")
	for _, kv := range r.Attributes {
		e := st.CreateElement("saml:Attribute")
		e.CreateAttr("Name", kv[0])
		e.CreateElement("saml:AttributeValue").SetText(kv[1])
	}
	return a
}

func (r Reply) sign(e *etree.Element) *etree.Element { return Sign(e, r.Signer, r.Method) }

// Sign puts a signature into an element.
func Sign(e *etree.Element, by Party, method string) *etree.Element {
	c, err := dsig.NewSigningContext(by.Key, [][]byte{by.Certificate.Raw})
	check(err)
	c.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	check(c.SetSignatureMethod(method))
	signed, err := c.SignEnveloped(e)
	check(err)
	return signed.Copy() // the signature that the library puts in has no parent
}

// seal is XML Encryption of an element.
func (r Reply) seal(e *etree.Element) *etree.Element {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	text, err := doc.WriteToBytes()
	check(err)
	return Seal(text, r.For.Certificate, r.Seal, r.Wrap)
}

// Seal encrypts a text for a certificate.
func Seal(text []byte, to *x509.Certificate, algorithm, wrap string) *etree.Element {
	size := 16
	if strings.Contains(algorithm, "256") {
		size = 32
	}
	key := make([]byte, size)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	check(err)
	var sealed []byte
	if strings.HasSuffix(algorithm, "-cbc") {
		iv := make([]byte, aes.BlockSize)
		rand.Read(iv)
		pad := aes.BlockSize - len(text)%aes.BlockSize
		padded := append(append([]byte{}, text...), make([]byte, pad)...)
		padded[len(padded)-1] = byte(pad)
		sealed = make([]byte, len(padded))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, padded)
		sealed = slices.Concat(iv, sealed)
	} else {
		gcm, err := cipher.NewGCM(block)
		check(err)
		nonce := make([]byte, gcm.NonceSize())
		rand.Read(nonce)
		sealed = gcm.Seal(nonce, nonce, text, nil)
	}
	if wrap == "" {
		wrap = enc + "rsa-oaep-mgf1p"
	}
	public := to.PublicKey.(*rsa.PublicKey)
	method := etree.NewElement("xenc:EncryptionMethod")
	method.CreateAttr("Algorithm", wrap)
	var wrapped []byte
	switch wrap {
	case enc + "rsa-1_5":
		wrapped, err = rsa.EncryptPKCS1v15(rand.Reader, public, key) //nolint:staticcheck // what must be refused
	case enc + "rsa-oaep-mgf1p":
		wrapped, err = rsa.EncryptOAEP(sha1.New(), rand.Reader, public, key, nil)
	default:
		d := method.CreateElement("ds:DigestMethod")
		d.CreateAttr("xmlns:ds", dsig.Namespace)
		d.CreateAttr("Algorithm", enc+"sha256")
		m := method.CreateElement("xenc11:MGF")
		m.CreateAttr("xmlns:xenc11", "http://www.w3.org/2009/xmlenc11#")
		m.CreateAttr("Algorithm", "http://www.w3.org/2009/xmlenc11#mgf1sha256")
		wrapped, err = rsa.EncryptOAEPWithOptions(rand.Reader, public, key, &rsa.OAEPOptions{Hash: crypto.SHA256, MGFHash: crypto.SHA256})
	}
	check(err)
	data := etree.NewElement("xenc:EncryptedData")
	data.CreateAttr("xmlns:xenc", enc)
	data.CreateElement("xenc:EncryptionMethod").CreateAttr("Algorithm", algorithm)
	info := data.CreateElement("ds:KeyInfo")
	info.CreateAttr("xmlns:ds", dsig.Namespace)
	k := info.CreateElement("xenc:EncryptedKey")
	k.AddChild(method)
	value := func(in *etree.Element, b []byte) {
		in.CreateElement("xenc:CipherData").CreateElement("xenc:CipherValue").SetText(base64.StdEncoding.EncodeToString(b))
	}
	value(k, wrapped)
	value(data, sealed)
	return data
}

// Privileges is the value of a privileges attribute: a scope, then its
// privileges, for each group.
func Privileges(groups ...[]string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><bpp:PrivilegeList xmlns:bpp="http://digst.dk/oiosaml/basic_privilege_profile" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`)
	for _, g := range groups {
		fmt.Fprintf(&b, `<PrivilegeGroup Scope="%s">`, g[0])
		for _, p := range g[1:] {
			fmt.Fprintf(&b, `<Privilege>%s</Privilege>`, p)
		}
		b.WriteString(`</PrivilegeGroup>`)
	}
	b.WriteString(`</bpp:PrivilegeList>`)
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}
