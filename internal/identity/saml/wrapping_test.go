package saml

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/req"
)

// The eight ways of wrapping a signature (Somorovsky et al., On Breaking SAML,
// 2012): what is signed is kept somewhere, and something else is put where it
// is read. evil is that something else.
func wrappings(t *testing.T) map[string]func(response *etree.Element) *etree.Element {
	t.Helper()
	signature := func(e *etree.Element) *etree.Element {
		s := e.FindElement("./Signature")
		if s == nil {
			t.Fatal("not signed")
		}
		e.RemoveChild(s)
		return s
	}
	assertion := func(response *etree.Element) *etree.Element { return response.FindElement("./Assertion") }
	evil := func(of *etree.Element, id string) *etree.Element {
		e := of.Copy()
		for _, x := range append(e.FindElements("//Assertion"), e) {
			x.CreateAttr("ID", id+x.Tag)
		}
		for _, n := range e.FindElements("//NameID") {
			n.SetText("direktoeren")
		}
		return e
	}
	onAssertion := func(put func(response, good, bad, signature *etree.Element)) func(*etree.Element) *etree.Element {
		return func(response *etree.Element) *etree.Element {
			good := assertion(response)
			response.RemoveChild(good)
			bad := evil(good, "_ond")
			bad.RemoveChild(bad.FindElement("./Signature"))
			put(response, good, bad, good.FindElement("./Signature"))
			return response
		}
	}
	return map[string]func(*etree.Element) *etree.Element{
		"1: response, signed copy in the signature": func(r *etree.Element) *etree.Element {
			bad := evil(r, "_ond")
			s := bad.FindElement("./Signature")
			signature(r)
			s.AddChild(r)
			return bad
		},
		"2: response, signed copy before the signature": func(r *etree.Element) *etree.Element {
			bad := evil(r, "_ond")
			s := signature(bad)
			signature(r)
			bad.AddChild(r)
			bad.AddChild(s)
			return bad
		},
		"3: assertion, evil one before": onAssertion(func(r, good, bad, _ *etree.Element) {
			r.AddChild(bad)
			r.AddChild(good)
		}),
		"4: assertion, good one within the evil": onAssertion(func(r, good, bad, _ *etree.Element) {
			bad.AddChild(good)
			r.AddChild(bad)
		}),
		"5: assertion, evil one has the signature": onAssertion(func(r, good, bad, s *etree.Element) {
			good.RemoveChild(s)
			bad.AddChild(s)
			r.AddChild(bad)
			r.AddChild(good)
		}),
		"6: assertion, good one in the signature of the evil": onAssertion(func(r, good, bad, s *etree.Element) {
			good.RemoveChild(s)
			s.AddChild(good)
			bad.AddChild(s)
			r.AddChild(bad)
		}),
		"7: assertion, good one in extensions": onAssertion(func(r, good, bad, _ *etree.Element) {
			x := r.CreateElement("samlp:Extensions")
			x.AddChild(good)
			r.AddChild(bad)
		}),
		"8: assertion, good one in an object of the signature": onAssertion(func(r, good, bad, s *etree.Element) {
			good.RemoveChild(s)
			s.CreateElement("ds:Object").AddChild(good)
			bad.AddChild(s)
			r.AddChild(bad)
		}),
		// Of one id, so that who looks for it finds the other one.
		"one id, evil one first": onAssertion(func(r, good, bad, _ *etree.Element) {
			bad.CreateAttr("ID", good.SelectAttrValue("ID", ""))
			r.AddChild(bad)
			r.AddChild(good)
		}),
		"one id, good one in an attribute value": onAssertion(func(r, good, bad, s *etree.Element) {
			good.RemoveChild(s)
			bad.CreateAttr("ID", good.SelectAttrValue("ID", ""))
			bad.AddChild(s)
			bad.CreateElement("saml:Advice").AddChild(good)
			r.AddChild(bad)
		}),
		"a reference to nothing": onAssertion(func(r, good, _, s *etree.Element) {
			s.FindElement("./SignedInfo/Reference").CreateAttr("URI", "")
			r.AddChild(good)
		}),
		"an assertion in another namespace": onAssertion(func(r, good, bad, _ *etree.Element) {
			bad.CreateAttr("xmlns:saml", "urn:andet")
			r.AddChild(bad)
			r.AddChild(good)
		}),
	}
}

func TestASignatureIsNotWrapped(t *testing.T) {
	req.Shows(t, "ID-1")
	for name, wrap := range wrappings(t) {
		for _, whole := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				s := newStage(t, func(c *Config) { c.Plain = true })
				r := s.honest()
				r.Seal, r.SignResponse = "", whole || strings.Contains(name, "response")
				v, err := s.judge(wrap(r.XML()))
				if !fault.Is(err, fault.Denied) || v.Subject != "" {
					t.Errorf("%v %+v", err, v)
				}
			})
		}
	}
}

