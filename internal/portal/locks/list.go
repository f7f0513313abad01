package locks

import (
	"cmp"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is a lock in the list.
type row struct {
	hold.Hold
	where   string
	cameras []string
}

// list shows every lock that the person may see: none is forgotten in a drawer.
func (p *Screens) list(v *visit) error {
	all, err := p.Holds.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(h hold.Hold) bool {
		return !v.May(access.SeeIncidents, access.Object{Controller: h.Controller, Location: h.Location})
	})
	ids := []string{}
	for _, h := range all {
		ids = append(ids, h.Cameras...)
	}
	if v.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: ids, Removed: true, Brief: true}); err != nil {
		return err
	}
	rows := v.rows(all, places)
	if done, err := v.listing(rows).File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) rows(all []hold.Hold, places []register.Location) (out []row) {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, h := range all {
		r := row{Hold: h, where: names[h.Location]}
		for _, c := range h.Cameras {
			r.cameras = append(r.cameras, v.name(c))
		}
		out = append(out, r)
	}
	return out
}

func (v *visit) listing(rows []row) page.Listing[row] {
	var places, kinds, reasons []fds.Choice
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Location] {
			seen[r.Location] = true
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	for _, s := range hold.States() {
		kinds = append(kinds, fds.Choice{Value: string(s), Text: v.T("lock.state." + string(s))})
	}
	for _, k := range []string{"crime", "dispute", "sharing"} {
		reasons = append(reasons, fds.Choice{Value: k, Text: v.T("lock.reason." + k)})
	}
	order := func(h hold.Hold) int { return slices.Index(hold.States(), h.State(v.Now)) }
	reason := func(r row) string { return v.T("lock.reason." + string(r.Reason)) }
	where := func(r row) string { return r.where }
	owner := func(r row) string { return r.Name }
	number := func(r row) string { return r.Number }
	return page.Listing[row]{Key: "locks", Path: path,
		// What wants something of somebody stands first, then the newest.
		Order: func(a, b row) int {
			return cmp.Or(cmp.Compare(order(a.Hold), order(b.Hold)), b.Asked.Compare(a.Asked), cmp.Compare(b.Number, a.Number))
		},
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "reason", Text: reason, Compare: page.ByText(reason)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "owner", Text: owner, Compare: page.ByText(owner)},
			{Name: "until", Text: func(r row) string { return v.DateTime(r.Ends()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Ends()) }, Compare: func(a, b row) int { return a.Ends().Compare(b.Ends()) }},
			{Name: "review", Text: func(r row) string { return v.Date(r.ReviewDue()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.ReviewDue()) }, Compare: func(a, b row) int { return a.ReviewDue().Compare(b.ReviewDue()) }},
			{Name: "state", Text: func(r row) string { return v.badge(r.Hold).Text }, Compare: func(a, b row) int { return cmp.Compare(order(a.Hold), order(b.Hold)) }},
			{Name: "cameras", Text: func(r row) string { return joined(r.cameras) }, FileOnly: true},
			{Name: "from", Text: func(r row) string { return v.DateTime(r.From) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.From) }, FileOnly: true},
			{Name: "to", Text: func(r row) string { return v.DateTime(r.To) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.To) }, FileOnly: true},
			{Name: "reference", Text: func(r row) string { return v.reference(r.Hold) }, FileOnly: true},
			{Name: "second", Text: func(r row) string { return r.DeciderName }, FileOnly: true},
			{Name: "words", Text: func(r row) string { return r.Words }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: kinds, Keep: func(r row, s string) bool { return string(r.State(v.Now)) == s }},
			{Name: "grund", Choices: reasons, Keep: func(r row, s string) bool { return string(r.Reason) == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string {
			return r.Number + " " + r.IncidentNumber + " " + r.where + " " + r.Name + " " + r.Reference + " " + r.Words + " " + joined(r.cameras)
		},
	}
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Hold)
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: v.T("lock.reason." + string(r.Reason)), Quiet: joined(r.cameras)}, {Text: r.where}, {Text: r.Name},
			{Text: v.When(r.Ends(), v.Now)}, {Text: v.Date(r.ReviewDue())}, {Badge: &b}}})
	}
	pg := v.NewListPage(v.T("locks.title"), v.T("locks.lead"), page.Incidents, list, lines)
	v.Said(&pg.Shell)
	return pg
}
