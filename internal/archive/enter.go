package archive

import (
	"context"
	"fmt"
	"log/slog"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// perEntry is how many journal records one transaction enters.
const perEntry = 200

func plural(n int, what, how string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s %s", what, how)
	}
	return fmt.Sprintf("%d %ss %s", n, what, how)
}

// enterJournal brings what the journal has and the database has not into it,
// in order. After a restore of an older database this is what keeps erased
// footage erased: each deletion is carried out again, on whatever is there.
// ruling is held.
func (a *Archive) enterJournal(ctx context.Context, rec *Recovery) error {
	for {
		ops := a.journal.waiting(perEntry)
		if len(ops) == 0 {
			return nil
		}
		for _, o := range ops {
			a.carryOut(o)
		}
		if err := a.cfg.DB.Write(ctx, func(tx *db.Tx) error {
			for _, o := range ops {
				if err := a.enterOp(ctx, tx, o); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, "UPDATE archive_identity SET journal_seq = ? WHERE one = 1", ops[len(ops)-1].Seq)
			return err
		}); err != nil {
			return err
		}
		a.journal.drop(len(ops))
		if rec != nil {
			rec.Replayed += len(ops)
		}
	}
}

// carryOut does what an op of an earlier run, or of a restored journal, says.
// The intent was durable, so it stands; all of it can be done twice.
func (a *Archive) carryOut(o *op) {
	if o.tried {
		return
	}
	switch o.Op {
	case opDelete:
		a.unlink(o)
	case opErase:
		o.tried = true
		if err := a.cfg.Keys.Erase(o.period()); err != nil {
			o.failed = map[string]error{"": err}
			a.log.Error("a key could not be erased", slog.String("period", o.period().String()), slog.Any("err", err))
		}
	}
}

func (a *Archive) enterOp(ctx context.Context, tx *db.Tx, o *op) error {
	switch o.Op {
	case opDelete:
		return a.enterDeletion(ctx, tx, o)
	case opErase:
		return a.enterErasure(ctx, tx, o)
	case opNote, opClock:
		return insertNotes(ctx, tx, []note{o.note()})
	}
	return nil // of a newer program, which will read it again
}

// deleted is the proof of a deletion in the ledger.
type deleted struct {
	Camera   string       `json:"camera"`
	Hour     int64        `json:"hour"`
	Class    permit.Class `json:"class"`
	Rule     string       `json:"rule"`
	Segments []string     `json:"segments"`
	Bytes    int64        `json:"bytes"`
	First    int64        `json:"first"`
	Last     int64        `json:"last"`
	Due      int64        `json:"due"`
}

type gone struct {
	Stream  string
	Permit  string
	StartUS int64 `db:"start_us"`
	EndUS   int64 `db:"end_us"`
	Size    int64
}

