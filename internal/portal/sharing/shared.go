package sharing

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
)

// received lists what is shared with the person.
func (p *Screens) received(v *visit) error {
	all, err := p.Shares.With(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	by := map[string]string{}
	for _, s := range all {
		c, err := p.Register.Controller(v.Ctx, s.Controller)
		if err != nil {
			return err
		}
		by[c.ID] = c.Name
	}
	return v.Show(200, v.receivedPage(all, by))
}

func (v *visit) receivedPage(all []sharing.Share, by map[string]string) *page.Record {
	pg := v.NewRecord(v.T("shared.title"), v.T("shared.lead"))
	pg.Tabs = v.Fronts(page.Incidents)
	s := page.Section{ID: "delt", Heading: v.T("shared.list"), Empty: v.T("shared.none")}
	if len(all) > 0 {
		s.Empty = ""
		s.Grid = page.NewGrid(v.T("shared.list"), v.T("share.column.number"), v.T("share.column.offence"), v.T("shared.column.by"), v.T("share.column.until"), v.T("share.column.state"))
		for _, x := range all {
			s.Grid.Add(page.Cell{Href: toMe + "/" + x.ID, Text: x.Number}, page.Cell{Text: v.T("share.offence." + x.Offence)}, page.Cell{Text: by[x.Controller]}, page.Cell{Text: v.Date(x.Until)}, page.Cell{Badge: v.badge(x)})
		}
	}
	pg.Add(s)
	return pg
}

// shared says what is shared with the person, and lets them see it.
func (p *Screens) shared(v *visit) error {
	_, err := p.Shares.MayLook(v.Ctx, v.share.ID, v.who())
	if err != nil && !fault.Is(err, fault.Denied) {
		return err
	}
	return v.Show(200, v.sharedPage(err))
}

func (v *visit) sharedPage(why error) *page.Record {
	s := v.share
	pg := v.NewRecord(s.Number, v.T("shared.one.lead", v.by.Name, v.T("share.offence."+s.Offence)), fds.Link{Href: toMe, Text: v.T("shared.title")})
	pg.Badge = v.badge(s)
	a := &fds.Alert{Tone: fds.Warning, Heading: v.T("shared.rule"), Text: v.T("shared.rule.text", v.DateTime(s.Until))}
	l := &fds.StructuredList{Caption: v.T("shared.what")}
	row := func(key, text string) { l.Rows = append(l.Rows, fds.Row{Term: v.T("share.field." + key), Text: text}) }
	row("one", s.Presume)
	row("three", s.Reasons)
	row("interval", v.T("incident.span", v.DateTimeSeconds(s.From), v.DateTimeSeconds(s.To)))
	row("until", v.DateTime(s.Until))
	see := page.Section{ID: "se", Heading: v.T("shared.see"), Alert: a}
	if why != nil {
		see.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("shared.not"), Text: v.Explain(why)}
	} else {
		see.Grid = v.seeGrid(toMe + "/" + s.ID + "/se")
	}
	pg.Add(see)
	pg.Add(page.Section{ID: "hvad", Heading: v.T("shared.what"), List: l})
	return pg
}

// seeGrid is the button that opens a look, beside what it opens.
func (v *visit) seeGrid(action string) *page.Grid {
	g := page.NewGrid(v.T("shared.see"), v.T("share.field.cameras"), v.T("shared.see"))
	g.Add(page.Cell{Text: joined(v.names())}, page.Cell{Form: &page.ActForm{Action: action, Button: fds.Button{Kind: "primary", Text: v.T("shared.see.button")}}})
	return g
}

// opened opens a look, which stands on record before the first picture.
func (p *Screens) opened(v *visit) error {
	l, err := p.Shares.Look(v.Ctx, v.share.ID, v.who())
	if err != nil {
		return err
	}
	return v.See(toMe + "/kig/" + l.ID)
}

// lookPage is the player.
type lookPage struct {
	page.Shell
	Lead, Label, Begins, End, Camera, CameraID string
	Seconds                                    int
	Rule                                       fds.Alert
	Cameras                                    []fds.Link
	Data                                       lookData
}

// lookData is what the page's script is told.
type lookData struct {
	Base   string            `json:"base"`
	From   int64             `json:"from"`
	To     int64             `json:"to"`
	Zone   string            `json:"zone"`
	Lang   string            `json:"lang"`
	Text   map[string]string `json:"text"`
	Causes map[string]string `json:"causes"`
}

