package plans

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/register"
)

// InDossier are the cases of the room of cases.
type InDossier struct {
	Room     *dossier.Room
	Register *register.Register
	Law      *law.Book
}

// DrawnCase is the case as the person sees it: whoever writes in its draft has
// the draft's cameras, anybody else those of the application as it stands.
func (r InDossier) DrawnCase(ctx context.Context, controller, id, person, lang string) (Case, error) {
	v, err := r.Room.Look(ctx, controller, id, dossier.Who{Person: person})
	if err != nil {
		return Case{}, err
	}
	c := Case{ID: v.Case.ID, Number: v.Case.Number, Title: v.Case.Title, Writer: v.MayWrite, Sent: map[string]int{}}
	if c.Number == "" {
		c.Number = v.Case.ID
	}
	app := v.Application
	for _, d := range app.Drawings {
		c.Sent[d.Drawing] = d.Version
	}
	if v.MayWrite {
		app = v.Draft.Application
	} else if !v.Draft.Open {
		c.Why = "drawing.decided"
	}
	kinds := r.Law.At(r.Room.Clock.Now())
	for _, w := range app.Cameras {
		k := Camera{ID: w.Camera, Name: w.Name}
		if p, ok := kinds.Place(w.Place); ok {
			k.Place = p.Name.In(lang)
		}
		c.Cameras = append(c.Cameras, k)
	}
	if len(v.Case.Locations) == 0 {
		return c, nil
	}
	l, err := r.Register.Location(ctx, controller, v.Case.Locations[0])
	if fault.Is(err, fault.NotFound) {
		return c, nil
	}
	c.Location, c.Address, c.Cadastre = l.Name, l.Address, l.Cadastre
	return c, err
}

// ApprovedDrawings are those of the revisions that were decided on, of the
// location's cases that have not ended.
func (r InDossier) ApprovedDrawings(ctx context.Context, controller, location string) ([]Approved, error) {
	rows, _, err := r.Room.List(ctx, dossier.Query{Controller: controller, Location: location, Status: []casework.Status{casework.Open, casework.Established}, Sort: "id", Limit: 500})
	if err != nil {
		return nil, err
	}
	var out []Approved
	for _, row := range rows {
		c, _, err := r.Room.Get(ctx, controller, row.ID)
		if err != nil {
			return nil, err
		}
		if c.Approved == 0 || !slices.Contains(c.Locations, location) {
			continue
		}
		rev, err := r.Room.Revision(ctx, controller, row.ID, c.Approved)
		if err != nil {
			return nil, err
		}
		name := c.Number
		if name == "" {
			name = c.ID
		}
		for _, d := range rev.Application.Drawings {
			out = append(out, Approved{Of: drawing.Of{Controller: controller, Case: c.ID, ID: d.Drawing}, Version: d.Version, Case: name + " " + c.Title})
		}
	}
	return out, nil
}
