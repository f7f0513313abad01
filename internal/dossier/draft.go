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

// keptDrafts is how many versions of a draft are kept to merge with: what
// somebody began to write on longer ago than so many savings is not known any
// more, and then differs from everything.
const keptDrafts = 200

// Draft (kladde) is the application as it is being written.
type Draft struct {
	Version     int
	Application casework.Application // with the annexes and drawings as they stand
	Writers     []string             // who has written since the case was opened
	Saved       time.Time
	Person      string // who saved
	Name        string
	// Open says that it may be written in: nobody is deciding on it.
	Open bool
}

// Draft gives a case's draft.
func (r *Room) Draft(ctx context.Context, controller, id string) (d Draft, err error) {
	drawn, err := r.drawn(ctx, controller, id)
	if err != nil {
		return d, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		d, err = r.draft(ctx, tx, k.Case)
		d.Open, d.Application.Drawings = k.writable(), drawn
		return err
	})
	return d, err
}

// drawn lists the drawings of a case as they stand.
func (r *Room) drawn(ctx context.Context, controller, id string) (out []casework.DrawingUsed, err error) {
	all, err := r.Drawings.List(ctx, controller, id)
	for _, d := range all {
		out = append(out, casework.DrawingUsed{Drawing: d.ID, Version: d.Version})
	}
	return out, err
}

// writable says whether the draft may be written in: before it is sent, when
// it has come back, and once approved for a change.
func (k kept) writable() bool {
	if !k.running() {
		return false
	}
	if k.Approved > 0 {
		return true
	}
	for i := range k.process.Steps {
		if s := &k.process.Steps[i]; s.Kind == casework.StepApply && k.Steps[s.ID].Status == casework.StepOpen {
			return true
		}
	}
	return k.Revision == 0
}

type draftRow struct {
	Version     int
	Application string
	Writers     names
	Saved       time.Time
	Person      string
	Name        string
}

const draftColumns = `version, application, writers, saved, person, name`

func (r *Room) draft(ctx context.Context, tx *db.Tx, c casework.Case) (d Draft, err error) {
	w, err := db.One[draftRow](ctx, tx, `SELECT `+draftColumns+` FROM case_drafts WHERE controller = ? AND case_id = ? ORDER BY version DESC LIMIT 1`, c.Controller, c.ID)
	if err != nil {
		return d, err
	}
	d = Draft{Version: w.Version, Writers: w.Writers, Saved: w.Saved, Person: w.Person, Name: w.Name}
	if d.Application, err = fromJSON[casework.Application](w.Application); err != nil {
		return d, err
	}
	d.Application.Annexes, err = r.annexes(ctx, tx, c)
	return d, err
}

func (r *Room) putDraft(ctx context.Context, tx *db.Tx, c casework.Case, version int, app casework.Application, writers []string, who Who) error {
	app.Annexes, app.Drawings = nil, nil // they have rooms of their own
	_, err := tx.Exec(ctx, `INSERT INTO case_drafts (controller, case_id, version, application, writers, saved, person, name) VALUES (`+db.Marks(8)+`)`,
		c.Controller, c.ID, version, asJSON(app), asJSON(writers), r.Clock.Now(), who.Person, who.Name)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM case_drafts WHERE controller = ? AND case_id = ? AND version <= ?`, c.Controller, c.ID, version-keptDrafts)
	}
	return err
}

// Edit is what one page of the application has to say. What is nil is not
// touched.
type Edit struct {
	// Base is the version of the draft that the page was made from.
	Base    int
	Answers casework.Answers // of the page's fields
	Cameras *[]casework.Wanted
	Hours   *[]casework.Pattern
	Frame   *casework.Pattern
}

// Clash is one thing that two people changed at once, to different ends.
type Clash struct {
	Field  string // a field's id, "camera.basis", "hours", "frame"
	Camera string
	Mine   string // what was to be saved
	Theirs string // what stands
	Name   string // who wrote what stands
}

// ClashError is a draft that was not saved because others changed the same
// things meanwhile. It is fault.Conflict "case.draft".
type ClashError struct {
	Clashes []Clash
	Version int // that stands: save again from it to have one's own
}

func (e *ClashError) Error() string {
	return "the draft was changed by others meanwhile: " + e.Clashes[0].Field
}

// SaveDraft saves what a page says and gives the new version. Changes of
// others since e.Base are merged, field by field and camera by camera; where
// they collide nothing is saved and the error holds a [ClashError]. A draft
// that is being decided on is Conflict "case.sent"; one who does not write
// applications in the case is Denied "case.body".
func (r *Room) SaveDraft(ctx context.Context, controller, id string, e Edit, who Who) (version int, err error) {
	defer fault.Wrap(&err, "dossier.SaveDraft(%s)", id)
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if !k.writable() {
			return fault.New(fault.Conflict, "case.sent", "case %s is being decided on", id)
		}
		actor, err := r.actor(ctx, tx, k.Case, who)
		if err != nil {
			return err
		}
		if !k.writes(actor) {
			return fault.New(fault.Denied, "case.body", "%s writes no applications in case %s", who.Person, id)
		}
		now, err := r.draft(ctx, tx, k.Case)
		if err != nil {
			return err
		}
		base := casework.Application{}
		if e.Base == now.Version {
			base = now.Application
		} else if w, err := db.One[draftRow](ctx, tx, `SELECT `+draftColumns+` FROM case_drafts WHERE controller = ? AND case_id = ? AND version = ?`,
			controller, id, e.Base); err == nil {
			if base, err = fromJSON[casework.Application](w.Application); err != nil {
				return err
			}
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		m := merge{base: base, theirs: now.Application, out: now.Application.Clone(), name: now.Name}
		m.all(e)
		if len(m.clashes) > 0 {
			return fault.As(fault.Conflict, "case.draft", &ClashError{m.clashes, now.Version})
		}
		version = now.Version
		if len(m.changed) == 0 {
			return nil
		}
		version++
		writers := now.Writers
		if !slices.Contains(writers, who.Person) {
			writers = append(writers, who.Person)
		}
		if err := r.putDraft(ctx, tx, k.Case, version, m.out, writers, who); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE cases SET touched = ? WHERE controller = ? AND id = ?`, r.Clock.Now(), controller, id); err != nil {
			return err
		}
		if err := r.partake(ctx, tx, k.Case, who.Person); err != nil {
			return err
		}
		_, err = r.Ledger.Append(ctx, tx, r.Clock.Now(), "case.drafted", map[string]any{
			"case": id, "controller": controller, "version": version, "person": who.Person, "fields": m.changed[:min(len(m.changed), 100)],
			"sha256": sum(asJSON(m.out)),
		})
		return err
	})
	return version, err
}

