package review

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// shown is how far back the list goes; what is not done stays on it.
const shown = oversight.KeepMonths

func (p *Screens) list(v *visit) error {
	all, err := p.Room.Items(v.Ctx, v.Person.Controller, v.Now.AddDate(0, -shown, 0))
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(i oversight.Item) bool { return i.Aged || !i.MayReview(v.Person.ID, v.Session.Person.Name) })
	periods, err := p.Room.Periods(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.listing(periods).Answer(v.Visit, all, func(list page.List, rows []oversight.Item) page.Page { return v.listPage(list, rows, all) })
}

func (v *visit) listing(periods []oversight.Period) page.Listing[oversight.Item] {
	type item = oversight.Item
	number := func(i item) string { return i.Number }
	state := func(i item) string { return v.T("review.state." + string(i.State(v.Now))) }
	due := func(i item) string { return v.day(i.Due) }
	var states, strata, times []fds.Choice
	for _, s := range oversight.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("review.state." + string(s))})
	}
	states = append(states, fds.Choice{Value: "late", Text: v.T("review.late")}, fds.Choice{Value: "mine", Text: v.T("review.mine")})
	for _, s := range oversight.Strata() {
		strata = append(strata, fds.Choice{Value: string(s), Text: v.T("review.stratum." + string(s))})
	}
	for _, p := range periods {
		if !p.Drawn.IsZero() {
			times = append(times, fds.Choice{Value: p.ID, Text: v.T("review.period.name", p.Number)})
		}
	}
	return page.Listing[item]{Key: "review", Path: path, First: page.OwnOrder,
		Columns: []page.Column[item]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "at", Text: func(i item) string { return v.DateTime(i.At) }, Cell: func(i item) sheet.Cell { return sheet.Moment(i.At) }, Compare: func(a, b item) int { return b.At.Compare(a.At) }},
			{Name: "who", Text: func(i item) string { return i.Name }, Compare: page.ByText(func(i item) string { return i.Name })},
			{Name: "what", Text: func(i item) string { return v.what(i) }},
			{Name: "why", Text: v.why},
			{Name: "state", Text: state, Compare: func(a, b item) int {
				return cmp.Compare(slices.Index(oversight.States(), a.State(v.Now)), slices.Index(oversight.States(), b.State(v.Now)))
			}},
			{Name: "due", Text: due, Cell: func(i item) sheet.Cell { return sheet.Day(i.Due) }, Compare: func(a, b item) int { return a.Due.Compare(b.Due) }},
			{Name: "reviewer", Text: func(i item) string { return i.ReviewerName }, FileOnly: true},
			{Name: "verdict", Text: func(i item) string { return v.verdict(i) }, FileOnly: true},
			{Name: "reason", Text: func(i item) string { return i.Reason }, FileOnly: true},
			{Name: "outcome", Text: func(i item) string { return i.Outcome }, FileOnly: true},
		},
		Filters: []page.Filter[item]{
			{Name: "tilstand", Choices: states, Keep: func(i item, x string) bool {
				switch x {
				case "late":
					return i.Late(v.Now)
				case "mine":
					return i.Reviewer == v.Person.ID && i.State(v.Now) != oversight.Done
				}
				return string(i.State(v.Now)) == x
			}},
			{Name: "hvorfor", Choices: strata, Keep: func(i item, x string) bool { return string(i.Stratum) == x }},
			{Name: "periode", Choices: times, Keep: func(i item, x string) bool { return i.Period == x }},
		},
		Search: func(i item) string { return i.Number + " " + i.Name + " " + i.ReviewerName + " " + v.why(i) },
	}
}

func (v *visit) what(i oversight.Item) string {
	return v.Or("use.entry."+i.Entry, v.T("use.kind."+string(i.Kind)))
}

func (v *visit) verdict(i oversight.Item) string {
	if i.Verdict == "" {
		return ""
	}
	return v.T("review.verdict." + string(i.Verdict))
}

