package saml

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/beevik/etree"
	library "github.com/crewjam/saml"
	"github.com/crewjam/saml/logger"
	dsig "github.com/russellhaering/goxmldsig"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/identity/sso"
)

func TestAQuestionIsSignedAndSaysWhatIsNeeded(t *testing.T) {
	s := newStage(t)
	s.fresh = true
	s.ask(t)
	q, err := samltest.Redirected(s.asked.Address, samltest.Of("us"))
	must(t, err)
	if !strings.HasPrefix(s.asked.Address, s.idp.Address+"?") || q.ID != s.asked.Memory.Request || q.Issuer != s.EntityID() || q.Consumer != s.Consumer() ||
		!q.Force || q.RelayState != "en-tilstand" || q.Level != levelPrefix+"Substantial" {
		t.Errorf("%+v", q)
	}
	if _, err := samltest.Redirected(strings.Replace(s.asked.Address, "RelayState=en", "RelayState=to", 1), samltest.Of("us")); err == nil {
		t.Error("the signature does not cover the state")
	}
}

func TestAProviderThatTakesFormsIsSentASignedOne(t *testing.T) {
	s := newStage(t)
	s.idp.Binding = "HTTP-POST"
	s.ask(t)
	raw, err := base64.StdEncoding.DecodeString(s.asked.Post["SAMLRequest"])
	must(t, err)
	doc := etree.NewDocument()
	must(t, doc.ReadFromBytes(raw))
	good, err := verified(doc.Root(), certificatesOf(samltest.Of("us")), start)
	if err != nil || good.SelectAttrValue("ID", "") != s.asked.Memory.Request || s.asked.Address != s.idp.Address || s.asked.Post["RelayState"] != "en-tilstand" {
		t.Errorf("%v %+v", err, s.asked)
	}
}

