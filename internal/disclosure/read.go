package disclosure

import (
	"context"
	"encoding/json"
	"slices"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// most is how many disclosures are listed: many years of them.
const most = 5000

func read(body string) (d Disclosure, err error) {
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		return d, fault.As(fault.Corrupt, "disclosure.body", err)
	}
	return d, nil
}

func (r *Room) one(ctx context.Context, tx *db.Tx, controller, id string) (Disclosure, error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM disclosures WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Disclosure{}, fault.New(fault.NotFound, "disclosure.unknown", "no disclosure %.40q", id)
	}
	if err != nil {
		return Disclosure{}, err
	}
	return read(body)
}

// Get is a disclosure of a controller; another's is fault.NotFound
// "disclosure.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (d Disclosure, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		d, err = r.one(ctx, tx, controller, id)
		return err
	})
	return d, err
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Disclosure, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM disclosures WHERE `+where+` LIMIT ?`, append(args, most)...)
		return err
	})
	for _, b := range bodies {
		d, err := read(b)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, err
}

// List lists a controller's disclosures, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Disclosure, error) {
	return r.find(ctx, `controller = ? ORDER BY asked DESC, id`, controller)
}

// OfIncident lists those of an incident, the newest first.
func (r *Room) OfIncident(ctx context.Context, controller, id string) ([]Disclosure, error) {
	return r.find(ctx, `controller = ? AND incident = ? ORDER BY asked DESC, id`, controller, id)
}

// OfCopy lists those of an anonymised copy, the newest first.
func (r *Room) OfCopy(ctx context.Context, controller, id string) ([]Disclosure, error) {
	all, err := r.List(ctx, controller)
	return slices.DeleteFunc(all, func(d Disclosure) bool { return d.Copy != id }), err
}

// queue lists what is in a stage, the oldest first, of every controller.
func (r *Room) queue(ctx context.Context, stage State) ([]Disclosure, error) {
	return r.find(ctx, `stage = ? ORDER BY since, id`, string(stage))
}

// kept lists those of which our copy of a package is there.
func (r *Room) kept(ctx context.Context) ([]Disclosure, error) {
	return r.find(ctx, `kept = 1 ORDER BY asked, id`)
}
