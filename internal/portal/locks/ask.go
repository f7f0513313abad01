package locks

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Suggested ends: a month to the review, three to the end.
const (
	reviewAfter = 30 * 24 * time.Hour
	untilAfter  = 90 * 24 * time.Hour
)

// classes are the legal classes that each camera's footage was recorded under.
func (p *Screens) classes(v *visit) (map[string][]permit.Class, error) {
	out, s := map[string][]permit.Class{}, v.incident.Scope()
	for _, id := range s.Cameras {
		f, err := p.Incidents.Footage(v.Ctx, v.incident.Controller, id, s.From, s.To)
		if err != nil {
			return nil, err
		}
		out[id] = f.Classes
	}
	return out, nil
}

// askForm asks what is locked, why, and until when. The reasons are those that
// the controller can have at all.
func (v *visit) askForm(classes map[string][]permit.Class) *page.Form {
	f := v.NewForm("lockask")
	choice := func(key string) fds.Choice {
		return fds.Choice{Value: key, Text: v.T("lock.reason." + key), Hint: v.T("lock.reason." + key + ".hint")}
	}
	reasons := []fds.Choice{choice("crime"), choice("dispute")}
	if v.kind == register.Business {
		reasons = append(reasons, choice("sharing"))
	}
	f.Radio("grund", reasons...)
	f.Text("reference", incident.LongLine, true)
	f.Date("anmeldt", true)
	f.Text("hvem", incident.LongLine, true)
	f.Area("ord", incident.Longest, 3, false)
	f.Section("what")
	var cameras []fds.Choice
	safety := false
	for _, id := range v.incident.Scope().Cameras {
		hint := v.T("lock.class.none")
		var words []string
		for _, c := range classes[id] {
			words = append(words, v.T("lock.class."+string(c)))
			safety = safety || c == permit.ClassSafety
		}
		if len(words) > 0 {
			hint = strings.Join(words, " ")
		}
		cameras = append(cameras, fds.Choice{Value: id, Text: v.name(id), Hint: hint})
	}
	f.Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	if safety {
		f.Checks("grundlag", fds.Choice{Value: law.GroundSafety, Text: v.T("ground.safety")}, fds.Choice{Value: law.GroundConsent, Text: v.T("ground.consent")})
	}
	f.Section("long")
	return f.Date("gennemgang", false).Date("ophoer", true)
}

func (v *visit) askPage(classes map[string][]permit.Class, s incident.Scope) *page.FormPage {
	in := url.Values{"grund": {string(permit.HoldCrime)}, "reference": {v.incident.Police}, "kamera": s.Cameras,
		"fra-dato": {page.FormDate(s.From)}, "fra": {v.ClockSeconds(s.From)}, "til-dato": {page.FormDate(s.To)}, "til": {v.ClockSeconds(s.To)},
		"gennemgang": {page.FormDate(v.Now.Add(reviewAfter))}, "ophoer": {page.FormDate(v.Now.Add(untilAfter))}}
	pg := v.NewFormPage(v.askForm(classes).Fill(in), v.crumbs(), v.incident.Number)
	pg.Lead = v.T("lockask.lead")
	return pg
}

func (p *Screens) ask(v *visit) error {
	if v.incident.Scope().Version == 0 {
		return v.See("/haendelser/" + v.incident.ID + "/behov")
	}
	classes, err := p.classes(v)
	if err != nil {
		return err
	}
	marks, err := p.Incidents.Bookmarks(v.Ctx, v.incident.Controller, v.incident.ID)
	if err != nil {
		return err
	}
	return v.ShowForm(v.askPage(classes, v.incident.Scope().Around(marks)))
}

// date reads a date of a form; noon, so that it is that day in any zone.
func (v *visit) date(f *page.Form, name string) time.Time {
	if f.Get(name) == "" {
		return time.Time{}
	}
	t, err := page.LocalDate(f.Get(name))
	if err != nil {
		f.FailWith(name, err)
		return time.Time{}
	}
	return t
}

func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

func (v *visit) readTerms(f *page.Form) hold.Terms {
	t := hold.Terms{Cameras: f.All("kamera"), Reason: permit.HoldReason(f.Get("grund")), Reference: f.Get("reference"), Whom: f.Get("hvem"), Words: f.Get("ord"),
		From: v.moment(f, "fra-dato", "fra"), To: v.moment(f, "til-dato", "til"), Reported: v.date(f, "anmeldt"), Review: v.date(f, "gennemgang"), Until: v.date(f, "ophoer")}
	if all := f.All("grundlag"); len(all) == 1 {
		t.Ground = all[0]
	}
	return t
}

// askFields are where what the room refuses is said.
func askFields() map[string]string {
	return map[string]string{"hold.reason": "grund", "hold.no-crime": "grund", "hold.cameras": "kamera", "hold.recorded": "kamera", "hold.interval": "til", "hold.beyond": "fra", "hold.reference": "reference",
		"hold.reported": "anmeldt", "hold.whom": "hvem", "hold.words": "ord", "hold.review": "gennemgang", "hold.until": "ophoer", "hold.late": "grund"}
}

func (p *Screens) asked(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	classes, err := p.classes(v)
	if err != nil {
		return err
	}
	f := v.askForm(classes).Fill(in).Check()
	t := v.readTerms(f)
	var refused []law.Finding
	if f.OK() {
		h, err := p.Holds.Ask(v.Ctx, v.incident.ID, t, v.who())
		switch {
		case err == nil:
			return v.See(path + "/" + h.ID + "?besked=laas-bedt")
		case fault.Key(err) == "hold.law":
			if refused, err = p.Holds.Refusals(v.Ctx, v.Person.Controller, t); err != nil {
				return err
			}
			f.Fail("kamera", v.T("lock.refused.field"))
		case fault.Is(err, fault.Invalid) && askFields()[fault.Key(err)] != "":
			f.FailWith(askFields()[fault.Key(err)], err)
		default:
			return err
		}
	}
	pg := v.askPage(classes, v.incident.Scope())
	pg.Form = f
	if len(refused) > 0 {
		pg.Alert = v.refusal(refused)
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// refusal is what the law has against it, once for each of its words, and the
// way out.
func (v *visit) refusal(found []law.Finding) *fds.Alert {
	lang := string(v.Lang)
	var order []string
	cameras := map[string][]string{}
	do := ""
	for _, x := range found {
		say := x.Text.In(lang) + " (" + x.Cite + ")"
		if !slices.Contains(order, say) {
			order = append(order, say)
		}
		if n := v.name(x.Camera); !slices.Contains(cameras[say], n) {
			cameras[say] = append(cameras[say], n)
		}
		do = x.Do.In(lang)
	}
	var lines []string
	for _, say := range order {
		lines = append(lines, strings.Join(cameras[say], ", ")+": "+say)
	}
	return &fds.Alert{Tone: fds.Warning, Heading: v.T("lock.refused"), Text: strings.Join(lines, " ") + " " + do}
}
