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
func (v *visit) weekly(id string, counts []accesslog.Count, fits func(accesslog.Count) bool) page.Chart {
	c := page.Chart{ID: id, Heading: v.T("review.chart." + id), Lead: v.T("review.chart." + id + ".text")}
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
	var points []page.Point
	for i, many := range all {
		_, week := first.AddDate(0, 0, 7*i).ISOWeek()
		p := page.Point{Label: v.Number(int64(week)), N: many, Odd: unusual(many, usual)}
		points = append(points, p)
		note := page.Cell{}
		if p.Odd {
			note.Text = v.T("review.chart.odd", v.Number(int64(usual)))
		}
		c.Grid.Add(page.Cell{Text: v.T("review.chart.week.name", week, v.Date(first.AddDate(0, 0, 7*i)))}, page.Cell{Text: v.Number(int64(many)), End: true}, note)
	}
	v.Draw(&c, points)
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
func (v *visit) byPerson(counts []accesslog.Count) page.Chart {
	c := page.Chart{ID: "personer", Heading: v.T("review.chart.personer"), Lead: v.T("review.chart.personer.text")}
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
	var points []page.Point
	for i, r := range rows[:min(len(rows), mostPeople)] {
		odd := unusual(r.last, r.usual)
		points = append(points, page.Point{Label: v.Number(int64(i + 1)), N: r.last, Odd: odd})
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
	v.Draw(&c, points)
	return c
}

// byHour shows when in the day people look; begins and stops are the hours of work.
func (v *visit) byHour(counts []accesslog.Count, begins, stops int) page.Chart {
	c := page.Chart{ID: "timer", Heading: v.T("review.chart.timer"), Lead: v.T("review.chart.timer.text", begins, stops)}
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
	var points []page.Point
	for h := range 24 {
		n := look[h] + read[h]
		p := page.Point{N: n, Odd: n > 0 && (h < begins || h >= stops)}
		if h%3 == 0 {
			p.Label = v.T("review.chart.clock", h)
		}
		points = append(points, p)
		note := page.Cell{}
		if p.Odd {
			note.Text = v.T("review.chart.outside")
		}
		c.Grid.Add(page.Cell{Text: v.T("review.chart.hours", h, h+1)}, page.Cell{Text: v.Number(int64(look[h])), End: true}, page.Cell{Text: v.Number(int64(read[h])), End: true}, note)
	}
	v.Draw(&c, points)
	return c
}

// charts are those of unusual use.
func (v *visit) charts(counts []accesslog.Count, begins, stops int) []page.Chart {
	return []page.Chart{
		v.weekly("opslag", counts, looks),
		v.weekly("laesninger", counts, readings),
		v.byPerson(counts),
		v.byHour(counts, begins, stops),
		v.weekly("afvist", counts, func(c accesslog.Count) bool { return c.Refused && c.Kind != accesslog.Login }),
	}
}
