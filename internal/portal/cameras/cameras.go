package cameras

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type camerasPage struct {
	page.Shell
	Tabs     fds.Tabs
	Filter   camerasFilter
	Table    fds.Table
	Rows     []state.Row
	Pages    fds.Pages
	Counts   []page.Figure // how many in each state, each a filter
	CSV      string
	Empty    string // why there is nothing in the table
	EmptyAll bool   // nothing in the register at all
}

type camerasFilter struct {
	Search, Location, State fds.Field
	Button                  fds.Button
	Clear                   string // address without filters, empty when there are none
	Sort, Order             string
}

// camerasQuery is the list's choices, as they stand in the address.
type camerasQuery struct {
	text, location, state, sort string
	down                        bool
	page                        int
}

func readCamerasQuery(q url.Values) camerasQuery {
	c := camerasQuery{text: q.Get("q"), location: q.Get("sted"), state: q.Get("tilstand"), sort: q.Get("sorter"), down: q.Get("retning") == "ned"}
	c.page, _ = strconv.Atoi(q.Get("side"))
	if !slices.Contains([]string{"kamera", "sted", "tilstand", "daekning"}, c.sort) {
		c.sort = "tilstand"
	}
	return c
}

// address is the list with one choice changed; the page starts over.
func (c camerasQuery) address(change func(*camerasQuery)) string {
	if change != nil {
		c.page = 0
		change(&c)
	}
	q := url.Values{}
	set := func(k, val string) {
		if val != "" {
			q.Set(k, val)
		}
	}
	set("q", c.text)
	set("sted", c.location)
	set("tilstand", c.state)
	if c.sort != "tilstand" || c.down {
		set("sorter", c.sort)
	}
	if c.down {
		q.Set("retning", "ned")
	}
	if c.page > 1 {
		q.Set("side", strconv.Itoa(c.page))
	}
	if len(q) == 0 {
		return "/kameraer"
	}
	return "/kameraer?" + q.Encode()
}

// stateGroup sorts states into what the filter offers.
func stateGroup(s state.Shown) string {
	switch {
	case s.Bad:
		return "fejl"
	case s.State == engineapi.StateRecording:
		return "optager"
	case s.State == engineapi.StateOutside:
		return "uden-for-tidsrum"
	case s.State == engineapi.StateStopped:
		return "stoppet"
	}
	return "ingen-tilladelse"
}

func stateGroups() []string {
	return []string{"fejl", "optager", "uden-for-tidsrum", "stoppet", "ingen-tilladelse"}
}

// rows are the cameras that a query selects, before state and page.
func (p *Screens) cameraRows(v *visit, q camerasQuery, e state.Now) ([]state.Row, error) {
	list, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Text: q.text, Location: q.location, Locations: v.Sees(), Brief: true})
	if err != nil {
		return nil, err
	}
	rows := make([]state.Row, 0, len(list))
	for _, c := range list {
		rows = append(rows, state.RowOf(v.Visit, c, e))
	}
	return rows, nil
}

func sortRows(rows []state.Row, q camerasQuery) {
	slices.SortStableFunc(rows, func(a, b state.Row) int {
		var c int
		switch q.sort {
		case "kamera":
			c = cmp.Compare(page.Fold(a.Name), page.Fold(b.Name))
		case "sted":
			c = cmp.Compare(page.Fold(a.Where), page.Fold(b.Where))
		case "daekning":
			c = cmp.Compare(a.Recorded, b.Recorded)
		default:
			c = cmp.Compare(a.State.Rank, b.State.Rank)
		}
		if q.down {
			c = -c
		}
		return c
	})
}

func (p *Screens) list(v *visit) error {
	q := readCamerasQuery(v.R.URL.Query())
	e := p.State.Get(v.Ctx)
	all, err := p.cameraRows(v, q, e)
	if err != nil {
		return err
	}
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.camerasPage(q, all, locations, e))
}

