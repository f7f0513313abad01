package portal

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
)

// route is one address, the rule it stands under, and who answers.
type route struct {
	pattern string
	// act is the rule. A route without one is refused to everybody.
	act access.Act
	// object finds what is asked for; nil when the act needs none.
	object func(*visit) (access.Object, error)
	handle func(*visit) error
	// menu is the entry of the main navigation that it belongs to.
	menu string
	// passive requests come from a page by itself and keep nobody logged in.
	passive bool
}

// Entries of the main navigation.
const (
	menuHome    = "/min-side"
	menuCameras = "/steder"
	menuViewing = "/afspilning"
	menuHealth  = "/drift"
	menuWatch   = "/tilsyn/log"
)

func (p *Portal) table() []route {
	t := []route{
		{pattern: "GET /{$}", act: access.Public, handle: func(v *visit) error { return v.see(menuHome) }},
		{pattern: "GET /log-ind", act: access.Public, handle: p.loginPage},
		{pattern: "POST /log-ind", act: access.Public, handle: p.logIn},
		{pattern: "POST /log-ud", act: access.Own, handle: p.logOut},
		{pattern: "GET /sprog/{lang}", act: access.Public, handle: p.setLanguage},

		{pattern: "GET /min-side", act: access.Own, handle: p.home, menu: menuHome},
		{pattern: "GET /min-konto", act: access.Own, handle: p.account},
		{pattern: "POST /min-konto/afslut", act: access.Own, handle: p.endSession},
		{pattern: "POST /min-konto/aktiv", act: access.Own, handle: p.active},

		{pattern: "GET /steder", act: access.SeeCameras, handle: p.cameras, menu: menuCameras},
		{pattern: "GET /steder.csv", act: access.SeeCameras, handle: p.camerasCSV, menu: menuCameras},
		{pattern: "GET /steder/{location}", act: access.SeeCameras, object: ofLocation, handle: p.location, menu: menuCameras},
		{pattern: "GET /kameraer/{camera}", act: access.SeeCameras, object: ofCamera, handle: p.cameraPage, menu: menuCameras},
		{pattern: "GET /kameraer/{camera}/daekning", act: access.SeeCameras, object: ofCamera, handle: p.coverage, passive: true},
		{pattern: "GET /kameraer/{camera}/stop", act: access.Stop, object: ofCamera, handle: p.stopPage, menu: menuCameras},
		{pattern: "POST /kameraer/{camera}/stop", act: access.Stop, object: ofCamera, handle: p.stop, menu: menuCameras},
		{pattern: "GET /kameraer/{camera}/genstart", act: access.Restart, object: ofCamera, handle: p.restartPage, menu: menuCameras},
		{pattern: "POST /kameraer/{camera}/genstart", act: access.Restart, object: ofCamera, handle: p.restart, menu: menuCameras},

		{pattern: "GET /afspilning", act: access.View, handle: p.viewings, menu: menuViewing},
		{pattern: "POST /afspilning", act: access.View, handle: p.openViewing, menu: menuViewing},
		{pattern: "GET /afspilning/{viewing}", act: access.View, object: ofViewing, handle: p.room, menu: menuViewing},
		{pattern: "POST /afspilning/{viewing}/periode", act: access.View, object: ofViewing, handle: p.openPeriod, menu: menuViewing},
		{pattern: "POST /afspilning/{viewing}/slut", act: access.View, object: ofViewing, handle: p.endViewing, menu: menuViewing},
		{pattern: "GET /afspilning/{viewing}/billeder", act: access.View, object: ofViewing, handle: p.pictures, passive: true},
		{pattern: "GET /afspilning/{viewing}/tilstand", act: access.View, object: ofViewing, handle: p.events, passive: true},

		{pattern: "GET /drift", act: access.SeeHealth, handle: p.health, menu: menuHealth},
		{pattern: "GET /tilsyn/sletninger", act: access.SeeDeletions, handle: p.deletions, menu: menuWatch},
		{pattern: "GET /tilsyn/log", act: access.SeeLog, handle: p.logPage, menu: menuWatch},
		{pattern: "GET /tilsyn/log/udtraek", act: access.SeeLog, handle: p.logExtract, menu: menuWatch},
	}
	if p.Storybook {
		t = append(t, p.storybookRoutes()...)
	}
	return t
}

// ofLocation is the location that the address names, of the person's own
// controller; another's is not there.
func ofLocation(v *visit) (access.Object, error) {
	id := v.r.PathValue("location")
	l, err := v.p.Register.Location(v.ctx, v.person.Controller, id)
	if err != nil {
		return access.Object{}, err
	}
	return access.Object{Controller: l.Controller, Location: l.ID}, nil
}

// ofCamera is the camera that the address names.
func ofCamera(v *visit) (access.Object, error) {
	c, err := v.p.Register.Camera(v.ctx, v.person.Controller, v.r.PathValue("camera"))
	if err != nil {
		return access.Object{}, err
	}
	v.camera = c
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, nil
}

// ofViewing is the viewing that the address names: the person's own, with the
// purpose that was stated when it was opened. Another person's is not there.
func ofViewing(v *visit) (access.Object, error) {
	g, err := v.p.viewing(v.ctx, v.r.PathValue("viewing"))
	if err != nil {
		return access.Object{}, err
	}
	if g.Person != v.person.ID {
		return access.Object{}, fault.New(fault.NotFound, "viewing.unknown", "viewing %s is not %s's", g.ID, v.person.ID)
	}
	if v.camera, err = v.p.Register.Camera(v.ctx, v.person.Controller, g.Camera); err != nil {
		return access.Object{}, err
	}
	v.viewing = g
	return access.Object{Controller: g.Controller, Location: g.Location, Camera: g.Camera, Purpose: g.Purpose, Reference: g.Reference}, nil
}
