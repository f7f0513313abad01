package live

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.terms, w.place, w.cameras, w.camera = sampleTerms(), sample.Location(), sample.Cameras(8), sample.Camera()
			w.request = sampleRequest(v.Now, state)
			return f(w)
		}
	}
	one := func(name, state string, who access.Role, c can) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/d1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(c)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, who access.Role, f func(*visit) *page.FormPage, fail ...string) page.Story {
		s := page.Story{Name: name, Who: who, Path: path + at}
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
	list := func(n int, allow string) func(*page.Visit) page.Page {
		return pose("over", func(v *visit) page.Page {
			v.terms.Allow = allow
			return v.listPage(v.sampleRows(n))
		})
	}
	refused := func(name, key string) page.Story {
		return page.Story{Name: name, Who: access.Operator, Path: path + "/ny", Code: http.StatusForbidden, Make: pose("", func(v *visit) page.Page {
			v.request = room.Request{}
			return v.refusedPage(fault.New(fault.Denied, key, "sample"), []room.Request{sampleRequest(v.Now, "late")})
		})}
	}
	asking := func(change func(*choice)) func(*visit) *page.FormPage {
		return func(v *visit) *page.FormPage {
			v.request = room.Request{}
			c := sampleChoice(v.Now)
			change(&c)
			return v.askPage(c, url.Values{"kamera": {"kamera-01"}})
		}
	}
	none := func(*choice) {}
	alone := func(change func(*choice)) func(*visit) *page.FormPage {
		return func(v *visit) *page.FormPage {
			v.request = room.Request{}
			v.terms.Allow, v.terms.Reasons[0].Alone = casework.LiveEmergency, true
			c := sampleChoice(v.Now)
			change(&c)
			return v.alonePage(c, nil)
		}
	}
	nowhere := func(c *choice) { c.place = register.Location{} }
	angle := func(still string, change func(*anglePage)) func(*page.Visit) page.Page {
		return pose("", func(v *visit) page.Page {
			pg := v.anglePage(v.angleForm(), still)
			change(pg)
			return pg
		})
	}
	return []page.Story{
		{Name: "direkte", Who: access.Operator, Path: path, Make: list(6, casework.LiveExtraordinary)},
		{Name: "direkte-tom", Who: access.Operator, Path: path, Make: list(0, casework.LiveExtraordinary)},
		{Name: "direkte-aldrig", Who: access.DPO, Path: path, Make: list(0, casework.LiveNever)},
		form("direkte-ny", "/ny", "", access.Operator, asking(none)),
		form("direkte-ny-sted", "/ny", "", access.Operator, asking(nowhere)),
		form("direkte-ny-noed", "/ny", "", access.Operator, func(v *visit) *page.FormPage {
			v.terms.Allow, v.terms.Reasons[0].Alone = casework.LiveEmergency, true
			return asking(func(c *choice) { c.alone = nil })(v)
		}),
		form("direkte-ny-fejl", "/ny", "", access.Operator, asking(none), "grund", "liveask.grund.missing", "ord", "fault.live.words", "kamera", "fault.live.cameras"),
		form("direkte-alene", "/alene", "", access.Operator, alone(none)),
		form("direkte-alene-sted", "/alene", "", access.Operator, alone(nowhere), "sted", "livealone.sted.missing"),
		refused("direkte-naegtet", "live.forbidden"), refused("direkte-notat-mangler", "live.owes"), refused("direkte-egen", "live.own"),
		one("direkte-venter", "asked", access.Operator, can{}), one("direkte-venter-leder", "asked", access.Manager, can{answer: true}),
		one("direkte-godkendt", "approved", access.Operator, can{}), one("direkte-afslaaet", "refused", access.Operator, can{}), one("direkte-bortfaldet", "lapsed", access.Operator, can{}),
		one("direkte-i-gang", "running", access.Operator, can{end: true}), one("direkte-notat", "owes", access.Operator, can{}), one("direkte-notat-sent", "late", access.DPO, can{}),
		one("direkte-slut", "over", access.DPO, can{}), one("direkte-kontrol", "review", access.DPO, can{review: true}), one("direkte-kontrolleret", "reviewed", access.DPO, can{}),
		form("direkte-svar", "/d1/svar", "asked", access.Manager, (*visit).answerPage),
		form("direkte-svar-fejl", "/d1/svar", "asked", access.Manager, (*visit).answerPage, "svar", "liveanswer.svar.missing", "ord", "fault.live.answer"),
		form("direkte-begynd", "/d1/begynd", "approved", access.Operator, (*visit).beginPage),
		form("direkte-afslut", "/d1/slut", "running", access.Manager, (*visit).endPage),
		form("direkte-skriv-notat", "/d1/note", "owes", access.Operator, (*visit).notePage),
		form("direkte-skriv-notat-fejl", "/d1/note", "owes", access.Operator, (*visit).notePage, "ord", "fault.live.note.short"),
		form("direkte-kontroller", "/d1/kontrol", "review", access.DPO, (*visit).reviewPage),
		form("direkte-kontroller-fejl", "/d1/kontrol", "review", access.DPO, (*visit).reviewPage, "dom", "livereview.dom.missing"),
		{Name: "direkte-se", Who: access.Operator, Path: path + "/d1/se", Make: pose("running", func(v *visit) page.Page {
			pg := v.watchPage()
			pg.Scripts = nil // nothing is fed
			return pg
		})},
		{Name: "direkte-se-slut", Who: access.Operator, Path: path + "/d1/se", Make: pose("owes", func(v *visit) page.Page { return v.watchPage() })},
		{Name: "kameravinkel", Who: access.Operator, Path: "/kameraer/skole-indgang/vinkel", Make: angle("", func(*anglePage) {})},
		{Name: "kameravinkel-billede", Who: access.Operator, Path: "/kameraer/skole-indgang/vinkel", Make: angle("/static/sample-plan.png", func(*anglePage) {})},
		{Name: "kameravinkel-fejl", Who: access.Operator, Path: "/kameraer/skole-indgang/vinkel", Code: http.StatusUnprocessableEntity, Make: angle("", func(pg *anglePage) {
			pg.Form.Fail("grund", pg.T("angle.grund.missing"))
		})},
	}
}

