package review

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) mayPlant() bool {
	return v.Person.Is(access.DPO) && v.May(access.ReviewLog, access.Object{})
}

func (p *Screens) plants(v *visit) error {
	all, err := p.Room.Plants(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(200, v.plantsPage(all))
}

var plantTones = map[oversight.PlantState]fds.Tone{oversight.Waiting: fds.Info, oversight.Caught: fds.Info, oversight.Seen: fds.Success, oversight.Passed: fds.Warning, oversight.Missed: fds.Error, oversight.Undone: fds.Plain}

func (v *visit) plantsPage(all []oversight.Plant) *page.Record {
	pg := v.NewRecord(v.T("review.plants.title"), v.T("review.plants.lead"), v.crumbs()...)
	v.Said(&pg.Shell)
	pg.Actions = []fds.Link{{Href: path + "/proever/ny", Text: v.T("review.plants.new")}}
	s := page.Section{ID: "plantede", Heading: v.T("review.plants.all")}
	if len(all) == 0 {
		s.Empty = v.T("review.plants.empty")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("review.plants.column.time"), v.T("review.plants.column.who"), v.T("review.plants.column.what"), v.T("review.plants.column.state"))
	}
	for _, x := range all {
		who := page.Cell{Text: x.Name, Quiet: x.Mark}
		if x.Name == "" {
			who.Text = v.T("review.plants.aged")
		}
		s.Grid.Add(page.Cell{Text: v.T("review.period.span", v.DateTime(x.Since), v.DateTime(x.Until)), Quiet: v.T("review.plants.seal", x.Seal[:16])}, who, page.Cell{Text: x.What},
			page.Cell{Badge: &fds.Badge{Tone: plantTones[x.State], Text: v.T("review.plant." + string(x.State))}, Quiet: v.Or("review.plant."+string(x.State)+".text", "")})
	}
	pg.Add(s)
	return pg
}

func (v *visit) newPlant(people []identity.Person) *page.Form {
	return v.NewForm("review.planting").Select("person", v.peopleChoices(people)...).Date("dag", false).Text("fra", 5, false).Text("til", 5, false).Text("maerke", 100, true).Area("hvad", oversight.Longest, 4, false)
}

func (v *visit) peopleChoices(people []identity.Person) []fds.Choice {
	out := []fds.Choice{{Text: v.T("rights.form.choose")}}
	for _, p := range people {
		if !p.Closed {
			out = append(out, fds.Choice{Value: p.ID, Text: p.Name + " (" + p.Login + ")"})
		}
	}
	return out
}

func (v *visit) plantingPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: path + "/proever", Text: v.T("review.plants.title")}))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("review.planting.how"), Text: v.T("review.planting.how.text")}
	return pg
}

func (p *Screens) plantForm(v *visit) error {
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.plantingPage(v.newPlant(people).Fill(url.Values{"dag": {page.FormDate(v.Now)}, "fra": {v.Clock(v.Now)}, "til": {"23.59"}})))
}

func (p *Screens) plant(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	f := v.newPlant(people).Fill(in).Check()
	if f.Get("person") == "" {
		f.Fail("person", v.T("review.planting.person.missing"))
	}
	since, until := v.moment(f, "dag", "fra"), v.moment(f, "dag", "til")
	if f.OK() {
		// The minute that is being written in has begun; what is made is made from now on.
		if since.Before(v.Now) && v.Now.Sub(since) < time.Minute {
			since = v.Now
		}
		_, err := p.Room.Plant(v.Ctx, oversight.Plant{Person: f.Get("person"), Since: since, Until: until, Mark: f.Get("maerke"), What: f.Get("hvad")}, v.who())
		if err == nil {
			return v.See(path + "/proever?besked=opslag-plantet")
		}
		name, ok := map[string]string{"plant.person": "person", "plant.time": "fra", "plant.what": "hvad"}[fault.Key(err)]
		if !ok {
			return err
		}
		f.FailWith(name, err)
	}
	return v.ShowForm(v.plantingPage(f))
}

