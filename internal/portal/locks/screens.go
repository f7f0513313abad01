// Package locks is where an evidence lock (bevislås) is asked for from an
// incident, where another person answers exactly that, where it is seen what is
// locked, why, by whom and until when, and where it is reviewed and released.
//
// What it promises: what the law refuses is said with its citation and what can
// be done instead; a dispute shows how long there is to tell the person; a
// release says what will be deleted within the hour, and then what was, from
// the engine's own word.
//
// What it refuses: to lock anything by one person's word, and to show a lock of
// another controller or of a place that the person does not see.
package locks

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of evidence locks.
type Screens struct {
	*page.Site
	Holds     *hold.Room
	Incidents *incident.Room
}

// found is what an address names.
type found struct {
	hold     hold.Hold
	incident incident.Incident
	place    register.Location
	cameras  []register.Camera // of the lock, or of what the incident names
	process  casework.Holds
	kind     string // of the controller
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p, page.Found[found](v)} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

const path = "/bevislaase"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one, ask = path + "/{bevislaas}", "/haendelser/{haendelse}/bevislaas"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	fresh := func(r page.Route) page.Route {
		r.Fresh = identity.Fresh
		return r
	}
	front := at("GET "+path, access.SeeIncidents, nil, p.list)
	front.Front, front.Rank = "locks.title", 1
	return append(p.changes(at, fresh), []page.Route{
		front,
		at("GET "+ask, access.EditIncident, p.ofIncident, p.ask),
		at("POST "+ask, access.EditIncident, p.ofIncident, p.asked),
		at("GET "+one, access.SeeIncidents, p.of, p.one),
		at("GET "+one+"/svar", access.ApproveHold, p.ofOther, p.answer),
		fresh(at("POST "+one+"/svar", access.ApproveHold, p.ofOther, p.answered)),
		at("GET "+one+"/underretning", access.EditIncident, p.of, p.notice),
		at("POST "+one+"/underretning", access.EditIncident, p.of, p.told),
		at("GET "+one+"/kopi", access.EditIncident, p.of, p.copy),
		at("POST "+one+"/kopi", access.EditIncident, p.of, p.copied),
		at("GET "+one+"/gennemgang", access.EditIncident, p.of, p.review),
		at("POST "+one+"/gennemgang", access.EditIncident, p.of, p.reviewed),
		at("GET "+one+"/frigiv", access.EditIncident, p.of, p.release),
		fresh(at("POST "+one+"/frigiv", access.EditIncident, p.of, p.released)),
	}...)
}

// of is the lock that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	c := v.Person.Controller
	h, err := p.Holds.Get(v.Ctx, c, v.R.PathValue("bevislaas"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{hold: h}
	if err := p.around(v, &f, h.Incident, h.Cameras); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: h.Controller, Location: h.Location, Reference: h.Number}, nil
}

// ofOther is the lock for the second person: nobody answers their own.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	o.Parties = []string{page.Found[found](v).hold.Person}
	return o, err
}

// ofIncident is the incident that a lock is asked for from.
func (p *Screens) ofIncident(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	var f found
	if err := p.around(v, &f, i.ID, i.Scope().Cameras); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: i.Controller, Location: i.Location}, nil
}

// around finds the incident, its place, and some cameras.
func (p *Screens) around(v *page.Visit, f *found, of string, cameras []string) (err error) {
	c := v.Person.Controller
	if f.incident, err = p.Incidents.Get(v.Ctx, c, of); err != nil {
		return err
	}
	if f.place, err = p.Register.Location(v.Ctx, c, f.incident.Location); err != nil {
		return err
	}
	if f.process, err = p.Holds.Process(v.Ctx, c); err != nil {
		return err
	}
	whose, err := p.Register.Controller(v.Ctx, c)
	if err != nil {
		return err
	}
	f.kind = whose.Kind
	f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: c, IDs: append([]string{}, cameras...), Removed: true})
	return err
}

func (v *visit) who() hold.Who {
	return hold.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.hold.ID }

func (v *visit) crumbs() []fds.Link {
	if v.hold.ID == "" {
		return []fds.Link{{Href: "/haendelser", Text: v.T("incidents.title")}, {Href: "/haendelser/" + v.incident.ID, Text: v.incident.Number}}
	}
	return []fds.Link{{Href: path, Text: v.T("locks.title")}, {Href: v.here(), Text: v.hold.Number}}
}

// name is what a camera is called.
func (v *visit) name(id string) string {
	i := slices.IndexFunc(v.cameras, func(c register.Camera) bool { return c.ID == id })
	if i < 0 {
		return id
	}
	return v.cameras[i].Name
}

func (v *visit) names() (out []string) {
	for _, id := range v.hold.Cameras {
		out = append(out, v.name(id))
	}
	return out
}
