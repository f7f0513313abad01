package portal

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
)

type loginPage struct {
	Shell
	Login    fds.Field
	Password fds.Field
	Button   fds.Button
	Errors   *fds.ErrorSummary
	Help     fds.Details
	Target   string
	Draft    string // a form that was being sent, to be filled in again
}

func (v *visit) newLogin(target, draft string) *loginPage {
	pg := &loginPage{Shell: v.newShell("login", v.T("login.title")), Target: target, Draft: draft}
	pg.Login = v.field(fds.Field{ID: "navn", Name: "navn", Type: "text", Autocomplete: "username", MaxLength: 120}, "login.name")
	pg.Password = v.field(fds.Field{ID: "adgangskode", Name: "adgangskode", Type: "password", Autocomplete: "current-password", MaxLength: identity.LongestPassword}, "login.password")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("login.button")}
	pg.Help = fds.Details{Summary: v.T("login.help")}
	return pg
}

// field fills in the words of a field from the catalogue: key, key.hint.
func (v *visit) field(f fds.Field, key string) fds.Field {
	f.Label = v.T(key)
	f.Hint = v.Or(key+".hint", "")
	f.ErrorWord, f.OptionalText = v.T("form.error"), v.T("form.optional")
	return f
}

func (p *Portal) loginPage(v *visit) error {
	if v.person.ID != "" {
		return v.see(local(v.r.URL.Query().Get("til")))
	}
	return v.show(http.StatusOK, v.newLogin(local(v.r.URL.Query().Get("til")), ""))
}

func (p *Portal) logIn(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return fault.As(fault.Invalid, "form.unreadable", err)
	}
	f := v.r.PostForm
	login, password := f.Get("navn"), f.Get("adgangskode")
	old := ""
	if c, err := v.r.Cookie(identity.CookieName(p.tls)); err == nil {
		old = c.Value
	}
	pg := v.newLogin(local(f.Get("til")), f.Get("kladde"))
	pg.Login.Value = login
	switch {
	case login == "":
		pg.Login.Error = v.T("login.name.missing")
	case password == "":
		pg.Password.Error = v.T("login.password.missing")
	}
	if pg.Login.Error != "" || pg.Password.Error != "" {
		pg.Errors = v.summary(pg.Login, pg.Password)
		return v.show(http.StatusUnprocessableEntity, pg)
	}
	token, person, err := p.People.LogIn(v.ctx, login, password, old, identity.Whence{Address: v.addr(), Agent: v.r.UserAgent()})
	if fault.Is(err, fault.Denied) {
		text := v.words(err)
		if wait := identity.TryAgain(err); wait > 0 {
			text = v.T("login.wait", v.Span(wait.Round(time.Second)+time.Second))
		}
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("login.refused"), Text: text, ID: "refused"})
		return v.show(http.StatusForbidden, pg)
	}
	if err != nil {
		return err
	}
	http.SetCookie(v.w, identity.Cookie(token, p.tls))
	if _, err := v.r.Cookie(langCookie); err != nil { // the login page speaks their language next time
		p.keepLanguage(v, langOf(person.Language))
	}
	if pg.Draft != "" {
		if err := p.saveDraft(v, person.ID, pg.Target, pg.Draft); err != nil {
			return err
		}
	}
	return v.see(pg.Target)
}

func (p *Portal) logOut(v *visit) error {
	err := p.People.End(v.ctx, v.person.ID, v.session.ID, "logout")
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	p.streams.endSession(v.session.ID)
	http.SetCookie(v.w, identity.Cookie("", p.tls))
	return v.see("/log-ind")
}

// summary lists the fields' errors above the form; nil when there are none.
func (v *visit) summary(fields ...fds.Field) *fds.ErrorSummary {
	var s fds.ErrorSummary
	for _, f := range fields {
		if f.Error != "" {
			s.Errors = append(s.Errors, fds.Link{Href: "#" + f.ID, Text: f.Error})
		}
	}
	if len(s.Errors) == 0 {
		return nil
	}
	s.Heading = v.N("form.errors", int64(len(s.Errors)))
	return &s
}

// draftAge is how long something typed and not sent is kept.
const draftAge = 24 * time.Hour

func (p *Portal) saveDraft(v *visit, person, path, form string) error {
	return p.DB.Write(v.ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(v.ctx, `DELETE FROM drafts WHERE at < ? OR (person = ? AND path = ?)`, v.now.Add(-draftAge), person, path); err != nil {
			return err
		}
		_, err := tx.Exec(v.ctx, `INSERT INTO drafts (person, path, form, at) VALUES (?, ?, ?, ?)`, person, path, form, v.now)
		return err
	})
}

// draft is what the person had typed on this page when the session was lost;
// it is given once.
func (p *Portal) draft(v *visit) (url.Values, bool) {
	var form string
	err := p.DB.Write(v.ctx, func(tx *db.Tx) (err error) {
		form, err = db.One[string](v.ctx, tx, `SELECT form FROM drafts WHERE person = ? AND path = ?`, v.person.ID, v.r.URL.RequestURI())
		if err != nil {
			return err
		}
		_, err = tx.Exec(v.ctx, `DELETE FROM drafts WHERE person = ? AND path = ?`, v.person.ID, v.r.URL.RequestURI())
		return err
	})
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			p.Log.Warn("a draft could not be read", "err", err)
		}
		return nil, false
	}
	values, err := url.ParseQuery(form)
	return values, err == nil
}
