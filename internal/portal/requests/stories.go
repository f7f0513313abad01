package requests

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, p, found{place: sample.Location(), cameras: sample.Cameras(8)}}
			if state != "" {
				w.request = sampleRequest(v.Now, state)
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role, edit bool) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/a1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(edit)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, f func(*visit) *page.FormPage, fail ...string) page.Story {
		s := page.Story{Name: name, Who: access.Coordinator, Path: path + at}
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
		return pose("", func(v *visit) page.Page { return v.listPage(v.sampleRows(n)) })
	}
	intake := func(v *visit) *page.FormPage { return v.intakePage(sample.Locations()) }
	return []page.Story{
		{Name: "anmodninger", Who: access.Coordinator, Path: path, Make: list(7)},
		{Name: "anmodninger-tom", Who: access.DPO, Path: path, Make: list(0)},
		one("anmodning-ny", "new", access.Coordinator, true),
		one("anmodning-vurderes", "assessing", access.Manager, true),
		one("anmodning-vurderet", "assessed", access.DPO, false),
		one("anmodning-for-sent", "late", access.Coordinator, true),
		one("anmodning-slettes-snart", "soon", access.Coordinator, true),
		one("anmodning-slettet", "ended", access.Coordinator, true),
		one("anmodning-gammel", "gone", access.Coordinator, true),
		one("anmodning-uden-kameraer", "none", access.Coordinator, true),
		one("anmodning-afvist-af-optageren", "engine", access.Coordinator, true),
		one("anmodning-uden-optagelser", "nothing", access.Coordinator, true),
		one("anmodning-besvaret", "answered", access.DPO, false),
		one("anmodning-lukket", "withdrawn", access.Coordinator, true),
		form("anmodning-skriv", "/ny", "", intake),
		form("anmodning-skriv-fejl", "/ny", "", intake, "navn", "requestnew.navn.missing", "til", "fault.request.long"),
		form("anmodning-identitet", "/a1/identitet", "new", (*visit).identityPage),
		form("anmodning-vurdering", "/a1/vurdering", "assessing", (*visit).assessPage),
		form("anmodning-vurdering-fejl", "/a1/vurdering", "assessing", (*visit).assessPage, "ord", "fault.request.reason"),
		form("anmodning-forlaeng", "/a1/forlaeng", "assessing", func(v *visit) *page.FormPage { return v.letterPage("requestextend", request.LetterExtended) }),
		form("anmodning-svar", "/a1/svar", "assessed", func(v *visit) *page.FormPage { return v.letterPage("requestanswer", request.LetterAnswer) }),
		form("anmodning-luk", "/a1/luk", "new", (*visit).withdrawPage),
	}
}

func sampleRequest(now time.Time, state string) request.Request {
	const day = 24 * time.Hour
	from := now.Add(-4 * day)
	q := request.Request{ID: "a1", Controller: "lindeby", Number: "A-2026-014", Person: "p-2", By: "Jonas Lund", Opened: now.Add(-3 * day),
		Hold: "s1", HoldUntil: from.Add(permit.LongestDispute), Intake: request.Intake{Right: request.Access, Received: now.Add(-3 * day), How: "mail", Name: "Ida Holm", Contact: "ida.holm@example.dk", Lang: "da",
			Location: sample.Location().ID, From: from, To: from.Add(40 * time.Minute), Looks: "Rød jakke og en barnevogn", Words: "Jeg vil gerne have de optagelser, jeg er på.", Cameras: []string{"kamera-01", "kamera-04"}}}
	if state == "new" {
		return q
	}
	q.Identity = request.Identity{How: "digital", Words: "Skrev fra sin Digital Post", At: now.Add(-2 * day), Name: "Jonas Lund"}
	part := request.Part{Camera: "kamera-01", From: q.From, To: q.To, Outcome: request.Given, At: now.Add(-day), Name: "Jonas Lund"}
	switch state {
	case "late":
		q.Received = now.Add(-40 * day)
	case "soon", "ended":
		q.HoldUntil = now.Add(map[string]time.Duration{"soon": 3 * day, "ended": -day}[state])
	case "gone":
		q.Hold = ""
	case "none":
		q.Hold, q.Cameras = "", nil
	case "engine":
		q.EngineWhy = "hold.deleted"
	case "nothing":
		q.EngineWhy = "hold.nothing"
	case "withdrawn":
		q.Withdrawn, q.Why, q.Released = now.Add(-time.Hour), "Ida Holm skrev, at hun ikke vil have optagelserne alligevel.", now.Add(-time.Hour)
	case "assessed", "answered":
		q.Parts = []request.Part{part, {Camera: "kamera-04", From: q.From, To: q.To, Outcome: request.Refused, Ground: "public", Words: "På netop de minutter ses, hvor vagten gemmer nøglen til depotet.", At: now.Add(-day), Name: "Jonas Lund"}}
	default:
		q.Parts = []request.Part{part}
	}
	if state == "answered" {
		q.Extended, q.Answered = now.Add(-day), now.Add(-time.Hour)
		q.Letters = []request.Letter{{Kind: request.LetterExtended, Lang: "da", How: q.Contact, At: now.Add(-day), Name: "Jonas Lund"}, {Kind: request.LetterAnswer, Lang: "da", How: q.Contact, At: now.Add(-time.Hour), Name: "Jonas Lund"}}
	}
	return q
}

func (v *visit) sampleRows(n int) []row {
	states := []string{"late", "new", "assessing", "assessed", "answered", "withdrawn", "none"}
	var all []request.Request
	for i := range n {
		q := sampleRequest(v.Now, states[i%len(states)])
		q.ID = string(rune('a' + i))
		q.Number = "A-2026-00" + string(rune('1'+i))
		q.Right = request.Rights()[i%len(request.Rights())]
		q.Location = sample.Locations()[i%3].ID
		all = append(all, q)
	}
	return v.rows(all, sample.Locations())
}
