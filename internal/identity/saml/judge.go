package saml

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/xml"
	"slices"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"vidne.dk/vidne/internal/identity/sso"
)

const (
	statusSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success"
	bearer        = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	versionTwo    = "2.0"
)

// Judge takes what the provider's page posted (SAML Profiles 4.1.4.3).
func (p *Provider) Judge(_ context.Context, a sso.Answer) (sso.Vouched, error) {
	v, err := p.judge(a)
	if err != nil {
		return sso.Vouched{}, err
	}
	return v, nil
}

func (p *Provider) judge(a sso.Answer) (v sso.Vouched, err error) {
	d, err := p.describe()
	if err != nil {
		return v, err
	}
	now := p.c.Clock.Now()
	if len(a.Values["SAMLResponse"]) != 1 {
		return v, denied("saml.response", "%d responses", len(a.Values["SAMLResponse"]))
	}
	raw, err := decode(a.Values.Get("SAMLResponse"), LongestResponse)
	if err != nil {
		return v, denied("saml.response", "not base64 of a size that is read")
	}
	assertion, err := p.open(raw, d, a.Request, now)
	if err != nil {
		return v, err
	}
	var said saml.Assertion
	if err := unmarshal(assertion, &said); err != nil {
		return v, denied("saml.assertion", "the assertion cannot be read")
	}
	until, err := p.check(&said, d, a, now)
	if err != nil {
		return v, err
	}
	if v.Outside, err = p.outside(&said, d); err != nil {
		return v, err
	}
	v.At, v.Until = now, now.Add(p.c.Session)
	if end := said.AuthnStatements[0].SessionNotOnOrAfter; end != nil && end.Before(v.Until) {
		v.Until = *end
	}
	v.Once, v.OnceUntil = said.ID, until.Add(sso.Skew)
	return v, nil
}

// open is the one assertion of a response, as it was signed.
func (p *Provider) open(raw []byte, d *described, request string, now time.Time) (*etree.Element, error) {
	root, err := parse(raw, LongestResponse)
	if err != nil {
		return nil, denied("saml.xml", "%v", err)
	}
	if !is(root, nsProtocol, "Response") {
		return nil, denied("saml.xml", "no Response")
	}
	if err := status(root); err != nil {
		return nil, err
	}
	if err := shape(root); err != nil {
		return nil, denied("saml.shape", "%v", err)
	}
	signed := only(root, nsSignature, "Signature") != nil
	if signed {
		if root, err = verified(root, d.certificates, now); err != nil {
			return nil, denied("saml.signature", "the response: %v", err)
		}
		if err := shape(root); err != nil { // of what was signed, not of what came
			return nil, denied("saml.shape", "%v", err)
		}
	}
	if err := p.envelope(root, d, request, now, signed); err != nil {
		return nil, err
	}
	assertion := only(root, nsAssertion, "Assertion")
	if sealed := only(root, nsAssertion, "EncryptedAssertion"); sealed != nil {
		if assertion, err = unseal(sealed, p.c.Key, signed); err != nil {
			return nil, err
		}
	} else if !p.c.Plain {
		return nil, denied("saml.open", "the assertion is not encrypted")
	}
	return signature(assertion, d.certificates, now)
}

// unseal opens an encrypted assertion and holds it to what an open one is held
// to.
func unseal(e *etree.Element, key *rsa.PrivateKey, authentic bool) (*etree.Element, error) {
	raw, err := decrypt(e, key, authentic)
	if err != nil {
		return nil, denied("saml.decrypt", "%v", err)
	}
	assertion, err := parse(raw, LongestResponse)
	if err != nil {
		return nil, denied("saml.xml", "the assertion: %v", err)
	}
	if !is(assertion, nsAssertion, "Assertion") {
		return nil, denied("saml.xml", "no Assertion")
	}
	if err := shape(assertion); err != nil {
		return nil, denied("saml.shape", "the assertion: %v", err)
	}
	return assertion, nil
}

func signature(assertion *etree.Element, certificates []*x509.Certificate, now time.Time) (*etree.Element, error) {
	good, err := verified(assertion, certificates, now)
	if err != nil {
		return nil, denied("saml.signature", "the assertion: %v", err)
	}
	return good, nil
}

