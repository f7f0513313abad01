package dossier

import (
	"context"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
)

// Rights is what the newest process for a controller says of giving people
// access; the zero Rights when no process is made for it.
func (r *Room) Rights(ctx context.Context, controller string) (casework.Rights, error) {
	c, err := r.Register.Controller(ctx, controller)
	if err != nil {
		return casework.Rights{}, err
	}
	p, err := r.ProcessFor(c.Kind, "", r.Clock.Now())
	if fault.Is(err, fault.NotFound) {
		return casework.Rights{}, nil
	}
	if err != nil {
		return casework.Rights{}, err
	}
	return p.Rights, nil
}