// TestWrappingWithinTheSeal wraps an assertion and seals it: whoever has our
// certificate, which everybody has, can do that.
func TestWrappingWithinTheSeal(t *testing.T) {
	s := newStage(t)
	r := s.honest()
	r.Seal = ""
	response := r.XML()
	good := response.FindElement("./Assertion")
	bad := good.Copy()
	bad.CreateAttr("ID", "_ond")
	bad.FindElement("//NameID").SetText("direktoeren")
	bad.AddChild(good.Copy())
	response.RemoveChild(good)
	sealed := response.CreateElement("saml:EncryptedAssertion")
	sealed.CreateAttr("xmlns:saml", nsAssertion)
	doc := etree.NewDocument()
	doc.SetRoot(bad)
	text, err := doc.WriteToBytes()
	must(t, err)
	sealed.AddChild(samltest.Seal(text, samltest.Of("us").Certificate, aes256gcm, ""))
	s.refuses(t, "saml.shape", response)
}

// TestTextThatParsersReadDifferently is refused before anything reads it.
func TestTextThatParsersReadDifferently(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t, func(c *Config) { c.Plain = true })
	r := s.honest()
	r.Seal = ""
	doc := etree.NewDocument()
	doc.SetRoot(r.XML())
	good, err := doc.WriteToString()
	must(t, err)
	if _, err := s.judgeText(base64.StdEncoding.EncodeToString([]byte(good))); err != nil {
		t.Fatal(err)
	}
	bomb := `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;">]>`
	for name, text := range map[string]string{
		"a comment in the NameID":   strings.Replace(good, r.NameID, r.NameID[:8]+"<!-- -->"+r.NameID[8:], 1),
		"DOCTYPE":                   `<!DOCTYPE x>` + good,
		"entities":                  bomb + strings.Replace(good, r.NameID, "&lol2;", 1),
		"an entity from a file":     `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + strings.Replace(good, r.NameID, "&e;", 1),
		"doctype in small letters":  `<!doctype x>` + good,
		"CDATA":                     strings.Replace(good, r.NameID, "<![CDATA["+r.NameID+"]]>", 1),
		"a processing instruction":  strings.Replace(good, r.NameID, r.NameID+"<?x y?>", 1),
		"a stylesheet":              `<?xml-stylesheet href="https://example.dk/x.xsl"?>` + good,
		"two declarations":          `<?xml version="1.0"?><?xml version="1.0"?>` + good,
		"UTF-16":                    "\xff\xfe<\x00r\x00>\x00",
		"another encoding":          `<?xml version="1.0" encoding="UTF-7"?>` + good,
		"two roots":                 good + good,
		"text after":                good + "x",
		"an unknown entity":         strings.Replace(good, r.NameID, "&hvem;", 1),
		"a colon that is read anew": strings.Replace(good, "<samlp:Status>", "<samlp:Status a::b=\"c\">", 1),
		"deep":                      strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100),
		"many attributes":           "<a" + strings.Repeat(` b="c"`, 5000) + "/>",
		"many elements":             "<a>" + strings.Repeat("<b/>", 5000) + "</a>",
		"nothing":                   "",
		"no markup":                 "x",
		"too large":                 good + strings.Repeat(" ", LongestResponse),
		"another document":          `<Response ID="_1"/>`,
		"of one's own namespace":    strings.Replace(good, nsProtocol, "urn:andet", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := s.judgeText(base64.StdEncoding.EncodeToString([]byte(text))); !fault.Is(err, fault.Denied) || v.Subject != "" {
				t.Errorf("%v %+v", err, v)
			}
		})
	}
}

// TestAKeyThatComesWithTheAnswerIsNotLookedAt: a certificate in the signature is
// the attacker's own.
func TestAKeyThatComesWithTheAnswerIsNotLookedAt(t *testing.T) {
	s := newStage(t)
	r := s.honest()
	r.Signer = samltest.Of("stranger") // whose certificate Sign embeds
	s.refuses(t, "saml.signature", r.XML())
	// Nor does it harm: the provider's own certificate there, another's signature.
	r = s.honest()
	r.Seal, r.Signer = "", samltest.Of("stranger")
	open := newStage(t, func(c *Config) { c.Plain = true })
	r.InResponseTo, r.ResponseTo = open.asked.Memory.Request, open.asked.Memory.Request
	x := r.XML()
	x.FindElement("//X509Certificate").SetText(base64.StdEncoding.EncodeToString(open.idp.Certificate.Raw))
	open.refuses(t, "saml.signature", x)
}

// TestWeakAlgorithmsAreRefused changes what the signature says of itself.
func TestWeakAlgorithmsAreRefused(t *testing.T) {
	for name, c := range map[string][3]string{
		"digest":           {"//DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1"},
		"HMAC":             {"//SignatureMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"},
		"none":             {"//SignatureMethod", "Algorithm", ""},
		"canonicalisation": {"//CanonicalizationMethod", "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"},
		"XSLT":             {"//Transform", "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116"},
		"XPath":            {"//Transform", "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(c *Config) { c.Plain = true })
			r := s.honest()
			r.Seal = ""
			x := r.XML()
			x.FindElement(c[0]).CreateAttr(c[1], c[2])
			s.refuses(t, "saml.signature", x)
		})
	}
	s := newStage(t)
	r := s.honest()
	r.Method = dsig.RSASHA512SignatureMethod
	if _, err := s.judge(r.XML()); err != nil {
		t.Errorf("SHA-512: %v", err)
	}
}
