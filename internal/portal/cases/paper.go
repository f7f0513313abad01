package cases

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// paperPage is the paper for the committee: what was drafted from the case,
// which its writer edits section by section, beside what stands as it is.
type paperPage struct {
	page.Shell
	Lead     string
	Actions  []fds.Link
	Facts    fds.StructuredList
	Form     *page.Form // nil for who only reads
	Action   string
	Button   fds.Button
	Sections []paperSection
	Tables   []page.Section
	Attach   *page.ActForm
}

type paperSection struct {
	ID, Heading string
	Paragraphs  []string
}

// paperSections are the sections that are written, in the order of a committee
// paper of Herning's; the tables come after the second.
func paperSections() []string {
	return []string{"resume", "fremstilling", "oekonomi", "indstilling", "beslutning"}
}

// sectionLimit is the longest section, in characters. The room's limit is in
// bytes and larger.
const sectionLimit = 9000

func (p *Screens) paper(v *visit, look dossier.View) error {
	text, err := p.paperText(v, look)
	if err != nil {
		return err
	}
	f := v.paperForm().Fill(text)
	pg := v.paperPage(look, text, f, dossier.MayWritePaper(look, v.who()))
	if d, ok := v.Draft(); ok && pg.Form != nil {
		f.Fill(d)
		pg.Notes = append(pg.Notes, v.Kept())
	}
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

// paperText is every section as it stands: written by somebody, or drafted.
func (p *Screens) paperText(v *visit, look dossier.View) (url.Values, error) {
	written, err := p.Cases.Passages(v.Ctx, look.Case.Controller, look.Case.ID)
	if err != nil {
		return nil, err
	}
	places, err := v.placeNames(look)
	if err != nil {
		return nil, err
	}
	out := url.Values{}
	for _, s := range paperSections() {
		out.Set(s, v.drafted(look, s, places))
		if w, ok := written[s]; ok {
			out.Set(s, w.Text)
		}
	}
	return out, nil
}

func (v *visit) paperForm() *page.Form {
	f := v.NewForm("committee")
	for _, s := range paperSections() {
		rows := 5
		if s == "fremstilling" {
			rows = 18
		}
		f.Area(s, sectionLimit, rows, true)
	}
	return f
}

func (v *visit) paperPage(look dossier.View, text url.Values, f *page.Form, writes bool) *paperPage {
	c := look.Case
	pg := &paperPage{Shell: v.NewShell("casepaper", v.T("committee.title"), v.crumbs(c)...), Lead: v.T("committee.lead")}
	pg.Actions = []fds.Link{{Href: path(c, "/fremstilling.pdf"), Text: v.T("committee.pdf")}, {Href: path(c, "/fremstilling.docx"), Text: v.T("committee.docx")}}
	pg.Facts = fds.StructuredList{Caption: v.T("committee.facts")}
	for _, x := range v.paperFacts(look) {
		pg.Facts.Rows = append(pg.Facts.Rows, fds.Row{Term: x.Term, Text: x.Text})
	}
	for i, t := range v.paperTables(look) {
		g := page.NewGrid(t.Caption, t.Columns...)
		for _, row := range t.Rows {
			var cells []page.Cell
			for _, s := range row {
				cells = append(cells, page.Cell{Text: s})
			}
			g.Add(cells...)
		}
		pg.Tables = append(pg.Tables, page.Section{ID: "tabel-" + itoa(i), Heading: t.Caption, Grid: g})
	}
	if writes {
		pg.Form, pg.Action, pg.Button = f, path(c, "/fremstilling"), fds.Button{Kind: "primary", Text: v.T("committee.save")}
		if k, ok := look.Process.Annex(dossier.AnnexPaper); ok {
			pg.Attach = &page.ActForm{Action: path(c, "/fremstilling/vedlaeg"), Button: fds.Button{Kind: "secondary", Text: v.T("committee.attach", v.text(k.Title))}}
		}
		return pg
	}
	for _, s := range paperSections() {
		pg.Sections = append(pg.Sections, paperSection{s, v.T("committee." + s), paragraphs(text.Get(s))})
	}
	return pg
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) (out []string) {
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (p *Screens) savePaper(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.paperForm().Fill(in).Check()
	if !f.OK() {
		return v.Show(http.StatusUnprocessableEntity, v.paperPage(look, in, f, true))
	}
	places, err := v.placeNames(look)
	if err != nil {
		return err
	}
	sections := map[string]string{}
	for _, s := range paperSections() {
		sections[s] = strings.ReplaceAll(f.Get(s), "\r\n", "\n")
		if strings.TrimSpace(sections[s]) == v.drafted(look, s, places) {
			sections[s] = "" // as drafted: it goes on following the case
		}
	}
	if err := p.Cases.WritePaper(v.Ctx, look.Case.Controller, look.Case.ID, sections, v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/fremstilling?besked=fremstilling-gemt"))
}

// attachPaper puts the paper on the case as the annex that the process asks
// for, as PDF.
func (p *Screens) attachPaper(v *visit, look dossier.View) error {
	doc, err := p.paperOf(v, look)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writePDF(doc, &b); err != nil {
		return err
	}
	_, err = p.Cases.Attach(v.Ctx, look.Case.Controller, look.Case.ID, dossier.File{Kind: dossier.AnnexPaper, Name: v.T("committee.file") + "-" + look.Case.ID + ".pdf", Body: &b}, v.who())
	if err != nil {
		return err
	}
	return v.See(path(look.Case, "/fremstilling?besked=fremstilling-vedlagt"))
}

// writePDF writes a paper with the faces of the interface.
func writePDF(doc *paper.Paper, b *bytes.Buffer) error {
	regular, err := web.Font("Regular")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	bold, err := web.Font("Bold")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return doc.PDF(b, paper.Fonts{Regular: regular, Bold: bold})
}

// sendPDF and sendDOCX answer with a paper as a file.
func (v *visit) sendPDF(doc *paper.Paper, name string) error {
	var b bytes.Buffer
	if err := writePDF(doc, &b); err != nil {
		return err
	}
	return v.File(name+".pdf", "application/pdf", b.Bytes())
}

func (p *Screens) paperPDF(v *visit, look dossier.View) error {
	doc, err := p.paperOf(v, look)
	if err != nil {
		return err
	}
	return v.sendPDF(doc, v.T("committee.file")+"-"+look.Case.ID)
}

func (p *Screens) paperDOCX(v *visit, look dossier.View) error {
	doc, err := p.paperOf(v, look)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := doc.DOCX(&b); err != nil {
		return err
	}
	return v.File(v.T("committee.file")+"-"+look.Case.ID+".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b.Bytes())
}
