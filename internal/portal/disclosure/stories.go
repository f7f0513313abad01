package disclosure

import (
	"net/http"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/anonymised"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
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
			w.place, w.cameras, w.classes = sample.Location(), sample.Cameras(8), []permit.Class{permit.ClassCrime}
			w.incident = sampleIncident(v.Now)
			if state != "" {
				w.d = sampleDisclosure(v.Now, state)
			}
			return f(w)
		}
	}
	one := func(name, state string, who access.Role, f facts) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/u1", Make: pose(state, func(v *visit) page.Page {
			f.ends = v.Now.Add(9 * 24 * time.Hour)
			pg := v.onePage(f)
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
	grave := func(name, at, state string, f func(*visit) *page.Grave) page.Story {
		return page.Story{Name: name, Who: access.Operator, Path: path + "/u1/" + at, Make: pose(state, func(v *visit) page.Page { return f(v) })}
	}
	list := func(n int) func(*page.Visit) page.Page {
		return pose("asked", func(v *visit) page.Page { return v.listPage(v.sampleRows(n)) })
	}
	asks := func(kind room.Kind) func(*visit) *page.FormPage {
		return func(v *visit) *page.FormPage {
			s := v.incident.Scope()
			return v.askPage(kind, choice{s.Cameras[:1], s.From, s.To})
		}
	}
	kinds := func(why error) func(*page.Visit) page.Page {
		return pose("", func(v *visit) page.Page { return v.kindsPage(why) })
	}
	const ask, here = "/haendelser/h1/udlevering", path + "/u1"
	work := facts{can: can{work: true}}
	ready := facts{can: can{work: true}, may: true}
	return []page.Story{
		{Name: "udleveringer", Who: access.Coordinator, Path: path, Make: list(10)},
		{Name: "udleveringer-tom", Who: access.DPO, Path: path, Make: list(0)},
		{Name: "udlevering-til-hvem", Who: access.Operator, Path: ask, Make: kinds(nil)},
		{Name: "udlevering-til-hvem-mangler", Who: access.Operator, Path: ask, Make: kinds(fault.New(fault.Denied, "steps.guardians", "sample"))},
		form("udlevering-politi", ask+"/police", "", access.Operator, asks(room.ToPolice)),
		form("udlevering-politi-fejl", ask+"/police", "", access.Operator, asks(room.ToPolice), "journal", "disclose.journal.missing", "ord", "fault.disclosure.words", "fra", "fault.disclosure.beyond"),
		form("udlevering-samtykke", ask+"/consent", "", access.Operator, asks(room.ByConsent)),
		form("udlevering-lov", ask+"/law", "", access.Operator, asks(room.ByLaw), "fil", "fault.disclosure.document", "laest", "fault.disclosure.read"),
		form("udlevering-kopi", "/kopier/k1/udlevering", "", access.Operator, func(v *visit) *page.FormPage {
			v.copy = anonymised.Copy{ID: "k1", Number: "K-2026-004", Source: anonymised.Source{Kind: anonymised.OfLock, ID: "l1", Number: "L-2026-004"},
				Draft: anonymised.Draft{Camera: v.cameras[0].ID, From: v.Now.Add(-50 * time.Hour), To: v.Now.Add(-50*time.Hour + 90*time.Second), For: "Peter Madsen"}}
			return v.copyPage(room.ToOtherParty)
		}),
		one("udlevering-bedt", "asked", access.Manager, facts{can: can{answer: true}}),
		one("udlevering-koe", "queued", access.Operator, work),
		one("udlevering-laves", "making", access.Operator, facts{can: can{work: true}, making: true, progress: room.Progress{Part: 2, Parts: 4, Bytes: 341_000_000}}),
		one("udlevering-fejlede", "failed", access.Operator, work),
		one("udlevering-klar", "ready", access.Operator, ready),
		one("udlevering-hent", "shown", access.Operator, work),
		one("udlevering-venter", "fetched", access.Coordinator, work),
		one("udlevering-afleveret", "handed", access.Operator, work),
		one("udlevering-faerdig", "signed", access.DPO, facts{}),
		one("udlevering-slettet", "gone", access.Operator, work),
		one("udlevering-afvist", "refused", access.Operator, work),
		one("udlevering-nej", "declined", access.Operator, facts{}),
		one("udlevering-annulleret", "cancelled", access.Operator, facts{}),
		one("udlevering-ikke-udpeget", "fetched", access.DPO, facts{}),
		form("udlevering-svar", here+"/svar", "asked", access.Manager, (*visit).answerPage),
		form("udlevering-svar-fejl", here+"/svar", "asked", access.Manager, (*visit).answerPage, "ord", "fault.disclosure.answer"),
		form("udlevering-foer-kodeord", here+"/kodeord", "ready", access.Operator, (*visit).beforePage),
		{Name: "udlevering-kodeord", Who: access.Operator, Path: here + "/kodeord", Make: pose("ready", func(v *visit) page.Page { return v.phrasePage("ABCD-EFGH-JKLM-NPQR-STUV-WXYZ") })},
		form("udlevering-kvittering", here+"/kvittering", "fetched", access.Operator, (*visit).receiptPage),
		form("udlevering-kvittering-fejl", here+"/kvittering", "fetched", access.Operator, (*visit).receiptPage, "til", "fault.disclosure.to", "vej-til", "fault.disclosure.way-to"),
		form("udlevering-underskrift", here+"/underskrift", "handed", access.Operator, (*visit).signPage),
		form("udlevering-underskrift-fejl", here+"/underskrift", "handed", access.Operator, (*visit).signPage, "fil", "fault.document.none"),
		grave("udlevering-igen", "igen", "shown", (*visit).againPage),
		grave("udlevering-annuller", "annuller", "ready", (*visit).cancelPage),
		grave("udlevering-slet", "slet", "handed", (*visit).removePage),
	}
}

