package plans

import (
	"math"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/plan"
)

// cameraForm is one camera's part of the form.
type cameraForm struct {
	ID, Name, Place                              string
	N                                            int // its number on the drawing; 0: it is not on it
	On                                           fds.Choices
	X, Y, Direction, Angle, Range, Height, Masks fds.Field
}

// areaForm is one area's part of the form. ID "ny" is the one that is not yet.
type areaForm struct {
	ID, Label                string
	Name, Use, Kind, Corners fds.Field
	Options                  fds.Choices
}

// drawingForm is the whole form: everything that can be drawn, as numbers.
type drawingForm struct {
	Title, Cadastre, Width, North fds.Field
	Cameras                       []cameraForm
	Areas                         []areaForm
	New                           areaForm
	Errors                        *fds.ErrorSummary
	v                             *visit
}

const newArea = "ny"

// form is the form of a drawing. Cameras on it come first, in its order, then
// those of the case that are not on it yet.
func (v *visit) form(c Case, d plan.Drawing) *drawingForm {
	s := d.Scale()
	f := &drawingForm{v: v}
	f.Title = v.field("titel", "plan.field.title", d.Title, 100)
	f.Cadastre = v.field("matrikel", "plan.field.cadastre", d.Cadastre, 100)
	f.Cadastre.Optional = true
	f.Width = v.decimal("bredde", "plan.field.width", "")
	f.Width.Optional = true
	if d.MetresPerPixel > 0 {
		f.Width.Value = v.num(d.MetresPerPixel * float64(d.Width))
	}
	f.North = v.decimal("nord", "plan.field.north", v.num(d.North))
	for i, p := range d.Cameras {
		f.Cameras = append(f.Cameras, v.cameraForm(Camera{p.Camera, p.Name, place(c, p.Camera)}, i+1, p, s))
	}
	for _, k := range c.Cameras {
		if _, on := d.Camera(k.ID); !on {
			middle := plan.Point{X: float64(d.Width) / 2, Y: float64(d.Height) / 2}
			f.Cameras = append(f.Cameras, v.cameraForm(k, 0, plan.Placed{Camera: k.ID, Name: k.Name, At: middle, Angle: 90, Range: 10}, s))
		}
	}
	for _, a := range d.Areas {
		f.Areas = append(f.Areas, v.areaForm(a, s))
	}
	f.New = v.areaForm(plan.Area{ID: newArea, Use: plan.Watched}, s)
	f.New.Label = v.T("plan.area.new")
	return f
}

func place(c Case, camera string) string {
	for _, k := range c.Cameras {
		if k.ID == camera {
			return k.Place
		}
	}
	return ""
}

func (v *visit) field(name, key, value string, longest int) fds.Field {
	return v.Field(fds.Field{ID: name, Name: name, Type: "text", Value: value, MaxLength: longest, Spellcheck: true}, key)
}

func (v *visit) decimal(name, key, value string) fds.Field {
	return v.Field(fds.Field{ID: name, Name: name, Type: "text", Value: value, MaxLength: 12, Width: "tiny"}, key)
}

func (v *visit) cameraForm(c Camera, n int, p plan.Placed, scale float64) cameraForm {
	id := "k-" + c.ID + "-"
	f := cameraForm{ID: c.ID, Name: c.Name, Place: c.Place, N: n}
	f.On = fds.Choices{ID: id + "med", Name: id + "med", Legend: v.T("plan.field.on.legend"), Many: true, Items: []fds.Choice{{Value: "ja", Text: v.T("plan.field.on"), On: n > 0}}}
	f.X = v.decimal(id+"x", "plan.field.x", v.num(p.At.X*scale))
	f.Y = v.decimal(id+"y", "plan.field.y", v.num(p.At.Y*scale))
	f.Direction = v.decimal(id+"retning", "plan.field.direction", v.num(p.Direction))
	f.Angle = v.decimal(id+"vinkel", "plan.field.angle", v.num(p.Angle))
	f.Range = v.decimal(id+"raekkevidde", "plan.field.range", v.num(p.Range))
	f.Height = v.decimal(id+"hoejde", "plan.field.height", v.num(p.Height))
	var masks []string
	for _, m := range p.Masks {
		masks = append(masks, v.pairs(spots(m), 100.0/plan.Grid))
	}
	f.Masks = v.Field(fds.Field{ID: id + "masker", Name: id + "masker", Type: "area", Rows: 2, Optional: true, MaxLength: 20_000, Value: strings.Join(masks, "\n")}, "plan.field.masks")
	return f
}

