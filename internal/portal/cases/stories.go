package cases

import (
	"net/http"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
	"vidne.dk/vidne/processes"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	const one = "/sager/2026-014"
	return []page.Story{
		{Name: "sager", Who: access.Coordinator, Path: "/sager", Make: p.pose(func(v *visit) page.Page { return v.sampleList(9) })},
		{Name: "sager-tom", Who: access.Applicant, Path: "/sager", Make: p.pose(func(v *visit) page.Page { return v.sampleList(0) })},
		{Name: "sager-filter-tom", Who: access.Coordinator, Path: "/sager?q=findes+ikke", Make: p.pose(func(v *visit) page.Page { return v.sampleList(0) })},
		{Name: "sag-ny", Who: access.Applicant, Path: "/sager/ny", Make: p.pose(func(v *visit) page.Page {
			f := v.NewForm("casenew").Text("titel", 200, false).Checks("steder", fds.Choice{Value: "lindeby-skole", Text: "Lindeby Skole", Hint: "Skolevej 4"}).Text("sagsnr", 60, true)
			f.Check().Fail("steder", v.T("casenew.steder.missing"))
			return v.beginPage(f)
		})},
		{Name: "sag-kladde", Who: access.Applicant, Path: one, Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleCase(look) })},
		{Name: "sag-behandles", Who: access.DPO, Path: one, Make: p.told(6, "dpo", func(v *visit, look dossier.View) page.Page { return v.sampleCase(look) })},
		{Name: "sag-etableres", Who: access.IT, Path: one, Make: p.told(13, "it", func(v *visit, look dossier.View) page.Page {
			look.Case.Conditions = []casework.Condition{{ID: "x", Text: "Kameraet ved cykelskuret skal drejes væk fra naboens have.", Step: "dpo", Blocks: "permit", By: "p-3", At: v.Now.AddDate(0, 0, -9)}}
			return v.sampleCase(look)
		})},
		{Name: "sag-afslaaet", Who: access.Applicant, Path: one, Make: p.told(3, "applicant", func(v *visit, look dossier.View) page.Page {
			look.Case.Status, look.Case.Ended, look.Case.Reason, look.Turns = casework.Refused, v.Now.AddDate(0, 0, -2), "Ét enkelt tyveri er ikke et systematisk problem.", nil
			return v.sampleCase(look)
		})},
		{Name: "ansoegning", Who: access.Applicant, Path: one + "/ansoegning", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.tasksPage(look) })},
		{Name: "ansoegning-laest", Who: access.DPO, Path: one + "/ansoegning", Make: p.told(6, "dpo", func(v *visit, look dossier.View) page.Page { return v.tasksPage(look) })},
		{Name: "opgave", Who: access.Applicant, Path: one + "/ansoegning/x", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleTask(look, casework.TaskFields, false) })},
		{Name: "opgave-fejl", Who: access.Applicant, Path: one + "/ansoegning/x", Code: http.StatusUnprocessableEntity, Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleTask(look, casework.TaskFields, true) })},
		{Name: "opgave-kameraer", Who: access.Applicant, Path: one + "/ansoegning/x", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleTask(look, casework.TaskCameras, false) })},
		{Name: "opgave-tidsrum", Who: access.Applicant, Path: one + "/ansoegning/x", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleTask(look, casework.TaskHours, false) })},
		{Name: "opgave-bilag", Who: access.Applicant, Path: one + "/ansoegning/x", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.sampleTask(look, casework.TaskAnnexes, false) })},
		{Name: "kontrol", Who: access.Applicant, Path: one + "/ansoegning/kontrol", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.checkPage(look) })},
		{Name: "trin-beslutning", Who: access.DPO, Path: one + "/trin/x", Make: p.told(6, "dpo", func(v *visit, look dossier.View) page.Page { return v.sampleStep(look) })},
		{Name: "trin-arbejde", Who: access.IT, Path: one + "/trin/x", Make: p.told(13, "it", func(v *visit, look dossier.View) page.Page { return v.sampleStep(look) })},
		{Name: "opfoelgning-kamera", Who: access.Applicant, Path: one + "/opfoelgning/x", Make: p.told(25, "applicant", func(v *visit, look dossier.View) page.Page {
			return v.followPage(look, look.Application.Cameras[0], &look.Process.Steps[len(look.Process.Steps)-2])
		})},
		{Name: "aendring-inden-for", Who: access.IT, Path: one + "/aendring", Make: p.told(25, "it", func(v *visit, look dossier.View) page.Page { return v.comparison(look, sampleDifferences(true)) })},
		{Name: "fremstilling", Who: access.Applicant, Path: one + "/fremstilling", Make: p.told(0, "applicant", func(v *visit, look dossier.View) page.Page { return v.samplePaper(look, true) })},
		{Name: "fremstilling-laest", Who: access.Approver, Path: one + "/fremstilling", Make: p.told(14, "director", func(v *visit, look dossier.View) page.Page { return v.samplePaper(look, false) })},
		{Name: "afgoerelse", Who: access.Applicant, Path: one + "/afgoerelse", Make: p.told(25, "it", func(v *visit, look dossier.View) page.Page { return v.sampleLetter(look) })},
		{Name: "afgoerelse-afslag", Who: access.Applicant, Path: one + "/afgoerelse", Make: p.told(3, "applicant", func(v *visit, look dossier.View) page.Page {
			look.Case.Status, look.Case.Ended, look.Case.Reason = casework.Refused, v.Now.AddDate(0, 0, -2), "Ét enkelt tyveri er ikke et systematisk problem."
			look.Application.Cameras = nil
			return v.sampleLetter(look)
		})},
		{Name: "aendring-uden-for", Who: access.IT, Path: one + "/aendring", Make: p.told(25, "it", func(v *visit, look dossier.View) page.Page { return v.comparison(look, sampleDifferences(false)) })},
	}
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}

