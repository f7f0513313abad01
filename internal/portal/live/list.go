package live

import (
	"cmp"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is a request in the list.
type row struct {
	room.Request
	where  string
	reason string
}

// list shows all requests that the person may see: the rarest of uses is seen
// by everybody who answers for it.
func (p *Screens) list(v *visit) (err error) {
	if v.terms, err = p.Live.Terms(v.Ctx, v.Person.Controller); err != nil {
		return err
	}
	all, err := p.Live.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(q room.Request) bool {
		return q.Person != v.Person.ID && !v.May(access.SeeIncidents, access.Object{Controller: q.Controller, Location: q.Location})
	})
	rows := v.rows(all, places)
	l := v.listing(rows)
	if done, err := l.File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) rows(all []room.Request, places []register.Location) (out []row) {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, q := range all {
		out = append(out, row{q, names[q.Location], v.reason(q.Reason)})
	}
	return out
}

func (v *visit) listing(rows []row) page.Listing[row] {
	var places, kinds []fds.Choice
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Location] {
			seen[r.Location] = true
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	for _, s := range room.States() {
		kinds = append(kinds, fds.Choice{Value: string(s), Text: v.T("live.state." + string(s))})
	}
	where := func(r row) string { return r.where }
	name := func(r row) string { return r.Name }
	reason := func(r row) string { return r.reason }
	return page.Listing[row]{Key: "lives", Path: path,
		Columns: []page.Column[row]{
			{Name: "number", Text: func(r row) string { return r.Number }, Compare: func(a, b row) int { return cmp.Or(b.Asked.Compare(a.Asked), cmp.Compare(b.Number, a.Number)) }},
			{Name: "reason", Text: reason, Compare: page.ByText(reason)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "asked", Text: func(r row) string { return v.DateTime(r.Asked) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Asked) }, Compare: func(a, b row) int { return b.Asked.Compare(a.Asked) }},
			{Name: "state", Text: func(r row) string { return v.badge(r.Request).Text }, Compare: func(a, b row) int { return cmp.Compare(a.State(v.Now), b.State(v.Now)) }},
			{Name: "words", Text: func(r row) string { return r.Words }, FileOnly: true},
			{Name: "decider", Text: func(r row) string { return r.DeciderName }, FileOnly: true},
			{Name: "note", Text: func(r row) string { return r.Note }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: kinds, Keep: func(r row, s string) bool { return string(r.State(v.Now)) == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string {
			return r.Number + " " + r.reason + " " + r.Words + " " + r.where + " " + r.Name + " " + r.DeciderName
		},
	}
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Request)
		minutes := v.N("live.minutes", int64(r.Minutes))
		if r.Alone {
			minutes = v.T("live.alone.short")
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: r.reason}, {Text: r.where}, {Text: r.Name, Quiet: minutes}, {Text: v.When(r.Asked, v.Now)}, {Badge: &b}}})
	}
	pg := v.NewListPage(v.T("live.title"), v.T("live.lead"), page.Incidents, list, lines)
	v.Said(&pg.Shell)
	if !v.terms.Allowed() {
		pg.Lead = v.T("live.lead.never")
	} else if v.May(access.AskLive, access.Object{}) {
		pg.Actions = []fds.Link{{Href: path + "/ny", Text: v.T("live.ask")}}
	}
	return pg
}
