package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/register"
)

const perPage = 25

type camerasPage struct {
	Shell
	Filter   camerasFilter
	Table    fds.Table
	Rows     []cameraRow
	Pages    fds.Pages
	Counts   []countLink // how many in each state, each a filter
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

type countLink struct {
	Href, Text, Icon string
	Number           string
	Tone             fds.Tone
	Current          bool
}

type cameraRow struct {
	ID, Name, Href  string
	Where, WhereRef string
	State           shown
	Coverage        string
	CoverageShort   bool // less than it should be
	Clock           string
	Last            string
	recorded        float64
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
		return "/steder"
	}
	return "/steder?" + q.Encode()
}

// stateGroup sorts states into what the filter offers.
func stateGroup(s shown) string {
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
func (p *Portal) cameraRows(v *visit, q camerasQuery, e engineState) ([]cameraRow, error) {
	list, _, err := p.Register.Cameras(v.ctx, register.Query{Controller: v.person.Controller, Text: q.text, Location: q.location, Locations: v.sees()})
	if err != nil {
		return nil, err
	}
	rows := make([]cameraRow, 0, len(list))
	for _, c := range list {
		rows = append(rows, v.cameraRow(c, e))
	}
	return rows, nil
}

func (v *visit) cameraRow(c register.Camera, e engineState) cameraRow {
	st, _ := e.camera(c.ID)
	row := cameraRow{ID: c.ID, Name: c.Name, Href: "/kameraer/" + c.ID, Where: c.Where, WhereRef: "/steder/" + c.Location, State: v.state(c, e)}
	row.Coverage = v.coverageWords(st)
	row.recorded = 2
	if st.Expected > 0 {
		row.recorded = float64(st.Recorded) / float64(st.Expected)
		row.CoverageShort = st.Recorded < st.Expected*995/1000
	}
	if text, odd := v.offset(st); odd {
		row.Clock = text
	}
	row.Last = v.When(st.LastFrame, v.now)
	return row
}

func sortRows(rows []cameraRow, q camerasQuery) {
	slices.SortStableFunc(rows, func(a, b cameraRow) int {
		var c int
		switch q.sort {
		case "kamera":
			c = cmp.Compare(fold(a.Name), fold(b.Name))
		case "sted":
			c = cmp.Compare(fold(a.Where), fold(b.Where))
		case "daekning":
			c = cmp.Compare(a.recorded, b.recorded)
		default:
			c = cmp.Compare(a.State.rank, b.State.rank)
		}
		if q.down {
			c = -c
		}
		return c
	})
}

func (p *Portal) cameras(v *visit) error {
	q := readCamerasQuery(v.r.URL.Query())
	e := p.state.get(v.ctx)
	all, err := p.cameraRows(v, q, e)
	if err != nil {
		return err
	}
	locations, err := p.Register.Locations(v.ctx, v.person.Controller)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.camerasPage(q, all, locations, e))
}

// camerasPage puts the list together.
func (v *visit) camerasPage(q camerasQuery, all []cameraRow, locations []register.Location, e engineState) *camerasPage {
	pg := &camerasPage{Shell: v.newShell("cameras", v.T("cameras.title"))}
	pg.Refresh = 5
	pg.Header.Query = q.text
	pg.away(v, e)
	counts := map[string]int64{}
	var rows []cameraRow
	for _, r := range all {
		g := stateGroup(r.State)
		counts[g]++
		if q.state == "" || q.state == g {
			rows = append(rows, r)
		}
	}
	sortRows(rows, q)
	pg.Counts = append(pg.Counts, countLink{Href: q.address(func(c *camerasQuery) { c.state = "" }), Text: v.T("cameras.all"), Icon: "videocam", Number: v.Number(int64(len(all))), Current: q.state == ""})
	for _, g := range stateGroups() {
		l := countLink{Href: q.address(func(c *camerasQuery) { c.state = g }), Text: v.T("group." + g), Number: v.Number(counts[g]), Current: q.state == g}
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
	pages := max(1, (len(rows)+perPage-1)/perPage)
	q.page = min(max(q.page, 1), pages)
	from, to := (q.page-1)*perPage, min(q.page*perPage, len(rows))
	pg.Rows = rows[from:to]
	shownText := v.N("cameras.shown", int64(len(rows)), from+1, to)
	if len(rows) == 0 {
		shownText = ""
		pg.Empty = v.T("cameras.empty.filter")
		if q.text == "" && q.location == "" && q.state == "" {
			pg.Empty, pg.EmptyAll = v.T("cameras.empty"), true
		}
	}
	pg.Pages = fds.NewPages(q.page, pages, func(n int) string { return q.address(func(c *camerasQuery) { c.page = n }) }, shownText, v.pageWords())
	pg.Table = v.camerasTable(q)
	pg.Filter = v.camerasFilter(q, locations)
	pg.CSV = "/steder.csv" + q.address(func(*camerasQuery) {})[len("/steder"):]
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
	f.Search = v.field(fds.Field{ID: "q", Name: "q", Type: "search", Value: q.text, Optional: true}, "cameras.search")
	f.Location = v.field(fds.Field{ID: "sted", Name: "sted", Type: "select", Choices: []fds.Choice{{Text: v.T("cameras.location.all")}}}, "cameras.location")
	for _, l := range locations {
		f.Location.Choices = append(f.Location.Choices, fds.Choice{Value: l.ID, Text: l.Name, On: l.ID == q.location})
	}
	f.State = v.field(fds.Field{ID: "tilstand", Name: "tilstand", Type: "select", Choices: []fds.Choice{{Text: v.T("cameras.all")}}}, "cameras.state")
	for _, g := range stateGroups() {
		f.State.Choices = append(f.State.Choices, fds.Choice{Value: g, Text: v.T("group." + g), On: g == q.state})
	}
	f.Search.OptionalText, f.Location.OptionalText = "", ""
	if q.text != "" || q.location != "" || q.state != "" {
		f.Clear = "/steder"
	}
	return f
}

func (p *Portal) camerasCSV(v *visit) error {
	q := readCamerasQuery(v.r.URL.Query())
	rows, err := p.cameraRows(v, q, p.state.get(v.ctx))
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
	return v.csv("kameraer.csv", out)
}

// pageWords are the pager's words.
func (v *visit) pageWords() fds.PageWords {
	return fds.PageWords{Label: v.T("pages.label"), First: v.T("pages.first"), Previous: v.T("pages.previous"), Next: v.T("pages.next"), Last: v.T("pages.last"),
		Page: func(n int) string { return v.T("pages.page", n) },
		Of:   func(n, count int) string { return v.T("pages.of", n, count) }}
}

// away says above the page that the engine does not answer.
func (s *Shell) away(v *visit, e engineState) {
	if !e.Away {
		return
	}
	n := fds.Alert{Tone: fds.Error, Heading: v.T("engine.away"), Text: v.T("engine.away.never"), ID: "engine-away"}
	if !e.Heard.IsZero() {
		n.Text = v.T("engine.away.text", v.When(e.Heard, v.now))
	}
	s.Notes = append(s.Notes, n)
}
