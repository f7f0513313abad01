package viewing

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

// roomPage is the video room.
type roomPage struct {
	page.Shell
	Heading   string
	Cameras   []roomCamera
	Where     fds.Link
	Purpose   string
	Reference fds.Link // the incident
	Viewer    string
	Layouts   []fds.Choice // how many pictures at once
	Data      roomData
	Keys      fds.Modal
	Mark      fds.Modal // where a bookmark is written
	End       string
	Still     string     // where one picture is asked for
	Over      *fds.Alert // the viewing has ended
}

// roomCamera is one of them; Number is the key that chooses it.
type roomCamera struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number int    `json:"number"`
}

// roomData is what the script of the room is told.
type roomData struct {
	Lang    page.Lang         `json:"lang"`
	Base    string            `json:"base"`   // address of the viewing
	Active  string            `json:"active"` // address that says that the person is there
	Cameras []roomCamera      `json:"cameras"`
	Viewer  string            `json:"viewer"`
	Now     int64             `json:"now"`    // milliseconds, the server's
	Oldest  int64             `json:"oldest"` // milliseconds: nothing before is kept
	Min     int64             `json:"min"`    // milliseconds: the grant covers nothing before
	Max     int64             `json:"max"`    // nor after
	Widen   string            `json:"widen"`  // address where the incident is widened, or empty
	Again   string            `json:"again"`  // address where it is opened again
	Live    int64             `json:"live"`   // milliseconds that count as live
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
	return v.Show(http.StatusOK, v.roomPage(periods))
}

func (v *visit) roomPage(periods []period) *roomPage {
	g := v.viewing
	var names []string
	for _, c := range v.cameras {
		names = append(names, c.Name)
	}
	pg := &roomPage{Shell: v.NewShell("room", v.T("room.title", strings.Join(names, ", "))),
		Purpose: g.Purpose, Reference: fds.Link{Href: "/haendelser/" + g.Incident, Text: g.Reference}, Viewer: v.Session.Person.Name, End: "/afspilning/" + g.ID + "/slut", Still: "/afspilning/" + g.ID + "/stillbillede"}
	for i, c := range v.cameras {
		pg.Where = fds.Link{Href: "/steder/" + c.Location, Text: c.Where}
		pg.Cameras = append(pg.Cameras, roomCamera{c.ID, c.Name, i + 1})
	}
	if pg.Heading = names[0]; len(names) > 1 {
		pg.Heading = v.N("room.cameras", int64(len(names)))
	}
	if g.Ended != 0 {
		pg.Over = &fds.Alert{Tone: fds.Info, Heading: v.T("room.over"), Text: v.T("room.over.text"), Links: []fds.Link{{Href: v.again(), Text: v.T("room.again")}}}
		pg.Scripts = nil
		return pg
	}
	pg.Keys = fds.Modal{ID: "genveje", Heading: v.T("room.keys"), Close: v.T("header.close")}
	pg.Mark = fds.Modal{ID: "bogmaerke", Heading: v.T("room.mark"), Close: v.T("header.close")}
	pg.Layouts = v.layouts()
	pg.Data = roomData{Lang: v.Lang, Base: "/afspilning/" + g.ID, Active: "/min-konto/aktiv", Cameras: pg.Cameras, Viewer: pg.Viewer,
		Now: v.Now.UnixMilli(), Oldest: v.Now.Add(-permit.LongestRetention).UnixMilli(), Min: v.grant.From.Add(time.Millisecond - 1).UnixMilli(), Max: v.grant.To.UnixMilli(),
		Again: v.again(), Live: liveMargin.Milliseconds(), Periods: roomPeriods(periods),
		Text: v.Under("room.js."), Causes: v.Under("why."), Kinds: v.Under("stretch.")}
	if v.May(access.EditIncident, access.Object{Controller: g.Controller, Location: g.Location}) {
		pg.Data.Widen = "/haendelser/" + g.Incident + "/udvid"
	}
	return pg
}

// layouts are the ways in which the pictures can stand: the smallest that holds
// all of them is chosen, and a larger one would be empty squares.
func (v *visit) layouts() (out []fds.Choice) {
	n := len(v.cameras)
	if n == 1 {
		return nil
	}
	for _, many := range []int{1, 2, 4, 6, 9} {
		out = append(out, fds.Choice{Value: strconv.Itoa(many), Text: v.N("room.layout", int64(many)), On: many >= n})
		if many >= n {
			break
		}
	}
	if n > 2 {
		out = append(out, fds.Choice{Value: "large", Text: v.T("room.layout.large")})
	}
	return out
}

// again is where the viewing's footage is opened anew.
func (v *visit) again() string {
	q := url.Values{"kamera": v.viewing.Cameras}.Encode()
	if v.viewing.Incident == "" { // from before there were incidents
		return "/afspilning?" + q
	}
	return "/haendelser/" + v.viewing.Incident + "/se?" + q
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
