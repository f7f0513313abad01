package cases

import (
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
)

// decision is what was decided, and what came of it.
type decision struct {
	look     dossier.View
	app      casework.Application // that was decided on
	standing []dossier.Standing   // permits that stand
	places   string
}

// decided says whether there is a decision to be told: an approval, or an end.
func decided(c casework.Case) bool { return c.Approved > 0 || !c.Ended.IsZero() }

// decision gathers the decision of a case; one that is not decided has none.
func (p *Screens) decision(v *visit, look dossier.View) (d decision, err error) {
	d = decision{look: look, app: look.Application}
	if !decided(look.Case) {
		return d, fault.New(fault.NotFound, "case.undecided", "case %s is not decided", look.Case.ID)
	}
	if n := max(look.Case.Permitted, look.Case.Approved); n > 0 {
		r, err := p.Cases.Revision(v.Ctx, look.Case.Controller, look.Case.ID, n)
		if err != nil {
			return d, err
		}
		d.app = r.Application
	}
	all, err := p.Cases.Permits(v.Ctx, look.Case.Controller, look.Case.ID)
	if err != nil {
		return d, err
	}
	for _, s := range all {
		if s.Ended.IsZero() {
			d.standing = append(d.standing, s)
		}
	}
	d.places, err = v.placeNames(look)
	return d, err
}

// letter shows the decision with its terms in plain words, and beside each
// camera what the engine says is in force.
func (p *Screens) letter(v *visit, look dossier.View) error {
	d, err := p.decision(v, look)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.letterPage(d))
}

func (v *visit) letterPage(d decision) *page.Record {
	c := d.look.Case
	pg := v.NewRecord(v.T("letter.title"), v.verdict(d), v.crumbs(c)...)
	pg.Actions = []fds.Link{{Href: path(c, "/afgoerelse.pdf"), Text: v.T("letter.pdf")}}
	head := &fds.StructuredList{Caption: v.T("letter.head")}
	for _, x := range v.letterFacts(d) {
		head.Rows = append(head.Rows, fds.Row{Term: x.Term, Text: x.Text})
	}
	pg.Add(page.Section{ID: "om", Heading: v.T("letter.head"), List: head})
	for _, w := range d.app.Cameras {
		terms := &fds.StructuredList{Caption: w.Name}
		for i, t := range v.terms(d, w) {
			if i == 0 {
				terms.Rows = append(terms.Rows, fds.Row{Term: v.T("letter.terms"), Text: t})
			} else {
				terms.Rows[0].More = append(terms.Rows[0].More, t)
			}
		}
		badge, text := v.inForce(d, w.Camera)
		terms.Rows = append(terms.Rows, fds.Row{Term: v.T("letter.engine"), Badge: &badge, Text: text})
		pg.Add(page.Section{ID: "k-" + w.Camera, Heading: w.Name, List: terms, Half: true})
	}
	if len(c.Conditions) > 0 {
		g := page.NewGrid(v.T("committee.conditions"), v.T("committee.conditions.text"), v.T("committee.conditions.from"), v.T("committee.conditions.met"))
		for _, row := range v.conditionTable(d.look).Rows {
			g.Add(page.Cell{Text: row[0]}, page.Cell{Text: row[1]}, page.Cell{Text: row[2]})
		}
		pg.Add(page.Section{ID: "vilkaar", Heading: v.T("committee.conditions"), Grid: g})
	}
	return pg
}

func (v *visit) conditionTable(look dossier.View) paper.Table {
	for _, t := range v.paperTables(look) {
		if t.Caption == v.T("committee.conditions") {
			return t
		}
	}
	return paper.Table{}
}

// verdict is the decision in one sentence.
func (v *visit) verdict(d decision) string {
	c := d.look.Case
	switch {
	case c.Status == casework.Refused:
		return v.T("letter.refused", d.places, c.Reason)
	case !c.Ended.IsZero():
		return v.T("letter.ended", d.places, v.Date(c.Ended), c.Reason)
	case c.ValidTo.IsZero():
		return v.T("letter.approved.open", d.places, v.N("case.cameras", int64(len(d.app.Cameras))))
	}
	return v.T("letter.approved", d.places, v.N("case.cameras", int64(len(d.app.Cameras))), v.Date(c.ValidTo))
}

