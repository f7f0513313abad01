package dossier

import (
	"context"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
)

// Rights is what the newest process for a controller says of giving people
// access; the zero Rights when no process is made for it.
func (r *Room) Rights(ctx context.Context, controller string) (casework.Rights, error) {
	p, err := r.newest(ctx, controller)
	if err != nil || p == nil {
		return casework.Rights{}, err
	}
	return p.Rights, nil
}

// Live is what the newest process for a controller says of seeing cameras as
// they are now; without a process nobody may.
func (r *Room) Live(ctx context.Context, controller string) (casework.Live, error) {
	p, err := r.newest(ctx, controller)
	if err != nil || p == nil {
		return casework.Live{Allow: casework.LiveNever}, err
	}
	return p.Live, nil
}

// Holds is what the newest process for a controller says of evidence locks; one
// without a process has the law's own: a copy on request.
func (r *Room) Holds(ctx context.Context, controller string) (casework.Holds, error) {
	p, err := r.newest(ctx, controller)
	if err != nil || p == nil {
		return casework.Holds{Copy: casework.CopyRequest}, err
	}
	return p.Holds, nil
}

// newest is the newest process for a controller; nil: there is none.
func (r *Room) newest(ctx context.Context, controller string) (*casework.Process, error) {
	c, err := r.Register.Controller(ctx, controller)
	if err != nil {
		return nil, err
	}
	p, err := r.ProcessFor(c.Kind, "", r.Clock.Now())
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // no process is made for it
	}
	return p, err
}
