package rights

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// endingSoon is how long before it ends by itself that a right is pressing.
const endingSoon = 30 * 24 * time.Hour

func (p *Screens) list(v *visit) error {
	places, err := v.locations()
	if err != nil {
		return err
	}
	all, err := p.Rights.List(v.Ctx, authorisation.Query{Controller: v.Person.Controller})
	if err != nil {
		return err
	}
	if done, err := v.listing(places).File(v.Visit, all); done {
		return err
	}
	manages, err := v.manages()
	if err != nil {
		return err
	}
	publish, err := p.Rights.MayPublish(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(200, v.listPage(places, all, manages, publish))
}

// at names the locations of a form.
func (v *visit) at(s authorisation.Standing) string {
	var out []string
	for _, l := range s.Lines {
		out = append(out, v.place(l.Location))
	}
	return strings.Join(out, ", ")
}

// ends is when a form ends by itself at the earliest, of what is in force or
// has lapsed.
func ends(s authorisation.Standing) (at time.Time, lapse bool) {
	at = s.UntilAt
	for i, state := range s.LineStates() {
		if state.Over() && state != authorisation.Lapsed || state == authorisation.Asked {
			continue
		}
		if t, l := s.Ends(s.Lines[i]); t.Before(at) {
			at, lapse = t, l
		}
	}
	return at, lapse
}

func (v *visit) listing(places []register.Location) page.Listing[authorisation.Standing] {
	type form = authorisation.Standing
	number := func(s form) string { return strconv.FormatInt(s.Number, 10) }
	name := func(s form) string { return s.Name }
	state := func(s form) string { return v.T("rights.state." + string(s.State)) }
	day := func(t time.Time) string { return v.Date(t) }
	until := func(s form) time.Time { at, _ := ends(s); return at }
	var states, at []fds.Choice
	for _, s := range authorisation.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("rights.state." + string(s))})
	}
	for _, l := range places {
		at = append(at, fds.Choice{Value: l.ID, Text: l.Name})
	}
	return page.Listing[form]{Key: "rights", Path: path,
		Columns: []page.Column[form]{
			{Name: "number", Text: number, Compare: func(a, b form) int { return cmp.Compare(b.Number, a.Number) }},
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "places", Text: v.at, Compare: page.ByText(v.at)},
			{Name: "state", Text: state, Compare: func(a, b form) int {
				return cmp.Compare(slices.Index(authorisation.States(), a.State), slices.Index(authorisation.States(), b.State))
			}},
			{Name: "until", Text: func(s form) string { return v.last(until(s)) }, Cell: func(s form) sheet.Cell { return sheet.Moment(until(s)) },
				Compare: func(a, b form) int { return until(a).Compare(until(b)) }},
			{Name: "reason", Text: func(s form) string { return s.Reason }, FileOnly: true},
			{Name: "deputy", Text: func(s form) string { return s.DeputyName }, FileOnly: true},
			{Name: "asked", Text: func(s form) string { return s.AskedName + " " + day(s.AskedAt) }, FileOnly: true},
			{Name: "approved", Text: approvals(day), FileOnly: true},
			{Name: "done", Text: func(s form) string { return stamp(s.DoneName, s.DoneAt, day) }, FileOnly: true},
			{Name: "read", Text: func(s form) string { return stamp("", s.ReadAt, day) }, FileOnly: true},
		},
		Filters: []page.Filter[form]{
			{Name: "tilstand", Choices: states, Keep: func(s form, x string) bool { return string(s.State) == x }},
			{Name: "sted", Choices: at, Keep: func(s form, x string) bool {
				return slices.ContainsFunc(s.Lines, func(l authorisation.Line) bool { return l.Location == x })
			}},
		},
		Search: func(s form) string {
			return number(s) + " " + s.Name + " " + s.AskedName + " " + s.DeputyName + " " + v.at(s) + " " + s.Reason
		},
	}
}

func approvals(day func(time.Time) string) func(authorisation.Standing) string {
	return func(s authorisation.Standing) string {
		var out []string
		for _, l := range s.Lines {
			if l.Approved {
				out = append(out, stamp(l.DecidedName, l.DecidedAt, day))
			}
		}
		return strings.Join(out, ", ")
	}
}

func stamp(name string, at time.Time, day func(time.Time) string) string {
	if at.IsZero() {
		return ""
	}
	return strings.TrimSpace(name + " " + day(at))
}

