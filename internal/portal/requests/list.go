package requests

import (
	"cmp"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/sheet"
)

// row is a request in the list. Who asks is not in it: it stands on the request.
type row struct {
	request.Request
	where string
}

func (p *Screens) list(v *visit) error {
	all, err := p.Requests.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	rows := v.rows(all, places)
	if done, err := v.listing(rows).File(v.Visit, rows); done {
		return err
	}
	pg := v.listPage(rows)
	if v.May(access.ReceiveRequest, access.Object{}) {
		pg.Actions = []fds.Link{{Href: path + "/ny", Text: v.T("requests.new")}}
	}
	return v.Show(200, pg)
}

func (v *visit) rows(all []request.Request, places []register.Location) (out []row) {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, q := range all {
		out = append(out, row{q, names[q.Location]})
	}
	return out
}

func (v *visit) badge(q request.Request) fds.Badge {
	s := q.State()
	tone := map[request.State]fds.Tone{request.New: fds.Warning, request.Assessing: fds.Info, request.Assessed: fds.Info, request.Answered: fds.Success}[s]
	key := "request.state." + string(s)
	if q.Late(v.Now) {
		tone, key = fds.Error, "request.state.late"
	}
	return fds.Badge{Tone: tone, Text: v.T(key)}
}

func (v *visit) listing(rows []row) page.Listing[row] {
	var places, states, rights []fds.Choice
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Location] {
			seen[r.Location] = true
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	for _, s := range request.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("request.state." + string(s))})
	}
	for _, r := range request.Rights() {
		rights = append(rights, fds.Choice{Value: string(r), Text: v.T("request.right." + string(r))})
	}
	// What must be answered first stands first; what is over, the newest.
	order := func(a, b row) int {
		if a.Open() != b.Open() {
			if a.Open() {
				return -1
			}
			return 1
		}
		if a.Open() {
			return cmp.Or(a.Due().Compare(b.Due()), cmp.Compare(a.Number, b.Number))
		}
		return cmp.Or(b.Received.Compare(a.Received), cmp.Compare(b.Number, a.Number))
	}
	right := func(r row) string { return v.T("request.right." + string(r.Right)) }
	where := func(r row) string { return r.where }
	state := func(r row) string { return v.badge(r.Request).Text }
	number := func(r row) string { return r.Number }
	return page.Listing[row]{Key: "requests", Path: path, Order: order,
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "right", Text: right, Compare: page.ByText(right)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "received", Text: func(r row) string { return v.Date(r.Received) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Received) }, Compare: func(a, b row) int { return a.Received.Compare(b.Received) }},
			{Name: "due", Text: func(r row) string { return v.Date(r.Due()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Due()) }, Compare: func(a, b row) int { return a.Due().Compare(b.Due()) }},
			{Name: "state", Text: state, Compare: func(a, b row) int {
				return cmp.Compare(slices.Index(request.States(), a.State()), slices.Index(request.States(), b.State()))
			}},
			{Name: "how", Text: func(r row) string { return v.T("request.way." + string(r.How)) }, FileOnly: true},
			{Name: "closed", Text: func(r row) string { return v.Date(r.Closed()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Closed()) }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return string(r.State()) == s }},
			{Name: "ret", Choices: rights, Keep: func(r row, s string) bool { return string(r.Right) == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string { return r.Number + " " + r.where + " " + r.Name },
	}
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Request)
		due := page.Cell{Text: v.T("request.closed")}
		if r.Open() {
			due = page.Cell{Text: v.Date(r.Due())}
			if r.Keeps(v.Now) {
				due.Quiet = v.T("request.footage.until", v.Date(r.HoldUntil))
			}
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: v.T("request.right." + string(r.Right))}, {Text: r.where},
			{Text: v.Date(r.Received)}, due, {Badge: &b}}})
	}
	pg := v.NewListPage(v.T("requests.title"), v.T("requests.lead"), page.Incidents, list, lines)
	v.Said(&pg.Shell)
	return pg
}

func joined(list []string) string { return strings.Join(list, ", ") }