// merge takes one page's changes into what stands.
type merge struct {
	base, theirs casework.Application
	out          casework.Application
	name         string
	changed      []string
	clashes      []Clash
}

func (m *merge) all(e Edit) {
	for _, id := range slices.Sorted(maps.Keys(e.Answers)) {
		mine, theirs, base := e.Answers[id], m.theirs.Answers[id], m.base.Answers[id]
		if m.take(id, "", mine, theirs, base, answerText) {
			if m.out.Answers == nil {
				m.out.Answers = casework.Answers{}
			}
			if mine.Empty() {
				delete(m.out.Answers, id)
			} else {
				m.out.Answers[id] = mine
			}
		}
	}
	if e.Cameras != nil {
		m.cameras(*e.Cameras)
	}
	if e.Hours != nil && m.take("hours", "", *e.Hours, m.theirs.Hours, m.base.Hours, asText) {
		m.out.Hours = *e.Hours
	}
	if e.Frame != nil && m.take("frame", "", *e.Frame, m.theirs.Frame, m.base.Frame, asText) {
		m.out.Frame = *e.Frame
	}
}

// take says whether a value is to be set, and notes a change or a clash.
func (m *merge) take(field, camera string, mine, theirs, base any, text func(any) string) bool {
	if same(mine, theirs) || same(mine, base) {
		return false
	}
	if !same(theirs, base) {
		m.clashes = append(m.clashes, Clash{Field: field, Camera: camera, Mine: text(mine), Theirs: text(theirs), Name: m.name})
		return false
	}
	if camera != "" {
		field = camera + "." + field
	}
	m.changed = append(m.changed, field)
	return true
}

// same holds an empty list to be none.
func same(a, b any) bool {
	x, y := asJSON(a), asJSON(b)
	return x == y || (x == "null" || x == "[]") && (y == "null" || y == "[]")
}

func asText(v any) string { return asJSON(v) }

func answerText(v any) string {
	a, ok := v.(casework.Answer)
	switch {
	case !ok:
		return asJSON(v)
	case len(a.Rows) > 0:
		return asJSON(a.Rows)
	case len(a.Many) > 0:
		return strings.Join(a.Many, ", ")
	}
	return a.Text
}

// cameras merges a list of cameras: those added and taken away, and of those
// in both lists field by field. The order is mine.
func (m *merge) cameras(mine []casework.Wanted) {
	find := func(list []casework.Wanted, id string) (casework.Wanted, bool) {
		for _, w := range list {
			if w.Camera == id {
				return w, true
			}
		}
		return casework.Wanted{}, false
	}
	var out []casework.Wanted
	for _, w := range mine {
		theirs, there := find(m.theirs.Cameras, w.Camera)
		base, before := find(m.base.Cameras, w.Camera)
		switch {
		case !there && before && same(w, base): // they took it away
		case !there && before:
			m.clashes = append(m.clashes, Clash{Field: "camera", Camera: w.Camera, Mine: w.Name, Name: m.name})
		case !there:
			m.changed = append(m.changed, w.Camera)
			out = append(out, w)
		default:
			out = append(out, m.camera(w, theirs, base))
		}
	}
	for _, theirs := range m.theirs.Cameras {
		if _, have := find(mine, theirs.Camera); have {
			continue
		}
		base, before := find(m.base.Cameras, theirs.Camera)
		switch {
		case !before: // they added it
			out = append(out, theirs)
		case !same(theirs, base):
			m.clashes = append(m.clashes, Clash{Field: "camera", Camera: theirs.Camera, Theirs: theirs.Name, Name: m.name})
		default:
			m.changed = append(m.changed, theirs.Camera)
		}
	}
	if len(m.changed) == 0 && !same(out, m.theirs.Cameras) && len(out) == len(m.theirs.Cameras) {
		m.changed = append(m.changed, "cameras") // their order
	}
	m.out.Cameras = out
}

// camera merges one camera, by the names of its fields in JSON.
func (m *merge) camera(mine, theirs, base casework.Wanted) casework.Wanted {
	out := theirs
	a, b, c, o := reflect.ValueOf(mine), reflect.ValueOf(theirs), reflect.ValueOf(base), reflect.ValueOf(&out).Elem()
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		text := func(v any) string {
			if s, ok := v.(string); ok {
				return s
			}
			return asJSON(v)
		}
		if m.take("camera."+name, mine.Camera, a.Field(i).Interface(), b.Field(i).Interface(), c.Field(i).Interface(), text) {
			o.Field(i).Set(a.Field(i))
		}
	}
	return out
}
