// Package standing shows how each location stands: what is in order, what is
// due and what is broken, each with what to do.
//
// What it promises: what is shown is found anew from the rooms and the recorder
// each time the page is asked for; a state is never told by colour alone; what
// is wrong says where it is put right.
//
// What it refuses: locations that the person does not see.
package standing

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	room "vidne.dk/vidne/internal/standing"
)

// Screens are the pages of how locations stand.
type Screens struct {
	*page.Site
	State *state.Cache
	Room  *room.Room
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /tilstand", Act: access.SeeRegister, Handle: p.on(p.list), Menu: page.Oversight, Front: "standing.title", Rank: -1},
		{Pattern: "GET /tilstand/{location}", Act: access.SeeRegister, Object: p.ofLocation, Handle: p.on(p.one), Menu: page.Oversight},
	}
}

func (p *Screens) ofLocation(v *page.Visit) (access.Object, error) {
	l, err := p.Register.Location(v.Ctx, v.Person.Controller, v.R.PathValue("location"))
	v.Keep(l)
	return access.Object{Controller: l.Controller, Location: l.ID}, err
}

// places asks how locations stand; nil: all that the person sees.
func (p *Screens) places(v *visit, locations []string) ([]room.Place, state.Now, error) {
	e := p.State.Get(v.Ctx)
	q := room.Query{Controller: v.Person.Controller, Locations: locations, Engine: room.Engine{Away: e.Away, Health: func(camera string) room.Health {
		s := e.Standing(camera)
		return room.Health{Bad: s.Bad, Recorded: s.Recorded}
	}}}
	if !e.Away && e.LateDeleted > 0 {
		all, err := p.Engine.Deletions(v.Ctx, v.Now.Add(-2*permit.LongestRetention), v.Now)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, e, err
		}
		for _, d := range all {
			if d.State == "late" {
				q.Engine.Late = append(q.Engine.Late, d)
			}
		}
	}
	places, err := p.Room.Of(v.Ctx, q)
	return places, e, err
}

func (p *Screens) list(v *visit) error {
	places, e, err := p.places(v, v.Sees())
	if err != nil {
		return err
	}
	admins, err := p.Register.Administrations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.listing(admins).Answer(v.Visit, places, func(list page.List, rows []room.Place) page.Page {
		return v.listPage(list, rows, places, e)
	})
}

func (p *Screens) one(v *visit) error {
	l := page.Found[register.Location](v.Visit)
	if !l.Shut.IsZero() {
		return v.See("/steder/" + l.ID)
	}
	places, e, err := p.places(v, []string{l.ID})
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return fault.New(fault.NotFound, "register.location", "location %.40q", l.ID)
	}
	return v.Show(http.StatusOK, v.onePage(places[0], e, v.Now))
}

// words are a finding's, and what to do about it; empty where there is nothing
// to do.
func (v *visit) words(f room.Finding) (text, do string) {
	key := "standing.found." + f.Key
	at := ""
	if !f.At.IsZero() {
		at = v.Date(f.At)
	}
	if f.Count > 0 {
		text = v.N(key, f.Count, f.Name, at)
	} else {
		text = v.T(key, f.Name, at)
	}
	return text, v.Or(key+".do", "")
}

// left is how long there is to a time, or how long it is since: in whole days
// from two on.
func (v *visit) left(at, now time.Time) string {
	d, key := at.Sub(now), "left"
	if d < 0 {
		d, key = -d, "over"
	}
	if days := int64(d.Hours() / 24); days > 1 {
		return v.N("standing.days."+key, days)
	}
	return v.T("standing."+key, v.Span(d))
}
