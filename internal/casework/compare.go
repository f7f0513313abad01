package casework

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/plan"
)

// Difference is one thing that a wanted application changes of the approved.
type Difference struct {
	Field  string `json:"field"` // "camera.basis", "hours.outdoor", or a field's id
	Camera string `json:"camera,omitempty"`
	Was    Text   `json:"was"`    // empty: was not there
	Is     Text   `json:"is"`     // empty: is no longer there
	Inside bool   `json:"inside"` // within the approval: H 10
	Why    Text   `json:"why"`    // it is inside or outside
	Cite   string `json:"cite"`
}

// Inside reports whether all of some differences lie within the approval, so
// that they may be carried out and recorded. Otherwise all of them wait for a
// new application.
func Inside(all []Difference) bool {
	return !slices.ContainsFunc(all, func(d Difference) bool { return !d.Inside })
}

// Compare says what a wanted application changes of the approved one, and of
// each whether it lies within the approval (CASE-15, H 5.3, 10.1, 10.2). The
// drawings are by id, as approved and as wanted. Compared is with what was
// approved, never with what was adjusted since: many small changes do not
// add up to one that nobody has approved.
func (p *Process) Compare(approved, wanted Application, was, is map[string]plan.Drawing) []Difference {
	c := &comparison{p: p, approved: approved, wanted: wanted}
	c.answers()
	c.hours()
	c.cameras()
	c.drawings(was, is)
	c.annexes()
	return c.out
}

type comparison struct {
	p                *Process
	approved, wanted Application
	out              []Difference
}

// reasons that a change is inside or outside.
var changes = map[string]struct {
	inside bool
	cite   string
	why    Text
}{
	"removed":    {true, "H 10.2", Text{"Et kamera mindre er inden for godkendelsen.", "One camera less is within the approval."}},
	"added":      {true, "H 10.2", Text{"Samme matrikel, område, formål og hjemmel som et godkendt kamera.", "Same property, area, purpose and legal basis as an approved camera."}},
	"moved":      {true, "H 10.2", Text{"Kameraet bliver på matriklen og i et område, der er beskrevet i ansøgningen.", "The camera stays on the property and in an area described in the application."}},
	"property":   {false, "H 10.2", Text{"En anden matrikel kræver en ny ansøgning.", "Another property needs a new application."}},
	"area":       {false, "H 10.2", Text{"Området er ikke beskrevet i ansøgningen.", "The area is not described in the application."}},
	"view":       {false, "H 10.2", Text{"Kameraet ser ud over det område, der er beskrevet i ansøgningen.", "The camera sees beyond the area described in the application."}},
	"unsure":     {false, "H 10.2", Text{"Tegningerne kan ikke sammenlignes, så det kan ikke vises, at kameraet holder sig til området.", "The drawings cannot be compared, so that the camera keeps to the area cannot be shown."}},
	"undrawn":    {false, "H 2.3 B; H 10.2", Text{"Kameraet er ikke på nogen tegning.", "The camera is on no drawing."}},
	"purpose":    {false, "H 10.2", Text{"Et andet formål kræver en ny ansøgning.", "Another purpose needs a new application."}},
	"basis":      {false, "H 10.2", Text{"En anden hjemmel kræver en ny ansøgning.", "Another legal basis needs a new application."}},
	"place":      {false, "H 10.2", Text{"Et andet slags sted end de beskrevne kræver en ny ansøgning.", "Another kind of place than those described needs a new application."}},
	"sound":      {false, "H 5.3", Text{"Lyd er en anden behandling end den, der er godkendt.", "Sound is another handling than the one approved."}},
	"silent":     {true, "H 10", Text{"Uden lyd er mindre indgribende.", "Without sound is less intrusive."}},
	"recording":  {false, "H 5.3", Text{"Kameraet er ikke godkendt til at optage.", "The camera is not approved to record."}},
	"watching":   {true, "H 10", Text{"Uden optagelse er mindre indgribende.", "Without recording is less intrusive."}},
	"handling":   {false, "H 5.3", Text{"Behandlingen af videomateriale må ikke afviges uden en ny ansøgning.", "The handling of footage may not be departed from without a new application."}},
	"other":      {false, "H 10.2", Text{"Det er ikke en af de ændringer, der ligger inden for en godkendelse.", "It is not one of the changes that lie within an approval."}},
	"free":       {true, "H 10", Text{"Oplysningen er ikke en del af det, der er godkendt.", "This is no part of what was approved."}},
	"narrower":   {true, "H 10.1", Text{"Det nye tidsrum ligger inden for det godkendte.", "The new hours lie within those approved."}},
	"frame":      {true, "H 10.1", Text{"Tidsrummet udvides inden for den ramme, der er godkendt.", "The hours are widened within the frame that is approved."}},
	"wider":      {false, "H 10.1", Text{"Tidsrummet går ud over den ramme, der er godkendt.", "The hours reach beyond the frame that is approved."}},
	"annex":      {true, "H 10", Text{"Et bilag mere ændrer ikke det godkendte.", "One more annex does not change what is approved."}},
	"annex-gone": {false, "H 2.3 B", Text{"Et bilag, som godkendelsen hviler på, mangler.", "An annex that the approval rests on is missing."}},
}

