package incidents

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// span adds the four fields of a time from and to.
func span(f *page.Form) *page.Form {
	f.Section("when")
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"})
	return f.Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
}

// spanOf is what the fields of a time say.
func (v *visit) spanOf(from, to time.Time) url.Values {
	at := func(t time.Time) string {
		if t.Second() != 0 {
			return v.ClockSeconds(t)
		}
		return v.Clock(t)
	}
	return url.Values{"fra-dato": {page.FormDate(from)}, "fra": {at(from)}, "til-dato": {page.FormDate(to)}, "til": {at(to)}}
}

// readSpan reads them; what cannot be read is said at its field.
func (v *visit) readSpan(f *page.Form) (from, to time.Time) {
	read := func(date, clock string) time.Time {
		t, err := page.LocalTime(f.Get(date), f.Get(clock))
		if err != nil && f.Get(clock) != "" {
			f.Fail(clock, v.T("incident.time.bad"))
		}
		return t
	}
	return read("fra-dato", "fra"), read("til-dato", "til")
}

// fails says what a room refused at the field that it is about; an error that
// is about none goes on.
func (v *visit) fails(f *page.Form, err error, fields map[string]string) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	key := fault.Key(err)
	for prefix, field := range fields {
		if strings.HasPrefix(key, prefix) {
			f.FailWith(field, err)
			return nil
		}
	}
	return err
}

// texts says at each field what is wrong with what was typed.
func (v *visit) texts(f *page.Form, shortest map[string]int) {
	for name, n := range shortest {
		if text := f.Get(name); text != "" || n > 0 {
			if err := incident.CheckText(text, n, incident.Longest); err != nil && text != "" {
				f.FailWith(name, err)
			}
		}
	}
}

// placesToChoose are the places where the person may record an incident.
func (p *Screens) placesToChoose(v *visit) ([]register.Location, error) {
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	return slices.DeleteFunc(all, func(l register.Location) bool {
		return !l.Shut.IsZero() || !v.May(access.EditIncident, access.Object{Controller: l.Controller, Location: l.ID})
	}), err
}

func (v *visit) accountForm(places []register.Location) *page.Form {
	f := v.NewForm("happening")
	if places != nil {
		var choices []fds.Choice
		if len(places) > 1 {
			choices = append(choices, fds.Choice{Text: v.T("happening.sted.choose")})
		}
		for _, l := range places {
			choices = append(choices, fds.Choice{Value: l.ID, Text: l.Name})
		}
		f.Select("sted", choices...)
	}
	f.Area("hvad", incident.Longest, 3, false)
	span(f)
	return f.Section("more").Text("hvor", incident.LongLine, true).Area("andre", incident.Longest, 2, true)
}

// begin asks what happened, where and when.
func (p *Screens) begin(v *visit) error {
	places, err := p.placesToChoose(v)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return v.Refuse(access.Verdict{Why: access.WhyDesignation}, access.Object{Controller: v.Person.Controller})
	}
	return v.ShowForm(v.beginPage(places, v.R.URL.Query().Get("sted")))
}

func (v *visit) beginPage(places []register.Location, chosen string) *page.FormPage {
	now := v.Now.Truncate(time.Minute)
	in := v.spanOf(now.Add(-2*time.Hour), now)
	if len(places) == 1 {
		chosen = places[0].ID
	}
	in.Set("sted", chosen)
	pg := v.NewFormPage(v.accountForm(places).Fill(in), v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("happening.steps"), Text: v.T("happening.steps.text")}
	return pg
}