// told is a story of a case of which so many steps are done, told to somebody
// who holds a body.
func (p *Screens) told(done int, body string, f func(*visit, dossier.View) page.Page) func(*page.Visit) page.Page {
	return p.pose(func(v *visit) page.Page { return f(v, v.sampleView(done, body)) })
}

// shipped are the processes that the program comes with.
var shipped = sync.OnceValues(func() (*casework.Library, error) { return casework.Read(processes.Files()) })

// sampleView is a case as the machine would have it.
func (v *visit) sampleView(done int, body string) dossier.View {
	all, err := shipped()
	if err != nil {
		panic(err) // the processes are embedded and tested
	}
	proc := all.Newest("municipality", v.Now)[0]
	who := casework.Actor{Person: v.Person.ID, Name: v.Session.Person.Name}
	applicant := who
	if body != "applicant" {
		applicant = casework.Actor{Person: "p-9", Name: "Birthe Kjær"}
		who.Bodies = []string{body}
	}
	opened := v.Now.AddDate(0, -2, 0)
	c, _, err := proc.Open(casework.Opening{ID: "2026-014", Number: "INC-20417", Controller: v.Controller.ID, Administration: "boern-og-unge",
		Title: "Hærværk ved skolens indgange", Locations: []string{"lindeby-skole"}}, casework.Facts{}, applicant, opened)
	if err != nil {
		panic(err)
	}
	app := sampleApplication(proc)
	facts := casework.Facts{Answers: app.Answers, Missing: map[string][]casework.Missing{}}
	for _, w := range app.Cameras {
		facts.Cameras = append(facts.Cameras, w.Camera)
	}
	facts.Probed = facts.Cameras
	for i := range proc.Steps {
		s := &proc.Steps[i]
		st := c.Steps[s.ID]
		if st.Status == casework.StepNeedless {
			continue
		}
		at := opened.AddDate(0, 0, 2*i+1)
		st.Since, st.Status = at, casework.StepWaiting
		switch {
		case i < done:
			st = casework.StepState{Status: casework.StepDone, Since: at, By: "p-7", Name: "Karen Holm", Act: casework.ActComplete, Revision: 1, Remarks: ""}
			if s.Approval {
				st.Act = casework.ActApprove
			}
			c.Revision = 1
		case i == done:
			st.Status, st.Due = casework.StepOpen, at.AddDate(0, 0, 14)
		}
		c.Steps[s.ID] = st
	}
	if done > 12 {
		c.Decided, c.Approved, c.ValidTo = v.Now.AddDate(0, 0, -20), 1, v.Now.AddDate(5, 0, -20)
	}
	if done > 20 {
		c.Permitted, c.Status = 1, casework.Established
	}
	look := dossier.View{Case: c, Process: proc, Application: app, Facts: facts, Bodies: who.Bodies}
	look.Draft = dossier.Draft{Version: 4, Application: app, Saved: v.Now.Add(-7 * time.Minute), Name: applicant.Name, Open: done == 0}
	look.MayWrite = body == "applicant" && done == 0
	if done == 0 {
		look.Facts.Missing = proc.Missing(app)
	}
	look.Turns, look.Offers = proc.Ball(c, v.Now), proc.May(c, facts, who, v.Now)
	return look
}

