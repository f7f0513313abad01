package review

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/portal/page"
)

// Chart is a bar chart, drawn on the server, with its table beside it.
type Chart struct {
	ID, Heading, Lead string
	Bars              []Bar
	Lines             []Line
	Width, Height     int
	Grid              *page.Grid
	Empty             string
}

// Bar is one bar with its name beneath. Odd bars are what is unusual, and say
// so in the table too: colour alone says nothing.
type Bar struct {
	X, Y, W, H int
	Mid, Base  int
	Label      string
	Number     string
	Odd        bool
}

// Line is a line of the scale.
type Line struct {
	Y    int
	Text string
}

// Measures of a chart, in the units of its own drawing.
const (
	chartWidth, chartHeight = 720, 260
	chartLeft, chartBottom  = 48, 36
	chartTop                = 12
)

// point is one value of a chart.
type point struct {
	label string // beneath the bar; may be empty where there is no room
	n     int
	odd   bool
}

// scale rounds the highest value up to what people count in.
func scale(most int) int {
	for _, step := range []int{4, 8, 12, 20, 40, 60, 80, 100, 200, 400} {
		if most <= step {
			return step
		}
	}
	top := 400
	for top < most {
		top *= 2
	}
	return top
}

// draw lays out bars.
func (v *visit) draw(c *Chart, points []point) {
	c.Width, c.Height = chartWidth, chartHeight
	most := 1
	for _, p := range points {
		most = max(most, p.n)
	}
	top, room := scale(most), chartHeight-chartBottom-chartTop
	for i := range 5 {
		n := top * i / 4
		c.Lines = append(c.Lines, Line{Y: chartTop + room - room*i/4, Text: v.Number(int64(n))})
	}
	step := (chartWidth - chartLeft) / max(1, len(points))
	for i, p := range points {
		h := room * p.n / top
		if p.n > 0 {
			h = max(h, 2)
		}
		b := Bar{X: chartLeft + i*step + step/8, W: max(1, step*3/4), Y: chartTop + room - h, H: h, Base: chartHeight - chartBottom + 20, Label: p.label, Number: v.Number(int64(p.n)), Odd: p.odd}
		b.Mid = b.X + b.W/2
		c.Bars = append(c.Bars, b)
	}
}

// weeksShown is how many weeks the charts show, this one with them.
const weeksShown = 13

// monday is when the week of a moment begins, in Danish time.
func monday(at time.Time) time.Time {
	d := at.In(page.Zone())
	return time.Date(d.Year(), d.Month(), d.Day()-(int(d.Weekday())+6)%7, 0, 0, 0, 0, d.Location())
}

func looks(c accesslog.Count) bool {
	return !c.Refused && (c.Kind == accesslog.Footage || c.Kind == accesslog.Still || c.Kind == accesslog.Live)
}

func readings(c accesslog.Count) bool {
	return !c.Refused && (c.Kind == accesslog.Read || c.Kind == accesslog.Search || c.Kind == accesslog.Download)
}

// weekly is a chart of so many a week. A week with more than twice the median
// of the others, and not just a few, is unusual.
func (v *visit) weekly(id string, counts []accesslog.Count, fits func(accesslog.Count) bool) Chart {
	c := Chart{ID: id, Heading: v.T("review.chart." + id), Lead: v.T("review.chart." + id + ".text")}
	c.Grid = page.NewGrid(c.Heading, v.T("review.chart.week"), v.T("review.chart.count"), v.T("review.chart.note"))
	n := map[int64]int{}
	for _, x := range counts {
		if fits(x) {
			n[monday(x.At()).Unix()] += int(x.Uses)
		}
	}
	first := monday(v.Now).AddDate(0, 0, -7*(weeksShown-1))
	var all []int
	for i := range weeksShown {
		all = append(all, n[first.AddDate(0, 0, 7*i).Unix()])
	}
	usual := median(all[:weeksShown-1])
	var points []point
	for i, many := range all {
		_, week := first.AddDate(0, 0, 7*i).ISOWeek()
		p := point{label: v.Number(int64(week)), n: many, odd: unusual(many, usual)}
		points = append(points, p)
		note := page.Cell{}
		if p.odd {
			note.Text = v.T("review.chart.odd", v.Number(int64(usual)))
		}
		c.Grid.Add(page.Cell{Text: v.T("review.chart.week.name", week, v.Date(first.AddDate(0, 0, 7*i)))}, page.Cell{Text: v.Number(int64(many)), End: true}, note)
	}
	v.draw(&c, points)
	return c
}

