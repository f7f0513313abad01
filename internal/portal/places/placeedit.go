package places

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// days are the names of the form's fields for the hours, Monday first.
func days() []string {
	return []string{"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "loerdag", "soendag"}
}

// versionOf says which version of a thing a form began from.
func versionOf(in url.Values) int64 {
	n, err := strconv.ParseInt(in.Get("version"), 10, 64)
	if err != nil {
		return 0 // no version is 0: it will be told that it has changed
	}
	return n
}

// kept is the hidden field that says which version a form began from.
func kept(version int64) []fds.Choice {
	return []fds.Choice{{Text: "version", Value: strconv.FormatInt(version, 10)}}
}

// saved answers a form that was sent: on to where the thing is shown, or the
// form again with what is wrong. A fault of the register is said at the field
// that its key names, or above the form.
func (v *visit) saved(pg *page.FormPage, err error, fields map[string]string, to string) error {
	switch {
	case err == nil:
		return v.See(to)
	case fault.Is(err, fault.Invalid) && fields[fault.Key(err)] != "":
		pg.Form.FailWith(fields[fault.Key(err)], err)
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Invalid):
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("form.not-saved"), Text: v.Explain(err)})
		return v.Show(fault.Of(err).Status(), pg)
	default:
		return err
	}
	return v.ShowForm(pg)
}

func (p *Screens) placeForm(v *visit) (*page.Form, error) {
	admins, err := p.Register.Administrations(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	return v.placeForm(admins), nil
}

func (v *visit) placeForm(admins []register.Administration) *page.Form {
	var items []fds.Choice
	for _, a := range admins {
		items = append(items, fds.Choice{Value: a.ID, Text: a.Name})
	}
	f := v.NewForm("place.form").Section("facts").
		Text("navn", 120, false).
		Add(fds.Field{Name: "adresse", MaxLength: 200, Autocomplete: "off"}).
		Text("matrikel", 120, true).
		Select("forvaltning", choose("", v.T("place.form.none"), items)...).
		Select("aktivitet", choose("", v.T("place.form.none"), kinds(v, v.rules().Activities()))...).
		Add(fds.Field{Name: "bredde", Width: "medium", MaxLength: 20, Optional: true}).
		Add(fds.Field{Name: "laengde", Width: "medium", MaxLength: 20, Optional: true}).
		Section("manager").
		Text("leder", 120, false).
		Text("kontakt", 200, false).
		Section("hours")
	for _, d := range days() {
		f.Add(fds.Field{Name: d, Width: "medium", MaxLength: 80, Optional: true})
	}
	return f.Area("dage", 4000, 4, true)
}

// placeValues are a location as the form shows it.
func (v *visit) placeValues(l register.Location) url.Values {
	in := url.Values{"navn": {l.Name}, "adresse": {l.Address}, "matrikel": {l.Cadastre}, "forvaltning": {l.Administration}, "aktivitet": {l.Activity},
		"leder": {l.Manager}, "kontakt": {l.ManagerContact}, "dage": {v.typedDates(l.Opening.Dates)}}
	if l.Position.Known() {
		in.Set("bredde", v.degrees(l.Position.Lat))
		in.Set("laengde", v.degrees(l.Position.Lon))
	}
	for i, d := range days() {
		in.Set(d, v.typedSpans(l.Opening.Week[i]))
	}
	return in
}

// readPlace puts a form into a location, and says at the fields what is wrong.
func (v *visit) readPlace(f *page.Form, l register.Location) register.Location {
	l.Name, l.Address, l.Cadastre = f.Get("navn"), f.Get("adresse"), f.Get("matrikel")
	l.Administration, l.Activity = f.Get("forvaltning"), f.Get("aktivitet")
	l.Manager, l.ManagerContact = f.Get("leder"), f.Get("kontakt")
	l.Position = register.Position{}
	if f.Get("bredde") != "" || f.Get("laengde") != "" {
		var err1, err2 error
		l.Position.Lat, err1 = number(f.Get("bredde"))
		l.Position.Lon, err2 = number(f.Get("laengde"))
		if err1 != nil {
			f.Fail("bredde", v.T("place.form.bredde.bad"))
		}
		if err2 != nil {
			f.Fail("laengde", v.T("place.form.laengde.bad"))
		}
	}
	var h permit.Hours
	for i, d := range days() {
		spans, err := page.ReadSpans(f.Get(d))
		if err != nil {
			f.Fail(d, v.T("place.form.hours.bad", v.T("place.form."+d)))
		}
		h.Week[i] = spans
	}
	dates, bad := readDates(f.Get("dage"))
	if bad != "" {
		f.Fail("dage", v.T("place.form.dage.bad", bad))
	}
	slices.SortFunc(dates, func(a, b permit.Date) int { return strings.Compare(a.Date, b.Date) })
	h.Dates = dates
	l.Opening = register.OpeningHours{Hours: h}
	if !l.Opening.IsZero() {
		l.Opening.Zone = page.Zone().String()
	}
	return l
}

// placeFaults are the fields that the register's faults are about.
func placeFaults() map[string]string {
	return map[string]string{"location.name": "navn", "location.position": "bredde", "location.opening": "mandag", "location.administration": "forvaltning"}
}

func (v *visit) newPlacePage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs())
	pg.Title = v.T("place.form.new")
	pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
	return pg
}

