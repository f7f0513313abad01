package hold

import (
	"context"
	"encoding/json"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
)

// most is how many locks are listed: many years of them.
const most = 2000

func read(body string) (h Hold, err error) {
	if err := json.Unmarshal([]byte(body), &h); err != nil {
		return h, fault.As(fault.Corrupt, "hold.body", err)
	}
	return h, nil
}

func (r *Room) one(ctx context.Context, tx *db.Tx, controller, id string) (Hold, error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM evidence_holds WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Hold{}, fault.New(fault.NotFound, "hold.unknown", "no evidence lock %.40q", id)
	}
	if err != nil {
		return Hold{}, err
	}
	return read(body)
}

// Get is a lock of a controller, with what its engine says of it; another's is
// fault.NotFound "hold.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (h Hold, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		h, err = r.one(ctx, tx, controller, id)
		return err
	})
	if err != nil || h.Statement == "" {
		return h, err
	}
	rec, err := r.c.Issuer.Get(ctx, h.Statement)
	if err != nil {
		return h, err
	}
	h.EngineHas = rec.State == issuer.Accepted
	if rec.State == issuer.Refused && h.Former == "" {
		h.EngineWhy = rec.Why
	}
	return h, nil
}

// find lists locks, the newest first.
func (r *Room) find(ctx context.Context, controller, where string, args ...any) (out []Hold, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM evidence_holds WHERE `+where+` ORDER BY asked DESC, id LIMIT ?`, append(args, most)...)
		return err
	})
	if err != nil || len(bodies) == 0 {
		return nil, err
	}
	refused, err := r.c.Issuer.Records(ctx, issuer.Filter{Controller: controller, Kinds: []permit.Kind{permit.KindHold}, States: []string{issuer.Refused}})
	if err != nil {
		return nil, err
	}
	why := map[permit.ID]string{}
	for _, rec := range refused {
		why[rec.ID] = rec.Why
	}
	for _, b := range bodies {
		h, err := read(b)
		if err != nil {
			return nil, err
		}
		if h.Former == "" { // else the one before still holds
			h.EngineWhy = why[h.Statement]
		}
		out = append(out, h)
	}
	return out, nil
}

// List lists a controller's locks, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Hold, error) {
	return r.find(ctx, controller, `controller = ?`, controller)
}

// OfIncident lists those of an incident.
func (r *Room) OfIncident(ctx context.Context, controller, id string) ([]Hold, error) {
	return r.find(ctx, controller, `controller = ? AND incident = ?`, controller, id)
}

// Open lists those of a controller that are neither declined nor released.
func (r *Room) Open(ctx context.Context, controller string) ([]Hold, error) {
	return r.find(ctx, controller, `over = 0 AND controller = ?`, controller)
}
