package assessment

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/assessment"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

func (v *visit) text(t casework.Text) string { return t.In(string(v.Lang)) }

func (v *visit) title(a assessment.Assessment) string {
	if a.Scope.Purpose != "" {
		return v.T("assessment.heading", v.T("assessment.purpose."+a.Scope.Purpose))
	}
	return v.T("assessment.heading", a.Name)
}

func (v *visit) head(a assessment.Assessment) []paper.Fact {
	or := func(s string) string {
		if s == "" {
			return v.T("assessment.unsaid")
		}
		return s
	}
	return []paper.Fact{{Term: v.T("assessment.controller"), Text: a.Controller}, {Term: v.T("assessment.contact"), Text: or(a.Contact)}, {Term: v.T("assessment.dpo"), Text: or(a.DPO)}, {Term: v.T("assessment.made"), Text: v.DateTime(a.Made)}}
}

// facts are what is said of a case before its texts.
func (v *visit) facts(c assessment.Case) []paper.Fact {
	out := []paper.Fact{{Term: v.T("assessment.case"), Text: strings.TrimSpace(c.ID + " " + c.Number)}, {Term: v.T("assessment.status"), Text: v.status(c)},
		{Term: v.T("assessment.sent"), Text: v.T("assessment.sent.text", c.Revision, v.Date(c.Sent))}, {Term: v.T("assessment.required"), Text: v.T("assessment.required." + c.Required)}}
	done := v.T("assessment.done.none")
	if !c.Done.IsZero() {
		done = v.T("assessment.done.text", v.Date(c.Done))
	}
	out = append(out, paper.Fact{Term: v.T("assessment.done"), Text: done})
	if !c.ValidTo.IsZero() {
		out = append(out, paper.Fact{Term: v.T("assessment.until"), Text: v.Date(c.ValidTo)})
	}
	return out
}

func (v *visit) status(c assessment.Case) string {
	if c.Decided.IsZero() {
		return v.T("assessment.undecided")
	}
	return v.T("assessment.decided", v.Date(c.Decided))
}

// label names an item; what the process does not ask has a name of ours.
func (v *visit) label(i assessment.Item) string {
	if l := v.text(i.Label); l != "" {
		return l
	}
	return v.Or("assessment.item."+i.ID, v.T("assessment.condition"))
}

// says is an item in words, with who said it.
func (v *visit) says(i assessment.Item) string {
	if i.Missing {
		return v.T("assessment.missing")
	}
	text := v.text(i.Text)
	if text == "" {
		text = v.T("assessment.done.only")
	}
	if i.Name != "" {
		text += "\n" + v.T("assessment.by", i.Name, v.Date(i.At))
	}
	return text
}

// gaps are what the cases do not say, each with where it is written.
func (v *visit) gaps(a assessment.Assessment) (out []string) {
	for _, c := range a.Cases {
		for _, p := range c.Parts {
			for _, i := range p.Items {
				if i.Missing {
					out = append(out, v.T("assessment.gap", c.ID, v.T("assessment.part."+string(p.ID)), v.label(i)))
				}
			}
		}
		if (c.Required == "statute" || c.Required == "criteria") && c.Done.IsZero() {
			out = append(out, v.T("assessment.gap.date", c.ID))
		}
		if c.Required == "open" {
			out = append(out, v.T("assessment.gap.screening", c.ID))
		}
	}
	return out
}

// sections are the assessment, as page and as document.
func (v *visit) sections(a assessment.Assessment) []page.Section {
	gaps := page.Section{ID: "mangler", Heading: v.T("assessment.gaps")}
	switch list := v.gaps(a); {
	case len(a.Cases) == 0:
		gaps.Empty = v.T("assessment.cases.none")
	case len(list) == 0:
		gaps.Paragraphs = []string{v.T("assessment.gaps.none")}
	default:
		gaps.Lead = v.N("assessment.gaps.text", int64(len(list)))
		gaps.Grid = page.NewGrid(gaps.Heading, v.T("assessment.gap.what"))
		for _, g := range list {
			gaps.Grid.Add(page.Cell{Text: g})
		}
	}
	out := []page.Section{gaps}
	for _, c := range a.Cases {
		out = append(out, page.Section{ID: "sag-" + c.ID, Heading: v.T("assessment.case.heading", c.ID, c.Title), List: list(v.T("assessment.case"), v.facts(c)), Links: []fds.Link{{Href: "/sager/" + c.ID, Text: v.T("assessment.case.see")}}})
		for _, p := range c.Parts {
			s := page.Section{ID: string(p.ID) + "-" + c.ID, Heading: v.T("assessment.part." + string(p.ID)), Lead: v.Or("assessment.part."+string(p.ID)+".text", "")}
			if len(a.Cases) > 1 {
				s.Heading = v.T("assessment.part.of", s.Heading, c.ID)
			}
			s.List = &fds.StructuredList{Caption: s.Heading}
			for _, i := range p.Items {
				r := fds.Row{Term: v.label(i), Text: v.says(i)}
				if lines := strings.Split(r.Text, "\n"); len(lines) > 1 {
					r.Text, r.More = lines[0], lines[1:]
				}
				if i.Missing {
					r.Text, r.Badge = "", &fds.Badge{Tone: fds.Warning, Text: v.T("assessment.missing")}
				}
				s.List.Rows = append(s.List.Rows, r)
			}
			out = append(out, s)
		}
	}
	return append(out, v.inForce(a), page.Section{ID: "selv", Heading: v.T("assessment.own"), Lead: v.T("assessment.own.text"), Grid: v.safeguards()})
}

