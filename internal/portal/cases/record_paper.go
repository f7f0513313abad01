package cases

import (
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
)

func zoneOf() *time.Location { return page.Zone() }

// journalPaper is everything that happened, in order.
func (v *visit) journalPaper(look dossier.View, all []dossier.Entry) *paper.Paper {
	doc := v.newPaper(look, v.T("journal.title")+": "+look.Case.Title)
	doc.Facts = v.paperFacts(look)
	t := paper.Table{Caption: v.T("journal.all", len(all)), Columns: []string{v.T("journal.when"), v.T("journal.who"), v.T("journal.what")}, Widths: []float64{2, 2, 6}}
	for _, e := range all {
		what := v.event(look, e.Event)
		if e.Remarks != "" {
			what += "\n" + e.Remarks
		}
		t.Rows = append(t.Rows, []string{v.DateTime(e.At), v.actor(e.Event), what})
	}
	doc.Blocks = append(doc.Blocks, t)
	return doc
}

// revisionPaper is an application as it was sent, task by task.
func (v *visit) revisionPaper(look dossier.View, r dossier.Revision) *paper.Paper {
	doc := v.newPaper(look, v.T("package.revision", r.Revision)+": "+look.Case.Title)
	doc.Facts = []paper.Fact{{Term: v.T("committee.fact.case"), Text: look.Case.ID}, {Term: v.T("revisions.made"), Text: v.DateTime(r.Made)}, {Term: v.T("revisions.by"), Text: r.Name},
		{Term: v.T("revisions.kind"), Text: v.T("revision.kind." + r.Kind)}, {Term: v.T("revisions.sum"), Text: r.SHA256}}
	app := r.Application
	for i := range look.Process.Tasks {
		t := &look.Process.Tasks[i]
		var said paper.Facts
		for j := range t.Fields {
			if f := &t.Fields[j]; !app.Answers[f.ID].Empty() {
				said = append(said, paper.Fact{Term: v.text(f.Label), Text: v.text(f.Words(app.Answers[f.ID]))})
			}
		}
		if len(said) > 0 {
			doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.text(t.Title)}, said)
		}
	}
	as := look
	as.Application = app
	for _, t := range v.paperTables(as)[:1] { // the cameras: the rest is not the application's
		if len(t.Rows) > 0 {
			doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: t.Caption}, t)
		}
	}
	for _, w := range app.Cameras {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 3, Text: w.Name}, v.cameraFacts(w))
	}
	var annexes paper.List
	for _, a := range app.Annexes {
		kind := a.Kind
		if k, ok := look.Process.Annex(a.Kind); ok {
			kind = v.text(k.Title)
		}
		annexes.Items = append(annexes.Items, kind+": "+a.Name)
	}
	if len(annexes.Items) > 0 {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("annex.table")}, annexes)
	}
	return doc
}

// cameraFacts is what one camera was applied for with, beside the table.
func (v *visit) cameraFacts(w casework.Wanted) (out paper.Facts) {
	for _, x := range [][2]string{{"functionality", w.Functionality}, {"quality", w.Quality}, {"storage", w.Storage}, {"mounting", w.Mounting}, {"direction", w.Direction}} {
		if x[1] != "" {
			out = append(out, paper.Fact{Term: v.T("package.camera." + x[0]), Text: x[1]})
		}
	}
	return out
}
