package viewing

import (
	"net/http"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
)

// roomPage is the video room.
type roomPage struct {
	page.Shell
	Camera    string
	Where     string
	CameraRef string
	Purpose   string
	Reference fds.Link // the incident
	Viewer    string
	Data      roomData
	Keys      fds.Modal
	End       string
	Still     string       // where one picture is asked for
	List      []stretchRow // the timeline of the opened periods as a table
	Over      *fds.Alert   // the viewing has ended
}

// roomData is what the script of the room is told.
type roomData struct {
	Lang    page.Lang         `json:"lang"`
	Base    string            `json:"base"`   // address of the viewing
	Cover   string            `json:"cover"`  // address of the camera's coverage
	Active  string            `json:"active"` // address that says that the person is there
	Camera  string            `json:"camera"`
	Viewer  string            `json:"viewer"`
	Now     int64             `json:"now"`   // milliseconds, the server's
	Min     int64             `json:"min"`   // milliseconds: the grant covers nothing before
	Max     int64             `json:"max"`   // nor after
	Widen   string            `json:"widen"` // address where the incident is widened, or empty
	Again   string            `json:"again"` // address where it is opened again
	Live    int64             `json:"live"`  // milliseconds that count as live
	Periods []roomPeriod      `json:"periods"`
	Text    map[string]string `json:"text"`
	Causes  map[string]string `json:"causes"`
	Kinds   map[string]string `json:"kinds"`
}

type roomPeriod struct {
	From    int64 `json:"from"`
	To      int64 `json:"to"`
	Expires int64 `json:"expires"`
}

// stretchRow is one row of the timeline as a list.
type stretchRow struct{ From, To, Span, What, Deleted string }

func roomPeriods(all []period) []roomPeriod {
	out := []roomPeriod{}
	for _, q := range all {
		out = append(out, roomPeriod{q.Since / 1000, q.Until / 1000, q.Expires / 1000})
	}
	return out
}

func (p *Screens) room(v *visit) error {
	periods, err := p.periods(v.Ctx, v.viewing.ID)
	if err != nil {
		return err
	}
	var list []engineapi.Coverage
	if v.viewing.Ended == 0 {
		for _, q := range periods {
			c, err := p.Engine.Coverage(v.Ctx, v.viewing.Camera, db.Time(q.Since), db.Time(q.Until))
			if err != nil && !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.NotFound) {
				return err
			}
			list = append(list, c)
		}
	}
	return v.Show(http.StatusOK, v.roomPage(periods, list))
}

func (v *visit) roomPage(periods []period, cover []engineapi.Coverage) *roomPage {
	g, c := v.viewing, v.camera
	pg := &roomPage{Shell: v.NewShell("room", v.T("room.title", c.Name)), Camera: c.Name, Where: c.Where, CameraRef: "/kameraer/" + c.ID,
		Purpose: g.Purpose, Reference: fds.Link{Href: "/haendelser/" + g.Incident, Text: g.Reference}, Viewer: v.Session.Person.Name, End: "/afspilning/" + g.ID + "/slut", Still: "/afspilning/" + g.ID + "/stillbillede"}
	pg.Keys = fds.Modal{ID: "genveje", Heading: v.T("room.keys"), Close: v.T("header.close")}
	if g.Ended != 0 {
		pg.Over = &fds.Alert{Tone: fds.Info, Heading: v.T("room.over"), Text: v.T("room.over.text"), Links: []fds.Link{{Href: v.again(), Text: v.T("room.again")}}}
		pg.Scripts = nil
		return pg
	}
	base := "/afspilning/" + g.ID
	pg.Data = roomData{Lang: v.Lang, Base: base, Cover: base + "/daekning", Active: "/min-konto/aktiv", Camera: c.Name, Viewer: pg.Viewer,
		Now: v.Now.UnixMilli(), Min: v.grant.From.Add(time.Millisecond - 1).UnixMilli(), Max: v.grant.To.UnixMilli(), Again: v.again(), Live: liveMargin.Milliseconds(), Periods: roomPeriods(periods),
		Text: v.Under("room.js."), Causes: v.Under("why."), Kinds: v.Under("stretch.")}
	if v.May(access.EditIncident, access.Object{Controller: g.Controller, Location: g.Location}) {
		pg.Data.Widen = "/haendelser/" + g.Incident + "/udvid"
	}
	for _, one := range cover {
		for _, s := range one.Stretches {
			pg.List = append(pg.List, v.stretchRow(s))
		}
	}
	return pg
}

// again is where the viewing's footage is opened anew.
func (v *visit) again() string {
	if v.viewing.Incident == "" { // from before there were incidents
		return "/afspilning?kamera=" + v.viewing.Camera
	}
	return "/haendelser/" + v.viewing.Incident + "/se?kamera=" + v.viewing.Camera
}

func (v *visit) stretchRow(s engineapi.Stretch) stretchRow {
	r := stretchRow{From: v.DateTimeSeconds(s.From), To: v.ClockSeconds(s.To), Span: v.Span(s.To.Sub(s.From)), What: state.StretchWords(v.Words, s)}
	switch {
	case s.Held:
		r.Deleted = v.T("stretch.held")
	case !s.Delete.IsZero():
		r.Deleted = v.DateTime(s.Delete)
	default:
		r.Deleted = "–"
	}
	return r
}

// coverage hands on what the viewing's camera recorded and why not, without any
// picture, of what the grant covers.
func (p *Screens) coverage(v *visit) error {
	from, to, err := millis(v.R)
	if err != nil {
		return err
	}
	if err := v.alive(v.Ctx); err != nil {
		return err
	}
	if err := v.covered(v.Ctx, from, to); err != nil {
		return err
	}
	c, err := p.Engine.Coverage(v.Ctx, v.viewing.Camera, from, to)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, c)
}

// millis reads ?fra&til in milliseconds since 1970.
func millis(r *http.Request) (from, to time.Time, err error) {
	q := r.URL.Query()
	a, err1 := strconv.ParseInt(q.Get("fra"), 10, 64)
	b, err2 := strconv.ParseInt(q.Get("til"), 10, 64)
	if err1 != nil || err2 != nil || a < 0 || b < 0 || a > 1<<50 || b > 1<<50 {
		return from, to, fault.New(fault.Invalid, "time.form", "from %q to %q", q.Get("fra"), q.Get("til"))
	}
	return time.UnixMilli(a).UTC(), time.UnixMilli(b).UTC(), nil
}
