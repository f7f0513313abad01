package cases

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// taskPage is one task of the application: its questions, and the list of
// cameras, hours or annexes where it is about those.
type taskPage struct {
	page.Shell
	Lead     string
	Kicker   string // "Opgave 3 af 12"
	Elements string // of H 2.3 A
	Errors   *fds.ErrorSummary
	Findings []fds.Alert
	Clash    *fds.Alert
	Items    []item
	Locked   *fds.Alert
	Action   string
	Base     int
	Saved    string
	Next     fds.Button
	Save     fds.Button
	Back     fds.Link
	Forward  *fds.Link
	Saving   map[string]string // words of the script that saves

	Cameras *camerasPart
	Hours   *hoursPart
	Annexes *annexesPart
	Links   []fds.Link
}

// autosave is the header of a saving that the page does by itself.
const autosave = "Vidne-Autosave"

func (v *visit) taskOf(look dossier.View) (*casework.Task, error) {
	if t, ok := look.Process.Task(v.R.PathValue("opgave")); ok {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "task.unknown", "no task %.40q in %s", v.R.PathValue("opgave"), look.Process.ID)
}

func (p *Screens) task(v *visit, look dossier.View) error {
	t, err := v.taskOf(look)
	if err != nil {
		return err
	}
	pg, err := v.taskPage(look, t, shown(look), "")
	if err != nil {
		return err
	}
	v.findings(pg, look, t, false)
	if d, ok := v.Draft(); ok { // what was typed when the session was lost
		fresh, err := v.taskPage(look, t, v.typed(look, t, d), "")
		if err != nil {
			return err
		}
		pg, pg.Notes = fresh, append(fresh.Notes, v.Kept())
	}
	return v.Show(http.StatusOK, pg)
}

// typed is the application with what was typed on this page.
func (v *visit) typed(look dossier.View, t *casework.Task, in url.Values) casework.Application {
	app := shown(look).Clone()
	if app.Answers == nil {
		app.Answers = casework.Answers{}
	}
	for id, a := range answersOf(t.Fields, in) {
		app.Answers[id] = a
	}
	return app
}

// taskPage is the page of a task, with the cameras that can be chosen.
func (v *visit) taskPage(look dossier.View, t *casework.Task, app casework.Application, more string) (pg *taskPage, err error) {
	pg = v.bareTask(look, t, app, more)
	if t.Kind == casework.TaskCameras {
		pg.Cameras, err = v.camerasPart(look, app)
	}
	return pg, err
}

func (v *visit) bareTask(look dossier.View, t *casework.Task, app casework.Application, more string) *taskPage {
	c := look.Case
	pg := &taskPage{Shell: v.NewShell("task", v.text(t.Title), append(v.crumbs(c), fds.Link{Href: path(c, "/ansoegning"), Text: v.T("tasks.title")})...), Lead: v.text(t.Lead)}
	pg.Action, pg.Base = path(c, "/ansoegning/"+t.ID), look.Draft.Version
	pg.Back = fds.Link{Href: path(c, "/ansoegning"), Text: v.T("task.back")}
	pg.Items = v.items(t.Fields, app.Answers, more)
	var all []*casework.Task
	for i := range look.Process.Tasks {
		if x := &look.Process.Tasks[i]; x.When.Holds(app.Answers) {
			all = append(all, x)
		}
	}
	for i, x := range all {
		if x.ID == t.ID {
			pg.Kicker = v.T("task.of", i+1, len(all))
			if i+1 < len(all) {
				pg.Forward = &fds.Link{Href: path(c, "/ansoegning/"+all[i+1].ID), Text: v.text(all[i+1].Title)}
			}
		}
	}
	if !writes(look) {
		pg.Locked = v.locked(look)
	}
	pg.Next = fds.Button{Kind: "primary", Text: v.T("task.next"), Name: "videre", Value: "1"}
	pg.Save = fds.Button{Kind: "secondary", Text: v.T("task.save")}
	if !look.Draft.Saved.IsZero() && writes(look) {
		pg.Saved = v.T("task.saved.by", v.When(look.Draft.Saved, v.Now), look.Draft.Name)
	}
	pg.Saving = v.Under("autosave.")
	pg.Saving["whose"] = v.Person.ID
	switch t.Kind {
	case casework.TaskHours:
		pg.Hours = v.hoursPart(look, app)
	case casework.TaskAnnexes:
		pg.Annexes = v.annexesPart(look, app)
	case casework.TaskDrawings:
		pg.Links = []fds.Link{{Href: path(c, "/tegninger"), Text: v.T("drawings.go")}}
	}
	v.Said(&pg.Shell)
	v.rejected(&pg.Shell)
	return pg
}

