package incidents

import (
	"cmp"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is an incident in the list.
type row struct {
	incident.Incident
	where string
	state string
}

// The states of an incident, as the list tells them apart.
const (
	stateUnsaid   = "unsaid"   // nobody has said whether it is a crime
	statePresumed = "presumed" // looking waits for the crime to be established
	stateUnnamed  = "unnamed"  // looking waits for the need and the cameras
	stateReady    = "ready"    // it names what may be looked at
	stateClosed   = "closed"
)

func states() []string {
	return []string{stateUnsaid, statePresumed, stateUnnamed, stateReady, stateClosed}
}

func stateOf(i incident.Incident) string {
	switch {
	case !i.Open():
		return stateClosed
	case i.Crime == incident.CrimeUnsaid:
		return stateUnsaid
	case i.Crime == incident.CrimePresumed:
		return statePresumed
	case i.Scope().Version == 0:
		return stateUnnamed
	}
	return stateReady
}

func (v *visit) badge(state string) fds.Badge {
	tone := map[string]fds.Tone{stateUnsaid: fds.Warning, statePresumed: fds.Warning, stateUnnamed: fds.Warning, stateReady: fds.Info, stateClosed: fds.Success}[state]
	return fds.Badge{Tone: tone, Text: v.T("incident.state." + state)}
}

func (p *Screens) list(v *visit) error {
	q := incident.Query{Controller: v.Person.Controller}
	if !v.everywhere(access.SeeIncidents) {
		q.Locations = append([]string{}, v.Person.Locations...)
	}
	all, err := p.Incidents.List(v.Ctx, q)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	rows := v.rows(all, places)
	l := v.listing(rows)
	if done, err := l.File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) rows(all []incident.Incident, places []register.Location) (out []row) {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, i := range all {
		out = append(out, row{i, names[i.Location], stateOf(i)})
	}
	return out
}

func (v *visit) listing(rows []row) page.Listing[row] {
	number := func(r row) string { return r.Number }
	what := func(r row) string { return r.What }
	where := func(r row) string { return r.where }
	state := func(r row) string { return v.T("incident.state." + r.state) }
	var places []fds.Choice
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Location] {
			seen[r.Location] = true
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	var kinds []fds.Choice
	for _, s := range states() {
		kinds = append(kinds, fds.Choice{Value: s, Text: v.T("incident.state." + s)})
	}
	return page.Listing[row]{Key: "incidents", Path: path,
		// The newest stand first until something else is asked for.
		Order: func(a, b row) int { return cmp.Or(b.Opened.Compare(a.Opened), cmp.Compare(b.Number, a.Number)) },
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "what", Text: what, Compare: page.ByText(what)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "time", Text: func(r row) string { return v.DateTime(r.From) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.From) }, Compare: func(a, b row) int { return b.From.Compare(a.From) }},
			{Name: "state", Text: state, Compare: func(a, b row) int { return cmp.Compare(order(a.state), order(b.state)) }},
			{Name: "police", Text: func(r row) string { return r.Police }, FileOnly: true},
			{Name: "opened", Text: func(r row) string { return v.DateTime(r.Opened) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Opened) }, FileOnly: true},
			{Name: "by", Text: func(r row) string { return r.Name }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: kinds, Keep: func(r row, s string) bool { return r.state == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string {
			return r.Number + " " + r.What + " " + r.where + " " + r.Spot + " " + r.Police + " " + r.Name
		},
	}
}

func order(state string) int {
	for n, s := range states() {
		if s == state {
			return n
		}
	}
	return -1
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.state)
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: r.What}, {Text: r.where, Quiet: r.Spot}, {Text: v.When(r.From, v.Now)}, {Badge: &b}}})
	}
	pg := v.NewListPage(v.T("incidents.title"), v.T("incidents.lead"), page.Incidents, list, lines)
	if v.May(access.EditIncident, access.Object{}) {
		pg.Actions = []fds.Link{{Href: path + "/ny", Text: v.T("incidents.new")}}
	}
	return pg
}
