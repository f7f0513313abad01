package rules

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// row is a rule in the list.
type row struct {
	law.Rule
	basis   bool
	cameras int // of those that the person sees
	place   int // in the book
}

// marked reports whether something about the rule is not verified.
func (r row) marked() bool { return !unmarked(r.Rule) }

func unmarked(x law.Rule) bool {
	return x.Unverified == law.Text{} && !slices.ContainsFunc(x.Amendments, func(a law.Amendment) bool { return a.From.IsZero() })
}

func (p *Screens) list(v *visit) error {
	cams, err := v.cameras()
	if err != nil {
		return err
	}
	rows := v.rows(cams)
	l := v.listing()
	if done, err := l.File(v.Visit, rows); done {
		return err
	}
	return v.Show(http.StatusOK, v.listPage(l, rows))
}

func (v *visit) rows(cams cameras) []row {
	r := v.rules()
	acts := r.ActsThrough()
	var rows []row
	for _, x := range r.All() {
		_, basis := r.Basis(x.ID)
		rows = append(rows, row{Rule: x, basis: basis, cameras: cams.resting(acts[x.ID])})
	}
	// As in the act: by act, in the book's order, then by paragraph.
	acted := map[string]int{}
	for _, x := range rows {
		if _, met := acted[act(x.Cite)]; !met {
			acted[act(x.Cite)] = len(acted)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(acted[act(a.Cite)], acted[act(b.Cite)]), cmp.Compare(paragraph(a.Cite), paragraph(b.Cite)))
	})
	for i := range rows {
		rows[i].place = i
	}
	return rows
}

// act is what a citation says before its number.
func act(cite string) string {
	if i := strings.IndexAny(cite, "§0123456789"); i >= 0 {
		return cite[:i]
	}
	return cite
}

// paragraph is a citation as it sorts: numbers by value, § 2 with its parts
// before § 2 a.
func paragraph(cite string) string {
	var b strings.Builder
	digits := ""
	for _, c := range strings.TrimPrefix(cite, act(cite)) + " " {
		if unicode.IsDigit(c) {
			digits += string(c)
			continue
		}
		if digits != "" {
			fmt.Fprintf(&b, "%09s", digits)
			digits = ""
		}
		switch c {
		case ' ', '§':
		case ',':
			b.WriteByte('!')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (v *visit) listing() page.Listing[row] {
	title := func(r row) string { return v.in(r.Title) }
	yes := []fds.Choice{{Value: "hjemmel", Text: v.T("rules.kind.basis")}, {Value: "regel", Text: v.T("rules.kind.rule")}}
	marks := []fds.Choice{{Value: "nej", Text: v.T("rules.mark.not")}, {Value: "ja", Text: v.T("rules.mark.verified")}}
	return page.Listing[row]{Key: "rules", Path: listPath,
		Columns: []page.Column[row]{
			{Name: "cite", Text: func(r row) string { return r.Cite }, Compare: func(a, b row) int { return cmp.Compare(a.place, b.place) }},
			{Name: "title", Text: title, Compare: page.ByText(title)},
			{Name: "force", Text: v.force, Compare: func(a, b row) int { return a.From.Compare(b.From) }},
			{Name: "cameras", Text: func(r row) string { return strconv.Itoa(r.cameras) }, Cell: func(r row) sheet.Cell { return sheet.Count(r.cameras) },
				Compare: func(a, b row) int { return cmp.Compare(a.cameras, b.cameras) }, End: true},
			{Name: "says", Text: func(r row) string { return v.in(r.Says) }, FileOnly: true},
			{Name: "mark", Text: func(r row) string { return v.in(r.Unverified) }, FileOnly: true},
		},
		Filters: []page.Filter[row]{
			{Name: "slags", Choices: yes, Keep: func(r row, value string) bool { return r.basis == (value == "hjemmel") }},
			{Name: "efterproevet", Choices: marks, Keep: func(r row, value string) bool { return r.marked() == (value == "nej") }},
		},
		Search: func(r row) string { return r.ID + " " + r.Cite + " " + v.in(r.Title) + " " + v.in(r.Says) },
	}
}

// force is the days between which a rule is in force.
func (v *visit) force(r row) string {
	if r.To.IsZero() {
		return v.T("rules.from", v.Date(r.From))
	}
	return v.T("rules.between", v.Date(r.From), v.Date(r.To))
}

func (v *visit) listPage(l page.Listing[row], all []row) *page.ListPage {
	list, rows := l.Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		title := page.Cell{Text: v.in(r.Title), Quiet: v.in(r.Says)}
		if r.marked() {
			title.Badge = v.unverified()
		}
		lines = append(lines, page.Line{Cells: []page.Cell{
			{Href: href(r.ID), Text: r.Cite}, title, {Text: v.force(r)}, {Text: v.Number(int64(r.cameras)), End: true},
		}})
	}
	pg := v.NewListPage(v.T("rules.title"), v.T("rules.lead"), page.Cases, list, lines)
	pg.Actions = []fds.Link{{Href: findPath, Text: v.T("find.title")}, {Href: changesPath, Text: v.T("rulechanges.title")}}
	return pg
}

func (v *visit) unverified() *fds.Badge {
	return &fds.Badge{Tone: fds.Warning, Text: v.T("rules.unverified")}
}
