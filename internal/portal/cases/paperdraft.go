package cases

import (
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/paper"
)

// newPaper begins a paper about a case.
func (v *visit) newPaper(look dossier.View, title string) *paper.Paper {
	return &paper.Paper{Lang: string(v.Lang), Title: title, Source: v.T("committee.source", v.Controller.Name, look.Case.ID), Made: v.Now, MadeText: v.DateTime(v.Now), PageText: v.T("committee.page")}
}

// paperOf is the paper for the committee, in the form of Herning's: the grid of
// committees, number, caseworker, then the sections.
func (p *Screens) paperOf(v *visit, look dossier.View) (*paper.Paper, error) {
	text, err := p.paperText(v, look)
	if err != nil {
		return nil, err
	}
	doc := v.newPaper(look, look.Case.Title)
	doc.Facts = v.paperFacts(look)
	for _, s := range paperSections() {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("committee." + s)})
		doc.Blocks = append(doc.Blocks, blocks(text.Get(s))...)
		if s == "fremstilling" {
			for _, t := range v.paperTables(look) {
				doc.Blocks = append(doc.Blocks, paper.Heading{Level: 3, Text: t.Caption}, t)
			}
		}
	}
	return doc, nil
}

// blocks are paragraphs; lines that all begin with "- " are points.
func blocks(text string) (out []paper.Block) {
	for _, p := range paragraphs(text) {
		lines := strings.Split(p, "\n")
		points := paper.List{}
		for _, l := range lines {
			if rest, ok := strings.CutPrefix(l, "- "); ok {
				points.Items = append(points.Items, rest)
			}
		}
		if len(points.Items) == len(lines) {
			out = append(out, points)
			continue
		}
		out = append(out, paper.Paragraph{Text: p})
	}
	return out
}

func (v *visit) placeNames(look dossier.View) (string, error) {
	var names []string
	for _, id := range look.Case.Locations {
		l, err := v.Site.Register.Location(v.Ctx, look.Case.Controller, id)
		if err != nil {
			return "", err
		}
		names = append(names, l.Name)
	}
	return joined(names), nil
}

// paperFacts is the head of the paper. Where the process names bodies that
// decide, they are its grid of committees.
func (v *visit) paperFacts(look dossier.View) []paper.Fact {
	c := look.Case
	var bodies []string
	seen := map[string]bool{}
	for i := range look.Process.Steps {
		s := &look.Process.Steps[i]
		if s.Approval && !seen[s.Body] && c.Steps[s.ID].Status != casework.StepNeedless {
			seen[s.Body] = true
			bodies = append(bodies, v.body(look.Process, s.Body))
		}
	}
	number := c.Number
	if number == "" {
		number = v.T("committee.number.none")
	}
	facts := []paper.Fact{{Term: v.T("committee.fact.bodies"), Text: strings.Join(bodies, " · ")}, {Term: v.T("committee.fact.number"), Text: number}, {Term: v.T("committee.fact.case"), Text: c.ID},
		{Term: v.T("committee.fact.by"), Text: v.applicantName(look)}, {Term: v.T("committee.fact.date"), Text: v.Date(v.Now)}}
	if c.Revision > 0 {
		facts = append(facts, paper.Fact{Term: v.T("committee.fact.revision"), Text: itoa(c.Revision)})
	}
	return facts
}

// applicantName is who applies, as they were called when they last acted here.
func (v *visit) applicantName(look dossier.View) string {
	name := ""
	for i := range look.Process.Steps {
		if st := look.Case.Steps[look.Process.Steps[i].ID]; st.By == look.Case.Applicant && st.Name != "" {
			name = st.Name
		}
	}
	if name == "" && look.Draft.Person == look.Case.Applicant {
		name = look.Draft.Name
	}
	if name == "" {
		if p, err := v.Site.People.Person(v.Ctx, look.Case.Applicant); err == nil {
			name = p.Name
		}
	}
	return name
}