// leastUnusual is what it takes to be unusual: from one to three is nothing.
const leastUnusual = 5

func unusual(n, usual int) bool { return n >= leastUnusual && n > 2*usual }

func median(all []int) int {
	s := slices.Sorted(slices.Values(all))
	if len(s) == 0 {
		return 0
	}
	return s[len(s)/2]
}

// mostPeople is how many people a chart names: those furthest from their usual.
const mostPeople = 20

// byPerson holds each person's last whole week against their own median.
func (v *visit) byPerson(counts []accesslog.Count) Chart {
	c := Chart{ID: "personer", Heading: v.T("review.chart.personer"), Lead: v.T("review.chart.personer.text")}
	c.Grid = page.NewGrid(c.Heading, v.T("review.column.who"), v.T("review.chart.last"), v.T("review.chart.median"), v.T("review.chart.note"))
	first := monday(v.Now).AddDate(0, 0, -7*(weeksShown-1))
	names, weeks := map[string]string{}, map[string][]int{}
	for _, x := range counts {
		at := int(x.At().Sub(first).Hours() / (7 * 24))
		nobody := x.Person == x.Name // the system itself, and the command line
		if nobody || x.Kind == accesslog.Login || x.Refused || at < 0 || at >= weeksShown-1 {
			continue
		}
		if weeks[x.Person] == nil {
			weeks[x.Person] = make([]int, weeksShown-1)
		}
		names[x.Person] = x.Name
		weeks[x.Person][at] += int(x.Uses)
	}
	type row struct {
		id          string
		last, usual int
	}
	var rows []row
	for _, id := range slices.Sorted(maps.Keys(weeks)) {
		w := weeks[id]
		rows = append(rows, row{id, w[len(w)-1], median(w[:len(w)-1])})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.last-b.usual, a.last-a.usual) })
	var points []point
	for i, r := range rows[:min(len(rows), mostPeople)] {
		odd := unusual(r.last, r.usual)
		points = append(points, point{label: v.Number(int64(i + 1)), n: r.last, odd: odd})
		note := page.Cell{}
		if odd {
			note.Text = v.T("review.chart.odd", v.Number(int64(r.usual)))
		}
		name := page.Cell{Text: v.T("review.chart.person", i+1, names[r.id])}
		if v.May(access.SeeLog, access.Object{}) {
			name.Href = "/tilsyn/log?hvem=" + r.id
		}
		c.Grid.Add(name, page.Cell{Text: v.Number(int64(r.last)), End: true}, page.Cell{Text: v.Number(int64(r.usual)), End: true}, note)
	}
	if len(rows) == 0 {
		c.Grid, c.Empty = nil, v.T("review.chart.empty")
		return c
	}
	v.draw(&c, points)
	return c
}

// byHour shows when in the day people look; begins and stops are the hours of work.
func (v *visit) byHour(counts []accesslog.Count, begins, stops int) Chart {
	c := Chart{ID: "timer", Heading: v.T("review.chart.timer"), Lead: v.T("review.chart.timer.text", begins, stops)}
	c.Grid = page.NewGrid(c.Heading, v.T("review.chart.hour"), v.T("review.chart.looks"), v.T("review.chart.readings"), v.T("review.chart.note"))
	var look, read [24]int
	for _, x := range counts {
		h := x.At().In(page.Zone()).Hour()
		switch {
		case looks(x):
			look[h] += int(x.Uses)
		case readings(x):
			read[h] += int(x.Uses)
		}
	}
	var points []point
	for h := range 24 {
		n := look[h] + read[h]
		p := point{n: n, odd: n > 0 && (h < begins || h >= stops)}
		if h%3 == 0 {
			p.label = v.T("review.chart.clock", h)
		}
		points = append(points, p)
		note := page.Cell{}
		if p.odd {
			note.Text = v.T("review.chart.outside")
		}
		c.Grid.Add(page.Cell{Text: v.T("review.chart.hours", h, h+1)}, page.Cell{Text: v.Number(int64(look[h])), End: true}, page.Cell{Text: v.Number(int64(read[h])), End: true}, note)
	}
	v.draw(&c, points)
	return c
}

// charts are those of unusual use.
func (v *visit) charts(counts []accesslog.Count, begins, stops int) []Chart {
	return []Chart{
		v.weekly("opslag", counts, looks),
		v.weekly("laesninger", counts, readings),
		v.byPerson(counts),
		v.byHour(counts, begins, stops),
		v.weekly("afvist", counts, func(c accesslog.Count) bool { return c.Refused && c.Kind != accesslog.Login }),
	}
}
