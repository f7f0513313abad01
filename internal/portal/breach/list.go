package breach

import (
	"cmp"
	"slices"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is a breach in the list.
type row struct {
	room.Breach
	where string
}

func (p *Screens) list(v *visit) error {
	c := v.Person.Controller
	all, err := p.Breaches.List(v.Ctx, c)
	if err != nil {
		return err
	}
	waiting, err := p.Breaches.Waiting(v.Ctx, c)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, c)
	if err != nil {
		return err
	}
	rows := rowsOf(all, places)
	if done, err := v.listing(rows).File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows, waiting, places))
}

func rowsOf(all []room.Breach, places []register.Location) (out []row) {
	for _, b := range all {
		out = append(out, row{b, placeName(places, b.Location)})
	}
	return out
}

func placeName(places []register.Location, id string) string {
	if i := slices.IndexFunc(places, func(l register.Location) bool { return l.ID == id }); i >= 0 {
		return places[i].Name
	}
	return id
}

func (v *visit) badge(b room.Breach) fds.Badge {
	s := b.State()
	tone := map[room.State]fds.Tone{room.Called: fds.Warning, room.Running: fds.Warning, room.Due: fds.Warning, room.Notified: fds.Info, room.Spared: fds.Info, room.None: fds.Info, room.Over: fds.Success}[s]
	key := "breach.state." + string(s)
	if b.Late(v.Now) {
		tone, key = fds.Error, "breach.state.late"
	}
	return fds.Badge{Tone: tone, Text: v.T(key)}
}

func (v *visit) listing(rows []row) page.Listing[row] {
	var places []fds.Choice
	for _, r := range rows {
		if r.Location != "" && !slices.ContainsFunc(places, func(c fds.Choice) bool { return c.Value == r.Location }) {
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	// What runs stands first, the first limit in front; then the newest.
	order := func(a, b row) int {
		rank := func(r row) int {
			switch {
			case r.Counting():
				return 0
			case r.Open():
				return 1
			}
			return 2
		}
		if x := cmp.Compare(rank(a), rank(b)); x != 0 {
			return x
		}
		if a.Counting() {
			return cmp.Or(a.Known.Compare(b.Known), cmp.Compare(a.Number, b.Number))
		}
		return cmp.Or(b.Known.Compare(a.Known), cmp.Compare(b.Number, a.Number))
	}
	kind := func(r row) string { return v.T("breach.kind." + string(r.Kind)) }
	where := func(r row) string { return r.where }
	number := func(r row) string { return r.Number }
	return page.Listing[row]{Key: "breaches", Path: path, Order: order,
		Columns: []page.Column[row]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "kind", Text: kind, Compare: page.ByText(kind)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "known", Text: func(r row) string { return v.DateTime(r.Known) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Known) }, Compare: func(a, b row) int { return a.Known.Compare(b.Known) }},
			{Name: "limit", Text: func(r row) string { return v.DateTime(r.Limit()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Limit()) }, Compare: func(a, b row) int { return a.Known.Compare(b.Known) }},
			{Name: "state", Text: func(r row) string { return v.badge(r.Breach).Text }, Compare: func(a, b row) int {
				return cmp.Compare(slices.Index(room.States(), a.State()), slices.Index(room.States(), b.State()))
			}},
			{Name: "finder", Text: func(r row) string { return v.T("breach.finder." + string(r.Finder)) }, FileOnly: true},
			{Name: "stopped", Text: func(r row) string { return v.DateTime(r.Stopped) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Stopped) }, FileOnly: true},
			{Name: "closed", Text: func(r row) string { return v.DateTime(r.Closed) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Closed) }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "tilstand", Choices: v.choices("breach.state.", texts(room.States())...), Keep: func(r row, s string) bool { return string(r.State()) == s }},
			{Name: "slags", Choices: v.choices("breach.kind.", texts(room.Kinds())...), Keep: func(r row, s string) bool { return string(r.Kind) == s }},
			{Name: "sted", Choices: places, Keep: func(r row, s string) bool { return r.Location == s }},
		},
		Search: func(r row) string { return r.Number + " " + r.where + " " + r.Words },
	}
}

func (v *visit) listPage(all []row, waiting []notice.Report, places []register.Location) *page.ListPage {
	list, rows := v.listing(all).Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.Breach)
		limit := page.Cell{Text: v.T("breaches.limit.none")}
		if r.Counting() {
			limit = page.Cell{Text: v.DateTime(r.Limit()), Quiet: v.left(r.Breach)}
		}
		state := page.Cell{Badge: &b}
		if r.Held() {
			state.Quiet = v.T("breaches.held")
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + r.ID, Text: r.Number}, {Text: v.T("breach.kind." + string(r.Kind))}, {Text: r.where},
			{Text: v.DateTime(r.Known)}, limit, state}})
	}
	pg := v.NewListPage(v.T("breaches.title"), v.T("breaches.lead"), page.Oversight, list, lines)
	v.Said(&pg.Shell)
	for _, x := range waiting {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("breaches.waiting", placeName(places, x.Location)), Text: v.T("breaches.waiting.text", v.DateTime(x.At), v.DateTime(x.At.Add(room.Limit72))),
			Links: []fds.Link{{Href: reports + "/" + x.ID, Text: v.T("breaches.waiting.link")}}})
	}
	if v.May(access.ReportBreach, access.Object{}) {
		pg.Actions = []fds.Link{{Href: path + "/meld", Text: v.T("breaches.new")}}
	}
	return pg
}

// left is how long there is.
func (v *visit) left(b room.Breach) string {
	if b.Late(v.Now) {
		return v.T("breach.left.late", v.hours(v.Now.Sub(b.Limit())))
	}
	return v.T("breach.left", v.hours(b.Limit().Sub(v.Now)))
}
