package sheet

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// Read reads a table of somebody else's: XLSX, of which the first sheet, or
// CSV with semicolons, commas or tabs, in UTF-8, UTF-16 or Windows-1252. Rows
// may differ in length; empty ones stay, so that a row's number is the one
// that a person sees. What is no such file, or beyond a limit, is Invalid:
// sheet.large, sheet.rows, sheet.columns, sheet.cell, sheet.old, sheet.form.
func Read(r io.Reader) (rows [][]string, err error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fault.As(fault.Unavailable, "sheet.read", err)
	}
	switch {
	case len(b) > MaxBytes:
		return nil, bad("sheet.large", "a file above %d bytes", MaxBytes)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		rows, err = readXLSX(b)
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		// The container of XLS, and of a workbook with a password.
		return nil, bad("sheet.old", "a workbook of before 2007, or one that is locked")
	default:
		rows, err = readCSV(b)
	}
	if err != nil {
		return nil, err
	}
	for len(rows) > 0 && blank(rows[len(rows)-1]) {
		rows = rows[:len(rows)-1]
	}
	return rows, nil
}

func bad(key, format string, args ...any) error {
	return fault.New(fault.Invalid, key, format, args...)
}

func blank(row []string) bool {
	return strings.TrimSpace(strings.Join(row, "")) == ""
}

func readCSV(b []byte) ([][]string, error) {
	s, err := decode(b)
	if err != nil {
		return nil, err
	}
	comma := separator(s)
	if line, rest, _ := strings.Cut(s, "\n"); strings.HasPrefix(line, "sep=") && len(strings.TrimSpace(line)) == 5 {
		comma, s = rune(line[4]), rest // Excel's own way to say it
	}
	if strings.ContainsRune("\"\r\n", comma) {
		return nil, bad("sheet.form", "no separator")
	}
	c := csv.NewReader(strings.NewReader(s))
	c.Comma, c.LazyQuotes, c.FieldsPerRecord = comma, true, -1
	simple := !strings.Contains(s, `"`)
	var rows [][]string
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, bad("sheet.form", "not a table: %T", err)
		}
		// The reader leaves empty lines out; a person counts them. Where a cell
		// holds a line end, a line is no row, and nobody counts.
		line, _ := c.FieldPos(0)
		for len(rows)+1 < line && simple && len(rows) < MaxRows {
			rows = append(rows, nil)
		}
		if rows, err = grow(rows, row); err != nil {
			return nil, err
		}
	}
}

// grow adds a row within the limits.
func grow(rows [][]string, row []string) ([][]string, error) {
	if len(rows) >= MaxRows {
		return nil, bad("sheet.rows", "more than %d rows", MaxRows)
	}
	if len(row) > MaxColumns {
		return nil, bad("sheet.columns", "row %d has more than %d columns", len(rows)+1, MaxColumns)
	}
	for i, cell := range row {
		if len(cell) > MaxCell {
			return nil, bad("sheet.cell", "row %d, column %d holds more than %d bytes", len(rows)+1, i+1, MaxCell)
		}
		row[i] = bare(strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "")))
	}
	return append(rows, row), nil
}

// decode makes a string of a file that does not say what it is written in.
func decode(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return wide(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return wide(b[2:], binary.BigEndian)
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", bad("sheet.form", "a file of bytes, not of text")
	}
	if utf8.Valid(b) {
		return string(b), nil
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/8)
	for _, c := range b {
		if c >= 0x80 && c < 0xa0 {
			s.WriteRune(windows[c-0x80])
		} else {
			s.WriteRune(rune(c))
		}
	}
	return s.String(), nil
}

func wide(b []byte, order binary.ByteOrder) (string, error) {
	if len(b)%2 != 0 {
		return "", bad("sheet.form", "half a character")
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u)), nil
}

// windows is what Windows-1252 has where Latin-1 has control characters.
var windows = [32]rune{
	'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ',
}

// separator is the one of the three that the first line has most of, outside
// quotes; a semicolon if it has none.
func separator(s string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, c := range s {
		if c == '\n' && !quoted {
			break
		}
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	best := ';'
	for _, c := range [...]rune{'\t', ','} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}
