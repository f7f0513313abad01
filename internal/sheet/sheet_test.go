package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/fault"
)

func table() Table {
	zone := time.FixedZone("CET", 3600)
	at := time.Date(2026, 11, 22, 13, 2, 5, 0, zone)
	return Table{Name: "Kameraer: alle [1/2]", Head: []string{"Navn", "Højde", "Antal", "Sat op", "Set"}, Rows: [][]Cell{
		{Text("Indgang; \"øst\""), Number(2.75, 2), Count(-3), Day(at), Moment(at)},
		{Text("=HYPERLINK(\"http://x\")"), {}, {}, Day(time.Time{}), {}},
		{Text("linje 1\nlinje 2")},
		{Text("'tekst' & <mærke>")},
	}}
}

func TestATableComesBackAsItWas(t *testing.T) {
	want := [][]string{
		{"Navn", "Højde", "Antal", "Sat op", "Set"},
		{"Indgang; \"øst\"", "2,75", "-3", "22-11-2026", "22-11-2026 13:02:05"},
		{"=HYPERLINK(\"http://x\")", "", "", "", ""},
		{"linje 1\nlinje 2"},
		{"'tekst' & <mærke>"},
	}
	var csv, book, again bytes.Buffer
	if err := table().CSV(&csv); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&csv)
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	if err := table().XLSX(&book); err != nil {
		t.Fatal(err)
	}
	if err := table().XLSX(&again); err != nil || !bytes.Equal(book.Bytes(), again.Bytes()) {
		t.Errorf("the same table gives other bytes, %v", err)
	}
	if got, err = Read(&book); err != nil {
		t.Fatal(err)
	}
	want[1][3], want[1][4] = "46348", "46348,54311343" // days, as a workbook keeps times
	want[2] = want[2][:1]
	if cmp.Diff(want, got) != "" {
		t.Error(cmp.Diff(want, got))
	}
}

func TestCSVIsForADanishSpreadsheet(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, [][]string{{"Sted", "Åbent"}, {"-1+2", "@SUM(1)"}, {"a;b", "\tx"}}); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffSted;Åbent\r\n'-1+2;'@SUM(1)\r\n\"a;b\";'\tx\r\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
	b.Reset()
	if err := (Table{Head: []string{"a"}, Rows: [][]Cell{{Count(-3)}, {Text("-3")}}}).CSV(&b); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffa\r\n-3\r\n'-3\r\n"; b.String() != want {
		t.Errorf("a number is no formula: %q", b.String())
	}
}

// What is written must be XML to any reader, and no workbook that a
// spreadsheet would want to mend.
func TestAWorkbooksPartsAreWhole(t *testing.T) {
	var b bytes.Buffer
	if err := table().XLSX(&b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range z.File {
		names["/"+f.Name] = true
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "Override" && !names["/"+f.Name] {
				t.Error("unknown part")
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "sheet" && attribute(e, "", "name") != "Kameraer- alle -1-2-" {
				t.Errorf("sheet %q", attribute(e, "", "name"))
			}
		}
	}
	for _, want := range []string{"/[Content_Types].xml", "/_rels/.rels", "/xl/workbook.xml", "/xl/styles.xml", "/xl/worksheets/sheet1.xml"} {
		if !names[want] {
			t.Errorf("no %s", want)
		}
	}
}

func TestOthersFilesAreRead(t *testing.T) {
	utf16le := func(s string) string {
		b := []byte("\xff\xfe")
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	want := [][]string{{"Navn", "Sted"}, {"Kælder, øst", "Århus"}}
	for name, file := range map[string]string{
		"UTF-8 with a mark, semicolons": "\ufeffNavn;Sted\r\nKælder, øst;Århus\r\n",
		"UTF-8, commas":                 "Navn,Sted\n\"Kælder, øst\",Århus\n",
		"Windows-1252, semicolons":      "Navn;Sted\r\nK\xe6lder, \xf8st;\xc5rhus\r\n",
		"tabs":                          "Navn\tSted\nKælder, øst\tÅrhus",
		"UTF-16 and tabs, as Excel's Unicode text": utf16le("Navn\tSted\r\nKælder, øst\tÅrhus\r\n"),
		"Excel's own line about the separator":     "sep=|\nNavn|Sted\nKælder, øst|Århus\n",
		"empty rows at the end":                    "Navn;Sted\nKælder, øst;Århus\n;\n;\n",
	} {
		got, err := Read(strings.NewReader(file))
		if err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, got))
		}
	}
	if got, err := Read(strings.NewReader("a;b\n\n\nc;d\n")); err != nil || len(got) != 4 || got[3][0] != "c" {
		t.Errorf("a row's number is the one that a person sees: %q, %v", got, err)
	}
	if got, err := Read(strings.NewReader("Pris\n\x80 5")); err != nil || got[1][0] != "€ 5" {
		t.Errorf("%q, %v", got, err)
	}
}

