package places

import (
	"net/http"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// bodies are those of the controller's processes that somebody must hold: who
// decides and who is asked. Who applies is that by applying.
func (v *visit) bodies() (out []casework.Body) {
	seen := map[string]bool{}
	for _, p := range v.s.Processes.Newest(v.Controller.Kind, v.Now) {
		for _, b := range p.Bodies {
			if !seen[b.ID] && b.Scope != casework.ScopeCase {
				seen[b.ID] = true
				out = append(out, b)
			}
		}
	}
	return out
}

// bodyName is a body in words; its id when no process has it any more.
func (v *visit) bodyName(id string) string {
	if b, ok := v.s.Processes.Body(id); ok {
		return b.Name.In(v.lang())
	}
	return id
}

// organisationFacts is what the page is made of.
type organisationFacts struct {
	controller      register.Controller
	administrations []register.Administration
	locations       []register.LocationFound
	holders         []register.Holder
	happened        page.Happened
}

func (p *Screens) organisation(v *visit) (err error) {
	f := organisationFacts{controller: v.Controller}
	if f.administrations, err = p.Register.Administrations(v.Ctx, v.Person.Controller); err != nil {
		return err
	}
	if f.locations, _, err = p.Register.FindLocations(v.Ctx, register.LocationQuery{Controller: v.Person.Controller}); err != nil {
		return err
	}
	if f.holders, err = p.Register.Holders(v.Ctx, v.Person.Controller, "", "", ""); err != nil {
		return err
	}
	if f.happened, err = v.happenedToOrganisation(); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.organisationPage(f))
}

// happenedToOrganisation leaves out what names the controller and is about
// something else: every entry names it.
func (v *visit) happenedToOrganisation() (page.Happened, error) {
	rows, err := v.Entries(page.LedgerQuery{Half: "portal", Limit: 20,
		Kinds: []string{"controller.added", "controller.changed", "administration.added", "administration.changed", "holder.begun", "holder.ended"}})
	return page.Happened{Words: v.Words, Rows: rows}, err
}

func (v *visit) organisationPage(f organisationFacts) *page.Record {
	c := f.controller
	pg := v.NewRecord(v.T("organisation.title"), v.T("organisation.lead"))
	pg.Tabs = v.Fronts(page.Admin)
	v.Said(&pg.Shell)
	edits := v.edits()
	if edits {
		pg.Actions = []fds.Link{{Href: "/organisation/roller/ny", Text: v.T("holder.new")}, {Href: "/organisation/ret", Text: v.T("controller.edit")}}
	}
	list := &fds.StructuredList{Caption: v.T("controller.title")}
	fact(list, v.T("controller.name"), c.Name)
	fact(list, v.T("controller.kind"), kindName(v, v.rules().Controllers(), c.Kind))
	fact(list, v.T("controller.contact"), c.Contact)
	fact(list, v.T("controller.dpo"), c.DPO)
	fact(list, v.T("controller.polcam"), v.N("controller.polcam.days", int64(c.PolcamDays)))
	fact(list, v.T("controller.polcam.which"), v.T(map[bool]string{true: "controller.polcam.every", false: "controller.polcam.substantial"}[c.PolcamEvery]))
	pg.Add(page.Section{ID: "dataansvarlig", Heading: v.T("controller.title"), List: list, Half: true})
	pg.Add(v.administrationsSection(f, edits))
	s := page.Section{ID: "roller", Heading: v.T("holders.title"), Lead: v.T("holders.lead")}
	if len(f.holders) == 0 {
		s.Empty = v.T("holders.none")
	} else {
		names := map[string]string{}
		for _, a := range f.administrations {
			names[a.ID] = a.Name
		}
		for _, l := range f.locations {
			names[l.ID] = l.Name
		}
		s.Grid = v.holderGrid(f.holders, names, edits)
	}
	if missing := v.unheld(f.holders); missing != "" {
		s.Alert = &fds.Alert{Tone: fds.Warning, Text: v.T("holders.missing", missing)}
	}
	pg.Add(s)
	pg.Happened = &f.happened
	return pg
}

// unheld names the bodies of the processes that nobody holds.
func (v *visit) unheld(all []register.Holder) string {
	held := map[string]bool{}
	for _, h := range all {
		held[h.Body] = true
	}
	var missing []string
	for _, b := range v.bodies() {
		if !held[b.ID] {
			missing = append(missing, b.Name.In(v.lang()))
		}
	}
	return join(missing...)
}

