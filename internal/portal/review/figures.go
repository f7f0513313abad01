package review

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

func (p *Screens) figures(v *visit) error {
	since := monday(v.Now).AddDate(0, 0, -7*(weeksShown-1)).UTC()
	counts, err := p.Room.Counts(v.Ctx, v.Person.Controller, since, v.Now)
	if err != nil {
		return err
	}
	set, err := p.Room.Settings(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	s, err := p.Room.Statistics(v.Ctx, v.Person.Controller, v.Now.AddDate(-1, 0, 0), v.Now.Add(time.Second))
	if err != nil {
		return err
	}
	return v.Show(200, v.figuresPage(s, counts, set))
}

// figuresPage is what the review found, and what is unusual, in figures.
func (v *visit) figuresPage(s oversight.Statistics, counts []accesslog.Count, set oversight.Settings) *page.FiguresPage {
	pg := v.NewFigures(v.T("review.figures.title"), v.T("review.figures.lead"), v.crumbs()...)
	pg.Sections = v.statistics(s)
	pg.Charts = v.charts(counts, set.Begins, set.Stops)
	return pg
}

// statistics are what the review found, without names.
func (v *visit) statistics(s oversight.Statistics) []page.Section {
	found := page.Section{ID: "fund", Heading: v.T("review.stats.found"), Lead: v.T("review.stats.found.text", v.N("review.stats.periods", int64(s.Periods)), v.Number(int64(s.Uses)), v.Number(int64(s.All.Drawn)))}
	found.Grid = v.tallies(v.T("review.column.why"))
	for _, x := range oversight.Strata() {
		v.tally(found.Grid, v.T("review.stratum."+string(x)), s.Strata[x])
	}
	v.tally(found.Grid, v.T("review.stats.all"), s.All)
	if shows := s.Shows(); shows > 0 {
		found.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("review.stats.shows"), Text: v.T("review.stats.shows.text", decimal(shows))}
	}
	rules := page.Section{ID: "regler", Heading: v.T("review.stats.rules"), Lead: v.T("review.stats.rules.text"), Empty: v.T("review.stats.rules.empty")}
	if len(s.Rules) > 0 {
		rules.Empty, rules.Grid = "", v.tallies(v.T("review.rules.column.rule"))
	}
	for _, id := range slices.SortedFunc(maps.Keys(s.Rules), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Rules[b].Drawn, s.Rules[a].Drawn), cmp.Compare(a, b))
	}) {
		v.tally(rules.Grid, v.ruleName(id), s.Rules[id])
	}
	units := page.Section{ID: "enheder", Heading: v.T("review.stats.units"), Empty: v.T("review.stats.rules.empty")}
	if len(s.Units) > 0 {
		units.Empty, units.Grid = "", v.tallies(v.T("review.stats.unit"))
	}
	for _, id := range slices.Sorted(maps.Keys(s.Units)) {
		v.tally(units.Grid, v.unit(id), s.Units[id])
	}
	plants := page.Section{ID: "plantede", Heading: v.T("review.stats.plants"), Lead: v.T("review.stats.plants.text"), Grid: page.NewGrid(v.T("review.stats.plants"), v.T("review.plants.column.state"), v.T("review.chart.count"))}
	for _, x := range []oversight.PlantState{oversight.Seen, oversight.Passed, oversight.Missed, oversight.Undone} {
		plants.Grid.Add(page.Cell{Text: v.T("review.plant." + string(x))}, page.Cell{Text: v.Number(int64(s.Plants[x])), End: true})
	}
	return []page.Section{found, rules, units, plants}
}

var tallyColumns = []string{"drawn", "justified", "unjustified", "unclear", "open", "late", "unanswered"}

func (v *visit) tallies(first string) *page.Grid {
	columns := []string{first}
	for _, c := range tallyColumns {
		columns = append(columns, v.T("review.tally."+c))
	}
	return page.NewGrid(first, columns...)
}

