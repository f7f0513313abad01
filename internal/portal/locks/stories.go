package locks

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.place, w.cameras, w.kind, w.process = sample.Location(), sample.Cameras(8), "municipality", casework.Holds{Copy: casework.CopyAlways}
			w.incident = sampleIncident(v.Now)
			if state != "" {
				w.hold = sampleHold(v.Now, state)
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role, c can, k kept) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/l1", Make: pose(state, func(v *visit) page.Page {
			for n := range k.gone {
				k.gone[n].From, k.gone[n].To, k.gone[n].Done = v.hold.From, v.hold.To, v.Now.Add(-20*time.Minute)
			}
			pg := v.onePage(c, k)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, who access.Role, f func(*visit) *page.FormPage, fail ...string) page.Story {
		s := page.Story{Name: name, Who: who, Path: at}
		if len(fail) > 0 {
			s.Code = http.StatusUnprocessableEntity
		}
		s.Make = pose(state, func(v *visit) page.Page {
			pg := f(v)
			for i := 0; i+1 < len(fail); i += 2 {
				pg.Form.Fail(fail[i], v.T(fail[i+1]))
			}
			return pg
		})
		return s
	}
	list := func(n int) func(*page.Visit) page.Page {
		return pose("standing", func(v *visit) page.Page { return v.listPage(v.sampleRows(n)) })
	}
	const ask, here = "/haendelser/h1/bevislaas", path + "/l1"
	asked := func(class permit.Class) func(*visit) *page.FormPage {
		return func(v *visit) *page.FormPage {
			return v.askPage(map[string][]permit.Class{"kamera-01": {permit.ClassCrime}, "kamera-04": {class}}, v.incident.Scope())
		}
	}
	refused := form("bevislaas-afvist-af-loven", ask, "", access.Operator, func(v *visit) *page.FormPage {
		pg := asked(permit.ClassSafety)(v)
		why := law.Text{DA: "§ 4 d har ingen undtagelse. Skal politiet bruge optagelsen, skal den udleveres inden dag 30.", EN: "§ 4 d has no exception. If the police need the footage, it must be handed over before day 30."}
		do := law.Text{DA: "Overdrag det nødvendige krypteret til politiet inden dag 30.", EN: "Hand over what is needed, encrypted, to the police before day 30."}
		pg.Alert = v.refusal([]law.Finding{{Camera: "kamera-04", Text: why, Cite: "tv-overvågningsloven § 4 d, stk. 3", Do: do}})
		return pg
	}, "kamera", "lock.refused.field")
	edit := can{edit: true}
	return []page.Story{
		{Name: "bevislaase", Who: access.Coordinator, Path: path, Make: list(8)},
		{Name: "bevislaase-tom", Who: access.DPO, Path: path, Make: list(0)},
		form("bevislaas-ny", ask, "", access.Operator, asked(permit.ClassCrime)),
		form("bevislaas-ny-tryghed", ask, "", access.Operator, asked(permit.ClassSafety)),
		form("bevislaas-ny-fejl", ask, "", access.Operator, asked(permit.ClassCrime), "reference", "fault.hold.reference", "ord", "fault.hold.words", "gennemgang", "fault.hold.review"),
		refused,
		one("bevislaas-bedt", "asked", access.Manager, can{answer: true}, kept{}),
		one("bevislaas", "standing", access.Operator, edit, kept{segments: 31, bytes: 124_000_000}),
		one("bevislaas-tvist", "untold", access.Operator, edit, kept{}),
		one("bevislaas-tvist-underrettet", "told", access.Operator, edit, kept{segments: 12, bytes: 40_000_000}),
		one("bevislaas-tvist-ophoert", "gone", access.DPO, can{}, kept{}),
		one("bevislaas-glemt", "review", access.Coordinator, edit, kept{}),
		one("bevislaas-afvist", "rejected", access.Operator, edit, kept{}),
		one("bevislaas-nej", "declined", access.Operator, edit, kept{}),
		one("bevislaas-frigivet", "released", access.DPO, can{}, kept{gone: []engineapi.Deletion{{Camera: "kamera-01", State: "done", Rule: "release", Segments: 31, Bytes: 124_000_000}}}),
		form("bevislaas-svar", here+"/svar", "asked", access.Manager, (*visit).answerPage),
		form("bevislaas-svar-fejl", here+"/svar", "asked", access.Manager, (*visit).answerPage, "ord", "fault.hold.answer"),
		form("bevislaas-underretning", here+"/underretning", "untold", access.Operator, (*visit).noticePage),
		form("bevislaas-underretning-fejl", here+"/underretning", "untold", access.Operator, (*visit).noticePage, "givet", "fault.hold.given-late", "hvordan", "fault.hold.how"),
		form("bevislaas-kopi", here+"/kopi", "told", access.Operator, (*visit).copyPage),
		form("bevislaas-gennemgang", here+"/gennemgang", "review", access.Coordinator, (*visit).reviewPage),
		one("bevislaas-laengere-bedt", "longer", access.Manager, can{longer: true}, kept{segments: 31, bytes: 124_000_000}),
		one("bevislaas-aendret", "changed", access.Operator, edit, kept{segments: 31, bytes: 124_000_000}),
		form("bevislaas-laengere", here+"/laengere", "standing", access.Operator, (*visit).longerPage),
		form("bevislaas-laengere-svar", here+"/laengere/svar", "longer", access.Manager, (*visit).longerAnswer),
		form("bevislaas-mindre", here+"/mindre", "standing", access.Operator, (*visit).narrowPage),
		form("bevislaas-mindre-fejl", here+"/mindre", "standing", access.Operator, (*visit).narrowPage, "til", "fault.hold.narrower"),
		{Name: "bevislaas-frigiv", Who: access.Operator, Path: here + "/frigiv", Make: pose("standing", func(v *visit) page.Page {
			return v.releasePage(kept{segments: 31, bytes: 124_000_000})
		})},
	}
}