func sampleIncident(now time.Time) incident.Incident {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	return incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "lindeby", Location: "lindeby-skole", Opened: now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund",
		Account:    incident.Account{What: "Rude knust i hovedindgangen", From: from, To: from.Add(2 * time.Hour)},
		Assessment: incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt ruden knust", Police: "4600-70121-00417-26"},
		Scopes:     []incident.Scope{{Version: 1, Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(2 * time.Hour)}}}
}

func sampleDisclosure(now time.Time, state string) room.Disclosure {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	d := room.Disclosure{ID: "u1", Controller: "lindeby", Number: "U-2026-007", IncidentNumber: "H-2026-031", Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-3 * time.Hour),
		Draft: room.Draft{Kind: room.ToPolice, Incident: "h1", Location: "lindeby-skole", Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(12 * time.Minute), Journal: "4600-70121-00417-26",
			Recipient: room.Recipient{Name: "pa. Mette Ørsted", Station: "Herning Politistation", Authority: "Midt- og Vestjyllands Politi", Phone: "114"},
			Words:     "I de minutter ses ruden blive knust, og hvem der løber derfra.", Viewing: true}}
	switch state {
	case "asked":
		return d
	case "refused":
		d.Kind, d.Journal, d.Consenter, d.Document, d.Read = room.ByConsent, "", "Ida Holm", "d1", true
		d.Recipient = room.Recipient{Name: "Ida Holm"}
		d.Against = []law.Finding{{Camera: "kamera-04", Cite: "tv-overvågningsloven § 2, stk. 4",
			Text: law.Text{DA: "Optagelserne må alene videregives til politiet.", EN: "The footage may be handed on to the police only."},
			Do:   law.Text{DA: "Giv den kun videre til politiet.", EN: "Hand it on to the police only."}}}
		return d
	case "declined":
		d.Decided, d.DeciderName, d.Answer = now.Add(-time.Hour), "Birthe Kjær", "Vælg kun de minutter, hvor ruden bliver knust."
		return d
	case "cancelled":
		d.Stopped, d.StopName, d.StopWhy = now.Add(-time.Hour), "Jonas Lund", "Politiet trak anmodningen tilbage."
		return d
	}
	d.Decided, d.Approved, d.Decider, d.DeciderName = now.Add(-2*time.Hour), true, "p-3", "Birthe Kjær"
	switch state {
	case "queued", "making":
		d.Job = room.Job{Stage: room.State(state), Since: now.Add(-time.Minute)}
		return d
	case "failed":
		d.Job = room.Job{Stage: room.Failed, Since: now.Add(-time.Minute), Why: "disclosure.past"}
		return d
	}
	p := room.Package{ID: "U-2026-007-K4WQ2M", Made: now.Add(-90 * time.Minute), Until: now.Add(9 * 24 * time.Hour), Files: []room.File{{Name: "AABN-BEVIS.html", Size: 61_000},
		{Name: "BEVIS-U-2026-007-K4WQ2M.zip", Size: 341_000_000}, {Name: "BEVIS-U-2026-007-K4WQ2M.zip.sha256", Size: 97}, {Name: "KVITTERING.pdf", Size: 22_700}, {Name: "LAES-FOERST.pdf", Size: 42_000}}}
	if state != "ready" {
		p.Shown, p.ShownTo = now.Add(-80*time.Minute), "Jonas Lund"
	}
	if state != "ready" && state != "shown" {
		p.Fetched, p.Fetcher = now.Add(-75*time.Minute), "Jonas Lund"
	}
	switch state {
	case "handed", "signed":
		d.Receipt = &room.Receipt{Medium: "usb", Serial: "Kingston, 4711", To: "pa. Mette Ørsted", Badge: "20417", On: now.Add(-time.Hour), Way: "phone", WayTo: "114", WayBy: "Jonas Lund", At: now.Add(-50 * time.Minute), Name: "Jonas Lund"}
		if state == "signed" {
			d.Receipt.Document, p.Gone, p.GoneWhy = "d2", now.Add(-10*time.Minute), room.WhyOwn
		}
	case "gone":
		p.Gone, p.GoneWhy = now.Add(-10*time.Minute), room.WhySource
	}
	d.Packages = []room.Package{p}
	return d
}

func (v *visit) sampleRows(n int) []row {
	states := []string{"asked", "ready", "failed", "making", "handed", "signed", "refused", "declined", "gone", "cancelled"}
	var all []room.Disclosure
	for i := range n {
		d := sampleDisclosure(v.Now, states[i%len(states)])
		d.ID = string(rune('a' + i))
		d.Number = "U-2026-00" + string(rune('0'+i))
		d.Location = sample.Locations()[i%3].ID
		all = append(all, d)
	}
	return v.rows(slices.Clip(all), sample.Locations())
}
