package breach

import (
	"net/url"
	"slices"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// mayStop reports whether the person stops cameras of the place by a call: who
// may stop them anyway, and who answers for the place (H 5.3).
func (v *visit) mayStop(location string) (owns, stops bool, err error) {
	owns, err = v.s.Breaches.Owns(v.Ctx, v.Person.Controller, location, v.Person.ID)
	return owns, owns || v.May(access.Stop, access.Object{Controller: v.Person.Controller, Location: location}), err
}

// callPage is the call to IT: one text, and everything stops.
func (v *visit) callPage() *page.Grave {
	crumbs := []fds.Link{{Href: "/steder", Text: v.T("cameras.title")}, {Href: "/steder/" + v.place.ID, Text: v.place.Name}}
	name := v.place.Name
	if v.R.PathValue("camera") != "" {
		c := v.cameras[0]
		name = c.Name + ", " + v.place.Name
		crumbs = append(crumbs, fds.Link{Href: "/kameraer/" + c.ID, Text: c.Name})
	}
	g := v.NewGrave("breachcall", crumbs, name)
	if len(v.cameras) > 1 {
		g.Warning.Text = v.T("breachcall.warning.all", len(v.cameras))
	}
	return g
}

// callable leads whoever may not stop here to where everybody reports.
func (v *visit) callable(show func(owns bool) error) error {
	owns, stops, err := v.mayStop(v.place.ID)
	if err != nil {
		return err
	}
	if !stops || len(v.cameras) == 0 {
		return v.See(path + "/meld?sted=" + url.QueryEscape(v.place.ID))
	}
	return show(owns)
}

func (p *Screens) call(v *visit) error {
	return v.callable(func(bool) error { return v.ShowGrave(v.callPage()) })
}

func (p *Screens) called(v *visit) error {
	return v.callable(func(owns bool) error {
		words, done, err := v.Reason(v.callPage())
		if done || err != nil {
			return err
		}
		in := room.Call{Kind: room.Unlawful, Finder: room.Other, Location: v.place.ID, Words: words, Stop: true}
		if owns {
			in.Finder = room.Owner
		}
		for _, c := range v.cameras {
			in.Cameras = append(in.Cameras, c.ID)
		}
		b, err := p.Breaches.Report(v.Ctx, in, v.who())
		if err != nil {
			return err
		}
		if err := v.after(b); err != nil {
			return err
		}
		return v.reportedTo(b)
	})
}

// reportedTo leads to the breach, or to what the person has reported.
func (v *visit) reportedTo(b room.Breach) error {
	if v.May(access.SeeBreaches, access.Object{}) {
		return v.See(path + "/" + b.ID + "?besked=brud-meldt")
	}
	return v.See(path + "/meldt?besked=brud-meldt")
}

// mine is what the person has reported, and how far it is.
func (p *Screens) mine(v *visit) error {
	all, err := p.Breaches.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.minePage(slices.DeleteFunc(all, func(b room.Breach) bool { return b.Person != v.Person.ID })))
}

func (v *visit) minePage(all []room.Breach) *page.Record {
	pg := v.NewRecord(v.T("breachmine.title"), v.T("breachmine.lead"), v.reportCrumbs()...)
	v.Said(&pg.Shell)
	pg.Actions = []fds.Link{{Href: path + "/meld", Text: v.T("breaches.new")}}
	s := page.Section{ID: "meldt", Heading: v.T("breachmine.reported"), Empty: v.T("breachmine.none")}
	if len(all) > 0 {
		s.Empty, s.Grid = "", page.NewGrid(v.T("breachmine.reported"), v.T("breaches.column.number"), v.T("breaches.column.known"), v.T("breachmine.column.words"), v.T("breachmine.column.state"))
	}
	for _, b := range all {
		s.Grid.Add(page.Cell{Text: b.Number}, page.Cell{Text: v.DateTime(b.Known)}, page.Cell{Text: b.Words, Quiet: v.T("breach.kind." + string(b.Kind))}, page.Cell{Text: v.T("breachmine.state." + v.plain(b))})
	}
	pg.Add(s)
	return pg
}

// plain is how far a breach is, to who reported it.
func (v *visit) plain(b room.Breach) string {
	switch {
	case !b.Open():
		return "closed"
	case b.Held():
		return "stopped"
	}
	return "open"
}

// reportPage is where anybody reports, with what was reported by the person
// beneath.
func (v *visit) reportPage(places []register.Location, editor bool) *page.FormPage {
	f := v.NewForm("breachnew")
	f.Radio("slags", v.choices("breach.kind.", texts(room.Kinds())...)...)
	where := []fds.Choice{{Text: v.T("breachnew.sted.none")}}
	for _, l := range places {
		if l.Shut.IsZero() {
			where = append(where, fds.Choice{Value: l.ID, Text: l.Name})
		}
	}
	f.Add(fds.Field{Name: "sted", Type: "select", Choices: where, Optional: true}).Area("ord", incident.Longest, 5, false)
	f.Section("when").Date("siden", true).Text("sidentid", 5, true).Date("kendt", false).Text("kendttid", 5, false)
	if editor {
		f.Radio("finder", v.choices("breach.finder.", string(room.Other), string(room.Owner))...)
	}
	if len(v.stoppable(places)) > 0 {
		f.Checks("stop", fds.Choice{Value: "ja", Text: v.T("breachnew.stop.yes"), Hint: v.T("breachnew.stop.yes.hint")})
	}
	q := v.R.URL.Query()
	f.Fill(url.Values{"slags": {q.Get("slags")}, "sted": {q.Get("sted")}, "finder": {string(room.Other)}, "kendt": {page.FormDate(v.Now)}, "kendttid": {v.Clock(v.Now)}, "ord": {q.Get("ord")}})
	pg := v.NewFormPage(f, v.reportCrumbs())
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("breachnew.know"), Text: v.T("breachnew.know.text")}
	if s := q.Get("kilde"); s != "" {
		pg.Hidden = []fds.Choice{{Text: "kilde", Value: s}, {Text: "kildenr", Value: q.Get("nr")}}
	}
	v.Said(&pg.Shell)
	return pg
}

