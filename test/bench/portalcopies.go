package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// caseTables are what a case consists of, by the room of cases' own tables.
var caseTables = []struct{ name, columns string }{
	{"cases", "controller, id, number, administration, title, applicant, applicant_name, process, version, status, step, body, since, due, opened, ended, valid_to, revision, replaces, locations, cameras, licensed, touched, seq, search, machine"},
	{"case_turns", "controller, case_id, step, body, person, since, due"},
	{"case_locations", "controller, case_id, location"},
	{"case_cameras", "controller, case_id, camera"},
	{"case_people", "controller, case_id, person, seen, part"},
	{"case_events", "controller, case_id, seq, at, kind, step, body, person, name, remarks, data"},
	{"case_drafts", "controller, case_id, version, application, writers, saved, person, name"},
	{"case_revisions", "controller, case_id, revision, kind, application, sha256, writers, made, person, name"},
	{"case_documents", "controller, case_id, document, kind, use, name, size, added, by, gone"},
	{"case_stills", "controller, case_id, camera, at, statement, by"},
	{"case_permits", "permit, controller, case_id, revision, camera, stream, engine, issued, ended, why"},
	{"documents", "id, controller, kind, type, name, size, sha256, placed, kept, added, by"},
	{"evidence", "camera, at, controller, statement, found, by"},
}

// rows are some of a table.
type rows struct {
	name, columns string
	width         int
	all           [][]any
}

// original is a case with all that it consists of.
type original struct {
	model
	tables  []rows
	papers  []string
	permits []*permit.Permit
	entries []ledger.Entry
}

