package anonymised

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// row is a copy with its place.
type row struct {
	room.Copy
	place string
}

func (p *Screens) list(v *visit) error {
	all, err := p.Room.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.listPage(v.rows(all, places)))
}

// rows are those of the places that the person sees.
func (v *visit) rows(all []room.Copy, places []register.Location) (out []row) {
	for _, c := range all {
		if !v.May(access.SeeIncidents, access.Object{Controller: c.Controller, Location: c.Location}) {
			continue
		}
		r := row{Copy: c, place: c.Location}
		if i := slices.IndexFunc(places, func(l register.Location) bool { return l.ID == c.Location }); i >= 0 {
			r.place = places[i].Name
		}
		out = append(out, r)
	}
	return out
}

func (v *visit) listPage(all []row) page.Page {
	number := func(r row) string { return r.Number }
	place := func(r row) string { return r.place }
	state := func(r row) string { return v.T("copy.state." + string(r.State())) }
	var states []fds.Choice
	for _, s := range room.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("copy.state." + string(s))})
	}
	l := page.Listing[row]{Key: "copies", Path: path,
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "place", Text: place, Compare: page.ByText(place)},
			{Name: "state", Text: state, Compare: page.ByText(state)},
			{Name: "source", Text: func(r row) string { return r.Source.Number }},
			{Name: "asked", Text: func(r row) string { return v.DateTime(r.Asked) }, Compare: func(a, b row) int { return a.Asked.Compare(b.Asked) }},
			{Name: "name", Text: func(r row) string { return r.Name }},
		},
		Filters: []page.Filter[row]{{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return string(r.State()) == s }}},
		Search:  func(r row) string { return strings.Join([]string{r.Number, r.place, r.Source.Number, r.Name}, " ") }}
	list, rows := l.Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Copy)
		from := v.sourceLink(r.Source)
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: r.place}, {Badge: &b}, {Href: from.Href, Text: from.Text}, {Text: v.DateTime(r.Asked)}, {Text: r.Name}}})
	}
	return v.NewListPage(v.T("copies.title"), v.T("copies.lead"), page.Incidents, list, lines)
}
