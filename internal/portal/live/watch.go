package live

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
)

// watchPage is the cameras as they are now.
type watchPage struct {
	page.Shell
	Lead    string
	Why     string
	Cameras []watched
	Left    string // how long it goes on, before the script counts
	End     string
	Data    watchData
	Over    *fds.Alert // it is over
}

// watched is one camera on the page.
type watched struct{ ID, Name, Label string }

// watchData is what the page's script is told.
type watchData struct {
	Lang   page.Lang         `json:"lang"`
	Base   string            `json:"base"`
	After  string            `json:"after"`  // address that is gone to when it is over
	Active string            `json:"active"` // address that says that the person is there
	Now    int64             `json:"now"`    // milliseconds, the server's
	Ends   int64             `json:"ends"`
	Text   map[string]string `json:"text"`
	Causes map[string]string `json:"causes"`
}

func (p *Screens) watch(v *visit) error {
	if v.request.State(v.Now) == room.Approved {
		return v.See(v.here() + "/begynd")
	}
	return v.Show(http.StatusOK, v.watchPage())
}

func (v *visit) watchPage() *watchPage {
	q := v.request
	pg := &watchPage{Shell: v.NewShell("live", v.T("livewatch.title", v.place.Name), v.crumbs()...), Lead: v.T("livewatch.lead", v.Session.Person.Name), Why: v.reason(q.Reason), End: v.here() + "/slut"}
	if q.State(v.Now) != room.Running {
		pg.Over = &fds.Alert{Tone: fds.Info, Heading: v.T("livewatch.over"), Text: v.T("livewatch.over.text"), Links: []fds.Link{{Href: v.here(), Text: q.Number}}}
		if q.Owes() {
			pg.Over.Links = []fds.Link{{Href: v.here() + "/note", Text: v.T("live.note")}}
		}
		pg.Scripts = nil
		return pg
	}
	for n, id := range q.Cameras {
		name := v.names()[n]
		pg.Cameras = append(pg.Cameras, watched{ID: id, Name: name, Label: v.T("livewatch.video", name)})
	}
	pg.Left = v.Span(q.Ends.Sub(v.Now))
	pg.Data = watchData{Lang: v.Lang, Base: v.here(), After: v.here() + "/note", Active: "/min-konto/aktiv", Now: v.Now.UnixMilli(), Ends: q.Ends.UnixMilli(), Text: v.Under("livewatch.js."), Causes: v.Under("why.")}
	return pg
}

// goesOn asks anew whether the picture may go on, as it is now: the session
// that it began in, the designation, the minutes, the camera. When the right to
// it has ended, the whole live view ends, and the ledger says why.
func (v *visit) goesOn(ctx context.Context, cameras ...string) error {
	now, err := v.Visit.Again(ctx)
	if err == nil {
		v.Session = now.Session
		q := v.request
		verdict := access.May(now.Person, access.AskLive, access.Object{Controller: q.Controller, Location: q.Location})
		switch {
		case q.Session != v.Session.ID:
			return fault.New(fault.Denied, "live.session", "request %s is seen in another session", q.Number)
		case !verdict.OK:
			err = fault.New(fault.Denied, verdict.Why, "the right to ask ended")
		}
	}
	if fault.Is(err, fault.Denied) {
		if cut := v.s.Live.Cut(ctx, v.request.ID, fault.Key(err), v.who()); cut != nil {
			return cut
		}
		return err
	}
	if err != nil {
		return err
	}
	q, err := v.s.Live.Get(ctx, v.request.Controller, v.request.ID)
	switch {
	case err != nil:
		return err
	case q.State(now.Now) != room.Running && q.Ended.IsZero():
		return fault.New(fault.Denied, "live.time", "the minutes of %s are over", q.Number)
	case q.State(now.Now) != room.Running:
		return fault.New(fault.Denied, "live.ended", "request %s was ended", q.Number)
	}
	e := v.s.State.Get(ctx)
	for _, id := range cameras {
		if s, ok := e.Camera(id); ok && !e.Away && s.State == engineapi.StateStopped {
			return fault.New(fault.Denied, string(engineapi.CauseStopped), "camera %s is stopped", id)
		}
	}
	return nil
}

// back is how far back a live picture begins: the key frame before it is near.
const back = 2 * time.Second

// pictures relays one camera as it is now, until the minutes end: opaque bytes,
// under the statement that never leaves the servers.
func (p *Screens) pictures(v *visit) error {
	q := v.request
	camera := v.R.URL.Query().Get("kamera")
	if !slices.Contains(q.Cameras, camera) {
		return p.Live.Refused(v.Ctx, "watch", q, v.who(), fault.New(fault.Denied, "live.camera", "request %s does not name %.40q", q.Number, camera))
	}
	if err := v.goesOn(v.Ctx, camera); err != nil {
		return p.Live.Refused(v.Ctx, "watch", q, v.who(), err)
	}
	from := v.Now.Add(-back)
	if ms, err := strconv.ParseInt(v.R.URL.Query().Get("fra"), 10, 64); err == nil {
		if t := time.UnixMilli(ms); t.After(v.Now.Add(-permit.LiveAge/2)) && t.Before(q.Ends) {
			from = t
		}
	}
	if from.Before(q.Started.Add(-back)) {
		from = q.Started.Add(-back)
	}
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.Streams.Add(flow.Stream{Of: q.ID, Camera: camera, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	in, err := p.Engine.Fragments(ctx, engineapi.FragmentQuery{Camera: camera, From: from.UTC(), To: q.Ends.UTC(), H264: true}, engineapi.Pass{Statement: q.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	defer in.Close()
	v.W.Header().Set("Content-Type", engineapi.FrameType)
	v.W.WriteHeader(http.StatusOK)
	here := *v.Visit
	copied := &visit{Visit: &here, s: v.s, found: v.found}
	stop := flow.Watch(ctx, p.Clock, func(ctx context.Context) error { return copied.goesOn(ctx, camera) }, cancel)
	defer stop()
	if err := flow.Relay(v.W, in); err != nil && ctx.Err() == nil {
		p.Log.Info("a live picture was broken off", "request", q.Number, "err", err)
	}
	return nil // part of the answer is out: the frames themselves say how they end
}

// events tells the open page whether it may go on, and why not.
func (p *Screens) events(v *visit) error {
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.Streams.Add(flow.Stream{Of: v.request.ID, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	return flow.Events(ctx, v.Visit, v.request.ID, func(ctx context.Context) error { return v.goesOn(ctx) })
}