func (v *visit) areaForm(a plan.Area, scale float64) areaForm {
	id := "o-" + a.ID + "-"
	f := areaForm{ID: a.ID, Label: a.Name}
	if f.Label == "" {
		f.Label = v.T("plan.nameless")
	}
	f.Name = v.field(id+"navn", "plan.field.area.name", a.Name, 60)
	f.Use = v.Field(fds.Field{ID: id + "brug", Name: id + "brug", Type: "select"}, "plan.field.area.use")
	for _, u := range []plan.Use{plan.Watched, plan.Ground, plan.Avoided} {
		f.Use.Choices = append(f.Use.Choices, fds.Choice{Value: string(u), Text: v.T("plan.use." + string(u)), On: a.Use == u})
	}
	f.Kind = v.Field(fds.Field{ID: id + "art", Name: id + "art", Type: "select", Choices: []fds.Choice{{Text: v.T("plan.field.area.kind.none")}}}, "plan.field.area.kind")
	for _, k := range v.kinds() {
		k.On = k.Value == a.Kind
		f.Kind.Choices = append(f.Kind.Choices, k)
	}
	f.Options = fds.Choices{ID: id + "valg", Name: id + "valg", Legend: v.T("plan.field.area.options"), Many: true, Items: []fds.Choice{
		{Value: "mure", Text: v.T("plan.field.area.walled"), Hint: v.T("plan.field.area.walled.hint"), On: a.Walled}}}
	if a.ID != newArea {
		f.Options.Items = append(f.Options.Items, fds.Choice{Value: "slet", Text: v.T("plan.field.area.remove")})
	}
	f.Corners = v.Field(fds.Field{ID: id + "hjoerner", Name: id + "hjoerner", Type: "area", Rows: 3, MaxLength: 30_000, Value: v.pairs(a.Corners, scale), Optional: a.ID == newArea}, "plan.field.area.corners")
	return f
}

// kinds are the kinds of place, as law names them today.
func (v *visit) kinds() []fds.Choice {
	var out []fds.Choice
	for _, k := range v.s.Law.At(v.Now).Places() {
		out = append(out, fds.Choice{Value: k.ID, Text: k.Name.In(string(v.Lang))})
	}
	return out
}

// pairs writes points as "x;y x;y", each number by a factor.
func (v *visit) pairs(list []plan.Point, by float64) string {
	var out []string
	for _, p := range list {
		out = append(out, v.num(p.X*by)+";"+v.num(p.Y*by))
	}
	return strings.Join(out, " ")
}

func spots(m []plan.Spot) []plan.Point {
	var out []plan.Point
	for _, s := range m {
		out = append(out, plan.Point{X: float64(s.X), Y: float64(s.Y)})
	}
	return out
}

func readPairs(s string) ([]plan.Point, bool) {
	var out []plan.Point
	for _, pair := range strings.Fields(s) {
		a, b, ok := strings.Cut(pair, ";")
		x, okx := readNum(a)
		y, oky := readNum(b)
		if !ok || !okx || !oky {
			return nil, false
		}
		out = append(out, plan.Point{X: x, Y: y})
	}
	return out, true
}

