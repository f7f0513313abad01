package portal

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

type accountPage struct {
	page.Shell
	Facts    fds.StructuredList
	Sessions []sessionRow
	Limits   string
	// Others says that there are sessions elsewhere, which EndOthers ends.
	Others    bool
	EndOthers fds.Button
	contactPart
}

type sessionRow struct {
	ID, Began, Seen, Address, Agent string
	This                            bool
}

func (p *Portal) account(v *visit) error { return p.showAccount(v, http.StatusOK, nil, "") }

// showAccount shows the account's page. form is the one for the mail address
// when it holds an error, secret the calendar's address when it was just made.
func (p *Portal) showAccount(v *visit, code int, form *page.Form, secret string) error {
	open, err := p.People.Sessions(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	pg := &accountPage{Shell: v.NewShell("account", v.T("account.title"))}
	l := p.People.Limits()
	pg.Limits = v.T("account.limits", v.Span(l.Idle), v.Span(l.Absolute))
	pg.Others, pg.EndOthers = len(open) > 1, v.endOthersButton()
	pg.Facts = fds.StructuredList{Caption: v.T("account.facts"), Rows: []fds.Row{
		{Term: v.T("account.name"), Text: v.Session.Person.Name},
		{Term: v.T("account.login"), Text: v.Session.Person.Login},
		{Term: v.T("account.roles"), Text: pg.Header.Role},
		{Term: v.T("account.controller"), Text: v.Controller.Name},
	}}
	places := fds.Row{Term: v.T("account.locations"), Text: v.T("account.locations.none")}
	for i, id := range v.Person.Locations {
		l, err := p.Register.Location(v.Ctx, v.Person.Controller, id)
		if err != nil {
			return err
		}
		if i == 0 {
			places.Text = l.Name
		} else {
			places.More = append(places.More, l.Name)
		}
	}
	pg.Facts.Rows = append(pg.Facts.Rows, places)
	for _, s := range open {
		pg.Sessions = append(pg.Sessions, sessionRow{s.ID, v.When(s.Began, v.Now), v.When(s.Seen, v.Now), s.Address, browser(s.Agent), s.ID == v.Session.ID})
	}
	made, err := p.People.FeedMade(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	if form == nil {
		form = v.emailForm().Fill(url.Values{"email": {v.Session.Person.Email}})
	}
	pg.contactPart = v.contact(form, made, secret)
	v.Said(&pg.Shell)
	return v.Show(code, pg)
}

func (v *visit) endOthersButton() fds.Button {
	return fds.Button{Kind: "secondary", Text: v.T("account.end.others")}
}

func (p *Portal) endSession(v *visit) error {
	id := v.R.PostFormValue("session")
	if err := p.People.End(v.Ctx, v.Person.ID, id, "ended by its owner"); err != nil {
		return err
	}
	p.streams.EndSession(id)
	if id == v.Session.ID {
		http.SetCookie(v.W, identity.Cookie("", p.TLS()))
		return v.See("/log-ind")
	}
	return v.See("/min-konto")
}

// active says that the person is there: keys and pointer in the video room.
func (p *Portal) active(v *visit) error {
	if v.Session.ID == "" {
		return fault.New(fault.Denied, "session.ended", "no session")
	}
	return v.JSON(http.StatusOK, map[string]string{"ends": v.ISO(v.Session.Ends)})
}
