package watch

import (
	"net/http"
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

func (p *Screens) deletions(v *visit) error {
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Removed: true})
	if err != nil {
		return err
	}
	e := p.State.Get(v.Ctx)
	var list []engineapi.Deletion
	var held []engineapi.Held
	if !e.Away {
		if list, err = p.Engine.Deletions(v.Ctx, v.Now.Add(-30*24*time.Hour), v.Now.Add(permit.LongestRetention)); err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if held, err = p.Engine.Holds(v.Ctx); err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
	}
	return v.Show(http.StatusOK, v.deletionsPage(cams, list, held, e))
}

func (v *visit) deletionsPage(cams []register.Camera, list []engineapi.Deletion, held []engineapi.Held, e state.Now) *deletionsPage {
	q := v.R.URL.Query()
	pg := &deletionsPage{Shell: v.NewShell("deletions", v.T("deletions.title")), Section: v.Fronts(page.Oversight), State: q.Get("vis"), Rule: v.T("deletions.rule")}
	e.Tell(v.Visit, &pg.Shell)
	if !slices.Contains([]string{"planned", "done", "late"}, pg.State) {
		pg.State = "planned"
	}
	camera := q.Get("kamera")
	names := map[string]register.Camera{}
	pg.Camera = v.Field(fds.Field{ID: "kamera", Name: "kamera", Type: "select", Choices: []fds.Choice{{Text: v.T("deletions.camera.all")}}}, "deletions.camera")
	for _, c := range cams {
		names[c.ID] = c
		pg.Camera.Choices = append(pg.Camera.Choices, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name, On: c.ID == camera})
	}
	pg.Button = fds.Button{Kind: "secondary", Text: v.T("filter.button")}
	counts := map[string]int64{}
	var rows []engineapi.Deletion
	for _, d := range list {
		if _, ours := names[d.Camera]; !ours || camera != "" && d.Camera != camera {
			continue
		}
		counts[d.State]++
		if d.State == pg.State {
			rows = append(rows, d)
		}
	}
	slices.SortStableFunc(rows, func(a, b engineapi.Deletion) int {
		if pg.State == "done" {
			return b.Done.Compare(a.Done)
		}
		return a.Due.Compare(b.Due)
	})
	address := func(state string, n int) string {
		s := "/tilsyn/sletninger?vis=" + state
		if camera != "" {
			s += "&kamera=" + camera
		}
		if n > 1 {
			s += "&side=" + strconv.Itoa(n)
		}
		return s
	}
	pg.Tabs.Label = v.T("deletions.tabs")
	for _, s := range []string{"planned", "done", "late"} {
		pg.Tabs.Items = append(pg.Tabs.Items, fds.Tab{Href: address(s, 1), Text: v.T("deletions.tab."+s, v.Number(counts[s])), Current: s == pg.State})
	}
	n, _ := strconv.Atoi(q.Get("side"))
	pages := max(1, (len(rows)+page.PerPage-1)/page.PerPage)
	n = min(max(n, 1), pages)
	from, to := (n-1)*page.PerPage, min(n*page.PerPage, len(rows))
	for _, d := range rows[from:to] {
		pg.Rows = append(pg.Rows, v.deletionRow(d, names[d.Camera]))
	}
	text := ""
	if len(rows) == 0 {
		pg.Empty = v.T("deletions.empty." + pg.State)
	} else {
		text = v.N("deletions.shown", int64(len(rows)), from+1, to)
	}
	pg.Pages = fds.NewPages(n, pages, func(to int) string { return address(pg.State, to) }, text, v.PageWords())
	pg.Table = fds.Table{Caption: v.T("deletions.title"), Columns: []fds.Column{{Text: v.T("deletions.column.camera")}, {Text: v.T("deletions.column.footage")}, {Text: v.T("deletions.column.due")}, {Text: v.T("deletions.column.state")}, {Text: v.T("deletions.column.rule")}, {Text: v.T("deletions.column.size"), End: true}}}
	for _, h := range held {
		if r, ok := v.heldRow(h, names); ok {
			pg.Held = append(pg.Held, r)
		}
	}
	return pg
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