// sampleApplication answers each question with its own example.
func sampleApplication(proc *casework.Process) casework.Application {
	a := casework.Application{Answers: casework.Answers{}}
	for i := range proc.Tasks {
		for j := range proc.Tasks[i].Fields {
			f := &proc.Tasks[i].Fields[j]
			if i%4 == 3 || f.When != nil {
				continue
			}
			switch f.Kind {
			case casework.FieldChoice:
				a.Answers[f.ID] = casework.Answer{Text: f.Choices[0].ID}
			case casework.FieldChoices:
				a.Answers[f.ID] = casework.Answer{Many: []string{f.Choices[0].ID}}
			case casework.FieldYesNo:
				a.Answers[f.ID] = casework.Answer{Text: casework.No}
			case casework.FieldNumber:
				a.Answers[f.ID] = casework.Answer{Text: "7"}
			case casework.FieldDate:
				a.Answers[f.ID] = casework.Answer{Text: "2026-10-03"}
			case casework.FieldRows, casework.FieldPeople:
				row := map[string]string{}
				for _, c := range f.RowColumns() {
					row[c.ID] = map[casework.FieldKind]string{casework.FieldDate: "2026-09-14", casework.FieldYesNo: casework.Yes, casework.FieldNumber: "2"}[c.Kind]
					if row[c.ID] == "" && len(c.Choices) == 0 {
						row[c.ID] = "Rude knust ved indgangen"
					}
				}
				a.Answers[f.ID] = casework.Answer{Rows: []map[string]string{row}}
			default:
				text := f.Example.DA
				if text == "" {
					text = "Der er knust ruder og malet på facaden otte gange siden januar."
				}
				a.Answers[f.ID] = casework.Answer{Text: text}
			}
		}
	}
	hours := permit.Hours{Zone: zone, Dates: []permit.Date{}}
	for d := range 7 {
		hours.Week[d] = permit.Spans{{From: "16:00", To: "07:00"}}
	}
	a.Hours = []casework.Pattern{{ID: "t1", Name: "Uden for åbningstid", Hours: hours, Closed: true}}
	for i, c := range sample.Cameras(3) {
		w := casework.Wanted{Camera: c.ID, Name: c.Name, Location: c.Location, Place: "own-entrance", Purpose: "Opklare hærværk ved indgangen", PurposeKind: "crime", Pattern: "t1", Recording: true}
		if i < 2 {
			w.Basis = "2d"
		}
		a.Cameras = append(a.Cameras, w)
	}
	a.Annexes = []casework.Annex{{Kind: proc.Annexes[0].ID, Document: "d-1", Name: "plantegning-stuen.pdf", Size: 412_331, Added: sample.Moment(), By: "p-2"}}
	return a
}

func (v *visit) sampleCase(look dossier.View) page.Page {
	entry := func(kind casework.EventKind, step, name, remarks string, days int) dossier.Entry {
		return dossier.Entry{Event: casework.Event{Kind: kind, Step: step, Body: "it", At: v.Now.AddDate(0, 0, -days), Person: "p-9", Name: name, Remarks: remarks, Data: map[string]string{"revision": "1"}}}
	}
	steps := look.Process.Steps
	pg := v.newCasePage(look, []string{"Lindeby Skole"}, []dossier.Entry{entry(casework.StepOpened, steps[2].ID, "", "", 30), entry(casework.StepWasDone, steps[1].ID, "Karen Holm", "Der er grundlag. Puljen kan søges om 20.000 kr.", 30),
		entry(casework.ApplicationSent, steps[0].ID, "Birthe Kjær", "Vi håber på svar før jul.", 40), entry(casework.CaseOpened, "", "Birthe Kjær", "", 60)})
	pg.News = v.N("case.news", 2)
	return pg
}

