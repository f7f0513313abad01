package rights

import (
	"net/http"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

func (p *Screens) storage(v *visit) error {
	all, err := p.Rights.Storage(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	if done, err := v.storageListing().File(v.Visit, all); done {
		return err
	}
	return v.Show(http.StatusOK, v.storagePage(all))
}

func storageStates() []authorisation.State {
	return []authorisation.State{authorisation.InForce, authorisation.Overdue, authorisation.Asked, authorisation.Coming, authorisation.Refused, authorisation.Expired, authorisation.Ended}
}

func (v *visit) storageListing() page.Listing[authorisation.Access] {
	type row = authorisation.Access
	name := func(a row) string { return a.Name }
	place := func(a row) string { return a.Place }
	state := func(a row) string { return v.T("storage.state." + string(a.State(v.Now))) }
	var states []fds.Choice
	for _, s := range storageStates() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("storage.state." + string(s))})
	}
	return page.Listing[row]{Key: "storage", Path: storage,
		Columns: []page.Column[row]{
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "place", Text: place, Compare: page.ByText(place)},
			{Name: "state", Text: state, Compare: page.ByText(state)},
			{Name: "since", Text: func(a row) string { return v.Date(a.FromAt) }, Cell: func(a row) sheet.Cell { return sheet.Moment(a.FromAt) }, Compare: func(a, b row) int { return a.FromAt.Compare(b.FromAt) }},
			{Name: "review", Text: v.reviewText, Compare: func(a, b row) int { return a.ReviewedAt.Compare(b.ReviewedAt) }},
			{Name: "firm", Text: func(a row) string { return a.Firm }, FileOnly: true},
			{Name: "need", Text: func(a row) string { return a.Need }, FileOnly: true},
			{Name: "approved", Text: func(a row) string { return stamp(a.DecidedName, a.DecidedAt, v.Date) }, FileOnly: true},
			{Name: "until", Text: func(a row) string { return stamp("", a.UntilAt, v.Date) }, FileOnly: true},
		},
		Filters: []page.Filter[row]{{Name: "tilstand", Choices: states, Keep: func(a row, x string) bool { return string(a.State(v.Now)) == x }}},
		Search:  func(a row) string { return a.Name + " " + a.Firm + " " + a.Place + " " + a.Need },
	}
}

func (v *visit) reviewText(a authorisation.Access) string {
	if s := a.State(v.Now); s != authorisation.InForce && s != authorisation.Overdue && s != authorisation.Coming {
		return ""
	}
	return v.Date(a.ReviewBy())
}

func (v *visit) storageBadge(s authorisation.State) *fds.Badge {
	return &fds.Badge{Tone: tones[s], Text: v.T("storage.state." + string(s))}
}

func (v *visit) storagePage(all []authorisation.Access) *page.ListPage {
	list, rows := v.storageListing().Show(v.Visit, all)
	var lines []page.Line
	for _, a := range rows {
		lines = append(lines, page.Line{ID: "adgang-" + a.ID, Cells: []page.Cell{{Href: storage + "/" + a.ID, Text: a.Name, Quiet: a.Firm}, {Text: a.Place, Quiet: a.Need},
			{Badge: v.storageBadge(a.State(v.Now))}, {Text: v.Date(a.FromAt)}, {Text: v.reviewText(a)}}})
	}
	pg := v.NewListPage(v.T("storage.title"), v.T("storage.lead"), page.Admin, list, lines)
	v.Said(&pg.Shell)
	if v.May(access.EditStorage, access.Object{}) {
		pg.Actions = []fds.Link{{Href: storage + "/ny", Text: v.T("storage.ask")}}
	}
	late, standing := 0, 0
	for _, a := range all {
		switch a.State(v.Now) {
		case authorisation.Overdue:
			late++
			standing++
		case authorisation.InForce:
			standing++
		default:
		}
	}
	pg.Figures = []page.Figure{{Href: storage + "?tilstand=in-force", Text: v.T("storage.standing"), Number: v.Number(int64(standing)), Icon: "person"}}
	if late > 0 {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.N("storage.late", int64(late)), Text: v.T("storage.late.text")})
	}
	return pg
}