// findings shows what the form and the law have to say of a task: at the
// questions when strict, and as remarks above them when not yet asked for.
func (v *visit) findings(pg *taskPage, look dossier.View, t *casework.Task, strict bool) {
	var stops fds.ErrorSummary
	for _, m := range look.Facts.Missing[t.ID] {
		switch {
		case m.Refuses && strict:
			v.fail(pg.Items, m)
			stops.Errors = append(stops.Errors, fds.Link{Href: v.mend(look.Case, m), Text: v.text(m.Text)})
		case !m.Refuses || answered(m, shown(look)):
			tone := fds.Info
			if m.Refuses {
				tone = fds.Warning
			}
			pg.Findings = append(pg.Findings, fds.Alert{Tone: tone, Heading: v.text(m.Text), Text: m.Cite})
		}
	}
	if len(stops.Errors) > 0 {
		stops.Heading = v.N("task.stops", int64(len(stops.Errors)))
		pg.Errors = &stops
	}
}

// answered reports whether what is found wanting is about something that was
// filled in: what is only empty yet needs no remark.
func answered(m casework.Missing, app casework.Application) bool {
	return m.Field != "" && m.Camera == "" && !app.Answers[m.Field].Empty()
}

// saveTask saves what a page says. It is saved whether it is complete or not;
// who wants to go on is told what is missing first.
func (p *Screens) saveTask(v *visit, look dossier.View) error {
	t, err := v.taskOf(look)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	base, _ := strconv.Atoi(in.Get("base"))
	version, err := p.Cases.SaveDraft(v.Ctx, look.Case.Controller, look.Case.ID, dossier.Edit{Base: base, Answers: answersOf(t.Fields, in)}, v.who())
	own := v.R.Header.Get(autosave) != ""
	var clash *dossier.ClashError
	switch {
	case errors.As(err, &clash):
		if own {
			return v.JSON(http.StatusConflict, map[string]any{"clash": true})
		}
		return v.clash(look, t, in, clash)
	case err != nil:
		return err
	case own:
		return v.JSON(http.StatusOK, map[string]any{"version": version, "saved": v.T("task.saved.now", v.Clock(v.Now))})
	}
	fresh, err := p.look(v.Visit, look.Case.ID)
	if err != nil {
		return err
	}
	more := in.Get("mere")
	refuses, _ := count(fresh.Facts.Missing[t.ID])
	if in.Get("videre") == "" && more == "" {
		return v.See(path(look.Case, "/ansoegning/"+t.ID+"?besked=kladde-gemt"))
	}
	pg, err := v.taskPage(fresh, t, shown(fresh), more)
	if err != nil {
		return err
	}
	if more != "" {
		v.findings(pg, fresh, t, false)
		return v.Show(http.StatusOK, pg)
	}
	if refuses == 0 {
		if pg.Forward != nil {
			return v.See(pg.Forward.Href)
		}
		return v.See(path(look.Case, "/ansoegning/kontrol"))
	}
	v.findings(pg, fresh, t, true)
	pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Text: v.T("task.saved.incomplete")})
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// clash shows both texts where two people wrote at once; saving again keeps
// one's own.
func (v *visit) clash(look dossier.View, t *casework.Task, in url.Values, clash *dossier.ClashError) error {
	pg, err := v.taskPage(look, t, v.typed(look, t, in), "")
	if err != nil {
		return err
	}
	pg.Base = clash.Version
	pg.Clash = &fds.Alert{Tone: fds.Warning, Heading: v.T("task.clash"), Text: v.T("task.clash.text", clash.Clashes[0].Name)}
	for _, x := range clash.Clashes {
		for i := range pg.Items {
			if pg.Items[i].ID == "q-"+x.Field {
				pg.Items[i].Theirs, pg.Items[i].TheirsBy = x.Theirs, v.T("task.clash.theirs", x.Name)
			}
		}
	}
	return v.Show(http.StatusConflict, pg)
}
