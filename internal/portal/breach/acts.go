package breach

import (
	"net/url"
	"strings"

	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) stopPage() *page.FormPage {
	pg := v.NewFormPage(v.NewForm("breachstop"), v.crumbs(), v.cameraNames())
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("breachcall.warning"), Text: v.T("breachcall.warning.text")}
	return pg
}

// running leads away from what is stopped, or has no camera.
func (v *visit) running(show func() error) error {
	if !v.breach.Stopped.IsZero() || len(v.breach.Cameras) == 0 {
		return v.See(v.here())
	}
	return v.open(show)
}

func (p *Screens) stop(v *visit) error {
	return v.running(func() error { return v.ShowForm(v.stopPage()) })
}

func (p *Screens) stopped(v *visit) error {
	b, err := p.Breaches.Stop(v.Ctx, v.breach.ID, v.who())
	if err != nil {
		return err
	}
	if err := v.after(b); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=brud-stoppet")
}

func (v *visit) contactPage() *page.FormPage {
	f := v.NewForm("breachdpo").Radio("hvordan", v.choices("breach.how.", room.Ways()...)...).Date("dato", false).Text("tid", 5, false).Area("ord", incident.Longest, 3, true)
	f.Fill(url.Values{"dato": {page.FormDate(v.Now)}, "tid": {v.Clock(v.Now)}})
	pg := v.NewFormPage(f, v.crumbs(), v.breach.Number)
	if v.Controller.DPO != "" {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("breachdpo.where"), Text: v.Controller.DPO}
	}
	return pg
}

func (p *Screens) contact(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.contactPage()) })
}

func (p *Screens) contacted(v *visit) error {
	return v.posted(v.contactPage(), map[string]string{"breach.how": "hvordan", "breach.told": "tid", "breach.words": "ord", "breach.cpr": "ord"}, "brud-kontakt", func(f *page.Form) error {
		c := room.Contact{How: f.Get("hvordan"), Words: f.Get("ord"), At: v.moment(f, "dato", "tid")}
		if !f.OK() {
			return nil
		}
		_, err := p.Breaches.Tell(v.Ctx, v.breach.ID, c, v.who())
		return err
	})
}

func (v *visit) judgePage() *page.FormPage {
	f := v.NewForm("breachjudge").Radio("risiko", append(v.choices("breach.risk.", texts(room.Risks())...), v.choices("breach.risk.", "none")...)...).Area("ord", incident.Longest, 5, false)
	if j := v.breach.Judgement; !j.At.IsZero() {
		risk := string(j.Risk)
		if !j.Breach {
			risk = "none"
		}
		f.Fill(url.Values{"risiko": {risk}, "ord": {j.Words}})
	}
	pg := v.NewFormPage(f, v.crumbs(), v.breach.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("breachjudge.about"), Text: v.T("breachjudge.about.text")}
	return pg
}

func (p *Screens) judge(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.judgePage()) })
}

func (p *Screens) judged(v *visit) error {
	return v.posted(v.judgePage(), map[string]string{"breach.risk": "risiko", "breach.reason": "ord", "breach.cpr": "ord"}, "brud-vurderet", func(f *page.Form) error {
		j := room.Judgement{Breach: f.Get("risiko") != "none", Risk: room.Risk(f.Get("risiko")), Words: f.Get("ord")}
		_, err := p.Breaches.Judge(v.Ctx, v.breach.ID, j, v.who())
		return err
	})
}

// suggested is the form with what is known already, where nobody has written
// anything.
func (v *visit) suggested(f facts) room.Form {
	b := v.breach
	if !b.Form.At.IsZero() {
		return b.Form
	}
	out := room.Form{Nature: b.Words, Aspects: []string{"confidentiality"}, Contact: v.Controller.DPO}
	if len(b.Cameras) > 0 {
		out.Data = []string{"pictures"}
		out.Nature = strings.Join([]string{b.Words, v.T("breach.nature", v.place.Name, v.cameraNames(), v.DateTime(f.from), v.DateTime(f.to)), v.T("breach.looked.lead", v.N("breach.uses", int64(f.uses)), v.N("breach.persons", int64(f.people)))}, "\n")
		if !f.away {
			out.Records = v.amount(f)
		}
	}
	if !b.Stopped.IsZero() {
		out.Measures = v.T("breach.measure.stopped", v.DateTime(b.Stopped))
	}
	return out
}

func (v *visit) fillPage(facts facts) *page.FormPage {
	s := v.suggested(facts)
	f := v.NewForm("breachform").Section("a").Area("haendelse", 2*incident.Longest, 6, true).Checks("aspekter", v.choices("breach.aspect.", room.Aspects()...)...).
		Checks("personer", v.choices("breach.people.", room.People()...)...).Text("antal", incident.LongLine, true).
		Checks("oplysninger", v.choices("breach.data.", room.Data()...)...).Text("maengde", incident.LongLine, true).
		Section("b").Text("kontakt", incident.LongLine, true).
		Section("c").Area("konsekvenser", 2*incident.Longest, 4, true).
		Section("d").Area("gjort", 2*incident.Longest, 4, true).Area("planlagt", 2*incident.Longest, 4, true)
	f.Fill(url.Values{"haendelse": {s.Nature}, "aspekter": s.Aspects, "personer": s.People, "antal": {s.PeopleCount}, "oplysninger": s.Data, "maengde": {s.Records}, "kontakt": {s.Contact},
		"konsekvenser": {s.Consequences}, "gjort": {s.Measures}, "planlagt": {s.Planned}})
	pg := v.NewFormPage(f, v.crumbs(), v.breach.Number)
	if v.breach.Form.At.IsZero() {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("breachform.known"), Text: v.T("breachform.known.text")}
	}
	return pg
}

