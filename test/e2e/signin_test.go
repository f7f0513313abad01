package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/oidc"
	"vidne.dk/vidne/internal/identity/oidc/oidctest"
	"vidne.dk/vidne/internal/identity/saml"
	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// elsewhere is a site with two providers that people can log in at.
type elsewhere struct {
	*site
	room  *sso.Room
	op    *oidctest.Provider
	idp   *samltest.IdP
	reply func(samltest.Question, *samltest.Reply) // lies, when a test wants one
}

const privilege = "http://vidne.lindeby.example/roles/usersystemrole/dpo/1"

func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	s := &elsewhere{site: &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}}
	s.op = oidctest.New(t, s.clk)
	s.op.Add("karen", map[string]any{"name": "Karen Åkjær", "preferred_username": "karen@lindeby.example", "groups": []string{"g-koordinator"}})
	us := samltest.Of("us")
	s.idp = &samltest.IdP{Party: samltest.Of("idp"), Entity: "https://idp.lindeby.example"}
	srv := httptest.NewServer(s.idp.Handler(s.clk.Now, us, func(q samltest.Question, r *samltest.Reply) {
		r.Seal, r.For, r.NameID = "http://www.w3.org/2009/xmlenc11#aes256-gcm", us, "mette-1"
		r.Proved = s.clk.Now()
		r.Attributes = [][2]string{{"https://data.gov.dk/model/core/eid/professional/cvr", "12345678"}, {"https://data.gov.dk/concept/core/nsis/loa", "High"},
			{"https://data.gov.dk/model/core/eid/fullName", "Mette Østergård"}, {"https://data.gov.dk/model/core/eid/email", "mette@lindeby.example"},
			{"https://data.gov.dk/model/core/eid/privilegesIntermediate", samltest.Privileges([]string{"urn:dk:gov:saml:cvrNumberIdentifier:12345678", privilege})}}
		if s.reply != nil {
			s.reply(q, r)
		}
	}))
	t.Cleanup(srv.Close)
	s.idp.Address = strings.Replace(srv.URL, "127.0.0.1", "localhost", 1) + "/sso" // another site than ours
	s.sso = func(ctx context.Context, d *db.DB, l *ledger.Log, base string) (*sso.Room, error) {
		entra, err := oidc.New(oidc.Config{ID: "entra", Name: "Entra ID", Controller: controller, Issuer: s.op.Issuer, ClientID: s.op.Client, Secret: s.op.Secret, BaseURL: base,
			Roles: map[string][]string{"g-koordinator": {string(access.Coordinator)}, "g-dpo": {string(access.DPO)}}, Clock: s.clk, SecondFactor: true})
		if err != nil {
			return nil, err
		}
		kombit, err := saml.New(saml.Config{ID: "kombit", Name: "Fælleskommunal Adgangsstyring", Controller: controller, CVR: "12345678", Level: "Substantial", BaseURL: base,
			Metadata: func() ([]byte, error) { return s.idp.Metadata(), nil }, Key: us.Key, Certificate: us.Certificate,
			Roles: map[string][]string{privilege: {string(access.DPO)}}, Clock: s.clk})
		if err != nil {
			return nil, err
		}
		s.room, err = sso.Open(ctx, sso.Config{DB: d, Ledger: l, Clock: s.clk, Providers: []sso.Provider{entra, kombit}})
		return s.room, err
	}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	return s
}

// TestLoggingInElsewhere is told in a real browser, at pages of other sites.
func TestLoggingInElsewhere(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-1")
	s := newElsewhere(t)
	b := newBrowser(t, s.url)

	// Somebody opens a page, is asked to log in, and is on that page afterwards.
	b.open("/steder")
	b.wait("both ways are there", `document.querySelector('#via-entra') !== null && document.querySelector('#via-kombit') !== null`)
	b.accessible("the log-in page")
	b.fits("the log-in page")
	b.click("#via-entra")
	b.wait("the provider's page", `document.querySelector('#person-karen') !== null`)
	b.click("#person-karen")
	b.wait("back where they wanted", `location.pathname === '/steder' && document.querySelector('h1') !== null`)
	if text := b.text("body"); !strings.Contains(text, "Karen Åkjær") {
		t.Errorf("not logged in: %.300s", text)
	}
	b.quiet("OpenID Connect")

	// Shut out there: out here at the next round.
	s.op.Shut("karen")
	s.clk.Advance(3 * time.Minute)
	if err := s.people.Recheck(t.Context(), s.room.Sources()); err != nil {
		t.Error(err)
	}
	b.open("/steder")
	b.wait("the log-in page again", `document.querySelector('#via-kombit') !== null`)

	// The other provider posts its answer, from another site, without our cookie.
	b.click("#via-kombit")
	b.wait("the provider's page", `document.querySelector('#log-ind') !== null`)
	b.click("#log-ind")
	b.wait("back where they wanted", `location.pathname === '/steder' && document.body.innerText.includes('Mette Østergård')`)
	b.quiet("SAML")
	b.open("/tilsyn/log")
	b.wait("the role of the privilege", `document.querySelector('h1') !== null`)
	if text := b.text("main"); strings.Contains(text, "adgang") && strings.Contains(text, "ikke lov") {
		t.Errorf("%.300s", text)
	}
	// Nobody can be asked about them again: the session ends by itself.
	s.clk.Advance(sso.DefaultSession)
	b.open("/steder")
	b.wait("the log-in page", `document.querySelector('#via-kombit') !== null`)
}

