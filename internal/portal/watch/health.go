package watch

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type healthPage struct {
	page.Shell
	Tabs     fds.Tabs
	Figures  []page.Figure
	Alarms   []alarmRow
	Past     []alarmRow // ended within the last day
	Engine   fds.StructuredList
	Deletion fds.StructuredList
	Disks    []diskRow
	Time     fds.StructuredList
	Ledgers  fds.StructuredList
	Cameras  []state.Row
	More     string // how many there are beside those
	MoreLink fds.Link
	Table    fds.Table
	Outbox   fds.StructuredList
	Refused  []refusedRow
}

// alarmList is alarms with the words that the list needs.
type alarmList struct {
	page.Words
	Rows []alarmRow
}

// AlarmList is those that last.
func (p *healthPage) AlarmList() alarmList { return alarmList{p.Words, p.Alarms} }

// PastList is those that have ended.
func (p *healthPage) PastList() alarmList { return alarmList{p.Words, p.Past} }

// PastDetails heads them.
func (p *healthPage) PastDetails() fds.Details {
	return fds.Details{ID: "tidligere", Summary: p.N("health.alarms.past", int64(len(p.Past)))}
}

type alarmRow struct {
	Name, Do, Since, Until, Camera, Href, Detail string
	Badge                                        fds.Badge
}

type diskRow struct {
	Path, Used, Total, Free, PerDay, Full string
	Share                                 float64 // of 100
	Warn                                  string
	Title                                 string
}

type refusedRow struct{ Time, Kind, Why, ID string }

// mostCameras is how many cameras are named; the list of cameras has them all.
const mostCameras = 100

// healthFacts is what the page is made of.
type healthFacts struct {
	engine  state.Now
	keys    []register.Key    // of all cameras
	worst   []string          // of those, the ones to look at
	cameras []register.Camera // those that are named
	waiting []issuer.Record
	refused []issuer.Record
	entries int64 // in the portal's ledger
}

func (p *Screens) health(v *visit) error {
	f := healthFacts{engine: p.State.Get(v.Ctx)}
	var err error
	if f.keys, err = p.Register.Keys(v.Ctx, register.Query{Controller: v.Person.Controller}); err != nil {
		return err
	}
	f.worst = f.engine.Worst(f.keys)
	ids := append([]string{}, f.worst[:min(len(f.worst), mostCameras)]...)
	for _, a := range f.engine.Alarms {
		ids = append(ids, a.Camera)
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: ids}); err != nil {
		return err
	}
	if f.waiting, err = p.Issuer.Records(v.Ctx, issuer.Filter{States: []string{issuer.Waiting}}); err != nil {
		return err
	}
	if f.refused, err = p.Issuer.Records(v.Ctx, issuer.Filter{States: []string{issuer.Refused}, Unnoted: true, Limit: 20}); err != nil {
		return err
	}
	if f.entries, err = p.Ledger.Size(v.Ctx); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.healthPage(f))
}

func (v *visit) healthPage(f healthFacts) *healthPage {
	e := f.engine
	pg := &healthPage{Shell: v.NewShell("health", v.T("health.title"))}
	pg.Tabs = v.Fronts(page.Admin)
	pg.Refresh = 5
	e.Tell(v.Visit, &pg.Shell)
	mine := map[string]register.Camera{}
	for _, c := range f.cameras {
		mine[c.ID] = c
	}
	for _, a := range e.Alarms {
		if _, ours := mine[a.Camera]; a.Camera != "" && !ours {
			continue
		}
		row := v.alarmRow(a, mine)
		if a.Until.IsZero() {
			pg.Alarms = append(pg.Alarms, row)
		} else {
			pg.Past = append(pg.Past, row)
		}
	}
	var expected, recorded int64
	for _, k := range f.keys {
		if st, ok := e.Camera(k.ID); ok {
			expected, recorded = expected+st.Expected, recorded+min(st.Recorded, st.Expected)
		}
	}
	for _, id := range f.worst[:min(len(f.worst), mostCameras)] {
		if c, ok := mine[id]; ok {
			pg.Cameras = append(pg.Cameras, state.RowOf(v.Visit, c, e))
		}
	}
	if more := len(f.worst) - mostCameras; more > 0 {
		pg.More, pg.MoreLink = v.N("health.cameras.more", int64(more)), fds.Link{Href: "/kameraer?sorter=coverage", Text: v.T("health.cameras.more.link")}
	}
	pg.Table = fds.Table{Caption: v.T("health.cameras"), ID: "kameraer", Columns: []fds.Column{{Text: v.T("cameras.column.camera")}, {Text: v.T("cameras.column.state")}, {Text: v.T("cameras.column.coverage")}, {Text: v.T("camera.clock")}}}
	alarmTone, alarmIcon := fds.Plain, "success"
	if len(pg.Alarms) > 0 {
		alarmTone, alarmIcon = fds.Error, "error"
	}
	pg.Figures = []page.Figure{
		{Href: "#alarmer", Text: v.T("health.alarms"), Number: v.Number(int64(len(pg.Alarms))), Icon: alarmIcon, Tone: alarmTone},
		{Href: "#kameraer-daekning", Text: v.T("health.coverage"), Number: v.Percent(recorded, expected), Icon: "videocam"},
		{Href: "#sletning", Text: v.T("health.late"), Number: v.Number(e.LateDeleted), Icon: "delete", Tone: map[bool]fds.Tone{true: fds.Error, false: fds.Plain}[e.LateDeleted > 0]},
		{Href: "#udestaaende", Text: v.T("health.waiting"), Number: v.Number(int64(len(f.waiting))), Icon: "send"},
	}
	v.engineParts(pg, f)
	return pg
}

