package plan

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Options say how a drawing is shown.
type Options struct {
	ID         string           // begins the ids within, so that a page can hold several; letters
	Background string           // address of the picture; empty: none
	Words      Words            //
	States     map[string]State // of cameras by id
	Links      map[string]string
	Marks      []Mark
	Legend     bool // explanation, scale bar and north arrow beneath
}

// State is how a camera is now: a class for the style sheet and the words.
type State struct{ Class, Text string }

// Words are what stands on a drawing, in the reader's language.
type Words struct {
	Title, About                    string // for whoever cannot see it
	Watched, Ground, Avoided, Walls string
	Camera, North, Metres, NoScale  string // Metres is the unit's sign
	Mark                            string // what a mark is; empty: there are none
}

// SVG draws. Looks are presentation attributes, which a style sheet may
// override by class; there is no style attribute, no script, and nothing is
// fetched but the background.
func SVG(d Drawing, o Options) string {
	p := pen{d: d, o: o, unit: float64(max(d.Width, d.Height, 1)) / 100}
	height := float64(d.Height)
	if o.Legend {
		height += 16 * p.unit
	}
	role := "img"
	if len(o.Links) > 0 {
		role = "group" // a picture holds nothing that can be reached
	}
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" class="plan" viewBox="0 0 %d %s" role="%s" aria-labelledby="%st %sd" font-family="IBM Plex Sans, Arial, sans-serif" font-size="%s">`,
		d.Width, num(height), role, o.ID, o.ID, num(1.6*p.unit))
	p.put(`<title id="%st">%s</title><desc id="%sd">%s</desc>`, o.ID, text(o.Words.Title), o.ID, text(o.Words.About))
	p.put(`<defs><pattern id="%[1]sh" width="%[2]s" height="%[2]s" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="%[2]s" stroke="#a3211d" stroke-width="%[3]s"/></pattern><clipPath id="%[1]sc"><rect width="%[4]d" height="%[5]d"/></clipPath></defs>`,
		o.ID, num(1.2*p.unit), num(0.25*p.unit), d.Width, d.Height)
	p.put(`<rect class="plan-paper" width="%d" height="%s" fill="#ffffff"/>`, d.Width, num(height))
	if o.Background != "" {
		p.put(`<image class="plan-picture" href="%s" width="%d" height="%d" preserveAspectRatio="none"/>`, text(o.Background), d.Width, d.Height)
	}
	for _, use := range []Use{Ground, Watched, Avoided} {
		for _, a := range d.Areas {
			if a.Use == use {
				p.area(a)
			}
		}
	}
	p.put(`<g clip-path="url(#%sc)">`, o.ID) // nothing is known of what lies beside the paper
	for i, c := range d.Cameras {
		p.view(c, i+1)
	}
	p.put(`</g>`)
	for _, a := range d.Areas {
		p.name(a)
	}
	for i, c := range d.Cameras {
		p.camera(c, i+1)
	}
	for _, m := range o.Marks {
		p.mark(m)
	}
	if o.Legend {
		p.legend()
	}
	p.put(`</svg>`)
	return p.b.String()
}

type pen struct {
	b    strings.Builder
	d    Drawing
	o    Options
	unit float64 // a hundredth of the longer side, px
}

func (p *pen) put(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func text(s string) string { return html.EscapeString(s) }

// num is a length with at most two decimals.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func points(list []Point) string {
	var s []string
	for _, x := range list {
		s = append(s, num(x.X)+","+num(x.Y))
	}
	return strings.Join(s, " ")
}

// looks are the presentation attributes of an area's use.
func (p *pen) looks(use Use, walled bool) string {
	width := 0.25
	if walled {
		width = 0.6
	}
	w := ` stroke-width="` + num(width*p.unit) + `"`
	dash := func(parts ...float64) string {
		if walled {
			return ""
		}
		var s []string
		for _, x := range parts {
			s = append(s, num(x*p.unit))
		}
		return ` stroke-dasharray="` + strings.Join(s, " ") + `"`
	}
	switch use {
	case Ground:
		return `fill="none" stroke="#1a1a1a"` + w + dash(2, 0.6, 0.4, 0.6)
	case Avoided:
		return `fill="url(#` + p.o.ID + `h)" stroke="#a3211d"` + w
	}
	return `fill="#2e8b3d" fill-opacity="0.1" stroke="#1d6b2f"` + w + dash(1, 0.6)
}

func (p *pen) area(a Area) {
	p.put(`<polygon class="plan-area plan-%s" points="%s" %s/>`, a.Use, points(a.Corners), p.looks(a.Use, a.Walled))
}

