package portal

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/account"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/signin"
)

type loginPage struct {
	page.Shell
	Login    fds.Field
	Password fds.Field
	Button   fds.Button
	Errors   *fds.ErrorSummary
	Help     fds.Details
	Target   string
	Draft    string // a form that was being sent, to be filled in again
	Key      *account.PasskeyButton
	Ways     []signin.Way // to log in elsewhere
	Lost     []fds.Link   // ways on for whoever forgot their password
}

func (v *visit) newLogin(target, draft string) *loginPage {
	pg := &loginPage{Shell: v.NewShell("login", v.T("login.title")), Target: target, Draft: draft}
	pg.Login = v.Field(fds.Field{ID: "navn", Name: "navn", Type: "text", Autocomplete: "username", MaxLength: 120}, "login.name")
	pg.Password = v.Field(fds.Field{ID: "adgangskode", Name: "adgangskode", Type: "password", Autocomplete: "current-password", MaxLength: identity.LongestPassword}, "login.password")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("login.button")}
	pg.Help = fds.Details{Summary: v.T("login.help")}
	pg.Key = v.p.proofs.PasskeyFor(v.Visit)
	pg.Ways = v.p.signin.Ways(v.Visit)
	pg.Lost = v.p.proofs.Help(v.Visit)
	return pg
}

func (p *Portal) loginPage(v *visit) error {
	if v.Person.ID != "" {
		return v.See(page.Local(v.R.URL.Query().Get("til")))
	}
	pg := v.newLogin(page.Local(v.R.URL.Query().Get("til")), "")
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (p *Portal) logIn(v *visit) error {
	if err := v.R.ParseForm(); err != nil {
		return fault.As(fault.Invalid, "form.unreadable", err)
	}
	f := v.R.PostForm
	login, password := f.Get("navn"), f.Get("adgangskode")
	old := ""
	if c, err := v.R.Cookie(identity.CookieName(p.TLS())); err == nil {
		old = c.Value
	}
	pg := v.newLogin(page.Local(f.Get("til")), f.Get("kladde"))
	pg.Login.Value = login
	switch {
	case login == "":
		pg.Login.Error = v.T("login.name.missing")
	case password == "":
		pg.Password.Error = v.T("login.password.missing")
	}
	if pg.Login.Error != "" || pg.Password.Error != "" {
		pg.Errors = v.Summary(pg.Login, pg.Password)
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	token, person, err := p.People.LogIn(v.Ctx, login, password, old, identity.Whence{Address: v.Addr(), Agent: v.R.UserAgent()})
	if fault.Is(err, fault.Denied) {
		text := v.Explain(err)
		if wait := identity.TryAgain(err); wait > 0 {
			text = v.T("login.wait", v.Span(wait.Round(time.Second)+time.Second))
		}
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("login.refused"), Text: text, ID: "refused"})
		return v.Show(http.StatusForbidden, pg)
	}
	if err != nil {
		return err
	}
	http.SetCookie(v.W, identity.Cookie(token, p.TLS()))
	if !v.LanguageChosen() { // the login page speaks their language next time
		v.SetLanguage(page.LangOf(person.Language))
	}
	if pg.Draft != "" {
		if err := p.SaveDraft(v.Ctx, person.ID, pg.Target, pg.Draft); err != nil {
			return err
		}
	}
	return v.See(pg.Target)
}

func (p *Portal) logOut(v *visit) error {
	err := p.People.End(v.Ctx, v.Person.ID, v.Session.ID, "logout")
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	p.streams.EndSession(v.Session.ID)
	if err := p.endGrants(v); err != nil {
		return err
	}
	http.SetCookie(v.W, identity.Cookie("", p.TLS()))
	return v.See("/log-ind")
}

// endGrants ends what the person could still look at: who logs out is done.
func (p *Portal) endGrants(v *visit) error {
	who := incident.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
	if err := p.incidents.LogOut(v.Ctx, who); err != nil {
		return err
	}
	return p.viewing.WithdrawTickets(v.Ctx, v.Head())
}

// setLanguage keeps the choice in the browser and, for whoever is logged in,
// with the account.
func (p *Portal) setLanguage(v *visit) error {
	lang := page.LangOf(v.R.PathValue("lang"))
	if string(lang) != v.R.PathValue("lang") {
		return fault.New(fault.NotFound, "page.unknown", "no language %q", v.R.PathValue("lang"))
	}
	v.SetLanguage(lang)
	if v.Person.ID != "" {
		if err := p.People.SetLanguage(v.Ctx, v.Person.ID, string(lang)); err != nil {
			return err
		}
	}
	return v.See(page.Local(v.R.URL.Query().Get("til")))
}