func (a *Archive) enterDeletion(ctx context.Context, tx *db.Tx, o *op) error {
	at := segment.Time(o.At)
	if o.Away {
		if _, err := a.cfg.Ledger.Append(ctx, tx, at, "deletion.intended", o.intent()); err != nil {
			return err
		}
	}
	d := deleted{Camera: o.Camera, Hour: o.Hour, Class: o.Class, Rule: o.Rule}
	of := ""
	cuts := map[string][]span{}
	for _, n := range o.names() {
		if err := o.failed[n.Base()]; err != nil {
			if err := a.enterLate(ctx, tx, n, o, err); err != nil {
				return err
			}
			continue
		}
		row, err := db.One[gone](ctx, tx, "SELECT stream, permit, start_us, end_us, size FROM segment WHERE id = ?", n.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			of = row.Permit
			cuts[row.Stream] = append(cuts[row.Stream], span{Camera: o.Camera, Stream: row.Stream, StartUS: row.StartUS, EndUS: row.EndUS})
		} else {
			row = gone{StartUS: n.Start, EndUS: n.Start}
		}
		d.Segments = append(d.Segments, n.ID)
		d.Bytes += row.Size
		d.Due, d.Last = max(d.Due, n.DeleteAfter), max(d.Last, row.EndUS)
		if d.First == 0 || row.StartUS < d.First {
			d.First = row.StartUS
		}
		for _, q := range []string{"DELETE FROM held_segment WHERE segment = ?", "DELETE FROM segment WHERE id = ?"} {
			if _, err := tx.Exec(ctx, q, n.ID); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "DELETE FROM late WHERE path = ?", n.With(segment.Closed).Path()); err != nil {
			return err
		}
	}
	if len(d.Segments) == 0 {
		return nil
	}
	for stream, list := range cuts {
		for _, s := range join(list) {
			if err := cutRuns(ctx, tx, o.Camera, stream, s.StartUS, s.EndUS); err != nil {
				return err
			}
		}
	}
	leaf, err := a.cfg.Ledger.Append(ctx, tx, at, "deletion.done", d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO deletion (camera, hour, class, permit, segments, bytes, first_us, last_us, due_us, done_us, erased_us, rule, leaf)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
		ON CONFLICT (camera, hour, class) DO UPDATE SET
			permit = CASE WHEN excluded.permit = '' THEN deletion.permit ELSE excluded.permit END,
			segments = deletion.segments + excluded.segments, bytes = deletion.bytes + excluded.bytes,
			first_us = CASE WHEN excluded.first_us < deletion.first_us THEN excluded.first_us ELSE deletion.first_us END,
			last_us = CASE WHEN excluded.last_us > deletion.last_us THEN excluded.last_us ELSE deletion.last_us END,
			due_us = CASE WHEN excluded.due_us > deletion.due_us THEN excluded.due_us ELSE deletion.due_us END,
			done_us = excluded.done_us, rule = excluded.rule, leaf = excluded.leaf`,
		o.Camera, o.Hour, string(o.Class), of, len(d.Segments), d.Bytes, d.First, d.Last, d.Due, o.At, o.Rule, leaf)
	return err
}

// enterLate keeps a segment whose file could not be removed on the list of
// those that are late.
func (a *Archive) enterLate(ctx context.Context, tx *db.Tx, n segment.Name, o *op, problem error) error {
	if _, err := tx.Exec(ctx, "UPDATE segment SET state = 1, rule = ? WHERE id = ?", o.Rule, n.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO late (path, camera, due_us, since_us, last_us, tries, problem) VALUES (?, ?, ?, ?, ?, 1, ?)
		ON CONFLICT (path) DO UPDATE SET last_us = excluded.last_us, tries = late.tries + 1, problem = excluded.problem`,
		n.With(segment.Closed).Path(), n.Camera, n.DeleteAfter, o.At, a.now(), fault.Key(problem))
	return err
}

// erased is the proof that a period's key is gone.
type erased struct {
	Camera string       `json:"camera"`
	Hour   int64        `json:"hour"`
	Class  permit.Class `json:"class"`
}

func (a *Archive) enterErasure(ctx context.Context, tx *db.Tx, o *op) error {
	if len(o.failed) > 0 {
		return nil // still there: the next sweep finds it and tries again
	}
	n, err := tx.Exec(ctx, "UPDATE period SET erased_us = ? WHERE camera = ? AND hour = ? AND class = ?", o.At, o.Camera, o.Hour, string(o.Class))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE deletion SET erased_us = ? WHERE camera = ? AND hour = ? AND class = ?", o.At, o.Camera, o.Hour, string(o.Class)); err != nil {
		return err
	}
	if n == 0 && o.Cause == causeUnused {
		return nil // nothing was ever recorded under it
	}
	_, err = a.cfg.Ledger.Append(ctx, tx, segment.Time(o.At), "key.erased", erased{o.Camera, o.Hour, o.Class})
	return err
}

// retryLate tries again what was condemned before and is still there: a crash
// came between, or the file could not be removed.
func (a *Archive) retryLate(ctx context.Context) (removed, failed int, err error) {
	type row struct {
		ID, Camera, Class, Rule string
		StartUS                 int64 `db:"start_us"`
		DueUS                   int64 `db:"due_us"`
		Hour                    int64
	}
	var victims []victim
	err = a.withDatabaseIfThere(ctx, func(ctx context.Context) error {
		return a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
			rows, err := db.All[row](ctx, tx, "SELECT id, camera, class, rule, start_us, due_us, hour FROM segment WHERE state = 1 ORDER BY due_us LIMIT ?", perSweep)
			victims = nil
			for _, r := range rows {
				victims = append(victims, victim{segment.Name{Camera: r.Camera, Start: r.StartUS, DeleteAfter: r.DueUS, ID: r.ID, Suffix: segment.Closed},
					r.Hour, permit.Class(r.Class), r.Rule})
			}
			return err
		})
	})
	if fault.Is(err, fault.Unavailable) {
		return 0, 0, nil // the disk's own pass finds them
	}
	if err != nil || len(victims) == 0 {
		return 0, 0, err
	}
	return a.execute(ctx, victims)
}
