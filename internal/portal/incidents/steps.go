package incidents

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// stepForm is one of the short forms of H 7: what it asks, what it does, and at
// which field the room's refusals are said.
type stepForm struct {
	name   string // in the address
	page   func(*visit) *page.FormPage
	do     func(*visit, *page.Form) error
	fields map[string]string
}

// stepForms are those beside describing, assessing, naming and looking.
func (p *Screens) stepForms() []stepForm {
	return []stepForm{
		{"andre", (*visit).othersPage, func(v *visit, f *page.Form) error {
			_, err := p.Incidents.AskOthers(v.Ctx, v.incident.ID, f.Get("hvem"), f.Get("svar"), v.who())
			return err
		}, map[string]string{"steps.line": "hvem", "text.": "svar"}},
		{"sikring", (*visit).securePage, func(v *visit, f *page.Form) error {
			_, err := p.Incidents.SecureNothing(v.Ctx, v.incident.ID, f.Get("hvorfor"), v.who())
			return err
		}, map[string]string{"text.": "hvorfor"}},
		{"mindreaarige", (*visit).minorsPage, p.sayMinors, map[string]string{"steps.day": "dato", "text.": "hvordan"}},
		{"samtale", (*visit).talkPage, func(v *visit, f *page.Form) error {
			_, err := p.Incidents.Talk(v.Ctx, v.incident.ID, f.Get("ord"), v.who())
			return err
		}, map[string]string{"text.": "ord"}},
		{"samraad", (*visit).consultPage, func(v *visit, f *page.Form) error {
			c := incident.Consultation{Done: incident.Done{Words: f.Get("ord")}, With: f.Get("hvem"), On: v.dayOf(f, "dato")}
			if !f.OK() {
				return nil
			}
			_, err := p.Incidents.Consult(v.Ctx, v.incident.ID, c, v.who())
			return err
		}, map[string]string{"steps.day": "dato", "steps.line": "hvem", "text.": "ord"}},
		{"overdragelse", (*visit).handPage, func(v *visit, f *page.Form) error {
			h := incident.Handover{Police: f.Get("journal"), To: f.Get("til"), Medium: f.Get("medie"), On: v.dayOf(f, "dato")}
			if !f.OK() {
				return nil
			}
			_, err := p.Incidents.HandOver(v.Ctx, v.incident.ID, h, v.who())
			return err
		}, map[string]string{"steps.day": "dato", "steps.line": "til"}},
		{"ingen-straffesag", (*visit).noCasePage, func(v *visit, f *page.Form) error {
			_, err := p.Incidents.SayNoCase(v.Ctx, v.incident.ID, f.Get("hvorfor"), v.who())
			return err
		}, map[string]string{"text.": "hvorfor"}},
	}
}

// dayOf is a day of a form.
func (v *visit) dayOf(f *page.Form, name string) time.Time {
	t, err := page.LocalDate(f.Get(name))
	if err != nil && f.Get(name) != "" {
		f.FailWith(name, err)
	}
	return t
}

func (v *visit) show(s stepForm) error {
	if s.name == "overdragelse" {
		if err := v.incident.MayHandOver(); err != nil {
			return v.Show(http.StatusConflict, v.blockedPage("steps.handover", err))
		}
	}
	return v.ShowForm(s.page(v))
}

