package incidents

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/register"
)

// incidentPage is an incident: its steps first, then what it names, who may
// look, and who did.
type incidentPage struct {
	page.Shell
	Lead     string
	Where    fds.Link
	Badge    fds.Badge
	Actions  []fds.Link
	Next     *fds.Alert
	Tasks    []taskRow
	Sections []page.Section
	Happened page.Happened
}

// taskRow is one step.
type taskRow struct {
	ID, Href, Title, Note string
	Badge                 fds.Badge
}

// facts is what the page is made of.
type facts struct {
	cameras []named
	grants  []grant.Grant
	looked  []viewing.Looked
	holds   []hold.Hold
	handed  []disclosure.Disclosure
	masked  bool // it names a masked camera
}

// named is a camera that the incident names.
type named struct {
	register.Camera
	footage incident.Footage
	why     error     // it may not be looked at now
	deleted time.Time // when the first of what is named is deleted; zero: not known
}

func (p *Screens) one(v *visit) error {
	var f facts
	var err error
	if f.cameras, err = p.cameras(v); err != nil {
		return err
	}
	if f.grants, err = p.Incidents.Grants.Of(v.Ctx, v.incident.Controller, v.incident.ID); err != nil {
		return err
	}
	if f.looked, err = p.Viewing.OfIncident(v.Ctx, v.incident.Controller, v.incident.ID); err != nil {
		return err
	}
	if f.holds, err = p.Holds.OfIncident(v.Ctx, v.incident.Controller, v.incident.ID); err != nil {
		return err
	}
	if f.handed, err = p.Disclosures.OfIncident(v.Ctx, v.incident.Controller, v.incident.ID); err != nil {
		return err
	}
	if f.masked, err = p.anyMasked(v); err != nil {
		return err
	}
	pg := v.incidentPage(f)
	if pg.Happened, err = v.Happened(v.incident.ID, 20, "incident.", "grant.", "consent.", "lock.", "disclosure."); err != nil {
		return err
	}
	return v.Show(http.StatusOK, pg)
}

// cameras are those that the incident names, with what is so of each.
func (p *Screens) cameras(v *visit) (out []named, err error) {
	s, rules := v.incident.Scope(), p.Incidents.Law.At(v.Now)
	for _, id := range s.Cameras {
		c, err := p.Register.Camera(v.Ctx, v.incident.Controller, id)
		if err != nil {
			return nil, err
		}
		n := named{Camera: c}
		if n.footage, err = p.Incidents.Footage(v.Ctx, v.incident.Controller, id, s.From, s.To); err != nil {
			return nil, err
		}
		n.why = mayLook(rules, v.incident, n.footage)
		standing, err := p.Issuer.Standing(v.Ctx, id, "main")
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			st, err := standing.Statement()
			if err != nil {
				return nil, err
			}
			if pm, ok := st.(*permit.Permit); ok {
				n.deleted = s.From.Add(min(time.Duration(pm.RetentionHours)*time.Hour, permit.LongestRetention-permit.RetentionMargin))
			}
		}
		out = append(out, n)
	}
	return out, nil
}

func (v *visit) incidentPage(f facts) *incidentPage {
	i := v.incident
	pg := &incidentPage{Shell: v.NewShell("incident", i.Number, v.crumbs()[:1]...), Lead: i.What, Badge: v.badge(stateOf(i)),
		Where: fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}}
	pg.Happened.Words = v.Words
	v.Said(&pg.Shell)
	edit := i.Open() && v.May(access.EditIncident, access.Object{Controller: i.Controller, Location: i.Location})
	sees := slices.ContainsFunc(f.cameras, func(n named) bool { return n.why == nil }) && v.Person.Is(access.Operator) && v.Person.DesignatedFor(i.Location)
	if sees {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/se", Text: v.T("incident.look")})
	}
	if edit && i.Scope().Version > 0 {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/udvid", Text: v.T("incident.widen")})
	}
	if i.Open() && v.May(access.AskLive, access.Object{Controller: i.Controller, Location: i.Location}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: "/direkte/ny?" + url.Values{"sted": {i.Location}, "haendelse": {i.ID}}.Encode(), Text: v.T("live.ask")})
	}
	if edit {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/luk", Text: v.T("incident.close")})
	}
	pg.Next = v.next(f, sees)
	pg.Tasks = v.tasks(f, edit, sees)
	pg.Sections = append(pg.Sections, v.accountPart())
	pg.Sections = append(pg.Sections, v.camerasPart(f, sees))
	if len(i.Consents) > 0 || i.Crime == incident.CrimeNone || slices.ContainsFunc(f.cameras, needsConsent) {
		pg.Sections = append(pg.Sections, v.consentPart(edit))
	}
	pg.Sections = append(pg.Sections, v.holdPart(f, edit), v.disclosurePart(f.handed), v.grantPart(f.grants), v.lookedPart(f))
	return pg
}

