package plans

import (
	"html/template"
	"math"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/plan"
)

// num writes a length or an angle with at most two decimals, as a field holds it.
func (v *visit) num(f float64) string {
	s := strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
	if v.Lang == "da" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// readNum reads a number as people type it: comma or point.
func readNum(s string) (float64, bool) {
	s = strings.Replace(strings.Replace(strings.TrimSpace(s), "−", "-", 1), ",", ".", 1)
	if s == "" || strings.Trim(s, "0123456789.-+") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func (v *visit) share(f float64) string {
	return v.T("plan.percent", max(1, int(math.Round(f*100))))
}

// words are what stands on a drawing.
func (v *visit) words(d plan.Drawing) plan.Words {
	title := d.Title
	if title == "" {
		title = v.T("plan.untitled")
	}
	return plan.Words{
		Title:   v.T("plan.svg.title", title),
		About:   v.T("plan.svg.about", v.N("plan.cameras", int64(len(d.Cameras))), v.N("plan.areas", int64(len(d.Areas)))),
		Watched: v.T("plan.use.watched"), Ground: v.T("plan.use.ground"), Avoided: v.T("plan.use.avoided"), Walls: v.T("plan.legend.walls"),
		Camera: v.T("plan.legend.camera"), North: v.T("plan.legend.north"), Metres: v.T("plan.metres"), NoScale: v.T("plan.legend.noscale"), Mark: v.T("plan.legend.sign"),
	}
}

// svg draws. The string is made of numbers and escaped texts alone.
func (v *visit) svg(d plan.Drawing, o plan.Options) template.HTML {
	o.Words = v.words(d)
	return template.HTML(plan.SVG(d, o)) //nolint:gosec // internal/plan escapes every text, and is fuzzed for it
}

// finding is one thing to mend or explain, with where to find it.
type finding struct {
	Text, Href string
	Grave      bool
}

// findings says in words what is wrong or must be explained.
func (v *visit) findings(d plan.Drawing) []finding {
	out := []finding{}
	for _, f := range d.Check() {
		href, name, area := "", "", ""
		if a, ok := d.Area(f.Area); ok {
			href, area = "#o-"+a.ID+"-navn", a.Name
		}
		if c, ok := d.Camera(f.Camera); ok {
			href, name = "#k-"+c.Camera+"-x", c.Name
		}
		if area == "" {
			area = v.T("plan.nameless")
		}
		if f.Key == plan.NoScale {
			href = "#bredde"
		}
		out = append(out, finding{v.T("plan.finding."+f.Key, name, area, v.share(f.Share)), href, f.Grave})
	}
	return out
}

// overview is a row of the table beside the drawing.
type overview struct {
	N                                                  int
	Name, X, Y, Direction, Angle, Range, Height, Masks string
	Areas                                              []string
	Outside, Text                                      string
}

// overview tells each camera's place and view in numbers and words.
func (v *visit) overview(d plan.Drawing) []overview {
	var out []overview
	s := d.Scale()
	for i, c := range d.Cameras {
		r := overview{N: i + 1, Name: c.Name, X: v.T("plan.m", v.num(c.At.X*s)), Y: v.T("plan.m", v.num(c.At.Y*s)),
			Direction: v.T("plan.degrees", v.num(c.Direction)), Angle: v.T("plan.degrees", v.num(c.Angle)), Range: v.T("plan.m", v.num(c.Range)), Height: "–", Masks: "–"}
		if c.Height > 0 {
			r.Height = v.T("plan.m", v.num(c.Height))
		}
		if len(c.Masks) > 0 {
			r.Masks = v.N("plan.masks", int64(len(c.Masks)))
		}
		for _, f := range d.Seen(c) {
			if f.Key == string(plan.Ground) || f.Share < plan.Tolerance/2 {
				continue
			}
			a, _ := d.Area(f.Area)
			name := a.Name
			if name == "" {
				name = v.T("plan.nameless")
			}
			r.Areas = append(r.Areas, v.T("plan.sees."+f.Key, name, v.share(f.Share)))
		}
		if out := v.outside(d, c); out > plan.Tolerance {
			r.Outside = v.T("plan.sees.outside", v.share(out))
		}
		out = append(out, r)
	}
	return out
}

func (v *visit) outside(d plan.Drawing, c plan.Placed) float64 {
	var watched [][]plan.Point
	for _, a := range d.Areas {
		if a.Use == plan.Watched {
			watched = append(watched, a.Corners)
		}
	}
	return 1 - d.Cone(c).Share(watched...)
}