func (v *visit) inForce(a assessment.Assessment) page.Section {
	s := page.Section{ID: "kraft", Heading: v.T("assessment.force"), Lead: v.T("assessment.force.text")}
	if len(a.InForce) == 0 {
		s.Empty = v.T("assessment.force.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("assessment.camera"), v.T("assessment.basis"), v.T("assessment.hours"), v.T("assessment.retention"), v.T("assessment.case"), v.T("assessment.until"))
	for _, c := range a.InForce {
		keep := v.N("assessment.days", int64(c.RetentionHours/24))
		if c.RetentionHours%24 != 0 {
			keep = v.N("assessment.n.hours", int64(c.RetentionHours))
		}
		if c.Sound {
			keep += ". " + v.T("assessment.sound")
		}
		s.Grid.Add(page.Cell{Text: c.Name, Quiet: v.kindOf(c.Place)}, page.Cell{Text: c.Basis}, page.Cell{Text: v.text(c.Hours)}, page.Cell{Text: keep}, page.Cell{Text: c.Case}, page.Cell{Text: v.Date(c.Until)})
	}
	return s
}

func (v *visit) kindOf(id string) string {
	if k, ok := v.s.Law.At(v.Now).Place(id); ok {
		return k.Name.In(string(v.Lang))
	}
	return ""
}

// safeguards are what the program does by itself, whatever a case says.
func (v *visit) safeguards() *page.Grid {
	g := page.NewGrid(v.T("assessment.own"), v.T("assessment.own.what"))
	for _, k := range []string{"permit", "sealed", "deletion", "grounds", "second", "log", "sound"} {
		g.Add(page.Cell{Text: v.T("assessment.own." + k)})
	}
	return g
}

func (v *visit) assessmentPage(a assessment.Assessment) *page.Record {
	pg := v.NewRecord(v.title(a), v.T("assessment.lead"), fds.Link{Href: path, Text: v.T("assessment.title")})
	here := path + "/sted/" + a.Scope.Location
	if a.Scope.Purpose != "" {
		here = path + "/formaal/" + a.Scope.Purpose
	}
	for _, form := range []string{"pdf", "docx", "html", "xlsx", "json"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: here + "/fil/" + form, Text: v.T("assessment.get." + form)})
	}
	pg.Add(page.Section{ID: "hvem", Heading: v.T("assessment.who"), List: list(v.T("assessment.who"), v.head(a))})
	for _, s := range v.sections(a) {
		pg.Add(s)
	}
	return pg
}

func (v *visit) listPage(all []place) *page.Record {
	pg := v.NewRecord(v.T("assessment.title"), v.T("assessment.list.lead"))
	s := page.Section{ID: "steder", Heading: v.T("assessment.places"), Empty: v.T("assessment.places.none")}
	if len(all) > 0 {
		s.Empty, s.Grid = "", page.NewGrid(v.T("assessment.places"), v.T("assessment.place"), v.T("assessment.cases"), v.T("assessment.cameras"))
	}
	for _, p := range all {
		s.Grid.Add(page.Cell{Text: p.Name, Href: path + "/sted/" + p.ID, Quiet: p.Address}, page.Cell{Text: strings.Join(p.cases, ", ")}, page.Cell{Text: v.Number(int64(p.cameras)), End: true})
	}
	pg.Add(s)
	purposes := page.Section{ID: "formaal", Heading: v.T("assessment.purposes"), Lead: v.T("assessment.purposes.text")}
	for _, p := range assessment.Purposes() {
		purposes.Links = append(purposes.Links, fds.Link{Href: path + "/formaal/" + p, Text: v.T("assessment.purpose." + p)})
	}
	pg.Add(purposes)
	return pg
}

// paper is the assessment as a document.
func (v *visit) paper(a assessment.Assessment) *paper.Paper {
	doc := v.NewPaper(v.title(a))
	doc.Facts = v.head(a)
	doc.Blocks = append([]paper.Block{paper.Paragraph{Text: v.T("assessment.lead")}}, page.Blocks(v.sections(a))...)
	return doc
}

// table is the assessment as a spreadsheet: a row for each thing that a case
// says or should say.
func (v *visit) table(a assessment.Assessment) sheet.Table {
	t := sheet.Table{Name: v.T("assessment.file"), Head: []string{v.T("assessment.controller"), v.T("assessment.case"), v.T("assessment.part"), v.T("assessment.clause"), v.T("assessment.question"), v.T("assessment.answer"), v.T("assessment.gap.what"), v.T("assessment.made")}}
	for _, c := range a.Cases {
		for _, p := range c.Parts {
			for _, i := range p.Items {
				gap, text := "", v.says(i)
				if i.Missing {
					gap, text = v.T("assessment.missing"), ""
				}
				t.Rows = append(t.Rows, slices.Concat(sheet.Texts(a.Controller, c.ID, v.T("assessment.part."+string(p.ID)), p.Clause, v.label(i), text, gap), []sheet.Cell{sheet.Moment(a.Made.In(time.UTC))}))
			}
		}
	}
	return t
}

func list(caption string, facts []paper.Fact) *fds.StructuredList {
	l := &fds.StructuredList{Caption: caption}
	for _, f := range facts {
		l.Rows = append(l.Rows, fds.Row{Term: f.Term, Text: f.Text})
	}
	return l
}