// next is what is to be done now, or what stands in the way.
func (v *visit) next(f facts, sees bool) *fds.Alert {
	i := v.incident
	key := "next." + stateOf(i)
	a := &fds.Alert{Tone: fds.Info}
	switch stateOf(i) {
	case stateUnsaid, statePresumed:
		a.Tone = fds.Warning
	case stateReady:
		if sees {
			return v.soonDeleted(f)
		}
		if len(f.cameras) > 0 && f.cameras[0].why != nil {
			why := f.cameras[0].why
			return &fds.Alert{Tone: fds.Warning, Heading: v.Explain(why), Text: v.Or("do."+fault.Key(why), "")}
		}
		key = "next.elsewhere" // somebody else looks
	case stateClosed:
		return &fds.Alert{Tone: fds.Success, Heading: v.T("next.closed", v.DateTime(i.Closed), i.Closer), Text: i.Outcome}
	}
	a.Heading, a.Text = v.T(key), v.T(key+".text")
	return a
}

// soonDeleted says when footage of what is named goes within two days.
func (v *visit) soonDeleted(f facts) *fds.Alert {
	for _, n := range f.cameras {
		if !n.deleted.IsZero() && n.deleted.Before(v.Now.Add(48*time.Hour)) {
			key := "next.deleted"
			if n.deleted.Before(v.Now) {
				key = "next.gone"
			}
			return &fds.Alert{Tone: fds.Warning, Heading: v.T(key, v.DateTime(n.deleted)), Text: v.T(key + ".text")}
		}
	}
	return nil
}

func (v *visit) accountPart() page.Section {
	i := v.incident
	l := &fds.StructuredList{Caption: v.T("incident.account")}
	add := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("incident." + key), Text: text, More: more})
		}
	}
	add("what", i.What)
	add("spot", i.Spot)
	add("when", v.T("incident.span", v.DateTime(i.From), v.DateTime(i.To)))
	add("others", i.Others)
	if i.Crime != incident.CrimeUnsaid {
		add("crime", v.T("crime."+string(i.Crime)), i.Rests)
	}
	add("police", i.Police)
	add("need", i.Need)
	add("opened", v.T("incident.opened.by", v.DateTime(i.Opened), i.Name))
	if len(i.Scopes) > 1 {
		for _, s := range i.Scopes[1:] {
			add("widened", v.T("incident.widened.by", v.DateTime(s.Named), s.Name), s.Reason)
		}
	}
	return page.Section{ID: "haendelsen", Heading: v.T("incident.account"), List: l}
}

func (v *visit) camerasPart(f facts, sees bool) page.Section {
	s := page.Section{ID: "kameraer", Heading: v.T("incident.scope"), Empty: v.T("incident.scope.none")}
	if len(f.cameras) == 0 {
		return s
	}
	scope := v.incident.Scope()
	s.Empty, s.Lead = "", v.T("incident.scope.time", v.DateTime(scope.From), v.DateTime(scope.To))
	s.Grid = page.NewGrid(v.T("incident.scope"), v.T("looked.column.camera"), v.T("incident.column.ground"), v.T("incident.column.may"), v.T("incident.column.deleted"))
	for _, n := range f.cameras {
		name := page.Cell{Text: n.Name, Href: "/kameraer/" + n.ID, Quiet: n.Direction}
		var grounds []string
		for _, g := range n.footage.Grounds() {
			grounds = append(grounds, v.T("ground."+string(g)))
		}
		ground := page.Cell{More: grounds}
		if len(grounds) == 0 {
			ground = page.Cell{Text: v.T("incident.ground.none")}
		}
		may := page.Cell{Badge: &fds.Badge{Tone: fds.Success, Text: v.T("incident.may.yes")}}
		if n.why != nil {
			may = page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("incident.may.no")}, Quiet: v.Explain(n.why)}
		} else if sees {
			may = page.Cell{Href: v.here() + "/se?kamera=" + n.ID, Text: v.T("incident.look.camera", n.Name)}
		}
		gone := page.Cell{Text: v.T("incident.deleted.unknown")}
		if !n.deleted.IsZero() {
			gone.Text = v.When(n.deleted, v.Now)
		}
		s.Grid.Add(name, ground, may, gone)
	}
	return s
}

