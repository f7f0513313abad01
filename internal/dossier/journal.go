package dossier

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Events of the room itself, beside those of casework.
const (
	EventWarning casework.EventKind = "case.warning" // an end comes near. Data: ends, days, of ("approval", "licence")
	EventShut    casework.EventKind = "location.shut"
	EventRemoved casework.EventKind = "camera.removed"
	EventPermit  casework.EventKind = "permit.issued"  // Data: camera, permit, replaces
	EventRevoked casework.EventKind = "permit.revoked" // Data: camera, permit
	EventMask    casework.EventKind = "mask.issued"    // Data: camera, mask
	EventRenamed casework.EventKind = "case.renamed"   // Data: number, title
)

// Entry is one line of a case's journal.
type Entry struct {
	casework.Event
	Case       string
	Controller string
	Seq        int64 // 1 is the first of the case
}

type eventRow struct {
	Controller string
	CaseID     string
	Seq        int64
	At         time.Time
	Kind       casework.EventKind
	Step       string
	Body       string
	Person     string
	Name       string
	Remarks    string
	Data       string
}

func (w eventRow) read() (Entry, error) {
	e := Entry{Case: w.CaseID, Controller: w.Controller, Seq: w.Seq, Event: casework.Event{
		Kind: w.Kind, Step: w.Step, Body: w.Body, At: w.At, Person: w.Person, Name: w.Name, Remarks: w.Remarks,
	}}
	var err error
	e.Data, err = fromJSON[map[string]string](w.Data)
	return e, err
}

// Journal lists what happened in a case, in order, from after a number on.
func (r *Room) Journal(ctx context.Context, controller, id string, after int64) (all []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = entries(ctx, tx, `controller = ? AND case_id = ? AND seq > ? ORDER BY seq`, controller, id, after)
		return err
	})
	return all, err
}

// Latest lists the last that happened in a case, the newest first: at most so
// many.
func (r *Room) Latest(ctx context.Context, controller, id string, most int) (all []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = entries(ctx, tx, `controller = ? AND case_id = ? ORDER BY seq DESC LIMIT ?`, controller, id, most)
		return err
	})
	return all, err
}

// Happened lists what happened in all cases from a moment to before another,
// in order: what reminders are made from.
func (r *Room) Happened(ctx context.Context, from, to time.Time) (all []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = entries(ctx, tx, `at >= ? AND at < ? ORDER BY at, controller, case_id, seq`, from, to)
		return err
	})
	return all, err
}

func entries(ctx context.Context, tx *db.Tx, where string, args ...any) (all []Entry, err error) {
	rows, err := db.All[eventRow](ctx, tx, `SELECT controller, case_id, seq, at, kind, step, body, person, name, remarks, data FROM case_events WHERE `+where, args...)
	for _, w := range rows {
		e, err := w.read()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, err
}

// Since lists what others did in a case since this person last said that they
// had seen it; for one who never did, everything.
func (r *Room) Since(ctx context.Context, controller, id, person string) (all []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		seen, err := db.One[int64](ctx, tx, `SELECT seen FROM case_people WHERE controller = ? AND case_id = ? AND person = ?`, controller, id, person)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		all, err = entries(ctx, tx, `controller = ? AND case_id = ? AND seq > ? AND person <> ? ORDER BY seq`, controller, id, seen, person)
		return err
	})
	return all, err
}

// Seen notes that a person has seen a case's journal up to a number. It is no
// act in the case, and the ledger does not hear of it.
func (r *Room) Seen(ctx context.Context, controller, id, person string, seq int64) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO case_people (controller, case_id, person, seen, part) VALUES (?, ?, ?, ?, 0)
			ON CONFLICT (controller, person, case_id) DO UPDATE SET seen = CASE WHEN case_people.seen > excluded.seen THEN case_people.seen ELSE excluded.seen END`,
			controller, id, person, seq)
		return err
	})
}
