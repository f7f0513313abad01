// Package viewing is the video room: footage of up to nine named cameras in a
// named interval, in step, opened under one grant that an incident gave
// (internal/grant).
//
// What it promises: nothing is shown that the grant does not cover, asked at
// every opening, seek, question and half second of a stream; the ledger holds
// the opened period, with its purpose and incident, before the first byte, and
// every refusal; the ticket that opens it stays here; footage is relayed as
// opaque bytes; what plays is cut within a second when the right to it ends.
//
// What it refuses: what counts as live, what is older than the law lets be
// kept, more than a day at once, and to open or decode a picture: it holds no
// keys.
package viewing

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of viewing.
type Screens struct {
	*page.Site
	State     *state.Cache
	Incidents *incident.Room
	Streams   *flow.Streams
	once      plans.Once // stills that were taken and not yet shown
}

// New makes the screens.
func New(s *page.Site, st *state.Cache, i *incident.Room, streams *flow.Streams) *Screens {
	return &Screens{Site: s, State: st, Incidents: i, Streams: streams}
}

// opened is what an address names: a viewing with its cameras and its grant, or
// an incident.
type opened struct {
	cameras  []register.Camera
	viewing  viewing
	grant    grant.Grant
	incident incident.Incident
}

// visit is a page's visit with what these screens need of it.
type visit struct {
	*page.Visit
	s *Screens
	opened
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p, page.Found[opened](v)} }

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /afspilning", Act: access.View, Handle: p.on(p.front), Menu: page.Incidents, Front: "viewing.title", Rank: 1},
		{Pattern: "GET /haendelser/{haendelse}/se", Act: access.View, Object: p.ofIncident, Handle: p.on(p.look), Menu: page.Incidents},
		{Pattern: "POST /haendelser/{haendelse}/se", Act: access.View, Object: p.ofIncident, Handle: p.on(p.open), Menu: page.Incidents},
		{Pattern: "GET /afspilning/{viewing}", Act: access.View, Object: p.ofViewing, Handle: p.on(p.room), Menu: page.Incidents},
		{Pattern: "POST /afspilning/{viewing}/periode", Act: access.View, Object: p.ofViewing, Handle: p.on(p.openPeriod), Menu: page.Incidents},
		{Pattern: "POST /afspilning/{viewing}/slut", Act: access.View, Object: p.ofViewing, Handle: p.on(p.endViewing), Menu: page.Incidents},
		{Pattern: "POST /afspilning/{viewing}/stillbillede", Act: access.View, Object: p.ofViewing, Handle: p.on(p.takeStill), Menu: page.Incidents},
		{Pattern: "GET /afspilning/{viewing}/stillbillede", Act: access.View, Object: p.ofViewing, Handle: p.on(p.still), Menu: page.Incidents},
		{Pattern: "GET /afspilning/{viewing}/stillbillede/{billede}", Act: access.View, Object: p.ofViewing, Handle: p.on(p.showStill)},
		{Pattern: "GET /afspilning/{viewing}/billeder", Act: access.View, Object: p.ofViewing, Handle: p.on(p.pictures), Passive: true},
		{Pattern: "GET /afspilning/{viewing}/tilstand", Act: access.View, Object: p.ofViewing, Handle: p.on(p.events), Passive: true},
		{Pattern: "GET /afspilning/{viewing}/daekning", Act: access.View, Object: p.ofViewing, Handle: p.on(p.coverage), Passive: true},
		{Pattern: "GET /afspilning/{viewing}/bevaegelse", Act: access.View, Object: p.ofViewing, Handle: p.on(p.motion), Passive: true},
		{Pattern: "GET /afspilning/{viewing}/bogmaerker", Act: access.View, Object: p.ofViewing, Handle: p.on(p.bookmarks), Passive: true},
		{Pattern: "POST /afspilning/{viewing}/bogmaerker", Act: access.View, Object: p.ofViewing, Handle: p.on(p.mark)},
		{Pattern: "POST /afspilning/{viewing}/bogmaerker/{bogmaerke}", Act: access.View, Object: p.ofViewing, Handle: p.on(p.remark)},
		{Pattern: "POST /afspilning/{viewing}/bogmaerker/{bogmaerke}/slet", Act: access.View, Object: p.ofViewing, Handle: p.on(p.unmark)},
	}
}

// ofViewing is the viewing that the address names: the person's own, with the
// grant that it was opened under. Another person's is not there.
func (p *Screens) ofViewing(v *page.Visit) (access.Object, error) {
	w, g, err := p.underGrant(v.Ctx, v.Person.Controller, v.R.PathValue("viewing"))
	if err != nil {
		return access.Object{}, err
	}
	if w.Person != v.Person.ID {
		return access.Object{}, fault.New(fault.NotFound, "viewing.unknown", "viewing %s is not %s's", w.ID, v.Person.ID)
	}
	o := opened{viewing: w, grant: g}
	for _, id := range w.Cameras {
		c, err := p.Register.Camera(v.Ctx, v.Person.Controller, id)
		if err != nil {
			return access.Object{}, err
		}
		o.cameras = append(o.cameras, c)
	}
	v.Keep(o)
	return w.object(), nil
}

// ofIncident is the incident that the address names. Whether the person may
// look at what it names is asked with the ground, when that is known.
func (p *Screens) ofIncident(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(opened{incident: i})
	return access.Object{Controller: i.Controller}, nil
}
