package oidc

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/sso"
)

// LoggedOut reads a log-out that the provider tells of by itself (OpenID
// Connect Back-Channel Logout 1.0): who is to be logged out, "" when nobody
// here has that session. It may be taken once.
func (p *Provider) LoggedOut(ctx context.Context, token string) (l sso.LoggedOut, err error) {
	now := p.c.Clock.Now()
	// An unknown key makes us ask for the keys: whoever sends nonsense does not
	// make us do that as often as they like.
	if !p.logouts.AllowN(now, 1) {
		return l, fault.New(fault.Unavailable, "sso.busy", "too many log-outs at once")
	}
	f, err := p.discover(ctx)
	if err != nil {
		return l, err
	}
	t, err := f.verifier.VerifyLogout(ctx, token)
	if err != nil {
		return l, denied("oidc.logout", "%s", clip(err.Error()))
	}
	if !now.Before(t.Expiry.Add(sso.Skew)) || t.IssuedAt.After(now.Add(sso.Skew)) || now.Sub(t.IssuedAt) > 10*time.Minute {
		return l, denied("oidc.time", "the log-out is of %v", t.IssuedAt)
	}
	l = sso.LoggedOut{Once: "logout " + t.TokenID, Until: t.Expiry.Add(sso.Skew)}
	switch {
	case t.Subject != "":
		l.Subject = subject(t.Issuer, t.Subject)
	default:
		l.Subject = p.ofSession(t.SessionID)
	}
	p.drop(l.Subject)
	return l, nil
}

func (p *Provider) ofSession(session string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for subject, h := range p.held {
		if h.session == session {
			return subject
		}
	}
	return ""
}