// camerasPage puts the list together.
func (v *visit) camerasPage(q camerasQuery, all []state.Row, locations []register.Location, e state.Now) *camerasPage {
	pg := &camerasPage{Shell: v.NewShell("cameras", v.T("cameras.title"))}
	pg.Tabs = v.Fronts(page.Places)
	pg.Refresh = 5
	pg.Header.Query = q.text
	e.Tell(v.Visit, &pg.Shell)
	v.Said(&pg.Shell)
	counts := map[string]int64{}
	var rows []state.Row
	for _, r := range all {
		g := stateGroup(r.State)
		counts[g]++
		if q.state == "" || q.state == g {
			rows = append(rows, r)
		}
	}
	sortRows(rows, q)
	pg.Counts = append(pg.Counts, page.Figure{Href: q.address(func(c *camerasQuery) { c.state = "" }), Text: v.T("cameras.all"), Icon: "videocam", Number: v.Number(int64(len(all))), Current: q.state == ""})
	for _, g := range stateGroups() {
		l := page.Figure{Href: q.address(func(c *camerasQuery) { c.state = g }), Text: v.T("group." + g), Number: v.Number(counts[g]), Current: q.state == g}
		switch g {
		case "fejl":
			l.Icon = "success"
			if counts[g] > 0 {
				l.Icon, l.Tone = "error", fds.Error
			}
		case "optager":
			l.Icon = "videocam"
		case "uden-for-tidsrum":
			l.Icon = "time"
		case "stoppet":
			l.Icon = "minus"
		default:
			l.Icon = "lock"
		}
		pg.Counts = append(pg.Counts, l)
	}
	pages := max(1, (len(rows)+page.PerPage-1)/page.PerPage)
	q.page = min(max(q.page, 1), pages)
	from, to := (q.page-1)*page.PerPage, min(q.page*page.PerPage, len(rows))
	pg.Rows = rows[from:to]
	shownText := v.N("cameras.shown", int64(len(rows)), from+1, to)
	if len(rows) == 0 {
		shownText = ""
		pg.Empty = v.T("cameras.empty.filter")
		if q.text == "" && q.location == "" && q.state == "" {
			pg.Empty, pg.EmptyAll = v.T("cameras.empty"), true
		}
	}
	pg.Pages = fds.NewPages(q.page, pages, func(n int) string { return q.address(func(c *camerasQuery) { c.page = n }) }, shownText, v.PageWords())
	pg.Table = v.camerasTable(q)
	pg.Filter = v.camerasFilter(q, locations)
	pg.CSV = "/kameraer.csv" + q.address(func(*camerasQuery) {})[len("/kameraer"):]
	return pg
}

func (v *visit) camerasTable(q camerasQuery) fds.Table {
	t := fds.Table{Caption: v.T("cameras.title"), ID: "kameraer"}
	for _, c := range []struct{ key, sort string }{{"camera", "kamera"}, {"location", "sted"}, {"state", "tilstand"}, {"coverage", "daekning"}} {
		col := fds.Column{Text: v.T("cameras.column." + c.key), Hint: v.T("table.sort.up")}
		down := false
		if q.sort == c.sort {
			col.Order, col.Hint, down = "ascending", v.T("table.sort.down"), true
			if q.down {
				col.Order, col.Hint, down = "descending", v.T("table.sort.up"), false
			}
		}
		col.Href = q.address(func(o *camerasQuery) { o.sort, o.down = c.sort, down })
		t.Columns = append(t.Columns, col)
	}
	return t
}

func (v *visit) camerasFilter(q camerasQuery, locations []register.Location) camerasFilter {
	f := camerasFilter{Sort: q.sort, Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")}}
	if q.down {
		f.Order = "ned"
	}
	f.Search = v.Field(fds.Field{ID: "q", Name: "q", Type: "search", Value: q.text, Optional: true}, "cameras.search")
	f.Location = v.Field(fds.Field{ID: "sted", Name: "sted", Type: "select", Choices: []fds.Choice{{Text: v.T("cameras.location.all")}}}, "cameras.location")
	for _, l := range locations {
		f.Location.Choices = append(f.Location.Choices, fds.Choice{Value: l.ID, Text: l.Name, On: l.ID == q.location})
	}
	f.State = v.Field(fds.Field{ID: "tilstand", Name: "tilstand", Type: "select", Choices: []fds.Choice{{Text: v.T("cameras.all")}}}, "cameras.state")
	for _, g := range stateGroups() {
		f.State.Choices = append(f.State.Choices, fds.Choice{Value: g, Text: v.T("group." + g), On: g == q.state})
	}
	f.Search.OptionalText, f.Location.OptionalText = "", ""
	if q.text != "" || q.location != "" || q.state != "" {
		f.Clear = "/kameraer"
	}
	return f
}

func (p *Screens) listCSV(v *visit) error {
	q := readCamerasQuery(v.R.URL.Query())
	rows, err := p.cameraRows(v, q, p.State.Get(v.Ctx))
	if err != nil {
		return err
	}
	sortRows(rows, q)
	out := [][]string{{v.T("cameras.column.id"), v.T("cameras.column.camera"), v.T("cameras.column.location"), v.T("cameras.column.state"),
		v.T("cameras.column.why"), v.T("cameras.column.coverage"), v.T("cameras.column.last")}}
	for _, r := range rows {
		if q.state == "" || q.state == stateGroup(r.State) {
			out = append(out, []string{r.ID, r.Name, r.Where, r.State.Badge.Text, r.State.Why, r.Coverage, r.Last})
		}
	}
	return v.CSV("kameraer.csv", out)
}
