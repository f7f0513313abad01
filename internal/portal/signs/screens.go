// Package signs is where a place's signs and its public page are looked after:
// what the page says and when it was last gone through, where each sign hangs and
// when somebody last saw it, what passers-by reported, and the signs to print
// (H 6).
//
// What it promises: what is due stands first, in the list and on the place's own
// page; a sign that was found missing or torn stays due until it hangs again.
//
// What it refuses: to change what a public page says: that follows from the
// approval and the register.
package signs

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of signs.
type Screens struct {
	*page.Site
	Notices   *notice.Room
	Documents *document.Room // nil: no photographs
	Plans     plans.Rooms    // without cases: no plans
}

// found is what an address names.
type found struct {
	place  register.Location
	sign   notice.Sign
	report notice.Report
	public *notice.Page // of the place; nil: none yet
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

const path = "/skilte"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const place, one, report = "/steder/{location}/skilte", path + "/{skilt}", "/skiltemeldinger/{melding}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Places}
	}
	files := func(r page.Route) page.Route {
		r.MaxBody = page.UploadSize
		return r
	}
	front := at("GET "+path, access.SeeRegister, nil, p.list)
	front.Front, front.Rank = "signs.title", 1
	drawn := at("GET "+place+"/plan/{sag}/{tegning}", access.SeeRegister, p.ofPlace, p.planSVG)
	drawn.Passive = true
	return []page.Route{
		front,
		at("GET "+place, access.SeeRegister, p.ofPlace, p.place),
		at("GET "+place+"/print/{fil}", access.SeeRegister, p.ofPlace, p.print),
		at("POST "+place+"/bekraeft", access.KeepSigns, p.ofPlace, p.confirm),
		at("GET "+place+"/nyt", access.KeepSigns, p.ofPlace, p.hang),
		files(at("POST "+place+"/nyt", access.KeepSigns, p.ofPlace, p.hung)),
		at("GET "+one+"/tilsyn", access.KeepSigns, p.ofSign, p.check),
		files(at("POST "+one+"/tilsyn", access.KeepSigns, p.ofSign, p.checked)),
		at("GET "+one+"/plan", access.KeepSigns, p.ofSign, p.spot),
		at("POST "+one+"/plan", access.KeepSigns, p.ofSign, p.placed),
		drawn,
		at("GET "+one+"/tag-ned", access.KeepSigns, p.ofSign, p.remove),
		at("POST "+one+"/tag-ned", access.KeepSigns, p.ofSign, p.removed),
		at("GET "+one+"/foto", access.SeeRegister, p.ofSign, p.photo),
		at("GET "+report, access.KeepSigns, p.ofReport, p.settle),
		at("POST "+report, access.KeepSigns, p.ofReport, p.settled),
	}
}

func (p *Screens) at(v *page.Visit, f found, location string) (access.Object, error) {
	var err error
	if f.place, err = p.Register.Location(v.Ctx, v.Person.Controller, location); err != nil {
		return access.Object{}, err
	}
	f.public, _ = p.Notices.Of(f.place.Controller, f.place.ID)
	v.Keep(f)
	return access.Object{Controller: f.place.Controller, Location: f.place.ID}, nil
}

func (p *Screens) ofPlace(v *page.Visit) (access.Object, error) {
	return p.at(v, found{}, v.R.PathValue("location"))
}

func (p *Screens) ofSign(v *page.Visit) (access.Object, error) {
	s, err := p.Notices.Sign(v.Ctx, v.Person.Controller, v.R.PathValue("skilt"))
	if err != nil {
		return access.Object{}, err
	}
	return p.at(v, found{sign: s}, s.Location)
}

func (p *Screens) ofReport(v *page.Visit) (access.Object, error) {
	r, err := p.Notices.ReportOf(v.Ctx, v.Person.Controller, v.R.PathValue("melding"))
	if err != nil {
		return access.Object{}, err
	}
	return p.at(v, found{report: r}, r.Location)
}

func (v *visit) who() notice.Who {
	return notice.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return "/steder/" + v.place.ID + "/skilte" }

func (v *visit) keeps() bool {
	return v.May(access.KeepSigns, access.Object{Controller: v.place.Controller, Location: v.place.ID})
}

func (v *visit) crumbs() []fds.Link {
	return []fds.Link{{Href: "/steder", Text: v.T("places.title")}, {Href: "/steder/" + v.place.ID, Text: v.place.Name}, {Href: v.here(), Text: v.T("signs.short")}}
}
