package oversight

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Period is a piece of the ledger of which a sample is drawn: what was entered
// between the entry that opened it and the one that closed it. Nothing lies
// between two periods.
type Period struct {
	ID         string
	Controller string
	Number     int64
	Every      Every
	Quarter    string // that it is counted to
	Opened     time.Time
	Ends       time.Time // when it should close
	Closed     time.Time // zero: it is open
	Drawn      time.Time // zero: nothing is drawn yet
	First      int64     // index of the entry that opened it
	Last       int64     // of the one that closed it
	Entry      int64     // of the draw
	Secret     []byte    // told by the draw
	Commitment string    // SHA-256 of it, told at the opening
	Note       string    // the checkpoint
	Seed       string
	Counts     string
}

// Figures is how many uses there were in a period, and how many were drawn.
type Figures struct {
	Uses  int             `json:"uses"`
	Drawn map[Stratum]int `json:"drawn"`
}

// Figures are those of the draw.
func (p Period) Figures() (f Figures) {
	if json.Unmarshal([]byte(p.Counts), &f) != nil {
		return Figures{}
	}
	return f
}

const selectPeriod = `SELECT id, controller, number, every, quarter, opened, ends, closed, drawn, first, last, entry, secret, commitment, note, seed, counts FROM oversight_periods WHERE `

// Periods lists a controller's, the newest first.
func (r *Room) Periods(ctx context.Context, controller string) (out []Period, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Period](ctx, tx, selectPeriod+`controller = ? ORDER BY number DESC LIMIT 120`, controller)
		return err
	})
	for i := range out {
		if out[i].Drawn.IsZero() {
			out[i].Secret = nil
		}
	}
	return out, err
}

// Period is one of a controller's; another's is fault.NotFound.
func (r *Room) Period(ctx context.Context, controller, id string) (p Period, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = db.One[Period](ctx, tx, selectPeriod+`controller = ? AND id = ?`, controller, id)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "review.unknown", "no period %.40q", id)
	}
	if p.Drawn.IsZero() {
		p.Secret = nil
	}
	return p, err
}

// turn closes the period that is over and opens the next, both in one
// transaction, so that no use falls between; the first time it opens one.
func (r *Room) turn(ctx context.Context, controller string) error {
	if on, err := r.some(ctx, `SELECT COUNT(*) FROM oversight_periods WHERE controller = ? AND closed = 0 AND ends > ?`, controller, r.c.Clock.Now()); err != nil || on {
		return err
	}
	var secret [32]byte
	rand.Read(secret[:]) // never fails
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := moment(r.c.Clock.Now())
		set, err := settingsIn(ctx, tx, controller)
		if err != nil {
			return err
		}
		open, err := db.All[Period](ctx, tx, selectPeriod+`controller = ? AND closed = 0`, controller)
		if err != nil {
			return err
		}
		next := Period{ID: newID(), Controller: controller, Number: 1, Every: set.Every, Opened: now, Ends: set.Every.ends(now), Secret: secret[:]}
		for _, p := range open {
			if now.Before(p.Ends) {
				return nil
			}
			if next.Number <= p.Number {
				next.Number = p.Number + 1
			}
			last, err := r.enter(ctx, tx, "review.closed", Who{Controller: controller}, map[string]any{"period": p.ID, "number": p.Number})
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE oversight_periods SET closed = ?, last = ? WHERE id = ?`, now, last, p.ID); err != nil {
				return err
			}
		}
		sum := sha256.Sum256(secret[:])
		next.Commitment, next.Quarter = hex.EncodeToString(sum[:]), quarterOf(next.Ends)
		if next.First, err = r.enter(ctx, tx, "review.opened", Who{Controller: controller}, map[string]any{"period": next.ID, "number": next.Number, "every": string(next.Every),
			"quarter": next.Quarter, "ends": next.Ends.UTC(), "commitment": next.Commitment}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO oversight_periods (id, controller, number, every, quarter, opened, ends, closed, drawn, first, last, entry, secret, commitment, note, seed, counts)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, 0, ?, ?, '', '', '')`, next.ID, controller, next.Number, string(next.Every), next.Quarter, next.Opened, next.Ends, next.First, next.Secret, next.Commitment)
		return err
	})
}

// some reports whether a query counts any.
func (r *Room) some(ctx context.Context, query string, args ...any) (some bool, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		n, err := db.One[int64](ctx, tx, query, args...)
		some = n > 0
		return err
	})
	return some, err
}
