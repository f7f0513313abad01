package casework

import (
	"fmt"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/plan"
)

// property is what counts as one property: the cadastre, else the location.
func (w Wanted) property() string {
	if x := spaced(w.Cadastre); x != "" {
		return "matrikel " + strings.ToLower(x)
	}
	return "sted " + w.Location
}

func (c *comparison) cameras() {
	for _, was := range c.approved.Cameras {
		is, ok := find(c.wanted.Cameras, func(w *Wanted) bool { return w.Camera == was.Camera })
		if !ok {
			c.add("removed", "camera", was.Camera, same(was.Name), Text{})
			continue
		}
		c.camera(was, *is)
	}
	for _, is := range c.wanted.Cameras {
		if _, ok := find(c.approved.Cameras, func(w *Wanted) bool { return w.Camera == is.Camera }); !ok {
			c.added(is)
		}
	}
}

// described reports whether an area of a property is one that the approved
// application describes, and its cameras there.
func (c *comparison) described(is Wanted) (there []Wanted, property bool) {
	for _, w := range c.approved.Cameras {
		if w.property() == is.property() {
			property = true
			if w.Area == is.Area && is.Area != "" {
				there = append(there, w)
			}
		}
	}
	return there, property
}

// camera compares one that stays.
func (c *comparison) camera(was, is Wanted) {
	there, property := c.described(is)
	add := func(reason, field, a, b string) { c.add(reason, "camera."+field, is.Camera, same(a), same(b)) }
	switch {
	case !property:
		add("property", "location", was.property(), is.property())
	case was.Area != is.Area && len(there) == 0:
		add("area", "area", was.Area, is.Area)
	case was.Area != is.Area || was.Location != is.Location:
		add("moved", "area", was.Area, is.Area)
	}
	for _, x := range []struct{ field, a, b string }{{"mounting", was.Mounting, is.Mounting}, {"direction", was.Direction, is.Direction}} {
		if !alike(x.a, x.b) {
			add("moved", x.field, x.a, x.b)
		}
	}
	if was.Place != is.Place {
		reason := "place"
		if was.Area != is.Area && slices.ContainsFunc(there, func(w Wanted) bool { return w.Place == is.Place && w.Basis == is.Basis }) {
			reason = "moved"
		}
		add(reason, "place", was.Place, is.Place)
	}
	c.nature(was, is)
	if was.Pattern != is.Pattern {
		c.pattern(was, is)
	}
}

// nature compares what makes a camera another: purpose, basis, handling.
func (c *comparison) nature(was, is Wanted) {
	add := func(reason, field, a, b string) { c.add(reason, "camera."+field, is.Camera, same(a), same(b)) }
	for _, x := range []struct{ reason, field, a, b string }{
		{"purpose", "purpose", was.Purpose, is.Purpose},
		{"purpose", "purpose_kind", was.PurposeKind, is.PurposeKind},
		{"basis", "basis", was.Basis, is.Basis},
		{"basis", "activity", was.Activity, is.Activity},
		{"handling", "functionality", was.Functionality, is.Functionality},
		{"handling", "quality", was.Quality, is.Quality},
		{"handling", "storage", was.Storage, is.Storage},
	} {
		if !alike(x.a, x.b) {
			add(x.reason, x.field, x.a, x.b)
		}
	}
	if a, b := slices.Sorted(slices.Values(was.Affirmed)), slices.Sorted(slices.Values(is.Affirmed)); !slices.Equal(a, b) {
		add("basis", "affirmed", strings.Join(a, ", "), strings.Join(b, ", "))
	}
	keys := map[string]bool{}
	for k := range was.Extra {
		keys[k] = true
	}
	for k := range is.Extra {
		keys[k] = true
	}
	for k := range keys {
		if !alike(was.Extra[k], is.Extra[k]) {
			add("other", k, was.Extra[k], is.Extra[k])
		}
	}
	yes := func(b bool) string { return map[bool]string{true: "ja", false: "nej"}[b] }
	if was.Sound != is.Sound {
		add(map[bool]string{true: "sound", false: "silent"}[is.Sound], "sound", yes(was.Sound), yes(is.Sound))
	}
	if was.Recording != is.Recording {
		add(map[bool]string{true: "recording", false: "watching"}[is.Recording], "recording", yes(was.Recording), yes(is.Recording))
	}
}

// pattern says whether a camera may follow other hours than it did.
func (c *comparison) pattern(was, is Wanted) {
	b, ok := find(c.wanted.Hours, func(x *Pattern) bool { return x.ID == is.Pattern })
	if !ok {
		c.add("other", "camera.pattern", is.Camera, same(was.Pattern), same(is.Pattern))
		return
	}
	a, _ := find(c.approved.Hours, func(x *Pattern) bool { return x.ID == was.Pattern })
	from := Text{}
	if a != nil {
		from = a.words()
	}
	c.add(c.hoursReason(a, *b), "camera.pattern", is.Camera, from, b.words())
}

