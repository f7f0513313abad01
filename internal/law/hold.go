package law

import "slices"

// MayHold says whether footage may be kept past the limit (bevislås) for a
// reason, one of the Hold constants: class is that which it was recorded under,
// whatever the basis says today, and controller the kind of who answers for it.
// § 4 c stk. 5 has three reasons and is for footage against crime alone; § 4 d
// stk. 3 has no exception of its own. What refuses says what can be done instead.
func (r Rules) MayHold(basis, class, controller, reason string) []Finding {
	b, ok := r.Basis(basis)
	if !ok {
		return []Finding{at(r.finding("basis.unknown", Refuse), "basis")}
	}
	kind, _ := r.controller(controller)
	d := Duties{Class: class}
	if class != ClassCrime {
		b.Hold = nil
	}
	r.afterwards(&d, b, kind)
	if class == ClassCrime && slices.Contains(d.Holds, reason) {
		return nil
	}
	f := at(r.finding("hold", Refuse), "reason")
	f.Basis = basis
	if !d.Hold.Holds || len(d.Holds) == 1 {
		f.Text, f.Rule, f.Cite = d.Hold.Why, d.Hold.Rule, d.Hold.Cite
	}
	return []Finding{f}
}
