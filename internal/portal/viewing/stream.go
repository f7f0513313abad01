package viewing

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/portal/page"
)

// streams are the answers that are being sent of opened viewings, so that they
// can be cut when the right to them ends.
type streams struct {
	mu   sync.Mutex
	next int
	open map[int]*stream
}

type stream struct {
	viewing, camera, session string
	cancel                   context.CancelCauseFunc
}

// perSession bounds how many streams one browser can hold open.
const perSession = 12

func (s *streams) add(st *stream) (remove func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, o := range s.open {
		if o.session == st.session {
			n++
		}
	}
	if n >= perSession {
		return nil, fault.New(fault.Exhausted, "stream.many", "session %s has %d streams open", st.session, n)
	}
	if s.open == nil {
		s.open = map[int]*stream{}
	}
	s.next++
	id := s.next
	s.open[id] = st
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, id)
	}, nil
}

func (s *streams) end(why string, match func(*stream) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.open {
		if match(o) {
			o.cancel(fault.New(fault.Denied, why, "viewing %s was cut", o.viewing))
		}
	}
}

func (s *streams) endCamera(id, why string) {
	s.end(why, func(o *stream) bool { return o.camera == id })
}
func (s *streams) endSession(id string) {
	s.end("session.ended", func(o *stream) bool { return o.session == id })
}
func (s *streams) endViewing(id string) {
	s.end("viewing.ended", func(o *stream) bool { return o.viewing == id })
}

// pictures relays footage of an opened period: opaque bytes, under the ticket
// that never leaves the servers.
func (p *Screens) pictures(v *visit) error {
	from, to, err := millis(v.R)
	if err != nil {
		return err
	}
	q, err := p.ticketFor(v, from, to)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.streams.add(&stream{v.viewing.ID, v.viewing.Camera, v.Session.ID, cancel})
	if err != nil {
		return err
	}
	defer remove()
	in, err := p.Engine.Fragments(ctx, engineapi.FragmentQuery{Camera: v.viewing.Camera, From: from, To: to,
		H264: v.R.URL.Query().Get("som") == "h264", Keys: v.R.URL.Query().Get("noegle") == "1"},
		engineapi.Pass{Statement: q.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	defer in.Close()
	v.W.Header().Set("Content-Type", engineapi.FrameType)
	v.W.WriteHeader(http.StatusOK)
	stopWatch := p.watch(ctx, v, cancel)
	defer stopWatch()
	if err := relay(v.W, in); err != nil && ctx.Err() == nil {
		p.Log.Info("footage was broken off", "viewing", v.viewing.ID, "err", err)
	}
	return nil // part of the answer is out: the frames themselves say how they end
}

// ticketFor finds the opened period that holds what is asked for.
func (p *Screens) ticketFor(v *visit, from, to time.Time) (period, error) {
	if err := v.alive(v.Ctx); err != nil {
		return period{}, err
	}
	if err := v.covered(v.Ctx, from, to); err != nil {
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
	return period{}, v.refuse(v.Ctx, v.viewing, from, to, fault.New(fault.Denied, "viewing.closed", "viewing %s has not opened %v to %v", v.viewing.ID, from, to))
}

// alive says whether a viewing may go on: not ended, its grant in force, and
// the camera not stopped.
func (v *visit) alive(ctx context.Context) error {
	if v.viewing.Ended != 0 {
		return fault.New(fault.Denied, "viewing.ended", "viewing %s is over", v.viewing.ID)
	}
	if g := v.grant; !g.InForce(v.Now) {
		err := g.Allows(v.use(v.viewing.Camera, g.From, g.To))
		if g.Why != "" {
			err = fault.New(fault.Denied, "grant.ended."+g.Why, "grant %s ended", g.ID)
		}
		return err
	}
	e := v.s.State.Get(ctx)
	if s, ok := e.Camera(v.viewing.Camera); ok && !e.Away && s.State == engineapi.StateStopped {
		return fault.New(fault.Denied, string(engineapi.CauseStopped), "camera %s is stopped", v.viewing.Camera)
	}
	return nil
}

// goesOn asks anew whether this viewing may go on, as it is now: the session,
// the designation, the grant, the camera, the ticket.
func (v *visit) goesOn(ctx context.Context) error {
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
	if err := fresh.alive(ctx); err != nil {
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

// lookEvery is how soon an ended right cuts what flows. The engine looks for
// itself as well.
const lookEvery = 500 * time.Millisecond

// watch cuts a stream when its right ends; stop ends the watch.
func (p *Screens) watch(ctx context.Context, v *visit, cancel context.CancelCauseFunc) (stop func()) {
	ctx, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Add(1)
	here := *v.Visit
	copied := &visit{Visit: &here, s: v.s, opened: v.opened}
	go func() {
		defer wg.Done()
		for clock.Sleep(ctx, p.Clock, lookEvery) == nil {
			if err := copied.goesOn(ctx); err != nil && fault.Is(err, fault.Denied) {
				cancel(err)
				return
			}
		}
	}()
	return func() { done(); wg.Wait() }
}

// relay copies what comes, at once.
func relay(w http.ResponseWriter, in io.Reader) error {
	rc := http.NewResponseController(w)
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
			if ferr := rc.Flush(); ferr != nil {
				return ferr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// events tells an open video room, line by line, whether it may go on
// (text/event-stream). It ends with the reason when it may not.
func (p *Screens) events(v *visit) error {
	ctx, cancel := context.WithCancelCause(v.Ctx)
	defer cancel(nil)
	remove, err := p.streams.add(&stream{v.viewing.ID, v.viewing.Camera, v.Session.ID, cancel})
	if err != nil {
		return err
	}
	defer remove()
	v.W.Header().Set("Content-Type", "text/event-stream")
	v.W.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(v.W)
	send := func(event string, data any) error {
		b, err := json.Marshal(data)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(v.W, "event: %s\ndata: %s\n\n", event, b); err != nil {
			return err
		}
		return rc.Flush()
	}
	for last := ""; ; {
		err := v.goesOn(ctx)
		if c := context.Cause(ctx); c != nil && fault.Is(c, fault.Denied) {
			err = c
		}
		switch {
		case v.Ctx.Err() != nil:
			return nil
		case fault.Is(err, fault.Denied):
			p.Log.Info("a viewing was cut", "viewing", v.viewing.ID, "key", fault.Key(err))
			_ = send("cut", page.Problem{Kind: "denied", Key: fault.Key(err), Text: v.Explain(err)}) // the browser may be gone
			return nil
		}
		if ends := v.ISO(v.Session.Ends); ends != last {
			last = ends
			if err := send("session", map[string]string{"ends": ends}); err != nil {
				return nil
			}
		}
		_ = clock.Sleep(ctx, p.Clock, lookEvery) // a cut wakes it; the next turn says why
	}
}
