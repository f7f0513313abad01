package sso_test

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/oidc"
	"vidne.dk/vidne/internal/identity/oidc/oidctest"
	"vidne.dk/vidne/internal/identity/saml"
	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// notes are what a ledger was given.
type notes struct{ kinds []string }

func (n *notes) Append(_ context.Context, _ *db.Tx, _ time.Time, kind string, body any) (int64, error) {
	n.kinds = append(n.kinds, kind+" "+body.(map[string]any)["why"].(string))
	return int64(len(n.kinds)), nil
}

// stage is a room with two OpenID providers and one of SAML.
type stage struct {
	*sso.Room
	clk   *clock.Fake
	one   *oidctest.Provider
	two   *oidctest.Provider
	idp   *samltest.IdP
	saml  *saml.Provider
	notes *notes
}

var here = identity.Whence{Address: netip.MustParseAddr("192.0.2.7"), Agent: "prøve"}

func newStage(t *testing.T, d *db.DB) *stage {
	t.Helper()
	s := &stage{clk: clock.NewFake(start), notes: &notes{}}
	s.one, s.two = oidctest.New(t, s.clk), oidctest.New(t, s.clk)
	s.idp = &samltest.IdP{Party: samltest.Of("idp"), Entity: "https://idp.example.dk", Address: "https://idp.example.dk/sso"}
	var all []sso.Provider
	for id, op := range map[string]*oidctest.Provider{"en": s.one, "to": s.two} {
		op.Add("karen", map[string]any{"name": "Karen Åkjær", "preferred_username": "karen@" + id})
		p, err := oidc.New(oidc.Config{ID: id, Name: id, Controller: "lindeby", Issuer: op.Issuer, ClientID: op.Client, Secret: op.Secret, BaseURL: "https://vidne.example.dk", Clock: s.clk})
		must(t, err)
		all = append(all, p)
	}
	us := samltest.Of("us")
	var err error
	s.saml, err = saml.New(saml.Config{ID: "kombit", Name: "K", Controller: "lindeby", BaseURL: "https://vidne.example.dk", Clock: s.clk, Key: us.Key, Certificate: us.Certificate,
		Metadata: func() ([]byte, error) { return s.idp.Metadata(), nil }, Plain: true})
	must(t, err)
	s.Room, err = sso.Open(t.Context(), sso.Config{DB: d, Ledger: s.notes, Clock: s.clk, Providers: append(all, s.saml)})
	must(t, err)
	return s
}

func (s *stage) begin(t *testing.T, provider string) sso.Begun {
	t.Helper()
	b, err := s.Begin(t.Context(), provider, sso.Want{Target: "/steder", Draft: "note=halv"})
	must(t, err)
	return b
}

func (s *stage) posted(t *testing.T, b sso.Begun) url.Values {
	t.Helper()
	r := s.idp.Reply(s.clk.Now(), b.Memory.Request, s.saml.Consumer(), s.saml.EntityID())
	r.Attributes = [][2]string{{"urn:oid:2.5.4.3", "Karen Åkjær"}}
	return url.Values{"SAMLResponse": {samltest.Encode(r.XML())}}
}

func refused(t *testing.T, key string, err error) {
	t.Helper()
	if !fault.Is(err, fault.Denied) || fault.Key(err) != key {
		t.Errorf("%v is not %s", err, key)
	}
}

func TestAnAnswerIsTakenOnceForTheBrowserThatAsked(t *testing.T) {
	req.Shows(t, "ID-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		b := s.begin(t, "en")
		q := s.one.LogIn("karen", b.Address)
		done, err := s.Finish(t.Context(), "en", b.State, b.Browser, q, here)
		must(t, err)
		if done.Target != "/steder" || done.Draft != "note=halv" || done.Vouched.Source != "oidc:en" || done.Vouched.Name != "Karen Åkjær" {
			t.Errorf("%+v", done)
		}
		_, err = s.Finish(t.Context(), "en", b.State, b.Browser, q, here)
		refused(t, "sso.state", err) // replayed

		for _, state := range []string{"", "en-anden", b.State + "x"} {
			_, err = s.Finish(t.Context(), "en", state, b.Browser, q, here)
			refused(t, "sso.state", err)
		}
		if len(s.notes.kinds) != 0 {
			t.Errorf("what anybody can send is no entry: %v", s.notes.kinds)
		}
		// Somebody else's answer, slipped under a person whose browser did not ask.
		b = s.begin(t, "en")
		q = s.one.LogIn("karen", b.Address)
		for _, browser := range []string{"", s.begin(t, "en").Browser} {
			_, err = s.Finish(t.Context(), "en", b.State, browser, q, here)
			refused(t, "sso.browser", err)
		}
		if len(s.notes.kinds) != 2 || s.notes.kinds[0] != "signin.refused sso.browser" {
			t.Errorf("%v", s.notes.kinds)
		}
		if _, err = s.Finish(t.Context(), "en", b.State, b.Browser, q, here); err != nil {
			t.Errorf("that harms whoever did ask: %v", err)
		}
		// Another provider's address with this one's state.
		b = s.begin(t, "en")
		_, err = s.Finish(t.Context(), "to", b.State, b.Browser, s.one.LogIn("karen", b.Address), here)
		refused(t, "sso.state", err)
		// A refused answer ends the sign-in.
		b = s.begin(t, "en")
		_, err = s.Finish(t.Context(), "en", b.State, b.Browser, url.Values{"error": {"access_denied"}}, here)
		refused(t, "sso.refused", err)
		_, err = s.Finish(t.Context(), "en", b.State, b.Browser, s.one.LogIn("karen", b.Address), here)
		refused(t, "sso.state", err)
		// Too late.
		b = s.begin(t, "en")
		q = s.one.LogIn("karen", b.Address)
		s.clk.Advance(sso.AnswerWithin)
		_, err = s.Finish(t.Context(), "en", b.State, b.Browser, q, here)
		refused(t, "sso.state", err)
	})
}