// moment reads a day's field and a time's; what is wrong is said at the time.
func (v *visit) moment(f *page.Form, day, clock string) time.Time {
	if f.Get(day) == "" || f.Get(clock) == "" {
		return time.Time{}
	}
	at, err := page.LocalTime(f.Get(day), f.Get(clock))
	if err != nil {
		f.Fail(clock, v.T("uses.date.bad"))
	}
	return at
}

// ties are where people live or work, as far as the controller knows it.
func (p *Screens) ties(v *visit) error {
	all, err := p.Room.Ties(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	names := map[string]string{}
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	for _, x := range people {
		names[x.ID] = x.Name
	}
	if err != nil {
		return err
	}
	return v.Show(200, v.tiesPage(all, names))
}

func (v *visit) tiesPage(all []oversight.Tie, names map[string]string) *page.Record {
	pg := v.NewRecord(v.T("review.ties.title"), v.T("review.ties.lead"), v.crumbs(fds.Link{Href: path + "/regler", Text: v.T("review.rules.title")})...)
	v.Said(&pg.Shell)
	pg.Actions = []fds.Link{{Href: path + "/tilknytninger/ny", Text: v.T("review.ties.new")}}
	s := page.Section{ID: "tilknytninger", Heading: v.T("review.ties.all")}
	if len(all) == 0 {
		s.Empty = v.T("review.ties.empty")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("review.ties.column.person"), v.T("review.ties.column.place"), v.T("review.ties.column.sort"), v.T("review.ties.column.act"))
	}
	for _, t := range all {
		name := names[t.Person]
		if name == "" {
			name = t.Person
		}
		s.Grid.Add(page.Cell{Text: name}, page.Cell{Text: v.place(t.Place)}, page.Cell{Text: v.T("review.tie." + t.Sort), Quiet: strings.TrimSpace(t.ByName + " " + v.Date(t.At))},
			page.Cell{Form: &page.ActForm{Action: path + "/tilknytninger/" + t.ID + "/slet", Button: fds.Button{Kind: "secondary", Text: v.T("review.ties.remove", name)}}})
	}
	pg.Add(s)
	return pg
}

func (v *visit) newTie(people []identity.Person, places []fds.Choice) *page.Form {
	var sorts []fds.Choice
	for _, s := range oversight.TieSorts() {
		sorts = append(sorts, fds.Choice{Value: s, Text: v.T("review.tie." + s)})
	}
	return v.NewForm("review.tying").Select("person", v.peopleChoices(people)...).Select("sted", places...).Radio("slags", sorts...)
}

func (p *Screens) newTieForm(v *visit) (*page.Form, error) {
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	places := []fds.Choice{{Text: v.T("rights.form.choose")}}
	for _, l := range all {
		places = append(places, fds.Choice{Value: l.ID, Text: l.Name})
	}
	return v.newTie(people, places), err
}

func (v *visit) tyingPage(f *page.Form) *page.FormPage {
	return v.NewFormPage(f, v.crumbs(fds.Link{Href: path + "/tilknytninger", Text: v.T("review.ties.title")}))
}

func (p *Screens) tieForm(v *visit) error {
	f, err := p.newTieForm(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.tyingPage(f))
}

func (p *Screens) addTie(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.newTieForm(v)
	if err != nil {
		return err
	}
	f.Fill(in).Check()
	for _, name := range []string{"person", "sted"} {
		if f.Get(name) == "" {
			f.Fail(name, v.T("review.tying."+name+".missing"))
		}
	}
	if !f.OK() {
		return v.ShowForm(v.tyingPage(f))
	}
	if err := p.Room.AddTie(v.Ctx, oversight.Tie{Person: f.Get("person"), Place: f.Get("sted"), Sort: f.Get("slags")}, v.who()); err != nil {
		return err
	}
	return v.See(path + "/tilknytninger?besked=tilknytning-gemt")
}

func (p *Screens) removeTie(v *visit) error {
	if err := p.Room.RemoveTie(v.Ctx, v.R.PathValue("tilknytning"), v.who()); err != nil {
		return err
	}
	return v.See(path + "/tilknytninger?besked=tilknytning-slettet")
}

func has(all []string, one string) bool { return slices.Contains(all, one) }