func sampleTerms() casework.Live {
	reason := func(id, da, en string) casework.LiveReason {
		return casework.LiveReason{ID: id, Name: casework.Text{DA: da, EN: en}}
	}
	return casework.Live{Allow: casework.LiveExtraordinary, Minutes: 15, Longest: 60, ChecksADay: 3, Cite: "H 4.1",
		Hint: casework.Text{DA: "Direkte visning er som udgangspunkt ikke tilladt. Er der en ekstraordinær grund, skal en anden person sige ja.", EN: "Live view is not allowed as a rule. If there is an extraordinary reason, another person must say yes."},
		Reasons: []casework.LiveReason{reason("danger", "Der er fare for menneskers liv eller helbred nu", "There is danger to people's life or health now"), reason("ongoing", "Der er ved at blive begået noget strafbart", "A crime is being committed"),
			reason("fire", "Brand, vand eller en bygning, der giver efter", "Fire, water, or a building that is giving way")},
		Checks: []casework.LiveReason{reason("technician", "En tekniker har arbejdet ved kameraet", "A technician has worked at the camera"), reason("moved", "Kameraet kan være blevet skubbet, drejet eller ramt", "The camera may have been pushed, turned or hit")}}
}

func sampleRequest(now time.Time, state string) room.Request {
	q := room.Request{ID: "d1", Controller: "lindeby", Number: "D-2026-004", Location: "lindeby-skole", Cameras: []string{"kamera-01", "kamera-04"}, Person: "p-2", Name: "Jonas Lund", Reason: "danger",
		Words: "En mand truer folk med kniv i skolegården, og politiet er på vej. Vi skal kunne sige, hvor han er.", Incident: "h1", IncidentNumber: "H-2026-031", Minutes: 15, Asked: now.Add(-20 * time.Minute)}
	yes := func(ago time.Duration) {
		q.Asked, q.Decided, q.Approved, q.Decider, q.DeciderName = now.Add(-ago-4*time.Minute), now.Add(-ago), true, "p-9", "Birthe Kjær"
	}
	begun := func(ago time.Duration) {
		yes(ago + 2*time.Minute)
		q.Started, q.Told = now.Add(-ago), []string{"p-9", "p-3"}
		q.Ends = q.Started.Add(15 * time.Minute)
	}
	alone := func() {
		begun(5 * time.Hour)
		q.Alone, q.Approved, q.Minutes, q.Decided, q.Decider, q.DeciderName = true, false, 10, time.Time{}, "", ""
	}
	noted := func() {
		q.Noted, q.Note = q.Ends.Add(time.Hour), "Manden blev fulgt til cykelskuret og blev anholdt af politiet kl. 14.21. Ingen kom til skade."
	}
	switch state {
	case "approved":
		yes(3 * time.Minute)
	case "refused":
		yes(time.Minute)
		q.Approved, q.Answer = false, "Politiet er allerede på stedet, så vi behøver ikke se med."
	case "lapsed":
		q.Asked = now.Add(-5 * time.Hour)
	case "running":
		begun(6 * time.Minute)
	case "owes":
		begun(2 * time.Hour)
		q.Ended, q.Ender, q.EnderName = q.Started.Add(9*time.Minute), "p-9", "Birthe Kjær"
	case "late":
		begun(30 * time.Hour)
		q.Ended, q.Cut = q.Started.Add(4*time.Minute), "session.ended"
	case "over":
		begun(50 * time.Hour)
		noted()
	case "review":
		alone()
		noted()
	case "reviewed":
		alone()
		noted()
		q.Reviewed, q.Justified, q.Reviewer, q.ReviewerName, q.Review = now.Add(-time.Hour), true, "p-3", "Mette Dahl", "Der var fare for liv, og ledelsen kunne ikke nås."
	}
	return q
}

func sampleChoice(now time.Time) choice {
	c := choice{places: sample.Locations(), place: sample.Location(), alone: fault.New(fault.Denied, "live.alone.forbidden", "sample")}
	c.cameras = slices.DeleteFunc(sample.Cameras(8), func(x register.Camera) bool { return x.Location != c.place.ID })
	from := now.Add(-38 * time.Hour)
	c.incidents = []incident.Incident{{ID: "h1", Number: "H-2026-031", Location: c.place.ID, Account: incident.Account{What: "Rude knust i hovedindgangen natten til fredag", From: from, To: from.Add(time.Hour)}}}
	return c
}

func (v *visit) sampleRows(n int) []row {
	var all []room.Request
	for i, s := range []string{"asked", "running", "late", "over", "review", "refused"}[:n] {
		q := sampleRequest(v.Now, s)
		q.Number = "D-2026-00" + string(rune('9'-i))
		all = append(all, q)
	}
	return v.rows(all, sample.Locations())
}
