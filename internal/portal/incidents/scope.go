package incidents

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// candidate is a camera of the incident's place, and whether it recorded.
type candidate struct {
	register.Camera
	recorded, known bool
}

// candidates are the cameras of the place, with whether they recorded in an
// interval: that much, and no more, may be known before there is a grant.
func (p *Screens) candidates(v *visit, from, to time.Time) (out []candidate, err error) {
	all, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.incident.Controller, Location: v.incident.Location, Removed: true})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		x := candidate{Camera: c}
		cover, err := p.Engine.Coverage(v.Ctx, c.ID, from, to)
		switch {
		case err == nil:
			x.known = true
			x.recorded = slices.ContainsFunc(cover.Stretches, func(s engineapi.Stretch) bool { return s.Kind == "recorded" })
		case !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			return nil, err
		}
		if x.recorded || c.Removed.IsZero() {
			out = append(out, x)
		}
	}
	return out, nil
}

func (v *visit) cameraChoices(all []candidate) (out []fds.Choice) {
	for _, c := range all {
		hint := c.Direction
		switch {
		case c.recorded:
			hint = v.T("need.kamera.recorded", c.Direction)
		case c.known:
			hint = v.T("need.kamera.silent", c.Direction)
		}
		out = append(out, fds.Choice{Value: c.ID, Text: c.Name, Hint: hint})
	}
	return out
}

// need asks why looking is necessary, and at what: the cameras that recorded
// are suggested, and the presumed time.
func (p *Screens) need(v *visit) error {
	if v.incident.Scope().Version > 0 {
		return v.See(v.here() + "/udvid")
	}
	all, err := p.candidates(v, v.incident.From, v.incident.To)
	if err != nil {
		return err
	}
	return v.ShowForm(v.needPage(all))
}

func (v *visit) needForm(all []candidate) *page.Form {
	return span(v.NewForm("need").Area("behov", incident.Longest, 3, false).Checks("kamera", v.cameraChoices(all)...))
}

func (v *visit) needPage(all []candidate) *page.FormPage {
	in := v.spanOf(v.incident.From, v.incident.To)
	for _, c := range all {
		if c.recorded {
			in.Add("kamera", c.ID)
		}
	}
	pg := v.NewFormPage(v.needForm(all).Fill(in), v.crumbs())
	pg.Lead = v.T("need.lead")
	v.Said(&pg.Shell)
	if len(all) == 0 {
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("need.no-cameras"), Text: v.T("need.no-cameras.text")}
	}
	return pg
}

func (p *Screens) named(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	all, err := p.candidates(v, v.incident.From, v.incident.To)
	if err != nil {
		return err
	}
	f := v.needForm(all).Fill(in).Check()
	v.texts(f, map[string]int{"behov": incident.Shortest})
	w := incident.Wish{Need: f.Get("behov"), Cameras: f.All("kamera")}
	w.From, w.To = v.readSpan(f)
	if len(w.Cameras) == 0 {
		f.Fail("kamera", v.T("need.kamera.missing"))
	}
	if f.OK() {
		i, err := p.Incidents.Name(v.Ctx, v.incident.ID, w, v.who())
		if err == nil {
			return v.afterScope(i)
		}
		if err := v.fails(f, err, map[string]string{"incident.": "til", "scope.camera": "kamera", "scope.many": "kamera", "scope.": "fra", "text.": "behov"}); err != nil {
			return err
		}
	}
	pg := v.needPage(all)
	pg.Form = f
	return v.ShowForm(pg)
}

// afterScope leads on to the footage when it may be looked at, else to the
// incident, where it says why not.
func (v *visit) afterScope(i incident.Incident) error {
	v.incident = i
	if i.Crime == incident.CrimeEstablished && v.Person.DesignatedFor(i.Location) {
		return v.See(v.here() + "/se")
	}
	return v.See(v.here() + "?besked=haendelse")
}

// widen asks for more cameras or more time, and why.
func (p *Screens) widen(v *visit) error {
	s := v.incident.Scope()
	if s.Version == 0 {
		return v.See(v.here() + "/behov")
	}
	all, err := p.candidates(v, s.From, s.To)
	if err != nil {
		return err
	}
	return v.ShowForm(v.widenPage(all))
}

func (v *visit) widenForm(all []candidate) *page.Form {
	return span(v.NewForm("widen").Area("grund", incident.Longest, 3, false).Checks("kamera", v.cameraChoices(all)...))
}

func (v *visit) widenPage(all []candidate) *page.FormPage {
	s := v.incident.Scope()
	in := v.spanOf(s.From, s.To)
	in["kamera"] = s.Cameras
	pg := v.NewFormPage(v.widenForm(all).Fill(in), v.crumbs(), v.incident.Number)
	pg.Lead = v.T("widen.lead")
	return pg
}

