package oidc

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/oidc/oidctest"
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

// stage is a provider and us.
type stage struct {
	*Provider
	op    *oidctest.Provider
	clk   *clock.Fake
	asked sso.Asked
	fresh bool
}

func newStage(t testing.TB, change ...func(*Config)) *stage {
	t.Helper()
	clk := clock.NewFake(start)
	s := &stage{clk: clk, op: oidctest.New(t, clk)}
	s.op.Add("karen", map[string]any{"name": "Karen Åkjær", "preferred_username": "Karen@lindeby.example.dk", "email": "karen@lindeby.example.dk", "groups": []string{"g-koordinator", "g-andet"}})
	c := Config{ID: "entra", Name: "Entra ID", Controller: "lindeby", Issuer: s.op.Issuer, ClientID: s.op.Client, Secret: s.op.Secret, BaseURL: "https://vidne.example.dk/",
		Roles: map[string][]string{"g-koordinator": {"coordinator"}, "g-dpo": {"dpo"}}, Clock: clk}
	for _, f := range change {
		f(&c)
	}
	var err error
	s.Provider, err = New(c)
	must(t, err)
	return s
}

func (s *stage) ask(t testing.TB) {
	t.Helper()
	var err error
	s.asked, err = s.Ask(t.Context(), sso.Question{State: "en-tilstand", Fresh: s.fresh})
	must(t, err)
}

// logIn asks, has somebody log in there, and judges what comes back.
func (s *stage) logIn(t testing.TB, who string, change ...func(url.Values)) (sso.Vouched, error) {
	t.Helper()
	s.ask(t)
	q := s.op.LogIn(who, s.asked.Address)
	for _, f := range change {
		f(q)
	}
	return s.judge(q)
}

func (s *stage) judge(q url.Values) (sso.Vouched, error) {
	return s.Judge(context.Background(), sso.Answer{Memory: s.asked.Memory, Values: q, Fresh: s.fresh, Began: s.clk.Now()})
}

func refused(t *testing.T, key string, v sso.Vouched, err error) {
	t.Helper()
	if fault.Key(err) != key || v.Subject != "" || v.Roles != nil {
		t.Errorf("refused with %q (%v), not %q: %+v", fault.Key(err), err, key, v)
	}
}

func TestSomebodyLogsInAtAProvider(t *testing.T) {
	req.Shows(t, "ID-1")
	for _, ec := range []bool{false, true} {
		s := newStage(t)
		s.op.Keys(oidctest.NewKey("k", ec))
		v, err := s.logIn(t, "karen")
		must(t, err)
		if v.Subject != s.op.Issuer+" karen" || v.Name != "Karen Åkjær" || v.Login != "Karen@lindeby.example.dk" || v.Controller != "lindeby" || v.Source != "oidc:entra" ||
			!slices.Equal(v.Roles, []string{"coordinator"}) || v.Strong || !v.At.Equal(start) || !v.Until.IsZero() {
			t.Errorf("%+v", v)
		}
		a := s.op.Asked
		if a.Get("code_challenge_method") != "S256" || a.Get("response_type") != "code" || a.Get("redirect_uri") != "https://vidne.example.dk/log-ind/ekstern/entra/svar" ||
			a.Get("nonce") == "" || a.Get("state") != "en-tilstand" || a.Get("prompt") != "" || a.Has("client_secret") {
			t.Errorf("%v", a)
		}
	}
}

