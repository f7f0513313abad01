package viewing

import (
	"context"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/register"
)

// smallLines is how high a picture that is made anew is, as one of several.
const smallLines = 540

// pictures relays footage of one camera of an opened period: opaque bytes,
// under the ticket that never leaves the servers.
func (p *Screens) pictures(v *visit) error {
	from, to, err := millis(v.R)
	if err != nil {
		return err
	}
	camera := v.R.URL.Query().Get("kamera")
	q, err := p.ticketFor(v, camera, from, to)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.Streams.Add(flow.Stream{Of: v.viewing.ID, Camera: camera, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	ask := v.R.URL.Query()
	want := engineapi.FragmentQuery{Camera: camera, From: from, To: to, H264: ask.Get("som") == "h264", Keys: ask.Get("noegle") == "1"}
	if ask.Get("lille") == "1" {
		want.Lines = smallLines
	}
	in, err := p.Engine.Fragments(ctx, want, engineapi.Pass{Statement: q.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	defer in.Close()
	v.W.Header().Set("Content-Type", engineapi.FrameType)
	v.W.WriteHeader(http.StatusOK)
	stopWatch := p.watch(ctx, v, camera, cancel)
	defer stopWatch()
	if err := flow.Relay(v.W, in); err != nil && ctx.Err() == nil {
		p.Log.Info("footage was broken off", "viewing", v.viewing.ID, "err", err)
	}
	return nil // part of the answer is out: the frames themselves say how they end
}

// ticketFor finds the opened period that holds what is asked for of a camera.
func (p *Screens) ticketFor(v *visit, camera string, from, to time.Time) (period, error) {
	if err := v.alive(v.Ctx, camera); err != nil {
		return period{}, err
	}
	if err := v.covered(v.Ctx, camera, from, to); err != nil {
		return period{}, err
	}
	all, err := p.periods(v.Ctx, v.viewing.ID)
	if err != nil {
		return period{}, err
	}
	expired := false
	for i := len(all) - 1; i >= 0; i-- { // the newest ticket lasts longest
		q := all[i]
		if db.Micros(from) < q.Since || db.Micros(to) > q.Until || !from.Before(to) {
			continue
		}
		if db.Micros(v.Now) < q.Expires {
			return q, nil
		}
		expired = true
	}
	if expired {
		return period{}, fault.New(fault.Denied, "ticket.expired", "the period of viewing %s has run out", v.viewing.ID)
	}
	w := v.viewing
	w.Cameras = register.List{camera}
	return period{}, v.refuse(v.Ctx, w, from, to, fault.New(fault.Denied, "viewing.closed", "viewing %s has not opened %v to %v", v.viewing.ID, from, to))
}

// alive says whether a viewing may go on: not ended, its grant in force, and of
// the cameras that are asked for not every one stopped.
func (v *visit) alive(ctx context.Context, cameras ...string) error {
	if v.viewing.Ended != 0 {
		return fault.New(fault.Denied, "viewing.ended", "viewing %s is over", v.viewing.ID)
	}
	if g := v.grant; !g.InForce(v.Now) {
		err := g.Allows(v.use(v.viewing.Cameras[0], g.From, g.To))
		if g.Why != "" {
			err = fault.New(fault.Denied, "grant.ended."+g.Why, "grant %s ended", g.ID)
		}
		return err
	}
	if len(cameras) == 0 {
		cameras = v.viewing.Cameras
	}
	e := v.s.State.Get(ctx)
	for _, c := range cameras {
		if s, ok := e.Camera(c); !ok || e.Away || s.State != engineapi.StateStopped {
			return nil
		}
	}
	return fault.New(fault.Denied, string(engineapi.CauseStopped), "%v stopped", cameras)
}

// goesOn asks anew whether this viewing may go on, as it is now: the session,
// the designation, the grant, the cameras, the ticket.
func (v *visit) goesOn(ctx context.Context, cameras ...string) error {
	now, err := v.Visit.Again(ctx)
	if err != nil {
		return err
	}
	fresh := &visit{Visit: now, s: v.s}
	if fresh.viewing, fresh.grant, err = v.s.underGrant(ctx, fresh.Person.Controller, v.viewing.ID); err != nil {
		return err
	}
	g := fresh.viewing
	if verdict := access.May(fresh.Person, access.View, g.object()); !verdict.OK {
		return fault.New(fault.Denied, verdict.Why, "the right to view ended")
	}
	v.Session = fresh.Session
	if err := fresh.alive(ctx, cameras...); err != nil {
		return err
	}
	all, err := v.s.periods(ctx, g.ID)
	if err != nil {
		return err
	}
	for _, q := range all {
		if db.Micros(fresh.Now) < q.Expires {
			return nil
		}
	}
	return fault.New(fault.Denied, "ticket.expired", "no period of viewing %s is open any more", g.ID)
}

// underGrant is a viewing with its grant. One from before there were grants has
// none, and is over.
func (p *Screens) underGrant(ctx context.Context, controller, id string) (viewing, grant.Grant, error) {
	w, err := p.viewing(ctx, id)
	if err != nil || w.Grant == "" {
		return w, grant.Grant{}, err
	}
	g, err := p.Incidents.Grants.Get(ctx, controller, w.Grant)
	return w, g, err
}

// watch cuts a camera's stream when the right to it ends; stop ends the watch.
func (p *Screens) watch(ctx context.Context, v *visit, camera string, cancel context.CancelCauseFunc) (stop func()) {
	here := *v.Visit
	copied := &visit{Visit: &here, s: v.s, opened: v.opened}
	return flow.Watch(ctx, p.Clock, func(ctx context.Context) error { return copied.goesOn(ctx, camera) }, cancel)
}

// events tells an open video room, line by line, whether it may go on
// (text/event-stream). It ends with the reason when it may not.
func (p *Screens) events(v *visit) error {
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	one := ""
	if len(v.viewing.Cameras) == 1 { // with several, one that is stopped ends its own pictures alone
		one = v.viewing.Cameras[0]
	}
	remove, err := p.Streams.Add(flow.Stream{Of: v.viewing.ID, Camera: one, Session: v.Session.ID, Cancel: cancel})
	if err != nil {
		return err
	}
	defer remove()
	return flow.Events(ctx, v.Visit, v.viewing.ID, func(ctx context.Context) error { return v.goesOn(ctx) })
}