func TestOurMetadataSaysWhoWeAre(t *testing.T) {
	s := newStage(t)
	b, err := s.Describe()
	must(t, err)
	var m library.EntityDescriptor
	must(t, xml.Unmarshal(b, &m))
	sp := m.SPSSODescriptors[0]
	if m.EntityID != s.EntityID() || !*sp.AuthnRequestsSigned || !*sp.WantAssertionsSigned || sp.AssertionConsumerServices[0].Location != s.Consumer() || len(sp.KeyDescriptors) != 2 {
		t.Errorf("%s", b)
	}
	if strings.Contains(string(b), "cprNumber") || !strings.Contains(string(b), "privilegesIntermediate") || strings.Contains(string(b), "cbc") {
		t.Errorf("%s", b)
	}
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	good := string((&samltest.IdP{Party: samltest.Of("idp"), Entity: "https://idp.example.dk", Address: "https://idp.example.dk/sso"}).Metadata())
	for name, text := range map[string]string{
		"none":        "",
		"DOCTYPE":     strings.Replace(good, "<EntityDescriptor", "<!DOCTYPE x><EntityDescriptor", 1),
		"plain http":  strings.Replace(good, "https://idp.example.dk/sso", "http://idp.example.dk/sso", 1),
		"no address":  strings.Replace(good, "HTTP-Redirect", "SOAP", 1),
		"no key":      regexp.MustCompile(`<KeyDescriptor.*</KeyDescriptor>`).ReplaceAllString(good, ""),
		"no IdP":      `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`,
		"has run out": strings.Replace(good, "entityID=", `validUntil="2026-11-21T00:00:00Z" entityID=`, 1),
		"unreadable":  strings.Replace(good, "<X509Certificate>", "<X509Certificate>AAAA", 1),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.c.Metadata = func() ([]byte, error) { return []byte(text), nil }
			if _, err := s.Ask(t.Context(), sso.Question{State: "x"}); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAKeyIsMadeAndRead(t *testing.T) {
	key, certificate, err := MakeKey("Vidne kombit", start)
	must(t, err)
	k, c, err := ReadKey(key, certificate)
	if err != nil || !k.PublicKey.Equal(c.PublicKey) || c.NotAfter.Before(start.AddDate(9, 0, 0)) {
		t.Errorf("%v %v", err, c)
	}
	for _, bad := range [][2][]byte{{nil, certificate}, {key, nil}, {certificate, certificate}, {key, key}} {
		if _, _, err := ReadKey(bad[0], bad[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	}
}

// quiet says nothing of what the library has to say.
type quiet struct{ logger.Interface }

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
func (quiet) Print(...any)          {}

// strangersIdP is an identity provider that others wrote.
type strangersIdP struct {
	*library.IdentityProvider
	us []byte
}

func (s strangersIdP) GetServiceProvider(*http.Request, string) (*library.EntityDescriptor, error) {
	var m library.EntityDescriptor
	if err := xml.Unmarshal(s.us, &m); err != nil {
		return nil, os.ErrNotExist
	}
	return &m, nil
}

func (s strangersIdP) GetSession(http.ResponseWriter, *http.Request, *library.IdpAuthnRequest) *library.Session {
	now := library.TimeNow()
	return &library.Session{ID: "s", NameID: "karen-1", NameIDFormat: string(library.PersistentNameIDFormat), CreateTime: now, ExpireTime: now.AddDate(0, 0, 1), Index: "1",
		UserCommonName: "Karen Åkjær", UserName: "karen", CustomAttributes: []library.Attribute{{Name: attrRoleADFS, Values: []library.AttributeValue{{Type: "xs:string", Value: "vidne-dpo"}}}}}
}

// TestAnotherHousesProviderIsUnderstood logs in at the library's own provider,
// which reads our metadata and our question with code that we did not write. It
// lives by the machine's clock, and so do we here.
func TestAnotherHousesProviderIsUnderstood(t *testing.T) {
	idp := samltest.Of("idp")
	theirs := &library.IdentityProvider{Key: idp.Key, Certificate: idp.Certificate, Logger: quiet{}, SignatureMethod: dsig.RSASHA256SignatureMethod}
	srv := httptest.NewServer(http.HandlerFunc(theirs.ServeSSO))
	defer srv.Close()
	at, err := url.Parse(srv.URL)
	must(t, err)
	theirs.SSOURL, theirs.MetadataURL = *at, *at
	described, err := xml.Marshal(theirs.Metadata())
	must(t, err)
	us := samltest.Of("us")
	p, err := New(Config{ID: "adfs", Name: "AD FS", Controller: "lindeby", BaseURL: "https://vidne.example.dk", Key: us.Key, Certificate: us.Certificate, Clock: clock.System(),
		Metadata: func() ([]byte, error) { return described, nil }, Roles: map[string][]string{"vidne-dpo": {"dpo"}}})
	must(t, err)
	stranger := strangersIdP{IdentityProvider: theirs}
	stranger.us, err = p.Describe()
	must(t, err)
	theirs.ServiceProviderProvider, theirs.SessionProvider = stranger, stranger

	asked, err := p.Ask(t.Context(), sso.Question{State: "en-tilstand"})
	must(t, err)
	res, err := http.Get(asked.Address)
	must(t, err)
	defer res.Body.Close()
	html, err := io.ReadAll(res.Body)
	must(t, err)
	m := regexp.MustCompile(`name="SAMLResponse" value="([^"]+)"`).FindSubmatch(html)
	if m == nil {
		t.Fatalf("%d %s", res.StatusCode, html)
	}
	v, err := p.Judge(t.Context(), sso.Answer{Memory: asked.Memory, Values: url.Values{"SAMLResponse": {strings.ReplaceAll(string(m[1]), "&#43;", "+")}}, Began: clock.System().Now()})
	must(t, err)
	if v.Name != "Karen Åkjær" || v.Login != "karen" || !strings.HasSuffix(v.Subject, " karen-1") || len(v.Roles) != 1 || v.Roles[0] != "dpo" {
		t.Errorf("%+v", v)
	}
}
