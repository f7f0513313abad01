package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// maxRemarks is how long one remark may be, in bytes.
const maxRemarks = 20_000

// asJSON is a value as a column keeps it. Only types of ours come here, and
// they all have a JSON form.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

func fromJSON[T any](s string) (v T, err error) {
	if err = json.Unmarshal([]byte(s), &v); err != nil {
		err = fault.As(fault.Corrupt, "case.corrupt", err)
	}
	return v, err
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// kept is a case in a transaction.
type kept struct {
	casework.Case
	process *casework.Process
	seq     int64 // of its last event
}

// load reads a case's state.
func (r *Room) load(ctx context.Context, tx *db.Tx, controller, id string) (k kept, err error) {
	type row struct {
		Machine string
		Seq     int64
	}
	w, err := db.One[row](ctx, tx, `SELECT machine, seq FROM cases WHERE controller = ? AND id = ?`, controller, id)
	if fault.Is(err, fault.NotFound) {
		return k, fault.New(fault.NotFound, "case.unknown", "no case %.40q", id)
	}
	if err != nil {
		return k, err
	}
	if k.Case, err = fromJSON[casework.Case](w.Machine); err != nil {
		return k, err
	}
	k.seq = w.Seq
	k.process, err = r.Process(k.Case.Process, k.Version)
	return k, err
}

// save writes what an act led to: state, journal, whose turn it is, and the
// ledger's entry. app is the application as it stands now.
func (r *Room) save(ctx context.Context, tx *db.Tx, k kept, was casework.Case, app casework.Application, events []casework.Event, act string, who Who) error {
	now := r.Clock.Now()
	seq, err := r.enter(ctx, tx, k, events)
	if err != nil {
		return err
	}
	machine := asJSON(k.Case)
	turns := k.turns(now)
	var first turn
	if len(turns) > 0 {
		first = turns[0]
	}
	_, err = tx.Exec(ctx, `UPDATE cases SET number = ?, title = ?, status = ?, step = ?, body = ?, since = ?, due = ?, ended = ?, valid_to = ?,
		revision = ?, cameras = ?, licensed = ?, touched = ?, seq = ?, machine = ? WHERE controller = ? AND id = ?`,
		k.Number, k.Title, string(k.Status), first.Step, first.Body, first.Since, first.Due, k.Ended, k.ValidTo,
		k.Revision, len(app.Cameras), r.licensed(app, now), now, seq, machine, k.Controller, k.ID)
	if err != nil {
		return err
	}
	if err := r.saveTurns(ctx, tx, k.Case, turns); err != nil {
		return err
	}
	if err := r.saveCameras(ctx, tx, k.Case, app); err != nil {
		return err
	}
	if err := r.partake(ctx, tx, k.Case, who.Person); err != nil {
		return err
	}
	type said struct {
		Kind casework.EventKind `json:"kind"`
		Step string             `json:"step,omitempty"`
		Data map[string]string  `json:"data,omitempty"`
	}
	entry := struct {
		Case       string          `json:"case"`
		Controller string          `json:"controller"`
		Person     string          `json:"person"`
		Name       string          `json:"name"`
		From       casework.Status `json:"from"`
		Status     casework.Status `json:"status"`
		Revision   int             `json:"revision"`
		Events     []said          `json:"events"`
		Remarks    string          `json:"remarks,omitempty"`
		State      string          `json:"state_sha256"`
	}{k.ID, k.Controller, who.Person, who.Name, was.Status, k.Status, k.Revision, nil, "", sum(machine)}
	for _, e := range events[:min(len(events), 200)] {
		entry.Events = append(entry.Events, said{e.Kind, e.Step, e.Data})
		if entry.Remarks == "" {
			entry.Remarks = e.Remarks
		}
	}
	_, err = r.Ledger.Append(ctx, tx, now, "case."+act, entry)
	return err
}

// turn is one open step: who holds the ball, since when.
type turn struct {
	casework.Turn
	person string // if the body is one person of this case
}

// turns lists the open steps of a case, the one that is due first in front.
func (k kept) turns(now time.Time) []turn {
	var out []turn
	for _, t := range k.process.Ball(k.Case, now) {
		u := turn{Turn: t}
		if b, ok := k.process.Body(t.Body); ok && b.Scope == casework.ScopeCase {
			u.person = k.Applicant
		}
		out = append(out, u)
	}
	slices.SortStableFunc(out, func(a, b turn) int {
		switch {
		case a.Due.IsZero() && b.Due.IsZero():
			return 0
		case a.Due.IsZero():
			return 1
		case b.Due.IsZero():
			return -1
		}
		return a.Due.Compare(b.Due)
	})
	return out
}

func (r *Room) saveTurns(ctx context.Context, tx *db.Tx, c casework.Case, turns []turn) error {
	if _, err := tx.Exec(ctx, `DELETE FROM case_turns WHERE controller = ? AND case_id = ?`, c.Controller, c.ID); err != nil {
		return err
	}
	for _, t := range turns {
		if _, err := tx.Exec(ctx, `INSERT INTO case_turns (controller, case_id, step, body, person, since, due) VALUES (`+db.Marks(7)+`)`,
			c.Controller, c.ID, t.Step, t.Body, t.person, t.Since, t.Due); err != nil {
			return err
		}
	}
	return nil
}

func (r *Room) saveCameras(ctx context.Context, tx *db.Tx, c casework.Case, app casework.Application) error {
	if _, err := tx.Exec(ctx, `DELETE FROM case_cameras WHERE controller = ? AND case_id = ?`, c.Controller, c.ID); err != nil {
		return err
	}
	for _, id := range cameraIDs(app) {
		if _, err := tx.Exec(ctx, `INSERT INTO case_cameras (controller, case_id, camera) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Controller, c.ID, id); err != nil {
			return err
		}
	}
	return nil
}

func cameraIDs(app casework.Application) (out []string) {
	for _, w := range app.Cameras {
		if w.Camera != "" && !slices.Contains(out, w.Camera) {
			out = append(out, w.Camera)
		}
	}
	return out
}

// partake notes that a person has had a part in a case.
func (r *Room) partake(ctx context.Context, tx *db.Tx, c casework.Case, person string) error {
	if person == "" || person == System {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO case_people (controller, case_id, person, seen, part) VALUES (?, ?, ?, 0, 1)
		ON CONFLICT (controller, person, case_id) DO UPDATE SET part = 1`, c.Controller, c.ID, person)
	return err
}

// enter writes events into the journal and gives the number of the last.
func (r *Room) enter(ctx context.Context, tx *db.Tx, k kept, events []casework.Event) (int64, error) {
	seq := k.seq
	for _, e := range events {
		seq++
		if _, err := tx.Exec(ctx, `INSERT INTO case_events (controller, case_id, seq, at, kind, step, body, person, name, remarks, data)
			VALUES (`+db.Marks(11)+`)`, k.Controller, k.ID, seq, e.At, string(e.Kind), e.Step, e.Body, e.Person, e.Name, e.Remarks, asJSON(e.Data)); err != nil {
			return seq, err
		}
	}
	return seq, nil
}

// searchText is what a case is found by.
func searchText(parts ...string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
}

// nextNumber gives the next readable number of a controller's year.
func (r *Room) nextNumber(ctx context.Context, tx *db.Tx, controller string, year int) (string, error) {
	n, err := db.One[int64](ctx, tx, `INSERT INTO case_numbers (controller, year, last) VALUES (?, ?, 1)
		ON CONFLICT (controller, year) DO UPDATE SET last = case_numbers.last + 1 RETURNING last`, controller, year)
	return fmt.Sprintf("%d-%03d", year, n), err
}
