package saml

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Algorithms that are taken. SHA-1 is not among them.
var (
	signatureMethods = []string{
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	}
	digestMethods = []string{"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"}
)

const (
	exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
)

// verified checks the signature that an element has as its child, against the
// certificates that we have, and returns the element as it was signed, parsed
// anew from the bytes that the digest was taken of. A certificate that comes
// with the signature is not looked at.
func verified(e *etree.Element, certificates []*x509.Certificate, now time.Time) (*etree.Element, error) {
	if err := strict(e); err != nil {
		return nil, err
	}
	space, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, errors.New("namespaces")
	}
	alone, err := etreeutils.NSDetatch(space, e)
	if err != nil {
		return nil, errors.New("namespaces")
	}
	signature := only(alone, nsSignature, "Signature")
	for _, info := range signature.ChildElements() {
		if is(info, nsSignature, "KeyInfo") {
			signature.RemoveChild(info)
		}
	}
	for _, c := range certificates {
		v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
		v.Clock = dsig.NewFakeClockAt(now)
		if good, err := v.Validate(alone); err == nil {
			if good.Tag != e.Tag || good.SelectAttrValue("ID", "") != e.SelectAttrValue("ID", "") {
				return nil, errors.New("something else is signed")
			}
			return good, nil
		}
	}
	return nil, errors.New("no certificate of the provider made the signature")
}

// strict refuses a signature that is anything but one reference to the element
// that it stands in, by algorithms that we take (SAML Core 5.4).
func strict(e *etree.Element) error {
	s := only(e, nsSignature, "Signature")
	if s == nil {
		return errors.New("not signed")
	}
	for _, c := range s.ChildElements() {
		if c.NamespaceURI() != nsSignature || !slices.Contains([]string{"SignedInfo", "SignatureValue", "KeyInfo"}, c.Tag) {
			return errors.New("the signature holds something else")
		}
	}
	info := only(s, nsSignature, "SignedInfo")
	if info == nil || only(s, nsSignature, "SignatureValue") == nil || len(info.ChildElements()) != 3 {
		return errors.New("the signature is not of one thing")
	}
	id := e.SelectAttrValue("ID", "")
	reference := only(info, nsSignature, "Reference")
	if reference == nil || id == "" || reference.SelectAttrValue("URI", "") != "#"+id {
		return errors.New("the signature is of something else")
	}
	algorithm := func(in *etree.Element, tag string) string {
		if in = only(in, nsSignature, tag); in == nil {
			return ""
		}
		return in.SelectAttrValue("Algorithm", "")
	}
	if !slices.Contains(signatureMethods, algorithm(info, "SignatureMethod")) || !slices.Contains(digestMethods, algorithm(reference, "DigestMethod")) ||
		algorithm(info, "CanonicalizationMethod") != exclusive {
		return errors.New("an algorithm that we do not take")
	}
	transforms := only(reference, nsSignature, "Transforms")
	if transforms == nil {
		return errors.New("no transforms")
	}
	var all []string
	for _, t := range transforms.ChildElements() {
		all = append(all, t.SelectAttrValue("Algorithm", ""))
	}
	if !slices.Equal(all, []string{enveloped, exclusive}) {
		return errors.New("other transforms than the two")
	}
	return nil
}
