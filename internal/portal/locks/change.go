package locks

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// changes are the addresses where a lock is made longer or narrower.
func (p *Screens) changes(at func(string, access.Act, func(*page.Visit) (access.Object, error), func(*visit) error) page.Route, fresh func(page.Route) page.Route) []page.Route {
	const one = path + "/{bevislaas}"
	return []page.Route{
		at("GET "+one+"/laengere", access.EditIncident, p.of, p.longer),
		at("POST "+one+"/laengere", access.EditIncident, p.of, p.askedLonger),
		at("GET "+one+"/laengere/svar", access.ApproveHold, p.ofLonger, p.answerLonger),
		fresh(at("POST "+one+"/laengere/svar", access.ApproveHold, p.ofLonger, p.answeredLonger)),
		at("GET "+one+"/mindre", access.EditIncident, p.of, p.narrow),
		at("POST "+one+"/mindre", access.EditIncident, p.of, p.narrowed),
	}
}

// ofLonger is the lock for whoever answers a lengthening: neither the owner nor
// who asked for it.
func (p *Screens) ofLonger(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	h := page.Found[found](v).hold
	o.Parties = []string{h.Person}
	if h.Longer != nil {
		o.Parties = append(o.Parties, h.Longer.Person)
	}
	return o, err
}

func (v *visit) longerPage() *page.FormPage {
	f := v.NewForm("locklonger").Date("ophoer", false).Area("ord", incident.Longest, 3, false)
	pg := v.NewFormPage(f.Fill(url.Values{"ophoer": {page.FormDate(v.hold.Ends().Add(untilAfter))}}), v.crumbs(), v.hold.Number)
	pg.Lead = v.T("locklonger.lead", v.DateTime(v.hold.Ends()))
	return pg
}

func (p *Screens) longer(v *visit) error {
	return v.standing(func() error { return v.ShowForm(v.longerPage()) })
}

func (p *Screens) askedLonger(v *visit) error {
	return v.posted(v.longerPage(), map[string]string{"hold.until": "ophoer", "hold.words": "ord", "hold.law": "ophoer", "hold.untold": "ophoer", "hold.changing": "ophoer"}, "?besked=laas-laengere-bedt", func(f *page.Form, _ url.Values) error {
		until := v.date(f, "ophoer")
		if !f.OK() {
			return nil
		}
		_, err := p.Holds.AskLonger(v.Ctx, v.hold.ID, until, f.Get("ord"), v.who())
		return err
	})
}

// longerAnswer shows exactly what is said yes or no to: its end goes along.
func (v *visit) longerAnswer() *page.FormPage {
	f := v.NewForm("longeranswer").Radio("svar", fds.Choice{Value: "ja", Text: v.T("longeranswer.yes")}, fds.Choice{Value: "nej", Text: v.T("lockanswer.no")}).Area("ord", incident.Longest, 3, true)
	pg := v.NewFormPage(f, v.crumbs(), v.hold.Number)
	x := v.hold.Longer
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("longeranswer.asks", x.Name), Text: v.T("longeranswer.asks.text", joined(v.names()), v.T("lock.reason."+string(v.hold.Reason)), v.DateTime(v.hold.Ends()), v.DateTime(x.Until), x.Words)}
	pg.Hidden = []fds.Choice{{Text: "til", Value: x.Until.Format(time.RFC3339Nano)}}
	return pg
}

// lengthens refuses whoever does not answer for it, and leads away from what
// waits for no answer.
func (p *Screens) lengthens(v *visit, show func() error) error {
	if !v.hold.Waits(v.Now) {
		return v.See(v.here())
	}
	if err := p.Holds.Lengthens(v.Ctx, v.hold, v.who()); err != nil {
		if fault.Is(err, fault.Denied) {
			return v.Refuse(access.Verdict{Why: access.WhyRole}, access.Object{Controller: v.hold.Controller, Location: v.hold.Location, Reference: v.hold.Number})
		}
		return err
	}
	return show()
}

func (p *Screens) answerLonger(v *visit) error {
	return p.lengthens(v, func() error { return v.ShowForm(v.longerAnswer()) })
}

func (p *Screens) answeredLonger(v *visit) error {
	return p.lengthens(v, func() error {
		return v.posted(v.longerAnswer(), map[string]string{"hold.answer": "ord", "hold.changed": "svar", "hold.law": "svar", "hold.review-first": "svar"}, "?besked=laas-svaret", func(f *page.Form, in url.Values) error {
			until, err := time.Parse(time.RFC3339Nano, in.Get("til"))
			if err != nil {
				return fault.New(fault.Conflict, "hold.changed", "until %q", in.Get("til"))
			}
			_, err = p.Holds.DecideLonger(v.Ctx, v.hold.ID, f.Get("svar") == "ja", f.Get("ord"), until, v.who())
			return err
		})
	})
}

func (v *visit) narrowPage() *page.FormPage {
	h := v.hold
	f := v.NewForm("locknarrow")
	var cameras []fds.Choice
	for _, id := range h.Cameras {
		cameras = append(cameras, fds.Choice{Value: id, Text: v.name(id)})
	}
	f.Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8}).Area("ord", incident.Longest, 3, false)
	return v.NewFormPage(f.Fill(url.Values{"kamera": h.Cameras, "fra-dato": {page.FormDate(h.From)}, "fra": {v.ClockSeconds(h.From)}, "til-dato": {page.FormDate(h.To)}, "til": {v.ClockSeconds(h.To)}}), v.crumbs(), h.Number)
}

func (p *Screens) narrow(v *visit) error {
	return v.standing(func() error { return v.ShowForm(v.narrowPage()) })
}

func (p *Screens) narrowed(v *visit) error {
	fields := map[string]string{"hold.narrower": "til", "hold.words": "ord", "hold.changing": "kamera", "hold.narrow-late": "kamera", "hold.review-first": "kamera"}
	return v.posted(v.narrowPage(), fields, "?besked=laas-mindre", func(f *page.Form, _ url.Values) error {
		from, to := v.moment(f, "fra-dato", "fra"), v.moment(f, "til-dato", "til")
		if !f.OK() {
			return nil
		}
		// What was not touched is to the second; the lock's own ends are finer.
		if v.ClockSeconds(from) == v.ClockSeconds(v.hold.From) && page.FormDate(from) == page.FormDate(v.hold.From) {
			from = v.hold.From
		}
		if v.ClockSeconds(to) == v.ClockSeconds(v.hold.To) && page.FormDate(to) == page.FormDate(v.hold.To) {
			to = v.hold.To
		}
		_, err := p.Holds.Narrow(v.Ctx, v.hold.ID, f.All("kamera"), from, to, f.Get("ord"), v.who())
		return err
	})
}

// changesGrid is what the lock was before.
func (v *visit) changesGrid(all []hold.Change) *page.Grid {
	g := page.NewGrid(v.T("lock.changes"), v.T("lock.column.when"), v.T("lock.column.who"), v.T("lock.column.was"), v.T("lock.column.why"))
	for _, c := range all {
		var names []string
		for _, id := range c.Was.Cameras {
			names = append(names, v.name(id))
		}
		why := page.Cell{Text: c.Words}
		if c.Refused != "" {
			why.Quiet = v.T("lock.change.refused", v.Or("fault."+c.Refused, c.Refused))
		}
		g.Add(page.Cell{Text: v.DateTime(c.At)}, page.Cell{Text: c.Name}, page.Cell{Text: joined(names), Quiet: v.T("lock.was", v.DateTimeSeconds(c.Was.From), v.DateTimeSeconds(c.Was.To), v.Date(c.Was.Until))}, why)
	}
	return g
}