func (v *visit) letterFacts(d decision) []paper.Fact {
	c := d.look.Case
	facts := []paper.Fact{{Term: v.T("committee.fact.case"), Text: c.ID}}
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, paper.Fact{Term: v.T(key), Text: text})
		}
	}
	add("committee.fact.number", c.Number)
	add("letter.applicant", v.applicantName(d.look))
	add("case.fact.decided", v.Date(c.Decided))
	add("case.fact.valid", v.Date(c.ValidTo))
	if days := d.look.Process.RetentionDays(d.app); days > 0 {
		add("case.fact.retention", v.N("case.days", int64(days)))
	}
	if c.Approved > 0 {
		add("committee.fact.revision", itoa(max(c.Permitted, c.Approved)))
	}
	return facts
}

// terms are one camera's in plain words: those of its permit when it is out,
// until then what was approved.
func (v *visit) terms(d decision, w casework.Wanted) []string {
	for _, s := range d.standing {
		if s.Camera == w.Camera && s.Signed != nil {
			return s.Lines(string(v.Lang))
		}
	}
	var out []string
	if !w.Recording {
		return []string{v.T("letter.norecording")}
	}
	for _, h := range d.app.Hours {
		if h.ID == w.Pattern {
			out = append(out, v.T("letter.hours", h.Hours.Explain(string(v.Lang))))
		}
	}
	if b, ok := v.s.Law.At(v.Now).Basis(w.Basis); ok {
		out = append(out, v.T("letter.basis", b.Cite))
	}
	out = append(out, v.T("letter.purpose", w.Purpose))
	if w.Sound {
		return append(out, v.T("committee.sound"))
	}
	return append(out, v.T("letter.nosound"))
}

// inForce is what the engine says of a camera now.
func (v *visit) inForce(d decision, camera string) (fds.Badge, string) {
	i := slices.IndexFunc(d.standing, func(s dossier.Standing) bool { return s.Camera == camera })
	if i < 0 {
		return fds.Badge{Tone: fds.Plain, Text: v.T("letter.none")}, ""
	}
	s := d.standing[i]
	switch {
	case s.Deviates != "":
		return fds.Badge{Tone: fds.Error, Text: v.T("permit.differs")}, v.Or("permit.differs."+s.Deviates, s.Deviates)
	case s.Engine == nil:
		return fds.Badge{Tone: fds.Warning, Text: v.T("permit.unknown")}, ""
	case s.Engine.Covers:
		return fds.Badge{Tone: fds.Success, Text: v.T("letter.records")}, ""
	}
	return fds.Badge{Tone: fds.Info, Text: v.T("permit.in-force")}, v.Or("why."+string(s.Engine.Cause), "")
}

// letterPDF is the decision as a letter. What the engine says is of the moment
// and stands on the page alone.
func (p *Screens) letterPDF(v *visit, look dossier.View) error {
	d, err := p.decision(v, look)
	if err != nil {
		return err
	}
	return v.sendPDF(v.letterPaper(d), v.T("letter.file")+"-"+look.Case.ID)
}

func (v *visit) letterPaper(d decision) *paper.Paper {
	doc := v.newPaper(d.look, v.T("letter.title")+": "+d.look.Case.Title)
	doc.Facts = v.letterFacts(d)
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.verdict(d), Strong: true})
	if len(d.app.Cameras) > 0 && d.look.Case.Approved > 0 {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("letter.cameras")})
		for _, w := range d.app.Cameras {
			doc.Blocks = append(doc.Blocks, paper.Heading{Level: 3, Text: w.Name}, paper.List{Items: v.terms(d, w)})
		}
	}
	if t := v.conditionTable(d.look); len(t.Rows) > 0 {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: t.Caption}, t)
	}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("letter.foot"), Quiet: true})
	return doc
}
