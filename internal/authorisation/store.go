package authorisation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// load reads a form with its lines; another controller's is not there.
func load(ctx context.Context, tx *db.Tx, controller, id string) (Form, error) {
	f, err := db.One[Form](ctx, tx, `SELECT * FROM authorisations WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return f, fault.New(fault.NotFound, "rights.unknown", "%s has no form %.40q", controller, id)
	}
	if err != nil {
		return f, err
	}
	f.Lines, err = db.All[Line](ctx, tx, `SELECT * FROM authorisation_lines WHERE form = ? ORDER BY location`, id)
	return f, err
}

// save writes a form that is still the version that was read. Two acts at
// once: the second is Conflict "rights.changed".
func save(ctx context.Context, tx *db.Tx, f Form) error {
	n, err := tx.Exec(ctx, `UPDATE authorisations SET done_by = ?, done_name = ?, done_at = ?, instruction = ?, read_at = ?,
		ended_by = ?, ended_name = ?, ended_why = ?, ended_at = ?, noted = ?, version = ? WHERE id = ? AND version = ?`,
		f.DoneBy, f.DoneName, f.DoneAt, f.Instruction, f.ReadAt, f.EndedBy, f.EndedName, f.EndedWhy, f.EndedAt, f.Noted, f.Version+1, f.ID, f.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "rights.changed", "form %s was changed by somebody else meanwhile", f.ID)
	}
	for _, l := range f.Lines {
		if _, err := tx.Exec(ctx, `UPDATE authorisation_lines SET decided_by = ?, decided_name = ?, decided_at = ?, approved = ?, why = ?,
			confirmed_by = ?, confirmed_name = ?, confirmed_at = ?, noted = ? WHERE form = ? AND location = ?`,
			l.DecidedBy, l.DecidedName, l.DecidedAt, l.Approved, l.Why, l.ConfirmedBy, l.ConfirmedName, l.ConfirmedAt, l.Noted, f.ID, l.Location); err != nil {
			return err
		}
	}
	return nil
}

func insert(ctx context.Context, tx *db.Tx, f Form) error {
	none := time.Time{}
	if _, err := tx.Exec(ctx, `INSERT INTO authorisations (id, controller, number, person, name, role, reason, from_at, until_at, deputy_for, deputy_name,
		confirm_months, asked_by, asked_name, asked_at, done_by, done_name, done_at, instruction, read_at, ended_by, ended_name, ended_why, ended_at, noted, version)
		VALUES (`+db.Marks(26)+`)`, f.ID, f.Controller, f.Number, f.Person, f.Name, f.Role, f.Reason, f.FromAt, f.UntilAt, f.DeputyFor, f.DeputyName,
		f.ConfirmMonths, f.AskedBy, f.AskedName, f.AskedAt, "", "", none, 0, none, "", "", "", none, false, 1); err != nil {
		return err
	}
	for _, l := range f.Lines {
		if _, err := tx.Exec(ctx, `INSERT INTO authorisation_lines (form, location, decided_by, decided_name, decided_at, approved, why, confirmed_by, confirmed_name, confirmed_at, noted)
			VALUES (`+db.Marks(11)+`)`, f.ID, l.Location, "", "", none, false, "", "", "", none, false); err != nil {
			return err
		}
	}
	return nil
}

// entry is what a ledger entry about a form holds.
func entry(f Form, who Who, more map[string]any) map[string]any {
	e := map[string]any{"controller": f.Controller, "person": who.Person, "name": who.Name, "address": who.Address,
		"form": f.ID, "number": f.Number, "for": f.Person, "for_name": f.Name, "role": f.Role}
	for k, v := range more {
		e[k] = v
	}
	return e
}