func (v *visit) consentPart(edit bool) page.Section {
	i := v.incident
	s := page.Section{ID: "samtykker", Heading: v.T("incident.consents"), Lead: v.T("incident.consents.lead"), Empty: v.T("incident.consents.none")}
	if edit {
		s.Links = []fds.Link{{Href: v.here() + "/samtykke", Text: v.T("incident.consents.add")}}
	}
	if len(i.Consents) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("incident.consents"), v.T("consent.column.who"), v.T("consent.column.given"), v.T("consent.column.do"))
	for _, c := range i.Consents {
		given, do := page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("consent.missing")}}, page.Cell{}
		here := v.here() + "/samtykke/" + c.ID
		switch {
		case !c.Withdrawn.IsZero():
			given = page.Cell{Badge: &fds.Badge{Tone: fds.Error, Text: v.T("consent.withdrawn", v.DateTime(c.Withdrawn))}}
		case !c.Given.IsZero():
			given = page.Cell{Text: v.Date(c.Given), Quiet: c.Kept}
			if edit {
				do.Form = &page.ActForm{Action: here + "/traek", Button: fds.Button{Kind: "secondary", Text: v.T("consent.withdraw")}}
			}
		case edit:
			do = page.Cell{Href: here, Text: v.T("consent.give")}
		}
		s.Grid.Add(page.Cell{Text: c.Registered}, given, do)
	}
	return s
}

// grantPart is who may look now, and who could.
func (v *visit) grantPart(all []grant.Grant) page.Section {
	s := page.Section{ID: "tilladelser", Heading: v.T("incident.grants"), Lead: v.T("incident.grants.lead"), Empty: v.T("incident.grants.none")}
	if len(all) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("incident.grants"), v.T("looked.column.who"), v.T("incident.column.ground"), v.T("grant.column.given"), v.T("grant.column.ends"))
	mayStop := v.May(access.Stop, access.Object{Controller: v.incident.Controller, Location: v.incident.Location})
	for _, g := range all {
		end := page.Cell{Text: v.When(g.Expires, v.Now)}
		switch {
		case !g.Ended.IsZero():
			end = page.Cell{Text: v.When(g.Ended, v.Now), Quiet: v.T("fault.grant.ended." + g.Why)}
		case !g.InForce(v.Now):
			end.Quiet = v.T("grant.ran-out")
		case mayStop:
			end.Form = &page.ActForm{Action: v.here() + "/tilladelse/" + g.ID + "/slut", Button: fds.Button{Kind: "secondary", Text: v.T("grant.end", g.Name)}}
		}
		s.Grid.Add(page.Cell{Text: g.Name}, page.Cell{Text: v.T("ground." + string(g.Ground)), Quiet: g.Statement}, page.Cell{Text: v.When(g.Given, v.Now)}, end)
	}
	return s
}

func (v *visit) lookedPart(f facts) page.Section {
	s := page.Section{ID: "hvem", Heading: v.T("looked.title"), Empty: v.T("looked.empty")}
	if len(f.looked) == 0 {
		return s
	}
	names := map[string]string{}
	for _, n := range f.cameras {
		names[n.ID] = n.Name
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("looked.title"), v.T("looked.column.who"), v.T("looked.column.camera"), v.T("looked.column.period"), v.T("looked.column.when"))
	for _, l := range f.looked {
		var seen []string
		for _, c := range l.Cameras {
			seen = append(seen, cmp.Or(names[c], c))
		}
		s.Grid.Add(page.Cell{Text: l.Name}, page.Cell{Text: strings.Join(seen, ", ")}, page.Cell{Text: v.T("looked.period", v.DateTime(l.Since), v.DateTime(l.Until))}, page.Cell{Text: v.DateTime(l.Opened)})
	}
	return s
}
