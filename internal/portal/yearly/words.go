package yearly

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
	"vidne.dk/vidne/internal/yearly"
)

// mostPlaces is how many places a chart has room for.
const mostPlaces = 20

// count is a figure in words.
func (v *visit) count(c yearly.Count) string {
	switch c {
	case yearly.Few:
		return v.T("yearly.few")
	case yearly.Hidden:
		return v.T("yearly.hidden")
	case yearly.Unknown:
		return v.T("yearly.unknown")
	}
	return v.Number(int64(c))
}

// many is a figure with what it counts, "3 gange"; empty where it is not known.
func (v *visit) many(key string, c yearly.Count) string {
	switch {
	case c == yearly.Few:
		return v.T(key+".many", v.T("yearly.few.words"))
	case c < 0:
		return ""
	}
	return v.N(key, int64(c))
}

func (v *visit) title(r yearly.Report) string {
	if r.Quarter > 0 {
		return v.T("yearly.heading.quarter", r.Quarter, strconv.Itoa(r.Year))
	}
	return v.T("yearly.heading", strconv.Itoa(r.Year))
}

func (v *visit) audience(r yearly.Report) string {
	switch {
	case r.Public:
		return v.T("yearly.for.public")
	case v.Controller.Kind == register.Municipality:
		return v.T("yearly.for.council")
	}
	return v.T("yearly.for.management")
}

func (v *visit) period(r yearly.Report) string {
	if r.From.IsZero() {
		return v.T("yearly.nothing")
	}
	to := r.To
	if to.Equal(v.midnight(to)) {
		to = to.Add(-time.Second)
	}
	return v.T("yearly.from.to", v.Date(r.From), v.Date(to))
}

func (v *visit) midnight(at time.Time) time.Time {
	d := at.In(page.Zone())
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, d.Location())
}

// told is the report in sentences: what a member of the council reads first.
func (v *visit) told(r yearly.Report) (out []string) {
	say := func(key string, parts ...string) {
		args := make([]any, len(parts))
		for i, p := range parts {
			if p == "" {
				return // something in it is not known, or not told
			}
			args[i] = p
		}
		out = append(out, v.T("yearly.told."+key, args...))
	}
	of := func(group, line, key string) string { return v.many("yearly.n."+key, r.Group(group).Line(line).N) }
	say("cameras", r.Controller, of("cameras", "up", "cameras"), of("cameras", "places", "places"), of("cameras", "permitted", "cameras"))
	say("hours", of("cameras", "hours", "hours"))
	say("views", of("looks", "views", "times"))
	say("live", of("live", "begun", "times"), of("live", "alone", "times"))
	say("refused", v.many("yearly.n.times", total(r.Group("refused"))))
	say("disclosures", v.many("yearly.n.times", total(r.Group("disclosures"), "declined")), of("disclosures", "police", "times"))
	say("deletions", of("deletions", "due", "hours"), of("deletions", "done", "hours"), of("deletions", "late", "hours"))
	say("review", of("review", "drawn", "uses"), of("review", "unjustified", "uses"))
	say("requests", v.many("yearly.n.requests", total(r.Group("requests"), "late")), of("requests", "late", "requests"))
	say("breaches", of("breaches", "known", "breaches"), of("breaches", "reported", "breaches"))
	return out
}

// total is the lines of a group together, without those named; unknown where one is.
func total(g yearly.Group, without ...string) (n yearly.Count) {
	for _, l := range g.Lines {
		if slices.Contains(without, l.ID) {
			continue
		}
		if l.N < 0 {
			return yearly.Unknown
		}
		n += l.N
	}
	return n
}

