package watch

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type deletionsPage struct {
	page.Shell
	Section fds.Tabs
	Tabs    fds.Tabs
	Camera  fds.Field
	Button  fds.Button
	State   string
	Table   fds.Table
	Rows    []deletionRow
	Pages   fds.Pages
	Empty   string
	Held    []heldRow
	Rule    string
}

type deletionRow struct {
	Camera, Href, From, To, Due, Done, Rule, Size string
	Badge                                         fds.Badge
}

type heldRow struct{ Cameras, From, To, Reason, Until, Size string }

// deletionFacts is what the page is made of.
type deletionFacts struct {
	engine state.Now
	keys   []register.Key // of all cameras, also those taken out of service
	meant  []string       // the cameras that are asked for; nil: all
	list   []engineapi.Deletion
	held   []engineapi.Held
	names  map[string]register.Camera // of those that are named
}

func (p *Screens) deletions(v *visit) (err error) {
	f := deletionFacts{engine: p.State.Get(v.Ctx), names: map[string]register.Camera{}}
	if f.keys, err = p.Register.Keys(v.Ctx, register.Query{Controller: v.Person.Controller, Removed: true}); err != nil {
		return err
	}
	if f.meant, err = p.camerasNamed(v, v.R.URL.Query().Get("kamera")); err != nil {
		return err
	}
	if !f.engine.Away {
		if f.list, err = p.Engine.Deletions(v.Ctx, v.Now.Add(-30*24*time.Hour), v.Now.Add(permit.LongestRetention)); err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if f.held, err = p.Engine.Holds(v.Ctx); err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
	}
	shown := v.shownDeletions(f)
	if err := p.nameCameras(v, &f, shown); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.deletionsPage(f, shown))
}

// nameCameras reads the cameras that the page names: all where they can be
// chosen among, else those of its rows.
func (p *Screens) nameCameras(v *visit, f *deletionFacts, shown shownDeletions) error {
	q := register.Query{Controller: v.Person.Controller, Removed: true, Brief: true}
	if len(f.keys) > fewChoices {
		q.IDs = []string{}
		for _, d := range shown.rows {
			q.IDs = append(q.IDs, d.Camera)
		}
		for _, h := range f.held {
			q.IDs = append(q.IDs, h.Cameras...)
		}
	}
	all, _, err := p.Register.Cameras(v.Ctx, q)
	for _, c := range all {
		f.names[c.ID] = c
	}
	return err
}

// shownDeletions are the rows of one page, of one state.
type shownDeletions struct {
	state       string
	counts      map[string]int64 // of each state
	rows        []engineapi.Deletion
	total       int
	page, pages int
	from        int // number of the first row, from 0
}

// shownDeletions chooses what the address asks for.
func (v *visit) shownDeletions(f deletionFacts) shownDeletions {
	q := v.R.URL.Query()
	s := shownDeletions{state: q.Get("vis"), counts: map[string]int64{}}
	if !slices.Contains(deletionStates(), s.state) {
		s.state = "planned"
	}
	wanted := map[string]bool{}
	for _, k := range f.keys {
		wanted[k.ID] = f.meant == nil
	}
	for _, id := range f.meant {
		if _, ours := wanted[id]; ours {
			wanted[id] = true
		}
	}
	var rows []engineapi.Deletion
	for _, d := range f.list {
		if !wanted[d.Camera] {
			continue
		}
		s.counts[d.State]++
		if d.State == s.state {
			rows = append(rows, d)
		}
	}
	slices.SortStableFunc(rows, func(a, b engineapi.Deletion) int {
		if s.state == "done" {
			return b.Done.Compare(a.Done)
		}
		return a.Due.Compare(b.Due)
	})
	n, _ := strconv.Atoi(q.Get("side"))
	s.total, s.pages = len(rows), max(1, (len(rows)+page.PerPage-1)/page.PerPage)
	s.page = min(max(n, 1), s.pages)
	s.from = (s.page - 1) * page.PerPage
	s.rows = rows[s.from:min(s.page*page.PerPage, len(rows))]
	return s
}

func deletionStates() []string { return []string{"planned", "done", "late"} }