func (v *visit) reportCrumbs() []fds.Link {
	if v.May(access.SeeBreaches, access.Object{}) {
		return v.crumbs()
	}
	return []fds.Link{{Href: "/", Text: v.T("breachnew.home")}}
}

// stoppable are the places of some that the person may stop without being asked
// to prove that they answer for them.
func (v *visit) stoppable(places []register.Location) []register.Location {
	return slices.DeleteFunc(slices.Clone(places), func(l register.Location) bool {
		return !v.May(access.Stop, access.Object{Controller: v.Person.Controller, Location: l.ID})
	})
}

func (p *Screens) report(v *visit) error {
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.reportPage(places, v.May(access.EditBreach, access.Object{})))
}

func (p *Screens) reported(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	editor := v.May(access.EditBreach, access.Object{})
	pg := v.reportPage(places, editor)
	if s := in.Get("kilde"); s != "" {
		pg.Hidden = []fds.Choice{{Text: "kilde", Value: s}, {Text: "kildenr", Value: in.Get("nr")}}
	}
	f := pg.Form.Fill(in).Check()
	call := room.Call{Kind: room.Kind(f.Get("slags")), Finder: room.Other, Location: f.Get("sted"), Words: f.Get("ord"), Known: v.moment(f, "kendt", "kendttid"), Since: v.moment(f, "siden", "sidentid")}
	if call.Source = room.Source(in.Get("kilde")); call.Source == room.FromReview || call.Source == room.FromDisclosure {
		call.SourceID = in.Get("kildenr")
	} else {
		call.Source = ""
	}
	if call.Location != "" {
		owns, stops, err := v.mayStop(call.Location)
		if err != nil {
			return err
		}
		call.Stop = stops && has(f.All("stop"), "ja")
		if owns || editor && f.Get("finder") == string(room.Owner) {
			call.Finder = room.Owner
		}
	}
	fields := both(mapsTo("ord", "words", "cpr"), map[string]string{"breach.kind": "slags", "breach.finder": "finder", "breach.known": "kendt", "breach.since": "siden", "breach.location": "sted", "breach.no-camera": "sted", "breach.camera": "sted"})
	if !f.OK() {
		return v.ShowForm(pg)
	}
	b, err := p.Breaches.Report(v.Ctx, call, v.who())
	if field := fields[fault.Key(err)]; field != "" {
		f.FailWith(field, err)
		return v.ShowForm(pg)
	}
	if err != nil {
		return err
	}
	if err := v.after(b); err != nil {
		return err
	}
	return v.reportedTo(b)
}

// passedPage is what a passer-by reports: is it a breach?
func (v *visit) passedPage() *page.FormPage {
	f := v.NewForm("breachpass").Radio("brud", v.choices("breachpass.brud.", "ja", "nej")...).
		Checks("stop", fds.Choice{Value: "ja", Text: v.T("breachnew.stop.yes"), Hint: v.T("breachnew.stop.yes.hint")}).Area("ord", incident.Longest, 4, true)
	pg := v.NewFormPage(f, v.crumbs(), v.place.Name)
	x := v.report
	said := x.Where
	if x.Words != "" {
		said += ": " + x.Words
	}
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("breachpass.said", v.DateTime(x.At)), Text: v.T("breachpass.said.text", said, v.DateTime(x.At.Add(room.Limit72)))}
	return pg
}

func (p *Screens) passed(v *visit) error { return v.ShowForm(v.passedPage()) }

func (p *Screens) judgedReport(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.passedPage()
	f := pg.Form.Fill(in).Check()
	if f.Get("brud") == "nej" && f.Get("ord") == "" {
		f.Fail("ord", v.T("breachpass.ord.missing"))
	}
	if !f.OK() {
		return v.ShowForm(pg)
	}
	x := v.report
	who := notice.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
	if f.Get("brud") == "nej" {
		if err := p.Notices.Settle(v.Ctx, x.ID, f.Get("ord"), who); err != nil {
			return err
		}
		return v.See(path + "?besked=brud-ikke")
	}
	words := x.Where + "\n" + x.Words
	if f.Get("ord") != "" {
		words += "\n" + f.Get("ord")
	}
	b, err := p.Breaches.Report(v.Ctx, room.Call{Kind: room.Unlawful, Finder: room.Public, Location: x.Location, Known: x.At, Words: v.T("breachpass.words", words), Source: room.FromReport, SourceID: x.ID,
		Stop: has(f.All("stop"), "ja")}, v.who())
	if err != nil {
		return err
	}
	if err := p.Notices.Settle(v.Ctx, x.ID, v.T("breachpass.settled", b.Number), who); err != nil {
		return err
	}
	if err := v.after(b); err != nil {
		return err
	}
	return v.See(path + "/" + b.ID + "?besked=brud-meldt")
}
