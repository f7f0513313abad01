package dossier

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// The kinds of revision.
const (
	RevisionSent     = "sent"
	RevisionAdjusted = "adjusted" // a change within the approval (H 10.1)
)

// Revision is one application as it was sent. It never changes.
type Revision struct {
	Revision    int
	Kind        string
	Application casework.Application
	SHA256      string // of the application as kept
	Writers     []string
	Made        time.Time
	Person      string // who sent it
	Name        string
}

type revisionRow struct {
	Revision    int
	Kind        string
	Application string
	SHA256      string `db:"sha256"`
	Writers     names
	Made        time.Time
	Person      string
	Name        string
}

const revisionColumns = `revision, kind, application, sha256, writers, made, person, name`

func (w revisionRow) read() (Revision, error) {
	v := Revision{Revision: w.Revision, Kind: w.Kind, SHA256: w.SHA256, Writers: w.Writers, Made: w.Made, Person: w.Person, Name: w.Name}
	if sum(w.Application) != w.SHA256 {
		return v, fault.New(fault.Corrupt, "case.corrupt", "revision %d is not what was kept", w.Revision)
	}
	var err error
	v.Application, err = fromJSON[casework.Application](w.Application)
	return v, err
}

// freeze keeps an application as a revision. What it rests on stays for good.
func (r *Room) freeze(ctx context.Context, tx *db.Tx, c casework.Case, kind string, app casework.Application, writers []string, who Who) error {
	text := asJSON(app)
	if _, err := tx.Exec(ctx, `INSERT INTO case_revisions (controller, case_id, `+revisionColumns+`) VALUES (`+db.Marks(10)+`)`,
		c.Controller, c.ID, c.Revision, kind, text, sum(text), asJSON(writers), r.Clock.Now(), who.Person, who.Name); err != nil {
		return err
	}
	for _, a := range app.Annexes {
		if err := r.Documents.Keep(ctx, tx, c.Controller, a.Document); err != nil {
			return err
		}
	}
	_, err := r.Ledger.Append(ctx, tx, r.Clock.Now(), "case.revision", map[string]any{
		"case": c.ID, "controller": c.Controller, "revision": c.Revision, "kind": kind, "sha256": sum(text), "person": who.Person, "writers": writers,
	})
	return err
}

// Revisions lists what was sent, the newest first.
func (r *Room) Revisions(ctx context.Context, controller, id string) (all []Revision, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[revisionRow](ctx, tx, `SELECT `+revisionColumns+` FROM case_revisions WHERE controller = ? AND case_id = ? ORDER BY revision DESC`, controller, id)
		for _, w := range rows {
			v, e := w.read()
			if e != nil {
				return e
			}
			all = append(all, v)
		}
		return err
	})
	return all, err
}

// Revision gives one of them.
func (r *Room) Revision(ctx context.Context, controller, id string, n int) (v Revision, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = r.revision(ctx, tx, controller, id, n)
		return err
	})
	return v, err
}

func (r *Room) revision(ctx context.Context, tx *db.Tx, controller, id string, n int) (Revision, error) {
	w, err := db.One[revisionRow](ctx, tx, `SELECT `+revisionColumns+` FROM case_revisions WHERE controller = ? AND case_id = ? AND revision = ?`, controller, id, n)
	if fault.Is(err, fault.NotFound) {
		return Revision{}, fault.New(fault.NotFound, "case.revision", "case %s has no revision %d", id, n)
	}
	if err != nil {
		return Revision{}, err
	}
	return w.read()
}

// current is the application that stands: the last revision, or the draft of
// what was never sent.
func (r *Room) current(ctx context.Context, tx *db.Tx, k kept) (casework.Application, error) {
	if k.Revision == 0 {
		d, err := r.draft(ctx, tx, k.Case)
		return d.Application, err
	}
	v, err := r.revision(ctx, tx, k.Controller, k.ID, k.Revision)
	return v.Application, err
}

// Change is one field that differs between two applications.
type Change struct {
	Task   string // empty for what stands outside the process's tasks
	Field  string // a field's id, "camera.basis", "hours.outdoor", "annex.plan"
	Camera string
	Was    string
	Is     string
}

