package disclosure

import (
	"cmp"
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is a disclosure in the list.
type row struct {
	room.Disclosure
	where   string
	cameras string
}

// list shows every disclosure that the person may see: what was handed on, and
// what was refused.
func (p *Screens) list(v *visit) error {
	all, err := p.Room.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(d room.Disclosure) bool { return !v.May(access.SeeIncidents, object(d)) })
	ids := []string{}
	for _, d := range all {
		ids = append(ids, d.Cameras...)
	}
	if v.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: ids, Removed: true, Brief: true}); err != nil {
		return err
	}
	rows := v.rows(all, places)
	if done, err := v.listing(rows).File(v.Visit, rows); done {
		return err
	}
	return v.Show(http.StatusOK, v.listPage(rows))
}

func (v *visit) rows(all []room.Disclosure, places []register.Location) (out []row) {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, d := range all {
		out = append(out, row{d, names[d.Location], v.names(d.Cameras)})
	}
	return out
}

func (r row) to() string {
	if r.Receipt != nil {
		return r.Receipt.To
	}
	return r.Recipient.Name
}

func (v *visit) listing(rows []row) page.Listing[row] {
	var places, states, kinds []fds.Choice
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Location] {
			seen[r.Location] = true
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	for _, s := range room.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("disclosure.state." + string(s))})
	}
	for _, k := range room.Rules() {
		kinds = append(kinds, fds.Choice{Value: string(k.Kind), Text: v.T("disclosure.kind." + string(k.Kind))})
	}
	order := func(r row) int { return slices.Index(room.States(), r.State(v.Now)) }
	kind := func(r row) string { return v.T("disclosure.kind." + string(r.Kind)) }
	where := func(r row) string { return r.where }
	moment := func(r row) sheet.Cell { return sheet.Moment(r.Asked) }
	on := func(r row) string {
		if r.Receipt == nil {
			return ""
		}
		return v.DateTime(r.Receipt.On)
	}
	number := func(r row) string { return r.Number }
	return page.Listing[row]{Key: "disclosures", Path: path,
		// What wants something of somebody stands first, then the newest.
		Order: func(a, b row) int {
			return cmp.Or(cmp.Compare(order(a), order(b)), b.Asked.Compare(a.Asked), cmp.Compare(b.Number, a.Number))
		},
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "kind", Text: kind, Compare: page.ByText(kind)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "to", Text: row.to, Compare: page.ByText(row.to)},
			{Name: "asked", Text: func(r row) string { return v.DateTime(r.Asked) }, Cell: moment, Compare: func(a, b row) int { return a.Asked.Compare(b.Asked) }},
			{Name: "state", Text: func(r row) string { return v.badge(r.Disclosure).Text }, Compare: func(a, b row) int { return cmp.Compare(order(a), order(b)) }},
			{Name: "journal", Text: func(r row) string { return r.Journal }, FileOnly: true},
			{Name: "cite", Text: func(r row) string { return r.Kind.Cites() }, FileOnly: true},
			{Name: "incident", Text: func(r row) string { return r.IncidentNumber }, FileOnly: true},
			{Name: "cameras", Text: func(r row) string { return r.cameras }, FileOnly: true},
			{Name: "from", Text: func(r row) string { return v.DateTime(r.From) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.From) }, FileOnly: true},
			{Name: "until", Text: func(r row) string { return v.DateTime(r.To) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.To) }, FileOnly: true},
			{Name: "by", Text: func(r row) string { return r.Name }, FileOnly: true},
			{Name: "second", Text: func(r row) string { return r.DeciderName }, FileOnly: true},
			{Name: "handed", Text: on, FileOnly: true},
			{Name: "package", Text: func(r row) string { return r.Package().ID }, FileOnly: true},
			{Name: "words", Text: func(r row) string { return r.Words }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return string(r.State(v.Now)) == s }},
			{Name: "slags", Choices: kinds, Keep: func(r row, s string) bool { return string(r.Kind) == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string {
			return r.Number + " " + r.IncidentNumber + " " + r.where + " " + r.Name + " " + r.to() + " " + r.Recipient.Authority + " " + r.Journal + " " + r.Package().ID + " " + r.cameras
		},
	}
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Disclosure)
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: v.T("disclosure.kind." + string(r.Kind)), Quiet: r.Journal}, {Text: r.where},
			{Text: r.to(), Quiet: r.Recipient.Authority}, {Text: v.DateTime(r.Asked)}, {Badge: &b}}})
	}
	pg := v.NewListPage(v.T("disclosures.title"), v.T("disclosures.lead"), page.Incidents, list, lines)
	v.Said(&pg.Shell)
	return pg
}
