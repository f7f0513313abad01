package dossier

import (
	"context"
	"io"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
)

// What a document is to a case.
const (
	useAnnex    = "annex"    // of the application
	useEvidence = "evidence" // at a step
)

// File is a document that is to be attached.
type File struct {
	// Kind is a kind of annex of the process; empty for evidence at a step.
	Kind string
	Name string
	Body io.Reader
}

// Attach keeps a file and attaches it to a case (CASE-10). What the process
// accepts under the kind, and once or many times, is held to; the errors are
// those of [document.Room.Add], "annex.kind" and "annex.once" beside.
func (r *Room) Attach(ctx context.Context, controller, id string, f File, who Who) (a casework.Annex, err error) {
	defer fault.Wrap(&err, "dossier.Attach(%s)", id)
	var k kept
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err = r.load(ctx, tx, controller, id)
		return err
	})
	if err != nil {
		return a, err
	}
	if !k.running() {
		return a, fault.New(fault.Conflict, "case.ended", "case %s has ended", id)
	}
	use, accept := useEvidence, []document.Type(nil)
	many := true
	if f.Kind != "" {
		kind, ok := k.process.Annex(f.Kind)
		if !ok {
			return a, fault.New(fault.Invalid, "annex.kind", "no annex %.40q", f.Kind)
		}
		use, many = useAnnex, kind.Many
		for _, t := range kind.Accept {
			accept = append(accept, document.Type(t))
		}
	}
	d, err := r.Documents.Add(ctx, document.New{Controller: controller, Kind: f.Kind, Name: f.Name, By: who.Person, Accept: accept}, f.Body)
	if err != nil {
		return a, err
	}
	a = casework.Annex{Kind: f.Kind, Document: d.ID, Name: d.Name, Size: d.Size, Added: d.Added, By: who.Person}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if err := r.takesPart(ctx, tx, k, who); err != nil {
			return err
		}
		if !many {
			n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM case_documents WHERE controller = ? AND case_id = ? AND use = ? AND kind = ? AND gone = 0`,
				controller, id, useAnnex, f.Kind)
			if err != nil {
				return err
			}
			if n > 0 {
				return fault.New(fault.Conflict, "annex.once", "there is a %s already", f.Kind)
			}
		}
		if err := r.link(ctx, tx, k.Case, a, use); err != nil {
			return err
		}
		if err := r.partake(ctx, tx, k.Case, who.Person); err != nil {
			return err
		}
		_, err = r.Ledger.Append(ctx, tx, r.Clock.Now(), "case.attached", map[string]string{
			"case": id, "controller": controller, "document": d.ID, "kind": f.Kind, "file": d.Name, "name": who.Name, "sha256": d.SHA256, "person": who.Person,
		})
		return err
	})
	if err != nil {
		if e := r.Documents.Remove(ctx, controller, d.ID, who.Person); e != nil {
			r.Log.Warn("a file that was not attached is left behind", "document", d.ID, "error", e)
		}
	}
	return a, err
}

func (r *Room) link(ctx context.Context, tx *db.Tx, c casework.Case, a casework.Annex, use string) error {
	_, err := tx.Exec(ctx, `INSERT INTO case_documents (controller, case_id, document, kind, use, name, size, added, by, gone) VALUES (`+db.Marks(10)+`)`,
		c.Controller, c.ID, a.Document, a.Kind, use, a.Name, a.Size, a.Added, a.By, time.Time{})
	return err
}

// Detach takes a document off a case. If nothing else rests on it, its file
// goes too; what was sent keeps its own for good (CASE-16). It is Conflict
// "case.sent" for an annex of an application that is being decided on.
func (r *Room) Detach(ctx context.Context, controller, id, doc string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.Detach(%s)", id)
	remove := false
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if err := r.takesPart(ctx, tx, k, who); err != nil {
			return err
		}
		use, err := db.One[string](ctx, tx, `SELECT use FROM case_documents WHERE controller = ? AND case_id = ? AND document = ? AND gone = 0`, controller, id, doc)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "document.unknown", "case %s has no document %.40q", id, doc)
		}
		if err != nil {
			return err
		}
		d, err := r.Documents.GetIn(ctx, tx, controller, doc)
		if err != nil {
			return err
		}
		if d.Kept && (use == useEvidence || !k.writable()) {
			return fault.New(fault.Conflict, "case.sent", "document %s is rested on", doc)
		}
		if _, err := tx.Exec(ctx, `UPDATE case_documents SET gone = ? WHERE controller = ? AND case_id = ? AND document = ?`, r.Clock.Now(), controller, id, doc); err != nil {
			return err
		}
		others, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM case_documents WHERE document = ? AND gone = 0`, doc)
		if err != nil {
			return err
		}
		remove = !d.Kept && others == 0
		_, err = r.Ledger.Append(ctx, tx, r.Clock.Now(), "case.detached", map[string]string{
			"case": id, "controller": controller, "document": doc, "file": d.Name, "name": who.Name, "person": who.Person,
		})
		return err
	})
	if err == nil && remove {
		err = r.Documents.Remove(ctx, controller, doc, who.Person)
	}
	return err
}