func (p *Screens) newPlace(v *visit) error {
	f, err := p.placeForm(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.newPlacePage(f))
}

func (p *Screens) addPlace(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.placeForm(v)
	if err != nil {
		return err
	}
	l := v.readPlace(f.Fill(in).Check(), register.Location{Controller: v.Person.Controller})
	pg := v.newPlacePage(f)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if l.ID, err = p.Register.NewID(v.Ctx, "locations", l.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddLocation(v.Ctx, l, v.Person.ID), placeFaults(), "/steder/"+l.ID+"?besked=sted-oprettet")
}

func (v *visit) editPlacePage(f *page.Form, version int64) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}), v.location.Name)
	pg.Hidden = kept(version)
	return pg
}

func (p *Screens) editPlace(v *visit) error {
	f, err := p.placeForm(v)
	if err != nil {
		return err
	}
	f.Fill(v.placeValues(v.location))
	return v.ShowForm(v.editPlacePage(f, v.location.Version))
}

func (p *Screens) savePlace(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.placeForm(v)
	if err != nil {
		return err
	}
	l := v.readPlace(f.Fill(in).Check(), v.location)
	l.Version = versionOf(in)
	pg := v.editPlacePage(f, l.Version)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateLocation(v.Ctx, l, v.Person.ID), placeFaults(), "/steder/"+l.ID+"?besked=gemt")
}

func (v *visit) areaForm() *page.Form {
	return v.NewForm("area.form").Text("navn", 120, false).Select("slags", choose("", v.T("area.form.choose"), v.placeKinds())...).Area("beskrivelse", 1000, 3, true)
}

func (v *visit) areaPage(f *page.Form, a register.Area) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}), v.location.Name)
	if a.ID != "" {
		pg.Title = v.T("area.form.edit", a.Name)
		pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
		pg.Hidden = kept(a.Version)
	}
	return pg
}

// readArea puts a form into an area.
func (v *visit) readArea(f *page.Form, a register.Area) register.Area {
	a.Name, a.PlaceKind, a.Description = f.Get("navn"), f.Get("slags"), f.Get("beskrivelse")
	if a.PlaceKind == "" {
		f.Fail("slags", v.T("area.form.slags.missing"))
	}
	return a
}

func (p *Screens) newArea(v *visit) error {
	return v.ShowForm(v.areaPage(v.areaForm(), register.Area{}))
}

func (p *Screens) addArea(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.areaForm().Fill(in).Check()
	a := v.readArea(f, register.Area{Controller: v.Person.Controller, Location: v.location.ID})
	pg := v.areaPage(f, register.Area{})
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if a.ID, err = p.Register.NewID(v.Ctx, "areas", v.location.ID, a.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddArea(v.Ctx, a, v.Person.ID), map[string]string{"area.name": "navn"}, "/steder/"+v.location.ID+"?besked=gemt#omraader")
}

// area is the one that the address names, of this location.
func (p *Screens) area(v *visit) (register.Area, error) {
	a, err := p.Register.Area(v.Ctx, v.Person.Controller, v.R.PathValue("area"))
	if err == nil && a.Location != v.location.ID {
		err = fault.New(fault.NotFound, "area.unknown", "area %s is not at %s", a.ID, v.location.ID)
	}
	return a, err
}

func (p *Screens) editArea(v *visit) error {
	a, err := p.area(v)
	if err != nil {
		return err
	}
	f := v.areaForm().Fill(url.Values{"navn": {a.Name}, "slags": {a.PlaceKind}, "beskrivelse": {a.Description}})
	return v.ShowForm(v.areaPage(f, a))
}

func (p *Screens) saveArea(v *visit) error {
	a, err := p.area(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.areaForm().Fill(in).Check()
	a = v.readArea(f, a)
	a.Version = versionOf(in)
	pg := v.areaPage(f, a)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateArea(v.Ctx, a, v.Person.ID), map[string]string{"area.name": "navn"}, "/steder/"+v.location.ID+"?besked=gemt#omraader")
}
