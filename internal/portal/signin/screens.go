// Package signin is how a browser goes to an organisation's own log-in and
// comes back: OpenID Connect and SAML, for logging in and for proving again who
// one is.
//
// What it promises: whoever comes back is who was sent, in the same browser;
// they go on to a page of ours and find again what they had typed; the
// session's token is a new one; an answer that is refused is told in words,
// with the name of the check that refused it, and is an entry of the log.
//
// What it refuses: to go anywhere that an answer says, and to log anybody in by
// a form from elsewhere: a provider's page may post its answer, and it is the
// browser that asked, with its own cookie, that is let in by it.
package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/portal/page"
)

// Screens are the pages of single sign-on.
type Screens struct {
	*page.Site
	// Room keeps the sign-ins under way; nil: there is no single sign-on.
	Room *sso.Room
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

const providersPath = "/administration/single-sign-on"

// Routes are the addresses. Foreign ones take what comes from a provider's page
// or server.
func (p *Screens) Routes() []page.Route {
	at := sso.Path("{udbyder}")
	public := func(pattern string, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Public, Handle: p.on(handle)}
	}
	foreign := func(pattern string, handle func(*visit) error) page.Route {
		r := public(pattern, handle)
		r.Foreign, r.MaxBody = true, 300<<10
		return r
	}
	secret := func(pattern string, handle func(*visit) error) page.Route {
		r := public(pattern, handle)
		r.Secret = true // a provider's code stands in the address
		return r
	}
	return []page.Route{
		public("POST "+at, p.begin),
		public("POST "+at+"/bekraeft", p.beginProof),
		secret("GET "+at+"/svar", p.finish),
		foreign("POST "+at+"/svar", p.hear),
		foreign("POST "+at+"/log-ud", p.loggedOut),
		public("GET "+at+"/metadata", p.metadata),
		{Pattern: "GET " + providersPath, Act: access.SeeHealth, Handle: p.on(p.providers), Menu: page.Admin, Front: "signin.providers", Rank: 4},
	}
}

// Way is one way to log in: a button on the login page.
type Way struct {
	Action string
	Button fds.Button
}

// Ways are the buttons for the login page.
func (p *Screens) Ways(v *page.Visit) []Way { return ways(v, p.Room.Providers()) }

func ways(v *page.Visit, providers []sso.About) (all []Way) {
	for _, a := range providers {
		all = append(all, Way{Action: sso.Path(a.ID), Button: fds.Button{Kind: "secondary", Text: v.T("signin.button", a.Name), ID: "via-" + a.ID}})
	}
	return all
}

// Again is page.Config's AgainAt: where somebody of a source is sent to be
// vouched for again.
func (p *Screens) Again(source, _ string) string {
	for _, a := range p.Room.Providers() {
		if a.Source() == source {
			return sso.Path(a.ID) + "/bekraeft"
		}
	}
	return ""
}

// begin sends a browser to log in elsewhere.
func (p *Screens) begin(v *visit) error { return p.send(v, "") }

// beginProof sends somebody who has a session, whole or locked, to prove again
// who they are.
func (p *Screens) beginProof(v *visit) error {
	id := v.sessionID()
	if id == "" {
		return fault.New(fault.Denied, access.WhyLogin, "nobody to prove anything")
	}
	return p.send(v, id)
}

// sessionID is that of whoever is logged in or has a locked session.
func (v *visit) sessionID() string {
	if v.Session.ID == "" && v.Half.Half == identity.HalfLocked {
		return v.Half.ID
	}
	return v.Session.ID
}

func (p *Screens) send(v *visit, session string) error {
	form, err := v.Posted()
	if err != nil {
		return err
	}
	id := v.R.PathValue("udbyder")
	provider, err := p.Room.Provider(id)
	if err != nil {
		return err
	}
	want := sso.Want{Target: page.Local(form.Get("til")), Draft: form.Get("kladde"), Session: session}
	b, err := p.Room.Begin(v.Ctx, id, want)
	if err != nil {
		return v.refused(provider, err, want.Target, want.Draft)
	}
	http.SetCookie(v.W, v.cookie(b.State, b.Browser))
	pg, err := v.onwardPage(provider.About().Name, b.Asked)
	if err != nil {
		return err
	}
	if b.Post == nil {
		// Not a redirect: the policy that keeps our forms on our pages would stop it.
		v.W.Header().Set("Refresh", "0;url="+b.Address)
	}
	return v.Show(http.StatusOK, pg)
}

// onwardPage is what is seen for a moment on the way.
type onwardPage struct {
	page.Shell
	Lead    string
	Address string
	Fields  []fds.Choice // of a form; Text is the name
	Button  fds.Button
}

func (v *visit) onwardPage(name string, a sso.Asked) (*onwardPage, error) {
	pg := &onwardPage{Shell: v.NewShell("onward", v.T("signin.onward", name)), Lead: v.T("signin.onward.lead", name), Address: a.Address}
	pg.Button = fds.Button{Kind: "primary", Text: v.T("signin.onward.button")}
	for k, x := range a.Post {
		pg.Fields = append(pg.Fields, fds.Choice{Text: k, Value: x})
	}
	slices.SortFunc(pg.Fields, func(x, y fds.Choice) int { return strings.Compare(x.Text, y.Text) })
	if a.Post == nil {
		return pg, nil
	}
	u, err := url.Parse(a.Address)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	h := v.W.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+u.Scheme+"://"+u.Host, 1))
	return pg, nil
}

// cookie holds the browser's secret of one sign-in. It is sent along when the
// provider's page leads back here, which is why it is Lax.
func (v *visit) cookie(state, value string) *http.Cookie {
	name := "vidne_vej_"
	if v.Site.TLS() {
		name = "__Host-" + name
	}
	sum := sha256.Sum256([]byte(state))
	c := &http.Cookie{Name: name + hex.EncodeToString(sum[:6]), Value: value, Path: "/", HttpOnly: true, Secure: v.Site.TLS(), SameSite: http.SameSiteLaxMode, MaxAge: int(sso.AnswerWithin.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}
