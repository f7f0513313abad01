package sharing

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
	"vidne.dk/vidne/internal/sharing"
)

const day = 24 * time.Hour

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			here := *v
			here.Controller.Kind = register.Business
			w := &visit{&here, p, found{place: sample.Location(), cameras: sample.Cameras(8), by: sampleBusiness(), incident: sampleIncident(v.Now)}}
			if state != "" {
				w.share = sampleShare(v.Now, state)
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role, c can) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/d1", Make: pose(state, func(v *visit) page.Page {
			var looks []sharing.Look
			if state == "standing" {
				looks = []sharing.Look{{Opened: v.Now.Add(-time.Hour), Name: "Siv Berg", Controller: "Svea Center"}}
			}
			pg := v.onePage(c, looks)
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
		return pose("", func(v *visit) page.Page {
			var all []sharing.Share
			for i := range n {
				all = append(all, sampleShare(v.Now, []string{"asked", "standing", "ended"}[i%3]))
			}
			return v.listPage(all, map[string]string{sample.Location().ID: sample.Location().Name})
		})
	}
	asked := func(v *visit) *page.FormPage { return v.askPage([]sharing.System{sampleSystem(v.Now)}) }
	refused := form("deling-afvist-af-loven", "/haendelser/h1/deling", "", access.Manager, func(v *visit) *page.FormPage {
		pg := asked(v)
		pg.Alert = v.refusal([]law.Finding{{Camera: "kamera-04", Cite: "tv-overvågningsloven § 4 d, stk. 2", Text: law.Text{DA: "Optagelser efter §§ 2 a og 2 c må ikke deles efter § 4 c, stk. 2.", EN: "Footage under §§ 2 a and 2 c may not be shared under § 4 c, subs. 2."}}})
		return pg
	}, "kamera", "fault.sharing.law")
	return []page.Story{
		{Name: "deling", Who: access.Coordinator, Path: path, Make: list(3)},
		{Name: "deling-tom", Who: access.Manager, Path: path, Make: list(0)},
		one("deling-venter", "asked", access.Coordinator, can{answer: true}),
		one("deling-bedt", "asked", access.Manager, can{edit: true}),
		one("deling-gaelder", "standing", access.Coordinator, can{edit: true}),
		one("deling-afslaaet", "declined", access.DPO, can{}),
		one("deling-stoppet", "stopped", access.DPO, can{}),
		form("deling-ny", "/haendelser/h1/deling", "", access.Manager, asked),
		form("deling-ny-fejl", "/haendelser/h1/deling", "", access.Manager, asked, "anmeldt", "fault.sharing.reported", "alvor", "fault.sharing.grave"),
		refused,
		form("deling-vurder", path+"/d1/svar", "asked", access.Coordinator, (*visit).answerPage),
		form("deling-stop", path+"/d1/stop", "standing", access.Coordinator, (*visit).stopPage),
		form("deling-system", system+"/ny", "", access.Coordinator, func(v *visit) *page.FormPage { return v.systemOf(v.systemForm()) }),
		form("deling-system-fejl", system+"/ny", "", access.Coordinator, func(v *visit) *page.FormPage { return v.systemOf(v.systemForm()) }, "fagpersoner", "fault.sharing.qualification", "fil", "fault.sharing.document"),
		{Name: "deling-systemer", Who: access.Coordinator, Path: system, Make: pose("", func(v *visit) page.Page {
			old := sampleSystem(v.Now)
			old.Permission.Expires = v.Now.Add(-day)
			return v.systemsPage([]sharing.System{sampleSystem(v.Now), old}, true)
		})},
		{Name: "delt", Who: access.Operator, Path: toMe, Make: pose("", func(v *visit) page.Page {
			return v.receivedPage([]sharing.Share{sampleShare(v.Now, "standing"), sampleShare(v.Now, "ended")}, map[string]string{"kadence": "Kadence Fitness"})
		})},
		{Name: "delt-tom", Who: access.Operator, Path: toMe, Make: pose("", func(v *visit) page.Page { return v.receivedPage(nil, nil) })},
		{Name: "delt-med-mig", Who: access.Operator, Path: toMe + "/d1", Make: pose("standing", func(v *visit) page.Page { return v.sharedPage(nil) })},
		{Name: "delt-slut", Who: access.Operator, Path: toMe + "/d1", Make: pose("ended", func(v *visit) page.Page {
			return v.sharedPage(fault.New(fault.Denied, "sharing.state.ended", "over"))
		})},
		{Name: "delt-kig", Who: access.Operator, Path: toMe + "/kig/k1", Make: pose("standing", func(v *visit) page.Page {
			v.look = sharing.Look{ID: "k1", Share: "d1", Expires: v.Now.Add(sharing.LookFor)}
			return v.lookPage("")
		})},
	}
}

func sampleSystem(now time.Time) sharing.System {
	return sharing.System{ID: "s1", Controller: "kadence", Name: "Centrenes deling", Others: true, Owner: "Vera Holst, sikkerhedschef", Assessors: []sharing.Assessor{{Person: "p-3", Name: "Vera Holst", Qualification: "Sikkerhedschef, tidligere politiassistent"}},
		Members:    []sharing.Member{{Controller: "svea", Person: "p-9", Name: "Siv Berg"}, {Controller: "kadence", Person: "p-4", Name: "Nora Lind"}},
		Permission: sharing.Permission{Journal: "2026-32-0117", Issued: now.Add(-90 * day), Expires: now.Add(200 * day), Terms: "Højst ti personer, adgang i højst 14 dage.", Document: "doc-1"}}
}

func sampleIncident(now time.Time) incident.Incident {
	from := now.Add(-20 * time.Hour)
	return incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "kadence", Location: sample.Location().ID, Assessment: incident.Assessment{Police: "4600-70121-00417-26"},
		Scopes: []incident.Scope{{Version: 1, Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(time.Hour)}}}
}

func sampleShare(now time.Time, state string) sharing.Share {
	from := now.Add(-20 * time.Hour)
	s := sharing.Share{ID: "d1", Controller: "kadence", Number: "S-2026-004", Location: sample.Location().ID, Incident: "h1", IncidentNumber: "H-2026-031", SystemName: "Centrenes deling", Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-3 * time.Hour),
		Case: sharing.Case{System: "s1", Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(8 * time.Minute), Offence: "theft", Presume: "Han bryder skuffen op og tager pengene.", Grave: "Der blev taget 14.000 kr.",
			Reported: now.Add(-12 * time.Hour), Journal: "4600-70121-00417-26", Reasons: "Samme mand er set ved Sveas to andre centre i ugen op til.", Until: now.Add(10 * day)}}
	switch state {
	case "declined":
		s.Decided, s.DeciderName, s.Answer = now.Add(-time.Hour), "Vera Holst", "Det ses ikke, hvem der tager pengene."
	case "standing", "ended", "stopped":
		s.Decided, s.Approved, s.Decider, s.DeciderName, s.Qualification, s.Answer = now.Add(-2*time.Hour), true, "p-3", "Vera Holst", "Sikkerhedschef, tidligere politiassistent", "Alle fire betingelser er opfyldt."
	}
	switch state {
	case "ended":
		s.Until = now.Add(-time.Hour)
	case "stopped":
		s.Stopped, s.StopName, s.StopWhy = now.Add(-time.Hour), "Jonas Lund", "Politiet har fundet manden."
	}
	return s
}
