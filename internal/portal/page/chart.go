package page

import (
	"vidne.dk/vidne/internal/fds"
)

// FiguresPage is charts, each with its table beside, and sections.
type FiguresPage struct {
	Shell
	Lead     string
	Actions  []fds.Link
	Switch   fds.Tabs // between versions of the figures
	Begin    []Section
	Charts   []Chart
	Sections []Section
}

// NewFigures begins a page of figures.
func (v *Visit) NewFigures(title, lead string, crumbs ...fds.Link) *FiguresPage {
	return &FiguresPage{Shell: v.NewShell("figures", title, crumbs...), Lead: lead}
}

// Chart is a bar chart, drawn on the server, with its table beside it.
type Chart struct {
	ID, Heading, Lead string
	Bars              []Bar
	Lines             []ChartLine
	Width, Height     int
	Grid              *Grid
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

// ChartLine is a line of the scale.
type ChartLine struct {
	Y    int
	Text string
}

// Point is one value of a chart.
type Point struct {
	Label string // beneath the bar; may be empty where there is no room
	N     int
	Odd   bool
}

// Measures of a chart, in the units of its own drawing.
const (
	chartWidth, chartHeight = 720, 260
	chartLeft, chartBottom  = 48, 36
	chartTop                = 12
)

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

// Draw lays out bars.
func (v *Visit) Draw(c *Chart, points []Point) {
	c.Width, c.Height = chartWidth, chartHeight
	most := 1
	for _, p := range points {
		most = max(most, p.N)
	}
	top, room := scale(most), chartHeight-chartBottom-chartTop
	for i := range 5 {
		n := top * i / 4
		c.Lines = append(c.Lines, ChartLine{Y: chartTop + room - room*i/4, Text: v.Number(int64(n))})
	}
	step := (chartWidth - chartLeft) / max(1, len(points))
	for i, p := range points {
		h := room * p.N / top
		if p.N > 0 {
			h = max(h, 2)
		}
		b := Bar{X: chartLeft + i*step + step/8, W: max(1, step*3/4), Y: chartTop + room - h, H: h, Base: chartHeight - chartBottom + 20, Label: p.Label, Number: v.Number(int64(p.N)), Odd: p.Odd}
		b.Mid = b.X + b.W/2
		c.Bars = append(c.Bars, b)
	}
}