// day is a deadline, as the last day of it.
func (v *visit) day(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return v.Date(until.Add(-time.Second))
}

func (v *visit) listPage(list page.List, rows, all []oversight.Item) *page.ListPage {
	var lines []page.Line
	for _, i := range rows {
		lines = append(lines, page.Line{ID: "stikproeve-" + i.ID, Cells: []page.Cell{{Href: itemPath + "/" + i.ID, Text: i.Number}, {Text: v.DateTime(i.At)}, {Text: i.Name}, {Text: v.what(i)},
			{Text: v.why(i)}, {Badge: v.badge(i), Quiet: i.ReviewerName}, {Text: v.day(i.Due)}}})
	}
	pg := v.NewListPage(v.T("review.title"), v.T("review.lead"), page.Oversight, list, lines)
	v.Said(&pg.Shell)
	count := map[oversight.State]int{}
	late, mine := 0, 0
	for _, i := range all {
		s := i.State(v.Now)
		count[s]++
		if i.Reviewer == v.Person.ID && (s == oversight.New || s == oversight.Answered || s == oversight.Silent) {
			mine++
		}
		if i.Late(v.Now) {
			late++
		}
	}
	figure := func(key string, n int, icon string, bad fds.Tone) {
		f := page.Figure{Href: path + "?tilstand=" + key, Text: v.Or("review.figure."+key, ""), Number: v.Number(int64(n)), Icon: icon}
		if n > 0 {
			f.Tone = bad
		}
		pg.Figures = append(pg.Figures, f)
	}
	figure("mine", mine, "person", "")
	figure("asked", count[oversight.Asked], "hourglass", "")
	figure("raised", count[oversight.Raised]+count[oversight.Second], "warning", fds.Warning)
	figure("late", late, "warning", fds.Warning)
	pg.Actions = v.ways()
	return pg
}

// ways lead to the other pages of the review.
func (v *visit) ways() []fds.Link {
	out := []fds.Link{{Href: path + "/tal", Text: v.T("review.figures.title")}, {Href: path + "/perioder", Text: v.T("review.periods.title")}, {Href: path + "/tilsynet", Text: v.T("review.samples.title")},
		{Href: path + "/regler", Text: v.T("review.rules.title")}, {Href: path + "/aar/" + strconv.Itoa(v.Now.In(page.Zone()).Year()), Text: v.T("review.report.link")}}
	if v.mayPlant() {
		out = append(out, fds.Link{Href: path + "/proever", Text: v.T("review.plants.title")})
	}
	return out
}

func (p *Screens) periods(v *visit) error {
	all, err := p.Room.Periods(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.periodsPage(all))
}

func (v *visit) periodsPage(all []oversight.Period) *page.Record {
	pg := v.NewRecord(v.T("review.periods.title"), v.T("review.periods.lead"), v.crumbs()...)
	s := page.Section{ID: "perioder", Heading: v.T("review.periods.all")}
	if len(all) == 0 {
		s.Empty = v.T("review.periods.empty")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("review.period.column.number"), v.T("review.period.column.time"), v.T("review.period.column.uses"), v.T("review.period.column.drawn"), v.T("review.period.column.state"))
	}
	for _, p := range all {
		f := p.Figures()
		drawn := 0
		for _, n := range f.Drawn {
			drawn += n
		}
		until, uses, took := p.Ends, "", ""
		if !p.Closed.IsZero() {
			until = p.Closed
		}
		if !p.Drawn.IsZero() {
			uses, took = v.Number(int64(f.Uses)), v.Number(int64(drawn))
		}
		s.Grid.Add(page.Cell{Href: path + "/perioder/" + p.ID, Text: v.T("review.period.name", p.Number)}, page.Cell{Text: v.T("review.period.span", v.Date(p.Opened), v.day(until))},
			page.Cell{Text: uses, End: true}, page.Cell{Text: took, End: true}, page.Cell{Badge: v.periodBadge(p)})
	}
	pg.Add(s)
	return pg
}

