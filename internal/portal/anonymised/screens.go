// Package anonymised is where a copy is made in which nobody but one person can
// be recognised: asked for from a lock or a request, edited,
// confirmed, seen to the last second by another person, and approved.
//
// What it promises: what is to be done now stands first on the page; nothing of
// the editor's work is lost with a session; everything in it is done by keys and
// in a table too; the approver is told how many seconds are left to see.
//
// What it refuses: to show a picture of the footage to anybody but who is
// designated for the place, and a copy of another controller or of a place that
// the person does not see.
package anonymised

import (
	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of anonymised copies.
type Screens struct {
	*page.Site
	Room        *room.Room
	Disclosures *disclosure.Room
}

// found is what an address names.
type found struct {
	copy   room.Copy
	scope  room.Scope
	place  register.Location
	camera register.Camera   // of the copy
	all    []register.Camera // of the source
	given  []disclosure.Disclosure
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

const path = "/kopier"

// corrections bounds the list of corrections, in bytes.
const corrections = 16 << 20

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one, ask = path + "/{kopi}", "/ny-kopi/{kilde}/{fra}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	fresh := func(r page.Route) page.Route {
		r.Fresh = identity.Fresh
		return r
	}
	quiet := func(r page.Route) page.Route { // asked for by a page by itself
		r.Menu, r.Passive = "", true
		return r
	}
	front := at("GET "+path, access.SeeIncidents, nil, p.list)
	front.Front, front.Rank = "copies.title", 3
	put := at("PUT "+one+"/rettelser", access.Disclose, p.of, p.correct)
	put.Menu, put.MaxBody = "", corrections
	return []page.Route{
		front,
		at("GET "+ask, access.Disclose, p.ofSource, p.ask),
		at("POST "+ask, access.Disclose, p.ofSource, p.asked),
		at("GET "+one, access.SeeIncidents, p.of, p.one),
		at("POST "+one+"/fortsaet", access.Disclose, p.of, p.goOn),
		at("POST "+one+"/stop", access.Disclose, p.of, p.stop),
		at("GET "+one+"/rediger", access.Disclose, p.of, p.editor),
		quiet(at("GET "+one+"/fund", access.Disclose, p.of, p.findings)),
		quiet(at("GET "+one+"/billeder", access.Disclose, p.of, p.pictures)),
		put,
		at("POST "+one+"/bekraeft", access.Disclose, p.of, p.confirm),
		at("GET "+one+"/gennemse", access.Disclose, p.of, p.preview),
		quiet(at("GET "+one+"/film", access.Disclose, p.of, p.film)),
		at("POST "+one+"/fremlaeg", access.Disclose, p.of, p.give),
		at("GET "+one+"/afslut", access.Disclose, p.of, p.end),
		at("POST "+one+"/afslut", access.Disclose, p.of, p.ended),
		at("GET "+one+"/svar", access.ApproveDisclosure, p.ofOther, p.answer),
		fresh(at("POST "+one+"/svar", access.ApproveDisclosure, p.ofOther, p.answered)),
		quiet(at("GET "+one+"/svar/film", access.ApproveDisclosure, p.ofOther, p.answerFilm)),
		at("POST "+one+"/set", access.ApproveDisclosure, p.ofOther, p.seen),
	}
}

// of is the copy that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	ctl := v.Person.Controller
	c, err := p.Room.Get(v.Ctx, ctl, v.R.PathValue("kopi"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{copy: c}
	if f.place, err = p.Register.Location(v.Ctx, ctl, c.Location); err != nil {
		return access.Object{}, err
	}
	if f.camera, err = p.Register.Camera(v.Ctx, ctl, c.Camera); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return object(c), nil
}

func object(c room.Copy) access.Object {
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.Camera, Reference: c.Number}
}

// ofOther is the copy for the second person: nobody answers their own.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	c := page.Found[found](v).copy
	o.Parties = []string{c.Person}
	if c.Given != nil {
		o.Parties = append(o.Parties, c.Given.Person)
	}
	return o, err
}

// sources are what stands in addresses.
func sources() map[string]room.Kind {
	return map[string]room.Kind{"bevislaas": room.OfLock, "anmodning": room.OfRequest}
}

// ofSource is what a copy is asked for from.
func (p *Screens) ofSource(v *page.Visit) (access.Object, error) {
	s, err := p.Room.Scope(v.Ctx, v.Person.Controller, sources()[v.R.PathValue("kilde")], v.R.PathValue("fra"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{scope: s}
	if f.place, err = p.Register.Location(v.Ctx, v.Person.Controller, s.Location); err != nil {
		return access.Object{}, err
	}
	if f.all, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: append([]string{}, s.Cameras...), Removed: true}); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: v.Person.Controller, Location: s.Location}, nil
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.copy.ID }

// sourceLink is the page of what a copy was asked for from.
func (v *visit) sourceLink(s room.Source) fds.Link {
	to := map[room.Kind]string{room.OfLock: "/bevislaase/", room.OfRequest: "/anmodninger/"}
	return fds.Link{Href: to[s.Kind] + s.ID, Text: s.Number}
}

func (v *visit) crumbs() []fds.Link {
	list := fds.Link{Href: path, Text: v.T("copies.title")}
	if v.copy.ID == "" {
		return []fds.Link{list, v.sourceLink(v.scope.Source)}
	}
	return []fds.Link{list, {Href: v.here(), Text: v.copy.Number}}
}
