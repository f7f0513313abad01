package masks

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.place, w.cameras, w.camera, w.incident = sample.Location(), sample.Cameras(2), sample.Camera(), sampleIncident(v.Now)
			if state != "" {
				w.lift = sampleLift(v.Now, state)
			}
			return f(w)
		}
	}
	mask := func(name, state string) page.Story {
		return page.Story{Name: name, Who: access.DPO, Path: "/kameraer/skole-indgang/maske", Make: pose("", func(v *visit) page.Page {
			if state == "" {
				return v.maskPage(masking.Masked{}, nil)
			}
			return v.maskPage(sampleMask(v.Now, state), []masking.Lift{sampleLift(v.Now, "over")})
		})}
	}
	one := func(name, state string, who access.Role, answers bool) page.Story {
		return page.Story{Name: name, Who: who, Path: liftsPath + "/m1", Make: pose(state, func(v *visit) page.Page {
			pg := v.onePage(answers)
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
	const ask, here = "/haendelser/h1/maskeloeft", liftsPath + "/m1"
	return []page.Story{
		{Name: "masker", Who: access.DPO, Path: masksPath, Make: pose("", func(v *visit) page.Page {
			rows := []row{{sampleMask(v.Now, "shows"), "Skolegården", "Lindeby Skole"}, {sampleMask(v.Now, "waits"), "Cykelskuret", "Lindeby Skole"}, {sampleMask(v.Now, "covers"), "Hovedindgang", "Lindeby Skole"}}
			return v.maskedPage(rows)
		})},
		{Name: "masker-tom", Who: access.Coordinator, Path: masksPath, Make: pose("", func(v *visit) page.Page { return v.maskedPage(nil) })},
		mask("maske", "covers"), mask("maske-venter", "waits"), mask("maske-viser", "shows"), mask("maske-ingen", ""),
		{Name: "maskeloeft-liste", Who: access.DPO, Path: liftsPath, Make: pose("", func(v *visit) page.Page {
			var all []masking.Lift
			for i, s := range []string{"asked", "lifted", "over", "declined", "lapsed"} {
				l := sampleLift(v.Now, s)
				l.ID, l.Number = string(rune('a'+i)), "M-2026-00"+string(rune('1'+i))
				all = append(all, l)
			}
			return v.liftsPage(all)
		})},
		{Name: "maskeloeft-liste-tom", Who: access.DPO, Path: liftsPath, Make: pose("", func(v *visit) page.Page { return v.liftsPage(nil) })},
		form("maskeloeft-ny", ask, "", access.Operator, (*visit).askPage),
		form("maskeloeft-ny-fejl", ask, "", access.Operator, (*visit).askPage, "kamera", "fault.masklift.cameras", "journal", "fault.masklift.journal", "ord", "fault.masklift.words"),
		one("maskeloeft-bedt", "asked", access.Manager, true),
		one("maskeloeft", "lifted", access.Operator, false),
		one("maskeloeft-over", "over", access.DPO, false),
		one("maskeloeft-nej", "declined", access.Operator, false),
		form("maskeloeft-svar", here+"/svar", "asked", access.Manager, (*visit).answerPage),
		form("maskeloeft-svar-fejl", here+"/svar", "asked", access.Manager, (*visit).answerPage, "ord", "fault.masklift.answer"),
	}
}

func sampleIncident(now time.Time) incident.Incident {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	return incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "lindeby", Location: "lindeby-skole", Opened: now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund",
		Account:    incident.Account{What: "Rude knust i hovedindgangen", From: from, To: from.Add(2 * time.Hour)},
		Assessment: incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt ruden knust", Police: "4600-70121-00417-26"},
		Scopes:     []incident.Scope{{Version: 1, Cameras: []string{"kamera-01"}, From: from, To: from.Add(2 * time.Hour)}}}
}

func sampleLift(now time.Time, state string) masking.Lift {
	l := masking.Lift{ID: "m1", Number: "M-2026-003", Controller: "lindeby", Location: "lindeby-skole", Incident: "h1", IncidentNumber: "H-2026-031", Person: "p-2", Name: "Jonas Lund", Asked: now.Add(-time.Hour),
		Terms: masking.Terms{Cameras: []string{"kamera-01"}, From: now.Add(-38 * time.Hour), To: now.Add(-38*time.Hour + 6*time.Minute), Journal: "4600-70121-00417-26",
			Words: "Den ene løber ind bag naboens hæk med en taske og kommer ud uden."}}
	switch state {
	case "asked":
		return l
	case "lapsed":
		l.Asked = now.Add(-5 * 24 * time.Hour)
		return l
	}
	l.Decided, l.Decider, l.DeciderName, l.Approved = now.Add(-30*time.Minute), "p-3", "Birthe Kjær", state != "declined"
	if !l.Approved {
		l.Answer = "Det ses på kameraet ved porten, som ikke er maskeret."
		return l
	}
	l.Expires = l.Decided.Add(masking.Life)
	if state == "over" {
		l.Asked, l.Decided, l.Expires = now.Add(-49*time.Hour), now.Add(-48*time.Hour), now.Add(-40*time.Hour)
	}
	return l
}

func sampleMask(now time.Time, state string) masking.Masked {
	m := masking.Masked{Camera: "skole-indgang", Mask: "0123456789abcdef0123456789abcdef", Since: now.AddDate(0, -2, 0), Sent: true,
		Areas: [][]permit.Point{{{X: 6500, Y: 500}, {X: 10000, Y: 500}, {X: 10000, Y: 4200}, {X: 7200, Y: 4000}}, {{X: 0, Y: 1000}, {X: 1500, Y: 1200}, {X: 1500, Y: 3000}, {X: 0, Y: 3200}}}}
	if state != "waits" {
		m.Proof = masking.Proof{At: now.AddDate(0, -2, 0).Add(time.Minute), Covered: state == "covers", Bright: 3, SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
	}
	if state == "shows" {
		m.Proof.Bright = 212
	}
	return m
}
