package cameras

import (
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
)

// Bar is one rectangle of a drawing, in the drawing's own units.
type Bar struct {
	X, Width float64
	Class    string
	Title    string
}

// Mark is a label beneath a drawing; At is its place in hundredths of the
// width, for which the style sheet has a class.
type Mark struct {
	At   int
	Text string
}

// weekDrawing is the hours of this week: a row a day, 24 units wide.
type weekDrawing struct {
	Title string
	Rows  []weekRow
}

type weekRow struct {
	Name  string
	Text  string // the same in words
	Bars  []Bar
	Grid  []int // every sixth hour
	Today bool
	Now   float64
}

// week draws the hours of the week that now is in, with its closing days.
func (v *visit) week(h permit.Hours) weekDrawing {
	now := v.Now.In(page.Zone())
	monday := time.Date(now.Year(), now.Month(), now.Day()-(int(now.Weekday())+6)%7, 0, 0, 0, 0, page.Zone())
	d := weekDrawing{Title: v.T("week.title")}
	for i, name := range v.Weekdays() {
		from, to := monday.AddDate(0, 0, i), monday.AddDate(0, 0, i+1)
		row := weekRow{Name: name, Grid: []int{6, 12, 18}, Today: now.YearDay() == from.YearDay()}
		wall := func(t time.Time) float64 {
			if !t.Before(to) {
				return 24
			}
			l := t.In(page.Zone())
			return float64(l.Hour()) + float64(l.Minute())/60
		}
		for _, iv := range h.Intervals(from, to) {
			a, b := wall(iv.From), wall(iv.To)
			row.Bars = append(row.Bars, Bar{X: a, Width: max(b-a, 0), Class: "on"})
			if row.Text != "" {
				row.Text += ", "
			}
			end := v.Clock(iv.To)
			if b == 24 {
				end = "24" + v.Clock(to)[2:]
			}
			row.Text += v.Clock(iv.From) + "–" + end
		}
		if row.Text == "" {
			row.Text = v.T("week.nothing")
		}
		if row.Today {
			row.Now = wall(now)
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// lastMark is the last place of a clock time under the drawing, in percent of
// its width: what stands further right would reach out of it.
const lastMark = 92

// dayDrawing is the last 24 hours, 1,440 units wide.
type dayDrawing struct {
	Bars     []Bar
	Marks    []Mark
	Summary  string
	Expected string
	Recorded string
	Percent  string
	Short    bool
}

// gapRow is a stretch in which the camera should have recorded and did not.
type gapRow struct{ From, To, Span, Why string }

// longestGapList is how many gaps a page lists; the rest is in the timeline.
const longestGapList = 12

func (v *visit) dayPart(c engineapi.Coverage) (dayDrawing, []gapRow) {
	var d dayDrawing
	if c.To.IsZero() {
		return d, nil
	}
	minutes := func(t time.Time) float64 { return t.Sub(c.From).Minutes() }
	var gaps []gapRow
	for _, s := range c.Stretches {
		kind := s.Kind
		if s.Cause == engineapi.CauseStopped {
			kind = "stopped"
		}
		b := Bar{X: minutes(s.From), Width: max(minutes(s.To)-minutes(s.From), 0.5), Class: kind}
		b.Title = v.Clock(s.From) + "–" + v.Clock(s.To) + ": " + state.StretchWords(v.Words, s)
		d.Bars = append(d.Bars, b)
		if s.Kind == "gap" {
			gaps = append(gaps, gapRow{v.ClockSeconds(s.From), v.ClockSeconds(s.To), v.Span(s.To.Sub(s.From)), state.StretchWords(v.Words, s)})
		}
	}
	for t := c.From.Truncate(time.Hour).Add(time.Hour); t.Before(c.To); t = t.Add(time.Hour) {
		at := int(minutes(t) * 100 / c.To.Sub(c.From).Minutes())
		if t.In(page.Zone()).Hour()%4 == 0 && at <= lastMark {
			d.Marks = append(d.Marks, Mark{at, v.Clock(t)})
		}
	}
	d.Expected, d.Recorded = v.Span(time.Duration(c.Expected)*time.Second), v.Span(time.Duration(c.Recorded)*time.Second)
	d.Percent = v.Percent(c.Recorded, c.Expected)
	d.Short = c.Recorded < c.Expected*995/1000
	d.Summary = v.T("day.summary", d.Expected, d.Recorded, d.Percent)
	if c.Expected == 0 {
		d.Summary = v.T("day.none")
	}
	if n := len(gaps); n > longestGapList {
		gaps = gaps[n-longestGapList:]
	}
	return d, gaps
}