// envelope holds the response itself against our question. It may be unsigned:
// what it says is then no more than a reason to refuse.
func (p *Provider) envelope(root *etree.Element, d *described, request string, now time.Time, signed bool) error {
	attr := func(name string) string { return root.SelectAttrValue(name, "") }
	made, err := time.Parse(time.RFC3339Nano, attr("IssueInstant"))
	destination := attr("Destination")
	switch {
	case attr("Version") != versionTwo || attr("ID") == "":
		return denied("saml.response", "no response of version 2.0")
	case attr("InResponseTo") != request || request == "":
		return denied("saml.question", "the response answers another question")
	case destination != p.Consumer() && (destination != "" || signed):
		return denied("saml.recipient", "the response is for another address")
	case err != nil || made.After(now.Add(sso.Skew)) || now.Sub(made) > oldest:
		return denied("saml.time", "the response is of another time")
	}
	if issuer := only(root, nsAssertion, "Issuer"); issuer != nil && issuer.Text() != d.entity {
		return denied("saml.issuer", "the response is of another provider")
	}
	return nil
}

// status is whether the provider has an answer at all. It has no assertion when
// it has not.
func status(root *etree.Element) error {
	s := only(root, nsProtocol, "Status")
	if s == nil || only(s, nsProtocol, "StatusCode") == nil {
		return denied("saml.response", "no status")
	}
	if only(s, nsProtocol, "StatusCode").SelectAttrValue("Value", "") != statusSuccess {
		return denied("sso.refused", "the provider says no")
	}
	return nil
}

// oldest is how long ago an answer may have been made: it takes a browser a
// moment to bring it.
const oldest = 5 * time.Minute

// check holds the assertion to its conditions, and says how long it could be
// taken.
func (p *Provider) check(s *saml.Assertion, d *described, a sso.Answer, now time.Time) (until time.Time, err error) {
	early, late := now.Add(sso.Skew), now.Add(-sso.Skew)
	switch {
	case s.Version != versionTwo || s.ID == "":
		return until, denied("saml.assertion", "no assertion of version 2.0")
	case s.Issuer.Value != d.entity:
		return until, denied("saml.issuer", "the assertion is of another provider")
	case s.IssueInstant.After(early) || now.Sub(s.IssueInstant) > oldest:
		return until, denied("saml.time", "the assertion is of another time")
	case s.Subject == nil || s.Conditions == nil || len(s.AuthnStatements) == 0:
		return until, denied("saml.assertion", "the assertion says nothing of a person who logged in")
	}
	if until, err = p.confirmation(s, a.Request, early, late); err != nil {
		return until, err
	}
	c := s.Conditions
	if c.NotBefore.After(early) || c.NotOnOrAfter.IsZero() || !c.NotOnOrAfter.After(late) {
		return until, denied("saml.time", "the assertion does not hold now")
	}
	if len(c.AudienceRestrictions) == 0 || slices.ContainsFunc(c.AudienceRestrictions, func(r saml.AudienceRestriction) bool { return r.Audience.Value != p.c.EntityID }) {
		return until, denied("saml.audience", "the assertion is for somebody else")
	}
	for _, at := range s.AuthnStatements {
		switch {
		case at.AuthnInstant.IsZero() || at.AuthnInstant.After(early), at.SessionNotOnOrAfter != nil && !at.SessionNotOnOrAfter.After(now):
			return until, denied("saml.time", "the log-in is of another time")
		case a.Fresh && a.Older(at.AuthnInstant):
			return until, denied("sso.fresh", "the person did not prove themselves anew")
		}
	}
	if c.NotOnOrAfter.After(until) {
		until = c.NotOnOrAfter
	}
	return until, nil
}

// confirmation holds how the assertion is confirmed to what a browser may
// bring: one bearer, to our address, for our question, for now.
func (p *Provider) confirmation(s *saml.Assertion, request string, early, late time.Time) (until time.Time, err error) {
	if len(s.Subject.SubjectConfirmations) != 1 || s.Subject.SubjectConfirmations[0].Method != bearer || s.Subject.SubjectConfirmations[0].SubjectConfirmationData == nil {
		return until, denied("saml.assertion", "the assertion is not for a browser to bring")
	}
	c := s.Subject.SubjectConfirmations[0].SubjectConfirmationData
	switch {
	case c.Recipient != p.Consumer():
		return until, denied("saml.recipient", "the assertion is for another address")
	case c.InResponseTo != request:
		return until, denied("saml.question", "the assertion answers another question")
	case c.NotOnOrAfter.IsZero() || !c.NotOnOrAfter.After(late) || c.NotBefore.After(early):
		return until, denied("saml.time", "the assertion may not be brought now")
	}
	return c.NotOnOrAfter, nil
}

// unmarshal reads an element into the types of the library.
func unmarshal(e *etree.Element, to any) error {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	raw, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	return xml.Unmarshal(raw, to)
}