func (v *visit) periodBadge(p oversight.Period) *fds.Badge {
	switch {
	case p.Closed.IsZero():
		return &fds.Badge{Tone: fds.Info, Text: v.T("review.period.open")}
	case p.Drawn.IsZero():
		return &fds.Badge{Tone: fds.Warning, Text: v.T("review.period.closed")}
	}
	return &fds.Badge{Tone: fds.Success, Text: v.T("review.period.drawn")}
}

func (p *Screens) period(v *visit) error {
	one, err := p.Room.Period(v.Ctx, v.Person.Controller, v.R.PathValue("periode"))
	if err != nil {
		return err
	}
	return v.Show(200, v.periodPage(one))
}

// periodPage shows what a draw rests on, and how anybody checks it.
func (v *visit) periodPage(p oversight.Period) *page.Record {
	pg := v.NewRecord(v.T("review.period.title", p.Number), v.T("review.period.lead"), v.crumbs(fds.Link{Href: path + "/perioder", Text: v.T("review.periods.title")})...)
	pg.Badge = v.periodBadge(p)
	facts := &fds.StructuredList{Caption: v.T("review.period.facts")}
	add := func(key, text string) {
		if text != "" {
			lines := folded(text)
			facts.Rows = append(facts.Rows, fds.Row{Term: v.T("review.period." + key), Text: lines[0], More: lines[1:]})
		}
	}
	add("opened", v.DateTime(p.Opened))
	add("ends", v.day(p.Ends))
	if !p.Closed.IsZero() {
		add("closedat", v.DateTime(p.Closed))
	}
	add("commitment", p.Commitment)
	pg.Add(page.Section{ID: "fakta", Heading: v.T("review.period.facts"), List: facts, Half: true})
	if p.Drawn.IsZero() {
		pg.Add(page.Section{ID: "traekning", Heading: v.T("review.period.draw"), Empty: v.T("review.period.draw.later"), Half: true})
		return pg
	}
	add("secret", hexed(p.Secret))
	add("seed", p.Seed)
	add("checkpoint", p.Note)
	f := p.Figures()
	draw := page.Section{ID: "traekning", Heading: v.T("review.period.draw"), Lead: v.T("review.period.draw.lead", v.Number(int64(f.Uses)), v.DateTime(p.Drawn)), Half: true,
		Grid: page.NewGrid(v.T("review.period.draw"), v.T("review.column.why"), v.T("review.period.column.drawn"))}
	for _, s := range oversight.Strata() {
		draw.Grid.Add(page.Cell{Href: path + "?periode=" + p.ID + "&hvorfor=" + string(s), Text: v.T("review.stratum." + string(s))}, page.Cell{Text: v.Number(int64(f.Drawn[s])), End: true})
	}
	pg.Add(draw)
	pg.Add(page.Section{ID: "kontrol", Heading: v.T("review.period.check"), Lead: v.T("review.period.check.text"), Links: []fds.Link{{Href: "/tilsyn/log/alt", Text: v.T("review.period.check.link")}}})
	return pg
}

// foldAt is how many signs of a hash stand on a line.
const foldAt = 32

// folded breaks what has no blanks to break at, such as a hash, into lines that
// fit beside each other and on a phone. The lines of a text stay lines.
func folded(s string) (out []string) {
	for line := range strings.Lines(s) {
		var short []string
		for _, word := range strings.Fields(line) {
			r := []rune(word)
			if len(r) <= foldAt {
				short = append(short, word)
				continue
			}
			if len(short) > 0 {
				out, short = append(out, strings.Join(short, " ")), nil
			}
			for part := range slices.Chunk(r, foldAt) {
				out = append(out, string(part))
			}
		}
		if len(short) > 0 {
			out = append(out, strings.Join(short, " "))
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}
