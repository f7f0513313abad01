package places

import (
	"cmp"
	"strconv"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// placeRow is a location in the list.
type placeRow struct {
	register.LocationFound
	administration string
	worst          state.Standing // the worst of its cameras
	bad, good      int
}

func (v *visit) placeListing(admins []register.Administration) page.Listing[placeRow] {
	name := func(r placeRow) string { return r.Name }
	address := func(r placeRow) string { return r.Address }
	admin := func(r placeRow) string { return r.administration }
	l := page.Listing[placeRow]{Key: "places", Path: "/steder",
		Columns: []page.Column[placeRow]{
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "address", Text: address, Compare: page.ByText(address)},
			{Name: "administration", Text: admin, Compare: page.ByText(admin)},
			{Name: "manager", Text: func(r placeRow) string { return r.Manager }, FileOnly: true},
			{Name: "contact", Text: func(r placeRow) string { return r.ManagerContact }, FileOnly: true},
			{Name: "cadastre", Text: func(r placeRow) string { return r.Cadastre }, FileOnly: true},
			{Name: "cameras", Text: func(r placeRow) string { return strconv.Itoa(r.Cameras) }, Cell: func(r placeRow) sheet.Cell { return sheet.Count(r.Cameras) },
				Compare: func(a, b placeRow) int { return cmp.Compare(a.Cameras, b.Cameras) }, End: true},
			{Name: "state", Text: func(r placeRow) string { return v.placeState(r) }, Compare: func(a, b placeRow) int { return cmp.Compare(b.bad, a.bad) }},
		},
		Search: func(r placeRow) string {
			return r.Name + " " + r.Address + " " + r.Cadastre + " " + r.Manager + " " + r.administration + " " + r.ID
		},
		Filters: []page.Filter[placeRow]{
			{Name: "forvaltning", Keep: func(r placeRow, id string) bool { return r.Administration == id }},
			{Name: "vis", Choices: []fds.Choice{{Value: "fejl", Text: v.T("places.filter.vis.fejl")}, {Value: "uden", Text: v.T("places.filter.vis.uden")}, {Value: "lukket", Text: v.T("places.filter.vis.lukket")}},
				Keep: func(r placeRow, what string) bool {
					return what == "fejl" && r.bad > 0 || what == "uden" && r.Cameras == 0 || what == "lukket" && !r.Shut.IsZero()
				}},
		}}
	for _, a := range admins {
		l.Filters[0].Choices = append(l.Filters[0].Choices, fds.Choice{Value: a.ID, Text: a.Name})
	}
	return l
}

// placeState is how a location's cameras are, in one line.
func (v *visit) placeState(r placeRow) string {
	switch {
	case !r.Shut.IsZero():
		return v.T("places.state.shut", v.Date(r.Shut))
	case r.Cameras == 0:
		return v.T("places.state.none")
	case r.bad > 0:
		return v.N("places.state.bad", int64(r.bad))
	}
	return v.N("places.state.good", int64(r.good), v.Number(int64(r.Cameras)))
}

func (p *Screens) list(v *visit) error {
	found, _, err := p.Register.FindLocations(v.Ctx, register.LocationQuery{Controller: v.Person.Controller, Locations: v.Sees(), Shut: true})
	if err != nil {
		return err
	}
	cams, err := p.Register.Keys(v.Ctx, register.Query{Controller: v.Person.Controller, Locations: v.Sees()})
	if err != nil {
		return err
	}
	admins, err := p.Register.Administrations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	e := p.State.Get(v.Ctx)
	rows := v.placeRows(found, admins, cams, e)
	return v.placeListing(admins).Answer(v.Visit, rows, func(list page.List, rows []placeRow) page.Page { return v.listPage(list, rows, e) })
}

func (v *visit) placeRows(found []register.LocationFound, admins []register.Administration, cams []register.Key, e state.Now) []placeRow {
	names := map[string]string{}
	for _, a := range admins {
		names[a.ID] = a.Name
	}
	at := map[string]int{}
	rows := make([]placeRow, len(found))
	for i, f := range found {
		name, ok := names[f.Administration]
		if !ok {
			name = f.Administration // older registers name it in words
		}
		rows[i] = placeRow{LocationFound: f, administration: name}
		at[f.ID] = i
	}
	for _, c := range cams {
		i, ok := at[c.Location]
		if !ok {
			continue
		}
		s := e.Standing(c.ID)
		if s.Bad {
			rows[i].bad++
		} else {
			rows[i].good++
		}
		if w := rows[i].worst; w.State == "" || s.Rank < w.Rank {
			rows[i].worst = s
		}
	}
	return rows
}

func (v *visit) listPage(list page.List, rows []placeRow, e state.Now) *page.ListPage {
	var lines []page.Line
	for _, r := range rows {
		state := page.Cell{Text: v.placeState(r)}
		if r.bad > 0 && r.Shut.IsZero() {
			worst := r.worst.In(v.Visit)
			state = page.Cell{Badge: &worst.Badge, Icon: worst.Icon, Quiet: v.placeState(r)}
		}
		lines = append(lines, page.Line{ID: "sted-" + r.ID, Cells: []page.Cell{
			{Href: "/steder/" + r.ID, Text: r.Name}, {Text: r.Address}, {Text: r.administration},
			{Text: v.Number(int64(r.Cameras)), End: true}, state}})
	}
	pg := v.NewListPage(v.T("menu.steder"), v.T("places.lead"), page.Places, list, lines)
	e.Tell(v.Visit, &pg.Shell)
	v.Said(&pg.Shell)
	pg.Title = v.T("places.title")
	if v.edits() {
		pg.Actions = []fds.Link{{Href: "/steder/nyt", Text: v.T("places.new")}, {Href: "/steder/indlaes", Text: v.T("places.import")}, {Href: "/steder/soeg-kameraer", Text: v.T("places.network")}}
	}
	return pg
}