func (v *visit) administrationsSection(f organisationFacts, edits bool) page.Section {
	s := page.Section{ID: "forvaltninger", Heading: v.T("administrations.title"), Half: true}
	count := map[string]int{}
	for _, l := range f.locations {
		count[l.Administration]++
	}
	if len(f.administrations) == 0 {
		s.Empty = v.T("administrations.none")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("administrations.name"), v.T("administrations.places"))
	}
	for _, a := range f.administrations {
		name := page.Cell{Text: a.Name}
		if edits {
			name.Href = "/organisation/forvaltninger/" + a.ID
		}
		s.Grid.Add(name, page.Cell{Href: "/steder?forvaltning=" + a.ID, Text: strconv.Itoa(count[a.ID])})
	}
	if edits {
		s.Links = []fds.Link{{Href: "/organisation/forvaltninger/ny", Text: v.T("administrations.new")}}
	}
	return s
}

// holderGrid lists who acts for which body; names are of administrations and
// locations, and say what a person acts for it of.
func (v *visit) holderGrid(all []register.Holder, names map[string]string, edits bool) *page.Grid {
	columns := []string{v.T("holder.body"), v.T("holder.person"), v.T("holder.since")}
	if edits {
		columns = append(columns, v.T("holder.end"))
	}
	g := page.NewGrid(v.T("holders.title"), columns...)
	for _, h := range all {
		body := page.Cell{Text: v.bodyName(h.Body), Quiet: join(names[h.Administration], names[h.Location])}
		person := page.Cell{Text: h.Name, Quiet: h.Email}
		if h.Deputy {
			person.Badge = &fds.Badge{Tone: fds.Info, Text: v.T("holder.deputy")}
		}
		since := page.Cell{Text: v.T("agreement.from", v.Date(h.Since))}
		if !h.Until.IsZero() {
			since.Text = v.T("agreement.from.to", v.Date(h.Since), v.Date(h.Until))
		}
		cells := []page.Cell{body, person, since}
		if edits {
			cells = append(cells, page.Cell{Form: &page.ActForm{Action: "/organisation/roller/" + h.ID + "/afslut", Button: fds.Button{Kind: "secondary", Text: v.T("holder.end.button", h.Name)}}})
		}
		g.Add(cells...)
	}
	return g
}

func (p *Screens) endHold(v *visit) error {
	if err := p.Register.EndHold(v.Ctx, v.Person.Controller, v.R.PathValue("holder"), v.Person.ID); err != nil {
		return err
	}
	return v.See("/organisation?besked=rolle-afsluttet#roller")
}

func (v *visit) organisationCrumbs() []fds.Link {
	return []fds.Link{{Href: "/organisation", Text: v.T("organisation.title")}}
}

func (v *visit) controllerForm() *page.Form {
	return v.NewForm("controller.form").Text("navn", 120, false).Select("slags", kinds(v, v.rules().Controllers())...).Text("kontakt", 300, true).
		Text("dpo", 200, true).Section("polcam").Add(fds.Field{Name: "dage", Width: "tiny", MaxLength: 2}).
		Radio("aendringer", fds.Choice{Value: "alle", Text: v.T("controller.polcam.every")}, fds.Choice{Value: "vaesentlige", Text: v.T("controller.polcam.substantial")})
}

func (v *visit) controllerPage(f *page.Form, version int64) *page.FormPage {
	pg := v.NewFormPage(f, v.organisationCrumbs())
	pg.Hidden = kept(version)
	return pg
}

func (p *Screens) editController(v *visit) error {
	c := v.Controller
	in := url.Values{"navn": {c.Name}, "slags": {c.Kind}, "kontakt": {c.Contact}, "dpo": {c.DPO}, "dage": {strconv.Itoa(c.PolcamDays)}, "aendringer": {map[bool]string{true: "alle", false: "vaesentlige"}[c.PolcamEvery]}}
	return v.ShowForm(v.controllerPage(v.controllerForm().Fill(in), c.Version))
}

func (p *Screens) saveController(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.controllerForm().Fill(in).Check()
	c := v.Controller
	c.Version = versionOf(in)
	c.Name, c.Kind, c.Contact, c.DPO, c.PolcamEvery = f.Get("navn"), f.Get("slags"), f.Get("kontakt"), f.Get("dpo"), f.Get("aendringer") == "alle"
	if c.PolcamDays, err = strconv.Atoi(f.Get("dage")); err != nil || c.PolcamDays < 1 || c.PolcamDays > 60 {
		f.Fail("dage", v.T("controller.form.dage.bad"))
	}
	pg := v.controllerPage(f, c.Version)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateController(v.Ctx, c, v.Person.ID), map[string]string{"controller.polcam": "dage"}, "/organisation?besked=gemt")
}

func (v *visit) administrationPage(f *page.Form, a register.Administration) *page.FormPage {
	pg := v.NewFormPage(f, v.organisationCrumbs())
	if a.ID != "" {
		pg.Title = v.T("administration.form.edit", a.Name)
		pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
		pg.Hidden = kept(a.Version)
	}
	return pg
}

func (v *visit) administrationForm() *page.Form {
	return v.NewForm("administration.form").Text("navn", 120, false)
}

