// Package requests is where it is written down what registered persons ask for
// (anmodninger), and where it is answered: who asks, what each camera's minutes
// come to, the letters, and the clock.
//
// What it promises: what is to be done next stands first, with how long there
// is, and until when the footage is there; a letter is drafted from what was
// found, can be edited, and always says how to complain; what was sent stands as
// PDF as it was sent.
//
// What it refuses: to ask for a civil registration number or a copy of a
// document, and to show a request of another controller.
package requests

import (
	"net/http"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
)

// Screens are the pages of requests.
type Screens struct {
	*page.Site
	Requests *request.Room
}

// found is what an address names.
type found struct {
	request request.Request
	place   register.Location
	cameras []register.Camera
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

const path = "/anmodninger"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one = path + "/{begaering}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	front := at("GET "+path, access.SeeRequests, nil, p.list)
	front.Front, front.Rank = "requests.title", 4
	answer := at("POST "+one+"/svar", access.EditRequest, p.of, p.answered)
	answer.Fresh = identity.Fresh
	return []page.Route{
		front,
		at("GET "+path+"/ny", access.ReceiveRequest, nil, p.receive),
		at("POST "+path+"/ny", access.ReceiveRequest, nil, p.received),
		at("GET "+one, access.SeeRequests, p.of, p.one),
		at("GET "+one+"/brev/{nr}", access.SeeRequests, p.of, p.letter),
		at("GET "+one+"/identitet", access.EditRequest, p.of, p.identify),
		at("POST "+one+"/identitet", access.EditRequest, p.of, p.identified),
		at("GET "+one+"/vurdering", access.EditRequest, p.of, p.assess),
		at("POST "+one+"/vurdering", access.EditRequest, p.of, p.assessed),
		at("GET "+one+"/forlaeng", access.EditRequest, p.of, p.extend),
		at("POST "+one+"/forlaeng", access.EditRequest, p.of, p.extended),
		at("GET "+one+"/svar", access.EditRequest, p.of, p.answer),
		answer,
		at("GET "+one+"/luk", access.EditRequest, p.of, p.withdraw),
		at("POST "+one+"/luk", access.EditRequest, p.of, p.withdrew),
	}
}

// of is the request that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	c := v.Person.Controller
	q, err := p.Requests.Get(v.Ctx, c, v.R.PathValue("begaering"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{request: q}
	if f.place, err = p.Register.Location(v.Ctx, c, q.Location); err != nil {
		return access.Object{}, err
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: c, IDs: append([]string{}, q.Cameras...), Removed: true, Brief: true}); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: q.Controller, Location: q.Location, Reference: q.Number}, nil
}

func (v *visit) who() request.Who {
	return request.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.request.ID }

func (v *visit) crumbs() []fds.Link {
	all := []fds.Link{{Href: path, Text: v.T("requests.title")}}
	if v.request.ID != "" {
		all = append(all, fds.Link{Href: v.here(), Text: v.request.Number})
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

func (v *visit) names(ids []string) (out []string) {
	for _, id := range ids {
		out = append(out, v.name(id))
	}
	return out
}

// open leads away from a request that is over.
func (v *visit) open(show func() error) error {
	if !v.request.Open() {
		return v.See(v.here())
	}
	return show()
}

// posted reads a form, does what it says, and leads back to the request; what
// the room refuses is said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, fields map[string]string, note string, do func(*page.Form) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		err := do(f)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(v.here() + "?besked=" + note)
		case err == nil: // a date that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// moment reads a date and a time of day.
func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(date) != "" && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}
