// Package cameras shows where the cameras are and what they do: the list of
// places and cameras with their state, a location, a camera with its permit in
// plain words, and the stop.
//
// What it promises: every state says in words why and what to do next; a permit
// that the engine holds and the portal did not decide is shouted about; a stop
// cuts what plays before the engine has been told.
//
// What it refuses: a stop or a restart without a reason, and to show another
// controller's cameras.
package cameras

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of cameras.
type Screens struct {
	*page.Site
	State    *state.Cache
	Breaches *breach.Room // what a stopped camera waits for
	// Cut ends what is being shown of a camera, and says why.
	Cut func(camera, why string)
}

// visit is a page's visit with the camera that the route names.
type visit struct {
	*page.Visit
	s      *Screens
	camera register.Camera
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p, page.Found[register.Camera](v)} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /kameraer", Act: access.SeeRegister, Handle: p.on(p.list), Menu: page.Places, Front: "cameras.tab", Rank: 1},
		{Pattern: "GET /kameraer/{camera}", Act: access.SeeRegister, Object: p.ofCamera, Handle: p.on(p.one), Menu: page.Places},
		{Pattern: "GET /kameraer/{camera}/stop", Act: access.Stop, Object: p.ofCamera, Handle: p.on(p.stopPage), Menu: page.Places},
		{Pattern: "POST /kameraer/{camera}/stop", Act: access.Stop, Object: p.ofCamera, Handle: p.on(p.stop), Menu: page.Places},
		{Pattern: "GET /kameraer/{camera}/genstart", Act: access.Restart, Object: p.ofCamera, Handle: p.on(p.restartPage), Menu: page.Places},
		{Pattern: "POST /kameraer/{camera}/genstart", Act: access.Restart, Object: p.ofCamera, Handle: p.on(p.restart), Menu: page.Places, Fresh: identity.Fresh},
	}
}

// ofCamera is the camera that the address names.
func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	v.Keep(c)
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, err
}
