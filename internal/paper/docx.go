package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// DOCX writes the paper as an Office Open XML text document (ECMA-376), with
// real headings, lists and table heads, so that a screen reader finds them.
func (p *Paper) DOCX(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	d := &docx{}
	d.paragraph("Title", p.Title, "")
	d.facts(p.Facts)
	for _, b := range p.Blocks {
		d.block(b)
	}
	text := d.body.String()
	if p.Leftward() {
		text = leftward.Replace(text)
	}
	z := zip.NewWriter(w)
	put := func(name string, data []byte) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.Made})
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}
	files := []part{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", packageRels},
		{"docProps/core.xml", fmt.Sprintf(coreProps, esc(p.Title), p.Made.UTC().Format("2006-01-02T15:04:05Z"), p.language())},
		{"word/styles.xml", fmt.Sprintf(docxStyles, p.language())}, {"word/numbering.xml", d.numbering()},
		{"word/footer1.xml", p.footer()}, {"word/_rels/document.xml.rels", d.rels()},
		{"word/document.xml", docxHead + text + docxTail},
	}
	for _, f := range files {
		if err := put(f.name, []byte(f.text)); err != nil {
			return fault.As(fault.Unavailable, "paper.write", err)
		}
	}
	for i, pic := range d.pictures {
		if err := put(fmt.Sprintf("word/media/p%d.%s", i+1, pic.Type), pic.Data); err != nil {
			return fault.As(fault.Unavailable, "paper.write", err)
		}
	}
	return fault.As(fault.Unavailable, "paper.write", z.Close())
}

// leftward says of each paragraph, run and table that it is read from right to
// left.
var leftward = strings.NewReplacer("</w:pPr>", "<w:bidi/></w:pPr>", "</w:rPr>", "<w:rtl/></w:rPr>", "<w:r><w:br/>", "<w:r><w:rPr><w:rtl/></w:rPr><w:br/>", "<w:r><w:t ", "<w:r><w:rPr><w:rtl/></w:rPr><w:t ", "<w:tblPr><w:tblW", "<w:tblPr><w:bidiVisual/><w:tblW")

type part struct{ name, text string }

// docx is a document being written.
type docx struct {
	body     strings.Builder
	pictures []Picture
	numbered int // numbered lists so far: each begins at 1
}

func esc(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// runs is text with its line breaks; props are run properties.
func runs(text, props string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		b.WriteString("<w:r>")
		if props != "" {
			b.WriteString("<w:rPr>" + props + "</w:rPr>")
		}
		if i > 0 {
			b.WriteString("<w:br/>")
		}
		b.WriteString(`<w:t xml:space="preserve">` + esc(line) + "</w:t></w:r>")
	}
	return b.String()
}

func (d *docx) paragraph(style, text, props string) {
	d.body.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>` + runs(text, props) + "</w:p>")
}

func (d *docx) block(b Block) {
	switch b := b.(type) {
	case Heading:
		d.paragraph(fmt.Sprintf("Heading%d", b.Level-1), b.Text, "")
	case Paragraph:
		style, props := "Normal", ""
		if b.Quiet {
			style = "Quiet"
		}
		if b.Strong {
			props = "<w:b/>"
		}
		d.paragraph(style, b.Text, props)
	case List:
		id := 1
		if b.Numbered {
			d.numbered++
			id = 1 + d.numbered
		}
		for _, item := range b.Items {
			fmt.Fprintf(&d.body, `<w:p><w:pPr><w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="%d"/></w:numPr></w:pPr>%s</w:p>`, id, runs(item, ""))
		}
	case Table:
		d.table(b)
	case Facts:
		d.facts(b)
	case Picture:
		d.picture(b)
	}
}

// facts are a table without lines, so that terms and texts stay together.
func (d *docx) facts(list []Fact) {
	if len(list) == 0 {
		return
	}
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid><w:gridCol w:w="2700"/><w:gridCol w:w="6300"/></w:tblGrid>`)
	for _, f := range list {
		d.body.WriteString(`<w:tr><w:tc><w:tcPr><w:tcW w:w="2700" w:type="dxa"/></w:tcPr>`)
		d.paragraph("Normal", f.Term, "<w:b/>")
		d.body.WriteString(`</w:tc><w:tc><w:tcPr><w:tcW w:w="6300" w:type="dxa"/></w:tcPr>`)
		d.paragraph("Normal", f.Text, "")
		d.body.WriteString("</w:tc></w:tr>")
	}
	d.body.WriteString("</w:tbl><w:p/>")
}

func (d *docx) table(t Table) {
	const whole = 9000
	if t.Caption != "" {
		d.paragraph("Caption", t.Caption, "")
	}
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid>`)
	widths := t.shares()
	for _, s := range widths {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, int(s*whole))
	}
	d.body.WriteString("</w:tblGrid>")
	row := func(cells []string, head bool) {
		d.body.WriteString("<w:tr>")
		props := ""
		if head {
			d.body.WriteString("<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>")
			props = "<w:b/>"
		}
		for i, s := range widths {
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, int(s*whole))
			d.paragraph("Normal", cell(cells, i), props)
			d.body.WriteString("</w:tc>")
		}
		d.body.WriteString("</w:tr>")
	}
	row(t.Columns, true)
	for _, r := range t.Rows {
		row(r, false)
	}
	d.body.WriteString("</w:tbl><w:p/>")
}

func (d *docx) picture(p Picture) {
	const emu, widest = 9525, 5731510 // of a pixel; 15.9 cm
	d.pictures = append(d.pictures, p)
	n := len(d.pictures)
	cx, cy := p.Width*emu, p.Height*emu
	if cx > widest {
		cx, cy = widest, int(float64(cy)*widest/float64(cx))
	}
	fmt.Fprintf(&d.body, docxPicture, cx, cy, n, n, esc(p.Text), n, n, esc(p.Text), n, cx, cy)
}

func (d *docx) rels() string {
	var b strings.Builder
	b.WriteString(relsHead)
	for i, r := range []part{{"styles", "styles.xml"}, {"numbering", "numbering.xml"}, {"footer", "footer1.xml"}} {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`, i+1, r.name, r.text)
	}
	for i, p := range d.pictures {
		fmt.Fprintf(&b, `<Relationship Id="pic%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/p%d.%s"/>`, i+1, i+1, p.Type)
	}
	return b.String() + "</Relationships>"
}

// numbering has one bulleted list, and a numbered one for each that the text
// has, so that each begins anew.
func (d *docx) numbering() string {
	var b strings.Builder
	b.WriteString(numberingHead)
	b.WriteString(`<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>`)
	for i := range d.numbered {
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>`, i+2)
	}
	return b.String() + "</w:numbering>"
}

func (p *Paper) footer() string {
	field := func(name string) string {
		return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + name + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`
	}
	before, rest, _ := strings.Cut(p.PageText, "{0}")
	between, after, _ := strings.Cut(rest, "{1}")
	return footerHead + runs(p.Source+" · "+p.MadeText+"   ", "") + runs(before, "") + field("PAGE") + runs(between, "") + field("NUMPAGES") + runs(after, "") + "</w:p></w:ftr>"
}
