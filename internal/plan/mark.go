package plan

// Mark is something else that hangs in a place, such as a sign: where, the short
// name that stands on the drawing, and what it is for whoever cannot see it.
type Mark struct {
	At          Spot // in parts of the drawing's width and height
	Label, Text string
}

// mark draws one: square and black, where cameras are round and blue.
func (p *pen) mark(m Mark) {
	x, y := float64(m.At.X)/Grid*float64(p.d.Width), float64(m.At.Y)/Grid*float64(p.d.Height)
	w, h := (1.4+0.8*float64(len([]rune(m.Label))))*p.unit, 2.4*p.unit
	p.put(`<g class="plan-mark"><title>%s: %s</title><rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="#1a1a1a" stroke="#ffffff" stroke-width="%s"/>`,
		text(m.Label), text(m.Text), num(x-w/2), num(y-h/2), num(w), num(h), num(0.4*p.unit), num(0.2*p.unit))
	p.put(`<text x="%s" y="%s" fill="#ffffff" font-weight="600" text-anchor="middle">%s</text></g>`, num(x), num(y+0.55*p.unit), text(m.Label))
}
