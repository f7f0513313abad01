package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Bounds on a workbook's files and on the texts that its cells share.
const (
	maxParts = 1000
	maxTexts = 500_000
)

// readXLSX reads the first sheet of a workbook.
func readXLSX(b []byte) ([][]string, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, bad("sheet.form", "not a workbook: %T", err)
	}
	if len(z.File) > maxParts {
		return nil, bad("sheet.large", "a workbook of %d files", len(z.File))
	}
	w := &workbook{parts: map[string]*zip.File{}, left: MaxUnpacked}
	for _, f := range z.File {
		w.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	name, err := w.first()
	if err != nil {
		return nil, err
	}
	var shared []string
	if _, ok := w.parts["xl/sharedStrings.xml"]; ok {
		if shared, err = w.strings(); err != nil {
			return nil, err
		}
	}
	return w.rows(name, shared)
}

type workbook struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

// each calls f for every token of a part until io.EOF. f's error ends it.
func (w *workbook) each(name string, f func(d *xml.Decoder, t xml.Token) error) error {
	part, ok := w.parts[name]
	if !ok {
		return bad("sheet.form", "a workbook without %.60q", name)
	}
	r, err := part.Open()
	if err != nil {
		return bad("sheet.form", "a workbook with %.60q packed in an unknown way", name)
	}
	defer r.Close()
	d := xml.NewDecoder(&metered{r, &w.left})
	for {
		t, err := d.RawToken()
		if err == nil {
			if _, ok := t.(xml.Directive); ok {
				return bad("sheet.form", "a workbook with a document type")
			}
			err = f(d, t)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errUnpacked):
			return bad("sheet.large", "a workbook above %d bytes when unpacked", MaxUnpacked)
		case err != nil:
			// One of ours has its kind; all else is what a stranger's bytes
			// brought about, and no defect here.
			if fault.Of(err) == fault.Internal {
				err = bad("sheet.form", "a workbook with a broken part: %T", err)
			}
			return err
		}
	}
}

var errUnpacked = errors.New("too large unpacked")

// metered counts what is unpacked, over all parts.
type metered struct {
	r    io.Reader
	left *int64
}

func (m *metered) Read(p []byte) (int, error) {
	if *m.left <= 0 {
		return 0, errUnpacked
	}
	n, err := m.r.Read(p[:min(int64(len(p)), *m.left)])
	*m.left -= int64(n)
	return n, err
}

func attribute(e xml.StartElement, space, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && (space == "" || a.Name.Space == space) {
			return a.Value
		}
	}
	return ""
}

// first is the part of the first sheet of the workbook.
func (w *workbook) first() (string, error) {
	id := ""
	err := w.each("xl/workbook.xml", func(_ *xml.Decoder, t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "sheet" && id == "" {
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	target := ""
	err = w.each("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" && attribute(e, "", "Id") == id {
			target = attribute(e, "", "Target")
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case target == "":
		return "", bad("sheet.form", "a workbook without sheets")
	case strings.HasPrefix(target, "/"):
		return path.Clean(target)[1:], nil
	}
	return path.Join("xl", target), nil
}

// strings are the texts that cells point at. The readings of Japanese text
// are not part of it.
func (w *workbook) strings() (out []string, err error) {
	var b strings.Builder
	reading, in := 0, false
	err = w.each("xl/sharedStrings.xml", func(_ *xml.Decoder, t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				b.Reset()
			case "rPh":
				reading++
			case "t":
				in = reading == 0
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "si":
				if len(out) >= maxTexts {
					return bad("sheet.large", "a workbook with more than %d texts", maxTexts)
				}
				out = append(out, b.String())
			case "rPh":
				reading--
			case "t":
				in = false
			}
		case xml.CharData:
			if in {
				b.Write(e)
			}
		}
		return nil
	})
	return out, err
}

// cellReader gathers the cells of a sheet as its elements come.
type cellReader struct {
	shared []string
	rows   [][]string
	row    []string
	at     int // column of the cell
	kind   string
	text   strings.Builder
	in     bool
}

func (w *workbook) rows(name string, shared []string) ([][]string, error) {
	c := &cellReader{shared: shared}
	err := w.each(name, func(_ *xml.Decoder, t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			return c.start(e)
		case xml.EndElement:
			return c.end(e.Name.Local)
		case xml.CharData:
			if c.in {
				c.text.Write(e)
			}
		}
		return nil
	})
	return c.rows, err
}

func (c *cellReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		c.row, c.at = nil, -1
		if n, err := strconv.Atoi(attribute(e, "", "r")); err == nil {
			if n > MaxRows {
				return bad("sheet.rows", "more than %d rows", MaxRows)
			}
			for len(c.rows) < n-1 {
				c.rows = append(c.rows, nil) // rows without cells are left out
			}
		}
	case "c":
		c.at++
		if n, ok := columnOf(attribute(e, "", "r")); ok {
			c.at = n
		}
		if c.at >= MaxColumns {
			return bad("sheet.columns", "row %d has more than %d columns", len(c.rows)+1, MaxColumns)
		}
		c.kind = attribute(e, "", "t")
		c.text.Reset()
	case "v", "t":
		c.in = true
	}
	return nil
}

func (c *cellReader) end(name string) (err error) {
	switch name {
	case "v", "t":
		c.in = false
	case "c":
		s, err := c.value()
		if err != nil {
			return err
		}
		for len(c.row) <= c.at {
			c.row = append(c.row, "")
		}
		if c.at >= 0 {
			c.row[c.at] = s
		}
	case "row":
		c.rows, err = grow(c.rows, c.row)
	}
	return err
}

// value is the cell as text. A formula's last result is its value.
func (c *cellReader) value() (string, error) {
	s := c.text.String()
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n >= len(c.shared) {
			return "", bad("sheet.form", "a cell that points at no text")
		}
		return c.shared[n], nil
	case "b":
		return map[string]string{"1": "ja", "0": "nej"}[s], nil
	case "e":
		return "", nil
	case "", "n":
		// A number as a person reads it: spreadsheets write 2.8 as 2.7999999999999998.
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return strings.Replace(strconv.FormatFloat(f, 'g', 15, 64), ".", ",", 1), nil
		}
	}
	return s, nil
}

// columnOf reads the letters of an address such as AB12.
func columnOf(r string) (int, bool) {
	n := 0
	for i, c := range r {
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > MaxColumns {
			return n, true
		}
	}
	return 0, false
}
