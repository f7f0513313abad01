// Package paper makes documents from what the system knows: one text with
// headings, lists and tables, as an accessible page, as PDF and as DOCX.
//
// What it promises: the three say the same in the same order; the text is
// text in each, with æ, ø and å, so that it can be searched, copied and read
// aloud; each page names its source, when it was made, and its number; the
// same paper made twice is the same bytes. The page (HTML) is the accessible
// original; PDF is for filing and DOCX for writing on.
//
// What it refuses: raw markup. A text is a text and is escaped.
package paper

import (
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Paper is one document.
type Paper struct {
	Lang  string // "da", "en"
	Title string
	// Facts stand beneath the title: case number, date, who wrote it.
	Facts  []Fact
	Blocks []Block
	// Source is where it comes from, said at the foot of each page: "Lindeby
	// Kommune, sag 2026-014".
	Source string
	Made   time.Time
	// MadeText is Made in the reader's words: "22. november 2026 kl. 09.14".
	MadeText string
	// PageText is "Side {0} af {1}".
	PageText string
}

// Fact is a term and what is said of it.
type Fact struct{ Term, Text string }

// Block is one of [Heading], [Paragraph], [List], [Table], [Facts], [Picture].
type Block interface{ block() }

// Heading is a heading of level 2 to 4; the title is the first.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is running text. Line breaks in it stand.
type Paragraph struct {
	Text   string
	Quiet  bool // small and grey: a remark on the text
	Strong bool
}

// List is points, numbered or not.
type List struct {
	Numbered bool
	Items    []string
}

// Table has a heading row. A row with fewer cells than columns is filled up.
type Table struct {
	Caption string
	Columns []string
	// Widths are shares of the width, one a column; nil divides it evenly.
	Widths []float64
	Rows   [][]string
}

// Facts is terms and texts, one a line.
type Facts []Fact

// Picture is a PNG or JPEG that stands in the text.
type Picture struct {
	Data []byte
	// Type is "png" or "jpeg".
	Type string
	// Width and Height are in pixels, for the proportion.
	Width, Height int
	// Text says what is to be seen, for those who cannot.
	Text string
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (List) block()      {}
func (Table) block()     {}
func (Facts) block()     {}
func (Picture) block()   {}

// check refuses what no form can show.
func (p *Paper) check() error {
	if p.Title == "" {
		return fault.New(fault.Invalid, "paper.title", "a paper without a title")
	}
	for i, b := range p.Blocks {
		switch b := b.(type) {
		case Heading:
			if b.Level < 2 || b.Level > 4 {
				return fault.New(fault.Invalid, "paper.heading", "block %d: a heading of level %d", i, b.Level)
			}
		case Table:
			if len(b.Columns) == 0 || b.Widths != nil && len(b.Widths) != len(b.Columns) {
				return fault.New(fault.Invalid, "paper.table", "block %d: %d columns, %d widths", i, len(b.Columns), len(b.Widths))
			}
			for _, r := range b.Rows {
				if len(r) > len(b.Columns) {
					return fault.New(fault.Invalid, "paper.table", "block %d: a row of %d cells in %d columns", i, len(r), len(b.Columns))
				}
			}
		case Picture:
			if b.Type != "png" && b.Type != "jpeg" || b.Width <= 0 || b.Height <= 0 || b.Text == "" {
				return fault.New(fault.Invalid, "paper.picture", "block %d: a picture needs its type, its size and words", i)
			}
		}
	}
	return nil
}

// shares are the columns' widths as parts of one.
func (t Table) shares() []float64 {
	out := make([]float64, len(t.Columns))
	var sum float64
	for i := range out {
		out[i] = 1
		if t.Widths != nil {
			out[i] = max(t.Widths[i], 0.01)
		}
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// cell is the i-th cell of a row, empty where the row is short.
func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}