func (p *Screens) begun(v *visit) error {
	places, err := p.placesToChoose(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.accountForm(places).Fill(in).Check()
	if f.Get("sted") == "" || !slices.ContainsFunc(places, func(l register.Location) bool { return l.ID == f.Get("sted") }) {
		f.Fail("sted", v.T("happening.sted.missing"))
	}
	a := v.readAccount(f)
	if f.OK() {
		i, err := p.Incidents.Begin(v.Ctx, f.Get("sted"), a, v.who())
		if err == nil {
			return v.See(path + "/" + i.ID + "/kriminalitet")
		}
		if err := v.fails(f, err, map[string]string{"incident.": "til", "text.": "hvad"}); err != nil {
			return err
		}
	}
	pg := v.beginPage(places, "")
	pg.Form = f
	return v.ShowForm(pg)
}

func (v *visit) readAccount(f *page.Form) incident.Account {
	a := incident.Account{What: f.Get("hvad"), Spot: f.Get("hvor"), Others: f.Get("andre")}
	a.From, a.To = v.readSpan(f)
	v.texts(f, map[string]int{"hvad": incident.Shortest, "hvor": 0, "andre": 0})
	return a
}

// describe says anew what happened.
func (p *Screens) describe(v *visit) error { return v.ShowForm(v.describePage()) }

func (v *visit) describePage() *page.FormPage {
	in := v.spanOf(v.incident.From, v.incident.To)
	in.Set("hvad", v.incident.What)
	in.Set("hvor", v.incident.Spot)
	in.Set("andre", v.incident.Others)
	pg := v.NewFormPage(v.accountForm(nil).Fill(in), v.crumbs())
	pg.Button.Text = v.T("incident.save")
	return pg
}

func (p *Screens) described(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.accountForm(nil).Fill(in).Check()
	a := v.readAccount(f)
	if f.OK() {
		_, err := p.Incidents.Describe(v.Ctx, v.incident.ID, a, v.who())
		if err == nil {
			return v.See(v.here() + "?besked=haendelse")
		}
		if err := v.fails(f, err, map[string]string{"incident.": "til", "text.": "hvad"}); err != nil {
			return err
		}
	}
	pg := v.describePage()
	pg.Form = f
	return v.ShowForm(pg)
}

func (v *visit) crimeForm() *page.Form {
	var choices []fds.Choice
	for _, c := range incident.Crimes() {
		choices = append(choices, fds.Choice{Value: string(c), Text: v.T("crime." + string(c)), Hint: v.T("crime." + string(c) + ".hint")})
	}
	return v.NewForm("assess").Radio("strafbart", choices...).Area("hvoraf", incident.Longest, 3, false).Text("politi", incident.LongLine, true)
}

// assess asks whether it was a crime, and on what that rests.
func (p *Screens) assess(v *visit) error { return v.ShowForm(v.assessPage()) }

func (v *visit) assessPage() *page.FormPage {
	i := v.incident
	pg := v.NewFormPage(v.crimeForm().Fill(url.Values{"strafbart": {string(i.Crime)}, "hvoraf": {i.Rests}, "politi": {i.Police}}), v.crumbs())
	pg.Lead = v.T("assess.lead")
	return pg
}

func (p *Screens) assessed(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.crimeForm().Fill(in).Check()
	v.texts(f, map[string]int{"hvoraf": incident.Shortest, "politi": 0})
	if f.OK() {
		i, err := p.Incidents.Assess(v.Ctx, v.incident.ID, incident.Assessment{Crime: incident.Crime(f.Get("strafbart")), Rests: f.Get("hvoraf"), Police: f.Get("politi")}, v.who())
		if err == nil {
			if err := p.Viewing.WithdrawTickets(v.Ctx, v.Head()); err != nil {
				return err
			}
			note := "?besked=haendelse"
			if i.Police != "" && !incident.PoliceNumber(i.Police) {
				note = "?besked=politinummer"
			}
			if i.Scope().Version == 0 && i.Crime != incident.CrimePresumed {
				return v.See(v.here() + "/behov" + note)
			}
			return v.See(v.here() + note)
		}
		if err := v.fails(f, err, map[string]string{"incident.": "strafbart", "text.": "hvoraf"}); err != nil {
			return err
		}
	}
	pg := v.assessPage()
	pg.Form = f
	return v.ShowForm(pg)
}
