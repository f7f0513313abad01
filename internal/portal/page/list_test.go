package page

import (
	"cmp"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
)

type fruit struct {
	name string
	n    int
}

func fruits() Listing[fruit] {
	name := func(f fruit) string { return f.name }
	return Listing[fruit]{Key: "places", Path: "/frugt", Search: name,
		Columns: []Column[fruit]{{Name: "name", Text: name, Compare: ByText(name)}, {Name: "cameras", Text: func(f fruit) string { return strings.Repeat("|", f.n) }, Compare: func(a, b fruit) int { return cmp.Compare(a.n, b.n) }}},
		Filters: []Filter[fruit]{{Name: "vis", Choices: []fds.Choice{{Value: "mange", Text: "Mange"}}, Keep: func(f fruit, _ string) bool { return f.n > 1 }}}}
}

func visitAt(t *testing.T, address string) *Visit {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	return &Visit{Words: wordsIn(t, Danish), R: r, W: httptest.NewRecorder(), Ctx: t.Context(), Site: &Site{}}
}

func TestWhatIsChosenStandsInTheAddress(t *testing.T) {
	all := []fruit{{"Æble", 1}, {"Banan", 3}, {"Ananas", 2}, {"Ål", 9}}
	names := func(rows []fruit) (out string) {
		for _, f := range rows {
			out += f.name + " "
		}
		return strings.TrimSpace(out)
	}
	for address, want := range map[string]string{
		"/frugt":                             "Ananas Banan Æble Ål",
		"/frugt?retning=ned":                 "Ål Æble Banan Ananas",
		"/frugt?sorter=cameras":              "Æble Ananas Banan Ål",
		"/frugt?sorter=findes-ikke":          "Ananas Banan Æble Ål",
		"/frugt?q=AN":                        "Ananas Banan",
		"/frugt?q=an+as":                     "Ananas",
		"/frugt?vis=mange&q=%C3%A5":          "Ål",
		"/frugt?vis=mange&sorter=cameras":    "Ananas Banan Ål",
		"/frugt?q=kiwi":                      "",
		"/frugt?side=-4":                     "Ananas Banan Æble Ål",
		"/frugt?side=99999999999999999999":   "Ananas Banan Æble Ål",
		"/frugt?q=%25&retning=op&sorter=%3C": "",
	} {
		list, rows := fruits().Show(visitAt(t, address), all)
		if got := names(rows); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
		if (len(rows) == 0) != (list.Empty != "") || list.EmptyAll {
			t.Errorf("%s: empty is %q, %t", address, list.Empty, list.EmptyAll)
		}
	}
	list, _ := fruits().Show(visitAt(t, "/frugt?q=a&vis=mange&sorter=cameras&side=2"), all)
	for what, c := range map[string]struct{ got, want string }{
		"the file":        {list.CSV, "/frugt?format=csv&q=a&sorter=cameras&vis=mange"},
		"turning it":      {list.Table.Columns[1].Href, "/frugt?q=a&retning=ned&sorter=cameras&vis=mange"},
		"another column":  {list.Table.Columns[0].Href, "/frugt?q=a&sorter=name&vis=mange"},
		"without choices": {list.Clear, "/frugt"},
	} {
		if c.got != c.want {
			t.Errorf("%s is at %q, want %q", what, c.got, c.want)
		}
	}
	if list.Table.Columns[1].Order != "ascending" || list.Fields[0].Value != "a" || !list.Fields[1].Choices[1].On {
		t.Errorf("the page does not say what was chosen: %+v", list)
	}
	// An order of its own is marked at no column, until one is chosen.
	own := fruits()
	own.Order = func(a, b fruit) int { return strings.Compare(b.name, a.name) }
	list, rows := own.Show(visitAt(t, "/frugt"), all)
	if got := names(rows); !slices.IsSortedFunc(rows, own.Order) || list.Table.Columns[0].Order != "" || list.Table.Columns[0].Href != "/frugt?sorter=name" {
		t.Errorf("an order of its own: %s, %+v", got, list.Table.Columns)
	}
	if list, rows = own.Show(visitAt(t, "/frugt?sorter=name"), all); slices.IsSortedFunc(rows, own.Order) || list.Table.Columns[0].Order != "ascending" {
		t.Errorf("a chosen column: %s", names(rows))
	}
	many := make([]fruit, 2*PerPage+1)
	list, rows = fruits().Show(visitAt(t, "/frugt?side=3"), many)
	if len(rows) != 1 || list.Pages.Count != 3 || list.Pages.PrevHref != "/frugt?side=2" || list.Pages.FirstHref != "/frugt" {
		t.Errorf("%d rows on the last page, %+v", len(rows), list.Pages)
	}
}

func TestAFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	v := visitAt(t, "/x")
	form := func() *Form {
		return v.NewForm("area.form").Text("navn", 5, false).Select("slags", fds.Choice{Text: "Vælg"}, fds.Choice{Value: "a", Text: "A"}).Radio("en", fds.Choice{Value: "x", Text: "X"}).Checks("flere", fds.Choice{Value: "1", Text: "1"}, fds.Choice{Value: "2", Text: "2"})
	}
	f := form().Fill(url.Values{"navn": {" for langt "}, "slags": {"findes ikke"}, "flere": {"2", "3"}}).Check()
	if f.Get("navn") != "for langt" || f.Field("navn").Error == "" || f.Field("slags").Error == "" || f.Group("en").Error == "" {
		t.Errorf("%+v", f.Items())
	}
	if all := f.All("flere"); len(all) != 1 || all[0] != "2" {
		t.Errorf("chosen: %v", all)
	}
	if e := f.Errors(); e == nil || len(e.Errors) != 3 || e.Errors[0].Href != "#navn" || e.Errors[2].Href != "#en" {
		t.Errorf("the summary: %+v", e)
	}
	if f := form().Fill(url.Values{"navn": {"Gård"}, "slags": {"a"}, "en": {"x"}}).Check(); !f.OK() || f.Get("en") != "x" {
		t.Errorf("a right form has errors: %+v", f.Errors())
	}
}

func TestFilesAreReadPartByPart(t *testing.T) {
	send := func(write func(*multipart.Writer)) *Visit {
		var b strings.Builder
		m := multipart.NewWriter(&b)
		write(m)
		_ = m.Close() // into memory
		v := visitAt(t, "/x")
		v.R = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(b.String()))
		v.R.Header.Set("Content-Type", m.FormDataContentType())
		return v
	}
	put := func(m *multipart.Writer, name, file, content string) {
		w, err := m.CreateFormField(name)
		if file != "" {
			w, err = m.CreateFormFile(name, file)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, content) // into memory
	}
	var got string
	v := send(func(m *multipart.Writer) {
		put(m, "titel", "", "Plan")
		put(m, "fil", "plan.pdf", "%PDF")
		put(m, "fil", "", "")
		put(m, "efter", "", "x")
	})
	fields, err := v.Upload(func(before url.Values, f *multipart.Part) error {
		b, err := io.ReadAll(f)
		got += before.Get("titel") + ":" + f.FileName() + ":" + string(b)
		return err
	})
	if err != nil || got != "Plan:plan.pdf:%PDF" || fields.Get("efter") != "x" {
		t.Errorf("%q, %v, %v", got, fields, err)
	}
	v = send(func(m *multipart.Writer) { put(m, "tekst", "", strings.Repeat("x", FormSize+1)) })
	if _, err := v.Upload(func(url.Values, *multipart.Part) error { return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("fields without end: %v", err)
	}
	v = visitAt(t, "/x")
	if _, err := v.Upload(func(url.Values, *multipart.Part) error { return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("no form at all: %v", err)
	}
}
