package places

import (
	"cmp"

	"vidne.dk/vidne/internal/portal/page"
)

// lookedSection is who has looked at footage of a place.
func (v *visit) lookedSection(l page.Lookers) page.Section {
	s := page.Section{ID: "har-set", Heading: v.T("lookers.title"), Lead: v.T("lookers.lead"), Half: true}
	if len(l.Rows) == 0 {
		s.Empty = v.T("lookers.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("uses.column.time"), v.T("uses.column.who"), v.T("uses.column.what"))
	for _, r := range l.Rows {
		what := page.Cell{Text: cmp.Or(r.What, r.Kind), Quiet: r.Minutes}
		if r.Refused != "" {
			what.More = []string{r.Refused}
		} else if r.Why != "" {
			what.More = []string{v.T("use.why.short", r.Why)}
		}
		s.Grid.Add(page.Cell{Text: r.Time}, page.Cell{Text: r.Who}, what)
	}
	if l.All != "" {
		s.Links = l.Links()
	}
	return s
}
