package page

import (
	"bytes"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/web"
)

// NewPaper begins a document of the visit's controller, in the visitor's language.
func (v *Visit) NewPaper(title string) *paper.Paper {
	return &paper.Paper{Lang: string(v.Lang), Title: title, Source: v.T("handover.source", v.Controller.Name), Made: v.Now, MadeText: v.DateTime(v.Now), PageText: v.T("committee.page")}
}

// PaperFile makes a document as "pdf", "docx" or "html", and its media type;
// another form is NotFound "page.unknown".
func PaperFile(form string, doc *paper.Paper) (data []byte, kind string, err error) {
	var b bytes.Buffer
	switch form {
	case "pdf":
		var f paper.Fonts
		if f.Regular, err = web.Font("Regular"); err != nil {
			return nil, "", fault.As(fault.Internal, "", err)
		}
		if f.Bold, err = web.Font("Bold"); err != nil {
			return nil, "", fault.As(fault.Internal, "", err)
		}
		kind, err = "application/pdf", doc.PDF(&b, f)
	case "docx":
		kind, err = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", doc.DOCX(&b)
	case "html":
		kind, err = "text/html; charset=utf-8", doc.HTML(&b)
	default:
		err = fault.New(fault.NotFound, "page.unknown", "no document as %.10q", form)
	}
	return b.Bytes(), kind, err
}

// SendPaper sends a document in a form of [PaperFile]. name has no ending.
func (v *Visit) SendPaper(name, form string, doc *paper.Paper) error {
	data, kind, err := PaperFile(form, doc)
	if err != nil {
		return err
	}
	return v.File(name+"."+form, kind, data)
}

// Blocks are sections as a document says them: what is read on the page is read
// on paper, in the same order.
func Blocks(sections []Section) (out []paper.Block) {
	for _, s := range sections {
		out = append(out, paper.Heading{Level: 2, Text: s.Heading})
		if s.Lead != "" {
			out = append(out, paper.Paragraph{Text: s.Lead})
		}
		for _, p := range s.Paragraphs {
			out = append(out, paper.Paragraph{Text: p})
		}
		if s.Alert != nil {
			out = append(out, paper.Paragraph{Text: s.Alert.Heading, Strong: true}, paper.Paragraph{Text: s.Alert.Text})
		}
		if s.List != nil {
			out = append(out, factsOf(s.List))
		}
		if s.Grid != nil {
			out = append(out, tableOf(s.Grid))
		}
		if s.Empty != "" {
			out = append(out, paper.Paragraph{Text: s.Empty})
		}
	}
	return out
}

func factsOf(l *fds.StructuredList) (out paper.Facts) {
	for _, r := range l.Rows {
		text := r.Text
		if r.Badge != nil {
			text = joinLines(text, r.Badge.Text)
		}
		out = append(out, paper.Fact{Term: r.Term, Text: joinLines(append([]string{text}, r.More...)...)})
	}
	return out
}

// tableOf gives the first column, which names the row, room for words.
func tableOf(g *Grid) paper.Table {
	t := paper.Table{Caption: g.Table.Caption}
	for i, c := range g.Table.Columns {
		t.Columns = append(t.Columns, c.Text)
		t.Widths = append(t.Widths, map[bool]float64{true: 3, false: 1.5}[i == 0])
	}
	for _, l := range g.Lines {
		var row []string
		for _, c := range l.Cells {
			text := c.Text
			if c.Badge != nil {
				text = joinLines(text, c.Badge.Text)
			}
			row = append(row, joinLines(append([]string{text, c.Quiet}, c.More...)...))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func joinLines(parts ...string) (out string) {
	for _, p := range parts {
		if p != "" && out != "" {
			out += "\n"
		}
		out += p
	}
	return out
}
