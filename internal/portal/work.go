package portal

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/staff"
)

// work is what the cases want of a person.
type work struct {
	waiting []waiting     // what is due first
	mine    int           // cases that wait, of which some may not be in waiting
	shown   int           // cases in waiting
	ending  []dossier.Row // the approval runs out
	part    int           // running cases that the person has part in
	// deviating are cameras whose engine obeys something else than was decided.
	deviating []dossier.Deviation
	rights    rightsWork
	review    reviewWork
	live      liveWork
	locks     lockWork
	lifts     []masking.Lift
	requests  []request.Request
	breaches  breachWork
	office    officeWork

	papers []staff.Lack

	disclosures disclosureWork
	copies      copyWork
}

// waiting is one step that waits for this person.
type waiting struct {
	id, title, step string
	name            casework.Text // of the step
	apply           bool
	since, due      time.Time
	earliest        time.Time // it may not be done before
}

// approvalWarning is how long before its end an approval is a task: the
// earliest of the warnings (CASE-17).
const approvalWarning = 183 * 24 * time.Hour

// work finds what waits for the person: each step of a case by itself.
func (p *Portal) work(v *visit) (w work, err error) {
	if p.cases == nil || !v.May(access.SeeCases, access.Object{}) {
		return w, nil
	}
	mine, err := p.cases.Waiting(v.Ctx, v.Person.Controller, v.Person.ID, mostTasks)
	if err != nil {
		return w, err
	}
	cases := map[string]bool{}
	for _, x := range mine {
		cases[x.Case] = true
		if s, ok := x.Process.Step(x.Step); ok {
			w.waiting = append(w.waiting, waiting{x.Case, x.Title, x.Step, s.Title, s.Kind == casework.StepApply, x.Since, x.Due, x.Earliest})
		}
	}
	w.shown = len(cases)
	running := dossier.Query{Controller: v.Person.Controller, Status: []casework.Status{casework.Open, casework.Established}}
	q := running
	q.Mine = v.Person.ID
	if w.mine, err = p.cases.Count(v.Ctx, q); err != nil {
		return w, err
	}
	q = running
	q.Person = v.Person.ID
	if w.part, err = p.cases.Count(v.Ctx, q); err != nil {
		return w, err
	}
	q.Ending, q.Sort, q.Limit = v.Now.Add(approvalWarning), "valid", mostTasks
	if w.ending, _, err = p.cases.List(v.Ctx, q); err != nil {
		return w, err
	}
	if v.May(access.SeeHealth, access.Object{}) {
		w.deviating = p.cases.Deviating(v.Person.Controller)
	}
	return w, nil
}

// soon is how long before it is due that a step is shown as pressing.
const soon = 3 * 24 * time.Hour

// caseTasks are the tasks of the front page that come of cases.
func (v *visit) caseTasks(w work) (tasks []task) {
	for _, x := range w.waiting {
		t := task{Icon: "person", Tone: fds.Info, rank: 30, Title: v.T("home.case", x.id, x.name.In(string(v.Lang))), Text: x.title, Since: v.T("state.since", v.When(x.since, v.Now)),
			Link: fds.Link{Href: "/sager/" + x.id + "/trin/" + x.step, Text: v.T("home.case.link", x.id)}}
		if x.apply {
			t.Link.Href = "/sager/" + x.id + "/ansoegning"
		}
		switch {
		case x.earliest.After(v.Now):
			t.Text, t.rank, t.Icon = join(x.title+".", v.T("home.case.earliest", v.Date(x.earliest))), 45, "hourglass"
		case x.due.IsZero():
		case !v.Now.Before(x.due):
			t.Text, t.Tone, t.rank, t.Icon = join(x.title+".", v.T("home.case.late", v.Date(x.due))), fds.Warning, 15, "warning"
		default:
			t.Text = join(x.title+".", v.T("home.case.due", v.Date(x.due)))
			if x.due.Sub(v.Now) < soon {
				t.Tone, t.rank, t.Icon = fds.Warning, 20, "hourglass"
			}
		}
		tasks = append(tasks, t)
	}
	if more := w.mine - w.shown; more > 0 {
		tasks = append(tasks, task{Icon: "person", Tone: fds.Info, rank: 46, Title: v.N("home.more.cases", int64(more)), Link: fds.Link{Href: "/sager?vis=mine&sorter=frist", Text: v.T("home.more.cases.link")}})
	}
	for _, d := range w.deviating {
		tasks = append(tasks, task{Icon: "error", Tone: fds.Error, rank: 3, Title: v.T("home.deviates", d.Camera), Text: v.T("casepermit.differs." + d.Key),
			Link: fds.Link{Href: "/sager/" + d.Case + "/tilladelser", Text: v.T("home.case.link", d.Case)}})
	}
	for _, row := range w.ending {
		tasks = append(tasks, task{Icon: "hourglass", Tone: fds.Warning, rank: 55, Title: v.T("home.approval", row.ID), Text: join(row.Title+".", v.T("home.approval.text", v.Date(row.ValidTo))),
			Link: fds.Link{Href: "/sager/" + row.ID, Text: v.T("home.case.link", row.ID)}})
	}
	return tasks
}

func (v *visit) caseFigures(w work) []page.Figure {
	if !v.May(access.SeeCases, access.Object{}) {
		return nil
	}
	icon, tone := "success", fds.Plain
	if w.mine > 0 {
		icon, tone = "person", fds.Info
	}
	return []page.Figure{
		{Href: "/sager?vis=mine", Text: v.T("home.cases.waiting"), Number: v.Number(int64(w.mine)), Icon: icon, Tone: tone},
		{Href: "/sager", Text: v.T("home.cases.part"), Number: v.Number(int64(w.part)), Icon: "list-bulleted"},
	}
}

// sampleWork is for the storybook.
func sampleWork(now time.Time) work {
	days := func(n int) time.Time { return now.Add(time.Duration(n) * 24 * time.Hour) }
	return work{part: 4, rights: sampleRights(now), live: sampleLive(now), locks: sampleLocks(now), disclosures: sampleDisclosures(now), mine: 15, shown: 3, deviating: []dossier.Deviation{{Case: "2026-009", Camera: "gaard-port", Key: "permit.foreign"}},
		waiting: []waiting{
			{"2026-014", "Hærværk ved skolens indgange", "application", casework.Text{DA: "Udfyld ansøgningen", EN: "Fill in the application"}, true, days(-12), days(-1), time.Time{}},
			{"2026-009", "Tyveri fra cykelskure", "paper", casework.Text{DA: "Skriv sagsfremstilling til ØKE", EN: "Write the paper for ØKE"}, false, days(-2), days(2), time.Time{}},
			{"2026-003", "Indbrud på materielgården", "install", casework.Text{DA: "Opsætning", EN: "Installation"}, false, days(-9), days(40), days(33)},
		},
		ending: []dossier.Row{{ID: "2021-002", Title: "Biblioteket", ValidTo: days(80)}}}
}
