package paper

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"vidne.dk/vidne/internal/fault"
)

// Fonts are the faces that a PDF embeds, as TrueType files.
type Fonts struct{ Regular, Bold []byte }

// Measures in millimetres and points, A4 upright.
const (
	marginX, marginTop, marginFoot = 22.0, 20.0, 22.0
	bodySize, smallSize            = 10.5, 8.5
	lineRatio                      = 0.50 // millimetres of line for a point of size
	family                         = "body"
	// A picture that is small stands as large as it is on a screen.
	inch, pixels = 25.4, 96.0
)

// pdf is a paper being written.
type pdf struct {
	*fpdf.Fpdf
	width float64 // between the margins
}

// PDF writes the paper as PDF with embedded fonts. One that is read from right to
// left is Invalid "paper.script": its letters take the form of where they stand
// in a word, which a browser that prints the page does.
func (p *Paper) PDF(w io.Writer, f Fonts) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Leftward() {
		return fault.New(fault.Invalid, "paper.script", "a PDF in %s", p.Lang)
	}
	d := pdf{Fpdf: fpdf.New("P", "mm", "A4", "")}
	d.AddUTF8FontFromBytes(family, "", f.Regular)
	d.AddUTF8FontFromBytes(family, "B", f.Bold)
	d.SetCreationDate(p.Made)
	d.SetModificationDate(p.Made)
	d.SetCatalogSort(true)
	d.SetTitle(p.Title, true)
	d.SetCreator("Vidne", true)
	d.SetLang(p.language())
	d.SetMargins(marginX, marginTop, marginX)
	d.SetAutoPageBreak(true, marginFoot)
	d.AliasNbPages("{nb}")
	pageWidth, _ := d.GetPageSize()
	d.width = pageWidth - 2*marginX
	d.SetFooterFunc(func() {
		d.SetY(-14)
		d.face("", smallSize, 89)
		page := strings.NewReplacer("{0}", strconv.Itoa(d.PageNo()), "{1}", "{nb}").Replace(p.PageText)
		d.CellFormat(d.width*0.8, 5, p.Source+" · "+p.MadeText, "", 0, "L", false, 0, "")
		d.CellFormat(d.width*0.2, 5, page, "", 0, "R", false, 0, "")
	})
	d.AddPage()
	d.face("B", 18, 26)
	d.MultiCell(d.width, 8, p.Title, "", "L", false)
	d.Ln(3)
	d.facts(p.Facts)
	for _, b := range p.Blocks {
		d.block(b)
	}
	if err := d.Output(w); err != nil {
		return fault.As(fault.Internal, "paper.pdf", err)
	}
	return nil
}

// languages are what texts are written in, with the country whose spelling it is.
var languages = map[string]string{"da": "da-DK", "en": "en-GB", "de": "de-DE", "uk": "uk-UA", "ar": "ar", "pl": "pl-PL", "tr": "tr-TR"}

func (p *Paper) language() string {
	if l := languages[p.Lang]; l != "" {
		return l
	}
	return languages["da"]
}

// Leftward reports whether the paper is read from right to left.
func (p *Paper) Leftward() bool { return p.Lang == "ar" }

func (d *pdf) face(style string, size float64, grey int) {
	d.SetFont(family, style, size)
	d.SetTextColor(grey, grey, grey)
}

func (d *pdf) block(b Block) {
	switch b := b.(type) {
	case Heading:
		size := map[int]float64{2: 13.5, 3: 11.5, 4: bodySize}[b.Level]
		d.Ln(3)
		d.keep(22)
		d.face("B", size, 26)
		d.MultiCell(d.width, size*lineRatio, b.Text, "", "L", false)
		d.Ln(1)
	case Paragraph:
		style, size, grey := "", bodySize, 26
		if b.Strong {
			style = "B"
		}
		if b.Quiet {
			size, grey = smallSize, 89
		}
		d.face(style, size, grey)
		d.MultiCell(d.width, size*lineRatio, b.Text, "", "L", false)
		d.Ln(2)
	case List:
		d.list(b)
	case Table:
		d.table(b)
	case Facts:
		d.facts(b)
	case Picture:
		d.picture(b)
	}
}

// keep begins a new page if less than h millimetres are left.
func (d *pdf) keep(h float64) {
	_, height := d.GetPageSize()
	if d.GetY()+h > height-marginFoot {
		d.AddPage()
	}
}