func (p *Screens) look(v *visit) error {
	if !v.Now.Before(v.look.Expires) {
		return v.See(v.after())
	}
	return v.Show(200, v.lookPage(v.R.URL.Query().Get("kamera")))
}

// after is where a look that is over leads.
func (v *visit) after() string {
	if v.share.State(v.Now) == sharing.Asked {
		return v.here()
	}
	return toMe + "/" + v.share.ID
}

func (v *visit) lookPage(camera string) *lookPage {
	s := v.share
	if !slices.Contains(s.Cameras, camera) {
		camera = s.Cameras[0]
	}
	base := toMe + "/kig/" + v.look.ID
	pg := &lookPage{Shell: v.NewShell("shared", s.Number, fds.Link{Href: v.after(), Text: s.Number}), Lead: v.T("shared.one.lead", v.by.Name, v.T("share.offence."+s.Offence)), Begins: v.ClockSeconds(s.From), End: v.after(),
		Camera: v.name(camera), CameraID: camera, Label: v.name(camera), Seconds: int(s.To.Sub(s.From) / time.Second),
		Rule: fds.Alert{Tone: fds.Warning, Heading: v.T("shared.rule"), Text: v.T("shared.rule.text", v.DateTime(s.Until))},
		Data: lookData{Base: base, From: s.From.UnixMilli(), To: s.To.UnixMilli(), Zone: page.Zone().String(), Lang: string(v.Lang), Text: v.Under("shared.js."), Causes: v.Under("why.")}}
	for _, c := range s.Cameras {
		pg.Cameras = append(pg.Cameras, fds.Link{Href: base + "?kamera=" + c, Text: v.name(c)})
	}
	return pg
}

// pictures relays what is shared: opaque bytes, under the ticket that never
// leaves the servers.
func (p *Screens) pictures(v *visit) error {
	since, err := strconv.ParseInt(v.R.URL.Query().Get("fra"), 10, 64)
	camera := v.R.URL.Query().Get("kamera")
	if err != nil || !slices.Contains(v.share.Cameras, camera) {
		return fault.New(fault.Invalid, "time.form", "from %q", v.R.URL.Query().Get("fra"))
	}
	from := time.UnixMilli(since)
	if from.Before(v.share.From) {
		from = v.share.From
	}
	if !from.Before(v.share.To) || !v.Now.Before(v.look.Expires) {
		return fault.New(fault.Denied, "ticket.expired", "look %s", v.look.ID)
	}
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.Streams.Add(flow.Stream{Of: v.look.ID, Camera: camera, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	in, err := p.Engine.Fragments(ctx, engineapi.FragmentQuery{Camera: camera, From: from, To: v.share.To, H264: true}, engineapi.Pass{Statement: v.look.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	defer in.Close()
	v.W.Header().Set("Content-Type", engineapi.FrameType)
	v.W.WriteHeader(http.StatusOK)
	stop := flow.Watch(ctx, p.Clock, v.goesOn, cancel)
	defer stop()
	if err := flow.Relay(v.W, in); err != nil && ctx.Err() == nil {
		p.Log.Info("what is shared was broken off", "look", v.look.ID, "err", err)
	}
	return nil // part of the answer is out: the frames themselves say how they end
}

// goesOn asks anew whether a look may go on: the session, the list, the share,
// the system, the time.
func (v *visit) goesOn(ctx context.Context) error {
	now, err := v.Visit.Again(ctx)
	if err != nil {
		return err
	}
	if !now.Now.Before(v.look.Expires) {
		return fault.New(fault.Denied, "ticket.expired", "look %s", v.look.ID)
	}
	_, err = v.s.Shares.MayLook(ctx, v.look.Share, who(now))
	return err
}

// events tells an open player, line by line, whether it may go on
// (text/event-stream).
func (p *Screens) events(v *visit) error {
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.Streams.Add(flow.Stream{Of: v.look.ID, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	return flow.Events(ctx, v.Visit, v.look.ID, v.goesOn)
}

// sampleBusiness is whose footage the stories show.
func sampleBusiness() register.Controller {
	return register.Controller{ID: "kadence", Name: "Kadence Fitness", Kind: register.Business}
}
