package anonymised

import (
	"encoding/json"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state room.State, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.place, w.all = sample.Location(), sample.Cameras(3)
			w.camera = w.all[0]
			w.copy = sampleCopy(v.Now, state)
			w.scope = room.Scope{Source: w.copy.Source, Location: w.place.ID, Cameras: []string{w.all[0].ID, w.all[1].ID}, From: w.copy.From, To: w.copy.To, For: w.copy.For, Open: true}
			if state == room.Approved {
				w.given = []disclosure.Disclosure{{ID: "u1", Number: "U-2026-007", Asked: v.Now.Add(-time.Hour), Draft: disclosure.Draft{Kind: disclosure.ToOtherParty, Copy: w.copy.ID, Recipient: disclosure.Recipient{Name: "Peter Madsen"}}}}
			}
			return f(w)
		}
	}
	one := func(name string, state room.State, who access.Role, c can) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/k1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(c)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	list := func(n int) func(*page.Visit) page.Page {
		return pose(room.Editing, func(v *visit) page.Page {
			var rows []row
			for i := range n {
				c := sampleCopy(v.Now, room.States()[i%len(room.States())])
				c.ID, c.Number = string(rune('a'+i)), "K-2026-0"+string(rune('1'+i/10))+string(rune('0'+i%10))
				rows = append(rows, row{c, sample.Locations()[i%3].Name})
			}
			return v.listPage(rows)
		})
	}
	ask := func(name string, fail ...string) page.Story {
		s := page.Story{Name: name, Who: access.Operator, Path: "/ny-kopi/bevislaas/l1"}
		if len(fail) > 0 {
			s.Code = http.StatusUnprocessableEntity
		}
		s.Make = pose(room.Editing, func(v *visit) page.Page {
			v.copy = room.Copy{}
			pg := v.askPage()
			for i := 0; i+1 < len(fail); i += 2 {
				pg.Form.Fail(fail[i], v.T(fail[i+1]))
			}
			return pg
		})
		return s
	}
	seen := func(n, of int) room.Seen {
		s := room.Seen{Seconds: make([]bool, of)}
		for i := range n {
			s.Seconds[i] = true
		}
		return s
	}
	work := can{work: true}
	return []page.Story{
		{Name: "kopier", Who: access.Coordinator, Path: path, Make: list(12)},
		{Name: "kopier-tom", Who: access.DPO, Path: path, Make: list(0)},
		ask("kopi-ny"),
		ask("kopi-ny-fejl", "ord", "fault.copy.words", "til", "fault.copy.long"),
		one("kopi-findes", room.Finding, access.Operator, work),
		one("kopi-gennemgang", room.Editing, access.Operator, work),
		one("kopi-laves", room.Making, access.Operator, work),
		one("kopi-faerdig", room.Made, access.Operator, work),
		one("kopi-mislykket", room.Failed, access.Operator, work),
		one("kopi-afventer", room.Asked, access.Manager, can{answer: true}),
		one("kopi-godkendt", room.Approved, access.DPO, can{}),
		one("kopi-slettet", room.Gone, access.DPO, can{}),
		{Name: "kopi-rediger", Who: access.Operator, Path: path + "/k1/rediger", Make: pose(room.Editing, func(v *visit) page.Page {
			pg := v.editorPage()
			pg.Data.Project = sampleProject()
			return pg
		})},
		{Name: "kopi-gennemse", Who: access.Operator, Path: path + "/k1/gennemse", Make: pose(room.Made, func(v *visit) page.Page {
			return v.filmPage(v.T("copyfilm.title", v.copy.Number), v.T("copyfilm.lead"), "")
		})},
		{Name: "kopi-svar", Who: access.Manager, Path: path + "/k1/svar", Make: pose(room.Asked, func(v *visit) page.Page {
			pg := v.answerPage(seen(41, 192))
			pg.Film, pg.Data.Seen = "", ""
			return pg
		})},
		{Name: "kopi-svar-fejl", Who: access.Manager, Path: path + "/k1/svar", Code: http.StatusUnprocessableEntity, Make: pose(room.Asked, func(v *visit) page.Page {
			pg := v.answerPage(seen(41, 192))
			pg.Film, pg.Data.Seen = "", ""
			pg.Form.Fail("svar", v.T("fault.copy.unseen"))
			return pg
		})},
		{Name: "kopi-afslut", Who: access.Operator, Path: path + "/k1/afslut", Make: pose(room.Editing, func(v *visit) page.Page { return v.endPage() })},
	}
}

