// Package plans shows drawings and lets people draw: cameras with their cones
// of view, areas and masks, on a floor plan or a map (SITE-3, H 2.3 B).
//
// What it promises: what the hand draws can be typed as numbers, and what is
// drawn is read out as numbers; a page without scripts does everything in a
// form; nobody's work is lost when two draw at once; the printed page says
// which version of which case it is; a map is fetched by the portal, so that
// no browser tells a stranger which property is looked at.
//
// What it refuses: a drawing that internal/plan does not accept, a change of a
// case that is not open for it, and pictures that are not the case's own.
package plans

import (
	"context"
	"io"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
)

// Drawings is where drawings are kept; internal/drawing's Room does it.
type Drawings interface {
	List(ctx context.Context, controller, caseID string) ([]drawing.Entry, error)
	Versions(ctx context.Context, of drawing.Of) ([]drawing.Entry, error)
	Load(ctx context.Context, of drawing.Of, version int) (drawing.Kept, error)
	Create(ctx context.Context, controller, caseID string, d plan.Drawing, by drawing.Who) (drawing.Kept, error)
	Save(ctx context.Context, of drawing.Of, base int, d plan.Drawing, by drawing.Who) (drawing.Kept, error)
	AddPicture(ctx context.Context, controller, caseID, name string, from io.Reader, scale float64, source string, by drawing.Who) (drawing.Picture, error)
	PictureOf(ctx context.Context, controller, caseID, id string) (drawing.Picture, error)
	ReadPicture(ctx context.Context, controller, caseID, id string) (kind string, content io.ReadCloser, err error)
}

// Case is what a drawing must know of its case.
type Case struct {
	ID, Number, Title string
	Location, Address string
	Cadastre          string
	Cameras           []Camera
	// Writer reports whether the person may draw in it now; Why is the text key
	// of the reason when not.
	Writer bool
	Why    string
	// Sent are the drawings of the application as it stands, with the version
	// that it has: what anybody but a writer is shown.
	Sent map[string]int
}

// Camera is one camera that the case applies for or has.
type Camera struct{ ID, Name, Place string }

// Approved is a drawing in the version that an approval in force rests on.
type Approved struct {
	Of      drawing.Of
	Version int
	Case    string // its number and title, as people know it
}

// Cases tells of the cases; the room of cases does it.
type Cases interface {
	// DrawnCase is a case as a person sees it, in their language. A case that is
	// not the controller's is NotFound.
	DrawnCase(ctx context.Context, controller, id, person, lang string) (Case, error)
	// ApprovedDrawings are those in force for a location.
	ApprovedDrawings(ctx context.Context, controller, location string) ([]Approved, error)
}

// Rooms are what the screens stand on beside the site.
type Rooms struct {
	Drawings Drawings
	Cases    Cases
	// Map fetches maps; nil: none is set up.
	Map *WMS
}

// Screens are the pages of drawings.
type Screens struct {
	*page.Site
	Rooms
	State *state.Cache
	Law   *law.Book // names the kinds of place that an area can be
	Signs Signs     // nil: no signs are shown
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// Routes are the addresses; none while the rooms are not set up.
func (p *Screens) Routes() []page.Route {
	if p.Drawings == nil || p.Cases == nil {
		return nil
	}
	const base = "/sager/{sag}/tegninger"
	r := func(pattern string, act access.Act, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: p.ofCase, Handle: p.on(handle), Menu: page.Cases}
	}
	picture, save := r("POST "+base+"/{tegning}/billede", access.WorkCase, p.addPicture), r("PUT "+base+"/{tegning}", access.WorkCase, p.put)
	picture.MaxBody, save.MaxBody = drawing.MaxPicture+page.FormSize, plan.MaxBytes
	shown := r("GET "+base+"/{tegning}/billede/{billede}", access.SeeCases, p.picture)
	shown.Passive, shown.Object = true, ofController
	place := page.Route{Pattern: "GET /steder/{location}/plan", Act: access.SeeCameras, Object: p.ofLocation, Handle: p.on(p.place), Menu: page.Places}
	placed := page.Route{Pattern: "GET /steder/{location}/plan/{sag}/billede/{billede}", Act: access.SeeCameras, Object: p.ofLocation, Handle: p.on(p.placePicture), Passive: true}
	return []page.Route{
		r("GET "+base, access.SeeCases, p.list),
		r("POST "+base, access.WorkCase, p.create),
		r("GET "+base+"/{tegning}", access.SeeCases, p.editor),
		r("POST "+base+"/{tegning}", access.WorkCase, p.saveForm),
		save, picture, shown,
		r("POST "+base+"/{tegning}/kort", access.WorkCase, p.addMap),
		r("GET "+base+"/{tegning}/udskriv", access.SeeCases, p.print),
		place, placed,
	}
}

// ofCase is the case that the address names, of the person's own controller.
func (p *Screens) ofCase(v *page.Visit) (access.Object, error) {
	c, err := p.Cases.DrawnCase(v.Ctx, v.Person.Controller, v.R.PathValue("sag"), v.Person.ID, string(v.Lang))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(c)
	return access.Object{Controller: v.Person.Controller}, nil
}

// ofController is for what is found by controller and case together.
func ofController(v *page.Visit) (access.Object, error) {
	return access.Object{Controller: v.Person.Controller}, nil
}

func (p *Screens) ofLocation(v *page.Visit) (access.Object, error) {
	l, err := p.Register.Location(v.Ctx, v.Person.Controller, v.R.PathValue("location"))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(l)
	return access.Object{Controller: l.Controller, Location: l.ID}, nil
}

// drawn is the case of this visit.
func (v *visit) drawn() Case { return page.Found[Case](v.Visit) }

// of is the drawing that the address names.
func (v *visit) of() drawing.Of {
	return drawing.Of{Controller: v.Person.Controller, Case: v.drawn().ID, ID: v.R.PathValue("tegning")}
}

func (v *visit) who() drawing.Who {
	return drawing.Who{Person: v.Person.ID, Name: v.Session.Person.Name}
}

// mayDraw refuses who may work with cases, but not draw in this one now.
func (v *visit) mayDraw() error {
	if c := v.drawn(); !c.Writer {
		key := c.Why
		if key == "" {
			key = "drawing.closed"
		}
		return fault.New(fault.Denied, key, "case %s is not open for %s", c.ID, v.Person.ID)
	}
	return nil
}

func casePath(id string) string            { return "/sager/" + id }
func listPath(caseID string) string        { return casePath(caseID) + "/tegninger" }
func drawingPath(caseID, id string) string { return listPath(caseID) + "/" + id }
func picturePath(of drawing.Of, d plan.Drawing) string {
	if d.Picture == "" {
		return ""
	}
	return drawingPath(of.Case, of.ID) + "/billede/" + d.Picture
}