func (p *Screens) oneAccess(v *visit) error {
	a := page.Found[authorisation.Access](v.Visit)
	answers, err := p.Rights.AnswersForStorage(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	pg := v.accessPage(a, answers)
	h, err := v.Happened(a.ID, 20)
	if err != nil {
		return err
	}
	pg.Happened = &h
	return v.Show(http.StatusOK, pg)
}

func (v *visit) storageCrumbs(more ...fds.Link) []fds.Link {
	return append([]fds.Link{{Href: storage, Text: v.T("storage.title")}}, more...)
}

func (v *visit) accessPage(a authorisation.Access, answers bool) *page.Record {
	s, here := a.State(v.Now), storage+"/"+a.ID
	pg := v.NewRecord(a.Name, v.T("storage.one."+string(s)), v.storageCrumbs()...)
	pg.Badge = v.storageBadge(s)
	v.Said(&pg.Shell)
	if s == authorisation.Asked && answers && a.Person != v.Person.ID && a.AskedBy != v.Person.ID {
		pg.Actions = append(pg.Actions, fds.Link{Href: here + "/svar", Text: v.T("storage.answer.link")})
	}
	list := &fds.StructuredList{Caption: v.T("storage.facts")}
	add := func(key, text string, more ...string) {
		if text != "" {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("storage." + key), Text: text, More: more})
		}
	}
	add("column.place", a.Place)
	add("column.firm", a.Firm)
	add("column.need", a.Need)
	period := v.T("storage.period.open", v.Date(a.FromAt))
	if !a.UntilAt.IsZero() {
		period = v.T("rights.period.text", v.Date(a.FromAt), v.last(a.UntilAt))
	}
	add("period", period)
	add("asked", v.by(a.AskedName, a.AskedAt))
	if a.Approved {
		add("column.approved", v.by(a.DecidedName, a.DecidedAt), a.Why)
	} else if !a.DecidedAt.IsZero() {
		add("refused", v.by(a.DecidedName, a.DecidedAt), a.Why)
	}
	if a.ReviewedAt.After(a.DecidedAt) {
		add("reviewed", v.by(a.ReviewedName, a.ReviewedAt))
	}
	if !a.EndedAt.IsZero() {
		add("ended", v.by(a.EndedName, a.EndedAt), a.EndedWhy)
	}
	facts := page.Section{ID: "fakta", Heading: v.T("storage.facts"), List: list}
	if !slices.Contains([]authorisation.State{authorisation.Ended, authorisation.Expired, authorisation.Refused}, s) {
		facts.Links = []fds.Link{{Href: here + "/slut", Text: v.T("storage.end.link")}}
	}
	pg.Add(facts)
	if stands := slices.Contains([]authorisation.State{authorisation.InForce, authorisation.Overdue, authorisation.Coming}, s); stands && answers && a.Person != v.Person.ID {
		g := page.NewGrid(v.T("storage.review"), v.T("storage.column.name"), v.T("storage.column.review"), v.T("storage.review.act"))
		g.Add(page.Cell{Text: a.Name}, page.Cell{Text: v.Date(a.ReviewBy())}, page.Cell{Form: &page.ActForm{Action: here + "/gennemgaa", Button: fds.Button{Kind: "primary", Text: v.T("storage.review.button")}}})
		pg.Add(page.Section{ID: "gennemgang", Heading: v.T("storage.review"), Lead: v.T("storage.review.lead"), Grid: g})
	}
	return pg
}

func (v *visit) accessForm(people []identity.Person) *page.Form {
	who := []fds.Choice{{Text: v.T("storage.form.outside")}}
	for _, p := range people {
		if !p.Closed {
			who = append(who, fds.Choice{Value: p.ID, Text: p.Name + " (" + p.Login + ")"})
		}
	}
	return v.NewForm("storage.form").Select("person", who...).Text("navn", 120, true).Text("firma", 120, true).Text("rum", 200, false).
		Area("behov", authorisation.LongestReason, 3, false).Date("fra", true).Date("til", true)
}