func (c *comparison) add(reason, field, camera string, was, is Text) {
	r := changes[reason]
	if c.p.Policy.ChangeCite != "" {
		r.cite = c.p.Policy.ChangeCite
	}
	c.out = append(c.out, Difference{Field: field, Camera: camera, Was: was, Is: is, Inside: r.inside, Why: r.why, Cite: r.cite})
}

// same is text in both languages.
func same(s string) Text { return Text{s, s} }

// alike compares what people wrote, not how they spaced it.
func alike(a, b string) bool { return strings.EqualFold(spaced(a), spaced(b)) }

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// answers are outside but for those that the process frees: what was decided
// on is the whole description.
func (c *comparison) answers() {
	for i := range c.p.Tasks {
		for j := range c.p.Tasks[i].Fields {
			f := &c.p.Tasks[i].Fields[j]
			a, b := c.approved.Answers[f.ID], c.wanted.Answers[f.ID]
			was, is := f.Words(a), f.Words(b)
			if alike(was.DA, is.DA) || f.Means == MeansRenewal {
				continue
			}
			reason := "other"
			switch {
			case f.Free:
				reason = "free"
			case f.Means == "handling", f.Means == "access", strings.HasPrefix(f.Means, "retention."), strings.HasPrefix(f.Means, "sound."):
				reason = "handling"
			case strings.HasPrefix(f.Means, "purpose."):
				reason = "purpose"
			}
			c.add(reason, f.ID, "", was, is)
		}
	}
}

// Words are an answer as people read it: chosen answers in their words, rows
// line by line.
func (f *Field) Words(a Answer) Text {
	option := func(id string) Text {
		switch {
		case f.Kind == FieldYesNo && id == Yes:
			return Text{"Ja", "Yes"}
		case f.Kind == FieldYesNo && id == No:
			return Text{"Nej", "No"}
		}
		if o, ok := find(f.Choices, func(o *Option) bool { return o.ID == id }); ok {
			return Text{o.Text.DA, o.Text.In("en")}
		}
		return same(id)
	}
	switch f.Kind {
	case FieldYesNo, FieldChoice:
		return option(strings.TrimSpace(a.Text))
	case FieldChoices:
		var da, en []string
		for _, o := range f.Choices {
			if slices.Contains(a.Many, o.ID) {
				da, en = append(da, o.Text.DA), append(en, o.Text.In("en"))
			}
		}
		return Text{strings.Join(da, ", "), strings.Join(en, ", ")}
	case FieldRows, FieldPeople:
		var da, en []string
		for _, row := range a.Rows {
			if !filled(row) {
				continue
			}
			var d, e []string
			for _, col := range f.RowColumns() {
				w := col.Words(Answer{Text: row[col.ID]})
				d, e = append(d, w.DA), append(e, w.EN)
			}
			da, en = append(da, strings.Join(d, " · ")), append(en, strings.Join(e, " · "))
		}
		return Text{strings.Join(da, "\n"), strings.Join(en, "\n")}
	}
	return same(strings.TrimSpace(a.Text))
}

// hours compares each pattern with its own, and with the frame.
func (c *comparison) hours() {
	for _, is := range c.wanted.Hours {
		was, ok := find(c.approved.Hours, func(x *Pattern) bool { return x.ID == is.ID })
		switch {
		case !ok:
			c.add(c.hoursReason(nil, is), "hours."+is.ID, "", Text{}, is.words())
		case !was.covers(is) || !is.covers(*was):
			c.add(c.hoursReason(was, is), "hours."+is.ID, "", was.words(), is.words())
		}
	}
	for _, was := range c.approved.Hours {
		if _, ok := find(c.wanted.Hours, func(x *Pattern) bool { return x.ID == was.ID }); !ok {
			c.add("narrower", "hours."+was.ID, "", was.words(), Text{})
		}
	}
	was, is := c.approved.Frame, c.wanted.Frame
	switch {
	case was.ID == "" && is.ID == "":
	case was.ID == "" || is.ID != "" && !was.covers(is):
		c.add("wider", "hours.frame", "", was.words(), is.words())
	case is.ID == "" || !is.covers(was):
		c.add("narrower", "hours.frame", "", was.words(), is.words())
	}
}

// hoursReason says whether hours keep to what they were, or to the frame.
func (c *comparison) hoursReason(was *Pattern, is Pattern) string {
	frame := c.approved.Frame
	switch {
	case was != nil && was.covers(is):
		return "narrower"
	case c.p.Policy.Widen == WidenFrame && frame.ID != "" && frame.covers(is):
		return "frame"
	}
	return "wider"
}

func (p Pattern) words() Text {
	if p.ID == "" {
		return Text{}
	}
	t := Text{p.Name + ": " + p.Hours.Explain("da"), p.Name + ": " + p.Hours.Explain("en")}
	if p.Closed {
		t.DA += " Og hele døgnet på lukkedage."
		t.EN += " And all day on closing days."
	}
	return t
}

func (c *comparison) annexes() {
	has := func(all []Annex, x Annex) bool {
		return slices.ContainsFunc(all, func(y Annex) bool { return y.Kind == x.Kind && y.Document == x.Document })
	}
	for _, x := range c.approved.Annexes {
		if !has(c.wanted.Annexes, x) {
			c.add("annex-gone", "annex."+x.Kind, "", same(x.Name), Text{})
		}
	}
	for _, x := range c.wanted.Annexes {
		if !has(c.approved.Annexes, x) {
			c.add("annex", "annex."+x.Kind, "", Text{}, same(x.Name))
		}
	}
}
