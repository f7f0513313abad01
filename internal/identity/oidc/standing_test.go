package oidc

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/oidc/oidctest"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/req"
)

// httpAbort ends an answer in the middle.
var httpAbort = http.ErrAbortHandler

// jwk puts a key of the attacker's into the header and signs with it.
func jwk(s *stage, k oidctest.Key) {
	s.op.Header = func(h map[string]any) {
		h["jwk"] = map[string]any{"kty": "RSA", "n": oidctest.B64(k.RSA.N.Bytes()), "e": "AQAB"}
	}
	s.op.Sign = func(signed string) string { return signedBy(nil, s, k, signed) }
}

// signedBy is the signature of another key.
func signedBy(_ testing.TB, _ *stage, k oidctest.Key, signed string) string {
	return oidctest.Sign(k, signed)
}

func TestWhoeverIsShutOutThereIsOutHere(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t)
	v, err := s.logIn(t, "karen")
	must(t, err)
	ask := func() map[string]identity.Standing {
		t.Helper()
		all, err := s.Standing(t.Context(), []string{v.Subject, "nogen anden"})
		must(t, err)
		return all
	}
	if got := ask(); len(got) != 0 {
		t.Errorf("asked at once: %v", got)
	}
	s.clk.Advance(askEvery)
	if got := ask(); !got[v.Subject].In || !slices.Equal(got[v.Subject].Roles, []string{"coordinator"}) || len(got) != 1 {
		t.Errorf("%+v", got)
	}
	s.op.Set("karen", map[string]any{"name": "Karen Åkjær", "preferred_username": "karen", "groups": "g-dpo"})
	s.clk.Advance(askEvery)
	if got := ask(); !slices.Equal(got[v.Subject].Roles, []string{"dpo"}) {
		t.Errorf("other groups: %+v", got)
	}
	s.op.Do(func() { s.op.Away = true })
	s.clk.Advance(askEvery)
	if all, err := s.Standing(t.Context(), []string{v.Subject}); err == nil || len(all) != 0 {
		t.Errorf("away: %v %v", all, err)
	}
	s.op.Do(func() { s.op.Away = false })
	s.op.Shut("karen")
	if got := ask(); got[v.Subject].In || got[v.Subject].Why != "oidc.shut" {
		t.Errorf("shut out: %+v", got)
	}
	s.clk.Advance(askEvery)
	if got := ask(); len(got) != 0 {
		t.Errorf("nothing is held of them: %v", got)
	}
}

// TestARefreshedTokenIsHeldToTheSame: a provider that answers about another, or
// with what it did not sign, confirms nobody.
func TestARefreshedTokenIsHeldToTheSame(t *testing.T) {
	for name, lie := range map[string]func(map[string]any){
		"another person": func(c map[string]any) { c["sub"] = "en-anden" },
		"another client": func(c map[string]any) { c["aud"] = "en-anden" },
		"over":           func(c map[string]any) { c["exp"] = start.Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			v, err := s.logIn(t, "karen")
			must(t, err)
			s.clk.Advance(askEvery + sso.Skew)
			s.op.Claims = lie
			if all, err := s.Standing(t.Context(), []string{v.Subject}); err == nil || len(all) != 0 {
				t.Errorf("%v %v", all, err)
			}
		})
	}
}

func TestWithoutARefreshTokenASessionIsShort(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t, func(c *Config) { c.Session = 10 * time.Minute })
	s.op.NoRefresh = true
	v, err := s.logIn(t, "karen")
	must(t, err)
	if !v.Until.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("%v", v.Until)
	}
}

func TestProvingAnewIsAskedForAndSeen(t *testing.T) {
	s := newStage(t)
	s.fresh = true
	v, err := s.logIn(t, "karen")
	must(t, err)
	if v.Subject == "" || s.op.Asked.Get("prompt") != "login" || s.op.Asked.Get("max_age") != "0" {
		t.Errorf("%+v %v", v, s.op.Asked)
	}
	s.op.Claims = func(c map[string]any) { c["auth_time"] = start.Add(-sso.Skew - time.Minute).Unix() }
	v, err = s.logIn(t, "karen")
	refused(t, "sso.fresh", v, err)
	s.op.Claims = func(c map[string]any) { delete(c, "auth_time") }
	v, err = s.logIn(t, "karen")
	refused(t, "sso.fresh", v, err)
}

