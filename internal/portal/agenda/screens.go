// Package agenda shows what falls due through the year (årshjul): a table of
// each month, a drawing of the year, and the same as a spreadsheet and in
// people's own calendar.
//
// What it promises: what is shown is asked of the rooms each time; what is
// overdue stands first; the table says everything that the drawing does.
//
// What it refuses: items of an area or a place that the person does not see.
package agenda

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/agenda"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// Screens are the pages of the year.
type Screens struct {
	*page.Site
	Room *room.Room
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

const path = "/aarshjul"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{{Pattern: "GET " + path, Act: access.SeeRegister, Handle: p.on(p.show), Menu: page.Oversight, Front: "agenda.title"}}
}

// acts is what it takes to see the items of an area; those that are not there
// take what the page takes.
var acts = map[room.Area]access.Act{
	room.Letters: access.SeeLetters, room.Breach: access.SeeBreaches, room.Requests: access.SeeRequests, room.Review: access.ReviewLog,
	room.Access: access.SeeAuthorisations, room.Locks: access.SeeIncidents, room.Cases: access.SeeCases, room.Deletion: access.SeeDeletions,
}

// Shown are the items that somebody may see: of areas that they may, and of the
// places that they see (nil: all).
func Shown(all []room.Item, may func(access.Act, access.Object) bool, places []string) []room.Item {
	return slices.DeleteFunc(slices.Clone(all), func(i room.Item) bool {
		act, ok := acts[i.Area]
		if !ok {
			act = access.SeeRegister
		}
		return !may(act, access.Object{Location: i.Location}) || places != nil && i.Location != "" && !slices.Contains(places, i.Location)
	})
}

// Title is an item in words.
func Title(w page.Words, i room.Item) string {
	key := "agenda.item." + i.Key
	if i.Count > 0 {
		return w.N(key, i.Count, i.Name)
	}
	return w.T(key, i.Name)
}

// monthOf is "november 2026".
func monthOf(w page.Words, at time.Time) string {
	return w.T("agenda.month", w.T("agenda.month."+at.Format("01")), at.Year())
}

// Span is what a page of the year holds: from the first of the month on, a year.
func Span(now time.Time) (from, to time.Time) {
	local := now.In(page.Zone())
	from = time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, page.Zone())
	return from, from.AddDate(1, 0, 0)
}

// row is an item with the name of its place.
type row struct {
	room.Item
	where string
}

func (p *Screens) show(v *visit) error {
	from, to := Span(v.Now)
	all, err := p.Room.Due(v.Ctx, v.Person.Controller, from, to)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	rows := v.rows(Shown(all, v.May, v.Sees()), places)
	if done, err := v.listing(rows).File(v.Visit, rows); done {
		return err
	}
	return v.Show(http.StatusOK, v.agendaPage(rows))
}

func (v *visit) rows(all []room.Item, places []register.Location) (out []row) {
	names := map[string]string{"": v.T("agenda.everywhere")}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	for _, i := range all {
		out = append(out, row{i, names[i.Location]})
	}
	return out
}

func (v *visit) listing(all []row) page.Listing[row] {
	area := func(r row) string { return v.T("agenda.area." + string(r.Area)) }
	where := func(r row) string { return r.where }
	var areas, places []fds.Choice
	for _, a := range room.Areas() {
		if slices.ContainsFunc(all, func(r row) bool { return r.Area == a }) {
			areas = append(areas, fds.Choice{Value: string(a), Text: v.T("agenda.area." + string(a))})
		}
	}
	for _, r := range all {
		if r.Location != "" && !slices.ContainsFunc(places, func(c fds.Choice) bool { return c.Value == r.Location }) {
			places = append(places, fds.Choice{Value: r.Location, Text: r.where})
		}
	}
	slices.SortFunc(places, func(a, b fds.Choice) int { return page.ByText(func(c fds.Choice) string { return c.Text })(a, b) })
	return page.Listing[row]{Key: "agenda", Path: path,
		Columns: []page.Column[row]{
			{Name: "at", Text: func(r row) string { return v.Date(r.At) }, Cell: func(r row) sheet.Cell { return sheet.Day(r.At.In(page.Zone())) }, Compare: func(a, b row) int { return a.At.Compare(b.At) }},
			{Name: "what", Text: func(r row) string { return Title(v.Words, r.Item) }},
			{Name: "area", Text: area},
			{Name: "where", Text: where},
		},
		Filters: []page.Filter[row]{
			{Name: "omraade", Choices: areas, Keep: func(r row, a string) bool { return string(r.Area) == a }},
			{Name: "sted", Choices: places, Keep: func(r row, l string) bool { return r.Location == l }},
		},
		Search: func(r row) string { return Title(v.Words, r.Item) + " " + r.where + " " + area(r) },
	}
}