// name writes an area's name in its middle, or at a corner where the middle is
// not its own; the property's stands in its corner, out of the way.
func (p *pen) name(a Area) {
	if a.Name == "" {
		return
	}
	colour := map[Use]string{Ground: "#1a1a1a", Watched: "#154d22", Avoided: "#8a1713"}[a.Use]
	if m := middle(a.Corners); a.Use != Ground && inside(m, a.Corners) {
		p.label(Point{m.X, m.Y + 0.6*p.unit}, a.Name, colour, "middle")
		return
	}
	at := corner(a.Corners)
	p.label(Point{at.X + 0.6*p.unit, at.Y + 2*p.unit}, a.Name, colour, "start")
}

// middle is the mean of the corners.
func middle(list []Point) Point {
	var m Point
	for _, x := range list {
		m.X, m.Y = m.X+x.X/float64(len(list)), m.Y+x.Y/float64(len(list))
	}
	return m
}

// corner is the corner that a name stands best at: the one furthest up and left.
func corner(list []Point) Point {
	best := list[0]
	for _, x := range list {
		if x.X+x.Y < best.X+best.Y {
			best = x
		}
	}
	return best
}

func (p *pen) label(at Point, words, colour, anchor string) {
	p.put(`<text x="%s" y="%s" fill="%s" text-anchor="%s" stroke="#ffffff" stroke-width="%s" paint-order="stroke" stroke-linejoin="round">%s</text>`,
		num(at.X), num(at.Y), colour, anchor, num(0.5*p.unit), text(words))
}

func (p *pen) view(c Placed, n int) {
	p.put(`<polygon class="plan-view" data-camera="%s" points="%s" fill="#1a6fb0" fill-opacity="0.2" stroke="#0b4a7d" stroke-width="%s"><title>%d: %s</title></polygon>`,
		c.Camera, points(p.d.Cone(c).Polygon()), num(0.2*p.unit), n, text(c.Name))
}

func (p *pen) camera(c Placed, n int) {
	r := 1.3 * p.unit
	state := p.o.States[c.Camera]
	href := p.o.Links[c.Camera]
	if href != "" {
		p.put(`<a href="%s">`, text(href))
	}
	p.put(`<g class="plan-camera %s">`, text(state.Class))
	u := toward(c.Direction)
	left, right := toward(c.Direction-38), toward(c.Direction+38)
	p.put(`<polygon points="%s" fill="#0b2b47"/>`, points([]Point{
		{c.At.X + 1.9*r*u.X, c.At.Y + 1.9*r*u.Y}, {c.At.X + r*right.X, c.At.Y + r*right.Y}, {c.At.X + r*left.X, c.At.Y + r*left.Y}}))
	p.put(`<circle class="plan-dot" cx="%s" cy="%s" r="%s" fill="#0b2b47" stroke="#ffffff" stroke-width="%s"/>`, num(c.At.X), num(c.At.Y), num(r), num(0.2*p.unit))
	p.put(`<text x="%s" y="%s" fill="#ffffff" font-weight="600" text-anchor="middle">%d</text>`, num(c.At.X), num(c.At.Y+0.55*p.unit), n)
	words := c.Name
	if state.Text != "" {
		words += " · " + state.Text
	}
	// The name stands where the camera does not look, and on the paper.
	y := c.At.Y + 3.2*p.unit
	if u.Y > 0.3 || y > float64(p.d.Height) {
		y = c.At.Y - 2*p.unit
	}
	anchor, x := "middle", c.At.X
	if room := 0.45 * 1.6 * p.unit * float64(len([]rune(words))); x < room {
		anchor, x = "start", max(c.At.X-r, 0)
	} else if float64(p.d.Width)-x < room {
		anchor, x = "end", min(c.At.X+r, float64(p.d.Width))
	}
	p.label(Point{x, max(y, 1.6*p.unit)}, words, "#0b2b47", anchor)
	p.put(`</g>`)
	if href != "" {
		p.put(`</a>`)
	}
}

