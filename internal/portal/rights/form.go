package rights

import (
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

func (p *Screens) one(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	manages, err := v.manages()
	if err != nil {
		return err
	}
	f := page.Found[authorisation.Standing](v.Visit)
	pg := v.formPage(f, manages)
	h, err := v.Happened(f.ID, 20)
	if err != nil {
		return err
	}
	pg.Happened = &h
	return v.Show(200, pg)
}

func (v *visit) formPage(f authorisation.Standing, manages []string) *page.Record {
	pg := v.NewRecord(v.T("rights.one.title", f.Number, f.Name), v.T("rights.one."+string(f.State)), v.crumbs()...)
	pg.Badge = v.badge(f.State)
	v.Said(&pg.Shell)
	here := path + "/" + f.ID
	own := f.Person == v.Person.ID
	if f.State == authorisation.Approved && !own && v.May(access.CarryOutAuthorisation, access.Object{Parties: []string{f.Person}}) {
		s := page.Section{ID: "gennemfoer", Heading: v.T("rights.carry"), Lead: v.T("rights.carry.lead"), Grid: page.NewGrid(v.T("rights.carry"), v.T("rights.column.name"), v.T("rights.column.places"), v.T("rights.carry.act"))}
		s.Grid.Add(page.Cell{Text: f.Name}, page.Cell{Text: v.at(f)}, page.Cell{Form: &page.ActForm{Action: here + "/gennemfoer", Button: fds.Button{Kind: "primary", Text: v.T("rights.carry.button")}}})
		pg.Add(s)
	}
	if own && (f.State == authorisation.Granted || f.State == authorisation.Resting) {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/instruks", Text: v.T("rights.mine.read.link")})
	}
	pg.Add(v.linesSection(f, manages))
	list := &fds.StructuredList{Caption: v.T("rights.facts")}
	add := func(key, text string, more ...string) {
		if text != "" {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("rights." + key), Text: text, More: more})
		}
	}
	add("column.name", f.Name)
	add("role", v.T("rights.role."+f.Role))
	add("reason", f.Reason)
	add("period", v.T("rights.period.text", v.Date(f.FromAt), v.last(f.UntilAt)))
	if f.DeputyName != "" {
		add("deputy", f.DeputyName)
	}
	add("asked", v.by(f.AskedName, f.AskedAt))
	add("done", v.by(f.DoneName, f.DoneAt))
	if !f.ReadAt.IsZero() {
		add("read", v.T("rights.read.text", f.Instruction, v.DateTime(f.ReadAt)))
	}
	if !f.EndedAt.IsZero() {
		add("ended", v.by(f.EndedName, f.EndedAt), v.Or("rights.ended."+f.EndedWhy, f.EndedWhy))
	}
	facts := page.Section{ID: "fakta", Heading: v.T("rights.facts"), List: list, Half: true}
	if !f.State.Over() {
		facts.Links = []fds.Link{{Href: here + "/slut", Text: v.T("rights.end.link")}}
	}
	pg.Add(facts)
	return pg
}

func (v *visit) by(name string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	if name == "" {
		return v.DateTime(at)
	}
	return v.T("rights.by", name, v.DateTime(at))
}

func (v *visit) linesSection(f authorisation.Standing, manages []string) page.Section {
	s := page.Section{ID: "steder", Heading: v.T("rights.lines"), Lead: v.T("rights.lines.lead")}
	s.Grid = page.NewGrid(s.Heading, v.T("rights.column.place"), v.T("rights.column.state"), v.T("rights.column.answer"), v.T("rights.column.until"))
	states := f.LineStates()
	for i, l := range f.Lines {
		answer := page.Cell{Text: v.by(l.DecidedName, l.DecidedAt), Quiet: l.Why}
		may := has(manages, l.Location) && f.Person != v.Person.ID
		if states[i] == authorisation.Asked {
			answer.Text = v.T("rights.waits.manager")
			if may && f.AskedBy != v.Person.ID {
				answer.Href, answer.Text = path+"/"+f.ID+"/svar/"+l.Location, v.T("rights.answer.link")
			}
		}
		until := page.Cell{}
		if !states[i].Over() && l.Approved {
			at, lapse := f.Ends(l)
			until.Text = v.last(at)
			if lapse {
				until.Quiet = v.T("rights.until.confirm")
			}
			if l.ConfirmedAt.After(l.DecidedAt) {
				until.More = []string{v.T("rights.confirmed", l.ConfirmedName, v.Date(l.ConfirmedAt))}
			}
		}
		s.Grid.Add(page.Cell{Href: "/steder/" + l.Location, Text: v.place(l.Location)}, page.Cell{Badge: v.badge(states[i])}, answer, until)
	}
	return s
}