func (p *Screens) widened(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	s := v.incident.Scope()
	all, err := p.candidates(v, s.From, s.To)
	if err != nil {
		return err
	}
	f := v.widenForm(all).Fill(in).Check()
	v.texts(f, map[string]int{"grund": incident.Shortest})
	from, to := v.readSpan(f)
	if f.OK() {
		i, err := p.Incidents.Widen(v.Ctx, v.incident.ID, f.All("kamera"), from, to, f.Get("grund"), v.who())
		if err == nil {
			return v.afterScope(i)
		}
		if err := v.fails(f, err, map[string]string{"incident.": "til", "scope.camera": "kamera", "scope.many": "kamera", "scope.": "fra", "text.": "grund"}); err != nil {
			return err
		}
	}
	pg := v.widenPage(all)
	pg.Form = f
	return v.ShowForm(pg)
}

// close asks how it ended.
func (p *Screens) close(v *visit) error {
	if err := v.incident.MayClose(); err != nil {
		return v.Show(http.StatusConflict, v.blockedPage("steps.close", err))
	}
	return v.ShowGrave(v.closePage())
}

func (v *visit) closePage() *page.Grave {
	return v.NewGrave("incident.close", v.crumbs(), v.incident.Number)
}

func (p *Screens) closed(v *visit) error {
	g := v.closePage()
	reason, done, err := v.Reason(g)
	if done || err != nil {
		return err
	}
	_, err = p.Incidents.Close(v.Ctx, v.incident.ID, reason, v.who())
	if fault.Is(err, fault.Denied) {
		return v.Show(http.StatusConflict, v.blockedPage("steps.close", err))
	}
	if err != nil {
		return err
	}
	if err := p.Viewing.WithdrawTickets(v.Ctx, v.Head()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=lukket")
}

func (p *Screens) endGrant(v *visit) error {
	if err := p.Incidents.EndGrant(v.Ctx, v.incident.ID, v.R.PathValue("tilladelse"), v.who()); err != nil {
		return err
	}
	if err := p.Viewing.WithdrawTickets(v.Ctx, v.Head()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=tilladelse-slut")
}

func (v *visit) consentForm(given bool) *page.Form {
	f := v.NewForm("consent")
	if !given {
		f.Text("hvem", incident.LongLine, false)
	}
	return f.Date("givet", !given).Text("hvor", incident.LongLine, !given)
}

// consent asks for a person who can be seen, and the consent that they gave.
func (p *Screens) consent(v *visit) error { return v.ShowForm(v.consentPage("")) }

// consentPage asks for a new person, or for the consent of one who was asked.
func (v *visit) consentPage(registered string) *page.FormPage {
	pg := v.NewFormPage(v.consentForm(registered != "").Fill(url.Values{}), v.crumbs())
	if registered != "" {
		pg.Title = v.T("consent.title.given", registered)
	}
	return pg
}

func (p *Screens) consented(v *visit) error {
	return v.consentPosted("", func(f *page.Form, given time.Time) error {
		_, err := p.Incidents.AddConsent(v.Ctx, v.incident.ID, incident.Consent{Registered: f.Get("hvem"), Given: given, Kept: f.Get("hvor")}, v.who())
		return err
	})
}

func (p *Screens) giveConsent(v *visit) error {
	c, err := v.theConsent()
	if err != nil {
		return err
	}
	return v.ShowForm(v.consentPage(c.Registered))
}

func (p *Screens) gaveConsent(v *visit) error {
	c, err := v.theConsent()
	if err != nil {
		return err
	}
	return v.consentPosted(c.Registered, func(f *page.Form, given time.Time) error {
		_, err := p.Incidents.GiveConsent(v.Ctx, v.incident.ID, c.ID, given, f.Get("hvor"), v.who())
		return err
	})
}

func (v *visit) theConsent() (incident.Consent, error) {
	for _, c := range v.incident.Consents {
		if c.ID == v.R.PathValue("samtykke") {
			return c, nil
		}
	}
	return incident.Consent{}, fault.New(fault.NotFound, "consent.unknown", "no consent %.40q", v.R.PathValue("samtykke"))
}

func (v *visit) consentPosted(registered string, save func(*page.Form, time.Time) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.consentForm(registered != "").Fill(in).Check()
	var given time.Time
	if f.Get("givet") != "" {
		if given, err = page.LocalDate(f.Get("givet")); err != nil {
			f.FailWith("givet", err)
		}
	}
	if f.OK() {
		err := save(f, given)
		if err == nil {
			if err := v.s.Viewing.WithdrawTickets(v.Ctx, v.Head()); err != nil {
				return err
			}
			return v.See(v.here() + "?besked=samtykke")
		}
		field := "hvem"
		if registered != "" {
			field = "hvor"
		}
		if err := v.fails(f, err, map[string]string{"consent.kept": "hvor", "incident.": "givet", "text.": field}); err != nil {
			return err
		}
	}
	pg := v.consentPage(registered)
	pg.Form = f
	return v.ShowForm(pg)
}

func (p *Screens) withdraw(v *visit) error {
	if _, err := p.Incidents.Withdraw(v.Ctx, v.incident.ID, v.R.PathValue("samtykke"), v.who()); err != nil {
		return err
	}
	if err := p.Viewing.WithdrawTickets(v.Ctx, v.Head()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=samtykke-trukket")
}
