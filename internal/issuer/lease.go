package issuer

import (
	"context"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Renew issues a lease for the permits whose term runs, of each engine and
// controller with one that has not been renewed for RenewAfter. [Issuer.Run]
// does it by itself.
//
// A permit is renewed until it is revoked, refused, ended, or replaced by one
// that has begun. A lease that still waits to be sent is superseded.
func (i *Issuer) Renew(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "issuer.Renew")
	issued := false
	err = i.db.Write(ctx, func(tx *db.Tx) error {
		issued = false
		now := i.clock.Now()
		const runs = `revoked = 0 AND refused = 0 AND valid_to > ? AND (replaced_by = '' OR
			NOT EXISTS (SELECT 1 FROM issuer_permit n WHERE n.id = issuer_permit.replaced_by AND n.valid_from <= ?))`
		type group struct{ Engine, Controller string }
		due, err := db.All[group](ctx, tx, "SELECT DISTINCT engine, controller FROM issuer_permit WHERE leased <= ? AND "+runs+" ORDER BY engine, controller",
			now.Add(-RenewAfter), now, now)
		if err != nil {
			return err
		}
		for _, g := range due {
			ids, err := db.All[permit.ID](ctx, tx, "SELECT id FROM issuer_permit WHERE engine = ? AND controller = ? AND "+runs+" ORDER BY id",
				g.Engine, g.Controller, now, now)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE issuer_statement SET state = ? WHERE engine = ? AND controller = ? AND kind = ? AND state = ?",
				Superseded, g.Engine, g.Controller, string(permit.KindLease), Waiting); err != nil {
				return err
			}
			for len(ids) > 0 {
				n := min(len(ids), permit.MaxCameras)
				l := &permit.Lease{Head: system(g.Engine), Permits: ids[:n], Until: now.Add(permit.LongestLease)}
				l.Controller = g.Controller
				if _, err := i.issue(ctx, tx, l, i.key); err != nil {
					return err
				}
				ids = ids[n:]
				issued = true
			}
			if _, err := tx.Exec(ctx, "UPDATE issuer_permit SET leased = ? WHERE engine = ? AND controller = ? AND "+runs,
				now, g.Engine, g.Controller, now, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && issued {
		i.Wake()
	}
	return err
}
