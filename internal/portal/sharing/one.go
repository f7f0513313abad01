package sharing

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
)

func joined(list []string) string { return strings.Join(list, ", ") }

func (p *Screens) list(v *visit) error {
	all, err := p.Shares.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s sharing.Share) bool {
		return !v.May(access.SeeSharing, access.Object{Controller: s.Controller, Location: s.Location})
	})
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	return v.Show(200, v.listPage(all, names))
}

func (v *visit) badge(s sharing.Share) *fds.Badge {
	st := s.State(v.Now)
	tone := map[sharing.State]fds.Tone{sharing.Asked: fds.Warning, sharing.Standing: fds.Info}[st]
	return &fds.Badge{Tone: tone, Text: v.T("share.state." + string(st))}
}

func (v *visit) listPage(all []sharing.Share, places map[string]string) *page.Record {
	pg := v.NewRecord(v.T("sharing.title"), v.T("sharing.lead"))
	pg.Tabs = v.Fronts(page.Incidents)
	v.Said(&pg.Shell)
	pg.Actions = []fds.Link{{Href: system, Text: v.T("systems.title")}}
	s := page.Section{ID: "delinger", Heading: v.T("sharing.list"), Empty: v.T("sharing.none")}
	if v.Controller.Kind != register.Business {
		s.Empty = v.T("sharing.not-you")
		pg.Actions = nil
	}
	if len(all) > 0 {
		s.Empty = ""
		s.Grid = page.NewGrid(v.T("sharing.list"), v.T("share.column.number"), v.T("share.column.offence"), v.T("share.column.place"), v.T("share.column.system"), v.T("share.column.until"), v.T("share.column.state"))
		for _, x := range all {
			s.Grid.Add(page.Cell{Href: path + "/" + x.ID, Text: x.Number, Quiet: x.Name}, page.Cell{Text: v.T("share.offence." + x.Offence)}, page.Cell{Text: places[x.Location]}, page.Cell{Text: x.SystemName},
				page.Cell{Text: v.Date(x.Until)}, page.Cell{Badge: v.badge(x)})
		}
	}
	pg.Add(s)
	return pg
}

// can is what the person can do with a share.
type can struct{ answer, edit bool }

func (p *Screens) one(v *visit) error {
	s := v.share
	at := access.Object{Controller: s.Controller, Location: s.Location, Parties: []string{s.Person}}
	c := can{answer: s.State(v.Now) == sharing.Asked && v.May(access.AssessSharing, at) && p.Shares.Assesses(v.Ctx, s, v.who()) == nil,
		edit: v.May(access.AskSharing, access.Object{Controller: s.Controller, Location: s.Location})}
	looks, err := p.Shares.Looks(v.Ctx, s.Controller, s.ID)
	if err != nil {
		return err
	}
	pg := v.onePage(c, looks)
	happened, err := v.Happened(s.ID, 20, "sharing.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) onePage(c can, looks []sharing.Look) *page.Record {
	s := v.share
	pg := v.NewRecord(s.Number, v.T("share.lead", v.T("share.offence."+s.Offence), v.place.Name), v.crumbs()[:1]...)
	pg.Badge = v.badge(s)
	v.Said(&pg.Shell)
	st := s.State(v.Now)
	if c.answer {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/svar", Text: v.T("share.assess")})
	}
	if c.edit && (st == sharing.Asked || st == sharing.Standing) {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/stop", Text: v.T("share.stop")})
	}
	a := &fds.Alert{Tone: fds.Info, Heading: v.T("share.next." + string(st)), Text: v.T("share.next."+string(st)+".text", v.DateTime(s.Until), s.DeciderName, s.Answer, s.StopWhy)}
	pg.Add(page.Section{ID: "nu", Heading: v.T("share.now"), Alert: a, Live: true})
	if c.answer {
		pg.Add(page.Section{ID: "se", Heading: v.T("shared.see"), Grid: v.seeGrid(v.here() + "/se")})
	}
	pg.Add(page.Section{ID: "betingelser", Heading: v.T("share.conditions"), List: v.conditions()})
	g := page.Section{ID: "kig", Heading: v.T("share.looks"), Empty: v.T("share.looks.none")}
	if len(looks) > 0 {
		g.Empty = ""
		g.Grid = page.NewGrid(v.T("share.looks"), v.T("share.column.when"), v.T("share.column.who"), v.T("share.column.business"))
		for _, l := range looks {
			g.Grid.Add(page.Cell{Text: v.DateTime(l.Opened)}, page.Cell{Text: l.Name}, page.Cell{Text: l.Controller})
		}
	}
	pg.Add(g)
	return pg
}

// conditions are the four, each with what it rests on.
func (v *visit) conditions() *fds.StructuredList {
	s := v.share
	l := &fds.StructuredList{Caption: v.T("share.conditions")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("share.field." + key), Text: text, More: more})
		}
	}
	row("one", v.T("share.offence."+s.Offence), s.Presume, s.Grave)
	row("two", s.Journal, v.T("share.reported", v.Date(s.Reported)))
	row("three", s.Reasons)
	row("four", s.SystemName)
	if s.Decider != "" {
		row("assessor", s.DeciderName, s.Qualification, s.Answer, v.DateTime(s.Decided))
	}
	row("cameras", joined(v.names()))
	row("interval", v.T("incident.span", v.DateTimeSeconds(s.From), v.DateTimeSeconds(s.To)))
	row("until", v.DateTime(s.Until))
	row("asker", s.Name, v.DateTime(s.Asked))
	l.Rows = append(l.Rows, fds.Row{Term: v.T("lock.field.incident"), Link: &fds.Link{Href: "/haendelser/" + s.Incident, Text: s.IncidentNumber}})
	return l
}

