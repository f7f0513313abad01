package guideline

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	room "vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	if p.Documents == nil {
		return nil
	}
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{Visit: v, s: p}
			if state != "" {
				w.review = sampleReview(v.Now, v.Person.ID, state)
			}
			return f(w)
		}
	}
	show := func(name, state string, who access.Role) page.Story {
		return page.Story{Name: name, Who: who, Path: path, Make: pose("", func(v *visit) page.Page {
			return v.showPage(sampleGuideline(v.Now, v.Person.ID, state), who == access.IT)
		})}
	}
	one := func(name, state string, who access.Role) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/gennemgang/g1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(who == access.IT)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, code int, f func(*visit) *page.FormPage) page.Story {
		return page.Story{Name: name, Who: access.IT, Path: path + at, Code: code, Make: pose(state, func(v *visit) page.Page {
			pg := f(v)
			if code != 0 {
				pg.Form.Check()
				pg.Form.Fail(fileField, v.T("guideline.file.missing"))
			}
			return pg
		})}
	}
	people := []identity.Person{{ID: "p-5", Name: "Søren Krogh", Roles: []string{"it"}}, {ID: "p-3", Name: "Mette Dahl", Roles: []string{"dpo"}}, {ID: "p-8", Name: "Hanne Juul", Roles: []string{"applicant"}}}
	return []page.Story{
		show("retningslinje", "open", access.IT),
		show("retningslinje-gennemgaaet", "done", access.DPO),
		show("retningslinje-ingen", "none", access.IT),
		show("retningslinje-for-sent", "late", access.Coordinator),
		one("retningslinje-gennemgang", "open", access.IT),
		one("retningslinje-gennemgang-part", "open", access.Manager),
		one("retningslinje-gennemgang-slut", "done", access.DPO),
		form("retningslinje-ny", "/ny", "", 0, func(v *visit) *page.FormPage { return v.firstPage(nil) }),
		form("retningslinje-ny-fejl", "/ny", "", 422, func(v *visit) *page.FormPage { return v.firstPage(nil) }),
		form("retningslinje-begynd", "/gennemgang/ny", "", 0, func(v *visit) *page.FormPage { return v.beginPage(people, nil) }),
		form("retningslinje-parter", "/gennemgang/g1/parter", "open", 0, func(v *visit) *page.FormPage { return v.askPage(people, nil) }),
		form("retningslinje-svar", "/gennemgang/g1/svar/a", "open", 0, func(v *visit) *page.FormPage { return v.answerPage(v.review.Parties[0], nil) }),
		form("retningslinje-afslut", "/gennemgang/g1/afslut", "open", 0, func(v *visit) *page.FormPage { return v.concludePage(nil) }),
		form("retningslinje-afslut-uden-alle", "/gennemgang/g1/afslut", "late", 422, func(v *visit) *page.FormPage { return v.concludePage(nil) }),
	}
}

func sampleReview(now time.Time, me, state string) room.Review {
	const day = 24 * time.Hour
	at := now.Add(-20 * day)
	x := room.Review{ID: "g1", Controller: "lindeby", Number: "R-2026-001", Cause: room.Law, Rules: []string{"tv-overvågningsloven § 2 c"}, Version: 3, Began: at, By: "Vidne", Due: now.Add(9 * day), Parties: []room.Party{
		{ID: "a", Person: me, Name: "Karen Holm", As: "coordinator", Asked: at},
		{ID: "b", Person: "p-3", Name: "Mette Dahl", As: "dpo", Asked: at, Answered: at.Add(3 * day), Comment: "Afsnit 5 bør sige, hvem der gennemgår loggen, når koordinatoren er på ferie.", By: "Mette Dahl"},
		{ID: "c", Name: "MED-udvalget", Asked: at, Answered: at.Add(9 * day), By: "Søren Krogh"},
	}}
	switch state {
	case "late":
		x.Due = now.Add(-2 * day)
	case "done":
		x.Parties[0].Answered, x.Parties[0].By = at.Add(5*day), "Karen Holm"
		x.Concluded, x.ConcludedBy, x.Outcome, x.New, x.Minutes = now.Add(-day), "Søren Krogh", room.Changed, 4, "d-1"
		x.Words = "Afsnit 5 er skrevet om efter bemærkningen. Resten står, som det stod."
	}
	return x
}

func sampleGuideline(now time.Time, me, state string) room.Guideline {
	g := room.Guideline{Controller: "lindeby"}
	if state == "none" {
		return g
	}
	version := func(n, months int, note string) room.Version {
		at := now.AddDate(0, -months, 0)
		return room.Version{Version: document.Version{Controller: "lindeby", Kind: room.Kind, Version: n, Title: "Retningslinje for tv-overvågning", Note: note, Document: "d", InForce: at, Added: at}, Decided: at.AddDate(0, 0, -3), DecidedBy: "Direktionen"}
	}
	g.Versions = []room.Version{version(3, 10, "POLCAM føres nu af IT, og alle ændringer meldes."), version(2, 22, "Slettefristen er sat ned fra 30 til 14 dage."), version(1, 34, "Den første retningslinje.")}
	if state == "late" {
		g.Versions = g.Versions[1:]
		return g
	}
	g.Reviews = []room.Review{sampleReview(now, me, state)}
	return g
}
