package dossier

import (
	"context"
	"reflect"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/register"
)

// covered is what nobody may see of a camera, by the drawings of what was
// approved: an area that one of them has is covered, whatever the others have.
func covered(drawn map[string]plan.Drawing, used []casework.DrawingUsed, camera string) [][]permit.Point {
	out := [][]permit.Point{}
	for _, d := range used {
		c, _ := drawn[d.Drawing].Camera(camera)
		for _, m := range c.Masks {
			area := make([]permit.Point, len(m))
			for i, p := range m {
				area[i] = permit.Point(p)
			}
			out = append(out, area)
		}
	}
	return out
}

// mask brings what nobody may see of a camera into force (VIEW-4). It is
// issued before the permit, so that the engine has it before the first
// picture, and only when something else stands.
func (r *Room) mask(ctx context.Context, tx *db.Tx, k kept, engine, camera, name string, areas [][]permit.Point, who Who) ([]casework.Event, error) {
	old, err := r.Issuer.MaskIn(ctx, tx, engine, camera)
	switch {
	case fault.Is(err, fault.NotFound) && len(areas) == 0:
		return nil, nil
	case err == nil && reflect.DeepEqual(old.Areas, areas):
		return nil, nil
	case err != nil && !fault.Is(err, fault.NotFound):
		return nil, err
	}
	m := &permit.Mask{Head: permit.Head{Controller: k.Controller, Engine: engine, By: who.Person}, Camera: camera, Areas: areas}
	if _, err := r.Issuer.Issue(ctx, tx, m); err != nil {
		return nil, err
	}
	if err := r.Register.PolcamTouched(ctx, tx, k.Controller, camera, register.PolcamView, name, who.Person); err != nil {
		return nil, err
	}
	return []casework.Event{{Kind: EventMask, At: r.now(), Person: who.Person, Name: who.Name, Data: map[string]string{"camera": camera, "mask": string(m.ID)}}}, nil
}