// Bar is a round length for a scale bar of at most room px: metres, and how
// many px they are.
func (d Drawing) Bar(room float64) (metres, px float64) {
	most := room * d.Scale()
	if !(most > 0) {
		return 0, 0
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, f := range []float64{5, 2} {
		if f*step <= most {
			step *= f
			break
		}
	}
	return step, step / d.Scale()
}

// legend explains what is drawn, in two rows beneath the drawing, with scale
// bar and north arrow at the right.
func (p *pen) legend() {
	w, u := float64(p.d.Width), p.unit
	top := float64(p.d.Height)
	p.put(`<g class="plan-legend"><line x1="0" y1="%[1]s" x2="%[2]s" y2="%[1]s" stroke="#1a1a1a" stroke-width="%[3]s"/>`, num(top), num(w), num(0.2*u))
	column := w * 0.36
	row := func(i int) (x, y float64) { return 2*u + column*float64(i/3), top + 3*u + 4*u*float64(i%3) }
	box := func(i int, attrs, words string) {
		x, y := row(i)
		p.put(`<rect x="%s" y="%s" width="%s" height="%s" %s/>`, num(x), num(y-1.4*u), num(4*u), num(2.4*u), attrs)
		p.put(`<text x="%s" y="%s" fill="#1a1a1a">%s</text>`, num(x+5*u), num(y+0.4*u), text(words))
	}
	x, y := row(0)
	p.put(`<circle cx="%s" cy="%s" r="%s" fill="#0b2b47"/>`, num(x+1*u), num(y-0.2*u), num(0.9*u))
	p.put(`<polygon points="%s" fill="#1a6fb0" fill-opacity="0.2" stroke="#0b4a7d" stroke-width="%s"/>`,
		points([]Point{{x + u, y - 0.2*u}, {x + 4*u, y - 1.4*u}, {x + 4*u, y + u}}), num(0.2*u))
	p.put(`<text x="%s" y="%s" fill="#1a1a1a">%s</text>`, num(x+5*u), num(y+0.4*u), text(p.o.Words.Camera))
	box(1, p.looks(Watched, false), p.o.Words.Watched)
	box(2, p.looks(Ground, false), p.o.Words.Ground)
	box(3, p.looks(Avoided, false), p.o.Words.Avoided)
	box(4, `fill="none" stroke="#1a1a1a" stroke-width="`+num(0.6*u)+`"`, p.o.Words.Walls)
	if len(p.o.Marks) > 0 {
		box(5, `fill="#1a1a1a" rx="`+num(0.4*u)+`"`, p.o.Words.Mark)
	}

	metres, length := p.d.Bar(w * 0.16)
	x, y = w-2*u-length, top+11.4*u
	if p.d.MetresPerPixel > 0 {
		p.put(`<path d="M%s %sv%sh%sv%s" fill="none" stroke="#1a1a1a" stroke-width="%s"/>`, num(x), num(y-u), num(u), num(length), num(-u), num(0.3*u))
		p.put(`<text x="%s" y="%s" fill="#1a1a1a" text-anchor="middle">%s %s</text>`, num(x+length/2), num(y+2*u), num(metres), text(p.o.Words.Metres))
	} else {
		p.put(`<text x="%s" y="%s" fill="#8a1713" text-anchor="end">%s</text>`, num(w-2*u), num(y+2*u), text(p.o.Words.NoScale))
	}
	p.put(`<g transform="translate(%s %s)"><g transform="rotate(%s)"><path d="M0 %sL%s %sL0 %sL%s %sZ" fill="#1a1a1a"/></g><text y="%s" x="%s" fill="#1a1a1a" font-weight="600" text-anchor="end">%s</text></g>`,
		num(w-5*u), num(top+5*u), num(p.d.North), num(-3*u), num(1.4*u), num(2.4*u), num(1.4*u), num(-1.4*u), num(2.4*u), num(0.6*u), num(-4*u), text(p.o.Words.North))
	p.put(`</g>`)
}

// Frame draws a camera's own picture, 16 by 9, with the areas of it that
// nobody may see. picture is its address, empty for none; alt says what it is.
func Frame(masks [][]Spot, picture, alt string) string {
	p := pen{unit: 1}
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" class="plan plan-frame" viewBox="0 0 160 90" role="img" aria-label="%s"><rect width="160" height="90" fill="#e3e6e9"/>`, text(alt))
	if picture != "" {
		p.put(`<image href="%s" width="160" height="90" preserveAspectRatio="none"/>`, text(picture))
	}
	for _, m := range masks {
		var list []Point
		for _, s := range m {
			list = append(list, Point{float64(s.X) * 160 / Grid, float64(s.Y) * 90 / Grid})
		}
		p.put(`<polygon class="plan-mask" points="%s" fill="#1a1a1a" fill-opacity="0.75" stroke="#ffffff" stroke-width="0.6"/>`, points(list))
	}
	p.put(`</svg>`)
	return p.b.String()
}
