package paper

import (
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"vidne.dk/vidne/internal/fault"
)

// Sign (skilt) is what hangs where people are recorded: a pictogram, a few lines,
// and a code that leads to the rest. With more lines it is a poster (opslag). It
// is black on white, so that any printer makes it.
type Sign struct {
	Lang  string // "da", "en"
	Title string // the large line: "Videoovervågning"
	Also  string // the same in another language
	Facts []Fact // who, why, how long: what must be read before one goes in
	Scan  string // "Scan koden, eller gå til"
	Link  string // in the code
	Short string // the same address as people type it
	Made  time.Time
}

// Format is the size of a sign.
type Format string

// The formats.
const (
	A4      Format = "a4"
	A3      Format = "a3"
	Sticker Format = "sticker" // A6
)

// size is a format's in millimetres; of one that there is not, A4's.
func (f Format) size() fpdf.SizeType {
	switch f {
	case A3:
		return fpdf.SizeType{Wd: 297, Ht: 420}
	case Sticker:
		return fpdf.SizeType{Wd: 105, Ht: 148}
	}
	return fpdf.SizeType{Wd: fullWidth, Ht: 297}
}

// fullWidth is that of the A4 which a sign is drawn for.
const fullWidth = 210.0

// What stands beneath the band: points of text at least, millimetres of line for a
// point, millimetres between two facts.
const (
	leastSize = 8.0
	lineShare = 0.46
	factGap   = 2.0
)

// tall is how many millimetres of an A4 facts take.
func (d *signPage) tall(facts []Fact, size, width float64) (sum float64) {
	for _, f := range facts {
		d.SetFont(family, "B", size*d.unit)
		lines := len(d.SplitText(f.Term, width*d.unit))
		d.SetFont(family, "", size*d.unit)
		lines += len(d.SplitText(f.Text, width*d.unit))
		sum += float64(lines)*size*lineShare + factGap
	}
	return sum
}

// stickerFacts is how many facts a sticker has room for.
const stickerFacts = 2

// PDF writes the sign as one page with embedded fonts. A link that no code can
// hold is Invalid "paper.link".
func (s *Sign) PDF(w io.Writer, format Format, f Fonts) error {
	if len(f.Regular) == 0 || len(f.Bold) == 0 {
		return fault.New(fault.Invalid, "paper.fonts", "a PDF needs its faces")
	}
	code, err := qr.Encode(s.Link, qr.M)
	if err != nil {
		return fault.As(fault.Invalid, "paper.link", err)
	}
	d := &signPage{Fpdf: fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: format.size()}), unit: format.size().Wd / fullWidth}
	d.AddUTF8FontFromBytes(family, "", f.Regular)
	d.AddUTF8FontFromBytes(family, "B", f.Bold)
	d.SetCreationDate(s.Made)
	d.SetModificationDate(s.Made)
	d.SetCatalogSort(true)
	d.SetTitle(s.Title, true)
	d.SetCreator("Vidne", true)
	d.SetLang((&Paper{Lang: s.Lang}).language())
	d.SetMargins(0, 0, 0)
	d.SetAutoPageBreak(false, 0)
	d.AddPage()
	d.draw(s, format, code)
	if err := d.Output(w); err != nil {
		return fault.As(fault.Internal, "paper.pdf", err)
	}
	return nil
}

// signPage is a sign being drawn; lengths are of an A4 and take the page's size.
type signPage struct {
	*fpdf.Fpdf
	unit float64
}

// posterFacts is from how many facts on a sign is a poster: what is drawn is
// smaller, so that what is written is larger.
const posterFacts = 6

func (d *signPage) draw(s *Sign, format Format, code *qr.Code) {
	const margin = 18.0
	u, height := d.unit, format.size().Ht/d.unit
	band, side, top := 96.0, 66.0, 105.0
	poster := format != Sticker && len(s.Facts) >= posterFacts
	if poster {
		band, side, top = 56, 46, 62
	}
	d.SetFillColor(0, 0, 0)
	d.Rect(0, 0, fullWidth*u, band*u, "F")
	if poster {
		d.camera(50, 26)
		d.line(s.Title, 86, 12, fullWidth-86-margin, 38, "B", "L")
		d.line(s.Also, 86, 31, fullWidth-86-margin, 18, "", "L")
	} else {
		d.camera(fullWidth/2, 34)
		d.line(s.Title, margin, 60, fullWidth-2*margin, 38, "B", "C")
		d.line(s.Also, margin, 80, fullWidth-2*margin, 18, "", "C")
	}

	facts, size := s.Facts, 14.5
	if format == Sticker {
		facts, size = facts[:min(len(facts), stickerFacts)], 18
	}
	low := height - margin - side
	for size > leastSize && top+d.tall(facts, size, fullWidth-2*margin) > low {
		size -= 0.25
	}
	y := top
	for _, f := range facts {
		d.SetTextColor(0, 0, 0)
		for _, x := range []struct{ style, text string }{{"B", f.Term}, {"", f.Text}} {
			d.SetFont(family, x.style, size*u)
			d.SetXY(margin*u, y*u)
			d.MultiCell((fullWidth-2*margin)*u, size*lineShare*u, x.text, "", "L", false)
			y = d.GetY() / u
		}
		y += factGap
	}

	d.SetFillColor(0, 0, 0)
	square := side / float64(code.Size+8)
	for row := range code.Size {
		for col := range code.Size {
			if code.Black(col, row) {
				// A hair more than a square, so that no white shows between two.
				d.Rect((margin+float64(col)*square)*u, (low+float64(row)*square)*u, (square+0.02)*u, (square+0.02)*u, "F")
			}
		}
	}
	d.SetFont(family, "", 15*u)
	d.SetXY((margin+side)*u, (low+6)*u)
	d.MultiCell((fullWidth-2*margin-side)*u, 7.5*u, s.Scan, "", "L", false)
	d.SetFont(family, "B", 17*u)
	d.SetX((margin + side) * u)
	d.MultiCell((fullWidth-2*margin-side)*u, 8.5*u, s.Short, "", "L", false)
}

// line is one of white text, made smaller when it is too long.
func (d *signPage) line(text string, x, y, width, size float64, style, align string) {
	d.SetTextColor(255, 255, 255)
	room := width * d.unit
	d.SetFont(family, style, size*d.unit)
	if w := d.GetStringWidth(text) + 2*d.GetCellMargin(); w > room {
		d.SetFont(family, style, size*d.unit*room/w)
	}
	d.SetXY(x*d.unit, y*d.unit)
	d.CellFormat(room, size*0.5*d.unit, text, "", 0, align, false, 0, "")
}

// camera draws the pictogram around a point: a camera on its arm.
func (d *signPage) camera(x, y float64) {
	u := d.unit
	point := func(dx, dy float64) fpdf.PointType { return fpdf.PointType{X: (x + dx) * u, Y: (y + dy) * u} }
	d.SetFillColor(255, 255, 255)
	for _, shape := range [][]fpdf.PointType{
		{point(-30, -18), point(16, -6), point(11, 12), point(-35, 0)},   // the body
		{point(18, -4), point(30, -3), point(25, 15), point(13, 11)},     // the lens
		{point(-12, 8), point(-4, 10), point(-8, 22), point(-16, 20)},    // the arm
		{point(-40, 15), point(-10, 15), point(-10, 22), point(-40, 22)}, // its foot
	} {
		d.Polygon(shape, "F")
	}
}