func (v *visit) alarmRow(a engineapi.Alarm, mine map[string]register.Camera) alarmRow {
	r := alarmRow{Name: state.AlarmName(v.Words, a), Do: v.Or("alarm."+a.Key+".do", ""), Since: v.When(a.Since, v.Now), Until: v.When(a.Until, v.Now), Detail: a.Detail}
	switch {
	case !a.Until.IsZero():
		r.Badge = fds.Badge{Tone: fds.Success, Text: v.T("alarm.over")}
	case a.Grave:
		r.Badge = fds.Badge{Tone: fds.Error, Text: v.T("alarm.grave")}
	default:
		r.Badge = fds.Badge{Tone: fds.Warning, Text: v.T("alarm.open")}
	}
	if c, ok := mine[a.Camera]; ok {
		r.Camera, r.Href = c.Where+": "+c.Name, "/kameraer/"+c.ID
	}
	return r
}

func (v *visit) engineParts(pg *healthPage, f healthFacts) {
	e := f.engine
	known := !e.Heard.IsZero()
	if known {
		database := fds.Row{Term: v.T("health.database"), Text: v.Or("health.database."+e.Database, e.Database)}
		if e.Database != "ok" {
			database.Badge = &fds.Badge{Tone: fds.Error, Text: v.T("health.database.away.badge")}
		}
		pg.Engine = fds.StructuredList{Caption: v.T("health.engine"), Rows: []fds.Row{
			{Term: v.T("health.engine.name"), Text: e.Engine, More: []string{v.T("health.version", e.Version)}},
			{Term: v.T("health.started"), Text: v.When(e.Started, v.Now)},
			database,
			{Term: v.T("health.heard"), Text: v.When(e.LastHeard, v.Now)},
		}}
		late := fds.Row{Term: v.T("health.late"), Text: v.T("health.late.none")}
		if e.LateDeleted > 0 {
			late.Badge, late.Text = &fds.Badge{Tone: fds.Error, Text: v.N("health.late.some", e.LateDeleted)}, v.T("health.late.do")
		}
		pg.Deletion = fds.StructuredList{Caption: v.T("health.deletion"), Rows: []fds.Row{late,
			{Term: v.T("health.oldest"), Text: v.DateTime(e.OldestFrame)},
			{Term: v.T("health.next"), Text: v.DateTime(e.NextDeletion)}}}
		for _, d := range e.Disks {
			pg.Disks = append(pg.Disks, v.diskRow(d))
		}
		held := fds.Row{Term: v.T("health.time.state"), Text: v.T("health.time.right"), Badge: &fds.Badge{Tone: fds.Success, Text: v.T("health.time.ok")}}
		if e.Time.Held {
			held.Badge, held.Text = &fds.Badge{Tone: fds.Error, Text: v.T("health.time.held")}, v.T("health.time.held.text", v.When(e.Time.Since, v.Now))
		} else if !e.Time.Synced {
			held.Badge, held.Text = &fds.Badge{Tone: fds.Warning, Text: v.T("health.time.unsynced")}, v.T("health.time.unsynced.text")
		}
		off := e.Heard.Sub(e.Time.Now)
		pg.Time = fds.StructuredList{Caption: v.T("health.time"), Rows: []fds.Row{held,
			{Term: v.T("health.time.engine"), Text: v.DateTimeSeconds(e.Time.Now)},
			{Term: v.T("health.time.apart"), Text: v.Span(max(off, -off).Truncate(time.Second))}}}
	}
	pg.Ledgers = fds.StructuredList{Caption: v.T("health.ledgers"), Rows: []fds.Row{
		{Term: v.T("health.ledger.portal"), Text: v.N("health.entries", f.entries)}}}
	if known {
		row := fds.Row{Term: v.T("health.ledger.engine"), Text: v.N("health.entries", e.LedgerSize), More: []string{v.T("health.checkpoint", v.When(e.Checkpoint, v.Now))}}
		if e.Pending > 0 {
			row.Badge = &fds.Badge{Tone: fds.Warning, Text: v.N("health.pending", e.Pending)}
		}
		pg.Ledgers.Rows = append(pg.Ledgers.Rows, row)
	}
	v.outboxPart(pg, f)
}

func (v *visit) diskRow(d engineapi.Disk) diskRow {
	r := diskRow{Path: d.Path, Total: v.Bytes(d.Total), Free: v.Bytes(d.Free), Used: v.Bytes(d.Total - d.Free), PerDay: v.Bytes(d.PerDay), Full: v.T("health.disk.never")}
	if d.Total > 0 {
		r.Share = float64(d.Total-d.Free) * 100 / float64(d.Total)
	}
	r.Title = v.T("health.disk.share", v.Decimal(r.Share))
	if !d.FullAt.IsZero() {
		r.Full = v.Date(d.FullAt)
		if d.FullAt.Sub(v.Now) < 14*24*time.Hour {
			r.Warn = v.T("health.disk.soon")
		}
	}
	if d.CoWWarn {
		r.Warn = v.T("health.disk.cow")
	}
	return r
}

func (v *visit) outboxPart(pg *healthPage, f healthFacts) {
	row := fds.Row{Term: v.T("health.waiting"), Text: v.T("health.waiting.none")}
	if n := len(f.waiting); n > 0 {
		row.Text = v.T("health.waiting.some", v.Number(int64(n)), v.When(f.waiting[n-1].Issued, v.Now))
	}
	pg.Outbox = fds.StructuredList{Caption: v.T("health.outbox"), Rows: []fds.Row{row}}
	for _, r := range f.refused {
		pg.Refused = append(pg.Refused, refusedRow{v.When(r.Issued, v.Now), v.Or("statement."+string(r.Kind), string(r.Kind)), v.Or("fault."+r.Why, r.Why), string(r.ID)})
	}
}
