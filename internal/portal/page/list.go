package page

import (
	"maps"
	"math"
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
//
// Its rows are given whole, and chosen and sorted here; or, where there are
// thousands, a [Source] gives those of one page.
type Listing[T any] struct {
	Key     string
	Path    string
	Columns []Column[T]
	Filters []Filter[T]
	// Search is the text of a row that q is looked for in; nil: no search, unless
	// the source finds.
	Search func(T) string
	Finds  bool // the source looks for q
	// First is the column that the rows are sorted by when nothing else is asked
	// for; empty: the first that sorts.
	First string
	// Order is how rows that are given whole stand when nothing else is asked for,
	// such as what waits first, then the newest: no column is marked as sorted
	// then. nil: by First.
	Order func(a, b T) int
}

// OwnOrder is the First of a listing whose source has an order of its own.
const OwnOrder = "-"

// Ask is what an address asks of a listing.
type Ask struct {
	Text string // words that a row must hold
	Sort string // name of a column; empty: the source's own order
	Down bool
	// Limit is how many rows at most, from Offset on; 0: all, for a file.
	Limit, Offset int
	chosen        url.Values
}

// Chosen is what is chosen in a filter; empty: nothing.
func (a Ask) Chosen(filter string) string { return a.chosen.Get(filter) }

// Source answers an Ask: the rows, and how many there are without its Limit.
type Source[T any] func(Ask) (rows []T, total int, err error)

// Column is one column of a listing.
type Column[T any] struct {
	Name string
	// Text is what stands in it, in files and, unless the page's template does
	// otherwise, in the table.
	Text func(T) string
	// Cell is the same for a spreadsheet, where it is a number or a time; nil:
	// Text.
	Cell func(T) sheet.Cell
	// Compare sorts by it; nil: it does not sort, unless the source does.
	Compare func(a, b T) int
	Sorts   bool // the source sorts by it
	End     bool // numbers stand at the end
	// FileOnly columns are in the files and not on the page, PageOnly the reverse.
	FileOnly, PageOnly bool
}

// ByText compares by what a column says, as people sort names.
func ByText[T any](text func(T) string) func(a, b T) int {
	return func(a, b T) int { return strings.Compare(Fold(text(a)), Fold(text(b))) }
}

// Filter is one choice above the table.
type Filter[T any] struct {
	Name    string
	Choices []fds.Choice // the first, "all", is added
	// Keep is of rows that are given whole; a source asks [Ask.Chosen].
	Keep func(row T, value string) bool
	// Hidden filters are chosen by links on the page.
	Hidden bool
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
	here     choices
}

// With is the address of the list with one choice changed, from its first page.
func (l List) With(name, value string) string { return l.here.with(name, value) }

// choices are a listing's, as they stand in the address.
type choices struct {
	path   string
	values url.Values
}

// chosen are the choices in the address of a visit.
func (l Listing[T]) chosen(v *Visit) choices {
	q, c := v.R.URL.Query(), choices{l.Path, url.Values{}}
	names := []string{"q", "sorter", "retning"}
	for _, f := range l.Filters {
		names = append(names, f.Name)
	}
	for _, n := range names {
		if q.Get(n) != "" {
			c.values.Set(n, q.Get(n))
		}
	}
	return c
}

func (c choices) with(name, value string) string {
	q := maps.Clone(c.values)
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return c.path
	}
	return c.path + "?" + q.Encode()
}

// of is the source of rows that are given whole: q, the filters and the order
// choose among them.
func (l Listing[T]) of(all []T) Source[T] {
	return func(a Ask) ([]T, int, error) {
		var rows []T
		words := strings.Fields(Fold(a.Text))
		for _, row := range all {
			if l.keeps(a, words, row) {
				rows = append(rows, row)
			}
		}
		if c := l.column(a.Sort); c.Compare == nil && l.Order != nil {
			slices.SortStableFunc(rows, l.Order)
		} else if c.Compare != nil {
			slices.SortStableFunc(rows, func(x, y T) int {
				if a.Down {
					x, y = y, x
				}
				return c.Compare(x, y)
			})
		}
		return Cut(a, rows), len(rows), nil
	}
}

// Found are the rows, of those given whole, that hold every word of a text: at
// most so many.
func (l Listing[T]) Found(text string, all []T, most int) []T {
	rows, _, _ := l.of(all)(Ask{Text: text, Limit: most}) // what is given whole cannot fail
	return rows
}

// Cut is the part of rows that is asked for.
func Cut[T any](a Ask, rows []T) []T {
	if a.Limit == 0 {
		return rows
	}
	from := min(a.Offset, len(rows))
	return rows[from:min(from+a.Limit, len(rows))]
}

func (l Listing[T]) keeps(a Ask, words []string, row T) bool {
	if l.Search != nil && len(words) > 0 {
		text := Fold(l.Search(row))
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
	}
	for _, f := range l.Filters {
		if val := a.Chosen(f.Name); val != "" && f.Keep != nil && !f.Keep(row, val) {
			return false
		}
	}
	return true
}

// column is the one that a name in the address sorts by; zero: none.
func (l Listing[T]) column(name string) (first Column[T]) {
	for _, c := range l.Columns {
		switch {
		case c.Compare == nil && !c.Sorts:
		case c.Name == name:
			return c
		case c.Name == l.First, l.First == "" && l.Order == nil && first.Name == "":
			first = c
		}
	}
	return first
}

// ask is what the choices ask for, of one page or, with no limit, of all.
func (l Listing[T]) ask(c choices, page, limit int) Ask {
	return Ask{Text: c.values.Get("q"), Sort: l.column(c.values.Get("sorter")).Name, Down: c.values.Get("retning") == "ned",
		Limit: limit, Offset: (page - 1) * limit, chosen: c.values}
}

