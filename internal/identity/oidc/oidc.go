// Package oidc asks an OpenID Connect provider who somebody is: Entra ID, AD FS
// and whatever else speaks OpenID Connect Core 1.0 with a code, PKCE and a
// discovery page.
//
// What it promises: a person is the pair of issuer and `sub` and nothing else;
// every token is checked for its signature (RS256 or ES256, by a key that the
// provider shows now), issuer, audience, authorised party, nonce and time on
// the injected clock, [sso.Skew] either way; roles are those that the
// configuration maps the provider's groups to, all of them or none; a person
// whom the provider shuts out is out within [identity.ShutOutWithin] where the
// provider gives a refresh token, and else at the end of a short session.
//
// What it refuses: any other algorithm, tokens without a nonce, answers of
// another provider, redirects, answers of more than a mebibyte, and to follow
// an address that a token holds. Tokens are kept in memory alone and logged
// nowhere.
package oidc

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
)

// Config is one provider.
type Config struct {
	ID, Name   string // sso.About
	Controller string // whose people they are
	Issuer     string // as the provider spells itself
	ClientID   string
	Secret     string // empty for a client that has none; PKCE is used either way
	// BaseURL is how we are reached from outside; the redirect address is made of
	// it, never of a request.
	BaseURL string
	Scopes  []string // nil: DefaultScopes
	// RoleClaims are the claims that hold groups or roles, and Roles what each
	// value of them is with us.
	RoleClaims []string // nil: roles and groups
	Roles      map[string][]string
	// LoginClaims and NameClaims are looked for in turn.
	LoginClaims, NameClaims []string // nil: DefaultLoginClaims, name
	// GroupsURL is asked for the groups of whoever has more than fit in a token
	// (Entra ID); empty: such people are refused.
	GroupsURL string
	// SecondFactor says that the provider asks everybody for one.
	SecondFactor bool
	// Session ends what cannot be asked about again; 0 is sso.DefaultSession.
	Session time.Duration
	Clock   clock.Clock
	// Client is for tests; nil is a client with limits.
	Client *http.Client
}

// DefaultScopes ask for a name and for a refresh token, which is how we ask
// whether the person may still be logged in.
func DefaultScopes() []string {
	return []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess}
}

// DefaultLoginClaims hold the name that a person logs in with.
func DefaultLoginClaims() []string { return []string{"preferred_username", "upn", "unique_name"} }

// Provider is one OpenID provider.
type Provider struct {
	c       Config
	client  *http.Client
	logouts *rate.Limiter // how often a back-channel log-out is looked at

	mu    sync.Mutex
	found *found
	held  map[string]*holding // by subject
}

// found is what the provider says of itself, as of at.
type found struct {
	at       time.Time
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	named    bool // it names itself in its answers (RFC 9207)
}

// freshFor is how long the provider's description of itself and its keys are
// used: a key that it has taken back is not taken by us after that.
const freshFor = time.Hour

// Algorithms are the signatures that are taken.
func Algorithms() []string { return []string{oidc.RS256, oidc.ES256} }

// New checks the configuration. The provider itself is asked when somebody logs
// in: that it is away keeps nothing here from starting.
func New(c Config) (*Provider, error) {
	if c.Controller == "" || c.ClientID == "" {
		return nil, fault.New(fault.Invalid, "oidc.config", "oidc %q needs controller and client_id", c.ID)
	}
	for _, a := range []string{c.Issuer, c.GroupsURL} {
		if a == "" && a != c.Issuer {
			continue
		}
		if u, err := url.Parse(a); err != nil || u.Host == "" || u.User != nil || !secure(u) {
			return nil, fault.New(fault.Invalid, "oidc.config", "oidc %q: %q is no https address", c.ID, a)
		}
	}
	if err := sso.CheckRoles(c.ID, c.Roles); err != nil {
		return nil, err
	}
	if c.Scopes == nil {
		c.Scopes = DefaultScopes()
	}
	if c.RoleClaims == nil {
		c.RoleClaims = []string{"roles", groupsClaim}
	}
	if c.LoginClaims == nil {
		c.LoginClaims = DefaultLoginClaims()
	}
	if c.NameClaims == nil {
		c.NameClaims = []string{"name"}
	}
	if c.Session == 0 {
		c.Session = sso.DefaultSession
	}
	p := &Provider{c: c, client: c.Client, held: map[string]*holding{}, logouts: rate.NewLimiter(rate.Every(time.Second), 20)}
	if p.client == nil {
		p.client = newClient()
	}
	return p, nil
}

