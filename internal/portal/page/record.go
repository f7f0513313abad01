package page

import (
	"net/http"

	"vidne.dk/vidne/internal/fds"
)

// Three sorts of page that need no template of their own: a table, an object
// with its sections, and a form. A screen that is one of them fills in the
// struct; one that is more has its own template.

// Cell is what stands in one cell of a table: all that is set, in this order.
type Cell struct {
	Href  string // of Text
	Text  string
	Badge *fds.Badge
	Icon  string // beside the badge
	Quiet string // beneath, quietly
	More  []string
	Form  *ActForm // a button that does something about the row
	End   bool
}

// Bare reports whether nothing stands in it.
func (c Cell) Bare() bool {
	return c.Text == "" && c.Badge == nil && c.Quiet == "" && len(c.More) == 0 && c.Form == nil
}

// ActForm is one button that sends a form by itself.
type ActForm struct {
	Action string
	Button fds.Button
	Hidden []fds.Choice // Text is the name
}

// Line is one row of a table; the n-th cell is of the n-th column.
type Line struct {
	ID    string // of the row, or empty
	Cells []Cell
}

// Grid is a table without choices.
type Grid struct {
	Table fds.Table
	Lines []Line
}

// Title is the column's heading of a cell, for phones.
func (g Grid) Title(i int) string {
	if i < len(g.Table.Columns) {
		return g.Table.Columns[i].Text
	}
	return ""
}

// NewGrid begins a table with its columns' headings.
func NewGrid(caption string, columns ...string) *Grid {
	g := &Grid{Table: fds.Table{Caption: caption}}
	for _, c := range columns {
		g.Table.Columns = append(g.Table.Columns, fds.Column{Text: c, Quiet: false})
	}
	return g
}

// Add adds a row.
func (g *Grid) Add(cells ...Cell) { g.Lines = append(g.Lines, Line{Cells: cells}) }

// ListPage is a page that is a list: title, tabs, filters, table.
type ListPage struct {
	Shell
	Lead    string
	Tabs    fds.Tabs
	Figures []Figure
	Actions []fds.Link // the first is the main one
	List    List
	Grid    Grid
}

// NewListPage is a page of a [Listing]: lines are its rows.
func (v *Visit) NewListPage(title, lead string, menu Entry, list List, lines []Line) *ListPage {
	p := &ListPage{Shell: v.NewShell("list", title), Lead: lead, Tabs: v.Fronts(menu), List: list, Grid: Grid{list.Table, lines}}
	return p
}

// Record is a page about one object: what needs attention, its sections, and
// what happened to it.
type Record struct {
	Shell
	Lead     string
	Tabs     fds.Tabs  // of a front page
	Kicker   *fds.Link // what it belongs to, above the title
	Badge    *fds.Badge
	Actions  []fds.Link // the first is the main one
	Sections []Section
	Happened *Happened
}

// Section is one part of a record. What is set of it is shown in this order.
type Section struct {
	ID      string
	Heading string
	Lead    string
	// Paragraphs are running text.
	Paragraphs []string
	Alert      *fds.Alert
	List       *fds.StructuredList
	Grid       *Grid
	Empty      string // when there is neither
	Links      []fds.Link
	// Half sections stand beside each other on a wide screen.
	Half bool
	// Live sections are refreshed with the page.
	Live bool
}

// NewRecord begins a record's page.
func (v *Visit) NewRecord(title, lead string, crumbs ...fds.Link) *Record {
	return &Record{Shell: v.NewShell("record", title, crumbs...), Lead: lead}
}

// Add adds a section.
func (r *Record) Add(s Section) { r.Sections = append(r.Sections, s) }

// Said shows the success that ?besked= names: texts note.<name> and
// note.<name>.text.
func (v *Visit) Said(s *Shell) {
	if note := v.R.URL.Query().Get("besked"); note != "" && v.Has("note."+note) {
		s.Notes = append(s.Notes, fds.Alert{Tone: fds.Success, Heading: v.T("note." + note), Text: v.Or("note."+note+".text", "")})
	}
}

// FormPage is a page that is a form.
type FormPage struct {
	Shell
	Lead   string
	Alert  *fds.Alert
	Form   *Form
	Button fds.Button
	Cancel fds.Link
	// Action is where it is sent; Side the page that a draft of it belongs to.
	Action, Side string
	Files        bool // it holds files
	Hidden       []fds.Choice
}

// NewFormPage is a page with a form whose texts are the form's key and .title,
// .lead (optional) and .button; args are put into the title. back is where the
// person came from: the last of the crumbs.
func (v *Visit) NewFormPage(f *Form, crumbs []fds.Link, args ...any) *FormPage {
	back := crumbs[len(crumbs)-1]
	return &FormPage{Shell: v.NewShell("form", v.T(f.key+".title", args...), crumbs...), Lead: v.Or(f.key+".lead", ""), Form: f,
		Button: fds.Button{Kind: "primary", Text: v.T(f.key + ".button")}, Cancel: fds.Link{Href: back.Href, Text: v.T("form.cancel")},
		Action: v.R.URL.Path, Side: v.R.URL.Path}
}

// ShowForm shows a form: with what was typed before a session was lost, with
// the errors that it has, or as it is.
func (v *Visit) ShowForm(p *FormPage) error {
	if p.Form.Errors() != nil {
		return v.Show(http.StatusUnprocessableEntity, p)
	}
	if d, ok := v.Draft(); ok {
		p.Form.Fill(d)
		p.Notes = append(p.Notes, v.Kept())
	}
	return v.Show(http.StatusOK, p)
}
