package dossier

import (
	"context"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Lacks says what the draft of a case lacks, task by task, as it would be held
// against it if it were sent now.
func (r *Room) Lacks(ctx context.Context, controller, id string) (missing map[string][]casework.Missing, err error) {
	defer fault.Wrap(&err, "dossier.Lacks(%s)", id)
	drawn, err := r.drawn(ctx, controller, id)
	if err != nil {
		return nil, err
	}
	app, w, err := r.before(ctx, controller, id, casework.ActSend, drawn)
	if err != nil {
		return nil, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		f, err := r.facts(ctx, tx, k, app, &w, r.now())
		missing = f.Missing
		return err
	})
	return missing, err
}