func TestAPostedAnswerWaitsForItsBrowser(t *testing.T) {
	req.Shows(t, "ID-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		b := s.begin(t, "kombit")
		form := s.posted(t, b)
		must(t, s.Hear(t.Context(), "kombit", b.State, form, here))
		refused(t, "sso.again", s.Hear(t.Context(), "kombit", b.State, form, here)) // replayed at once
		_, err := s.Finish(t.Context(), "kombit", b.State, "en anden", nil, here)
		refused(t, "sso.browser", err)
		done, err := s.Finish(t.Context(), "kombit", b.State, b.Browser, nil, here)
		must(t, err)
		if done.Vouched.Source != "saml:kombit" || !strings.HasPrefix(done.Vouched.Subject, s.idp.Entity+" ") || done.Vouched.Until.IsZero() || done.Draft != "note=halv" {
			t.Errorf("%+v", done)
		}
		refused(t, "sso.state", s.Hear(t.Context(), "kombit", b.State, form, here)) // replayed later
		other := s.begin(t, "kombit")
		refused(t, "saml.question", s.Hear(t.Context(), "kombit", other.State, form, here)) // for another question
		// Nothing heard, nobody let in.
		_, err = s.Finish(t.Context(), "kombit", other.State, other.Browser, nil, here)
		refused(t, "saml.response", err)
		// One assertion under two questions: the provider would have to sign both.
		b = s.begin(t, "kombit")
		r := s.idp.Reply(s.clk.Now(), b.Memory.Request, s.saml.Consumer(), s.saml.EntityID())
		r.Attributes = [][2]string{{"urn:oid:2.5.4.3", "Karen Åkjær"}}
		must(t, s.Hear(t.Context(), "kombit", b.State, url.Values{"SAMLResponse": {samltest.Encode(r.XML())}}, here))
		b = s.begin(t, "kombit")
		r.InResponseTo, r.ResponseTo = b.Memory.Request, b.Memory.Request
		refused(t, "sso.again", s.Hear(t.Context(), "kombit", b.State, url.Values{"SAMLResponse": {samltest.Encode(r.XML())}}, here))
	})
}

func TestALogOutIsHeardOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		token := s.one.JWT(map[string]any{"iss": s.one.Issuer, "aud": "vidne", "sub": "karen", "iat": start.Unix(), "exp": start.Add(2 * time.Minute).Unix(), "jti": "j-1",
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}})
		source, subject, err := s.LogOut(t.Context(), "en", token, here)
		must(t, err)
		if source != "oidc:en" || subject != s.one.Issuer+" karen" {
			t.Errorf("%s %s", source, subject)
		}
		_, _, err = s.LogOut(t.Context(), "en", token, here)
		refused(t, "sso.again", err)
		_, _, err = s.LogOut(t.Context(), "to", token, here)
		refused(t, "oidc.logout", err)
		if _, _, err = s.LogOut(t.Context(), "kombit", token, here); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func TestProvidersHaveNamesOfTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		if _, err := sso.Open(t.Context(), sso.Config{DB: d, Clock: s.clk, Providers: []sso.Provider{s.saml, s.saml}}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if _, err := s.Begin(t.Context(), "findes-ikke", sso.Want{}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		var none *sso.Room
		if none.Providers() != nil || len(none.Sources()) != 0 || len(s.Sources()) != 2 {
			t.Error("a room without providers")
		}
	})
}