func (v *visit) listPage(places []register.Location, all []authorisation.Standing, manages []string, publish bool) *page.ListPage {
	list, rows := v.listing(places).Show(v.Visit, all)
	var lines []page.Line
	for _, s := range rows {
		name := page.Cell{Text: s.Name}
		if s.DeputyName != "" {
			name.Quiet = v.T("access.deputy", s.DeputyName)
		}
		at, lapse := ends(s)
		until := page.Cell{Text: v.last(at)}
		switch {
		case s.State == authorisation.Ended:
			until.Text = v.Date(s.EndedAt)
		case lapse && s.State == authorisation.InForce:
			until.Quiet = v.T("rights.until.confirm")
		}
		lines = append(lines, page.Line{ID: "skema-" + s.ID, Cells: []page.Cell{{Href: path + "/" + s.ID, Text: v.T("rights.number", s.Number)}, name, {Text: v.at(s)}, {Badge: v.badge(s.State)}, until}})
	}
	pg := v.NewListPage(v.T("rights.title"), v.T("rights.lead"), page.Admin, list, lines)
	v.Said(&pg.Shell)
	if v.May(access.AskAuthorisation, access.Object{}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/ny", Text: v.T("rights.ask")})
	}
	if len(manages) > 0 {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/bekraeft", Text: v.T("rights.confirm")})
	}
	if publish {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/instruks/ny", Text: v.T("rights.publish")})
	}
	pg.Actions = append(pg.Actions, fds.Link{Href: path + "/hvorfor", Text: v.T("rights.why")})
	count := func(keep func(authorisation.Standing) bool) string {
		n := 0
		for _, s := range all {
			if keep(s) {
				n++
			}
		}
		return v.Number(int64(n))
	}
	for _, x := range []struct {
		state authorisation.State
		icon  string
		tone  fds.Tone
	}{{authorisation.InForce, "success", fds.Plain}, {authorisation.Asked, "person", fds.Info}, {authorisation.Approved, "hourglass", fds.Info}, {authorisation.Lapsed, "warning", fds.Warning}} {
		pg.Figures = append(pg.Figures, page.Figure{Href: path + "?tilstand=" + string(x.state), Text: v.T("rights.state." + string(x.state)), Icon: x.icon, Tone: x.tone,
			Number: count(func(s authorisation.Standing) bool { return s.State == x.state })})
	}
	return pg
}

// mine is the person's own forms.
func (p *Screens) mine(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	all, err := p.Rights.List(v.Ctx, authorisation.Query{Controller: v.Person.Controller, Person: v.Person.ID})
	if err != nil {
		return err
	}
	reading, err := p.Rights.ToRead(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(200, v.minePage(all, len(reading.Forms) > 0))
}

func (v *visit) minePage(all []authorisation.Standing, toRead bool) *page.Record {
	pg := v.NewRecord(v.T("rights.mine.title"), v.T("rights.mine.lead"))
	v.Said(&pg.Shell)
	if v.May(access.AskAuthorisation, access.Object{}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/ny?person=" + v.Person.ID, Text: v.T("rights.mine.ask")})
	}
	pg.Actions = append(pg.Actions, fds.Link{Href: path + "/hvorfor", Text: v.T("rights.why")}, fds.Link{Href: path + "/instruks", Text: v.T("rights.instruction")})
	s := page.Section{ID: "skemaer", Heading: v.T("rights.mine.forms")}
	if toRead {
		s.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("rights.mine.read"), Text: v.T("rights.mine.read.text"), Links: []fds.Link{{Href: path + "/instruks", Text: v.T("rights.mine.read.link")}}}
	}
	if len(all) == 0 {
		s.Empty = v.T("rights.mine.none")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("rights.column.number"), v.T("rights.column.places"), v.T("rights.column.state"), v.T("rights.column.until"))
		for _, f := range all {
			at, lapse := ends(f)
			until := page.Cell{Text: v.last(at)}
			if lapse && f.State == authorisation.InForce {
				until.Quiet = v.T("rights.until.confirm")
			}
			s.Grid.Add(page.Cell{Href: path + "/" + f.ID, Text: v.T("rights.number", f.Number)}, page.Cell{Text: v.at(f)}, page.Cell{Badge: v.badge(f.State)}, until)
		}
	}
	pg.Add(s)
	return pg
}
