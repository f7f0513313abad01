// Package live is where somebody asks to see cameras as they are now, where
// another answers exactly that, where it is seen with name and time in the
// picture, and where it is written down afterwards; and where the angle of a
// camera is checked by one picture.
//
// What it promises: whoever answers reads all that is asked for, and proves who
// they are; the picture comes from the engine with the name burned in, and the
// statement that it is shown under stays here; it is cut to the second when the
// minutes, the session, the designation or the camera's recording ends; whoever
// is refused is told why, and what can be done.
//
// What it refuses: everything, unless the controller's process opens it (H 4.1).
package live

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of live view.
type Screens struct {
	*page.Site
	State     *state.Cache
	Live      *room.Room
	Incidents *incident.Room
	Streams   *flow.Streams
	once      plans.Once
}

// found is what an address names.
type found struct {
	request room.Request
	place   register.Location
	camera  register.Camera
	terms   casework.Live
	cameras []register.Camera // of the request
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

const path = "/direkte"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one, camera = path + "/{direkte}", "/kameraer/{camera}/vinkel"
	fresh := func(r page.Route) page.Route {
		r.Fresh = identity.Fresh
		return r
	}
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	front := at("GET "+path, access.SeeIncidents, nil, p.list)
	front.Front, front.Rank = "live.title", 2
	pictures, events := at("GET "+one+"/billeder", access.AskLive, p.ofMine, p.pictures), at("GET "+one+"/tilstand", access.AskLive, p.ofMine, p.events)
	pictures.Passive, events.Passive = true, true
	return []page.Route{
		front,
		at("GET "+path+"/ny", access.AskLive, nil, p.ask),
		at("POST "+path+"/ny", access.AskLive, nil, p.asked),
		at("GET "+path+"/alene", access.AskLive, nil, p.alone),
		fresh(at("POST "+path+"/alene", access.AskLive, nil, p.begunAlone)),
		at("GET "+one, access.SeeIncidents, p.of, p.one),
		at("GET "+one+"/svar", access.ApproveLive, p.ofOther, p.answer),
		fresh(at("POST "+one+"/svar", access.ApproveLive, p.ofOther, p.answered)),
		at("GET "+one+"/begynd", access.AskLive, p.ofMine, p.begin),
		fresh(at("POST "+one+"/begynd", access.AskLive, p.ofMine, p.begun)),
		at("GET "+one+"/se", access.AskLive, p.ofMine, p.watch),
		pictures, events,
		at("GET "+one+"/slut", access.SeeIncidents, p.of, p.end),
		at("POST "+one+"/slut", access.SeeIncidents, p.of, p.ended),
		at("GET "+one+"/note", access.Own, p.ofMine, p.note),
		at("POST "+one+"/note", access.Own, p.ofMine, p.noted),
		at("GET "+one+"/kontrol", access.SeeIncidents, p.of, p.review),
		fresh(at("POST "+one+"/kontrol", access.SeeIncidents, p.of, p.reviewed)),
		at("GET "+camera, access.AskLive, p.ofCamera, p.angle),
		at("POST "+camera, access.AskLive, p.ofCamera, p.takeAngle),
		at("GET "+camera+"/{billede}", access.AskLive, p.ofCamera, p.showAngle),
	}
}

// find finds the request that the address names.
func (p *Screens) find(v *page.Visit) (f found, err error) {
	c := v.Person.Controller
	if f.request, err = p.Live.Get(v.Ctx, c, v.R.PathValue("direkte")); err != nil {
		return f, err
	}
	if f.place, err = p.Register.Location(v.Ctx, c, f.request.Location); err != nil {
		return f, err
	}
	if f.terms, err = p.Live.Terms(v.Ctx, c); err != nil {
		return f, err
	}
	f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: c, IDs: append([]string{}, f.request.Cameras...)})
	return f, err
}

// of is the request for whoever may see it: it is the person's own, or they
// see the incidents of the place.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	f, err := p.find(v)
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: f.request.Controller, Location: f.request.Location, Reference: f.request.Number}, nil
}

// ofMine is the request, which has to be the person's own: another's is not
// there.
func (p *Screens) ofMine(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	if err == nil && page.Found[found](v).request.Person != v.Person.ID {
		err = fault.New(fault.NotFound, "live.unknown", "the request is not %s's", v.Person.ID)
	}
	return o, err
}

// ofOther is the request for whoever answers: nobody answers their own.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	o.Parties = []string{page.Found[found](v).request.Person}
	return o, err
}

func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{camera: c}
	if f.terms, err = p.Live.Terms(v.Ctx, v.Person.Controller); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, nil
}

func (v *visit) who() room.Who { return Who(v.Visit) }

// Who is the visit's person as the room wants them.
func Who(v *page.Visit) room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence(), Session: v.Session.ID}
}

func (v *visit) here() string { return path + "/" + v.request.ID }

func (v *visit) crumbs() []fds.Link {
	out := []fds.Link{{Href: path, Text: v.T("live.title")}}
	if v.request.ID != "" {
		out = append(out, fds.Link{Href: v.here(), Text: v.request.Number})
	}
	return out
}

// reason is a reason's name; of one that is not in the list any more its id.
func (v *visit) reason(id string) string {
	if r, ok := v.terms.Reason(id); ok {
		return r.Name.In(string(v.Lang))
	}
	return id
}

// names are what the request's cameras are called.
func (v *visit) names() (out []string) {
	for _, id := range v.request.Cameras {
		i := slices.IndexFunc(v.cameras, func(c register.Camera) bool { return c.ID == id })
		if i < 0 {
			out = append(out, id)
			continue
		}
		out = append(out, v.cameras[i].Name)
	}
	return out
}

// Tick cuts what is seen in a session that is over, or by somebody whose right
// to it ended, when no page is open that would notice.
func (p *Screens) Tick(ctx context.Context) error {
	all, err := p.Live.Running(ctx)
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.Session == "" { // nobody can see it
			continue
		}
		who := room.Who{Controller: q.Controller, Person: q.Person, Name: q.Name}
		var why string
		s, err := p.People.SessionNow(ctx, q.Session)
		switch {
		case fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound):
			why = fault.Key(err)
		case err != nil:
			return err
		default:
			person, err := p.PersonOf(ctx, s.Person)
			if err != nil {
				return err
			}
			why = access.May(person, access.AskLive, access.Object{Controller: q.Controller, Location: q.Location}).Why
		}
		if why == "" {
			continue
		}
		if err := p.Live.Cut(ctx, q.ID, why, who); err != nil {
			return err
		}
		p.Streams.EndOf(q.ID, why)
	}
	return nil
}
