package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The parts of a workbook with one sheet (ECMA-376 part 1, SpreadsheetML).
const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	nsMain      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	nsRel       = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsPackage   = "http://schemas.openxmlformats.org/package/2006/relationships"

	contentTypes = declaration + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`
	rootRels = declaration + `<Relationships xmlns="` + nsPackage + `">` +
		`<Relationship Id="rId1" Type="` + nsRel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels = declaration + `<Relationships xmlns="` + nsPackage + `">` +
		`<Relationship Id="rId1" Type="` + nsRel + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + nsRel + `/styles" Target="styles.xml"/></Relationships>`
	// The styles by number: 0 plain, 1 heading, 2 day, 3 moment, 4 whole number,
	// 5 number with decimals. 14 and 22 are the reader's own way to write dates.
	styles = declaration + `<styleSheet xmlns="` + nsMain + `">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="dd\-mm\-yyyy\ hh:mm:ss"/></numFmts>` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
		`<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// maxWidth bounds a column on the screen, in characters.
const maxWidth = 60

// XLSX writes the table as a workbook with one sheet, its heading bold and
// held in place. The same table gives the same bytes.
func (t Table) XLSX(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", rootRels}, {"xl/_rels/workbook.xml.rels", bookRels}, {"xl/styles.xml", styles},
		{"xl/workbook.xml", declaration + `<workbook xmlns="` + nsMain + `" xmlns:r="` + nsRel + `"><sheets><sheet name="` + escape(sheetName(t.Name)) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	} {
		f, err := z.Create(part.name)
		if err != nil {
			return written(err)
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return written(err)
		}
	}
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return written(err)
	}
	b := bufio.NewWriter(f)
	t.sheet(b)
	if err := b.Flush(); err != nil {
		return written(err)
	}
	return written(z.Close())
}

// sheet writes the worksheet; b remembers an error of the receiver.
func (t Table) sheet(b *bufio.Writer) {
	fmt.Fprintf(b, `%s<worksheet xmlns="%s"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`, declaration, nsMain)
	for i, width := range t.widths() {
		fmt.Fprintf(b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width)
	}
	fmt.Fprint(b, `</cols><sheetData><row r="1">`)
	for i, s := range t.Head {
		textCell(b, i, 1, 1, s)
	}
	fmt.Fprint(b, `</row>`)
	for n, row := range t.Rows {
		fmt.Fprintf(b, `<row r="%d">`, n+2)
		for i, c := range row {
			switch c.kind {
			case text:
				if c.text != "" {
					textCell(b, i, n+2, 0, c.text)
				}
			case number:
				style := 4
				if c.digits > 0 {
					style = 5
				}
				valueCell(b, i, n+2, style, strconv.FormatFloat(c.number, 'f', c.digits, 64))
			case day:
				valueCell(b, i, n+2, 2, strconv.FormatFloat(serial(c.time, true), 'f', 0, 64))
			case moment:
				valueCell(b, i, n+2, 3, strconv.FormatFloat(serial(c.time, false), 'f', 8, 64))
			}
		}
		fmt.Fprint(b, `</row>`)
	}
	fmt.Fprint(b, `</sheetData></worksheet>`)
}

func (t Table) widths() []int {
	out := make([]int, max(1, len(t.Head)))
	wide := func(i int, s string) {
		if i < len(out) {
			out[i] = max(out[i], min(utf8.RuneCountInString(s)+2, maxWidth))
		}
	}
	for i := range out {
		out[i] = 8
	}
	for i, s := range t.Head {
		wide(i, s)
	}
	for _, row := range t.Rows {
		for i, c := range row {
			wide(i, c.String())
		}
	}
	return out
}

func textCell(b *bufio.Writer, column, row, style int, s string) {
	fmt.Fprintf(b, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, columnName(column), row, style, escape(s))
}

func valueCell(b *bufio.Writer, column, row, style int, v string) {
	fmt.Fprintf(b, `<c r="%s%d" s="%d"><v>%s</v></c>`, columnName(column), row, style, v)
}

// serial is days since 30 December 1899, of the wall clock that t shows:
// spreadsheets know no zones.
func serial(t time.Time, whole bool) float64 {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	days := wall.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
	if whole {
		return float64(int(days))
	}
	return days
}

// columnName is A, B ... Z, AA.
func columnName(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// sheetName is a name that a sheet may have: at most 31 characters, none of
// those that addresses are made of.
func sheetName(s string) string {
	s = strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`[]:*?/\`, c) || c < ' ' {
			return '-'
		}
		return c
	}, s), "' ")
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s == "" {
		return "Ark1"
	}
	return s
}

func escape(s string) string {
	if len(s) > MaxCell {
		s = strings.ToValidUTF8(s[:MaxCell], "")
	}
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
