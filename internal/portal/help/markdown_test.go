package help

import (
	"errors"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	guides "vidne.dk/vidne/docs/guide"
)

func here(href string) string { return "/hjaelp/" + strings.TrimSuffix(href, ".md") }

func TestAGuideIsReadAsItIsWritten(t *testing.T) {
	title, got := parse("# Tilstand\n\nÅbn **Tilsyn → Tilstand**,\nog se [adgang](adgang.md). 2 * 3.\n\n## Trin\n\n1. Vælg.\n2. Gør `det`.\n\n- én\n- to\n\n| A | B |\n|---|---|\n| x | <b>y</b> |\n\n```\nvidne check\n```\n![Billede](billeder/x.png)\n", here)
	want := []Block{
		{Paragraph: []Span{{Text: "Åbn "}, {Text: "Tilsyn → Tilstand", Kind: "strong"}, {Text: ", og se "}, {Text: "adgang", Kind: "link", Href: "/hjaelp/adgang"}, {Text: ". 2 * 3."}}},
		{Heading: []Span{{Text: "Trin"}}, Level: 2},
		{List: [][]Span{{{Text: "Vælg."}}, {{Text: "Gør "}, {Text: "det", Kind: "code"}, {Text: "."}}}, Numbered: true},
		{List: [][]Span{{{Text: "én"}}, {{Text: "to"}}}},
		{Table: [][][]Span{{{{Text: "A"}}, {{Text: "B"}}}, {{{Text: "x"}}, {{Text: "<b>y</b>"}}}}},
		{Code: "vidne check"},
		{Picture: &Picture{File: "billeder/x.png", Text: "Billede"}},
	}
	if title != "Tilstand" || !reflect.DeepEqual(got, want) {
		t.Errorf("%q\n%+v\nwant\n%+v", title, got, want)
	}
}

// Every guide has a title and something in it, and no mark is left standing.
func TestEveryGuideCanBeShown(t *testing.T) {
	all, err := All()
	if err != nil || len(all) < 25 {
		t.Fatalf("%d guides, %v", len(all), err)
	}
	roles := 0
	for _, g := range all {
		if g.Role {
			roles++
		}
		if g.Title == "" || len(g.Blocks) < 3 {
			t.Errorf("%s: %q with %d blocks", g.Name, g.Title, len(g.Blocks))
		}
		for _, b := range g.Blocks {
			for _, s := range b.Paragraph {
				if strings.Contains(s.Text, "**") || strings.Contains(s.Text, "](") {
					t.Errorf("%s: a mark is left in %q", g.Name, s.Text)
				}
			}
		}
	}
	if roles != 7 {
		t.Errorf("%d guides for roles", roles)
	}
}

// Every picture that a guide shows is there and says what it shows, every
// picture that is there is shown, and every role has some. A picture that has
// grown old is found in the browser (test/e2e).
func TestPicturesOfTheGuides(t *testing.T) {
	all, err := All()
	listed, err2 := guides.Pictures()
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rules", "start", "verify"} {
		text, err := fs.ReadFile(guides.Files(), name+".md")
		if err != nil {
			t.Fatal(err)
		}
		_, blocks := parse(string(text), here)
		all = append(all, Guide{Name: name, Blocks: blocks})
	}
	shown, bytes := map[string]bool{}, 0
	for _, g := range all {
		n := 0
		for _, b := range g.Blocks {
			if b.Picture == nil {
				continue
			}
			n++
			file, _, _ := strings.Cut(path.Base(b.Picture.File), "?")
			shown[file] = true
			if len(b.Picture.Text) < 20 || strings.Contains(b.Picture.Text, "*") {
				t.Errorf("%s: %s is described as %q", g.Name, file, b.Picture.Text)
			}
		}
		if g.Role && (n < 2 || n > 4) {
			t.Errorf("%s has %d pictures", g.Name, n)
		}
	}
	for _, p := range listed {
		data, err := fs.ReadFile(guides.Files(), guides.PicturesIn+p.File)
		if bytes += len(data); err != nil || !strings.HasPrefix(string(data), "RIFF") || p.Heading == "" || p.Width < 300 || p.Height < 100 {
			t.Errorf("%+v with %d bytes, %v: make pictures", p, len(data), err)
		}
		if !shown[p.File] {
			t.Errorf("no guide shows %s", p.File)
		}
		delete(shown, p.File)
	}
	for file := range shown {
		t.Errorf("%s is shown and not listed", file)
	}
	if files, err := fs.Glob(guides.Files(), guides.PicturesIn+"*.webp"); err != nil || len(files) != len(listed) || bytes > 3<<20 {
		t.Errorf("%d files of %d bytes, %d listed, %v", len(files), bytes, len(listed), err)
	}
}

// Whatever is in a guide, it is read to its end, and no link goes anywhere but
// where the caller says.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"# x\n\n**y** [z](a.md)", "| a |\n|--|", "- \n1. ", "```\n", "[a](b", "![](", "**", "a*b`c", "1. x\n   more"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, blocks := parse(text, func(string) string { return "/hjaelp/x" })
		for _, b := range blocks {
			for _, s := range b.Paragraph {
				if s.Kind == "link" && s.Href != "/hjaelp/x" {
					t.Fatalf("a link to %q", s.Href)
				}
			}
		}
	})
}
