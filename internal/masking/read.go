package masking

import (
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// most is how many lifts are listed: many years of them.
const most = 1000

func read(body string) (l Lift, err error) {
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		return l, fault.As(fault.Corrupt, "masklift.body", err)
	}
	return l, nil
}

func one(ctx context.Context, tx *db.Tx, controller, id string) (Lift, error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM mask_lifts WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Lift{}, fault.New(fault.NotFound, "masklift.unknown", "no mask lift %.40q", id)
	}
	if err != nil {
		return Lift{}, err
	}
	return read(body)
}

// Get is a lift of a controller; another's is fault.NotFound
// "masklift.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (l Lift, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		l, err = one(ctx, tx, controller, id)
		return err
	})
	return l, err
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Lift, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM mask_lifts WHERE `+where+` ORDER BY asked DESC, id LIMIT ?`, append(args, most)...)
		return err
	})
	for _, b := range bodies {
		l, err := read(b)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, err
}

// List lists a controller's lifts, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Lift, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// OfIncident lists those of an incident.
func (r *Room) OfIncident(ctx context.Context, controller, id string) ([]Lift, error) {
	return r.find(ctx, `controller = ? AND incident = ?`, controller, id)
}

// Opening is what an export order of an incident's footage names to have the
// original of a masked camera: the lift that lasts and covers it, the newest;
// empty when there is none.
func (r *Room) Opening(ctx context.Context, controller, incident, camera string, from, to time.Time) (permit.ID, error) {
	all, err := r.OfIncident(ctx, controller, incident)
	if err != nil {
		return "", err
	}
	for _, l := range all {
		if id := l.Opens(camera, from, to, r.c.Clock.Now()); id != "" {
			return id, nil
		}
	}
	return "", nil
}