// asking is what the form to ask with is made of.
type asking struct {
	terms  casework.Rights
	people []identity.Person
	places []register.Location
}

func (p *Screens) asking(v *visit) (a asking, err error) {
	if a.terms, err = v.terms(); err != nil {
		return a, err
	}
	if a.people, err = p.People.People(v.Ctx, v.Person.Controller); err != nil {
		return a, err
	}
	a.places, err = v.locations()
	return a, err
}

func (v *visit) askForm(a asking) *page.Form {
	empty := fds.Choice{Text: v.T("rights.form.choose")}
	people, deputies := []fds.Choice{empty}, []fds.Choice{{Text: v.T("rights.form.nobody")}}
	var places, roles []fds.Choice
	for _, p := range a.people {
		if !p.Closed && !has(p.Roles, string(access.IT)) {
			c := fds.Choice{Value: p.ID, Text: p.Name + " (" + p.Login + ")"}
			people, deputies = append(people, c), append(deputies, c)
		}
	}
	for _, l := range a.places {
		if l.Shut.IsZero() {
			places = append(places, fds.Choice{Value: l.ID, Text: l.Name, Hint: l.Address})
		}
	}
	f := v.NewForm("rights.form").Select("person", people...)
	if len(a.terms.Roles) > 1 {
		for _, r := range a.terms.Roles {
			roles = append(roles, fds.Choice{Value: r, Text: v.T("rights.role." + r)})
		}
		f.Radio("rolle", roles...)
	}
	return f.Checks("steder", places...).Date("fra", true).Date("til", false).Area("grund", authorisation.LongestReason, 4, false).Select("for", deputies...)
}

func (v *visit) askPage(a asking, f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs())
	pg.Lead = v.T("rights.form.how", a.terms.LongestDays, a.terms.DeputyDays)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("rights.form.hint"), Text: strings.TrimSpace(a.terms.Hint.In(string(v.Lang)) + " (" + a.terms.Cite + ")")}
	return pg
}

func (p *Screens) newForm(v *visit) error {
	a, err := p.asking(v)
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	in := url.Values{"person": {q.Get("person")}, "steder": {q.Get("sted")}, "fra": {page.FormDate(v.Now)}, "til": {page.FormDate(v.Now.AddDate(1, 0, -1))}}
	return v.ShowForm(v.askPage(a, v.askForm(a).Fill(in)))
}

func (p *Screens) ask(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	a, err := p.asking(v)
	if err != nil {
		return err
	}
	f := v.askForm(a).Fill(in).Check()
	if f.Get("person") == "" {
		f.Fail("person", v.T("rights.form.person.missing"))
	}
	if len(f.All("steder")) == 0 {
		f.Fail("steder", v.T("rights.form.steder.missing"))
	}
	n := authorisation.New{Controller: v.Person.Controller, Person: f.Get("person"), Role: f.Get("rolle"), Locations: f.All("steder"),
		From: v.dated(f, "fra"), Until: dayAfter(v.dated(f, "til")), Reason: f.Get("grund"), DeputyFor: f.Get("for")}
	if len(a.terms.Roles) == 1 {
		n.Role = a.terms.Roles[0]
	}
	if f.OK() {
		form, err := p.Rights.Ask(v.Ctx, n, v.who())
		if err == nil {
			return v.See(path + "/" + form.ID + "?besked=skema-sendt")
		}
		if err := v.said(f, err, map[string]string{"rights.reason": "grund", "rights.locations": "steder", "rights.until": "til", "rights.long": "til",
			"rights.deputy": "for", "rights.nobody": "person", "access.it": "person", "rights.twice": "steder", "rights.role": "rolle"}); err != nil {
			return err
		}
	}
	return v.ShowForm(v.askPage(a, f))
}
