package archive

import (
	"context"
	"encoding/hex"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Entered is a segment as its entry in the ledger has it.
type Entered struct {
	ID       string
	Leaf     int64  // index of the entry
	SHA256   string // of the file, hex
	From, To time.Time
	Pictures int64
	Permit   permit.ID
}

// Entered lists the segments that [Archive.Reader] may give fragments of for
// the same interval, by start. If some of them are not in the ledger yet it is
// fault.Conflict "export.unsealed": a minute later they are.
func (a *Archive) Entered(ctx context.Context, camera string, from, to time.Time) (out []Entered, err error) {
	defer fault.Wrap(&err, "archive.Entered(%s)", camera)
	lo, hi, now := from.UnixMicro()-2*longest.Microseconds(), to.UnixMicro(), a.now()
	fresh := a.freshSources(camera, lo, hi)
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		return db.Each(ctx, tx, `SELECT id, leaf, sha256, start_us, end_us, pictures, permit FROM segment
			WHERE camera = ? AND start_us >= ? AND start_us < ? AND state = 0 AND (due_us > ? OR EXISTS (
				SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
				WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > ?))
			ORDER BY start_us`, []any{camera, lo, hi, now, now}, func(scan func(...any) error) error {
			var e Entered
			var start, end int64
			var sum []byte
			if err := scan(&e.ID, &e.Leaf, &sum, &start, &end, &e.Pictures, &e.Permit); err != nil {
				return err
			}
			e.SHA256, e.From, e.To = hex.EncodeToString(sum), segment.Time(start), segment.Time(end)
			out = append(out, e)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, e := range out {
		known[e.ID] = true
	}
	for _, s := range fresh {
		if !known[s.name.ID] {
			return nil, fault.New(fault.Conflict, "export.unsealed", "segment %s is not in the ledger yet", s.name.ID)
		}
	}
	return out, nil
}
