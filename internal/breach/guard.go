package breach

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Guard has the last word before a statement is signed: see [issuer.Guard]. A
// restart of a camera that waits for a decision is fault.Conflict
// "breach.restart"; what would open footage that was recorded unlawfully is
// fault.Denied "breach.barred".
func (r *Room) Guard(ctx context.Context, tx *db.Tx, s permit.Statement, cameras []string) error {
	if len(cameras) == 0 {
		return nil
	}
	var from, to time.Time
	switch s := s.(type) {
	case *permit.Restart:
		return r.refuse(ctx, tx, fault.Conflict, "breach.restart", `held = 1`, cameras)
	case *permit.Ticket:
		from, to = s.From, s.To
	case *permit.Export:
		from, to = s.From, s.To
	case *permit.MaskLift:
		from, to = s.From, s.To
	default:
		return nil
	}
	return r.refuse(ctx, tx, fault.Denied, "breach.barred", `barred = 1 AND since < ? AND until > ?`, cameras, to, from)
}

// refuse is nil where nothing about the cameras is so.
func (r *Room) refuse(ctx context.Context, tx *db.Tx, kind fault.Kind, key, so string, cameras []string, args ...any) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(cameras)), ", ")
	for _, c := range cameras {
		args = append(args, c)
	}
	number, err := db.One[string](ctx, tx, `SELECT b.number FROM breach_cameras c JOIN breaches b ON b.id = c.breach WHERE `+so+` AND c.camera IN (`+marks+`) ORDER BY b.known DESC LIMIT 1`, args...)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	return fault.New(kind, key, "breach %s", number)
}

// Barred reports whether footage of a camera in an interval is opened for nobody.
func (r *Room) Barred(ctx context.Context, camera string, from, to time.Time) (barred bool, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		err := r.refuse(ctx, tx, fault.Denied, "breach.barred", `barred = 1 AND since < ? AND until > ?`, []string{camera}, to, from)
		if barred = fault.Key(err) == "breach.barred"; barred {
			return nil
		}
		return err
	})
	return barred, err
}

// Holding is the open decision that a camera waits for before it goes on; an
// empty ID: none.
func (r *Room) Holding(ctx context.Context, controller, camera string) (b Breach, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		body, err := db.One[string](ctx, tx, `SELECT b.body FROM breach_cameras c JOIN breaches b ON b.id = c.breach WHERE c.held = 1 AND c.camera = ? AND b.controller = ? ORDER BY b.known DESC LIMIT 1`, camera, controller)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err = read(body)
		return err
	})
	return b, err
}
