package requests

import (
	"net/url"
	"slices"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
)

func (v *visit) identityPage() *page.FormPage {
	f := v.NewForm("requestid")
	var checks []fds.Choice
	for _, c := range request.Checks() {
		checks = append(checks, fds.Choice{Value: string(c), Text: v.T("request.check." + string(c)), Hint: v.T("request.check." + string(c) + ".hint")})
	}
	f.Radio("hvordan", checks...).Text("ord", incident.LongLine, true)
	pg := v.NewFormPage(f, v.crumbs(), v.request.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("requestid.least"), Text: v.T("requestid.least.text")}
	return pg
}

func (p *Screens) identify(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.identityPage()) })
}

func (p *Screens) identified(v *visit) error {
	return v.posted(v.identityPage(), map[string]string{"request.check": "hvordan", "request.proof": "ord", "request.cpr": "ord"}, "anmodning-identitet", func(f *page.Form) error {
		_, err := p.Requests.Identify(v.Ctx, v.request.ID, request.Check(f.Get("hvordan")), f.Get("ord"), v.who())
		return err
	})
}

// assessPage asks what some minutes of one camera come to; what is not assessed
// yet is suggested.
func (v *visit) assessPage() *page.FormPage {
	q := v.request
	f := v.NewForm("requestassess")
	var cameras, outcomes, grounds []fds.Choice
	for _, id := range q.Cameras {
		c := fds.Choice{Value: id, Text: v.name(id)}
		if !slices.Contains(q.Left(), id) {
			c.Hint = v.T("requestassess.done")
		}
		cameras = append(cameras, c)
	}
	for _, o := range request.Outcomes(q.Right) {
		hint := v.T("request.outcome." + string(o) + ".hint")
		if o == request.Met && q.Right == request.Erase {
			hint = v.T("request.outcome.met.erase", v.Date(q.To.Add(permit.LongestRetention)))
		}
		outcomes = append(outcomes, fds.Choice{Value: string(o), Text: v.T("request.outcome." + string(o)), Hint: hint})
	}
	grounds = append(grounds, fds.Choice{Text: v.T("requestassess.grund.none")})
	for _, g := range request.GroundsOf(q.Right) {
		grounds = append(grounds, fds.Choice{Value: g.ID, Text: v.T("request.ground."+g.ID) + " (" + g.Cite + ")"})
	}
	f.Radio("kamera", cameras...)
	f.Text("fra", 8, false).Text("til", 8, false)
	f.Radio("udfald", outcomes...)
	f.Add(fds.Field{Name: "grund", Type: "select", Choices: grounds}).Area("ord", incident.Longest, 4, true)
	in := url.Values{"fra": {v.Clock(q.From)}, "til": {v.Clock(q.To)}}
	if left := q.Left(); len(left) > 0 {
		in.Set("kamera", left[0])
	}
	pg := v.NewFormPage(f.Fill(in), v.crumbs(), q.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("requestassess.each"), Text: v.T("requestassess.each.text")}
	return pg
}

// assessable leads away from a request that cannot be assessed.
func (v *visit) assessable(show func() error) error {
	if v.request.Identity.At.IsZero() || len(v.request.Cameras) == 0 {
		return v.See(v.here())
	}
	return v.open(show)
}

func (p *Screens) assess(v *visit) error {
	return v.assessable(func() error { return v.ShowForm(v.assessPage()) })
}

// minute reads a time of day of the request's first day; what was not touched is
// the request's own, which is finer.
func (v *visit) minute(f *page.Form, name string, was time.Time) time.Time {
	if f.Get(name) == v.Clock(was) {
		return was
	}
	t, err := page.LocalTime(page.FormDate(v.request.From), f.Get(name))
	if err != nil {
		f.Fail(name, v.T("incident.time.bad"))
	}
	return t
}

func (p *Screens) assessed(v *visit) error {
	fields := map[string]string{"request.camera": "kamera", "request.interval": "til", "request.outcome": "udfald", "request.ground": "grund", "request.reason": "ord", "request.cpr": "ord"}
	return v.posted(v.assessPage(), fields, "anmodning-vurderet", func(f *page.Form) error {
		q := v.request
		part := request.Part{Camera: f.Get("kamera"), Outcome: request.Outcome(f.Get("udfald")), Ground: f.Get("grund"), Words: f.Get("ord")}
		part.From, part.To = v.minute(f, "fra", q.From), v.minute(f, "til", q.To)
		if part.To.Before(part.From) {
			part.To = part.To.AddDate(0, 0, 1) // past midnight
		}
		if !f.OK() {
			return nil
		}
		_, err := p.Requests.Assess(v.Ctx, q.ID, part, v.who())
		return err
	})
}

func (v *visit) withdrawPage() *page.FormPage {
	return v.NewFormPage(v.NewForm("requestclose").Area("ord", incident.Longest, 3, false), v.crumbs(), v.request.Number)
}

func (p *Screens) withdraw(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.withdrawPage()) })
}

func (p *Screens) withdrew(v *visit) error {
	return v.posted(v.withdrawPage(), map[string]string{"request.why": "ord", "request.cpr": "ord"}, "anmodning-lukket", func(f *page.Form) error {
		_, err := p.Requests.Withdraw(v.Ctx, v.request.ID, f.Get("ord"), v.who())
		return err
	})
}
