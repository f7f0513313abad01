// Package sharing is where a business sets up its closed systems, where
// something is shared under the four conditions of § 4 c stk. 2 and an assessor
// answers exactly that, and where those on the list see it (deling).
//
// What it promises: each condition is a question of its own with what it rests
// on; the assessor can see what they assess; what is shared is seen here, in a
// player without files, and every look stands on the share.
//
// What it refuses: authorities, a download, a still, and to show anything to
// whoever is not on the closed list.
package sharing

import (
	"net/http"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
)

// Screens are the pages of sharing.
type Screens struct {
	*page.Site
	Shares    *sharing.Room
	Incidents *incident.Room
	Documents *document.Room // nil: no permission can be kept, and so nothing is shared with others
	Streams   *flow.Streams
}

// found is what an address names.
type found struct {
	share    sharing.Share
	system   sharing.System
	look     sharing.Look
	incident incident.Incident
	place    register.Location
	cameras  []register.Camera
	by       register.Controller // whose footage it is
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
	path   = "/deling"
	toMe   = "/delt"
	system = "/delesystemer"
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one, ask, look = path + "/{deling}", "/haendelser/{haendelse}/deling", toMe + "/kig/{kig}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	front := at("GET "+path, access.SeeSharing, nil, p.list)
	front.Front, front.Rank, front.FrontFor = "sharing.title", 5, register.Business
	received := at("GET "+toMe, access.SeeShared, nil, p.received)
	received.Front, received.Rank, received.FrontFor = "shared.title", 6, register.Business
	save := func(pattern string, object func(*page.Visit) (access.Object, error)) page.Route {
		r := at(pattern, access.RunSharing, object, p.saved)
		r.MaxBody, r.Fresh = page.UploadSize, identity.Fresh
		return r
	}
	answer := at("POST "+one+"/svar", access.AssessSharing, p.ofOther, p.answered)
	answer.Fresh = identity.Fresh
	events := at("GET "+look+"/tilstand", access.SeeShared, p.ofLook, p.events)
	events.Passive = true
	return []page.Route{
		front, received, events, answer,
		at("GET "+system, access.SeeSharing, nil, p.systems),
		at("GET "+system+"/ny", access.RunSharing, nil, p.edit),
		save("POST "+system+"/ny", nil),
		at("GET "+system+"/{delesystem}", access.RunSharing, p.ofSystem, p.edit),
		save("POST "+system+"/{delesystem}", p.ofSystem),
		at("GET "+ask, access.AskSharing, p.ofIncident, p.ask),
		at("POST "+ask, access.AskSharing, p.ofIncident, p.asked),
		at("GET "+one, access.SeeSharing, p.of, p.one),
		at("GET "+one+"/svar", access.AssessSharing, p.ofOther, p.answer),
		at("POST "+one+"/se", access.AssessSharing, p.ofOther, p.opened),
		at("GET "+one+"/stop", access.AskSharing, p.of, p.stop),
		at("POST "+one+"/stop", access.AskSharing, p.of, p.stopped),
		at("GET "+toMe+"/{deling}", access.SeeShared, p.ofShared, p.shared),
		at("POST "+toMe+"/{deling}/se", access.SeeShared, p.ofShared, p.opened),
		at("GET "+look, access.SeeShared, p.ofLook, p.look),
		at("GET "+look+"/billeder", access.SeeShared, p.ofLook, p.pictures),
	}
}

// of is the share of one's own business that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	s, err := p.Shares.Get(v.Ctx, v.Person.Controller, v.R.PathValue("deling"))
	if err != nil {
		return access.Object{}, err
	}
	return p.keep(v, found{share: s})
}

// ofOther is it for the assessor: nobody assesses what they asked for.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	o.Parties = []string{page.Found[found](v).share.Person}
	return o, err
}

// ofShared is what is shared with the person, by whichever business.
func (p *Screens) ofShared(v *page.Visit) (access.Object, error) {
	all, err := p.Shares.With(v.Ctx, v.Person.ID)
	if err != nil {
		return access.Object{}, err
	}
	i := slices.IndexFunc(all, func(s sharing.Share) bool { return s.ID == v.R.PathValue("deling") })
	if i < 0 {
		return access.Object{}, fault.New(fault.NotFound, "sharing.unknown", "nothing that is shared")
	}
	o, err := p.keep(v, found{share: all[i]})
	return received(v, o), err
}

// ofLook is a look of the person's own.
func (p *Screens) ofLook(v *page.Visit) (access.Object, error) {
	l, err := p.Shares.Own(v.Ctx, v.Person.ID, v.R.PathValue("kig"))
	if err != nil {
		return access.Object{}, err
	}
	s, err := p.Shares.MayLook(v.Ctx, l.Share, who(v))
	if err != nil {
		return access.Object{}, err
	}
	o, err := p.keep(v, found{share: s, look: l})
	return received(v, o), err
}

// received is what is asked for where it is seen: the list lets somebody of
// another business see it, and so it is theirs to see.
func received(v *page.Visit, o access.Object) access.Object {
	o.Controller, o.Location = v.Person.Controller, ""
	return o
}

// keep finds what belongs to a share.
func (p *Screens) keep(v *page.Visit, f found) (o access.Object, err error) {
	s := f.share
	if f.by, err = p.Register.Controller(v.Ctx, s.Controller); err != nil {
		return o, err
	}
	if f.place, err = p.Register.Location(v.Ctx, s.Controller, s.Location); err != nil {
		return o, err
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: s.Controller, IDs: append([]string{}, s.Cameras...), Removed: true, Brief: true}); err != nil {
		return o, err
	}
	v.Keep(f)
	return access.Object{Controller: s.Controller, Location: s.Location, Reference: s.Number}, nil
}

func (p *Screens) ofSystem(v *page.Visit) (access.Object, error) {
	s, err := p.Shares.System(v.Ctx, v.Person.Controller, v.R.PathValue("delesystem"))
	if err == nil {
		v.Keep(found{system: s})
	}
	return access.Object{Controller: s.Controller}, err
}

func (p *Screens) ofIncident(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{incident: i}
	if f.place, err = p.Register.Location(v.Ctx, i.Controller, i.Location); err != nil {
		return access.Object{}, err
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: i.Controller, IDs: append([]string{}, i.Scope().Cameras...), Removed: true, Brief: true}); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: i.Controller, Location: i.Location}, nil
}

func who(v *page.Visit) sharing.Who {
	return sharing.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) who() sharing.Who { return who(v.Visit) }

func (v *visit) here() string { return path + "/" + v.share.ID }

func (v *visit) crumbs() []fds.Link {
	all := []fds.Link{{Href: path, Text: v.T("sharing.title")}}
	if v.share.ID != "" {
		all = append(all, fds.Link{Href: v.here(), Text: v.share.Number})
	}
	return all
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
	for _, id := range v.share.Cameras {
		out = append(out, v.name(id))
	}
	return out
}

// posted reads a form, does what it says, and leads on; what the room refuses is
// said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, fields map[string]string, to string, do func(*page.Form) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		err := do(f)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(to)
		case err == nil: // a date that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

func (v *visit) date(f *page.Form, name string) time.Time {
	if f.Get(name) == "" {
		return time.Time{}
	}
	t, err := page.LocalDate(f.Get(name))
	if err != nil {
		f.FailWith(name, err)
	}
	return t
}
