package letter

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	room "vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	if p.Documents == nil {
		return nil
	}
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, p, found{places: sample.Locations()}}
			if state != "" {
				w.letter = sampleLetter(v.Now, state)
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/b1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(true)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, code int, f func(*visit) *page.FormPage) page.Story {
		return page.Story{Name: name, Who: access.Coordinator, Path: path + at, Code: code, Make: pose(state, func(v *visit) page.Page {
			pg := f(v)
			if code != 0 {
				pg.Form.Check()
			}
			return pg
		})}
	}
	list := func(states ...string) func(*page.Visit) page.Page {
		return pose("", func(v *visit) page.Page {
			var all []room.Letter
			for i, s := range states {
				l := sampleLetter(v.Now, s)
				l.ID, l.Number = "b"+string(rune('1'+i)), "T-2026-00"+string(rune('1'+i))
				all = append(all, l)
			}
			return v.listPage(all, true)
		})
	}
	people := []identity.Person{{ID: "p-1", Name: "Karen Holm"}, {ID: "p-3", Name: "Mette Dahl"}}
	receive := func(v *visit) *page.FormPage { return v.receivePage(people, v.places, nil) }
	return []page.Story{
		{Name: "breve", Who: access.DPO, Path: path, Make: list("closed", "waiting", "late", "answered", "noted")},
		{Name: "breve-tom", Who: access.Coordinator, Path: path, Make: list()},
		one("brev-venter", "waiting", access.DPO),
		one("brev-for-sent", "late", access.Coordinator),
		one("brev-besvaret-uden-kvittering", "answered", access.Coordinator),
		one("brev-lukket", "closed", access.DPO),
		one("brev-til-orientering", "noted", access.DPO),
		form("brev-nyt", "/nyt", "", 0, receive),
		form("brev-nyt-fejl", "/nyt", "", 422, receive),
		form("brev-svar", "/b1/svar", "waiting", 0, func(v *visit) *page.FormPage { return v.replyPage(nil) }),
		form("brev-kvittering", "/b1/kvittering/0", "answered", 0, (*visit).provePage),
		form("brev-frist", "/b1/frist", "waiting", 422, func(v *visit) *page.FormPage { return v.movePage(nil) }),
		form("brev-hvem", "/b1/hvem", "waiting", 0, func(v *visit) *page.FormPage { return v.handPage(people, nil) }),
		form("brev-luk", "/b1/luk", "waiting", 0, func(v *visit) *page.FormPage { return v.endPage(nil) }),
	}
}

func sampleLetter(now time.Time, state string) room.Letter {
	const day = 24 * time.Hour
	l := room.Letter{ID: "b1", Controller: "lindeby", Number: "T-2026-001", Intake: room.Intake{From: room.Datatilsynet, Sender: "Tilsynsenheden", Reference: "2026-423-0117", Dated: now.Add(-13 * day), Received: now.Add(-12 * day),
		Subject: "Tv-overvågning på Lindeby Skole", Asks: "Hvilke steder overvåges, med hvilket formål, hvornår slettes optagelserne, og hvem har adgang til dem?", Due: now.Add(9 * day), Locations: []string{sample.Location().ID}, Document: "d1", Answerer: "p-3"},
		AnswererName: "Mette Dahl", Person: "p-1", By: "Karen Holm", Opened: now.Add(-12 * day)}
	answer := room.Answer{Sent: now.Add(-2 * day), How: "Digital Post", Document: "d2", At: now.Add(-2 * day), Name: "Mette Dahl"}
	switch state {
	case "late":
		l.Due = now.Add(-2 * day)
		l.Moves = []room.Move{{Due: l.Due, Why: "Datatilsynet gav en uge mere i telefonen, bekræftet i mail", At: now.Add(-6 * day), Name: "Mette Dahl"}}
	case "answered":
		l.Answers = []room.Answer{answer}
	case "closed":
		first := answer
		first.Part, first.Sent, first.Receipt, first.Note = true, now.Add(-8*day), "d4", "De første seks spørgsmål"
		answer.Receipt = "d3"
		l.Answers = []room.Answer{first, answer}
		l.Closed, l.ClosedBy, l.Outcome = now.Add(-day), "Mette Dahl", "Datatilsynet har afsluttet sagen uden bemærkninger."
	case "noted":
		l.Due, l.Locations = time.Time{}, nil
		l.From, l.Sender = room.Other, "Rigspolitiet"
	}
	return l
}