// added wants an approved camera of the same area that a new one is like in
// all but where it hangs.
func (c *comparison) added(is Wanted) {
	there, property := c.described(is)
	what := same(is.Name)
	switch {
	case !property:
		c.add("property", "camera", is.Camera, Text{}, what)
		return
	case len(there) == 0:
		c.add("area", "camera", is.Camera, Text{}, what)
		return
	}
	best := []Difference(nil)
	for i, twin := range there {
		one := &comparison{p: c.p, approved: c.approved, wanted: c.wanted}
		if twin.Place != is.Place {
			one.add("place", "camera.place", is.Camera, same(twin.Place), same(is.Place))
		}
		one.nature(twin, is)
		if is.Recording && twin.Pattern != is.Pattern {
			one.pattern(twin, is)
		}
		if i == 0 || outside(one.out) < outside(best) {
			best = one.out
		}
	}
	if outside(best) == 0 {
		c.add("added", "camera", is.Camera, Text{}, what)
		return
	}
	for _, d := range best {
		if !d.Inside {
			d.Was = Text{}
			c.out = append(c.out, d)
		}
	}
}

func outside(all []Difference) int {
	n := 0
	for _, d := range all {
		if !d.Inside {
			n++
		}
	}
	return n
}

// drawings compares what cameras see and which areas are described.
func (c *comparison) drawings(was, is map[string]plan.Drawing) {
	drawn := map[string]bool{} // cameras on any wanted drawing
	for _, d := range c.wanted.Drawings {
		now, ok := is[d.Drawing]
		if old, used := find(c.approved.Drawings, func(x *DrawingUsed) bool { return *x == d }); !ok && used {
			now = was[old.Drawing]
		}
		for _, x := range now.Cameras {
			drawn[x.Camera] = true
		}
	}
	for _, d := range c.wanted.Drawings {
		old, ok := find(c.approved.Drawings, func(x *DrawingUsed) bool { return x.Drawing == d.Drawing })
		if ok && old.Version == d.Version {
			continue
		}
		field := "drawing." + d.Drawing
		now, have := is[d.Drawing]
		before, had := was[d.Drawing]
		if !ok || !have || !had {
			c.add("unsure", field, "", Text{}, same(now.Title))
			continue
		}
		for _, x := range plan.Compare(before, now) {
			if x.Kind == plan.Unchanged {
				continue
			}
			c.add(viewReason(x), field, x.Camera, Text{}, viewWords(x))
		}
		for _, x := range plan.CompareAreas(before, now) {
			t := Text{"Området “" + x.Name + "”", "The area “" + x.Name + "”"}
			switch {
			case x.Kind == plan.Unchanged:
			case x.Unsure:
				c.add("unsure", field, "", t, t)
			case x.Kind == plan.Removed:
				c.add("narrower", field, "", t, Text{})
			case x.Kind == plan.Turned || x.Beyond > plan.Tolerance:
				c.add("area", field, "", Text{}, t)
			default:
				c.add("moved", field, "", t, t)
			}
		}
	}
	if len(c.approved.Drawings) == 0 {
		return
	}
	for _, w := range c.wanted.Cameras {
		if !drawn[w.Camera] {
			c.add("undrawn", "drawing", w.Camera, Text{}, same(w.Name))
		}
	}
}

func viewReason(x plan.Change) string {
	switch {
	case x.Unsure:
		return "unsure"
	case x.Kind == plan.Removed:
		return "removed"
	case x.Inside:
		return "moved"
	}
	return "view"
}

func viewWords(x plan.Change) Text {
	da := map[plan.ChangeKind]string{plan.Added: "nyt kamera", plan.Removed: "fjernet", plan.Moved: "flyttet", plan.Turned: "drejet", plan.Widened: "ser mere", plan.Narrowed: "ser mindre"}[x.Kind]
	t := Text{x.Name + ": " + da, x.Name + ": " + string(x.Kind)}
	if x.Kind == plan.Moved {
		t.DA += fmt.Sprintf(" %.1f m", x.Moved)
		t.EN += fmt.Sprintf(" %.1f m", x.Moved)
	}
	if x.Turned != 0 && x.Kind == plan.Turned {
		t.DA += fmt.Sprintf(" %.0f grader", x.Turned)
		t.EN += fmt.Sprintf(" %.0f degrees", x.Turned)
	}
	return t
}

// Renew is a new application filled in from an approved one with what is
// wanted beyond it: all its answers, the differences as the reason to apply
// anew, and without what somebody said of the old one alone: annexes that
// testify to it, and the affirmations of cameras whose basis or place is
// another.
func (p *Process) Renew(wanted Application, differences []Difference) Application {
	a := wanted.Clone()
	a.Annexes = slices.DeleteFunc(a.Annexes, func(x Annex) bool {
		k, ok := p.Annex(x.Kind)
		return ok && k.Anew
	})
	var lines []string
	for _, d := range differences {
		if d.Inside {
			continue
		}
		for i := range a.Cameras {
			if a.Cameras[i].Camera == d.Camera {
				a.Cameras[i].Affirmed = nil
			}
		}
		line := d.Why.DA
		switch {
		case d.Was.DA != "" && d.Is.DA != "":
			line += " Før: " + d.Was.DA + ". Nu: " + d.Is.DA + "."
		case d.Is.DA != "":
			line += " Nu: " + d.Is.DA + "."
		case d.Was.DA != "":
			line += " Før: " + d.Was.DA + "."
		}
		if d.Camera != "" {
			line = d.Camera + ": " + line
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if f, ok := p.Meaning(MeansRenewal); ok {
		if a.Answers == nil {
			a.Answers = Answers{}
		}
		a.Answers[f.ID] = Answer{Text: strings.Join(lines, "\n")}
	}
	return a
}