// takesPart refuses whoever is nobody in a case.
func (r *Room) takesPart(ctx context.Context, tx *db.Tx, k kept, who Who) error {
	actor, err := r.actor(ctx, tx, k.Case, who)
	if err == nil && len(actor.Bodies) == 0 && who.Person != k.Applicant {
		err = fault.New(fault.Denied, "case.body", "%s takes no part in case %s", who.Person, k.ID)
	}
	return err
}

type linkRow struct {
	Document string
	Kind     string
	Name     string
	Size     int64
	Added    time.Time
	By       string
}

// annexes lists the application's annexes as they stand.
func (r *Room) annexes(ctx context.Context, tx *db.Tx, c casework.Case) (out []casework.Annex, err error) {
	rows, err := db.All[linkRow](ctx, tx, `SELECT document, kind, name, size, added, by FROM case_documents
		WHERE controller = ? AND case_id = ? AND use = ? AND gone = 0 ORDER BY kind, added, document`, c.Controller, c.ID, useAnnex)
	for _, w := range rows {
		out = append(out, casework.Annex{Kind: w.Kind, Document: w.Document, Name: w.Name, Size: w.Size, Added: w.Added, By: w.By})
	}
	return out, err
}

// Linked is a document of a case.
type Linked struct {
	casework.Annex
	Use  string    // "annex", "evidence"
	Gone time.Time // when it was taken off; what was sent has it all the same
}

// DocumentsOf lists all documents that a case has or had.
func (r *Room) DocumentsOf(ctx context.Context, controller, id string) (all []Linked, err error) {
	type row struct {
		linkRow
		Use  string
		Gone time.Time
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		return db.Each(ctx, tx, `SELECT document, kind, name, size, added, by, use, gone FROM case_documents
			WHERE controller = ? AND case_id = ? ORDER BY added, document`, []any{controller, id}, func(scan func(...any) error) error {
			var w row
			var added, gone int64
			if err := scan(&w.Document, &w.Kind, &w.Name, &w.Size, &added, &w.By, &w.Use, &gone); err != nil {
				return err
			}
			all = append(all, Linked{casework.Annex{Kind: w.Kind, Document: w.Document, Name: w.Name, Size: w.Size, Added: db.Time(added), By: w.By}, w.Use, db.Time(gone)})
			return nil
		})
	})
	return all, err
}

// CasesOf lists the cases that have a document: who may see one of them may
// read it.
func (r *Room) CasesOf(ctx context.Context, controller, doc string) (ids []string, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		ids, err = db.All[string](ctx, tx, `SELECT case_id FROM case_documents WHERE document = ? AND controller = ? ORDER BY case_id`, doc, controller)
		return err
	})
	return ids, err
}

// KeepStill notes that a still picture of a camera was looked at for a case
// (CASE-14). The picture itself is kept nowhere: it would be footage past its
// time. What was seen is the looker's word, in the step's answers.
func (r *Room) KeepStill(ctx context.Context, controller, id, camera, statement string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.KeepStill(%s)", id)
	now := r.Clock.Now()
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if _, err := r.Register.CameraIn(ctx, tx, controller, camera); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO case_stills (controller, case_id, camera, at, statement, by) VALUES (`+db.Marks(6)+`)`,
			controller, id, camera, now, statement, who.Person); err != nil {
			return err
		}
		if err := r.partake(ctx, tx, k.Case, who.Person); err != nil {
			return err
		}
		_, err = r.Ledger.Append(ctx, tx, now, "case.still", map[string]string{
			"case": id, "controller": controller, "camera": camera, "statement": statement, "person": who.Person,
		})
		return err
	})
}
