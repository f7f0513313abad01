package cases

import (
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// tasksPage is the application as a list of tasks that can be done in any
// order.
type tasksPage struct {
	page.Shell
	Lead    string
	Rows    []taskRow
	Done    string // "9 af 12 opgaver er færdige"
	Check   *fds.Link
	Where   *fds.Alert // why it cannot be written in
	Saved   string
	Renewal []string // what a new application changes of an old one
}

type taskRow struct {
	ID, Href, Title, Note string
	Badge                 fds.Badge
}

// writes reports whether this person may write in the application now.
func writes(look dossier.View) bool { return look.MayWrite && look.Draft.Open }

// shown is the application that a person reads: the draft for who writes it,
// what was sent for everybody else.
func shown(look dossier.View) casework.Application {
	if writes(look) {
		return look.Draft.Application
	}
	return look.Application
}

func (p *Screens) tasks(v *visit, look dossier.View) error {
	return v.Show(http.StatusOK, v.tasksPage(look))
}

func (v *visit) tasksPage(look dossier.View) *tasksPage {
	c := look.Case
	pg := &tasksPage{Shell: v.NewShell("tasks", v.T("tasks.title"), v.crumbs(c)...), Lead: v.T("tasks.lead")}
	v.Said(&pg.Shell)
	app := shown(look)
	done, all := 0, 0
	for i := range look.Process.Tasks {
		t := &look.Process.Tasks[i]
		if !t.When.Holds(app.Answers) {
			continue
		}
		all++
		row := taskRow{ID: t.ID, Href: path(c, "/ansoegning/"+t.ID), Title: v.text(t.Title)}
		refuses, warns := count(look.Facts.Missing[t.ID])
		switch {
		case refuses == 0:
			done++
			row.Badge = fds.Badge{Tone: fds.Success, Text: v.T("task.done")}
			if warns > 0 {
				row.Note = v.N("task.warnings", int64(warns))
			}
		case begun(t, app):
			row.Badge = fds.Badge{Tone: fds.Info, Text: v.T("task.begun")}
			row.Note = v.N("task.lacks", int64(refuses))
		default:
			row.Badge = fds.Badge{Text: v.T("task.new")}
		}
		if refuses > 0 && writes(look) && !needed(look, t.ID) {
			row.Note = v.T("task.later")
		}
		pg.Rows = append(pg.Rows, row)
	}
	pg.Done = v.T("tasks.done", done, all)
	if writes(look) {
		pg.Check = &fds.Link{Href: path(c, "/ansoegning/kontrol"), Text: v.T("tasks.check")}
		if !look.Draft.Saved.IsZero() {
			pg.Saved = v.T("task.saved.by", v.When(look.Draft.Saved, v.Now), look.Draft.Name)
		}
	} else {
		pg.Where = v.locked(look)
		pg.Check = &fds.Link{Href: path(c, "/ansoegning/kontrol"), Text: v.T("tasks.read")}
	}
	return pg
}

// locked says why the application cannot be written in.
func (v *visit) locked(look dossier.View) *fds.Alert {
	key := "tasks.locked.person"
	if !look.Draft.Open {
		key = "tasks.locked.sent"
	}
	return &fds.Alert{Tone: fds.Info, Heading: v.T(key), Text: v.T(key + ".text"), Links: []fds.Link{{Href: path(look.Case, ""), Text: v.T("tasks.locked.link")}}}
}

// count is how much of what is missing stops, and how much only warns.
func count(list []casework.Missing) (refuses, warns int) {
	for _, m := range list {
		if m.Refuses {
			refuses++
		} else {
			warns++
		}
	}
	return refuses, warns
}

// begun reports whether anything of a task was answered.
func begun(t *casework.Task, a casework.Application) bool {
	for i := range t.Fields {
		if !a.Answers[t.Fields[i].ID].Empty() {
			return true
		}
	}
	switch t.Kind {
	case casework.TaskCameras:
		return len(a.Cameras) > 0
	case casework.TaskHours:
		return len(a.Hours) > 0
	case casework.TaskAnnexes:
		return len(a.Annexes) > 0
	case casework.TaskDrawings:
		return len(a.Drawings) > 0
	}
	return false
}

// checkPage is all answers on one page, before they are sent and for whoever
// decides on them.
type checkPage struct {
	page.Shell
	Lead     string
	Errors   *fds.ErrorSummary
	Warnings []fds.Link
	Parts    []checkPart
	Send     *sendForm
	Actions  []fds.Link
}

type checkPart struct {
	ID, Heading string
	Change      *fds.Link
	List        fds.StructuredList
	Grid        *page.Grid
	Empty       string
}

type sendForm struct {
	Action, Lead string
	Remarks      fds.Field
	Button       fds.Button
}

func (p *Screens) check(v *visit, look dossier.View) error {
	return v.Show(http.StatusOK, v.checkPage(look))
}

func (v *visit) checkPage(look dossier.View) *checkPage {
	c := look.Case
	pg := &checkPage{Shell: v.NewShell("check", v.T("check.title"), append(v.crumbs(c), fds.Link{Href: path(c, "/ansoegning"), Text: v.T("tasks.title")})...)}
	pg.Lead = v.T("check.lead.read", c.Revision)
	if writes(look) {
		pg.Lead = v.T("check.lead")
		if s := sending(look); s != nil {
			pg.Send = v.sendForm(look, s)
		}
	}
	app := shown(look)
	var stops fds.ErrorSummary
	for i := range look.Process.Tasks {
		t := &look.Process.Tasks[i]
		if !t.When.Holds(app.Answers) {
			continue
		}
		for _, m := range look.Facts.Missing[t.ID] {
			l := fds.Link{Href: v.mend(c, m), Text: v.text(m.Text)}
			if m.Refuses {
				if needed(look, t.ID) {
					stops.Errors = append(stops.Errors, l)
				}
			} else {
				pg.Warnings = append(pg.Warnings, l)
			}
		}
		pg.Parts = append(pg.Parts, v.checkPart(look, t, app))
	}
	if len(stops.Errors) > 0 && writes(look) {
		stops.Heading = v.N("check.stops", int64(len(stops.Errors)))
		pg.Errors = &stops
	}
	return pg
}

// sending is the step at which the application is sent now; nil: none is open.
func sending(look dossier.View) *casework.Step {
	for _, t := range look.Turns {
		if s, ok := look.Process.Step(t.Step); ok && s.Kind == casework.StepApply {
			return s
		}
	}
	return nil
}

// needed reports whether a task must be done before the application can be
// sent now. What is sent first need not be all (H 2.1 A, C).
func needed(look dossier.View, task string) bool {
	s := sending(look)
	return s == nil || len(s.Needs.Tasks) == 0 || slices.Contains(s.Needs.Tasks, task)
}

func (v *visit) sendForm(look dossier.View, s *casework.Step) *sendForm {
	next := v.T("check.next")
	for i := range look.Process.Steps {
		if o := &look.Process.Steps[i]; slices.Contains(o.After, s.ID) {
			next = v.body(look.Process, o.Body)
		}
	}
	f := &sendForm{Action: path(look.Case, "/ansoegning/send"), Lead: v.T("check.send.lead", next)}
	f.Remarks = v.Field(fds.Field{ID: "bemaerkning", Name: "bemaerkning", Type: "area", Rows: 3, MaxLength: 4000, Optional: true, Spellcheck: true}, "check.remarks")
	f.Button = fds.Button{Kind: "primary", Text: v.T("check.send", next), Name: "trin", Value: s.ID}
	return f
}

func (v *visit) checkPart(look dossier.View, t *casework.Task, app casework.Application) checkPart {
	part := checkPart{ID: "del-" + t.ID, Heading: v.text(t.Title)}
	if writes(look) {
		part.Change = &fds.Link{Href: path(look.Case, "/ansoegning/"+t.ID), Text: v.T("check.change", v.text(t.Title))}
	}
	part.List.Caption = part.Heading
	for i := range t.Fields {
		f := &t.Fields[i]
		a := app.Answers[f.ID]
		if !f.When.Holds(app.Answers) {
			continue
		}
		if len(a.Rows) > 0 {
			part.List.Rows = append(part.List.Rows, fds.Row{Term: v.text(f.Label), More: v.rowTexts(f, a)})
			continue
		}
		said := v.answer(f, a)
		if said == "" {
			said = v.T("check.nothing")
		}
		part.List.Rows = append(part.List.Rows, fds.Row{Term: v.text(f.Label), Text: said})
	}
	switch t.Kind {
	case casework.TaskCameras:
		part.Grid = v.camerasGrid(look, app, false)
	case casework.TaskHours:
		for _, h := range app.Hours {
			part.List.Rows = append(part.List.Rows, fds.Row{Term: h.Name, Text: h.Hours.Explain(string(v.Lang)), More: some(h.Reason)})
		}
		if app.Frame.ID != "" {
			part.List.Rows = append(part.List.Rows, fds.Row{Term: v.T("hours.frame"), Text: app.Frame.Hours.Explain(string(v.Lang))})
		}
	case casework.TaskAnnexes:
		part.Grid = v.annexGrid(look, app, false)
	case casework.TaskDrawings:
		for _, d := range app.Drawings {
			part.List.Rows = append(part.List.Rows, fds.Row{Term: v.T("drawings.one"), Text: v.T("drawings.version", d.Version),
				Link: &fds.Link{Href: path(look.Case, "/tegninger/"+d.Drawing), Text: v.T("drawings.open")}})
		}
	}
	if len(part.List.Rows) == 0 && part.Grid == nil {
		part.Empty = v.T("check.nothing")
	}
	return part
}

// answer is an answer in words; a date as people read it.
func (v *visit) answer(f *casework.Field, a casework.Answer) string {
	if f.Kind == casework.FieldDate {
		if t, err := page.LocalDate(a.Text); err == nil {
			return v.Date(t)
		}
	}
	return v.text(f.Words(a))
}

// rowTexts are the rows of a table, a line each.
func (v *visit) rowTexts(f *casework.Field, a casework.Answer) []string {
	var out []string
	cols := f.RowColumns()
	for _, r := range a.Rows {
		line := ""
		for i := range cols {
			if said := v.answer(&cols[i], casework.Answer{Text: r[cols[i].ID]}); said != "" {
				if line != "" {
					line += " · "
				}
				line += v.text(cols[i].Label) + ": " + said
			}
		}
		out = append(out, line)
	}
	return out
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// send hands the application to whoever comes next.
func (p *Screens) send(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	_, _, err = p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, casework.Act{Kind: casework.ActSend, Step: in.Get("trin"), Remarks: clean(in.Get("bemaerkning"))}, v.who())
	if err == nil {
		return v.See(path(look.Case, "?besked=sag-sendt"))
	}
	told, err := v.told(look.Case, err)
	if err != nil {
		return err
	}
	pg := v.checkPage(look)
	pg.Errors = told
	if pg.Send != nil {
		pg.Send.Remarks.Value = in.Get("bemaerkning")
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}