func sampleCopy(now time.Time, state room.State) room.Copy {
	const day = 24 * time.Hour
	from := now.Add(-6 * day).Truncate(time.Minute)
	c := room.Copy{ID: "k1", Number: "K-2026-004", Controller: "lindeby", Location: "lindeby-skole", Source: room.Source{Kind: room.OfLock, ID: "l1", Number: "L-2026-007"},
		Draft:  room.Draft{Camera: "kamera-01", From: from, To: from.Add(192 * time.Second), For: "Ida Holm", Looks: "Rød jakke, kommer ind ad hoveddøren.", Words: "I de minutter ses faldet på trappen."},
		Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-3 * time.Hour)}
	e := engineapi.Anonymised{ID: "k1", Camera: "kamera-01", From: c.From, To: c.To, Until: now.Add(24 * day), Revision: 7, Frames: 2880, Seconds: 192, Width: 1920, Height: 1080, Rate: 15, Kept: 3, Undone: 11, Blind: 12}
	film := &engineapi.AnonymisedFilm{Bytes: 48_000_000, SHA256: "3abec6897bcf4822ecd9ab897ffe6a3211f3e2fa4ae26aa137438f264e8af9f7", Frames: 2880, Seconds: 192, Revision: 7, Passed: true,
		Check: json.RawMessage(`{"frames":2880,"expected":2880,"cells":1830114,"shown":0.82,"seen":[{"frame":301,"score":41}]}`)}
	given := &room.Given{Revision: 7, SHA256: film.SHA256, Seconds: 192, At: now.Add(-time.Hour), Person: "p-2", Name: "Jonas Lund"}
	c.Sheet = &room.Sheet{Revision: 7, Fragments: 3, At: now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund"}
	e.State = engineapi.AnonymisedEditing
	switch state {
	case room.Waiting:
		e.State, e.Frames, c.Sheet = engineapi.AnonymisedWaiting, 0, nil
	case room.Finding:
		e.State, e.Frames, e.Done, e.Left, c.Sheet = engineapi.AnonymisedFinding, 0, 0.41, 140, nil
	case room.Editing:
		c.Sheet = nil
	case room.Making:
		e.State, e.Done, e.Left = engineapi.AnonymisedCovering, 0.7, 45
	case room.Made:
		e.State, e.Film = engineapi.AnonymisedDone, film
	case room.Stopped:
		e.State, e.Cause = engineapi.AnonymisedStopped, "anonymised.by-hand"
	case room.Failed:
		e.State, e.Cause = engineapi.AnonymisedFailed, "anonymised.flawed"
	case room.Asked, room.Approved:
		e.State, e.Film, c.Given = engineapi.AnonymisedDone, film, given
		if state == room.Approved {
			c.Answers = []room.Answer{{Yes: true, SHA256: film.SHA256, Seconds: 192, At: now, Person: "p-3", Name: "Birthe Kjær"}}
		}
	case room.Ended:
		c.Ended, c.EndName, c.EndWhy = now, "Jonas Lund", "Klagen er trukket tilbage."
	case room.Gone:
		c.Gone = now
	case room.Away:
		return c
	}
	if state != room.Ended && state != room.Gone {
		c.Engine = &e
	}
	return c
}

// sampleProject is two people in four seconds.
func sampleProject() json.RawMessage {
	type key struct {
		Frame int `json:"frame"`
		X     int `json:"x"`
		Y     int `json:"y"`
		W     int `json:"w"`
		H     int `json:"h"`
	}
	times := make([]int64, 60)
	for i := range times {
		times[i] = int64(i) * 6000
	}
	b, err := json.Marshal(map[string]any{"revision": 1, "findings": map[string]any{"version": 1, "width": 1920, "height": 1080, "rate": 15, "chunks": []any{map[string]any{"start": 0, "times": times}},
		"fragments": []any{
			map[string]any{"id": "p1", "keys": []key{{0, 1200, 3000, 900, 4200}, {45, 4200, 3100, 900, 4200}}},
			map[string]any{"id": "p2", "keys": []key{{0, 6000, 2600, 700, 3600}, {59, 5200, 2600, 700, 3600}}}}},
		"corrections": []any{map[string]any{"act": "judge", "fragment": "p1", "verdict": "kept"}}})
	if err != nil {
		panic(err) // numbers and words
	}
	return b
}