// copies fills up with copies: at each place two cases in operation, one on its
// way, and the rest withdrawn.
func (t *town) copies(ctx context.Context, models []model) error {
	originals := make([]*original, len(models))
	for i, m := range models {
		var err error
		if originals[i], err = t.original(ctx, m); err != nil {
			return err
		}
	}
	next := len(models)
	for place := range townPlaces {
		err := t.db.Write(ctx, func(tx *db.Tx) error {
			for turn := range max(4, *portalCases/townPlaces) {
				o, first := originals[1], originals[1].first // what is beyond the four is old cases
				switch turn {
				case 0, 1:
					o = originals[0]
					first = o.first + turn*o.count
				case 3:
					o = originals[2+place%(len(originals)-2)]
					first = o.first
				}
				taken := false
				for _, m := range models {
					taken = taken || m.place == place && m.first == first && turn < 4 && turn != 2
				}
				if taken || next >= *portalCases {
					continue
				}
				next++
				if err := t.copy(ctx, tx, o, fmt.Sprintf("2026-%03d", next), place, first); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `UPDATE case_numbers SET last = ? WHERE controller = ?`, next, townID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// original reads a case.
func (t *town) original(ctx context.Context, m model) (*original, error) {
	o := &original{model: m}
	err := t.db.Read(ctx, func(tx *db.Tx) (err error) {
		if o.papers, err = db.All[string](ctx, tx, `SELECT document FROM case_documents WHERE controller = ? AND case_id = ? ORDER BY document`, townID, m.id); err != nil {
			return err
		}
		for _, x := range caseTables {
			where, args := "controller = ? AND case_id = ?", []any{townID, m.id}
			switch x.name {
			case "cases":
				where = "controller = ? AND id = ?"
			case "documents":
				where = "controller = ? AND id IN (SELECT document FROM case_documents WHERE case_id = ?)"
			case "evidence":
				where = "controller = ? AND camera IN (SELECT camera FROM case_cameras WHERE case_id = ?)"
			}
			r := rows{name: x.name, columns: x.columns, width: strings.Count(x.columns, ",") + 1}
			err := db.Each(ctx, tx, `SELECT `+x.columns+` FROM `+x.name+` WHERE `+where, args, func(scan func(...any) error) error {
				row, into := make([]any, r.width), make([]any, r.width)
				for i := range row {
					into[i] = &row[i]
				}
				r.all = append(r.all, row)
				return scan(into...)
			})
			if err != nil {
				return err
			}
			o.tables = append(o.tables, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if o.entries, err = t.ledger.Find(ctx, ledger.Filter{Kinds: []string{"case.", "document."}, Text: `"` + m.id + `"`}); err != nil {
		return nil, err
	}
	out, err := t.cases.Permits(ctx, townID, m.id)
	if err != nil {
		return nil, err
	}
	for _, s := range out {
		r, err := t.issuer.Get(ctx, s.Permit)
		if err != nil {
			return nil, err
		}
		statement, err := r.Statement()
		if err != nil {
			return nil, err
		}
		o.permits = append(o.permits, statement.(*permit.Permit))
	}
	return o, nil
}

// copy writes a case like the original under another number, at another place.
func (t *town) copy(ctx context.Context, tx *db.Tx, o *original, id string, place, first int) error {
	pairs := []string{o.id, id, caseTitle(o.model, o.place), caseTitle(o.model, place), strings.ToLower(caseTitle(o.model, o.place)), strings.ToLower(caseTitle(o.model, place)),
		placeID(o.place), placeID(place), fmt.Sprintf("sted %d skolevej %d,", o.place, o.place), fmt.Sprintf("sted %d skolevej %d,", place, place),
		fmt.Sprintf(`"%da"`, o.place+1), fmt.Sprintf(`"%da"`, place+1), "skolevej " + strconv.Itoa(o.place) + ",", "skolevej " + strconv.Itoa(place) + ","}
	for n := range o.count {
		pairs = append(pairs, cameraID(o.place, o.first+n), cameraID(place, first+n))
	}
	for _, p := range o.papers {
		pairs = append(pairs, p, string(permit.NewID()))
	}
	names := strings.NewReplacer(pairs...)
	for _, was := range o.permits {
		p := *was
		p.ID, p.Serial, p.Replaces, p.Issued = "", 0, "", time.Time{}
		p.Camera, p.Case = names.Replace(p.Camera), names.Replace(p.Case)
		p.ValidFrom = t.clk.Now()
		if _, err := t.issuer.Issue(ctx, tx, &p); err != nil {
			return err
		}
		pairs = append(pairs, string(was.ID), string(p.ID))
	}
	names = strings.NewReplacer(pairs...)
	for _, x := range o.tables {
		if err := insert(ctx, tx, x, names); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	entries := make([]ledger.New, len(o.entries))
	for i, e := range o.entries {
		entries[i] = ledger.New{At: t.clk.Now(), Kind: e.Kind, Body: json.RawMessage(names.Replace(string(e.Body)))}
	}
	_, err := t.ledger.AppendAll(ctx, tx, entries)
	return err
}

// insert writes rows with other names in them, some at a time.
func insert(ctx context.Context, tx *db.Tx, r rows, names *strings.Replacer) error {
	for all := r.all; len(all) > 0; {
		n := min(len(all), 50)
		args := make([]any, 0, n*r.width)
		for _, row := range all[:n] {
			for _, v := range row {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				if s, ok := v.(string); ok {
					v = names.Replace(s)
				}
				args = append(args, v)
			}
			if r.name == "case_revisions" { // which are held against their sum when they are read
				last := args[len(args)-r.width:]
				sum := sha256.Sum256([]byte(last[4].(string)))
				last[5] = hex.EncodeToString(sum[:])
			}
		}
		tuple := "(" + db.Marks(r.width) + ")"
		conflict := ""
		if r.name == "evidence" { // of a camera that two cases have
			conflict = " ON CONFLICT DO NOTHING"
		}
		if _, err := tx.Exec(ctx, `INSERT INTO `+r.name+` (`+r.columns+`) VALUES `+strings.Repeat(tuple+", ", n-1)+tuple+conflict, args...); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// deliver waits until the recorder has every permit.
func (t *town) deliver(ctx context.Context) error {
	for end := time.Now().Add(15 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		left, err := t.issuer.Records(ctx, issuer.Filter{States: []string{issuer.Waiting}, Limit: 1})
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(end) {
			return errors.New("the permits are not delivered: " + left[0].Detail)
		}
	}
}

// decide lets the permits of some cases out, and measures from the act until
// the recorder holds them.
func (t *town) decide(ctx context.Context) (took []time.Duration, err error) {
	p, err := t.player(ctx)
	if err != nil {
		return nil, err
	}
	ready, _, err := t.cases.List(ctx, dossier.Query{Controller: townID, Status: []casework.Status{casework.Open}, Text: stageTitle("pattern"), Limit: 5})
	if err != nil {
		return nil, err
	}
	for _, c := range ready {
		look, err := t.cases.Look(ctx, townID, c.ID, dossier.Who{})
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		if err := p.Step(ctx, c.ID, "pattern"); err != nil {
			return nil, err
		}
		for held := false; !held; {
			in, err := t.cases.Engine.Permit(ctx, look.Facts.Cameras[0])
			if err != nil {
				return nil, err
			}
			if held = in.Permit != nil && in.Permit.Case == c.ID; !held && time.Since(begun) > time.Minute {
				return nil, errors.New("the permit is not in force after a minute")
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took, nil
}
