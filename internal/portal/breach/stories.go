package breach

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	with := *p
	if with.Documents == nil {
		with.Documents = &document.Room{} // a receipt is asked for, and none is kept
	}
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, &with, found{place: sample.Location(), cameras: sample.Cameras(2)}}
			if state != "" {
				w.breach = sampleBreach(v.Now, state)
				if w.breach.Location == "" {
					w.found.place.ID, w.found.cameras = "", nil
				}
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/b1", Make: pose(state, func(v *visit) page.Page {
			f := facts{seconds: 44_100, bytes: 9_400_000_000, uses: 3, people: 2, lookers: v.SampleLookers()}
			f.from, f.to = v.interval()
			pg := v.onePage(f)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	form := func(name, at, state string, f func(*visit) *page.FormPage, fail ...string) page.Story {
		s := page.Story{Name: name, Who: access.DPO, Path: path + "/b1" + at}
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
	reported := func(v *visit) page.Page {
		return v.reportPage(sample.Locations(), v.May(access.EditBreach, access.Object{}))
	}
	return []page.Story{
		{Name: "brud", Who: access.DPO, Path: path, Make: pose("", func(v *visit) page.Page { return v.sampleList() })},
		{Name: "brud-tom", Who: access.IT, Path: path, Make: pose("", func(v *visit) page.Page { return v.listPage(nil, nil, nil) })},
		{Name: "brud-meld", Who: access.Operator, Path: path + "/meld", Make: pose("", reported)},
		{Name: "brud-meld-koordinator", Who: access.Coordinator, Path: path + "/meld", Make: pose("", reported)},
		{Name: "brud-meldt", Who: access.Manager, Path: path + "/meldt", Make: pose("", func(v *visit) page.Page {
			return v.minePage([]room.Breach{sampleBreach(v.Now, "called"), sampleBreach(v.Now, "closed")})
		})},
		{Name: "brud-meldt-tom", Who: access.Manager, Path: path + "/meldt", Make: pose("", func(v *visit) page.Page { return v.minePage(nil) })},
		{Name: "brud-stop-og-meld", Who: access.Manager, Path: "/steder/lindeby-skole/stop-og-meld", Make: pose("", func(v *visit) page.Page { return v.callPage() })},
		{Name: "brud-forbipasserende", Who: access.IT, Path: reports + "/r1", Make: pose("", func(v *visit) page.Page {
			v.found.report = notice.Report{ID: "r1", Where: "Ved skolegården", Words: "Kameraet peger ind i min have.", At: v.Now.Add(-20 * time.Hour), What: notice.WrongCamera}
			return v.passedPage()
		})},
		one("brud-kaldt", "called", access.IT),
		one("brud-loeber", "running", access.IT),
		one("brud-skal-anmeldes", "due", access.DPO),
		one("brud-for-sent", "late", access.DPO),
		one("brud-anmeldt", "notified", access.DPO),
		one("brud-ikke-anmeldt", "spared", access.Coordinator),
		one("brud-intet", "none", access.Coordinator),
		one("brud-lukket", "closed", access.Coordinator),
		one("brud-usb", "lost", access.Coordinator),
		form("brud-stop", "/stop", "running", (*visit).stopPage),
		form("brud-kontakt", "/kontakt", "called", (*visit).contactPage),
		form("brud-vurdering", "/vurdering", "running", (*visit).judgePage),
		form("brud-vurdering-fejl", "/vurdering", "running", (*visit).judgePage, "ord", "fault.breach.reason"),
		form("brud-oplysninger", "/oplysninger", "running", func(v *visit) *page.FormPage {
			return v.fillPage(facts{seconds: 44_100, bytes: 9_400_000_000, from: v.Now.Add(-50 * time.Hour), to: v.Now})
		}),
		form("brud-indsendt", "/indsendt", "due", (*visit).sendPage),
		form("brud-indsendt-fejl", "/indsendt", "late", (*visit).sendPage, "grund", "fault.breach.delay"),
		form("brud-underretning", "/underretning", "due", (*visit).tellingPage),
		form("brud-genstart", "/genstart", "notified", (*visit).restartPage),
		form("brud-luk", "/luk", "spared", (*visit).closePage),
		{Name: "brud-anmeldelse", Who: access.DPO, Path: path + "/b1/anmeldelse", Make: pose("notified", func(v *visit) page.Page { return v.notificationPage() })},
	}
}

// sampleBreach is one in a state.
func sampleBreach(now time.Time, state string) room.Breach {
	known := now.Add(-30 * time.Hour)
	if state == "late" {
		known = now.Add(-75 * time.Hour)
	}
	b := room.Breach{ID: "b1", Controller: "lindeby", Number: "B-2026-002", By: "Jonas Lund", Person: "p-2", Opened: known.Add(10 * time.Minute),
		Call: room.Call{Kind: room.Unlawful, Finder: room.Other, Location: "lindeby-skole", Cameras: []string{"c1", "c2"}, Since: known.Add(-20 * time.Hour), Known: known, Words: "Kameraet ved porten er drejet, så det ser ind i naboens have."}}
	b.Contacts = []room.Contact{{Whom: room.IT, How: room.ByMail, Words: "Karen Holm, Søren Krogh", At: b.Opened, Name: "Vidne"}, {Whom: room.DPO, How: room.ByMail, Words: "Mette Skov", At: b.Opened, Name: "Vidne"}}
	if state == "called" {
		b.Finder, b.By = room.Owner, "Kirsten Dahl"
		b.Stopped = b.Opened
		return b
	}
	if state == "running" {
		return b
	}
	if state == "lost" {
		b.Kind, b.Location, b.Cameras, b.Words, b.Source, b.SourceID = room.Lost, "", nil, "USB-nøglen med en pakke til politiet er væk.", room.FromDisclosure, "u1"
		return b
	}
	b.Stopped = b.Opened.Add(4 * time.Minute)
	b.Contacts = append(b.Contacts, room.Contact{Whom: room.DPO, How: "phone", Words: "Mette kommer forbi i eftermiddag.", At: b.Opened.Add(time.Hour), Name: "Søren Krogh"})
	j := room.Judgement{Breach: true, Risk: room.High, Words: "Naboens børn leger i haven.", At: known.Add(5 * time.Hour), Name: "Mette Skov"}
	switch state {
	case "none":
		j.Breach, j.Risk, j.Words = false, "", "Kameraet ser det, der er godkendt, og ikke mere."
	case "spared", "closed":
		j.Risk, j.Words = room.Unlikely, "Haven var tom, og ingen har åbnet optagelserne."
	}
	b.Judgement = j
	if state == "notified" {
		b.Form = room.Form{Nature: b.Words, Aspects: []string{"confidentiality"}, People: []string{"children", "other"}, PeopleCount: "4", Data: []string{"pictures"}, Records: "ca. 12 timer", Contact: "dpo@lindeby.example", At: known, Name: "Mette Skov"}
		b.Sent = []room.Sent{{Sent: known.Add(20 * time.Hour), Reference: "2026-441-1234", Document: "d1", Text: "x", Missing: []string{"consequences", "measures"}, At: known.Add(20 * time.Hour), Name: "Mette Skov"}}
		b.Telling = room.Telling{Tell: true, Words: "Risikoen er høj.", Text: "Vores kamera har filmet ind i jeres have.", How: "Brev", At: known.Add(21 * time.Hour), Name: "Mette Skov"}
	}
	if state == "closed" {
		b.Restart = room.Restart{Allow: true, On: "Sag 2026-014", Words: "Vinklen er rettet og set efter.", At: known.Add(20 * time.Hour), Name: "Karen Holm"}
		b.Closed, b.Outcome = known.Add(25*time.Hour), "Kameraet er spændt fast, og vinklen ses efter hver måned."
	}
	return b
}

func (v *visit) sampleList() page.Page {
	var rows []row
	for i, s := range []string{"running", "called", "due", "late", "notified", "spared", "closed", "lost"} {
		b := sampleBreach(v.Now, s)
		b.Number = "B-2026-00" + string(rune('1'+i))
		w := v.place.Name
		if b.Location == "" {
			w = ""
		}
		rows = append(rows, row{b, w})
	}
	return v.listPage(rows, []notice.Report{{ID: "r1", Location: "lindeby-skole", At: v.Now.Add(-20 * time.Hour), What: notice.WrongCamera}}, sample.Locations())
}