// TestProvingAgainElsewhere: a grave act asks the provider anew, and goes on.
func TestProvingAgainElsewhere(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-1")
	s := newElsewhere(t)
	b := newBrowser(t, s.url)
	b.open("/log-ind")
	b.click("#via-entra")
	b.wait("the provider's page", `document.querySelector('#person-karen') !== null`)
	b.click("#person-karen")
	b.wait("in", `location.pathname === '/min-side'`)
	for range 4 { // the session goes on, the proof gets old
		s.clk.Advance(4 * time.Minute)
		if err := s.people.Recheck(t.Context(), s.room.Sources()); err != nil {
			t.Fatal(err)
		}
		b.open("/min-side")
	}
	b.open("/min-konto/app")
	b.wait("asked to prove it", `document.querySelector('#igen') !== null`)
	b.accessible("the proof")
	b.click("#igen button")
	b.wait("the provider's page", `document.querySelector('#person-karen') !== null`)
	if s.op.Asked.Get("prompt") != "login" {
		t.Errorf("asked with %v", s.op.Asked)
	}
	b.click("#person-karen")
	b.wait("on to the grave page", `location.pathname === '/min-konto/app' && document.querySelector('#igen') === null`)
}

// client is a program that keeps cookies and follows nothing.
type client struct {
	t    *testing.T
	base string
	http *http.Client
}

