package page

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/sheet"
)

// PerPage is how many rows a page of a table has.
const PerPage = 25

// Figure is a number and what it counts, with the way there.
type Figure struct {
	Href, Text, Icon string
	Number           string
	Tone             fds.Tone
	Current          bool
}

// PageWords are the pager's words.
func (v *Visit) PageWords() fds.PageWords {
	return fds.PageWords{Label: v.T("pages.label"), First: v.T("pages.first"), Previous: v.T("pages.previous"), Next: v.T("pages.next"), Last: v.T("pages.last"),
		Page: func(n int) string { return v.T("pages.page", n) },
		Of:   func(n, count int) string { return v.T("pages.of", n, count) }}
}

// Listing is a table of Ts that can be searched, filtered, sorted, paged and
// taken home. What was chosen stands in the address: q, the filters' names,
// sorter, retning and side. Its words stand under Key: <key>.title,
// <key>.column.<name>, <key>.search, <key>.filter.<name>, <key>.shown.one and
// .many, <key>.empty, <key>.empty.filter.
type Listing[T any] struct {
	Key  string
	Path string
	// Columns are those of the page's table. The first is sorted by when
	// nothing else is asked for.
	Columns []Column[T]
	Filters []Filter[T]
	// Search is the text of a row that q is looked for in; nil: no search.
	Search func(T) string
}

// Column is one column of a listing.
type Column[T any] struct {
	Name string
	// Text is what stands in it, in files and, unless the page's template does
	// otherwise, in the table.
	Text func(T) string
	// Cell is the same for a spreadsheet, where it is a number or a time; nil:
	// Text.
	Cell func(T) sheet.Cell
	// Compare sorts by it; nil: it does not sort.
	Compare func(a, b T) int
	End     bool // numbers stand at the end
	// FileOnly columns are in the files and not on the page.
	FileOnly bool
}

// ByText compares by what a column says, as people sort names.
func ByText[T any](text func(T) string) func(a, b T) int {
	return func(a, b T) int { return strings.Compare(Fold(text(a)), Fold(text(b))) }
}

// Filter is one choice above the table.
type Filter[T any] struct {
	Name    string
	Choices []fds.Choice // the first, "all", is added
	Keep    func(row T, value string) bool
}

// List is what a template needs of a listing: {{template "list-filter" .List}},
// its rows between {{template "fds/table-open" .List.Table}} and {{template
// "fds/table-close"}}, and {{template "list-foot" .List}}.
type List struct {
	Words
	Action   string
	Label    string // of the search form
	Fields   []fds.Field
	Hidden   []fds.Choice // name and value of what the form keeps
	Button   fds.Button
	Clear    string // address without choices, empty when there are none
	Table    fds.Table
	Pages    fds.Pages
	CSV      string
	XLSX     string
	Empty    string // why there is nothing in the table
	EmptyAll bool   // nothing there at all, whatever is chosen
}

// choices are a listing's, as they stand in the address.
type choices struct {
	path   string
	values url.Values
}

func (c choices) with(name, value string) string {
	q := url.Values{}
	for k, all := range c.values {
		if k != "side" && k != "format" && len(all) > 0 && all[0] != "" {
			q.Set(k, all[0])
		}
	}
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return c.path
	}
	return c.path + "?" + q.Encode()
}

// Rows chooses and sorts: what q, the filters and the order in the address
// leave of all.
func (l Listing[T]) Rows(q url.Values, all []T) []T {
	var rows []T
	words := strings.Fields(Fold(q.Get("q")))
	for _, row := range all {
		if l.keeps(q, words, row) {
			rows = append(rows, row)
		}
	}
	if c, ok := l.sorted(q); ok {
		slices.SortStableFunc(rows, func(a, b T) int {
			if q.Get("retning") == "ned" {
				a, b = b, a
			}
			return c.Compare(a, b)
		})
	}
	return rows
}

func (l Listing[T]) keeps(q url.Values, words []string, row T) bool {
	if l.Search != nil {
		text := Fold(l.Search(row))
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
	}
	for _, f := range l.Filters {
		if val := q.Get(f.Name); val != "" && !f.Keep(row, val) {
			return false
		}
	}
	return true
}

// sorted is the column that the rows are sorted by.
func (l Listing[T]) sorted(q url.Values) (Column[T], bool) {
	first := Column[T]{}
	for _, c := range l.Columns {
		if c.Compare == nil {
			continue
		}
		if c.Name == q.Get("sorter") {
			return c, true
		}
		if first.Compare == nil {
			first = c
		}
	}
	return first, first.Compare != nil
}