// answerPage shows exactly what is assessed: its seal goes along.
func (v *visit) answerPage() *page.FormPage {
	s := v.share
	f := v.NewForm("shareanswer").Radio("svar", fds.Choice{Value: "ja", Text: v.T("shareanswer.yes"), Hint: v.T("shareanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("shareanswer.no")}).
		Area("ord", incident.Longest, 4, false)
	pg := v.NewFormPage(f, v.crumbs(), s.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("shareanswer.asks", s.Name), Text: v.T("shareanswer.asks.text", v.T("share.offence."+s.Offence), s.Presume, s.Grave, s.Journal, v.Date(s.Reported), s.Reasons, joined(v.names()),
		v.DateTimeSeconds(s.From), v.DateTimeSeconds(s.To), s.SystemName, v.Date(s.Until))}
	pg.Hidden = []fds.Choice{{Text: "segl", Value: s.Seal()}}
	return pg
}

// assessable refuses whoever is not the system's assessor, and leads away from
// what waits for no answer.
func (p *Screens) assessable(v *visit, show func() error) error {
	if v.share.State(v.Now) != sharing.Asked {
		return v.See(v.here())
	}
	if err := p.Shares.Assesses(v.Ctx, v.share, v.who()); err != nil {
		return err
	}
	return show()
}

func (p *Screens) answer(v *visit) error {
	return p.assessable(v, func() error { return v.ShowForm(v.answerPage()) })
}

func (p *Screens) answered(v *visit) error {
	return p.assessable(v, func() error {
		fields := map[string]string{"sharing.answer": "ord", "sharing.changed": "svar", "sharing.law": "svar", "sharing.closed": "svar", "sharing.permission-expired": "svar", "steps.minors": "svar", "steps.guardians": "svar"}
		return v.posted(v.answerPage(), fields, v.here()+"?besked=deling-svaret", func(f *page.Form) error {
			_, err := p.Shares.Decide(v.Ctx, v.share.ID, f.Get("svar") == "ja", f.Get("ord"), v.R.PostFormValue("segl"), v.who())
			return err
		})
	})
}

func (v *visit) stopPage() *page.FormPage {
	return v.NewFormPage(v.NewForm("sharestop").Area("ord", incident.Longest, 3, false), v.crumbs(), v.share.Number)
}

func (p *Screens) stop(v *visit) error {
	if s := v.share.State(v.Now); s != sharing.Asked && s != sharing.Standing {
		return v.See(v.here())
	}
	return v.ShowForm(v.stopPage())
}

func (p *Screens) stopped(v *visit) error {
	return v.posted(v.stopPage(), map[string]string{"sharing.why": "ord"}, v.here()+"?besked=deling-stoppet", func(f *page.Form) error {
		_, err := p.Shares.Stop(v.Ctx, v.share.ID, f.Get("ord"), v.who())
		return err
	})
}
