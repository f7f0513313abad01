// Package sheet carries tables out of and into the house: CSV as a Danish
// spreadsheet expects it, and XLSX.
//
// What it promises: one [Table] is written as either, æ, ø and å are read
// right, and no cell of ours is taken for a formula. What it reads of others'
// files is bounded in bytes, rows, columns and unpacked size before it is
// looked at, and comes as plain text.
//
// What it refuses: formulas, macros and links, which are not looked at;
// workbooks of before 2007 and locked ones; a file that is larger unpacked
// than [MaxUnpacked]. The XLSX half is our own: a table needs a dozen elements
// of the format, and a reader of strangers' files should hold no more.
package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// Limits on what is read.
const (
	MaxBytes    = 8 << 20  // of a file
	MaxUnpacked = 32 << 20 // of all that is unpacked of one
	MaxRows     = 20000
	MaxColumns  = 200
	MaxCell     = 32767 // bytes of a cell, as spreadsheets have it in characters
)

// Table is what is written: a heading and rows.
type Table struct {
	Name string // of the sheet
	Head []string
	Rows [][]Cell
}

// Cell is a text, a number or a time. The zero Cell is empty.
type Cell struct {
	kind   kind
	text   string
	number float64
	digits int
	time   time.Time
}

type kind uint8

const (
	text kind = iota
	number
	day
	moment
)

// Text is a cell of text.
func Text(s string) Cell { return Cell{text: s} }

// Number is a cell that can be added up, with so many decimals.
func Number(f float64, decimals int) Cell { return Cell{kind: number, number: f, digits: decimals} }

// Count is a whole number.
func Count(n int) Cell { return Number(float64(n), 0) }

// Day is a date in the zone that t has; the zero time is empty.
func Day(t time.Time) Cell { return timed(day, t) }

// Moment is a date with a time of day in the zone that t has; the zero time
// is empty.
func Moment(t time.Time) Cell { return timed(moment, t) }

func timed(k kind, t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{kind: k, time: t}
}

// Texts are cells of text.
func Texts(list ...string) []Cell {
	out := make([]Cell, len(list))
	for i, s := range list {
		out[i] = Text(s)
	}
	return out
}

// String is the cell as Danes write it, and as CSV has it.
func (c Cell) String() string {
	switch c.kind {
	case number:
		return strings.Replace(strconv.FormatFloat(c.number, 'f', c.digits, 64), ".", ",", 1)
	case day:
		return c.time.Format("02-01-2006")
	case moment:
		return c.time.Format("02-01-2006 15:04:05")
	}
	return c.text
}

// CSV writes the table for a Danish spreadsheet.
func (t Table) CSV(w io.Writer) error {
	out, err := newCSV(w)
	if err != nil {
		return err
	}
	if err := out.texts(t.Head); err != nil {
		return err
	}
	row := []string{}
	for _, cells := range t.Rows {
		row = row[:0]
		for _, c := range cells {
			s := c.String()
			if c.kind == text {
				s = Guard(s)
			}
			row = append(row, s)
		}
		if err := out.write(row); err != nil {
			return err
		}
	}
	return out.end()
}

// CSV writes rows of text for a Danish spreadsheet: semicolons, line ends as
// Windows has them, and a byte order mark so that æ, ø and å are read right. A
// cell that a spreadsheet would take for a formula is made text.
func CSV(w io.Writer, rows [][]string) error {
	out, err := newCSV(w)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := out.texts(row); err != nil {
			return err
		}
	}
	return out.end()
}

// Guard makes text of what a spreadsheet would take for a formula, with the
// apostrophe that spreadsheets hide. [Read] takes it off again.
func Guard(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// formula reports whether a spreadsheet would take s for a formula, also where
// it begins with the wide signs of East Asian keyboards.
func formula(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}

// bare undoes [Guard].
func bare(s string) string {
	if strings.HasPrefix(s, "'") && formula(s[1:]) {
		return s[1:]
	}
	return s
}

type csvWriter struct{ *csv.Writer }

func newCSV(w io.Writer) (csvWriter, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return csvWriter{}, written(err)
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	return csvWriter{c}, nil
}

func (w csvWriter) texts(row []string) error {
	safe := make([]string, len(row))
	for i, cell := range row {
		safe[i] = Guard(cell)
	}
	return w.write(safe)
}

// write leaves out what steers the terminal that a table is shown on.
func (w csvWriter) write(row []string) error {
	for i, cell := range row {
		row[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
				return -1
			}
			return r
		}, cell)
	}
	return written(w.Write(row))
}

func (w csvWriter) end() error {
	w.Flush()
	return written(w.Error())
}

// written gives an error of the receiver its kind.
func written(err error) error { return fault.As(fault.Unavailable, "sheet.write", err) }