// TestGroupsThatDidNotFit are asked for where we know, never where a token says.
func TestGroupsThatDidNotFit(t *testing.T) {
	s := newStage(t)
	ours, err := New(Config{ID: "entra", Name: "Entra ID", Controller: "lindeby", Issuer: s.op.Issuer, ClientID: s.op.Client, Secret: s.op.Secret, BaseURL: "https://vidne.example.dk",
		Roles: s.c.Roles, Clock: s.clk, GroupsURL: s.op.Issuer + "/groups"})
	must(t, err)
	s.Provider = ours
	trap := oidctest.New(t, s.clk)
	for _, claim := range []string{"_claim_names", "hasgroups"} {
		s.op.Claims = func(c map[string]any) {
			delete(c, "groups")
			if claim == "hasgroups" {
				c["hasgroups"] = true
				return
			}
			c["_claim_names"] = map[string]string{"groups": "src1"}
			c["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": trap.Issuer + "/groups"}}
		}
		s.op.Groups = []string{"g-x", "g-dpo"}
		v, err := s.logIn(t, "karen")
		must(t, err)
		if !slices.Equal(v.Roles, []string{"dpo"}) || trap.GroupsAsked != 0 {
			t.Errorf("%v, the trap was asked %d times", v.Roles, trap.GroupsAsked)
		}
		s.op.Groups = nil
		v, err = s.logIn(t, "karen")
		refused(t, "oidc.overage", v, err)
	}
}

func TestALogOutThatAProviderTellsOf(t *testing.T) {
	req.Shows(t, "ID-1")
	s := newStage(t)
	s.op.Claims = func(c map[string]any) { c["sid"] = "s-1" }
	v, err := s.logIn(t, "karen")
	must(t, err)
	event := map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	honest := func() map[string]any {
		return map[string]any{"iss": s.op.Issuer, "aud": "vidne", "sub": "karen", "iat": start.Unix(), "exp": start.Add(2 * time.Minute).Unix(), "jti": "j-1", "events": event}
	}
	l, err := s.LoggedOut(t.Context(), s.op.JWT(honest()))
	must(t, err)
	if l.Subject != v.Subject || l.Once == "" {
		t.Errorf("%+v", l)
	}
	_, err = s.logIn(t, "karen")
	must(t, err)
	c := honest()
	delete(c, "sub")
	c["sid"] = "s-1"
	if l, err = s.LoggedOut(t.Context(), s.op.JWT(c)); err != nil || l.Subject != v.Subject {
		t.Errorf("by session: %+v %v", l, err)
	}
	for name, lie := range map[string]func(map[string]any){
		"an id token":  func(c map[string]any) { c["nonce"] = "x" },
		"no event":     func(c map[string]any) { delete(c, "events") },
		"audience":     func(c map[string]any) { c["aud"] = "en-anden" },
		"issuer":       func(c map[string]any) { c["iss"] = "https://andre.example.dk" },
		"old":          func(c map[string]any) { c["iat"] = start.Add(-time.Hour).Unix() },
		"over":         func(c map[string]any) { c["exp"] = start.Add(-sso.Skew).Unix() },
		"no id":        func(c map[string]any) { delete(c, "jti") },
		"about nobody": func(c map[string]any) { delete(c, "sub") },
	} {
		s.clk.Advance(time.Second) // the limit on how often nonsense is looked at
		c := honest()
		lie(c)
		if l, err := s.LoggedOut(t.Context(), s.op.JWT(c)); !fault.Is(err, fault.Denied) || l.Subject != "" {
			t.Errorf("%s: %+v %v", name, l, err)
		}
	}
	s.op.Sign = func(signed string) string { return oidctest.Sign(oidctest.NewKey("k1", false), signed) }
	if _, err := s.LoggedOut(t.Context(), s.op.JWT(honest())); !fault.Is(err, fault.Denied) {
		t.Errorf("forged: %v", err)
	}
	var busy error
	for range 40 {
		_, busy = s.LoggedOut(t.Context(), "x")
	}
	if fault.Key(busy) != "sso.busy" {
		t.Errorf("nonsense without end: %v", busy)
	}
}

func TestAConfigurationThatCannotBeRight(t *testing.T) {
	s := newStage(t)
	for name, change := range map[string]func(*Config){
		"no controller":     func(c *Config) { c.Controller = "" },
		"plain http":        func(c *Config) { c.Issuer = "http://idp.example.dk" },
		"a user in it":      func(c *Config) { c.Issuer = "https://a:b@idp.example.dk" },
		"groups over http":  func(c *Config) { c.GroupsURL = "http://graph.example.dk" },
		"role by form":      func(c *Config) { c.Roles = map[string][]string{"alle": {identity.NeverOutside}} },
		"a group of nobody": func(c *Config) { c.Roles = map[string][]string{"": {"dpo"}} },
	} {
		c := s.c
		change(&c)
		if _, err := New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