func newClient(s *elsewhere) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{s.t, s.url, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (c *client) do(method, address string, form url.Values, change ...func(*http.Request)) (int, http.Header, string) {
	c.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = c.base + address
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// begin goes to a provider and returns where it would have sent the browser.
func (c *client) begin(provider, target string) string {
	c.t.Helper()
	code, h, body := c.do("POST", sso.Path(provider), url.Values{"til": {target}})
	to, ok := strings.CutPrefix(h.Get("Refresh"), "0;url=")
	if code != http.StatusOK || !ok {
		c.t.Fatalf("%d %s", code, body)
	}
	return to
}

// posted is the form on the SAML provider's page.
func (c *client) posted(address string) url.Values {
	c.t.Helper()
	_, _, body := c.do("GET", address, nil)
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		form.Set(m[1], strings.ReplaceAll(m[2], "&#43;", "+"))
	}
	return form
}

func (c *client) session() string {
	u, _ := url.Parse(c.base)
	for _, k := range c.http.Jar.Cookies(u) {
		if k.Name == identity.CookieName(false) {
			return k.Value
		}
	}
	return ""
}

// TestAttacksOnLoggingInElsewhere are made with a program: what a browser would
// not do, somebody will.
func TestAttacksOnLoggingInElsewhere(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-1")
	s := newElsewhere(t)
	finish := sso.Path("entra") + "/svar?"

	t.Run("login CSRF", func(t *testing.T) {
		thief, victim := newClient(s), newClient(s)
		q := s.op.LogIn("karen", thief.begin("entra", "/steder"))
		victim.begin("entra", "/steder")
		if code, _, _ := victim.do("GET", finish+q.Encode(), nil); code != http.StatusForbidden || victim.session() != "" {
			t.Errorf("%d, session %q", code, victim.session())
		}
		form := thief.posted(thief.begin("kombit", "/steder"))
		code, h, _ := victim.do("POST", sso.Path("kombit")+"/svar", form)
		if code == http.StatusSeeOther {
			code, _, _ = victim.do("GET", h.Get("Location"), nil)
		}
		if code != http.StatusForbidden || victim.session() != "" {
			t.Errorf("%d, session %q", code, victim.session())
		}
	})
	t.Run("session fixation", func(t *testing.T) {
		c := newClient(s)
		u, _ := url.Parse(s.url)
		c.http.Jar.SetCookies(u, []*http.Cookie{{Name: identity.CookieName(false), Value: "valgt-af-en-anden", Path: "/"}})
		q := s.op.LogIn("karen", c.begin("entra", "/steder"))
		code, h, _ := c.do("GET", finish+q.Encode(), nil)
		if code != http.StatusSeeOther || h.Get("Location") != "/steder" || c.session() == "" || c.session() == "valgt-af-en-anden" {
			t.Errorf("%d %s", code, c.session())
		}
		first := c.session()
		q = s.op.LogIn("karen", c.begin("entra", "/steder"))
		c.do("GET", finish+q.Encode(), nil)
		if _, err := s.people.Session(t.Context(), first, false); c.session() == first || err == nil {
			t.Errorf("the session from before lives on: %v", err)
		}
	})
	t.Run("open redirect", func(t *testing.T) {
		for _, to := range []string{"https://ond.example", "//ond.example", `/\ond.example`, "javascript:alert(1)", "/log-ind\r\nSet-Cookie: x=y"} {
			c := newClient(s)
			q := s.op.LogIn("karen", c.begin("entra", to))
			if _, h, _ := c.do("GET", finish+q.Encode(), nil); h.Get("Location") != "/min-side" {
				t.Errorf("%q leads to %q", to, h.Get("Location"))
			}
			// RelayState names a sign-in and is no address.
			form := c.posted(c.begin("kombit", "/steder"))
			form.Set("RelayState", to)
			if code, h, _ := c.do("POST", sso.Path("kombit")+"/svar", form); code != http.StatusForbidden || h.Get("Location") != "" {
				t.Errorf("RelayState %q: %d to %q", to, code, h.Get("Location"))
			}
		}
	})
	t.Run("host header", func(t *testing.T) {
		c := newClient(s)
		code, h, body := c.do("POST", sso.Path("entra"), url.Values{}, func(r *http.Request) { r.Host = "ond.example" })
		if code != http.StatusOK || strings.Contains(h.Get("Refresh")+body, "ond.example") || !strings.Contains(h.Get("Refresh"), url.QueryEscape(s.url)) {
			t.Errorf("%d %s", code, h.Get("Refresh"))
		}
		if _, _, body := c.do("GET", sso.Path("kombit")+"/metadata", nil, func(r *http.Request) { r.Host = "ond.example" }); strings.Contains(body, "ond.example") || !strings.Contains(body, s.url) {
			t.Error(body)
		}
	})
	t.Run("forms from elsewhere", func(t *testing.T) {
		cross := func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://ond.example")
		}
		c := newClient(s)
		for _, path := range []string{sso.Path("entra"), sso.Path("entra") + "/bekraeft", "/log-ind", "/log-ud"} {
			if code, _, _ := c.do("POST", path, url.Values{}, cross); code != http.StatusForbidden {
				t.Errorf("%s: %d", path, code)
			}
		}
		form := c.posted(c.begin("kombit", "/steder"))
		code, h, _ := c.do("POST", sso.Path("kombit")+"/svar", form, cross)
		if code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), sso.Path("kombit")+"/svar?state=") {
			t.Errorf("the provider's own form: %d %s", code, h.Get("Location"))
		}
	})
	t.Run("a lie is told in words", func(t *testing.T) {
		s.reply = func(_ samltest.Question, r *samltest.Reply) { r.Audience = "https://andre.example" }
		defer func() { s.reply = nil }()
		c := newClient(s)
		code, _, body := c.do("POST", sso.Path("kombit")+"/svar", c.posted(c.begin("kombit", "/steder")))
		if code != http.StatusForbidden || !strings.Contains(body, "saml.audience") || c.session() != "" {
			t.Errorf("%d %s", code, body)
		}
	})
	t.Run("a provider that is away", func(t *testing.T) {
		s.clk.Advance(2 * time.Hour) // what it said of itself is too old to go by
		s.op.Do(func() { s.op.Away = true })
		defer s.op.Do(func() { s.op.Away = false })
		code, _, body := newClient(s).do("POST", sso.Path("entra"), url.Values{"til": {"/steder"}, "kladde": {"note=halv"}})
		if code != http.StatusServiceUnavailable || !strings.Contains(body, "Entra ID svarer ikke") || !strings.Contains(body, `value="note=halv"`) {
			t.Errorf("%d %s", code, body)
		}
	})
	t.Run("back-channel log-out", func(t *testing.T) {
		c := newClient(s)
		q := s.op.LogIn("karen", c.begin("entra", "/steder"))
		c.do("GET", finish+q.Encode(), nil)
		token := c.session()
		post := func(claims map[string]any) int {
			code, _, _ := newClient(s).do("POST", sso.Path("entra")+"/log-ud", url.Values{"logout_token": {s.op.JWT(claims)}})
			return code
		}
		now := s.clk.Now()
		claims := map[string]any{"iss": s.op.Issuer, "aud": s.op.Client, "sub": "karen", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": "log-ud-1"}
		if code := post(claims); code != http.StatusBadRequest {
			t.Errorf("without its event: %d", code)
		}
		if _, err := s.people.Session(t.Context(), token, false); err != nil {
			t.Fatal(err)
		}
		claims["events"] = map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
		if code := post(claims); code != http.StatusOK {
			t.Errorf("%d", code)
		}
		if _, err := s.people.Session(t.Context(), token, false); err == nil {
			t.Error("the session lives on")
		}
	})
}
