package viewing

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/register"
)

// Looked is one period that somebody opened (VIEW-5).
type Looked struct {
	Viewing, Name        string
	Cameras              register.List
	Since, Until, Opened time.Time
}

// mostLooked is how many openings an incident's page shows; the log has them
// all.
const mostLooked = 500

// OfIncident lists who opened what in an incident of a controller, the newest
// first.
func (p *Screens) OfIncident(ctx context.Context, controller, id string) (out []Looked, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Looked](ctx, tx, `SELECT v.id AS viewing, v.cameras, v.name, p.since, p.until, p.opened
			FROM viewings v JOIN periods p ON p.viewing = v.id WHERE v.controller = ? AND v.incident = ? ORDER BY p.opened DESC, v.id LIMIT ?`, controller, id, mostLooked)
		return err
	})
	return out, err
}