// secure reports whether an address is read over TLS or never leaves the
// machine.
func secure(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback())
}

// About is what the provider is called.
func (p *Provider) About() sso.About { return sso.About{ID: p.c.ID, Kind: sso.OIDC, Name: p.c.Name} }

// Redirect is the address that the provider sends the browser back to, which
// has to be entered there.
func (p *Provider) Redirect() string {
	return strings.TrimRight(p.c.BaseURL, "/") + sso.Path(p.c.ID) + "/svar"
}

// BackChannel is the address that the provider tells of log-outs.
func (p *Provider) BackChannel() string {
	return strings.TrimRight(p.c.BaseURL, "/") + sso.Path(p.c.ID) + "/log-ud"
}

// Issuer is the provider as it spells itself.
func (p *Provider) Issuer() string { return p.c.Issuer }

// Reach asks the provider for its description of itself, for who runs the
// machine.
func (p *Provider) Reach(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// discover is what the provider says of itself, not older than freshFor.
func (p *Provider) discover(ctx context.Context) (*found, error) {
	now := p.c.Clock.Now()
	p.mu.Lock()
	f := p.found
	p.mu.Unlock()
	if f != nil && now.Before(f.at.Add(freshFor)) && !now.Before(f.at) {
		return f, nil
	}
	ctx = oidc.ClientContext(ctx, p.client)
	provider, err := oidc.NewProvider(ctx, p.c.Issuer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "sso.away", "the description of %s cannot be read: %s", p.c.Issuer, clip(err.Error()))
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Named   bool     `json:"authorization_response_iss_parameter_supported"`
		JWKS    string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fault.New(fault.Unavailable, "sso.away", "the description of %s cannot be read", p.c.Issuer)
	}
	end := provider.Endpoint()
	for _, a := range []string{end.AuthURL, end.TokenURL, more.JWKS} {
		if u, err := url.Parse(a); err != nil || u.Host == "" || !secure(u) {
			return nil, fault.New(fault.Unavailable, "sso.away", "%s describes itself with %q, which is no https address", p.c.Issuer, clip(a))
		}
	}
	end.AuthStyle = oauth2.AuthStyleInHeader // what the standard begins with
	for _, m := range more.Methods {
		if m == "client_secret_post" {
			end.AuthStyle = oauth2.AuthStyleInParams
		}
	}
	if p.c.Secret == "" {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	f = &found{at: now, provider: provider, named: more.Named,
		verifier: provider.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), p.client), &oidc.Config{
			ClientID: p.c.ClientID, SupportedSigningAlgs: Algorithms(), SkipExpiryCheck: true, // judged with our clock, see inTime
		}),
		oauth: oauth2.Config{ClientID: p.c.ClientID, ClientSecret: p.c.Secret, Endpoint: end, RedirectURL: p.Redirect(), Scopes: p.c.Scopes},
	}
	p.mu.Lock()
	p.found = f
	p.mu.Unlock()
	return f, nil
}

// newClient is a client that waits ten seconds, follows nothing and reads a
// mebibyte.
func newClient() *http.Client {
	return limited(&http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 8, MaxConnsPerHost: 16,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second, IdleConnTimeout: time.Minute,
	})
}

func limited(t http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout: 10 * time.Second, Transport: short{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// short cuts answers off at a size that no honest one has.
type short struct{ http.RoundTripper }

const longestAnswer = 1 << 20

func (s short) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := s.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	a.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(a.Body, longestAnswer), a.Body}
	return a, nil
}

// clip keeps what somebody else wrote short and on one line, for the log.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return s[:min(len(s), 300)]
}

var _ interface {
	sso.Provider
	identity.Source
} = (*Provider)(nil)