func (d *pdf) list(l List) {
	const indent = 6.0
	d.face("", bodySize, 26)
	for i, item := range l.Items {
		mark := "•"
		if l.Numbered {
			mark = strconv.Itoa(i+1) + "."
		}
		d.keep(bodySize * lineRatio)
		d.CellFormat(indent, bodySize*lineRatio, mark, "", 0, "L", false, 0, "")
		d.SetLeftMargin(marginX + indent)
		d.MultiCell(d.width-indent, bodySize*lineRatio, item, "", "L", false)
		d.SetLeftMargin(marginX)
		d.SetX(marginX)
	}
	d.Ln(2)
}

func (d *pdf) facts(list []Fact) {
	const term = 46.0
	for _, f := range list {
		d.face("B", bodySize, 26)
		lines := max(len(d.SplitText(f.Term, term-2)), 1)
		d.keep(float64(lines) * bodySize * lineRatio)
		y, page := d.GetY(), d.PageNo()
		d.MultiCell(term-2, bodySize*lineRatio, f.Term, "", "L", false)
		low := d.GetY()
		d.face("", bodySize, 26)
		d.SetXY(marginX+term, y)
		d.SetLeftMargin(marginX + term)
		d.MultiCell(d.width-term, bodySize*lineRatio, f.Text, "", "L", false)
		d.SetLeftMargin(marginX)
		if d.PageNo() == page && d.GetY() < low {
			d.SetY(low)
		}
		d.SetX(marginX)
	}
	if len(list) > 0 {
		d.Ln(2)
	}
}

func (d *pdf) table(t Table) {
	const size, pad = 9.0, 1.2
	shares := t.shares()
	if t.Caption != "" {
		d.keep(20)
		d.face("B", bodySize, 26)
		d.MultiCell(d.width, bodySize*lineRatio, t.Caption, "", "L", false)
		d.Ln(1)
	}
	_, height := d.GetPageSize()
	line := func(cells []string, style string) {
		d.face(style, size, 26)
		var texts [][]string
		most := 1
		for i := range t.Columns {
			var lines []string
			for _, part := range strings.Split(cell(cells, i), "\n") {
				lines = append(lines, d.SplitText(part, shares[i]*d.width-2*pad-1)...)
			}
			texts = append(texts, lines)
			most = max(most, len(lines))
		}
		// A row that is taller than a page is cut into pages.
		for from := 0; from < most; {
			room := int((height - marginFoot - d.GetY() - 2*pad) / (size * lineRatio))
			if room < min(most-from, 3) {
				d.AddPage()
				d.face(style, size, 26)
				continue
			}
			n := min(room, most-from)
			h, y, x := float64(n)*size*lineRatio+2*pad, d.GetY(), marginX
			for i := range t.Columns {
				w := shares[i] * d.width
				d.SetDrawColor(140, 140, 140)
				d.SetFillColor(240, 240, 240)
				d.Rect(x, y, w, h, map[bool]string{true: "FD", false: "D"}[style == "B"])
				for k := range n {
					if from+k < len(texts[i]) {
						d.SetXY(x+pad, y+pad+float64(k)*size*lineRatio)
						d.CellFormat(w-2*pad, size*lineRatio, texts[i][from+k], "", 0, "L", false, 0, "")
					}
				}
				x += w
			}
			d.SetXY(marginX, y+h)
			from += n
		}
	}
	line(t.Columns, "B")
	for _, r := range t.Rows {
		line(r, "")
	}
	d.Ln(3)
}

func (d *pdf) picture(p Picture) {
	name := "p" + strconv.Itoa(d.PageNo()) + "-" + strconv.FormatFloat(d.GetY(), 'f', 2, 64)
	w := min(d.width, float64(p.Width)*inch/pixels)
	h := w * float64(p.Height) / float64(p.Width)
	if most := 150.0; h > most {
		w, h = w*most/h, most
	}
	d.keep(h)
	o := fpdf.ImageOptions{ImageType: strings.ToUpper(strings.Replace(p.Type, "jpeg", "jpg", 1))}
	d.RegisterImageOptionsReader(name, o, bytes.NewReader(p.Data))
	d.ImageOptions(name, marginX, d.GetY(), w, h, true, o, 0, "")
	d.Ln(2)
}