// fields lists every field, for what concerns all.
func (f *drawingForm) fields() []*fds.Field {
	out := []*fds.Field{&f.Title, &f.Cadastre, &f.Width, &f.North}
	for i := range f.Cameras {
		c := &f.Cameras[i]
		out = append(out, &c.X, &c.Y, &c.Direction, &c.Angle, &c.Range, &c.Height, &c.Masks)
	}
	for i := range f.Areas {
		out = append(out, f.Areas[i].fields()...)
	}
	return append(out, f.New.fields()...)
}

func (a *areaForm) fields() []*fds.Field { return []*fds.Field{&a.Name, &a.Use, &a.Kind, &a.Corners} }

// fill puts in what was typed. What a field held before is in was.
func (f *drawingForm) fill(in url.Values) (was map[string]string) {
	was = map[string]string{}
	for _, x := range f.fields() {
		was[x.Name] = x.Value
		if _, sent := in[x.Name]; !sent {
			continue // a row that somebody else added since
		}
		if x.Type == "select" {
			for i := range x.Choices {
				x.Choices[i].On = x.Choices[i].Value == in.Get(x.Name)
			}
		}
		x.Value = strings.TrimSpace(in.Get(x.Name))
	}
	tick := func(g *fds.Choices) {
		for i := range g.Items {
			g.Items[i].On = false
			for _, val := range in[g.Name] {
				g.Items[i].On = g.Items[i].On || g.Items[i].Value == val
			}
		}
	}
	for i := range f.Cameras {
		if c := &f.Cameras[i]; in.Has(c.X.Name) {
			tick(&c.On)
		}
	}
	for i := range f.Areas {
		if a := &f.Areas[i]; in.Has(a.Name.Name) {
			tick(&a.Options)
		}
	}
	tick(&f.New.Options)
	return was
}

// read makes the drawing of what was typed. A number that nobody touched keeps
// the exact value behind it. Errors stand at their fields.
func (f *drawingForm) read(base plan.Drawing, was map[string]string) plan.Drawing {
	d := base
	d.Title, d.Cadastre = f.Title.Value, f.Cadastre.Value
	if d.Title == "" {
		f.Title.Error = f.v.T("plan.error.title")
	}
	scale := base.Scale() // what is typed beside a new scale is in the old one
	switch w, ok := readNum(f.Width.Value); {
	case f.Width.Value == was[f.Width.Name]:
	case f.Width.Value == "":
		d.MetresPerPixel = 0
	case !ok || w < 1 || w > 20_000:
		f.Width.Error = f.v.T("plan.error.width")
	default:
		d.MetresPerPixel = w / float64(d.Width)
	}
	f.number(&f.North, was, 0, 360, &d.North)
	d.North = plan.Turn(d.North)
	d.Cameras = nil
	for i := range f.Cameras {
		if c := &f.Cameras[i]; c.On.Items[0].On {
			d.Cameras = append(d.Cameras, f.camera(c, base, was, scale))
		}
	}
	d.Areas = nil
	for i := range f.Areas {
		a := &f.Areas[i]
		if on(a.Options, "slet") {
			continue
		}
		old, _ := base.Area(a.ID)
		d.Areas = append(d.Areas, f.area(a, old, base, was, scale))
	}
	if f.New.Name.Value != "" || f.New.Corners.Value != "" {
		d.Areas = append(d.Areas, f.area(&f.New, plan.Area{ID: freeID(d)}, base, was, scale))
	}
	f.Errors = f.summary()
	return d
}

func on(g fds.Choices, value string) bool {
	for _, i := range g.Items {
		if i.Value == value {
			return i.On
		}
	}
	return false
}

// number reads a field into to, unless nobody touched it.
func (f *drawingForm) number(x *fds.Field, was map[string]string, least, most float64, to *float64) bool {
	if x.Value == was[x.Name] && x.Value != "" {
		return false
	}
	n, ok := readNum(x.Value)
	if !ok || n < least || n > most {
		x.Error = f.v.T("plan.error.number", x.Label, f.v.num(least), f.v.num(most))
		return false
	}
	*to = n
	return true
}

