package saml

import (
	"context"
	"crypto/x509"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const (
	ourCVR      = "12345678"
	coordinator = "http://vidne.example.dk/roles/usersystemrole/koordinator/1"
	overseer    = "http://vidne.example.dk/roles/usersystemrole/dpo/1"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stage is a provider, us, and a question under way.
type stage struct {
	*Provider
	idp   *samltest.IdP
	clk   *clock.Fake
	asked sso.Asked
	fresh bool
}

func newStage(t testing.TB, change ...func(*Config)) *stage {
	t.Helper()
	s := &stage{clk: clock.NewFake(start), idp: &samltest.IdP{Party: samltest.Of("idp"), Entity: "https://idp.example.dk/metadata", Address: "https://idp.example.dk/sso"}}
	us := samltest.Of("us")
	c := Config{
		ID: "kombit", Name: "Fælleskommunal Adgangsstyring", Controller: "lindeby", CVR: ourCVR, BaseURL: "https://vidne.example.dk/",
		Metadata: func() ([]byte, error) { return s.idp.Metadata(), nil }, Key: us.Key, Certificate: us.Certificate, Clock: s.clk, Level: "Substantial",
		Roles: map[string][]string{coordinator: {"coordinator"}, overseer: {"dpo", "it"}},
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	s.Provider, err = New(c)
	must(t, err)
	s.ask(t)
	return s
}

func (s *stage) ask(t testing.TB) {
	t.Helper()
	var err error
	s.asked, err = s.Ask(t.Context(), sso.Question{State: "en-tilstand", Fresh: s.fresh})
	must(t, err)
}

// honest is what an honest provider answers.
func (s *stage) honest() samltest.Reply {
	r := s.idp.Reply(s.clk.Now(), s.asked.Memory.Request, s.Consumer(), s.EntityID())
	r.Attributes = [][2]string{
		{attrSpec, "OIO-SAML-3.0"}, {attrCVR, ourCVR}, {attrLevel, levelPrefix + "Substantial"},
		{attrFirst, "Karen"}, {attrLast, "Åkjær"}, {attrMail, "karen@lindeby.example.dk"},
		{attrPrivileges, samltest.Privileges([]string{scopeCVR + ourCVR, coordinator})},
	}
	r.Seal, r.For = aes256gcm, samltest.Of("us")
	return r
}

func (s *stage) judge(response *etree.Element) (sso.Vouched, error) {
	return s.judgeText(samltest.Encode(response))
}

func (s *stage) judgeText(response string) (sso.Vouched, error) {
	return s.Judge(context.Background(), sso.Answer{Memory: s.asked.Memory, Values: url.Values{"SAMLResponse": {response}}, Fresh: s.fresh, Began: s.clk.Now()})
}

// refuses holds that an answer is refused, and by which check.
func (s *stage) refuses(t *testing.T, key string, response *etree.Element) {
	t.Helper()
	v, err := s.judge(response)
	if !fault.Is(err, fault.Denied) || fault.Key(err) != key || v.Subject != "" || v.Roles != nil || v.Once != "" {
		t.Errorf("refused with %q (%v), not %q: %+v", fault.Key(err), err, key, v)
	}
	for _, secret := range []string{"Karen", "karen", "9b0b7d1f", ourCVR, "Signature", "<"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats the answer: %v", err)
		}
	}
}

func TestAnAnswerOfTheJointAccessControlIsTaken(t *testing.T) {
	req.Shows(t, "ID-1")
	for _, how := range []struct{ name, seal, wrap string }{
		{"AES-256-GCM", aes256gcm, ""}, {"AES-128-GCM", aes128gcm, ""}, {"OAEP with SHA-256", aes256gcm, rsaOAEP11},
	} {
		t.Run(how.name, func(t *testing.T) {
			s := newStage(t)
			r := s.honest()
			r.Seal, r.Wrap = how.seal, how.wrap
			v, err := s.judge(r.XML())
			must(t, err)
			if v.Subject != s.idp.Entity+" "+r.NameID || v.Name != "Karen Åkjær" || v.Email != "karen@lindeby.example.dk" || v.Controller != "lindeby" ||
				!slices.Equal(v.Roles, []string{"coordinator"}) || !v.Strong || v.Login != "karen@lindeby.example.dk" {
				t.Errorf("%+v", v)
			}
			if v.Once != r.Assertion || !v.OnceUntil.After(start) || !v.At.Equal(start) || !v.Until.Equal(start.Add(sso.DefaultSession)) {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestAnAnswerMayBeSignedAsAWholeToo(t *testing.T) {
	s := newStage(t)
	r := s.honest()
	r.SignResponse, r.Seal = true, aes128cbc
	if _, err := s.judge(r.XML()); err != nil {
		t.Errorf("CBC beneath a signature: %v", err)
	}
	r.SignResponse = false
	s.refuses(t, "saml.decrypt", r.XML())
}

// TestALie holds every check against an answer in which one thing is wrong.
func TestALie(t *testing.T) {
	stranger := samltest.Of("stranger")
	for name, c := range map[string]struct {
		key string
		lie func(*samltest.Reply)
	}{
		"another's key":            {"saml.signature", func(r *samltest.Reply) { r.Signer = stranger }},
		"another's key, whole":     {"saml.signature", func(r *samltest.Reply) { r.Signer, r.SignResponse = stranger, true }},
		"unsigned":                 {"saml.signature", func(r *samltest.Reply) { r.SignAssertion = false }},
		"unsigned within signed":   {"saml.signature", func(r *samltest.Reply) { r.SignAssertion, r.SignResponse = false, true }},
		"RSA with SHA-1":           {"saml.signature", func(r *samltest.Reply) { r.Method = dsig.RSASHA1SignatureMethod }},
		"audience":                 {"saml.audience", func(r *samltest.Reply) { r.Audience = "https://andre.example.dk" }},
		"no audience":              {"saml.audience", func(r *samltest.Reply) { r.Audience = "" }},
		"recipient":                {"saml.recipient", func(r *samltest.Reply) { r.Recipient = "https://andre.example.dk/acs" }},
		"destination":              {"saml.recipient", func(r *samltest.Reply) { r.Destination = "https://andre.example.dk/acs" }},
		"no destination, signed":   {"saml.recipient", func(r *samltest.Reply) { r.Destination, r.SignResponse = "", true }},
		"question":                 {"saml.question", func(r *samltest.Reply) { r.InResponseTo = "_andet" }},
		"question of the response": {"saml.question", func(r *samltest.Reply) { r.ResponseTo = "_andet" }},
		"unsolicited":              {"saml.question", func(r *samltest.Reply) { r.ResponseTo, r.InResponseTo = "", "" }},
		"issuer":                   {"saml.issuer", func(r *samltest.Reply) { r.Issuer = "https://andre.example.dk" }},
		"issuer of the response":   {"saml.issuer", func(r *samltest.Reply) { r.ResponseIssuer = "https://andre.example.dk" }},
		"over":                     {"saml.time", func(r *samltest.Reply) { r.NotOnOrAfter = start.Add(-sso.Skew) }},
		"not yet":                  {"saml.time", func(r *samltest.Reply) { r.NotBefore = start.Add(sso.Skew + time.Second) }},
		"old":                      {"saml.time", func(r *samltest.Reply) { r.Made = start.Add(-oldest - time.Second) }},
		"made tomorrow":            {"saml.time", func(r *samltest.Reply) { r.Made = start.Add(24 * time.Hour) }},
		"logged in tomorrow":       {"saml.time", func(r *samltest.Reply) { r.Proved = start.Add(24 * time.Hour) }},
		"said no":                  {"sso.refused", func(r *samltest.Reply) { r.Status = "urn:oasis:names:tc:SAML:2.0:status:Responder" }},
		"open":                     {"saml.open", func(r *samltest.Reply) { r.Seal = "" }},
		"RSA 1.5":                  {"saml.decrypt", func(r *samltest.Reply) { r.Wrap = nsXMLEnc + "rsa-1_5" }},
		"sealed for another":       {"saml.decrypt", func(r *samltest.Reply) { r.For = stranger }},
		"transient name":           {"saml.person", func(r *samltest.Reply) { r.Format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" }},
		"mail as name":             {"saml.person", func(r *samltest.Reply) { r.Format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" }},
		"no name":                  {"saml.person", func(r *samltest.Reply) { r.NameID = " " }},
		"nobody's name":            {"saml.person", attribute(attrFirst, "", attrLast, "")},
		"assurance":                {"saml.level", attribute(attrLevel, levelPrefix+"Low")},
		"unknown assurance":        {"saml.level", attribute(attrLevel, "Højest")},
		"another organisation":     {"saml.cvr", attribute(attrCVR, "87654321")},
		"no organisation":          {"saml.cvr", attribute(attrCVR, "")},
		"unreadable privileges":    {"saml.privileges", attribute(attrPrivileges, "%%%")},
		"two assertions":           {"saml.shape", func(r *samltest.Reply) { r.Wrapped = twice }},
		"two assertions, signed":   {"saml.shape", func(r *samltest.Reply) { r.Spoil, r.SignResponse = twice, true }},
		"no assertion":             {"saml.shape", func(r *samltest.Reply) { r.Wrapped = func(e *etree.Element) { e.RemoveChild(e.ChildElements()[2]) } }},
		"two bearers":              {"saml.assertion", func(r *samltest.Reply) { r.Spoil = again("//saml:SubjectConfirmation") }},
		"holder of key": {"saml.assertion", func(r *samltest.Reply) {
			r.Spoil = set("//saml:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
		}},
		"no log-in":     {"saml.assertion", func(r *samltest.Reply) { r.Spoil = gone("//saml:AuthnStatement") }},
		"no conditions": {"saml.assertion", func(r *samltest.Reply) { r.Spoil = gone("//saml:Conditions") }},
		"version":       {"saml.assertion", func(r *samltest.Reply) { r.Spoil = set("//saml:Assertion", "Version", "1.1") }},
		"an end that has passed": {"saml.time", func(r *samltest.Reply) {
			r.Spoil = set("//saml:AuthnStatement", "SessionNotOnOrAfter", "2026-11-22T07:59:59Z")
		}},
		"audience beside ours": {"saml.audience", func(r *samltest.Reply) { r.Spoil = other }},
	} {
		t.Run(name, func(t *testing.T) {
			req.Shows(t, "ID-1")
			s := newStage(t)
			if strings.HasPrefix(name, "issuer of") || strings.HasPrefix(name, "unsigned within") {
				s = newStage(t, func(c *Config) { c.Plain = true })
			}
			r := s.honest()
			if s.c.Plain {
				r.Seal = ""
			}
			c.lie(&r)
			s.refuses(t, c.key, r.XML())
		})
	}
}

// attribute gives attributes another value; "" takes them away.
func attribute(pairs ...string) func(*samltest.Reply) {
	return func(r *samltest.Reply) {
		for i := 0; i < len(pairs); i += 2 {
			r.Attributes = slices.DeleteFunc(r.Attributes, func(kv [2]string) bool { return kv[0] == pairs[i] })
			if pairs[i+1] != "" {
				r.Attributes = append(r.Attributes, [2]string{pairs[i], pairs[i+1]})
			}
		}
	}
}

// twice puts the last element there a second time, with ids of its own.
func twice(e *etree.Element) {
	all := e.ChildElements()
	c := all[len(all)-1].Copy()
	for _, x := range append(c.FindElements(".//*"), c) {
		if a := x.SelectAttr("ID"); a != nil {
			a.Value += "2"
		}
	}
	e.AddChild(c)
}

func again(path string) func(*etree.Element) {
	return func(e *etree.Element) {
		x := e.FindElement(path)
		x.Parent().AddChild(x.Copy())
	}
}

func gone(path string) func(*etree.Element) {
	return func(e *etree.Element) {
		x := e.FindElement(path)
		x.Parent().RemoveChild(x)
	}
}

func set(path, name, value string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).CreateAttr(name, value) }
}

// other adds an audience that is not us, beside ours.
func other(e *etree.Element) {
	e.FindElement("//saml:Conditions").CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText("https://andre.example.dk")
}

func TestSomebodyAskedAnewHasToProveThemselvesAnew(t *testing.T) {
	s := newStage(t)
	s.fresh = true
	s.ask(t)
	r := s.honest()
	r.Proved = start.Add(-sso.Skew - time.Second)
	s.refuses(t, "sso.fresh", r.XML())
	r = s.honest()
	r.Proved = start
	if _, err := s.judge(r.XML()); err != nil {
		t.Error(err)
	}
}

func TestOurClockDecides(t *testing.T) {
	s := newStage(t)
	r := s.honest()
	for _, c := range []struct {
		shift time.Duration
		taken bool
	}{{0, true}, {-sso.Skew, true}, {-sso.Skew - time.Second, false}, {oldest, true}, {oldest + time.Second, false}, {24 * time.Hour, false}} {
		s.clk.SetWall(start.Add(c.shift))
		if _, err := s.judge(r.XML()); (err == nil) != c.taken {
			t.Errorf("%v later: %v", c.shift, err)
		}
	}
}

func TestACertificateIsGoodForItsTimeAndMayChange(t *testing.T) {
	s := newStage(t)
	old := samltest.Make("old", start.Add(-365*24*time.Hour), start.Add(-time.Hour))
	s.idp.Party = old
	r := s.honest()
	s.refuses(t, "saml.signature", r.XML())
	// The provider changes its key: both stand in the metadata, then the new alone.
	s.idp.Party, s.idp.More = samltest.Of("idp"), []samltest.Party{samltest.Of("next")}
	for _, by := range []samltest.Party{samltest.Of("idp"), samltest.Of("next")} {
		r = s.honest()
		r.Signer = by
		if _, err := s.judge(r.XML()); err != nil {
			t.Error(err)
		}
	}
	s.idp.Party, s.idp.More = samltest.Of("next"), nil
	r = s.honest()
	r.Signer = samltest.Of("idp")
	s.refuses(t, "saml.signature", r.XML())
}

func certificatesOf(p samltest.Party) []*x509.Certificate { return []*x509.Certificate{p.Certificate} }
