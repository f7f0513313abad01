// Package incidents is where what happened is recorded, step by step, and
// where it is seen who may look at what because of it, and who did.
//
// What it promises: the first picture is three short forms away; each form
// suggests what it can know (the cameras of the place that recorded then, the
// time); why something may not be looked at yet is said beside the step that
// mends it.
//
// What it refuses: to widen what is named without a reason, and to show another
// controller's incidents, or those of places that the person is not designated
// for.
package incidents

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of incidents.
type Screens struct {
	*page.Site
	Incidents   *incident.Room
	Viewing     *viewing.Screens
	Holds       *hold.Room
	Disclosures *disclosure.Room
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

// found is what an address names.
type found struct {
	incident incident.Incident
	location register.Location
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p, page.Found[found](v)} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

const path = "/haendelser"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	var out []page.Route
	add := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) {
		out = append(out, page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents})
	}
	add("GET "+path, access.SeeIncidents, nil, p.list)
	out[0].Front = "incidents.title"
	add("GET "+path+"/ny", access.EditIncident, nil, p.begin)
	add("POST "+path+"/ny", access.EditIncident, nil, p.begun)
	const one = path + "/{haendelse}"
	add("GET "+one, access.SeeIncidents, p.of, p.one)
	for _, step := range []struct {
		name     string
		get, put func(*visit) error
	}{
		{"beskrivelse", p.describe, p.described}, {"kriminalitet", p.assess, p.assessed}, {"behov", p.need, p.named},
		{"udvid", p.widen, p.widened}, {"luk", p.close, p.closed}, {"samtykke", p.consent, p.consented}, {"samtykke/{samtykke}", p.giveConsent, p.gaveConsent},
	} {
		add("GET "+one+"/"+step.name, access.EditIncident, p.of, step.get)
		add("POST "+one+"/"+step.name, access.EditIncident, p.of, step.put)
	}
	for _, step := range p.stepForms() {
		add("GET "+one+"/"+step.name, access.EditIncident, p.of, func(v *visit) error { return v.show(step) })
		add("POST "+one+"/"+step.name, access.EditIncident, p.of, func(v *visit) error { return v.take(step) })
	}
	add("POST "+one+"/samtykke/{samtykke}/traek", access.EditIncident, p.of, p.withdraw)
	add("POST "+one+"/tilladelse/{tilladelse}/slut", access.Stop, p.of, p.endGrant)
	return out
}

// of is the incident that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	l, err := p.Register.Location(v.Ctx, i.Controller, i.Location)
	v.Keep(found{i, l})
	return access.Object{Controller: i.Controller, Location: i.Location}, err
}

// everywhere reports whether the person may do something at every place, and
// not only where they are designated.
func (v *visit) everywhere(act access.Act) bool {
	return v.May(act, access.Object{Location: "\x00"})
}

func (v *visit) who() incident.Who {
	return incident.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.incident.ID }

func (v *visit) crumbs() []fds.Link {
	out := []fds.Link{{Href: path, Text: v.T("incidents.title")}}
	if v.incident.ID != "" {
		out = append(out, fds.Link{Href: v.here(), Text: v.incident.Number})
	}
	return out
}