func (p *Screens) newAccess(v *visit) error {
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.NewFormPage(v.accessForm(people), v.storageCrumbs()))
}

func (p *Screens) askAccess(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	f := v.accessForm(people).Fill(in).Check()
	a := authorisation.Access{Controller: v.Person.Controller, Person: f.Get("person"), Name: f.Get("navn"), Firm: f.Get("firma"), Place: f.Get("rum"), Need: f.Get("behov"),
		FromAt: v.dated(f, "fra"), UntilAt: dayAfter(v.dated(f, "til"))}
	for _, p := range people {
		if p.ID == a.Person && a.Person != "" {
			a.Name = p.Name
		}
	}
	if strings.TrimSpace(a.Name) == "" {
		f.Fail("navn", v.T("storage.form.navn.missing"))
	}
	if f.OK() {
		made, err := p.Rights.AskStorage(v.Ctx, a, v.who())
		if err == nil {
			return v.See(storage + "/" + made.ID + "?besked=adgang-sendt")
		}
		if err := v.said(f, err, map[string]string{"storage.name": "navn", "storage.place": "rum", "storage.need": "behov", "storage.until": "til", "storage.long": "rum"}); err != nil {
			return err
		}
	}
	return v.ShowForm(v.NewFormPage(f, v.storageCrumbs()))
}

func (v *visit) answerAccessForm() *page.Form {
	return v.NewForm("storage.answer").Radio("svar", fds.Choice{Value: "ja", Text: v.T("storage.answer.yes")}, fds.Choice{Value: "nej", Text: v.T("storage.answer.no")}).
		Area("grund", authorisation.LongestReason, 3, true)
}

func (v *visit) answerAccessFormPage(a authorisation.Access, f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.storageCrumbs(fds.Link{Href: storage + "/" + a.ID, Text: a.Name}), a.Name)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: a.Place, Text: a.Need}
	return pg
}

func (p *Screens) answerAccessPage(v *visit) error {
	return v.ShowForm(v.answerAccessFormPage(page.Found[authorisation.Access](v.Visit), v.answerAccessForm()))
}

func (p *Screens) answerAccess(v *visit) error {
	a := page.Found[authorisation.Access](v.Visit)
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.answerAccessForm().Fill(in).Check()
	if f.OK() {
		err := p.Rights.DecideStorage(v.Ctx, v.Person.Controller, a.ID, f.Get("svar") == "ja", f.Get("grund"), v.who())
		if err == nil {
			return v.See(storage + "/" + a.ID + "?besked=adgang-besvaret")
		}
		if err := v.said(f, err, map[string]string{"rights.reason": "grund"}); err != nil {
			return err
		}
	}
	return v.ShowForm(v.answerAccessFormPage(a, f))
}

func (p *Screens) reviewAccess(v *visit) error {
	a := page.Found[authorisation.Access](v.Visit)
	if err := p.Rights.ReviewStorage(v.Ctx, v.Person.Controller, a.ID, v.who()); err != nil {
		return err
	}
	return v.See(storage + "/" + a.ID + "?besked=adgang-gennemgaaet")
}

func (v *visit) endAccessGrave(a authorisation.Access) *page.Grave {
	return v.NewGrave("storage.end", v.storageCrumbs(fds.Link{Href: storage + "/" + a.ID, Text: a.Name}), a.Name)
}

func (p *Screens) endAccessPage(v *visit) error {
	return v.ShowGrave(v.endAccessGrave(page.Found[authorisation.Access](v.Visit)))
}

func (p *Screens) endAccess(v *visit) error {
	a := page.Found[authorisation.Access](v.Visit)
	reason, done, err := v.Reason(v.endAccessGrave(a))
	if done || err != nil {
		return err
	}
	if err := p.Rights.EndStorage(v.Ctx, v.Person.Controller, a.ID, reason, v.who()); err != nil {
		return err
	}
	return v.See(storage + "/" + a.ID + "?besked=adgang-afsluttet")
}
