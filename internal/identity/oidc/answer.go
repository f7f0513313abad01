package oidc

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/sso"
)

// Ask sends the browser to the provider (OpenID Connect Core 3.1.2.1).
func (p *Provider) Ask(ctx context.Context, q sso.Question) (a sso.Asked, err error) {
	f, err := p.discover(ctx)
	if err != nil {
		return a, err
	}
	a.Memory = sso.Memory{Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Memory.Nonce), oauth2.S256ChallengeOption(a.Memory.Verifier)}
	if q.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	a.Address = f.oauth.AuthCodeURL(q.State, options...)
	return a, nil
}

// Judge takes what the browser was sent back with: the code is exchanged, and
// what it gives is checked and read.
func (p *Provider) Judge(ctx context.Context, a sso.Answer) (sso.Vouched, error) {
	v, err := p.judge(ctx, a)
	if err != nil {
		return sso.Vouched{}, err
	}
	return v, nil
}

func (p *Provider) judge(ctx context.Context, a sso.Answer) (v sso.Vouched, err error) {
	f, err := p.discover(ctx)
	if err != nil {
		return v, err
	}
	code, err := p.code(f, a.Values)
	if err != nil {
		return v, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := f.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return v, exchangeError(err)
	}
	id, said, err := p.read(ctx, f, token)
	if err != nil {
		return v, err
	}
	now := p.c.Clock.Now()
	switch {
	case id.Nonce == "" || id.Nonce != a.Nonce:
		return v, denied("oidc.nonce", "the token answers another question")
	case now.Sub(id.IssuedAt) > sso.AnswerWithin+sso.Skew:
		return v, denied("oidc.time", "the token was made at %v, long before it was asked for", id.IssuedAt)
	case a.Fresh && (said.AuthTime == 0 || a.Older(time.Unix(said.AuthTime, 0))):
		return v, denied("sso.fresh", "the person did not prove themselves anew (auth_time %d)", said.AuthTime)
	}
	groups, err := p.groups(ctx, said, token.AccessToken)
	if err != nil {
		return v, err
	}
	v.Outside, err = p.outside(id, said, groups)
	if err != nil {
		return v, err
	}
	v.At = now
	if token.RefreshToken == "" {
		v.Until = now.Add(p.c.Session)
	}
	p.hold(v.Subject, said.SessionID, token.RefreshToken, now)
	return v, nil
}

// code is the code in the answer, or why there is none.
func (p *Provider) code(f *found, q url.Values) (string, error) {
	// Another provider that we use may have sent the browser here with a code that
	// it wants redeemed at ours, or the other way about (RFC 9207).
	if iss, ok := q["iss"]; (ok || f.named) && !slices.Equal(iss, []string{p.c.Issuer}) {
		return "", denied("oidc.mixup", "the answer is %q's, not %s's", clip(q.Get("iss")), p.c.Issuer)
	}
	if e := q.Get("error"); e != "" {
		if !plainError.MatchString(e) {
			e = "something unreadable"
		}
		return "", denied("sso.refused", "the provider said %s", e)
	}
	if len(q["code"]) != 1 || q.Get("code") == "" {
		return "", denied("oidc.code", "the answer has %d codes", len(q["code"]))
	}
	return q.Get("code"), nil
}

var plainError = regexp.MustCompile(`^[a-z_]{1,60}$`)

// read checks the token for what holds of every one: signature, issuer,
// audience, authorised party, time, and that it came with the access token.
func (p *Provider) read(ctx context.Context, f *found, token *oauth2.Token) (*oidc.IDToken, claims, error) {
	var said claims
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return nil, said, denied("oidc.token", "no id_token")
	}
	id, err := f.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, said, denied("oidc.token", "%s", clip(err.Error()))
	}
	if err := id.Claims(&said); err != nil {
		return nil, said, denied("oidc.token", "the claims cannot be read")
	}
	switch {
	case id.Subject == "" || len(id.Subject) > 255:
		return nil, said, denied("oidc.token", "no sub")
	case said.Party != "" && said.Party != p.c.ClientID, len(id.Audience) > 1 && said.Party == "":
		return nil, said, denied("oidc.party", "the token is for %q of %q", clip(said.Party), id.Audience)
	case id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil:
		return nil, said, denied("oidc.token", "the access token is not the one that came with it")
	}
	return id, said, p.inTime(id, said)
}

// inTime holds a token's times against our clock.
func (p *Provider) inTime(id *oidc.IDToken, said claims) error {
	now := p.c.Clock.Now()
	switch {
	case !now.Before(id.Expiry.Add(sso.Skew)):
		return denied("oidc.time", "the token ended at %v", id.Expiry)
	case id.IssuedAt.Unix() <= 0 || id.IssuedAt.After(now.Add(sso.Skew)):
		return denied("oidc.time", "the token was made at %v, which is to come", id.IssuedAt)
	case said.NotBefore != 0 && time.Unix(said.NotBefore, 0).After(now.Add(sso.Skew)):
		return denied("oidc.time", "the token holds from %v", time.Unix(said.NotBefore, 0))
	}
	return nil
}

// exchangeError sorts why a code was not exchanged. What the provider wrote is
// left out: it may repeat what it was sent.
func exchangeError(err error) error {
	var e *oauth2.RetrieveError
	if !errors.As(err, &e) {
		return fault.New(fault.Unavailable, "sso.away", "the token endpoint does not answer")
	}
	code := e.ErrorCode
	if !plainError.MatchString(code) {
		code = "no readable error"
	}
	status := 0
	if e.Response != nil {
		status = e.Response.StatusCode
	}
	if status >= 500 || status == 429 || code == "temporarily_unavailable" {
		return fault.New(fault.Unavailable, "sso.away", "the token endpoint says %d", status)
	}
	return denied("oidc.code", "the provider does not take the code: %d, %s", status, code)
}

func denied(key, format string, args ...any) error {
	return fault.New(fault.Denied, key, format, args...)
}
