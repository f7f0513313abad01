package issuer

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// CamerasAt are a controller's cameras that had a permit in force at a moment,
// also one that has ended since.
func (i *Issuer) CamerasAt(ctx context.Context, controller string, at time.Time) (out []string, err error) {
	defer fault.Wrap(&err, "issuer.CamerasAt")
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[string](ctx, tx, `SELECT DISTINCT p.camera FROM issuer_permit p JOIN issuer_statement s ON s.id = p.id
			WHERE p.controller = ? AND p.valid_from <= ? AND p.valid_to > ? AND (p.revoked = 0 OR p.revoked > ?) AND p.refused = 0 AND s.issued <= ? AND s.state <> ?
			ORDER BY p.camera`, controller, at, at, at, at, Refused)
		return err
	})
	return out, err
}