// Show puts the list together for a page; the rows are those of the page that
// the address asks for.
func (l Listing[T]) Show(v *Visit, all []T) (List, []T) {
	q := v.R.URL.Query()
	here := choices{l.Path, q}
	rows := l.Rows(q, all)
	out := List{Words: v.Words, Action: l.Path, Label: v.T("list.label"), Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")},
		CSV: here.with("format", "csv"), XLSX: here.with("format", "xlsx")}
	if l.Search != nil {
		f := v.Field(fds.Field{ID: "q", Name: "q", Type: "search", Value: q.Get("q"), MaxLength: 100}, l.Key+".search")
		out.Fields = append(out.Fields, f)
	}
	chosen := q.Get("q") != ""
	for _, f := range l.Filters {
		field := v.Field(fds.Field{ID: f.Name, Name: f.Name, Type: "select", Choices: append([]fds.Choice{{Text: v.T("list.all")}}, f.Choices...)}, l.Key+".filter."+f.Name)
		field.Choices = slices.Clone(field.Choices)
		for i := range field.Choices {
			field.Choices[i].On = field.Choices[i].Value == q.Get(f.Name)
		}
		chosen = chosen || q.Get(f.Name) != ""
		out.Fields = append(out.Fields, field)
	}
	for _, name := range []string{"sorter", "retning"} {
		if q.Get(name) != "" {
			out.Hidden = append(out.Hidden, fds.Choice{Text: name, Value: q.Get(name)})
		}
	}
	if chosen {
		out.Clear = l.Path
	}
	out.Table = l.table(v, here)
	page, _ := strconv.Atoi(q.Get("side"))
	pages := max(1, (len(rows)+PerPage-1)/PerPage)
	page = min(max(page, 1), pages)
	from, to := (page-1)*PerPage, min(page*PerPage, len(rows))
	shown := v.N(l.Key+".shown", int64(len(rows)), from+1, to)
	if len(rows) == 0 {
		shown, out.Empty = "", v.T(l.Key+".empty.filter")
		if !chosen {
			out.Empty, out.EmptyAll = v.T(l.Key+".empty"), true
		}
	}
	out.Pages = fds.NewPages(page, pages, func(n int) string {
		if n == 1 {
			return here.with("side", "")
		}
		return here.with("side", strconv.Itoa(n))
	}, shown, v.PageWords())
	return out, rows[from:to]
}

func (l Listing[T]) table(v *Visit, here choices) fds.Table {
	t := fds.Table{Caption: v.T(l.Key + ".title"), ID: "tabel"}
	by, _ := l.sorted(here.values)
	down := here.values.Get("retning") == "ned"
	for _, c := range l.Columns {
		if c.FileOnly {
			continue
		}
		col := fds.Column{Text: v.T(l.Key + ".column." + c.Name), End: c.End}
		if c.Compare != nil {
			next := choices{here.path, url.Values{}}
			for k, val := range here.values {
				next.values[k] = val
			}
			next.values.Del("retning")
			col.Hint = v.T("table.sort.up")
			if c.Name == by.Name {
				col.Order = "ascending"
				if down {
					col.Order = "descending"
				} else {
					col.Hint = v.T("table.sort.down")
					next.values.Set("retning", "ned")
				}
			}
			col.Href = next.with("sorter", c.Name)
		}
		t.Columns = append(t.Columns, col)
	}
	return t
}

// Sheet is the rows as a table for a file.
func (l Listing[T]) Sheet(v *Visit, rows []T) sheet.Table {
	out := sheet.Table{Name: v.T(l.Key + ".title")}
	for _, c := range l.Columns {
		out.Head = append(out.Head, v.T(l.Key+".column."+c.Name))
	}
	for _, row := range rows {
		var cells []sheet.Cell
		for _, c := range l.Columns {
			if c.Cell != nil {
				cells = append(cells, c.Cell(row))
			} else {
				cells = append(cells, sheet.Text(c.Text(row)))
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// File answers ?format=csv and ?format=xlsx with the whole list as it is
// filtered and sorted; false: a page is asked for.
func (l Listing[T]) File(v *Visit, all []T) (bool, error) {
	q := v.R.URL.Query()
	format := q.Get("format")
	if format != "csv" && format != "xlsx" {
		return false, nil
	}
	return true, v.Sheet(strings.ReplaceAll(strings.Trim(l.Path, "/"), "/", "-")+"."+format, l.Sheet(v, l.Rows(q, all)))
}

// Answer shows the page that made builds of the list, or the file that is asked
// for.
func (l Listing[T]) Answer(v *Visit, all []T, made func(List, []T) Page) error {
	if done, err := l.File(v, all); done {
		return err
	}
	list, rows := l.Show(v, all)
	return v.Show(http.StatusOK, made(list, rows))
}