func numbers(t oversight.Tally) []int {
	return []int{t.Drawn, t.Justified, t.Unjustified, t.Unclear, t.Open, t.Late, t.Unanswered}
}

func (v *visit) tally(g *page.Grid, name string, t oversight.Tally) {
	cells := []page.Cell{{Text: name}}
	for _, n := range numbers(t) {
		cells = append(cells, page.Cell{Text: v.Number(int64(n)), End: true})
	}
	g.Add(cells...)
}

func decimal(f float64) string { return share(int(f*10 + .5)) }

// report is a year's: what the controller can show Datatilsynet.
type report struct {
	year   int
	stats  oversight.Statistics
	kinds  map[accesslog.Kind][2]int // given, refused
	lives  []accesslog.Use
	taken  []accesslog.Use
	people int
}

// reportOf gathers a year.
func (p *Screens) reportOf(ctx context.Context, controller string, year int) (r report, err error) {
	r = report{year: year, kinds: map[accesslog.Kind][2]int{}}
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, page.Zone()).UTC(), time.Date(year+1, 1, 1, 0, 0, 0, 0, page.Zone()).UTC()
	if r.stats, err = p.Room.Statistics(ctx, controller, from, to); err != nil {
		return r, err
	}
	counts, err := p.Room.Counts(ctx, controller, from, to)
	people := map[string]bool{}
	for _, c := range counts {
		n := r.kinds[c.Kind]
		if c.Refused {
			n[1] += int(c.Uses)
		} else {
			n[0] += int(c.Uses)
		}
		r.kinds[c.Kind] = n
		people[c.Person] = true
	}
	r.people = len(people)
	if err != nil {
		return r, err
	}
	for kind, list := range map[accesslog.Kind]*[]accesslog.Use{accesslog.Live: &r.lives, accesslog.Evidence: &r.taken} {
		if *list, err = p.Accesslog().Some(ctx, accesslog.Query{Controller: controller, Kind: kind, From: from, To: to}, 5000); err != nil {
			return r, err
		}
		slices.SortFunc(*list, func(a, b accesslog.Use) int { return cmp.Compare(a.Index, b.Index) })
	}
	r.lives = slices.DeleteFunc(r.lives, func(u accesslog.Use) bool { return u.Entry != "live.begun" && u.Entry != "live.alone" })
	return r, nil
}

func (p *Screens) year(v *visit) error {
	year, err := strconv.Atoi(v.R.PathValue("aar"))
	if err != nil || year < 2020 || year > v.Now.In(page.Zone()).Year() {
		return fault.New(fault.NotFound, "page.unknown", "year %.10q", v.R.PathValue("aar"))
	}
	r, err := p.reportOf(v.Ctx, v.Person.Controller, year)
	if err != nil {
		return err
	}
	name := "vidne-stikproevekontrol-" + v.Person.Controller + "-" + strconv.Itoa(year)
	switch v.R.URL.Query().Get("format") {
	case "pdf":
		data, err := v.reportPaper(r)
		if err != nil {
			return err
		}
		return v.File(name+".pdf", "application/pdf", data)
	case "csv":
		var b bytes.Buffer
		if err := v.reportSheet(r).CSV(&b); err != nil {
			return err
		}
		return v.File(name+".csv", "text/csv; charset=utf-8", b.Bytes())
	}
	return v.Show(200, v.reportPage(r))
}

