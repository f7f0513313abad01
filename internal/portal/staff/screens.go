// Package staff is where the notice to those who work at a place is read, handed
// out and confirmed (H 8, D 3.4): the rolls and who lacks what, the notice as
// page, PDF and DOCX in both languages, the page behind a member's own link, and
// the papers of those who handle recordings (D 3.5.6).
//
// What it promises: what is lacking stands first; a link needs no login and sets
// no cookie; whoever answers for one place does not see who works at another.
//
// What it refuses: to change what a notice says: that follows from the approval
// and the register.
package staff

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	room "vidne.dk/vidne/internal/staff"
)

// Screens are the pages of notices to staff.
type Screens struct {
	*page.Site
	Room      *room.Room
	Documents *document.Room // nil: no files are taken or given
}

// found is what an address names.
type found struct {
	place  register.Location
	member room.Member
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, page.Found[found](v)}) }
}

const (
	path   = "/personale"
	papers = "/papirer"
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const place, one, own = path + "/{location}", "/medarbejdere/{medarbejder}", papers + "/mine"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Oversight}
	}
	files := func(r page.Route) page.Route {
		r.MaxBody = page.UploadSize
		return r
	}
	open := func(pattern string, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Public, Handle: p.on(handle), Unasked: true, Secret: true}
	}
	front := at("GET "+path, access.SeeStaff, nil, p.list)
	front.Front, front.Rank = "staff.title", 3
	handed := at("GET "+own, access.Own, nil, p.mine)
	handed.Menu = page.Home
	return []page.Route{
		front,
		at("GET "+place, access.SeeStaff, p.ofPlace, p.place),
		at("GET "+place+"/underretning", access.SeeStaff, p.ofPlace, p.notice),
		at("GET "+place+"/underretning/{fil}", access.SeeStaff, p.ofPlace, p.file),
		at("POST "+place+"/send", access.EditStaff, p.ofPlace, p.send),
		at("GET "+place+"/ny", access.EditStaff, p.ofPlace, p.add),
		at("POST "+place+"/ny", access.EditStaff, p.ofPlace, p.added),
		at("GET "+place+"/ingen", access.EditStaff, p.ofPlace, p.nobody),
		at("POST "+place+"/ingen", access.EditStaff, p.ofPlace, p.saidNobody),
		at("GET "+place+"/hent", access.EditStaff, p.ofPlace, p.take),
		files(at("POST "+place+"/hent", access.EditStaff, p.ofPlace, p.taken)),
		at("GET "+place+"/hent/skabelon.xlsx", access.EditStaff, p.ofPlace, p.template),
		at("GET "+place+"/kvitteringer", access.EditStaff, p.ofPlace, p.write),
		files(at("POST "+place+"/kvitteringer", access.EditStaff, p.ofPlace, p.written)),
		at("GET "+one, access.EditStaff, p.ofMember, p.edit),
		at("POST "+one, access.EditStaff, p.ofMember, p.edited),
		at("GET "+one+"/af", access.EditStaff, p.ofMember, p.leave),
		at("POST "+one+"/af", access.EditStaff, p.ofMember, p.left),
		at("GET "+one+"/bilag", access.SeeStaff, p.ofMember, p.attached),
		at("GET "+papers, access.SeeStaff, nil, p.handlers),
		handed,
		at("GET "+own+"/{papir}", access.Own, nil, p.paper),
		at("POST "+own+"/{papir}", access.Own, nil, p.confirm),
		open("GET "+room.LinkPath+"{kode}", p.receipt),
		open("POST "+room.LinkPath+"{kode}", p.received),
	}
}

func (p *Screens) at(v *page.Visit, f found, location string) (o access.Object, err error) {
	if f.place, err = p.Register.Location(v.Ctx, v.Person.Controller, location); err != nil {
		return o, err
	}
	v.Keep(f)
	o = access.Object{Controller: f.place.Controller, Location: f.place.ID}
	reach, all, err := p.reach(v)
	if err == nil && !all && !slices.Contains(reach, f.place.ID) && v.May(v.Route.Act, o) {
		err = v.Refuse(access.Verdict{Why: "staff.place"}, o)
	}
	return o, err
}

// reach is whose people somebody sees: everybody's, or those of the places that
// they answer for.
func (p *Screens) reach(v *page.Visit) (locations []string, all bool, err error) {
	if v.Person.Is(access.Coordinator) || v.Person.Is(access.DPO) {
		return nil, true, nil
	}
	held, err := p.Register.BodiesOf(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return nil, false, err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	locations = []string{}
	for _, l := range places {
		if slices.ContainsFunc(held, func(h register.Holder) bool { return h.Body == bodyManager && h.Reaches(l) }) {
			locations = append(locations, l.ID)
		}
	}
	return locations, false, err
}

// bodyManager is the body that answers for a place, in every process.
const bodyManager = "manager"

func (p *Screens) ofPlace(v *page.Visit) (access.Object, error) {
	return p.at(v, found{}, v.R.PathValue("location"))
}

func (p *Screens) ofMember(v *page.Visit) (access.Object, error) {
	m, err := p.Room.Member(v.Ctx, v.Person.Controller, v.R.PathValue("medarbejder"))
	if err != nil {
		return access.Object{}, err
	}
	return p.at(v, found{member: m}, m.Location)
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.found.place.ID }

func (v *visit) edits() bool {
	return v.May(access.EditStaff, access.Object{Controller: v.found.place.Controller, Location: v.found.place.ID})
}

func (v *visit) crumbs() []fds.Link {
	return []fds.Link{{Href: path, Text: v.T("staff.title")}, {Href: v.here(), Text: v.found.place.Name}}
}