// sections are the groups of figures, each a table, and the places.
func (v *visit) sections(r yearly.Report) (out []page.Section) {
	now, before := v.columns(r)
	for _, g := range r.Groups {
		s := page.Section{ID: g.ID, Heading: v.T("yearly.group." + g.ID), Lead: v.Or("yearly.group."+g.ID+".text", "")}
		s.Grid = page.NewGrid(s.Heading, v.T("yearly.figure"), now, before)
		for _, l := range g.Lines {
			s.Grid.Add(page.Cell{Text: v.T("yearly." + g.ID + "." + l.ID)}, page.Cell{Text: v.count(l.N), End: true}, page.Cell{Text: v.count(l.Before), End: true})
		}
		out = append(out, s)
	}
	places := page.Section{ID: "steder", Heading: v.T("yearly.places"), Lead: v.Or("yearly.places.text", "")}
	if r.Public {
		places.Lead = v.T("yearly.places.public")
	}
	if len(r.Places) == 0 {
		places.Empty = v.T("yearly.places.none")
		return append(out, places)
	}
	columns := []string{v.T("yearly.place")}
	for i := range yearly.Columns {
		columns = append(columns, v.T("yearly.column."+strconv.Itoa(i)))
	}
	places.Grid = page.NewGrid(places.Heading, columns...)
	for _, p := range r.Places {
		cells := []page.Cell{{Text: v.placeName(p)}}
		if p.ID != "" && !r.Public {
			cells[0].Href = "/steder/" + p.ID
		}
		for _, c := range p.Counts {
			cells = append(cells, page.Cell{Text: v.count(c), End: true})
		}
		places.Grid.Add(cells...)
	}
	return append(out, places)
}

func (v *visit) placeName(p yearly.Place) string {
	if p.ID == "" {
		return v.N("yearly.merged", int64(p.Merged))
	}
	return p.Name
}

// columns are what the two columns of figures are of.
func (v *visit) columns(r yearly.Report) (now, before string) {
	if r.Over {
		return strconv.Itoa(r.Year), strconv.Itoa(r.Year - 1)
	}
	return v.T("yearly.so.far", r.Year), v.T("yearly.same.time", r.Year-1)
}

// charts are drawn of what is counted whole: by month, and by place.
func (v *visit) charts(r yearly.Report) (out []page.Chart) {
	if len(r.Months) > 0 {
		c := page.Chart{ID: "maaneder", Heading: v.T("yearly.chart.months"), Lead: v.T("yearly.chart.months.text")}
		c.Grid = page.NewGrid(c.Heading, v.T("yearly.month"), v.T("yearly.looks.views"), v.T("yearly.incidents.opened"))
		var points []page.Point
		for _, m := range r.Months {
			points = append(points, page.Point{Label: v.T("yearly.month." + strconv.Itoa(int(m.From.Month()))), N: int(m.Views)})
			c.Grid.Add(page.Cell{Text: v.T("yearly.month.long." + strconv.Itoa(int(m.From.Month())))}, page.Cell{Text: v.Number(m.Views), End: true}, page.Cell{Text: v.Number(m.Incidents), End: true})
		}
		v.Draw(&c, points)
		out = append(out, c)
	}
	c := page.Chart{ID: "sete-steder", Heading: v.T("yearly.chart.places"), Lead: v.T("yearly.chart.places.text")}
	c.Grid = page.NewGrid(c.Heading, v.T("yearly.place"), v.T("yearly.looks.views"))
	places := slices.Clone(r.Places)
	slices.SortStableFunc(places, func(a, b yearly.Place) int { return cmp.Compare(b.Counts[yearly.Views], a.Counts[yearly.Views]) })
	var points []page.Point
	for i, p := range places[:min(len(places), mostPlaces)] {
		points = append(points, page.Point{Label: v.Number(int64(i + 1)), N: int(p.Counts[yearly.Views])})
		c.Grid.Add(page.Cell{Text: v.T("yearly.numbered", i+1, v.placeName(p))}, page.Cell{Text: v.count(p.Counts[yearly.Views]), End: true})
	}
	if len(places) > 1 {
		v.Draw(&c, points)
		out = append(out, c)
	}
	return out
}

