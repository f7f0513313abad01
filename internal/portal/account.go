package portal

import (
	"net/http"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
)

type accountPage struct {
	Shell
	Facts    fds.StructuredList
	Sessions []sessionRow
	Limits   string
}

type sessionRow struct {
	ID, Began, Seen, Address, Agent string
	This                            bool
}

func (p *Portal) account(v *visit) error {
	open, err := p.People.Sessions(v.ctx, v.person.ID)
	if err != nil {
		return err
	}
	pg := &accountPage{Shell: v.newShell("account", v.T("account.title"))}
	l := p.People.Limits()
	pg.Limits = v.T("account.limits", v.Span(l.Idle), v.Span(l.Absolute))
	h := v.header()
	pg.Facts = fds.StructuredList{Caption: v.T("account.facts"), Rows: []fds.Row{
		{Term: v.T("account.name"), Text: v.session.Person.Name},
		{Term: v.T("account.login"), Text: v.session.Person.Login},
		{Term: v.T("account.roles"), Text: h.Role},
		{Term: v.T("account.controller"), Text: v.controller.Name},
	}}
	places := fds.Row{Term: v.T("account.locations"), Text: v.T("account.locations.none")}
	for i, id := range v.person.Locations {
		l, err := p.Register.Location(v.ctx, v.person.Controller, id)
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
		pg.Sessions = append(pg.Sessions, sessionRow{s.ID, v.When(s.Began, v.now), v.When(s.Seen, v.now), s.Address, browser(s.Agent), s.ID == v.session.ID})
	}
	return v.show(http.StatusOK, pg)
}

func (p *Portal) endSession(v *visit) error {
	id := v.r.PostFormValue("session")
	if err := p.People.End(v.ctx, v.person.ID, id, "ended by its owner"); err != nil {
		return err
	}
	p.streams.endSession(id)
	if id == v.session.ID {
		http.SetCookie(v.w, identity.Cookie("", p.tls))
		return v.see("/log-ind")
	}
	return v.see("/min-konto")
}

// active says that the person is there: keys and pointer in the video room.
func (p *Portal) active(v *visit) error {
	if v.session.ID == "" {
		return fault.New(fault.Denied, "session.ended", "no session")
	}
	return v.json(http.StatusOK, map[string]string{"ends": v.ISO(v.session.Ends)})
}