// Diff says what differs between two applications, field by field.
func Diff(p *casework.Process, was, is casework.Application) []Change {
	var out []Change
	add := func(task, field, camera, a, b string) {
		if a != b {
			out = append(out, Change{task, field, camera, a, b})
		}
	}
	seen := map[string]bool{}
	for i := range p.Tasks {
		for _, f := range p.Tasks[i].Fields {
			seen[f.ID] = true
			add(p.Tasks[i].ID, f.ID, "", answerText(was.Answers[f.ID]), answerText(is.Answers[f.ID]))
		}
	}
	rest := map[string]bool{}
	for id := range was.Answers {
		rest[id] = true
	}
	for id := range is.Answers {
		rest[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(rest)) {
		if !seen[id] {
			add("", id, "", answerText(was.Answers[id]), answerText(is.Answers[id]))
		}
	}
	out = append(out, diffCameras(p, was, is)...)
	hours := pairs(was.Hours, is.Hours, func(x casework.Pattern) string { return x.ID })
	for _, h := range hours {
		add(taskOf(p, casework.TaskHours), "hours."+h.id, "", hoursText(h.was), hoursText(h.is))
	}
	add(taskOf(p, casework.TaskHours), "frame", "", hoursText(&was.Frame), hoursText(&is.Frame))
	for _, d := range pairs(was.Drawings, is.Drawings, func(x casework.DrawingUsed) string { return x.Drawing }) {
		add(taskOf(p, casework.TaskDrawings), "drawing."+d.id, "", orNone(d.was), orNone(d.is))
	}
	for _, d := range pairs(was.Annexes, is.Annexes, func(x casework.Annex) string { return x.Document }) {
		kind, a, b := "", "", ""
		if d.was != nil {
			kind, a = d.was.Kind, d.was.Name
		}
		if d.is != nil {
			kind, b = d.is.Kind, d.is.Name
		}
		add(taskOf(p, casework.TaskAnnexes), "annex."+kind, "", a, b)
	}
	return out
}

func diffCameras(p *casework.Process, was, is casework.Application) (out []Change) {
	task := taskOf(p, casework.TaskCameras)
	for _, c := range pairs(was.Cameras, is.Cameras, func(x casework.Wanted) string { return x.Camera }) {
		switch {
		case c.was == nil:
			out = append(out, Change{task, "camera", c.id, "", c.is.Name})
			continue
		case c.is == nil:
			out = append(out, Change{task, "camera", c.id, c.was.Name, ""})
			continue
		}
		a, b := reflect.ValueOf(*c.was), reflect.ValueOf(*c.is)
		for i := range a.NumField() {
			name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
			x, y := a.Field(i).Interface(), b.Field(i).Interface()
			if same(x, y) {
				continue
			}
			was, ok := x.(string)
			is, _ := y.(string)
			if !ok {
				was, is = asJSON(x), asJSON(y)
			}
			out = append(out, Change{task, "camera." + name, c.id, was, is})
		}
	}
	return out
}

type pair[T any] struct {
	id      string
	was, is *T
}

// pairs puts what has one id in two lists side by side, in the order of the
// first and then of the second.
func pairs[T any](was, is []T, id func(T) string) (out []pair[T]) {
	at := map[string]int{}
	for i := range was {
		at[id(was[i])] = len(out)
		out = append(out, pair[T]{id: id(was[i]), was: &was[i]})
	}
	for i := range is {
		if n, ok := at[id(is[i])]; ok {
			out[n].is = &is[i]
			continue
		}
		out = append(out, pair[T]{id: id(is[i]), is: &is[i]})
	}
	return out
}

func taskOf(p *casework.Process, kind string) string {
	for _, t := range p.Tasks {
		if t.Kind == kind {
			return t.ID
		}
	}
	return ""
}

func hoursText(p *casework.Pattern) string {
	if p == nil || p.ID == "" {
		return ""
	}
	parts := []string{p.Name, p.Hours.Explain("da")}
	if p.Reason != "" {
		parts = append(parts, p.Reason)
	}
	if p.Closed {
		parts = append(parts, "lukkedage")
	}
	return strings.Join(parts, ": ")
}

func orNone[T any](v *T) string {
	if v == nil {
		return ""
	}
	return asJSON(*v)
}