func (v *visit) deletionsPage(f deletionFacts, shown shownDeletions) *deletionsPage {
	camera := v.R.URL.Query().Get("kamera")
	pg := &deletionsPage{Shell: v.NewShell("deletions", v.T("deletions.title")), Section: v.Fronts(page.Oversight), State: shown.state, Rule: v.T("deletions.rule")}
	f.engine.Tell(v.Visit, &pg.Shell)
	pg.Camera = v.cameraField(f, camera)
	pg.Button = fds.Button{Kind: "secondary", Text: v.T("filter.button")}
	address := func(state string, n int) string {
		q := url.Values{"vis": {state}}
		if camera != "" {
			q.Set("kamera", camera)
		}
		if n > 1 {
			q.Set("side", strconv.Itoa(n))
		}
		return "/tilsyn/sletninger?" + q.Encode()
	}
	pg.Tabs.Label = v.T("deletions.tabs")
	for _, s := range deletionStates() {
		pg.Tabs.Items = append(pg.Tabs.Items, fds.Tab{Href: address(s, 1), Text: v.T("deletions.tab."+s, v.Number(shown.counts[s])), Current: s == shown.state})
	}
	for _, d := range shown.rows {
		pg.Rows = append(pg.Rows, v.deletionRow(d, f.names[d.Camera]))
	}
	text := ""
	if len(pg.Rows) == 0 {
		pg.Empty = v.T("deletions.empty." + shown.state)
	} else {
		text = v.N("deletions.shown", int64(shown.total), shown.from+1, shown.from+len(pg.Rows))
	}
	pg.Pages = fds.NewPages(shown.page, shown.pages, func(to int) string { return address(shown.state, to) }, text, v.PageWords())
	pg.Table = fds.Table{Caption: v.T("deletions.title"), Columns: []fds.Column{{Text: v.T("deletions.column.camera")}, {Text: v.T("deletions.column.footage")}, {Text: v.T("deletions.column.due")}, {Text: v.T("deletions.column.state")}, {Text: v.T("deletions.column.rule")}, {Text: v.T("deletions.column.size"), End: true}}}
	for _, h := range f.held {
		if r, ok := v.heldRow(h, f.names); ok {
			pg.Held = append(pg.Held, r)
		}
	}
	return pg
}

// cameraField is a list of the cameras, or where they are many, for a part of a
// name.
func (v *visit) cameraField(f deletionFacts, camera string) fds.Field {
	if len(f.keys) > fewChoices {
		field := v.Field(fds.Field{ID: "kamera", Name: "kamera", Type: "search", Value: camera, MaxLength: 100, Optional: true}, "deletions.camera")
		field.OptionalText = ""
		return field
	}
	var list []register.Camera
	for _, c := range f.names {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b register.Camera) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	field := fds.Field{ID: "kamera", Name: "kamera", Type: "select", Choices: []fds.Choice{{Text: v.T("deletions.camera.all")}}}
	for _, c := range list {
		field.Choices = append(field.Choices, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name, On: c.ID == camera})
	}
	return v.Field(field, "deletions.camera")
}

func (v *visit) deletionRow(d engineapi.Deletion, c register.Camera) deletionRow {
	r := deletionRow{Camera: c.Where + ": " + c.Name, Href: "/kameraer/" + c.ID, From: v.DateTime(d.From), To: v.Clock(d.To), Due: v.DateTime(d.Due), Done: v.DateTime(d.Done),
		Rule: v.Or("deletions.rule."+d.Rule, d.Rule), Size: v.Bytes(d.Bytes)}
	switch d.State {
	case "done":
		r.Badge = fds.Badge{Tone: fds.Success, Text: v.T("deletions.state.done")}
	case "late":
		r.Badge = fds.Badge{Tone: fds.Error, Text: v.T("deletions.state.late")}
	default:
		r.Badge = fds.Badge{Text: v.T("deletions.state.planned")}
	}
	return r
}

func (v *visit) heldRow(h engineapi.Held, names map[string]register.Camera) (heldRow, bool) {
	text, ours := "", false
	for i, id := range h.Cameras {
		if i > 0 {
			text += ", "
		}
		if c, ok := names[id]; ok {
			ours, id = true, c.Where+": "+c.Name
		}
		text += id
	}
	return heldRow{text, v.DateTime(h.From), v.DateTime(h.To), v.Or("hold."+h.Reason, h.Reason), v.DateTime(h.Until), v.Bytes(h.Bytes)}, ours
}