func sampleIncident(now time.Time) incident.Incident {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	return incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "lindeby", Location: "lindeby-skole", Opened: now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund",
		Account:    incident.Account{What: "Rude knust i hovedindgangen", From: from, To: from.Add(2 * time.Hour)},
		Assessment: incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt ruden knust", Police: "4600-70121-00417-26"},
		Scopes:     []incident.Scope{{Version: 1, Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(2 * time.Hour)}}}
}

func sampleHold(now time.Time, state string) hold.Hold {
	const day = 24 * time.Hour
	h := hold.Hold{ID: "l1", Number: "L-2026-007", Controller: "lindeby", Location: "lindeby-skole", Incident: "h1", IncidentNumber: "H-2026-031", Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-3 * time.Hour),
		Terms: hold.Terms{Cameras: []string{"kamera-01"}, From: now.Add(-5 * day), To: now.Add(-5*day + 12*time.Minute), Reason: permit.HoldCrime, Reference: "4600-70121-00417-26",
			Words: "I de minutter ses ruden blive knust, og hvem der løber derfra.", Review: now.Add(27 * day), Until: now.Add(85 * day)}}
	switch state {
	case "asked":
		return h
	case "declined":
		h.Decided, h.DeciderName, h.Answer = now.Add(-time.Hour), "Birthe Kjær", "Vælg kun de minutter, hvor ruden bliver knust."
		return h
	}
	h.Asked, h.Decided, h.Approved, h.Decider, h.DeciderName, h.Statement, h.EngineHas = now.Add(-4*day), now.Add(-4*day), true, "p-3", "Birthe Kjær", "s1", true
	dispute := func(age time.Duration) {
		h.Reason, h.Reference, h.Whom, h.Words = permit.HoldDispute, "Klage 26/1142", "Ida Holm", "Klageren siger, at hun faldt på trappen. Trappen ses i de minutter."
		h.From, h.To = now.Add(-age), now.Add(-age+9*time.Minute)
		h.Asked, h.Decided = h.From.Add(day), h.From.Add(day)
		h.Until, h.Review = h.From.Add(hold.Limit), now.Add(20*day)
	}
	switch state {
	case "untold":
		dispute(25 * day)
	case "told":
		dispute(21 * day)
		h.Told, h.ToldHow, h.ToldBy, h.Extended = now.Add(-10*day), "Brev med digital post", "Jonas Lund", now.Add(70*day)
		h.Reviews = []hold.Review{{At: now.Add(-2 * day), Name: "Birthe Kjær", Words: "Klagen er ikke afgjort endnu.", Next: now.Add(28 * day)}}
	case "gone":
		dispute(33 * day)
		h.Review = now.Add(20 * day)
	case "review":
		h.Review, h.Until = now.Add(-9*day), now.Add(60*day)
	case "longer":
		h.Longer = &hold.Longer{Until: h.Until.Add(90 * day), Words: "Politiet er ikke færdige med efterforskningen.", Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-time.Hour)}
	case "changed":
		was := h.Terms
		was.Cameras, was.Until = []string{"kamera-01", "kamera-04"}, h.Until.Add(-60*day)
		h.Changes = []hold.Change{{At: now.Add(-2 * day), Name: "Birthe Kjær", Words: "Politiet er ikke færdige med efterforskningen.", Was: was}, {At: now.Add(-day), Name: "Jonas Lund", Words: "Kun indgangen viser noget.", Was: was, Refused: "hold.deleted"}}
	case "rejected":
		h.EngineWhy, h.EngineHas = "hold.deleted", false
	case "released":
		h.Released, h.ReleaserName, h.ReleaseReason = now.Add(-time.Hour), "Jonas Lund", "Politiet har fået optagelserne og kvitteret."
	}
	return h
}

func (v *visit) sampleRows(n int) []row {
	states := []string{"asked", "untold", "standing", "told", "review", "released", "declined", "rejected"}
	var all []hold.Hold
	for i := range n {
		h := sampleHold(v.Now, states[i%len(states)])
		h.ID = string(rune('a' + i))
		h.Number = "L-2026-00" + string(rune('1'+i))
		h.Location = sample.Locations()[i%3].ID
		all = append(all, h)
	}
	return v.rows(all, sample.Locations())
}
