package fds

import (
	"html/template"
	"strings"
	"testing"

	"github.com/jba/templatecheck"
)

// each names every partial with the struct that it takes and one that is full.
func each() map[string]any {
	words := HeaderWords{Menu: "Menu", Close: "Luk", LogOff: "Log af", Languages: "Sprog", Main: "Hovedmenu", Person: "Bruger", Search: "Søg", SearchButton: "Søg"}
	return map[string]any{
		"fds/icon":          Icon{"/s.svg", "check", "Ja"},
		"fds/badge":         Badge{Success, "Optager"},
		"fds/alert":         Alert{Tone: Warning, Heading: "Pas på", Text: "Disken er næsten fuld", Links: []Link{{"/drift", "Se drift"}}, ID: "a"},
		"fds/button":        Button{Kind: "primary", Text: "Gem", Icon: "save", Name: "do", Value: "save"},
		"fds/skip":          "Gå til indhold",
		"fds/crumbs":        Crumbs{"Sti", []Link{{"/", "Forside"}, {"", "Her"}}},
		"fds/details-open":  Details{Summary: "Mere", Open: true, ID: "d"},
		"fds/details-close": nil,
		"fds/tabs":          Tabs{"Faner", []Tab{{"/a", "A", true}, {"/b", "B", false}}},
		"fds/card":          Card{"/x", "Navn", "Tekst", "Under", ""},
		"fds/steps":         Steps{"Trin", StepWords{"færdig", "fejl"}, []Step{{"En", "", "done", "/en"}, {"To", "nu", "current", ""}, {"Tre", "", "", ""}}},
		"fds/list":          StructuredList{"Fakta", []Row{{Term: "Tilstand", Text: "siden kl. 14.02", Badge: &Badge{Error, "Stoppet"}, More: []string{"mere"}, Link: &Link{"/x", "Ret"}}}},
		"fds/modal-open":    Modal{"m", "Genveje", "Luk"},
		"fds/modal-close":   nil,
		"fds/field":         Field{ID: "f", Name: "f", Label: "Navn", Type: "text", Hint: "Fx Ida", Error: "Skriv dit navn", ErrorWord: "Fejl", Optional: true, OptionalText: "(frivilligt)"},
		"fds/choices":       Choices{ID: "c", Name: "c", Legend: "Vælg", Items: []Choice{{Value: "1", Text: "En", On: true}, {Value: "2", Text: "To"}}, Many: true},
		"fds/errors":        ErrorSummary{"Ret 1 fejl", []Link{{"#f", "Skriv dit navn"}}},
		"fds/table-open":    Table{Caption: "Kameraer", ID: "t", Columns: []Column{{Text: "Navn", Href: "?sort=name", Order: "ascending", Hint: "sortér"}, {Text: "Tal", End: true}, {Text: "Handling", Quiet: true}}},
		"fds/table-close":   nil,
		"fds/pages":         NewPages(5, 20, func(int) string { return "?side=1" }, "Viser 1-5", PageWords{"Sider", "Første", "Forrige", "Næste", "Sidste", itoa, func(n, c int) string { return "Side" }}),
		"fds/header":        Header{Product: "Vidne", Home: "/", Authority: "Herning", Person: "Ida", Role: "Koordinator", Menu: []MenuItem{{"/", "Min side", true, false}}, Languages: []Language{{"da", "Dansk", "/da", true}}, Words: words, LogOff: "/log-ud", Account: "/min-konto", Search: "/soeg"},
	}
}

func parsed(t *testing.T) *template.Template {
	t.Helper()
	tm, err := Add(template.New("").Funcs(Funcs("/s.svg")))
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func TestEveryPartialTakesItsStruct(t *testing.T) {
	tm := parsed(t)
	values := each()
	for _, p := range tm.Templates() {
		if !strings.HasPrefix(p.Name(), "fds/") {
			continue
		}
		v, ok := values[p.Name()]
		switch p.Name() {
		case "fds/alert-icon", "fds/languages", "fds/person", "fds/log-off", "fds/search":
			continue // used by the others only
		}
		if !ok {
			t.Errorf("%s is not in the list of partials", p.Name())
			continue
		}
		if v != nil {
			if err := templatecheck.CheckHTML(tm.Lookup(p.Name()), v); err != nil {
				t.Errorf("%s: %v", p.Name(), err)
			}
		}
		var b strings.Builder
		if err := tm.ExecuteTemplate(&b, p.Name(), v); err != nil {
			t.Errorf("%s: %v", p.Name(), err)
		}
		if strings.Contains(b.String(), "ZgotmplZ") || strings.Contains(b.String(), "style=") {
			t.Errorf("%s writes %s", p.Name(), b.String())
		}
	}
}

func TestFieldTiesItsErrorAndHintToTheControl(t *testing.T) {
	var b strings.Builder
	if err := parsed(t).ExecuteTemplate(&b, "fds/field", each()["fds/field"]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`for="f"`, `id="f"`, `aria-describedby="f-hint f-error"`, `aria-invalid="true"`, `id="f-error"`, `(frivilligt)`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
	if strings.Contains(b.String(), " required") {
		t.Error("an optional field is required")
	}
}

func TestTextIsEscaped(t *testing.T) {
	var b strings.Builder
	evil := `<script>alert(1)</script>`
	if err := parsed(t).ExecuteTemplate(&b, "fds/alert", Alert{Tone: Error, Heading: evil, Text: evil, Links: []Link{{"javascript:alert(1)", evil}}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), `href="javascript`) {
		t.Error(b.String())
	}
}

func TestPagerLeavesOutTheFarPages(t *testing.T) {
	p := NewPages(10, 20, itoa, "", PageWords{Page: itoa, Of: func(n, c int) string { return "" }})
	var got []string
	for _, i := range p.Items {
		if i.Gap {
			got = append(got, "…")
		} else {
			got = append(got, i.Number)
		}
	}
	if s := strings.Join(got, " "); s != "1 … 9 10 11 … 20" {
		t.Errorf("pages %s", s)
	}
	if p.PrevHref != "9" || p.NextHref != "11" {
		t.Errorf("previous %s, next %s", p.PrevHref, p.NextHref)
	}
	if first := NewPages(1, 1, itoa, "", PageWords{Page: itoa, Of: func(int, int) string { return "" }}); first.PrevHref != "" || first.NextHref != "" {
		t.Error("a single page has neighbours")
	}
}