// TestALie holds every check against a token in which one thing is wrong.
func TestALie(t *testing.T) {
	stranger := oidctest.NewKey("k1", false)
	claim := func(name string, v any) func(*stage) {
		return func(s *stage) { s.op.Claims = func(c map[string]any) { c[name] = v } }
	}
	for name, c := range map[string]struct {
		key string
		lie func(*stage)
	}{
		"alg none": {"oidc.token", func(s *stage) {
			s.op.Header = func(h map[string]any) { h["alg"] = "none" }
			s.op.Sign = func(string) string { return "" }
		}},
		"HS256 with the public key": {"oidc.token", func(s *stage) {
			der, err := x509.MarshalPKIXPublicKey(s.op.Key().RSA.Public())
			must(t, err)
			s.op.Header = func(h map[string]any) { h["alg"] = "HS256" }
			s.op.Sign = oidctest.HMAC(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		}},
		"HS256 with our secret": {"oidc.token", func(s *stage) {
			s.op.Header = func(h map[string]any) { h["alg"] = "HS256" }
			s.op.Sign = oidctest.HMAC([]byte(s.op.Secret))
		}},
		"PS256":                   {"oidc.token", func(s *stage) { s.op.Header = func(h map[string]any) { h["alg"] = "PS256" } }},
		"a key in the header":     {"oidc.token", func(s *stage) { jwk(s, stranger) }},
		"another's key":           {"oidc.token", func(s *stage) { s.op.Sign = func(signed string) string { return signedBy(t, s, stranger, signed) } }},
		"issuer":                  {"oidc.token", claim("iss", "https://andre.example.dk")},
		"audience":                {"oidc.token", claim("aud", "en-anden")},
		"audience beside ours":    {"oidc.party", claim("aud", []string{"vidne", "en-anden"})},
		"party":                   {"oidc.party", claim("azp", "en-anden")},
		"nonce":                   {"oidc.nonce", claim("nonce", "en-anden")},
		"no nonce":                {"oidc.nonce", func(s *stage) { s.op.Claims = func(c map[string]any) { delete(c, "nonce") } }},
		"no sub":                  {"oidc.token", claim("sub", "")},
		"over":                    {"oidc.time", claim("exp", start.Add(-sso.Skew).Unix())},
		"no end":                  {"oidc.time", func(s *stage) { s.op.Claims = func(c map[string]any) { delete(c, "exp") } }},
		"not yet":                 {"oidc.time", claim("nbf", start.Add(sso.Skew+time.Second).Unix())},
		"made tomorrow":           {"oidc.time", claim("iat", start.Add(24*time.Hour).Unix())},
		"made yesterday":          {"oidc.time", claim("iat", start.Add(-24*time.Hour).Unix())},
		"another access token":    {"oidc.token", func(s *stage) { s.op.Token = func(a map[string]any) { a["access_token"] = "en-anden" } }},
		"no token":                {"oidc.token", func(s *stage) { s.op.Token = func(a map[string]any) { delete(a, "id_token") } }},
		"nobody's name":           {"oidc.claims", claim("name", "")},
		"party of another form":   {"oidc.token", claim("azp", []string{"vidne"})},
		"away":                    {"sso.away", func(s *stage) { s.op.Token = func(map[string]any) { panic(httpAbort) } }},
		"wrong secret":            {"oidc.code", func(s *stage) { s.op.Secret = "en anden" }},
		"groups that did not fit": {"oidc.overage", claim("_claim_names", map[string]string{"groups": "src1"})},
	} {
		t.Run(name, func(t *testing.T) {
			req.Shows(t, "ID-1")
			s := newStage(t)
			s.ask(t) // an honest description first
			if name == "groups that did not fit" {
				s.op.Claims = func(c map[string]any) {
					delete(c, "groups")
					c["_claim_names"] = map[string]string{"groups": "src1"}
					c["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": "https://graph.windows.net/x"}}
				}
			} else {
				c.lie(s)
			}
			v, err := s.logIn(t, "karen")
			refused(t, c.key, v, err)
			if err != nil && (strings.Contains(err.Error(), "hemmelig") || strings.Contains(err.Error(), "adgang-") || strings.Contains(err.Error(), "kode-")) {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestAnAnswerIsHeldAgainstItsQuestion(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t)
	v, err := s.logIn(t, "karen", func(q url.Values) { q.Set("code", "en-anden") })
	refused(t, "oidc.code", v, err)
	v, err = s.logIn(t, "karen", func(q url.Values) { q.Del("code") })
	refused(t, "oidc.code", v, err)
	v, err = s.logIn(t, "karen", func(q url.Values) { q.Add("code", "en-til") })
	refused(t, "oidc.code", v, err)
	v, err = s.logIn(t, "karen", func(q url.Values) { q.Set("error", "access_denied") })
	refused(t, "sso.refused", v, err)

	// The verifier is ours alone: somebody's code in another's sign-in is nothing.
	s.ask(t)
	q := s.op.LogIn("karen", s.asked.Address)
	good := s.asked
	s.asked.Memory.Verifier = oauth2.GenerateVerifier()
	v, err = s.judge(q)
	refused(t, "oidc.code", v, err)
	s.asked = good
	v, err = s.judge(q)
	refused(t, "oidc.code", v, err) // a code is used once, whatever came of it

	// A code is exchanged once.
	s.ask(t)
	q = s.op.LogIn("karen", s.asked.Address)
	_, err = s.judge(q)
	must(t, err)
	v, err = s.judge(q)
	refused(t, "oidc.code", v, err)
}

// TestTwoProvidersAreNotMixedUp: an answer of one is not taken for the other's,
// and neither gets the other's code (RFC 9207, RFC 9700 4.4).
func TestTwoProvidersAreNotMixedUp(t *testing.T) {
	req.Shows(t, "ID-1")
	good, bad := newStage(t), newStage(t)
	v, err := good.logIn(t, "karen", func(q url.Values) { q.Set("iss", bad.op.Issuer) })
	refused(t, "oidc.mixup", v, err)
	if _, err = good.logIn(t, "karen", func(q url.Values) { q.Set("iss", good.op.Issuer) }); err != nil {
		t.Error(err)
	}
	named := newStage(t)
	named.op.Discovery = func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = true }
	v, err = named.logIn(t, "karen") // it says that it names itself, and does not
	refused(t, "oidc.mixup", v, err)

	// A code of one provider at the other: each has its own redirect address.
	good.ask(t)
	bad.ask(t)
	v, err = bad.judge(good.op.LogIn("karen", good.asked.Address))
	refused(t, "oidc.code", v, err)

	// A token of one through the other.
	bad.ask(t)
	bad.op.Token = func(a map[string]any) {
		a["id_token"] = good.op.JWT(map[string]any{"iss": good.op.Issuer, "sub": "karen", "aud": "vidne", "exp": start.Add(time.Hour).Unix(), "iat": start.Unix(), "nonce": bad.asked.Memory.Nonce, "name": "Karen", "preferred_username": "karen"})
	}
	v, err = bad.judge(bad.op.LogIn("karen", bad.asked.Address))
	refused(t, "oidc.token", v, err)

	// A description of another's.
	other := newStage(t)
	other.op.Discovery = func(d map[string]any) { d["issuer"] = good.op.Issuer }
	if _, err := other.Ask(t.Context(), sso.Question{State: "x"}); fault.Key(err) != "sso.away" {
		t.Error(err)
	}
	plain := newStage(t)
	plain.op.Discovery = func(d map[string]any) { d["token_endpoint"] = "http://andre.example.dk/token" }
	if _, err := plain.Ask(t.Context(), sso.Question{State: "x"}); fault.Key(err) != "sso.away" {
		t.Error(err)
	}
}

func TestAPersonIsTheirSubjectAndNotTheirMail(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t)
	karen, err := s.logIn(t, "karen")
	must(t, err)
	s.op.Add("tyv", map[string]any{"name": "Karen Åkjær", "preferred_username": "Karen@lindeby.example.dk", "email": "karen@lindeby.example.dk", "email_verified": false})
	thief, err := s.logIn(t, "tyv")
	must(t, err)
	if thief.Subject == karen.Subject || thief.Email != "" || thief.Roles != nil {
		t.Errorf("%+v", thief)
	}
	// The same sub at another issuer is somebody else.
	other := newStage(t)
	there, err := other.logIn(t, "karen")
	must(t, err)
	if there.Subject == karen.Subject {
		t.Errorf("%q", there.Subject)
	}
}

func TestKeysChange(t *testing.T) {
	s := newStage(t)
	_, err := s.logIn(t, "karen")
	must(t, err)
	old := s.op.Key()
	fresh := oidctest.NewKey("k2", false)
	s.op.Keys(old, fresh)
	if _, err = s.logIn(t, "karen"); err != nil {
		t.Errorf("a new key: %v", err)
	}
	// The old one is taken back: within the hour it is not taken any more.
	s.op.Keys(fresh)
	s.op.Header = func(h map[string]any) { h["kid"] = old.ID }
	s.op.Sign = func(signed string) string { return oidctest.Sign(old, signed) }
	s.clk.Advance(freshFor)
	v, err := s.logIn(t, "karen")
	refused(t, "oidc.token", v, err)
	s.op.Header, s.op.Sign = nil, nil
	if _, err = s.logIn(t, "karen"); err != nil {
		t.Error(err)
	}
}

func TestOurClockDecides(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		shift time.Duration
		taken bool
	}{{0, true}, {sso.Skew, true}, {-sso.Skew, true}, {-sso.Skew - time.Second, false}, {5 * time.Minute, true}, {time.Hour + sso.Skew, false}} {
		s.clk.SetWall(start)
		s.ask(t)
		q := s.op.LogIn("karen", s.asked.Address)
		made := start
		s.op.Claims = func(m map[string]any) { m["iat"], m["exp"] = made.Unix(), made.Add(time.Hour).Unix() }
		s.clk.SetWall(start.Add(c.shift))
		if _, err := s.judge(q); (err == nil) != c.taken {
			t.Errorf("%v later: %v", c.shift, err)
		}
	}
}
