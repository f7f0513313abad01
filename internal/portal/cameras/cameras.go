package cameras

import (
	"cmp"
	"slices"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type camerasPage struct {
	page.Shell
	Tabs   fds.Tabs
	List   page.List
	Rows   []state.Row
	Counts []page.Figure // how many in each state, each a filter
}

// groupOf sorts states into what the filter offers.
func groupOf(s state.Standing) string {
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

// overview is the list of cameras. The register knows which there are and the
// engine how they are; only those shown are read whole and put into words.
type overview struct {
	engine    state.Now
	locations []register.Name
	counts    map[string]int // of each group, whichever is chosen
}

func (v *visit) listing(locations []register.Name) page.Listing[state.Row] {
	l := page.Listing[state.Row]{Key: "cameras", Path: "/kameraer", Finds: true, First: "state",
		Columns: []page.Column[state.Row]{
			{Name: "id", Text: func(r state.Row) string { return r.ID }, FileOnly: true},
			{Name: "camera", Text: func(r state.Row) string { return r.Name }, Sorts: true},
			{Name: "location", Text: func(r state.Row) string { return r.Where }, Sorts: true},
			{Name: "state", Text: func(r state.Row) string { return r.State.Badge.Text }, Sorts: true},
			{Name: "why", Text: func(r state.Row) string { return r.State.Why }, FileOnly: true},
			{Name: "coverage", Text: func(r state.Row) string { return r.Coverage }, Sorts: true},
			{Name: "last", Text: func(r state.Row) string { return r.Last }, FileOnly: true},
		},
		Filters: []page.Filter[state.Row]{{Name: "sted"}, {Name: "tilstand"}}}
	for _, x := range locations {
		l.Filters[0].Choices = append(l.Filters[0].Choices, fds.Choice{Value: x.ID, Text: x.Name})
	}
	for _, g := range stateGroups() {
		l.Filters[1].Choices = append(l.Filters[1].Choices, fds.Choice{Value: g, Text: v.T("group." + g)})
	}
	return l
}

// known is a camera and how it is.
type known struct {
	register.Key
	state.Standing
	name  string // as names sort
	place int    // where its location stands among the others
}

// choose takes the keys that are asked for, in the order that is asked for.
func (o *overview) choose(a page.Ask, keys []register.Key) (rows []known) {
	places := map[string]int{}
	for i, l := range o.locations {
		places[l.ID] = i
	}
	o.counts = map[string]int{}
	for _, k := range keys {
		row := known{k, o.engine.Standing(k.ID), page.Fold(k.Name), places[k.Location]}
		g := groupOf(row.Standing)
		o.counts[g]++
		if want := a.Chosen("tilstand"); want == "" || want == g {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(x, y known) int {
		by := 0
		switch a.Sort {
		case "camera":
			by = cmp.Compare(x.name, y.name)
		case "state":
			by = cmp.Compare(x.Rank, y.Rank)
		case "coverage":
			by = cmp.Compare(x.Recorded, y.Recorded)
		}
		if a.Down {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(x.place, y.place), cmp.Compare(x.name, y.name), cmp.Compare(x.ID, y.ID))
	})
	return rows
}

// mostAtOnce is how many cameras are read whole by one question.
const mostAtOnce = 1000

// source answers with the cameras that the person may see.
func (v *visit) source(o *overview) page.Source[state.Row] {
	return func(a page.Ask) ([]state.Row, int, error) {
		q := register.Query{Controller: v.Person.Controller, Text: a.Text, Location: a.Chosen("sted"), Locations: v.Sees()}
		keys, err := v.s.Register.Keys(v.Ctx, q)
		if err != nil {
			return nil, 0, err
		}
		chosen := o.choose(a, keys)
		var rows []state.Row
		for some := range slices.Chunk(page.Cut(a, chosen), mostAtOnce) {
			q.IDs = nil
			for _, k := range some {
				q.IDs = append(q.IDs, k.ID)
			}
			cams, _, err := v.s.Register.Cameras(v.Ctx, q)
			if err != nil {
				return nil, 0, err
			}
			rows = append(rows, v.rows(q.IDs, cams, o.engine)...)
		}
		return rows, len(chosen), nil
	}
}

// rows are cameras in the order of their ids.
func (v *visit) rows(ids []string, cams []register.Camera, e state.Now) (rows []state.Row) {
	at := map[string]register.Camera{}
	for _, c := range cams {
		at[c.ID] = c
	}
	for _, id := range ids {
		if c, ok := at[id]; ok {
			rows = append(rows, state.RowOf(v.Visit, c, e))
		}
	}
	return rows
}

func (p *Screens) list(v *visit) (err error) {
	o := overview{engine: p.State.Get(v.Ctx)}
	if o.locations, err = p.Register.LocationNames(v.Ctx, v.Person.Controller, v.Sees()); err != nil {
		return err
	}
	return v.listing(o.locations).AnswerFrom(v.Visit, v.source(&o), func(list page.List, rows []state.Row) page.Page {
		return v.camerasPage(list, rows, &o)
	})
}

// camerasPage puts the list together.
func (v *visit) camerasPage(list page.List, rows []state.Row, o *overview) *camerasPage {
	pg := &camerasPage{Shell: v.NewShell("cameras", v.T("cameras.title")), Tabs: v.Fronts(page.Places), List: list, Rows: rows}
	pg.Refresh = 5
	q := v.R.URL.Query()
	pg.Header.Query = q.Get("q")
	o.engine.Tell(v.Visit, &pg.Shell)
	v.Said(&pg.Shell)
	pg.Counts = []page.Figure{{Href: list.With("tilstand", ""), Text: v.T("cameras.all"), Icon: "videocam", Current: q.Get("tilstand") == ""}}
	total := 0
	for _, g := range stateGroups() {
		n := o.counts[g]
		total += n
		f := page.Figure{Href: list.With("tilstand", g), Text: v.T("group." + g), Number: v.Number(int64(n)), Current: q.Get("tilstand") == g}
		switch g {
		case "fejl":
			f.Icon = "success"
			if n > 0 {
				f.Icon, f.Tone = "error", fds.Error
			}
		case "optager":
			f.Icon = "videocam"
		case "uden-for-tidsrum":
			f.Icon = "time"
		case "stoppet":
			f.Icon = "minus"
		default:
			f.Icon = "lock"
		}
		pg.Counts = append(pg.Counts, f)
	}
	pg.Counts[0].Number = v.Number(int64(total))
	return pg
}