// pack makes a workbook of parts as another program might write it.
func pack(t testing.TB, parts map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func book(t testing.TB, sheetXML string, more map[string]string) string {
	parts := map[string]string{
		"xl/workbook.xml":              `<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="A" r:id="rId7"/><x:sheet name="B" r:id="rId8"/></x:sheets></x:workbook>`,
		"xl/_rels/workbook.xml.rels":   `<Relationships><Relationship Id="rId8" Target="worksheets/b.xml"/><Relationship Id="rId7" Target="/xl/worksheets/a.xml"/></Relationships>`,
		"xl/worksheets/a.xml":          sheetXML,
		"xl/externalLinks/evil.xml":    `<x/>`,
		"docProps/app.xml":             `<x/>`,
		"xl/worksheets/_rels/none.xml": `<x/>`,
	}
	for k, v := range more {
		parts[k] = v
	}
	return pack(t, parts)
}

func TestWorkbooksOfOtherProgramsAreRead(t *testing.T) {
	file := book(t, `<x:worksheet xmlns:x="m"><x:sheetData><x:row r="2"><x:c r="B2" t="s"><x:v>1</x:v></x:c><x:c r="D2"><x:f>1+1</x:f><x:v>2.7999999999999998</x:v></x:c>`+
		`<x:c t="b"><x:v>1</x:v></x:c><x:c t="str"><x:v>tekst</x:v></x:c><x:c t="e"><x:v>#REF!</x:v></x:c></x:row><x:row><x:c t="inlineStr"><x:is><x:r><x:t>to </x:t></x:r><x:r><x:t>dele</x:t></x:r></x:is></x:c></x:row></x:sheetData></x:worksheet>`,
		map[string]string{"xl/sharedStrings.xml": `<sst><si><t>nul</t></si><si><r><t>Æ</t></r><r><t>blegrød</t></r><rPh><t>nej</t></rPh></si></sst>`})
	want := [][]string{nil, {"", "Æblegrød", "", "2,8", "ja", "tekst", ""}, {"to dele"}}
	got, err := Read(strings.NewReader(file))
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	cells := func(s string) string { return "<worksheet><sheetData>" + s + "</sheetData></worksheet>" }
	for name, c := range map[string]struct{ file, key string }{
		"too large":              {strings.Repeat("a", MaxBytes+1), "sheet.large"},
		"a picture":              {"\x89PNG\r\n\x1a\n\x00\x00", "sheet.form"},
		"of before 2007":         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 100), "sheet.old"},
		"a zip cut short":        {book(t, cells(""), nil)[:200], "sheet.form"},
		"a zip of something":     {pack(t, map[string]string{"a": "b"}), "sheet.form"},
		"too many rows":          {strings.Repeat("a\n", MaxRows+1), "sheet.rows"},
		"too many columns":       {strings.Repeat("a;", MaxColumns+1) + "\n", "sheet.columns"},
		"a cell too long":        {strings.Repeat("a", MaxCell+1), "sheet.cell"},
		"a row far away":         {book(t, cells(`<row r="2000000000"/>`), nil), "sheet.rows"},
		"a column far away":      {book(t, cells(`<row><c r="ZZZZ1"><v>1</v></c></row>`), nil), "sheet.columns"},
		"a text that is not":     {book(t, cells(`<row><c t="s"><v>5</v></c></row>`), nil), "sheet.form"},
		"an entity":              {book(t, `<!DOCTYPE x [<!ENTITY a "b">]>`+cells(""), nil), "sheet.form"},
		"a zip bomb":             {book(t, cells("<row><c><v>"+strings.Repeat("0", MaxUnpacked)+"</v></c></row>"), nil), "sheet.large"},
		"a bomb in the texts":    {book(t, cells(""), map[string]string{"xl/sharedStrings.xml": strings.Repeat("<si/>", maxTexts+1)}), "sheet.large"},
		"no sheet where it says": {book(t, cells(""), map[string]string{"xl/_rels/workbook.xml.rels": `<R><Relationship Id="rId7" Target="../../../etc/passwd"/></R>`}), "sheet.form"},
		"a sheet that breaks":    {book(t, cells("<row><c r="), nil), "sheet.form"},
	} {
		if _, err := Read(strings.NewReader(c.file)); fault.Key(err) != c.key || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\ufeffNavn;Sted\r\n\"a\";b\r\n"))
	f.Add([]byte("\xff\xfea\x00;\x00b\x00"))
	f.Add([]byte(book(f, `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`, map[string]string{"xl/sharedStrings.xml": `<sst><si><t>a</t></si></sst>`})))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := Read(bytes.NewReader(b))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(rows) > MaxRows {
			t.Fatal("too many rows")
		}
		// What was read can be written and read again, the same.
		var out bytes.Buffer
		if err := CSV(&out, rows); err != nil {
			t.Fatal(err)
		}
		if again, err := Read(&out); err == nil && len(rows) > 0 && len(again) > len(rows) {
			t.Fatalf("%d rows became %d", len(rows), len(again))
		}
	})
}

// FuzzWorkbook varies the parts of a workbook, which a fuzzer of whole files
// never gets past the packing of.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="3"><c r="C3" t="s"><v>0</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`, `<sst><si><t>a</t></si></sst>`)
	f.Fuzz(func(t *testing.T, sheet, texts string) {
		rows, err := Read(strings.NewReader(book(t, sheet, map[string]string{"xl/sharedStrings.xml": texts})))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for _, r := range rows {
			if len(r) > MaxColumns {
				t.Fatal("too many columns")
			}
		}
	})
}