func (v *visit) sampleTask(look dossier.View, kind string, strict bool) page.Page {
	for i := range look.Process.Tasks {
		t := &look.Process.Tasks[i]
		if t.Kind != kind && (kind != casework.TaskFields || t.Kind != "") || kind == casework.TaskFields && i%4 != 3 {
			continue
		}
		pg := v.bareTask(look, t, look.Draft.Application, "")
		if t.Kind == casework.TaskCameras {
			pg.Cameras = &camerasPart{Grid: v.camerasGrid(look, look.Draft.Application, true), Choose: &chooseForm{Action: "/sager", Button: fds.Button{Kind: "secondary", Text: v.T("casecams.choose.button")},
				Groups: []fds.Choices{{ID: "kamera", Name: "kamera", Legend: "Lindeby Skole", Many: true, Items: []fds.Choice{{Value: "a", Text: "Hovedindgang", Hint: "Over hoveddøren, 3,2 m", On: true}, {Value: "b", Text: "Cykelskuret"}}}},
				Name:   v.Field(fds.Field{ID: "nyt-navn", Name: "nyt-navn", Type: "text", Optional: true}, "casecams.new.name"),
				Place:  v.Field(fds.Field{ID: "nyt-sted", Name: "nyt-sted", Type: "select", Choices: []fds.Choice{{Value: "a", Text: "Lindeby Skole"}}}, "casecams.new.place")}}
		}
		v.findings(pg, look, t, strict)
		return pg
	}
	panic("the process has no task of kind " + kind)
}

func (v *visit) sampleStep(look dossier.View) page.Page {
	for _, t := range look.Turns {
		s, _ := look.Process.Step(t.Step)
		was := look.Application.Clone()
		was.Answers = casework.Answers{}
		b := beside{journal: []dossier.Entry{{Event: casework.Event{Kind: casework.StepApproved, Step: look.Process.Steps[1].ID, At: v.Now.AddDate(0, 0, -3), Name: "Karen Holm", Remarks: "Otte hændelser på et år er systematisk. Godkendt."}}},
			evidence: []dossier.Linked{{Annex: casework.Annex{Document: "d-7", Name: "referat-med.pdf", Added: v.Now.AddDate(0, 0, -1)}}}}
		return v.stepPage(look, s, b)
	}
	panic("no step is open")
}

func (v *visit) sampleList(n int) page.Page {
	var rows []dossier.Row
	look := v.sampleView(6, "dpo")
	states := []casework.Status{casework.Open, casework.Open, casework.Established, casework.Refused, casework.Expired}
	titles := []string{"Hærværk ved skolens indgange", "Tyveri fra cykelskure", "Indbrud på materielgården", "Overvågning af parkeringspladsen bag Lindeby Bibliotek og Kulturhus med tilhørende stier og den nordlige ankomst"}
	for i := range n {
		r := dossier.Row{ID: "2026-01" + itoa(i), Title: titles[i%len(titles)], Status: states[i%len(states)], Revision: i % 3, Since: v.Now.AddDate(0, 0, -i), Touched: v.Now,
			Process: look.Process.ID, Version: look.Process.Version, Locations: []string{"lindeby-skole"}}
		if r.Status == casework.Open || r.Status == casework.Established {
			r.Step, r.Body, r.Open = look.Process.Steps[i].ID, look.Process.Steps[i].Body, 1+i%3
		}
		if i%2 == 0 {
			r.Due = v.Now.AddDate(0, 0, 10-3*i)
		}
		rows = append(rows, r)
	}
	places := []register.Name{{ID: "lindeby-skole", Name: "Lindeby Skole"}}
	list, rows := v.listing(places).Show(v.Visit, rows)
	return v.listPage(list, rows, places, listCounts{mine: 2, late: n / 4})
}

func sampleDifferences(inside bool) []casework.Difference {
	same := func(s string) casework.Text { return casework.Text{DA: s, EN: s} }
	list := []casework.Difference{
		{Field: "hours.t1", Was: same("16.00-07.00"), Is: same("15.00-07.00"), Inside: true, Why: same("Inden for den ramme, der er søgt om."), Cite: "H 10.1"},
		{Field: "camera.view", Camera: "skole-indgang", Was: same("Mod syd"), Is: same("Drejet 30° mod øst"), Inside: true, Why: same("Samme område, matrikel, formål og hjemmel."), Cite: "H 10.2"},
	}
	if !inside {
		list = append(list, casework.Difference{Field: "camera.basis", Camera: "skole-indgang", Was: same("§ 2 d"), Is: same("§ 2 a"), Why: same("En anden hjemmel kræver en ny ansøgning."), Cite: "H 10.2"})
	}
	return list
}