func (p *Screens) fill(v *visit) error {
	return v.open(func() error {
		f, err := p.gather(v)
		if err != nil {
			return err
		}
		return v.ShowForm(v.fillPage(f))
	})
}

func (p *Screens) filled(v *visit) error {
	return v.posted(v.fillPage(facts{}), map[string]string{"breach.form": "haendelse", "breach.cpr": "haendelse"}, "brud-oplysninger", func(f *page.Form) error {
		_, err := p.Breaches.Fill(v.Ctx, v.breach.ID, room.Form{Nature: f.Get("haendelse"), Aspects: f.All("aspekter"), People: f.All("personer"), PeopleCount: f.Get("antal"), Data: f.All("oplysninger"), Records: f.Get("maengde"),
			Contact: f.Get("kontakt"), Consequences: f.Get("konsekvenser"), Measures: f.Get("gjort"), Planned: f.Get("planlagt")}, v.who())
		return err
	})
}

func (v *visit) tellingPage() *page.FormPage {
	f := v.NewForm("breachtell").Radio("underret", v.choices("breachtell.underret.", "ja", "nej")...).Area("ord", incident.Longest, 3, false)
	f.Section("no").Select("undtagelse", append([]fds.Choice{{Text: v.T("breachtell.undtagelse.none")}}, v.choices("breach.exception.", room.Exceptions()...)...)...)
	f.Section("yes").Area("tekst", 2*incident.Longest, 8, true).Text("hvordan", incident.LongLine, true).Date("dato", true)
	t := v.breach.Telling
	in := url.Values{"ord": {t.Words}, "undtagelse": {t.Why}, "tekst": {t.Text}, "hvordan": {t.How}, "dato": {page.FormDate(t.Told)}}
	if t.At.IsZero() {
		in.Set("tekst", v.T("breachtell.draft", v.Controller.Name, v.DateTime(v.breach.Known), v.where(), v.breach.Words, v.Controller.DPO))
	} else {
		in.Set("underret", map[bool]string{true: "ja", false: "nej"}[t.Tell])
	}
	pg := v.NewFormPage(f.Fill(in), v.crumbs(), v.breach.Number)
	return pg
}

// judgedOnly leads away from what is not judged yet.
func (v *visit) judgedOnly(show func() error) error {
	if v.breach.Judgement.At.IsZero() {
		return v.See(v.here())
	}
	return show()
}

func (p *Screens) telling(v *visit) error {
	return v.judgedOnly(func() error { return v.open(func() error { return v.ShowForm(v.tellingPage()) }) })
}

func (p *Screens) told(v *visit) error {
	fields := map[string]string{"breach.exception": "undtagelse", "breach.reason": "ord", "breach.letter": "tekst", "breach.how": "hvordan", "breach.told": "dato", "breach.cpr": "tekst"}
	return v.posted(v.tellingPage(), fields, "brud-underretning", func(f *page.Form) error {
		t := room.Telling{Tell: f.Get("underret") == "ja", Why: f.Get("undtagelse"), Words: f.Get("ord"), Text: f.Get("tekst"), How: f.Get("hvordan")}
		if s := f.Get("dato"); s != "" {
			var err error
			if t.Told, err = page.LocalDate(s); err != nil {
				f.Fail("dato", v.T("incident.time.bad"))
				return nil //nolint:nilerr // said at the field
			}
		}
		_, err := p.Breaches.Telling(v.Ctx, v.breach.ID, t, v.who())
		return err
	})
}

func (v *visit) restartPage() *page.FormPage {
	f := v.NewForm("breachrestart").Radio("genstart", v.choices("breachrestart.genstart.", "ja", "nej")...).Text("hjemmel", incident.LongLine, true).Area("ord", incident.Longest, 4, false)
	if d := v.breach.Restart; !d.At.IsZero() {
		f.Fill(url.Values{"genstart": {map[bool]string{true: "ja", false: "nej"}[d.Allow]}, "hjemmel": {d.On}, "ord": {d.Words}})
	}
	pg := v.NewFormPage(f, v.crumbs(), v.breach.Number)
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("breachrestart.about"), Text: v.T("breachrestart.about.text", v.cameraNames())}
	return pg
}

func (v *visit) restartable(show func() error) error {
	if v.breach.Stopped.IsZero() {
		return v.See(v.here())
	}
	return v.judgedOnly(show)
}

func (p *Screens) restart(v *visit) error {
	return v.restartable(func() error { return v.ShowForm(v.restartPage()) })
}

func (p *Screens) restarted(v *visit) error {
	return v.posted(v.restartPage(), map[string]string{"breach.on": "hjemmel", "breach.reason": "ord", "breach.cpr": "ord"}, "brud-genstart", func(f *page.Form) error {
		_, err := p.Breaches.Restart(v.Ctx, v.breach.ID, room.Restart{Allow: f.Get("genstart") == "ja", On: f.Get("hjemmel"), Words: f.Get("ord")}, v.who())
		return err
	})
}

func (v *visit) closePage() *page.FormPage {
	return v.NewFormPage(v.NewForm("breachclose").Area("ord", incident.Longest, 4, false), v.crumbs(), v.breach.Number)
}

func (p *Screens) close(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.closePage()) })
}

func (p *Screens) closed(v *visit) error {
	return v.posted(v.closePage(), map[string]string{"breach.outcome": "ord", "breach.cpr": "ord"}, "brud-lukket", func(f *page.Form) error {
		_, err := p.Breaches.Close(v.Ctx, v.breach.ID, f.Get("ord"), v.who())
		return err
	})
}