func (f *drawingForm) camera(c *cameraForm, base plan.Drawing, was map[string]string, scale float64) plan.Placed {
	p, had := base.Camera(c.ID)
	if !had {
		p = plan.Placed{Camera: c.ID, At: plan.Point{X: float64(base.Width) / 2, Y: float64(base.Height) / 2}, Angle: 90, Range: 10}
	}
	p.Name = c.Name
	w, h := float64(base.Width), float64(base.Height)
	var x, y float64
	if f.number(&c.X, was, 0, w*scale, &x) {
		p.At.X = min(x/scale, w)
	}
	if f.number(&c.Y, was, 0, h*scale, &y) {
		p.At.Y = min(y/scale, h)
	}
	if f.number(&c.Direction, was, -360, 360, &p.Direction) {
		p.Direction = plan.Turn(p.Direction)
	}
	f.number(&c.Angle, was, 1, 360, &p.Angle)
	f.number(&c.Range, was, 0.1, plan.MaxRange, &p.Range)
	f.number(&c.Height, was, 0, plan.MaxHeight, &p.Height)
	if c.Masks.Value != was[c.Masks.Name] {
		p.Masks = f.masks(&c.Masks)
	}
	return p
}

func (f *drawingForm) masks(x *fds.Field) [][]plan.Spot {
	out := [][]plan.Spot{}
	for _, line := range strings.Split(x.Value, "\n") {
		list, ok := readPairs(line)
		if len(list) == 0 && ok {
			continue
		}
		var m []plan.Spot
		for _, p := range list {
			ok = ok && p.X >= 0 && p.X <= 100 && p.Y >= 0 && p.Y <= 100
			m = append(m, plan.Spot{X: int(math.Round(p.X * plan.Grid / 100)), Y: int(math.Round(p.Y * plan.Grid / 100))})
		}
		if !ok || len(m) < 3 || len(m) > plan.MaxSpots || len(out) >= plan.MaxMasks {
			x.Error = f.v.T("plan.error.masks")
			return nil
		}
		out = append(out, m)
	}
	return out
}

func (f *drawingForm) area(a *areaForm, old plan.Area, base plan.Drawing, was map[string]string, scale float64) plan.Area {
	n := old
	n.Name, n.Walled = a.Name.Value, on(a.Options, "mure")
	n.Use, n.Kind = plan.Use(a.Use.Value), a.Kind.Value
	if a.Name.Value == "" {
		a.Name.Error = f.v.T("plan.error.area.name")
	}
	if a.Corners.Value == was[a.Corners.Name] && a.Corners.Value != "" {
		return n
	}
	list, ok := readPairs(a.Corners.Value)
	w, h := float64(base.Width), float64(base.Height)
	n.Corners = nil
	for _, p := range list {
		q := plan.Point{X: p.X / scale, Y: p.Y / scale}
		// A corner on the paper's edge is rounded in the field.
		ok = ok && q.X >= 0 && q.Y >= 0 && q.X <= w+0.01/scale && q.Y <= h+0.01/scale
		n.Corners = append(n.Corners, plan.Point{X: min(q.X, w), Y: min(q.Y, h)})
	}
	if !ok || len(list) < 3 {
		a.Corners.Error = f.v.T("plan.error.corners", f.v.num(w*scale), f.v.num(h*scale))
	}
	return n
}

func freeID(d plan.Drawing) string {
	for n := 1; ; n++ {
		id := "omraade-" + itoa(n)
		if _, had := d.Area(id); !had {
			return id
		}
	}
}

func (f *drawingForm) summary() *fds.ErrorSummary {
	var all []fds.Field
	for _, x := range f.fields() {
		all = append(all, *x)
	}
	return f.v.Summary(all...)
}