// how says how it was counted, and what could not be.
func (v *visit) how(r yearly.Report) []string {
	out := []string{v.T("yearly.how.facts"), v.T("yearly.how.before", v.period(yearly.Report{From: r.BeforeFrom, To: r.BeforeTo})), v.T("yearly.how.hours"), v.T("yearly.how.log")}
	if r.Public {
		out = append(out, v.T("yearly.how.public"))
	}
	return out
}

func (v *visit) reportPage(r yearly.Report) *page.FiguresPage {
	pg := v.NewFigures(v.title(r), v.T("yearly.lead", v.audience(r), v.period(r)), fds.Link{Href: "/tilsyn", Text: v.T("menu.tilsyn")})
	for _, form := range []string{"pdf", "docx", "html", "xlsx", "csv"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: address(r, form), Text: v.T("yearly.get." + form)})
	}
	council, public := r, r
	council.Public, public.Public = false, true
	own := r
	own.Public = false
	pg.Switch = fds.Tabs{Label: v.T("yearly.for"), Items: []fds.Tab{{Href: address(council, ""), Text: v.audience(own), Current: !r.Public}, {Href: address(public, ""), Text: v.T("yearly.for.public"), Current: r.Public}}}
	if r.From.IsZero() {
		pg.Sections = []page.Section{{ID: "intet", Heading: v.T("yearly.nothing"), Empty: v.T("yearly.nothing.text"), Links: v.others(r)}}
		return pg
	}
	if r.EngineAway {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("yearly.away"), Text: v.T("yearly.away.text")})
	}
	short := page.Section{ID: "kort", Heading: v.T("yearly.short")}
	short.Paragraphs = v.told(r)
	pg.Begin = append(pg.Begin, short)
	pg.Charts = v.charts(r)
	pg.Sections = append(v.sections(r), page.Section{ID: "saadan", Heading: v.T("yearly.how"), Paragraphs: v.how(r)}, page.Section{ID: "andre", Heading: v.T("yearly.others"), Links: v.others(r)})
	return pg
}

// others are reports of other spans: the quarters of the year, and the years before.
func (v *visit) others(r yearly.Report) (out []fds.Link) {
	now := v.Now.In(page.Zone())
	add := func(s yearly.Span) {
		if s == r.Span || s.Year < first || len(s.Months(page.Zone(), now)) < 2 {
			return
		}
		o := r
		o.Span = s
		out = append(out, fds.Link{Href: address(o, ""), Text: v.title(o)})
	}
	add(yearly.Span{Year: r.Year})
	for q := range 4 {
		add(yearly.Span{Year: r.Year, Quarter: q + 1})
	}
	for y := now.Year(); y > now.Year()-3; y-- {
		if y != r.Year {
			add(yearly.Span{Year: y})
		}
	}
	return out
}

// table is the report for a spreadsheet: part, figure, this span, the one before.
func (v *visit) table(r yearly.Report) sheet.Table {
	now, before := v.columns(r)
	t := sheet.Table{Name: v.title(r), Head: []string{v.T("yearly.part"), v.T("yearly.figure"), now, before}}
	cell := func(c yearly.Count) sheet.Cell {
		if c < 0 {
			return sheet.Text(v.count(c))
		}
		return sheet.Count(int(c))
	}
	for _, g := range r.Groups {
		for _, l := range g.Lines {
			t.Rows = append(t.Rows, []sheet.Cell{sheet.Text(v.T("yearly.group." + g.ID)), sheet.Text(v.T("yearly." + g.ID + "." + l.ID)), cell(l.N), cell(l.Before)})
		}
	}
	for _, p := range r.Places {
		for i, c := range p.Counts {
			t.Rows = append(t.Rows, []sheet.Cell{sheet.Text(v.T("yearly.place") + ": " + v.placeName(p)), sheet.Text(v.T("yearly.column." + strconv.Itoa(i))), cell(c), sheet.Text("")})
		}
	}
	return t
}
