// Package viewing is the video room: footage of named cameras in a named
// interval, opened for a stated purpose by whoever is designated for the
// location.
//
// What it promises: the ledger holds the opened period, with its purpose and
// reference, before the first byte; the ticket that opens it stays here;
// footage is relayed as opaque bytes; what plays is cut within a second when
// the right to it ends.
//
// What it refuses: what counts as live, what is older than the law lets be
// kept, more than a day at once, and to open or decode a picture: it holds no
// keys.
package viewing

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of viewing.
type Screens struct {
	*page.Site
	State   *state.Cache
	streams streams
}

// New makes the screens.
func New(s *page.Site, st *state.Cache) *Screens { return &Screens{Site: s, State: st} }

// CutCamera ends what is being shown of a camera, and says why.
func (p *Screens) CutCamera(id, why string) { p.streams.endCamera(id, why) }

// CutSession ends what is being shown to a session.
func (p *Screens) CutSession(id string) { p.streams.endSession(id) }

// visit is a page's visit with what these screens need of it.
type visit struct {
	*page.Visit
	s       *Screens
	camera  register.Camera
	viewing viewing
}

// opened is what an address of a viewing names.
type opened struct {
	camera  register.Camera
	viewing viewing
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

func (p *Screens) visit(v *page.Visit) *visit {
	o := page.Found[opened](v)
	return &visit{v, p, o.camera, o.viewing}
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /afspilning", Act: access.View, Handle: p.on(p.viewings), Menu: page.Incidents, Front: "viewing.title"},
		{Pattern: "POST /afspilning", Act: access.View, Handle: p.on(p.openViewing), Menu: page.Incidents},
		{Pattern: "GET /afspilning/{viewing}", Act: access.View, Object: p.ofViewing, Handle: p.on(p.room), Menu: page.Incidents},
		{Pattern: "POST /afspilning/{viewing}/periode", Act: access.View, Object: p.ofViewing, Handle: p.on(p.openPeriod), Menu: page.Incidents},
		{Pattern: "POST /afspilning/{viewing}/slut", Act: access.View, Object: p.ofViewing, Handle: p.on(p.endViewing), Menu: page.Incidents},
		{Pattern: "GET /afspilning/{viewing}/billeder", Act: access.View, Object: p.ofViewing, Handle: p.on(p.pictures), Passive: true},
		{Pattern: "GET /afspilning/{viewing}/tilstand", Act: access.View, Object: p.ofViewing, Handle: p.on(p.events), Passive: true},
		{Pattern: "GET /kameraer/{camera}/daekning", Act: access.SeeCameras, Object: p.ofCamera, Handle: p.on(p.coverage), Passive: true},
	}
}

// ofViewing is the viewing that the address names: the person's own, with the
// purpose that was stated when it was opened. Another person's is not there.
func (p *Screens) ofViewing(v *page.Visit) (access.Object, error) {
	g, err := p.viewing(v.Ctx, v.R.PathValue("viewing"))
	if err != nil {
		return access.Object{}, err
	}
	if g.Person != v.Person.ID {
		return access.Object{}, fault.New(fault.NotFound, "viewing.unknown", "viewing %s is not %s's", g.ID, v.Person.ID)
	}
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, g.Camera)
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(opened{c, g})
	return access.Object{Controller: g.Controller, Location: g.Location, Camera: g.Camera, Ground: access.GroundCrime, Purpose: g.Purpose, Reference: g.Reference}, nil
}

func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	v.Keep(opened{camera: c})
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, err
}
