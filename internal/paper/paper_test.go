package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/web"
)

func fonts(t *testing.T) Fonts {
	t.Helper()
	var f Fonts
	var err error
	if f.Regular, err = web.Font("Regular"); err != nil {
		t.Fatal(err)
	}
	if f.Bold, err = web.Font("Bold"); err != nil {
		t.Fatal(err)
	}
	return f
}

func sample() *Paper {
	var pic bytes.Buffer
	if err := png.Encode(&pic, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
		panic(err)
	}
	long := strings.Repeat("Hændelsen blev anmeldt, og skaden er udbedret. ", 400)
	return &Paper{
		Lang: "da", Title: "Sagsfremstilling: videoovervågning på Åby Skole", Facts: []Fact{{"Sagsnr.", "82.16.05-Ø54-5-26"}, {"Sagsbehandler", "Karen Holm"}},
		Blocks: []Block{
			Heading{2, "Sagsresumé"}, Paragraph{Text: "Skolen søger om 4 kameraer <b>uden</b> lyd & live.\nNy linje."}, Paragraph{Text: "En note", Quiet: true}, Paragraph{Text: "Vigtigt", Strong: true},
			List{Items: []string{"Første punkt", "Andet punkt"}}, List{Numbered: true, Items: []string{"Ét", "To"}}, List{Numbered: true, Items: []string{"Atter ét"}},
			Heading{3, "Hændelser"}, Table{Caption: "Seneste år", Columns: []string{"Dato", "Hvad skete der", "Anmeldt"}, Widths: []float64{1, 4, 1},
				Rows: [][]string{{"3. maj 2026", "Rude knust\nved hallen", "Ja"}, {"9. juni 2026", long}}},
			Facts{{"Slettefrist", "14 døgn"}}, Picture{Data: pic.Bytes(), Type: "png", Width: 400, Height: 300, Text: "Plan over skolegården"}, Heading{4, "Økonomi"},
		},
		Source: "Lindeby Kommune, sag 2026-014", Made: time.Date(2026, 11, 22, 8, 14, 0, 0, time.UTC), MadeText: "22. november 2026 kl. 09.14", PageText: "Side {0} af {1}",
	}
}

// said is what each of the three must say, in this order.
var said = []string{"Sagsfremstilling: videoovervågning på Åby Skole", "82.16.05-Ø54-5-26", "Sagsresumé", "<b>uden</b> lyd & live.", "En note", "Vigtigt", "Første punkt", "Atter ét", "Hændelser", "Seneste år", "Rude knust", "9. juni 2026", "14 døgn", "Økonomi"}

func inOrder(t *testing.T, text string) {
	t.Helper()
	at := 0
	for _, s := range said {
		i := strings.Index(text[at:], s)
		if i < 0 {
			t.Fatalf("%q is missing, or not in its place", s)
		}
		at += i
	}
}

func TestThePDFSaysIt(t *testing.T) {
	req.Shows(t, "CASE-11")
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := sample().PDF(w, fonts(t)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("made twice, it differs")
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, a.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	inOrder(t, string(out))
	// Columns: embedded, a subset, with Unicode.
	info, err := exec.CommandContext(t.Context(), "pdffonts", file).CombinedOutput()
	if err != nil || strings.Count(string(info), "yes no  yes") != 2 {
		t.Errorf("fonts are not embedded: %v\n%s", err, info)
	}
	pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	if len(pages) < 3 {
		t.Fatalf("%d pages: a row longer than a page is cut off", len(pages))
	}
	for i, p := range pages {
		if want := "Side " + string(rune('1'+i)) + " af " + string(rune('0'+len(pages))); !strings.Contains(p, want) || !strings.Contains(p, "sag 2026-014") {
			t.Errorf("page %d does not say %q and its source", i+1, want)
		}
	}
	if n := strings.Count(string(out), "udbedret"); n != 400 {
		t.Errorf("%d of 400 sentences of the long row", n)
	}
}

func TestTheDocxSaysIt(t *testing.T) {
	req.Shows(t, "CASE-11")
	var a bytes.Buffer
	if err := sample().DOCX(&a); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(a.Bytes()), int64(a.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
			wellFormed(t, f.Name, parts[f.Name])
		}
	}
	// What the parts refer to is there.
	for _, rels := range []struct{ name, base string }{{"_rels/.rels", ""}, {"word/_rels/document.xml.rels", "word/"}} {
		var r struct {
			List []struct {
				ID     string `xml:"Id,attr"`
				Target string `xml:"Target,attr"`
			} `xml:"Relationship"`
		}
		if err := xml.Unmarshal(parts[rels.name], &r); err != nil || len(r.List) == 0 {
			t.Fatalf("%s: %v", rels.name, err)
		}
		for _, x := range r.List {
			if parts[rels.base+x.Target] == nil {
				t.Errorf("%s names %s, which is not there", rels.name, x.Target)
			}
		}
	}
	doc := string(parts["word/document.xml"])
	inOrder(t, textOf(t, doc))
	for _, want := range []string{`w:val="Heading1"`, `w:val="Heading2"`, "<w:tblHeader/>", `r:embed="pic1"`, `descr="Plan over skolegården"`, `<w:numId w:val="2"/>`, `<w:numId w:val="3"/>`} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %s", want)
		}
	}
}

func wellFormed(t *testing.T, name string, b []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func textOf(t *testing.T, doc string) string {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := tok.(xml.CharData); ok {
			b.Write(c)
		}
	}
}

func TestThePageSaysItAndNoMore(t *testing.T) {
	var b bytes.Buffer
	if err := sample().HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	inOrder(t, strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(page))
	for _, want := range []string{`<html lang="da">`, `<th scope="col">Dato</th>`, `alt="Plan over skolegården"`, "&lt;b&gt;", "<footer>Lindeby Kommune, sag 2026-014"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>uden") {
		t.Error("markup of a text came through")
	}
}

func TestRefusals(t *testing.T) {
	for name, p := range map[string]*Paper{
		"no title":             {},
		"a heading too high":   {Title: "x", Blocks: []Block{Heading{1, "x"}}},
		"no columns":           {Title: "x", Blocks: []Block{Table{}}},
		"a row too wide":       {Title: "x", Blocks: []Block{Table{Columns: []string{"a"}, Rows: [][]string{{"1", "2"}}}}},
		"widths that differ":   {Title: "x", Blocks: []Block{Table{Columns: []string{"a"}, Widths: []float64{1, 2}}}},
		"a silent picture":     {Title: "x", Blocks: []Block{Picture{Type: "png", Width: 1, Height: 1}}},
		"an unknown picture":   {Title: "x", Blocks: []Block{Picture{Type: "svg", Width: 1, Height: 1, Text: "x"}}},
		"a picture of no size": {Title: "x", Blocks: []Block{Picture{Type: "png", Text: "x"}}},
	} {
		if err := p.HTML(io.Discard); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.DOCX(io.Discard); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.PDF(io.Discard, Fonts{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