// drafted is a section as the case itself says it.
func (v *visit) drafted(look dossier.View, section, places string) string {
	app := look.Application
	said := func(means string) string {
		f, ok := look.Process.Meaning(means)
		if !ok || app.Answers[f.ID].Empty() {
			return ""
		}
		return v.text(f.Words(app.Answers[f.ID]))
	}
	var out []string
	add := func(key string, args ...any) { out = append(out, v.T("committee.draft."+key, args...)) }
	switch section {
	case "resume":
		add("resume", v.Controller.Name, places, v.N("case.cameras", int64(len(app.Cameras))))
		if s := said("purpose.text"); s != "" {
			add("purpose", s)
		}
		if days := look.Process.RetentionDays(app); days > 0 {
			add("retention", v.N("case.days", int64(days)))
		}
	case "fremstilling":
		for _, means := range []string{"renewal.why", "purpose.text", "risk.identified", "incidents", "necessity", "risk.described", "risk.business", "risk.privacy", "risk.strategy", "tried",
			"signs", "information", "hours.reason", "retention.reason", "retention.special", "handling", "access", "special"} {
			if f, ok := look.Process.Meaning(means); ok {
				if s := said(means); s != "" {
					out = append(out, v.text(f.Label)+"\n"+s)
				}
			}
		}
	case "oekonomi":
		out = v.economy(look)
		if len(out) == 0 {
			add("economy")
		}
	case "indstilling":
		add("recommendation", places)
		for _, x := range look.Case.Conditions {
			out = append(out, "- "+x.Text)
		}
	case "beslutning":
		return ""
	}
	return strings.Join(out, "\n\n")
}

// economy is what steps of the inquiry asked about money: the risk pool, the
// supplier, the price.
func (v *visit) economy(look dossier.View) (out []string) {
	for i := range look.Process.Steps {
		s := &look.Process.Steps[i]
		st := look.Case.Steps[s.ID]
		for j := range s.Needs.Fields {
			f := &s.Needs.Fields[j]
			if money(f.ID) && !st.Answers[f.ID].Empty() {
				out = append(out, v.text(f.Label)+"\n"+v.text(f.Words(st.Answers[f.ID])))
			}
		}
	}
	return out
}

// money says whether a question is about money, by its id: a process says no
// more of it.
func money(id string) bool {
	for _, w := range []string{"pool", "price", "supplier", "equipment", "cost"} {
		if strings.Contains(id, w) {
			return true
		}
	}
	return false
}

// paperTables are what is not edited: cameras with their bases, hours,
// approvals and conditions so far.
func (v *visit) paperTables(look dossier.View) []paper.Table {
	app, rules := look.Application, v.s.Law.At(v.Now)
	hours := map[string]string{}
	for _, h := range app.Hours {
		hours[h.ID] = h.Name + ": " + h.Hours.Explain(string(v.Lang))
	}
	cams := paper.Table{Caption: v.T("committee.cameras"), Columns: []string{v.T("committee.cameras.name"), v.T("committee.cameras.purpose"), v.T("committee.cameras.basis"), v.T("committee.cameras.hours")}, Widths: []float64{2, 3, 3, 3}}
	for _, w := range app.Cameras {
		basis := w.Basis
		if b, ok := rules.Basis(w.Basis); ok {
			basis = b.Cite + "\n" + b.Title.In(string(v.Lang))
		}
		kind := w.Name
		if pl, ok := rules.Place(w.Place); ok {
			kind += "\n" + pl.Name.In(string(v.Lang))
		}
		when := hours[w.Pattern]
		if w.Sound {
			when += "\n" + v.T("committee.sound")
		}
		cams.Rows = append(cams.Rows, []string{kind, w.Purpose, basis, when})
	}
	approvals := paper.Table{Caption: v.T("committee.approvals"), Columns: []string{v.T("committee.approvals.step"), v.T("committee.approvals.state"), v.T("committee.approvals.by"), v.T("committee.approvals.remarks")}, Widths: []float64{3, 2, 2, 4}}
	for i := range look.Process.Steps {
		s := &look.Process.Steps[i]
		st := look.Case.Steps[s.ID]
		if s.Kind != casework.StepDecision || st.Status == casework.StepNeedless {
			continue
		}
		by := st.Name
		if st.Status == casework.StepDone && !st.Since.IsZero() {
			by += "\n" + v.Date(st.Since)
		}
		approvals.Rows = append(approvals.Rows, []string{v.text(s.Title), v.stepBadge(st, false).Text, strings.TrimSpace(by), st.Remarks})
	}
	out := []paper.Table{cams, approvals}
	if len(look.Case.Conditions) > 0 {
		t := paper.Table{Caption: v.T("committee.conditions"), Columns: []string{v.T("committee.conditions.text"), v.T("committee.conditions.from"), v.T("committee.conditions.met")}, Widths: []float64{4, 2, 3}}
		for _, x := range look.Case.Conditions {
			met := v.T("condition.open")
			if !x.Met.IsZero() {
				met = v.T("condition.met", v.Date(x.Met), x.How)
			}
			t.Rows = append(t.Rows, []string{x.Text, v.stepName(look.Process, x.Step), met})
		}
		out = append(out, t)
	}
	return out
}
