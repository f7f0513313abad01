package fds

// Table heads a sortable table. Rows are the page's own template, between
// "fds/table-open" and "fds/table-close"; on a phone each cell shows its
// column's name, from data-title, which the design system's script sets.
type Table struct {
	Caption string // what the table holds; read, not seen
	Columns []Column
	ID      string
}

// Column is one column's heading. With Href it sorts by that column.
type Column struct {
	Text  string
	Href  string
	Order string // "ascending", "descending" or empty
	Hint  string // read after the name: "sortér faldende"
	End   bool   // numbers stand at the end
	Quiet bool   // a heading that is read and not seen
}

// SortIcon is the symbol of the column's order.
func (c Column) SortIcon() string {
	switch c.Order {
	case "ascending":
		return "sort-table-ascending"
	case "descending":
		return "sort-table-descending"
	}
	return "sort-table-none"
}

// Pages is the pager beneath a table.
type Pages struct {
	Label, First, Previous, Next, Last string // names
	Of                                 string // "Side 2 af 9"
	Items                              []PageLink
	Page, Count                        int
	Shown                              string // "Viser 26-50 af 212 kameraer"
	FirstHref, PrevHref, NextHref      string
	LastHref                           string
}

// PageLink is one number of the pager; Gap stands for those left out.
type PageLink struct {
	Number  string
	Label   string // "Side 3"
	Href    string
	Current bool
	Gap     bool
}

// PageWords are the words of a pager in one language.
type PageWords struct {
	Label, First, Previous, Next, Last string
	Page                               func(n int) string
	Of                                 func(n, count int) string
}

// NewPages makes a pager for page (from 1) of count, whose addresses come from
// href.
func NewPages(page, count int, href func(page int) string, shown string, w PageWords) Pages {
	p := Pages{Label: w.Label, First: w.First, Previous: w.Previous, Next: w.Next, Last: w.Last,
		Of: w.Of(page, count), Page: page, Count: count, Shown: shown}
	if page > 1 {
		p.FirstHref, p.PrevHref = href(1), href(page-1)
	}
	if page < count {
		p.NextHref, p.LastHref = href(page+1), href(count)
	}
	last := 0
	for n := 1; n <= count; n++ {
		near := n >= page-1 && n <= page+1
		if n != 1 && n != count && !near && count > 7 {
			continue
		}
		if last != 0 && n > last+1 {
			p.Items = append(p.Items, PageLink{Gap: true})
		}
		p.Items = append(p.Items, PageLink{Number: itoa(n), Label: w.Page(n), Href: href(n), Current: n == page})
		last = n
	}
	return p
}
