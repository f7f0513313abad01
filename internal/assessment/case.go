package assessment

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/register"
)

// question is an answer of the application that belongs in a part, by what it
// means. One that is due and not answered is missing, unless another one that
// answers the same is.
type question struct {
	part  PartID
	means string
	due   bool
	or    string // answered by this one too
}

// questions are those of art. 35(7), in the order of an assessment.
var questions = []question{
	{Described, "purpose.text", true, ""},
	{Described, "purpose.kind", true, ""},
	{Described, "handling", true, ""},
	{Described, "access", true, ""},
	{Described, "hours.open", false, ""},
	{Described, "retention.days", true, ""},
	{Described, "sound.reason", false, ""},
	{Described, "sound.basis", false, ""},
	{Needed, "renewal.why", false, ""},
	{Needed, "risk.identified", true, ""},
	{Needed, "incidents", true, "necessity"},
	{Needed, "necessity", false, ""},
	{Needed, "tried", true, ""},
	{Needed, "hours.reason", false, ""},
	{Needed, "retention.reason", true, ""},
	{Needed, "retention.longer", false, ""},
	{Needed, "retention.special", false, ""},
	{Risks, "risk.privacy", true, ""},
	{Risks, "risk.described", true, ""},
	{Measures, "risk.strategy", true, ""},
	{Measures, "signs", true, ""},
	{Measures, "information", true, ""},
}

// clauses are what the parts answer.
var clauses = []struct {
	part   PartID
	clause string
}{
	{Described, "35(7)(a)"}, {Needed, "35(7)(b)"}, {Risks, "35(7)(c)"}, {Measures, "35(7)(d)"}, {Advice, "35(2)"}, {Views, "35(9)"}, {Conditions, ""},
}

// caseOf reads what one case says; false where it is not about the scope.
func (r *Room) caseOf(ctx context.Context, who register.Controller, row dossier.Row, s Scope) (Case, bool, error) {
	c, p, err := r.c.Cases.Get(ctx, who.ID, row.ID)
	if err != nil {
		return Case{}, false, err
	}
	// What was decided on counts; before that, what was sent.
	n := c.Revision
	if c.Approved > 0 {
		n = max(c.Approved, c.Permitted)
	}
	v, err := r.c.Cases.Revision(ctx, who.ID, row.ID, n)
	if err != nil {
		return Case{}, false, err
	}
	app := v.Application
	about := func(w casework.Wanted) bool {
		return (s.Location == "" || w.Location == s.Location) && (s.Purpose == "" || w.PurposeKind == s.Purpose)
	}
	if !slices.ContainsFunc(app.Cameras, about) {
		return Case{}, false, nil
	}
	asked := p.Law(app, who.Kind)
	out := Case{ID: c.ID, Number: c.Number, Title: c.Title, Status: c.Status, Revision: n, Sent: v.Made, Decided: c.Decided, ValidTo: c.ValidTo, Done: asked.Screening.Done}
	switch screened := r.c.Law.At(r.c.Clock.Now()).Screen(asked.Screening); {
	case screened.Open:
		out.Required = "open"
	case screened.Statute:
		out.Required = "statute"
	case screened.Required:
		out.Required = "criteria"
	default:
		out.Required = "no"
	}
	parts := map[PartID][]Item{}
	for _, q := range questions {
		if i, ok := answer(p, app, q); ok {
			parts[q.part] = append(parts[q.part], i)
		}
	}
	parts[Advice], parts[Views], parts[Conditions] = advice(c, p), views(c, p, app), conditions(c)
	for _, x := range clauses {
		if len(parts[x.part]) > 0 {
			out.Parts = append(out.Parts, Part{x.part, x.clause, parts[x.part]})
		}
	}
	return out, true, nil
}

// answer is what the application says to a question; false where it neither
// says nor has to say anything.
func answer(p *casework.Process, app casework.Application, q question) (Item, bool) {
	f, ok := p.Meaning(q.means)
	if !ok {
		return Item{ID: q.means, Missing: true}, q.due
	}
	i := Item{ID: q.means, Label: f.Label, Text: f.Words(app.Answers[f.ID])}
	if app.Answers[f.ID].Empty() {
		i.Text = casework.Text{}
		i.Missing = q.due
		if other, ok := p.Meaning(q.or); q.or != "" && ok && !app.Answers[other.ID].Empty() {
			i.Missing = false
		}
		return i, i.Missing
	}
	return i, true
}

// said is what somebody said in a step: its text answers and remarks.
func said(s *casework.Step, st casework.StepState) (i Item, done bool) {
	i = Item{ID: s.ID, Label: s.Title, Name: st.Name, At: st.Since}
	var da, en []string
	for j := range s.Needs.Fields {
		f := &s.Needs.Fields[j]
		if a := st.Answers[f.ID]; !a.Empty() {
			w := f.Words(a)
			da, en = append(da, f.Label.DA+": "+w.DA), append(en, f.Label.In("en")+": "+w.In("en"))
		}
	}
	if st.Remarks != "" {
		da, en = append(da, st.Remarks), append(en, st.Remarks)
	}
	i.Text = casework.Text{DA: strings.Join(da, "\n"), EN: strings.Join(en, "\n")}
	return i, st.Status == casework.StepDone || st.Status == casework.StepOmitted
}

// advice is what whoever answers for data protection said (art. 35(2)).
func advice(c casework.Case, p *casework.Process) (out []Item) {
	for j := range p.Steps {
		s := &p.Steps[j]
		b, ok := p.Body(s.Body)
		if !ok || !b.Protects || c.Steps[s.ID].Status == casework.StepNeedless {
			continue
		}
		i, done := said(s, c.Steps[s.ID])
		i.Missing = !done
		if i.Missing {
			i.Text, i.Name, i.At = casework.Text{}, "", time.Time{}
		}
		out = append(out, i)
	}
	if len(out) == 0 {
		out = append(out, Item{ID: string(Advice), Missing: true})
	}
	return out
}

// views are those of people who are filmed, and of who speaks for them (art.
// 35(9)): the talks of the process, and parties who were heard.
func views(c casework.Case, p *casework.Process, app casework.Application) (out []Item) {
	for j := range p.Steps {
		s := &p.Steps[j]
		if !s.Hears || c.Steps[s.ID].Status == casework.StepNeedless {
			continue
		}
		i, done := said(s, c.Steps[s.ID])
		i.Missing = !done
		if i.Missing {
			i.Text, i.Name, i.At = casework.Text{}, "", time.Time{}
		}
		out = append(out, i)
	}
	if f, ok := p.Field("parties"); ok && !app.Answers[f.ID].Empty() {
		out = append(out, Item{ID: f.ID, Label: f.Label, Text: f.Words(app.Answers[f.ID])})
	}
	if len(out) == 0 {
		out = append(out, Item{ID: string(Views), Missing: true})
	}
	return out
}

// conditions are what it was approved on.
func conditions(c casework.Case) (out []Item) {
	for _, x := range c.Conditions {
		i := Item{ID: x.ID, Text: casework.Text{DA: x.Text, EN: x.Text}, At: x.At}
		if !x.Met.IsZero() {
			i.Text.DA, i.Text.EN = x.Text+"\n"+x.How, x.Text+"\n"+x.How
		}
		out = append(out, i)
	}
	return out
}