// reportPage is the report as a page, with the way to its files.
func (v *visit) reportPage(r report) *page.Record {
	pg := v.NewRecord(v.T("review.report.title", r.year), v.T("review.report.lead"), v.crumbs()...)
	here := path + "/aar/" + strconv.Itoa(r.year)
	pg.Actions = []fds.Link{{Href: here + "?format=pdf", Text: v.T("review.report.pdf")}, {Href: here + "?format=csv", Text: v.T("review.report.csv")}, {Href: path + "/aar/" + strconv.Itoa(r.year-1), Text: v.T("review.report.before", r.year-1)}}
	uses := page.Section{ID: "brug", Heading: v.T("review.report.uses"), Lead: v.T("review.report.uses.text", v.N("review.report.people", int64(r.people))), Grid: page.NewGrid(v.T("review.report.uses"), v.T("review.report.kind"), v.T("review.report.given"), v.T("review.report.refused"))}
	for _, k := range accesslog.Kinds() {
		n := r.kinds[k]
		uses.Grid.Add(page.Cell{Text: v.T("use.kind." + string(k))}, page.Cell{Text: v.Number(int64(n[0])), End: true}, page.Cell{Text: v.Number(int64(n[1])), End: true})
	}
	pg.Add(uses)
	for _, s := range v.statistics(r.stats) {
		pg.Add(s)
	}
	pg.Add(v.listed("direkte", "review.report.live", r.lives))
	pg.Add(v.listed("udleveret", "review.report.taken", r.taken))
	return pg
}

// listed are uses that a report names one by one.
func (v *visit) listed(id, key string, uses []accesslog.Use) page.Section {
	s := page.Section{ID: id, Heading: v.T(key), Lead: v.T(key + ".text"), Empty: v.T(key + ".empty")}
	if len(uses) > 0 {
		s.Empty, s.Grid = "", page.NewGrid(s.Heading, v.T("uses.column.time"), v.T("uses.column.what"), v.T("uses.column.why"), v.T("review.use.matter"))
	}
	for _, u := range uses {
		s.Grid.Add(page.Cell{Text: v.DateTime(u.At)}, page.Cell{Text: v.Or("use.entry."+u.Entry, v.T("use.kind."+string(u.Kind)))}, page.Cell{Text: u.Why}, page.Cell{Text: u.Matter})
	}
	return s
}

// reportPaper is the report to file: the page's sections in the page's words.
func (v *visit) reportPaper(r report) ([]byte, error) {
	doc := v.newPaper(v.T("review.report.title", r.year))
	doc.Facts = []paper.Fact{{Term: v.T("handover.fact.controller"), Text: v.Controller.Name}, {Term: v.T("handover.fact.period"), Text: strconv.Itoa(r.year)}}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("review.report.lead")})
	for _, s := range v.reportPage(r).Sections {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: s.Heading})
		for _, text := range []string{s.Lead, s.Empty} {
			if text != "" {
				doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: text})
			}
		}
		if s.Alert != nil {
			doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: s.Alert.Heading + ". " + s.Alert.Text, Strong: true})
		}
		if s.Grid == nil {
			continue
		}
		t := paper.Table{Caption: s.Heading}
		for i, c := range s.Grid.Table.Columns {
			t.Columns = append(t.Columns, c.Text)
			t.Widths = append(t.Widths, map[bool]float64{true: 3, false: 1.5}[i == 0])
		}
		for _, l := range s.Grid.Lines {
			t.Rows = append(t.Rows, texts(l))
		}
		doc.Blocks = append(doc.Blocks, t)
	}
	return printed(doc)
}

func texts(l page.Line) (out []string) {
	for _, c := range l.Cells {
		out = append(out, c.Text)
	}
	return out
}

// reportSheet is the report for a spreadsheet: part, what, column, and text.
func (v *visit) reportSheet(r report) sheet.Table {
	t := sheet.Table{Name: v.T("review.report.title", r.year), Head: []string{v.T("review.report.part"), v.T("review.report.what"), v.T("review.report.column"), v.T("review.report.value")}}
	for _, s := range v.reportPage(r).Sections {
		if s.Grid == nil {
			continue
		}
		for _, l := range s.Grid.Lines {
			row := texts(l)
			for i := 1; i < len(row); i++ {
				t.Rows = append(t.Rows, sheet.Texts(s.Heading, row[0], s.Grid.Title(i), row[i]))
			}
		}
	}
	return t
}
