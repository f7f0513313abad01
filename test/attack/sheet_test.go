package attack

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// formulas are what spreadsheets have taken for one.
var formulas = []string{`=cmd|' /C calc'!A0 formel`, "+1+1 formel", "-1+1 formel", "@SUM(1) formel", "\t=1 formel", "\r=1 formel", "＝1 formel", " =1 formel", `=HYPERLINK("https://evil.example","formel")`}

// Every field of every form holds a formula; no file that is taken home holds
// one.
func TestFormulasInSpreadsheets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := 0
	all := s.forms(1, "alt", "it")
	for range 2 {
		for _, f := range all {
			if ends(f.to) == 0 {
				s.send(f, func(field) string { n++; return formulas[n%len(formulas)] }, func(*httptest.ResponseRecorder) {})
			}
		}
	}
	files, held := 0, 0
	for _, who := range []string{"alt", "it"} {
		s.crawl(who, 2, func(at string, w *httptest.ResponseRecorder) {
			kind := w.Header().Get("Content-Type")
			switch {
			case strings.HasPrefix(kind, "text/csv"):
				files++
				held += s.csvIsText(at, w.Body.String())
			case strings.Contains(kind, "spreadsheetml"):
				files++
				held += s.workbookIsText(at, w.Body.Bytes())
			}
		})
	}
	if files < 14 || held < 20 {
		t.Errorf("%d files were read, with %d formulas in them", files, held)
	}
}

// csvIsText counts the cells that were meant as formulas, and holds that each
// is text.
func (s *site) csvIsText(at, body string) (held int) {
	s.t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, false
	rows, err := r.ReadAll()
	if err != nil {
		s.t.Errorf("%s is no table: %v", at, err)
		return 0
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.Contains(cell, "formel") {
				held++
			}
			bare := strings.TrimLeft(cell, " \t\r\n\u00a0\ufeff")
			if bare != "" && strings.ContainsRune("=+@＝＋＠", []rune(bare)[0]) || strings.HasPrefix(bare, "-") && strings.Contains(bare, "formel") || strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
				s.t.Errorf("%s holds the formula %q", at, cell)
			}
		}
	}
	return held
}

// workbookIsText is the same for a workbook: no part of it has a formula or
// leads elsewhere.
func (s *site) workbookIsText(at string, body []byte) (held int) {
	s.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		s.t.Errorf("%s is no workbook: %v", at, err)
		return 0
	}
	for _, f := range z.File {
		in, err := f.Open()
		fatal(s.t, err)
		d := xml.NewDecoder(in)
		for {
			x, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				s.t.Errorf("%s: %s is no XML: %v", at, f.Name, err)
				break
			}
			switch x := x.(type) {
			case xml.StartElement:
				if n := x.Name.Local; n == "f" || n == "hyperlink" || n == "externalReference" || strings.HasPrefix(n, "xss") {
					s.t.Errorf("%s: %s has an element %s", at, f.Name, n)
				}
			case xml.CharData:
				if strings.Contains(string(x), "formel") {
					held++
				}
			}
		}
		_ = in.Close()
	}
	return held
}