func (p *Screens) newAdministration(v *visit) error {
	return v.ShowForm(v.administrationPage(v.administrationForm(), register.Administration{}))
}

func (p *Screens) addAdministration(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.administrationForm().Fill(in).Check()
	pg := v.administrationPage(f, register.Administration{})
	if !f.OK() {
		return v.ShowForm(pg)
	}
	a := register.Administration{Controller: v.Person.Controller, Name: f.Get("navn")}
	if a.ID, err = p.Register.NewID(v.Ctx, "administrations", a.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddAdministration(v.Ctx, a, v.Person.ID), nil, "/organisation?besked=gemt#forvaltninger")
}

func (p *Screens) administration(v *visit) (register.Administration, error) {
	return p.Register.Administration(v.Ctx, v.Person.Controller, v.R.PathValue("administration"))
}

func (p *Screens) editAdministration(v *visit) error {
	a, err := p.administration(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.administrationPage(v.administrationForm().Fill(url.Values{"navn": {a.Name}}), a))
}

func (p *Screens) saveAdministration(v *visit) error {
	a, err := p.administration(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.administrationForm().Fill(in).Check()
	a.Version = versionOf(in)
	pg := v.administrationPage(f, a)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	a.Name = f.Get("navn")
	return v.saved(pg, p.Register.UpdateAdministration(v.Ctx, a, v.Person.ID), map[string]string{"administration.name": "navn"}, "/organisation?besked=gemt#forvaltninger")
}

// holdChoices is whom and what a role can be given.
type holdChoices struct {
	people          []identity.Person
	administrations []register.Administration
	locations       []register.Location
}

func (p *Screens) holdChoices(v *visit) (c holdChoices, err error) {
	if c.people, err = p.People.People(v.Ctx, v.Person.Controller); err != nil {
		return c, err
	}
	if c.administrations, err = p.Register.Administrations(v.Ctx, v.Person.Controller); err != nil {
		return c, err
	}
	c.locations, err = p.Register.Locations(v.Ctx, v.Person.Controller)
	return c, err
}

func (v *visit) holdForm(c holdChoices) *page.Form {
	var who, what, admins []fds.Choice
	for _, b := range v.bodies() {
		what = append(what, fds.Choice{Value: b.ID, Text: b.Name.In(v.lang())})
	}
	for _, p := range c.people {
		if !p.Closed {
			who = append(who, fds.Choice{Value: p.ID, Text: p.Name + " (" + p.Login + ")"})
		}
	}
	for _, a := range c.administrations {
		admins = append(admins, fds.Choice{Value: a.ID, Text: a.Name})
	}
	return v.NewForm("holder.form").Select("rolle", choose("", v.T("holder.form.choose"), what)...).Select("person", choose("", v.T("holder.form.choose"), who)...).
		Add(fds.Field{Name: "email", Type: "email", MaxLength: 200, Optional: true}).
		Select("forvaltning", choose("", v.T("holder.form.all"), admins)...).Select("sted", choose("", v.T("holder.form.all"), locationChoices(c.locations))...).
		Date("fra", true).Date("til", true).Checks("afloeser", fds.Choice{Value: "ja", Text: v.T("holder.form.afloeser.ja")})
}

func (v *visit) holdPage(f *page.Form) *page.FormPage {
	return v.NewFormPage(f, v.organisationCrumbs())
}

func (p *Screens) newHold(v *visit) error {
	c, err := p.holdChoices(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.holdPage(v.holdForm(c).Fill(v.R.URL.Query())))
}

func (p *Screens) addHold(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	c, err := p.holdChoices(v)
	if err != nil {
		return err
	}
	f := v.holdForm(c).Fill(in).Check()
	h := register.Holder{Controller: v.Person.Controller, Body: f.Get("rolle"), Person: f.Get("person"), Email: f.Get("email"), Administration: f.Get("forvaltning"),
		Location: f.Get("sted"), Since: v.date(f, "fra"), Until: v.date(f, "til"), Deputy: f.Get("afloeser") == "ja", By: v.Person.ID}
	for _, p := range c.people {
		if p.ID == h.Person {
			h.Name = p.Name
		}
	}
	switch {
	case h.Body == "":
		f.Fail("rolle", v.T("holder.form.rolle.missing"))
	case h.Name == "":
		f.Fail("person", v.T("holder.form.person.missing"))
	case h.Deputy && h.Until.IsZero():
		f.Fail("til", v.T("holder.form.til.missing"))
	}
	if !h.Until.IsZero() {
		h.Until = h.Until.In(page.Zone()).AddDate(0, 0, 1).UTC() // until the end of that day
	}
	pg := v.holdPage(f)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if h.ID, err = p.Register.NewID(v.Ctx, "holders", h.Body, h.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.Hold(v.Ctx, h), map[string]string{"holder.until": "til", "holder.person": "person", "holder.of": "sted"}, "/organisation?besked=rolle-givet#roller")
}