// take reads a step's form; what is refused is said beside what was typed.
func (v *visit) take(s stepForm) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := s.page(v)
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		err := s.do(v, f)
		switch {
		case err == nil && f.OK():
			return v.See(v.here() + "?besked=haendelse")
		case fault.Is(err, fault.Denied):
			return v.Show(http.StatusConflict, v.blockedPage("steps.handover", err))
		case err != nil:
			if err := v.fails(f, err, s.fields); err != nil {
				return err
			}
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// blockedPage says why something cannot be done yet, and leads to what mends it.
func (v *visit) blockedPage(key string, why error) *page.Record {
	pg := v.NewRecord(v.T(key+".title", v.incident.Number), "", v.crumbs()...)
	a := &fds.Alert{Tone: fds.Warning, Heading: v.Explain(why), Text: v.Or("do."+fault.Key(why), "")}
	for _, to := range map[string][]string{"steps.minors": {"mindreaarige"}, "steps.guardians": {"mindreaarige"}, "steps.consult": {"samraad"}, "steps.talk": {"samtale"}, "steps.police": {"overdragelse", "ingen-straffesag"}}[fault.Key(why)] {
		a.Links = append(a.Links, fds.Link{Href: v.here() + "/" + to, Text: v.T("incident.task." + to)})
	}
	pg.Add(page.Section{ID: "hvorfor", Heading: v.T("look.refused.why"), Alert: a})
	return pg
}

func (v *visit) stepPage(f *page.Form, in url.Values) *page.FormPage {
	return v.NewFormPage(f.Fill(in), v.crumbs(), v.incident.Number)
}

func (v *visit) othersPage() *page.FormPage {
	s := v.incident.Steps.Others
	f := v.NewForm("stepothers").Text("hvem", incident.LongLine, false).Area("svar", incident.Longest, 3, false)
	return v.stepPage(f, url.Values{"hvem": {s.Who}, "svar": {s.Words}})
}

func (v *visit) securePage() *page.FormPage {
	pg := v.stepPage(v.NewForm("stepsecure").Area("hvorfor", incident.Longest, 3, false), url.Values{"hvorfor": {v.incident.Steps.Nothing.Words}})
	if v.incident.Scope().Version > 0 {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("stepsecure.lock"), Text: v.T("stepsecure.lock.text"), Links: []fds.Link{{Href: v.here() + "/bevislaas", Text: v.T("incident.locks.new")}}}
	}
	return pg
}

func (v *visit) minorsPage() *page.FormPage {
	m := v.incident.Steps.Minors
	f := v.NewForm("stepminors").Radio("set", fds.Choice{Value: "nej", Text: v.T("stepminors.no")}, fds.Choice{Value: "ja", Text: v.T("stepminors.yes"), Hint: v.T("stepminors.yes.hint")})
	f.Section("told").Date("dato", true).Add(fds.Field{Name: "kl", Width: "tiny", MaxLength: 8, Optional: true})
	f.Area("hvordan", incident.Longest, 3, true)
	in := url.Values{}
	if m.Is() {
		in.Set("set", map[bool]string{true: "ja", false: "nej"}[m.Seen])
	}
	if m.Told.Is() {
		in.Set("dato", page.FormDate(m.Told.At))
		in.Set("kl", v.Clock(m.Told.At))
		in.Set("hvordan", m.Told.Words)
	}
	return v.stepPage(f, in)
}

func (p *Screens) sayMinors(v *visit, f *page.Form) error {
	var told time.Time
	if f.Get("dato") != "" {
		at, err := page.LocalTime(f.Get("dato"), f.Get("kl"))
		if err != nil {
			f.Fail("kl", v.T("incident.time.bad"))
			return nil //nolint:nilerr // said at the field
		}
		told = at
	}
	_, err := p.Incidents.SayMinors(v.Ctx, v.incident.ID, f.Get("set") == "ja", told, f.Get("hvordan"), v.who())
	return err
}

func (v *visit) talkPage() *page.FormPage {
	return v.stepPage(v.NewForm("steptalk").Area("ord", incident.Longest, 4, false), url.Values{"ord": {v.incident.Steps.Minors.Talk.Words}})
}

func (v *visit) consultPage() *page.FormPage {
	c := v.incident.Steps.Consulted
	on := c.On
	if on.IsZero() {
		on = v.Now
	}
	f := v.NewForm("stepconsult").Text("hvem", incident.LongLine, false).Date("dato", false).Area("ord", incident.Longest, 3, false)
	return v.stepPage(f, url.Values{"hvem": {c.With}, "dato": {page.FormDate(on)}, "ord": {c.Words}})
}

func (v *visit) handPage() *page.FormPage {
	f := v.NewForm("stephand").Text("journal", incident.LongLine, false).Text("til", incident.LongLine, false).Text("medie", incident.LongLine, false).Date("dato", false)
	h := v.incident.Steps.Handed
	on, police := h.On, h.Police
	if on.IsZero() {
		on, police = v.Now, v.incident.Police
	}
	pg := v.stepPage(f, url.Values{"journal": {police}, "til": {h.To}, "medie": {h.Medium}, "dato": {page.FormDate(on)}})
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("stephand.package"), Text: v.T("stephand.package.text"), Links: []fds.Link{{Href: v.here() + "/udlevering/police", Text: v.T("disclosure.kind.police.do")}}}
	return pg
}

func (v *visit) noCasePage() *page.FormPage {
	return v.stepPage(v.NewForm("stepnocase").Area("hvorfor", incident.Longest, 3, false), url.Values{"hvorfor": {v.incident.Steps.NoCase.Words}})
}
