// Package masks is where it is seen what of the cameras' pictures nobody may
// see, and that it is covered, and where the original of a masked camera is
// asked for and answered by another, for the police.
//
// What it promises: each mask is shown over its own test picture, with date
// and sum; a lift says in words what it opens, for whom and until when, before
// anybody says yes to it.
//
// What it refuses: to show what lies under a mask, to lift one by one person's
// word, and to show a lift of another controller or of a place that the person
// does not see.
package masks

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of masks and of mask lifts.
type Screens struct {
	*page.Site
	Masking   *masking.Room
	Incidents *incident.Room
}

// found is what an address names.
type found struct {
	camera   register.Camera
	lift     masking.Lift
	incident incident.Incident
	place    register.Location
	cameras  []register.Camera // of the lift, or the masked ones that the incident names
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

const (
	masksPath = "/masker"
	liftsPath = "/maskeloeft"
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const camera, one, ask = "/kameraer/{camera}/maske", liftsPath + "/{loeft}", "/haendelser/{haendelse}/maskeloeft"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), menu page.Entry, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: menu}
	}
	fresh := func(r page.Route) page.Route {
		r.Fresh = identity.Fresh
		return r
	}
	masked := at("GET "+masksPath, access.SeeRegister, nil, page.Places, p.masked)
	masked.Front, masked.Rank = "masks.tab", 2
	lifts := at("GET "+liftsPath, access.SeeIncidents, nil, page.Incidents, p.lifts)
	lifts.Front, lifts.Rank = "lifts.title", 4
	return []page.Route{
		masked,
		at("GET "+camera, access.SeeRegister, p.ofCamera, page.Places, p.mask),
		at("GET "+camera+"/billede", access.SeeRegister, p.ofCamera, page.Places, p.picture),
		lifts,
		at("GET "+ask, access.Disclose, p.ofIncident, page.Incidents, p.ask),
		fresh(at("POST "+ask, access.Disclose, p.ofIncident, page.Incidents, p.asked)),
		at("GET "+one, access.SeeIncidents, p.of, page.Incidents, p.one),
		at("GET "+one+"/svar", access.ApproveDisclosure, p.ofOther, page.Incidents, p.answer),
		fresh(at("POST "+one+"/svar", access.ApproveDisclosure, p.ofOther, page.Incidents, p.answered)),
	}
}

// ofCamera is the camera that the address names.
func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	v.Keep(found{camera: c})
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, err
}

// of is the lift that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	l, err := p.Masking.Get(v.Ctx, v.Person.Controller, v.R.PathValue("loeft"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{lift: l}
	if f.place, err = p.Register.Location(v.Ctx, l.Controller, l.Location); err != nil {
		return access.Object{}, err
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: l.Controller, IDs: append([]string{}, l.Cameras...), Removed: true}); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: l.Controller, Location: l.Location, Reference: l.Number}, nil
}

// ofOther is the lift for the second person: nobody answers their own.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	o.Parties = []string{page.Found[found](v).lift.Person}
	return o, err
}

// ofIncident is the incident that a lift is asked for from, with the masked
// cameras that it names.
func (p *Screens) ofIncident(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{incident: i}
	if f.place, err = p.Register.Location(v.Ctx, i.Controller, i.Location); err != nil {
		return access.Object{}, err
	}
	masked, err := p.Masking.Masked(v.Ctx, i.Controller)
	if err != nil {
		return access.Object{}, err
	}
	ids := slices.DeleteFunc(slices.Clone(i.Scope().Cameras), func(c string) bool {
		return !slices.ContainsFunc(masked, func(m masking.Masked) bool { return m.Camera == c })
	})
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: i.Controller, IDs: append([]string{}, ids...), Removed: true}); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: i.Controller, Location: i.Location}, nil
}

func (v *visit) who() masking.Who {
	return masking.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}
