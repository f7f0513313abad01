package anonymise

// How much more than its box a person is given, each side, in percent of the
// box: what covers is generous, what shows is not.
const (
	coverWide, coverHigh = 20, 15
	showWide, showHigh   = 10, 6
)

// Painter says of each picture of a project which cells are covered.
type Painter struct {
	Grid      Grid
	frames    int
	moved     []Cells
	cover     [][]*Fragment // by stretch of pictures, those who may be in it
	show      [][]*Fragment
	always    Cells
	blind     []Blind
	fragments []Fragment
}

// stretch is how many pictures share a list of fragments.
const stretch = 64

// Painter carries out a project's corrections.
func (p *Project) Painter() (*Painter, error) {
	all, err := p.Fragments()
	if err != nil {
		return nil, err
	}
	moved, err := p.Findings.Movement()
	if err != nil {
		return nil, err
	}
	g := p.Findings.Grid()
	w := &Painter{Grid: g, frames: p.Findings.Frames(), moved: moved, always: g.areas(p.Areas), blind: p.Findings.Blind, fragments: all}
	n := w.frames/stretch + 1
	w.cover, w.show = make([][]*Fragment, n), make([][]*Fragment, n)
	for i := range all {
		f := &all[i]
		list := w.cover
		switch f.Verdict {
		case Nobody:
			continue
		case Kept:
			list = w.show
		}
		for s := f.From() / stretch; s <= f.To()/stretch && s < n; s++ {
			list[s] = append(list[s], f)
		}
	}
	return w, nil
}

// Frames is how many pictures there are.
func (w *Painter) Frames() int { return w.frames }

// Cells are those that are covered in a picture. They are the caller's.
func (w *Painter) Cells(frame int) Cells {
	c := w.Grid.None()
	if frame < 0 || frame >= w.frames {
		return w.all(c)
	}
	for _, b := range w.blind {
		if frame >= b.From && frame <= b.To {
			return w.all(c)
		}
	}
	if w.moved != nil {
		copy(c, w.moved[frame])
	}
	for _, f := range w.show[frame/stretch] {
		if b, ok := f.seenAt(frame); ok {
			w.Grid.fill(c, b.grown(showWide, showHigh), false)
		}
	}
	for _, f := range w.cover[frame/stretch] {
		if b, ok := f.At(frame); ok {
			if !f.Hand {
				b = b.grown(coverWide, coverHigh)
			}
			w.Grid.fill(c, b, true)
		}
	}
	for i := range c {
		c[i] |= w.always[i]
	}
	return c
}

// Shows reports whether a kept person is shown in a picture at the box: most
// of it is theirs.
func (w *Painter) Shows(frame int, d Detection) bool {
	for _, f := range w.show[frame/stretch] {
		if b, ok := f.seenAt(frame); ok && b.grown(showWide, showHigh).Detection().Overlap(d) > 0.3 {
			return true
		}
	}
	return false
}

func (w *Painter) all(c Cells) Cells {
	for y := range w.Grid.H {
		for x := range w.Grid.W {
			w.Grid.set(c, x, y, true)
		}
	}
	return c
}

// seenAt is where the person is in a picture between two in which somebody saw
// them.
func (f *Fragment) seenAt(frame int) (Box, bool) {
	first, last := 0, len(f.Keys)-1
	for first <= last && f.Keys[first].Held {
		first++
	}
	for last >= first && f.Keys[last].Held {
		last--
	}
	if first > last || frame < f.Keys[first].Frame || frame > f.Keys[last].Frame {
		return Box{}, false
	}
	return f.At(frame)
}

// grown is the box with so many percent more on each side.
func (b Box) grown(wide, high int) Box {
	x, y := (b.W*wide+99)/100, (b.H*high+99)/100
	return Box{b.X - x, b.Y - y, b.W + 2*x, b.H + 2*y}
}

// areas are the cells that polygons touch.
func (g Grid) areas(areas [][]Point) Cells {
	c := g.None()
	for y := range g.H {
		for x := range g.W {
			left, top := x*g.Cell*Whole/g.Width, y*g.Cell*Whole/g.Height
			right, bottom := ((x+1)*g.Cell*Whole+g.Width-1)/g.Width, ((y+1)*g.Cell*Whole+g.Height-1)/g.Height
			for _, a := range areas {
				if touches(a, left, top, right, bottom) {
					g.set(c, x, y, true)
					break
				}
			}
		}
	}
	return c
}