// Show puts the list together for a page, of rows given whole; the rows are
// those of the page that the address asks for.
func (l Listing[T]) Show(v *Visit, all []T) (List, []T) {
	list, rows, _ := l.ShowFrom(v, l.of(all)) // what is given whole cannot fail
	return list, rows
}

// ShowFrom is [Listing.Show] of the rows that a source gives.
func (l Listing[T]) ShowFrom(v *Visit, source Source[T]) (List, []T, error) {
	here := l.chosen(v)
	page, _ := strconv.Atoi(v.R.URL.Query().Get("side"))
	page = min(max(page, 1), math.MaxInt32/PerPage)
	rows, total, err := source(l.ask(here, page, PerPage))
	pages := max(1, (total+PerPage-1)/PerPage)
	if err == nil && page > pages { // an address from when there were more
		page = pages
		rows, total, err = source(l.ask(here, page, PerPage))
	}
	if err != nil {
		return List{}, nil, err
	}
	out := l.head(v, here)
	shown := v.N(l.Key+".shown", int64(total), (page-1)*PerPage+1, (page-1)*PerPage+len(rows))
	if len(rows) == 0 {
		shown, out.Empty = "", v.T(l.Key+".empty.filter")
		if out.Clear == "" {
			out.Empty, out.EmptyAll = v.T(l.Key+".empty"), true
		}
	}
	out.Pages = fds.NewPages(page, pages, func(n int) string {
		if n == 1 {
			return here.with("side", "")
		}
		return here.with("side", strconv.Itoa(n))
	}, shown, v.PageWords())
	return out, rows, nil
}

// head is the list without its rows: what can be chosen and what is.
func (l Listing[T]) head(v *Visit, here choices) List {
	q := here.values
	out := List{Words: v.Words, Action: l.Path, Label: v.T("list.label"), Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")},
		CSV: here.with("format", "csv"), XLSX: here.with("format", "xlsx"), here: here, Table: l.table(v, here)}
	if l.Search != nil || l.Finds {
		f := v.Field(fds.Field{ID: "q", Name: "q", Type: "search", Value: q.Get("q"), MaxLength: 100}, l.Key+".search")
		out.Fields = append(out.Fields, f)
	}
	chosen := q.Get("q") != ""
	keep := func(name string) {
		if q.Get(name) != "" {
			out.Hidden = append(out.Hidden, fds.Choice{Text: name, Value: q.Get(name)})
		}
	}
	for _, f := range l.Filters {
		chosen = chosen || q.Get(f.Name) != ""
		if f.Hidden {
			keep(f.Name)
			continue
		}
		field := v.Field(fds.Field{ID: f.Name, Name: f.Name, Type: "select", Choices: append([]fds.Choice{{Text: v.T("list.all")}}, f.Choices...)}, l.Key+".filter."+f.Name)
		for i := range field.Choices {
			field.Choices[i].On = field.Choices[i].Value == q.Get(f.Name)
		}
		out.Fields = append(out.Fields, field)
	}
	keep("sorter")
	keep("retning")
	if chosen {
		out.Clear = l.Path
	}
	return out
}

func (l Listing[T]) table(v *Visit, here choices) fds.Table {
	t := fds.Table{Caption: v.T(l.Key + ".title"), ID: "tabel"}
	by := l.column(here.values.Get("sorter"))
	down := here.values.Get("retning") == "ned"
	for _, c := range l.Columns {
		if c.FileOnly {
			continue
		}
		col := fds.Column{Text: v.T(l.Key + ".column." + c.Name), End: c.End}
		if c.Compare != nil || c.Sorts {
			next := choices{here.path, maps.Clone(here.values)}
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

// sheet is the rows as a table for a file.
func (l Listing[T]) sheet(v *Visit, rows []T) sheet.Table {
	out := sheet.Table{Name: v.T(l.Key + ".title")}
	for _, c := range l.Columns {
		if !c.PageOnly {
			out.Head = append(out.Head, v.T(l.Key+".column."+c.Name))
		}
	}
	for _, row := range rows {
		cells := make([]sheet.Cell, 0, len(out.Head))
		for _, c := range l.Columns {
			switch {
			case c.PageOnly:
			case c.Cell != nil:
				cells = append(cells, c.Cell(row))
			default:
				cells = append(cells, sheet.Text(c.Text(row)))
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// File answers ?format=csv and ?format=xlsx with the whole list as it is
// filtered and sorted, of rows given whole; false: a page is asked for.
func (l Listing[T]) File(v *Visit, all []T) (bool, error) { return l.FileFrom(v, l.of(all)) }

// FileFrom is [Listing.File] of the rows that a source gives.
func (l Listing[T]) FileFrom(v *Visit, source Source[T]) (bool, error) {
	format := v.R.URL.Query().Get("format")
	if format != "csv" && format != "xlsx" {
		return false, nil
	}
	rows, _, err := source(l.ask(l.chosen(v), 1, 0))
	if err != nil {
		return true, err
	}
	return true, v.Sheet(strings.ReplaceAll(strings.Trim(l.Path, "/"), "/", "-")+"."+format, l.sheet(v, rows))
}

// Answer shows the page that made builds of the list, or the file that is asked
// for.
func (l Listing[T]) Answer(v *Visit, all []T, made func(List, []T) Page) error {
	return l.AnswerFrom(v, l.of(all), made)
}

// AnswerFrom is [Listing.Answer] of the rows that a source gives.
func (l Listing[T]) AnswerFrom(v *Visit, source Source[T], made func(List, []T) Page) error {
	if done, err := l.FileFrom(v, source); done {
		return err
	}
	list, rows, err := l.ShowFrom(v, source)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, made(list, rows))
}
