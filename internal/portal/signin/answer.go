package signin

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/portal/page"
)

// hear takes the answer that a provider's page posts. The browser's cookie does
// not come with it; the browser is sent on to where it does.
func (p *Screens) hear(v *visit) error {
	form, err := v.Posted()
	if err != nil {
		return err
	}
	id, state := v.R.PathValue("udbyder"), form.Get("RelayState")
	provider, err := p.Room.Provider(id)
	if err != nil {
		return err
	}
	if provider.About().Kind != sso.SAML {
		return fault.New(fault.NotFound, "sso.unknown", "%s posts no answers", id)
	}
	if err := p.Room.Hear(v.Ctx, id, state, form, v.From()); err != nil {
		return v.refused(provider, err, page.HomePath, "")
	}
	return v.See(sso.Path(id) + "/svar?" + url.Values{"state": {state}}.Encode())
}

// finish lets the browser in that asked.
func (p *Screens) finish(v *visit) error {
	id, q := v.R.PathValue("udbyder"), v.R.URL.Query()
	provider, err := p.Room.Provider(id)
	if err != nil {
		return err
	}
	state := q.Get("state")
	if provider.About().Kind == sso.SAML {
		q = nil // it was heard before
	}
	secret := ""
	if c, err := v.R.Cookie(v.cookie(state, "x").Name); err == nil {
		secret = c.Value
		http.SetCookie(v.W, v.cookie(state, ""))
	}
	d, err := p.Room.Finish(v.Ctx, id, state, secret, q, v.From())
	if err != nil {
		return v.refused(provider, err, d.Target, d.Draft)
	}
	d.Target = page.Local(d.Target)
	if d.Session != "" {
		return p.proved(v, d)
	}
	token, person, err := p.People.Admit(v.Ctx, d.Vouched.Outside, v.Token(), v.From())
	if err != nil {
		return v.refused(provider, err, d.Target, d.Draft)
	}
	v.SetToken(token)
	if !v.LanguageChosen() {
		v.SetLanguage(page.LangOf(person.Language))
	}
	return v.onward(person.ID, d)
}

// proved gives a session a new proof of whose it is.
func (p *Screens) proved(v *visit, d sso.Done) error {
	if v.sessionID() != d.Session {
		return fault.New(fault.Denied, access.WhyLogin, "the session that was to be proved is not there")
	}
	who := v.Session.Person.ID
	if who == "" {
		who = v.Half.Person.ID
	}
	token, err := p.People.Vouched(v.Ctx, v.Token(), d.Vouched.Source, d.Vouched.Subject, d.Vouched.At, v.From())
	if err != nil {
		return err
	}
	v.SetToken(token)
	return v.onward(who, d)
}

// onward goes on to where the person wanted, with what they had typed.
func (v *visit) onward(person string, d sso.Done) error {
	if d.Draft != "" {
		if err := v.Site.SaveDraft(v.Ctx, person, d.Target, d.Draft); err != nil {
			return err
		}
	}
	return v.See(d.Target)
}

// refused says on the login page why an answer was not taken, and what to try.
func (v *visit) refused(provider sso.Provider, err error, target, draft string) error {
	if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Unavailable) {
		return err
	}
	v.Site.Log.Info("a sign-in was refused", "provider", provider.About().ID, "key", fault.Key(err), "err", err)
	key, name := fault.Key(err), provider.About().Name
	text := v.T("signin.answer", name, key)
	if v.Has("fault." + key) {
		text = v.T("fault." + key)
	} else if fault.Is(err, fault.Unavailable) {
		text = v.T("signin.away", name)
	}
	code := http.StatusForbidden
	if fault.Is(err, fault.Unavailable) {
		code = http.StatusServiceUnavailable
	}
	pg := v.Site.LoginPage(v.Visit, page.Local(target), draft)
	page.Note(pg, fds.Alert{Tone: fds.Error, Heading: v.T("signin.refused", name), Text: text, ID: "refused"})
	return v.Show(code, pg)
}

// loggedOut takes a log-out that a provider tells of by itself. The answers are
// those of OpenID Connect Back-Channel Logout 2.8.
func (p *Screens) loggedOut(v *visit) error {
	form, err := v.Posted()
	if err != nil {
		return err
	}
	id := v.R.PathValue("udbyder")
	source, subject, err := p.Room.LogOut(v.Ctx, id, form.Get("logout_token"), v.From())
	switch {
	case fault.Is(err, fault.Denied):
		v.Site.Log.Info("a log-out was refused", "provider", id, "key", fault.Key(err), "err", err)
		return v.JSON(http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	case err != nil:
		return err
	}
	if subject != "" {
		if err := p.People.EndOutside(v.Ctx, source, subject, "sso.logout"); err != nil {
			return err
		}
	}
	v.W.WriteHeader(http.StatusOK)
	return nil
}