// month is one month's table.
type month struct {
	ID, Heading string
	Grid        page.Grid
}

type agendaPage struct {
	page.Shell
	Lead     string
	Tabs     fds.Tabs
	List     page.List
	Months   []month
	Quiet    string // months in which nothing falls due
	Wheel    []sector
	WheelSay string
}

// agendaPage puts the year together: what is overdue, and then month by month.
func (v *visit) agendaPage(all []row) *agendaPage {
	pg := &agendaPage{Shell: v.NewShell("agenda", v.T("agenda.title")), Lead: v.T("agenda.lead"), Tabs: v.Fronts(page.Oversight)}
	l := v.listing(all)
	var rows []row
	pg.List, _ = l.Show(v.Visit, all)
	rows = chosen(l, v.R.URL.Query().Get, all)
	from, _ := Span(v.Now)
	late := rows[:0:0]
	by := make([][]row, 12)
	for _, r := range rows {
		local := r.At.In(page.Zone())
		n := (local.Year()-from.Year())*12 + int(local.Month()-from.Month())
		switch {
		case r.At.Before(v.Now):
			late = append(late, r)
		case n >= 0 && n < len(by):
			by[n] = append(by[n], r)
		}
	}
	if len(late) > 0 {
		pg.Months = append(pg.Months, month{"overskredet", v.T("agenda.late"), v.grid(v.T("agenda.late"), late)})
	}
	var counts [12]int
	var quiet []string
	for n, rows := range by {
		at := from.AddDate(0, n, 0)
		counts[n] = len(rows)
		name := monthOf(v.Words, at)
		if len(rows) == 0 {
			quiet = append(quiet, name)
			continue
		}
		pg.Months = append(pg.Months, month{"m" + at.Format("2006-01"), strings.ToUpper(name[:1]) + name[1:], v.grid(name, rows)})
	}
	if len(quiet) > 0 && len(pg.Months) > 0 {
		pg.Quiet = v.T("agenda.quiet", strings.Join(quiet, ", "))
	}
	pg.Wheel = v.wheel(from, counts)
	pg.WheelSay = v.T("agenda.wheel.say", len(rows)-len(late))
	return pg
}

// chosen are the rows that the address asks for, in time's order.
func chosen(l page.Listing[row], get func(string) string, all []row) []row {
	rows := all
	if q := get("q"); q != "" {
		rows = l.Found(q, rows, len(rows))
	}
	for _, f := range l.Filters {
		if value := get(f.Name); value != "" {
			rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !f.Keep(r, value) })
		}
	}
	return rows
}

func (v *visit) grid(caption string, rows []row) page.Grid {
	g := page.NewGrid(caption, v.T("agenda.column.at"), v.T("agenda.column.what"), v.T("agenda.column.area"), v.T("agenda.column.where"))
	for _, r := range rows {
		g.Add(page.Cell{Text: v.Date(r.At)}, page.Cell{Href: r.Href, Text: Title(v.Words, r.Item)}, page.Cell{Text: v.T("agenda.area." + string(r.Area))}, page.Cell{Text: r.where})
	}
	return *g
}
