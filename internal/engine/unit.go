package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

const (
	// lead is how long before its window a camera is dialled, so that frames
	// flow when the window opens. They are dropped until then.
	lead = 10 * time.Second
	// afterPanic is how long a camera whose handling broke is left alone.
	afterPanic = 5 * time.Second
	// closeWait is how long a session may take to end before its camera is
	// given up to it: nothing can be written any more in any case.
	closeWait = 5 * time.Second
)

// unit looks after one camera. Its supervisor is a goroutine of its own, and
// whatever goes wrong in it stays there.
type unit struct {
	e      *Engine
	camera string
	lead   time.Duration // lead, spread so that not all cameras are dialled at once

	mu      sync.Mutex // taken after a session's, never before
	state   engineapi.State
	cause   engineapi.Cause
	since   time.Time
	info    camera.Info
	tracks  []media.Track
	now     *session // nil: not connected
	clock   time.Duration
	clockAt time.Time // zero: not known
	noted   time.Time // last clock sample kept
	picture pictures
	storage string
	failure failure // of the last session
}

// failure is why a session ended that should have gone on.
type failure struct {
	state engineapi.State
	cause engineapi.Cause
}

// unit returns a camera's unit, starting its supervisor when it is new.
func (e *Engine) unit(name string) *unit {
	e.mu.Lock()
	defer e.mu.Unlock()
	u, ok := e.units[name]
	if ok {
		return u
	}
	u = &unit{e: e, camera: name, storage: "unknown", lead: lead - time.Duration(rand.Int64N(int64(lead/2)))}
	e.units[name] = u
	if e.running != nil {
		ctx := e.running
		e.group.Go(func() { u.supervise(ctx) })
	}
	return u
}

// plan is what is to be done for a camera at a moment.
type plan struct {
	connect bool
	record  bool
	state   engineapi.State // what is so when not connected
	cause   engineapi.Cause
	config  *permit.Camera
	sound   bool      // the permit of now, or the one that is about to begin, has it
	look    time.Time // when to look again, zero: only after a change
}

// plan decides from the book, and from who gives way on a disk nearly full.
func (u *unit) plan(now time.Time) plan {
	v := u.e.book.Covers(u.camera, Stream, now)
	p := plan{config: u.e.book.Camera(u.camera), look: v.Until, cause: engineapi.Cause(v.Why)}
	switch v.Why {
	case "":
		p.connect, p.record, p.state, p.sound = true, true, engineapi.StateConnecting, v.Permit.Sound
	case permit.WhyOutside, permit.WhyNotYet:
		p.state = engineapi.StateOutside
		if v.Why == permit.WhyNotYet {
			p.state = engineapi.StateNoPermit
		}
		if next := u.e.book.Covers(u.camera, Stream, v.Until); !v.Until.IsZero() && next.OK {
			p.sound = next.Permit.Sound
			if early := v.Until.Add(-u.lead); now.Before(early) {
				p.look = early
			} else {
				p.connect = true
			}
		}
	case permit.WhyStopped:
		p.state = engineapi.StateStopped
	case permit.WhyLeaseOut:
		p.state = engineapi.StateLeaseOut
	case permit.WhyExpired:
		p.state = engineapi.StateExpired
	default:
		p.state = engineapi.StateNoPermit
	}
	switch {
	case p.config != nil && p.config.Removed:
		p.connect, p.record, p.state, p.cause = false, false, engineapi.StateRemoved, engineapi.CauseNone
	case p.config == nil && v.Permit != nil:
		p.connect, p.record, p.state, p.cause = false, false, engineapi.StateNoConfig, engineapi.CauseNone
	case p.record && u.e.yielding.has(u.camera):
		p.yields()
	}
	return p
}

// supervise keeps the camera as the book wants it until ctx ends.
func (u *unit) supervise(ctx context.Context) {
	for ctx.Err() == nil {
		if u.safely(ctx, u.keep) {
			return
		}
		u.note(engineapi.StateDegraded, causeDefect, u.e.clk.Now())
		_ = clock.Sleep(ctx, u.e.clk, afterPanic) // the loop looks at ctx
	}
}

// causeDefect is a defect of ours, caught where it could harm one camera only.
const causeDefect engineapi.Cause = "engine.defect"

// safely runs f and says whether it came back by itself.
func (u *unit) safely(ctx context.Context, f func(context.Context)) (whole bool) {
	defer func() {
		if r := recover(); r != nil {
			u.e.log.Error("a camera's handling broke", "camera", u.camera, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	f(ctx)
	return true
}

func (u *unit) keep(ctx context.Context) {
	attempt := 0
	var tried *permit.Camera
	for ctx.Err() == nil {
		changed := u.e.changes.next() // before looking: a change after it is not missed
		now := u.e.clk.Now()
		p := u.plan(now)
		if !p.connect {
			u.note(p.state, p.cause, now)
			attempt = 0
			u.wait(ctx, p.look, changed)
			continue
		}
		if p.config != tried {
			attempt, tried = 0, p.config
		}
		began := u.e.clk.Mono()
		err := u.connect(ctx, p, attempt > 0)
		if ctx.Err() != nil || err == nil {
			continue // the book ended it
		}
		if u.e.clk.Mono()-began > time.Minute {
			attempt = 0
		}
		u.failed(err)
		u.backOff(ctx, attempt, p)
		attempt++
	}
}

// failed notes why a session ended that should have gone on.
func (u *unit) failed(err error) {
	cause := engineapi.Cause(fault.Key(err))
	state := engineapi.StateLost
	switch cause {
	case engineapi.CauseAuth, engineapi.CauseNotRTSP, engineapi.CauseNoVideo, engineapi.CauseTLS, engineapi.CauseAddress, "camera.sealed":
		state = engineapi.StateRefused
	}
	u.e.log.Warn("camera lost", "camera", u.camera, "key", string(cause), "error", err.Error())
	u.mu.Lock()
	u.failure = failure{state, cause}
	u.mu.Unlock()
	if u.plan(u.e.clk.Now()).record {
		u.note(state, cause, u.e.clk.Now())
	}
}

// backOff waits before the camera is dialled again, less long when the book
// changes in a way that concerns it.
func (u *unit) backOff(ctx context.Context, attempt int, p plan) {
	until := u.e.clk.Mono() + camera.Backoff(attempt, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	for ctx.Err() == nil {
		changed := u.e.changes.next()
		left := until - u.e.clk.Mono()
		q := u.plan(u.e.clk.Now())
		if left <= 0 || q.connect != p.connect || q.config != p.config {
			return
		}
		if q.record && !p.record { // its window opened while it was away
			u.mu.Lock()
			f := u.failure
			u.mu.Unlock()
			u.note(f.state, f.cause, u.e.clk.Now())
			p.record = true
		}
		next := u.e.clk.Now().Add(left)
		if !q.look.IsZero() && q.look.Before(next) {
			next = q.look
		}
		u.wait(ctx, next, changed)
	}
}

// wait until a moment (zero: for ever), a change of the book, or ctx's end.
func (u *unit) wait(ctx context.Context, until time.Time, changed <-chan struct{}) {
	var fire <-chan time.Time
	if !until.IsZero() {
		// A little late rather than early: early would mean a second look.
		t := u.e.clk.NewTimer(max(until.Sub(u.e.clk.Now()), 0) + time.Millisecond)
		defer t.Stop()
		fire = t.C()
	}
	select {
	case <-fire:
	case <-changed:
	case <-ctx.Done():
	}
}

// connect runs one session until the camera ends it (its error) or the book
// does (nil).
func (u *unit) connect(ctx context.Context, p plan, again bool) error {
	credentials, err := permit.OpenSealed(u.e.seal.private, p.config.Sealed, permit.SealFor(u.e.cfg.ID, u.camera))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := u.newSession()
	s.again = again
	done := make(chan error, 1)
	go func() {
		err := fault.New(fault.Internal, string(causeDefect), "the session broke")
		u.safely(ctx, func(ctx context.Context) {
			err = camera.Run(ctx, u.cameraConfig(p, credentials), u.e.clk, s)
		})
		done <- err
	}()
	u.mu.Lock()
	u.now = s
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		u.now = nil
		u.mu.Unlock()
	}()
	for {
		changed := u.e.changes.next()
		now := u.e.clk.Now()
		q := u.plan(now)
		if !q.connect || q.config != p.config || q.sound != p.sound {
			why := q.cause
			if q.connect {
				why = engineapi.CauseChanged
			}
			s.end(string(why))
			if !q.connect {
				u.note(q.state, q.cause, now)
			}
			cancel()
			patience := u.e.clk.NewTimer(closeWait)
			defer patience.Stop()
			select {
			case <-done:
			case <-patience.C():
				u.e.log.Error("a session does not end", "camera", u.camera)
			}
			return nil
		}
		s.look(now, q)
		select {
		case err := <-done:
			s.end(fault.Key(err))
			if err == nil || errors.Is(err, context.Canceled) {
				err = fault.New(fault.Unavailable, string(engineapi.CauseClosed), "the session ended")
			}
			return err
		default:
		}
		if err := u.waitSession(ctx, q.look, changed, done); err != nil {
			done <- err
		}
		if ctx.Err() != nil {
			s.end(string(engineapi.CauseEngineDown))
			cancel()
			<-done
			return nil
		}
	}
}

// waitSession is wait for a session that may end by itself, with its error.
func (u *unit) waitSession(ctx context.Context, until time.Time, changed <-chan struct{}, done <-chan error) error {
	var fire <-chan time.Time
	if !until.IsZero() {
		t := u.e.clk.NewTimer(max(until.Sub(u.e.clk.Now()), 0) + time.Millisecond)
		defer t.Stop()
		fire = t.C()
	}
	select {
	case err := <-done:
		if err == nil {
			err = fault.New(fault.Unavailable, string(engineapi.CauseClosed), "the session ended")
		}
		return err
	case <-fire:
	case <-changed:
	case <-ctx.Done():
	}
	return nil
}

// cameraConfig asks for sound only where the permit has it. The recorder
// drops what it may not keep once more.
func (u *unit) cameraConfig(p plan, k permit.Credentials) camera.Config {
	c := p.config
	return camera.Config{
		URL: c.URL, Transport: c.Transport, User: k.User, Password: camera.Secret(k.Password),
		CertSHA256: c.CertSHA256, Allow: u.e.cfg.Networks, Name: u.camera, Sound: p.sound,
	}
}

// note keeps what is so of the camera from at on, once for each change.
func (u *unit) note(state engineapi.State, cause engineapi.Cause, at time.Time) {
	u.mu.Lock()
	if u.state == state && u.cause == cause {
		u.mu.Unlock()
		return
	}
	u.state, u.cause, u.since = state, cause, at
	u.mu.Unlock()
	u.e.archive.Note(u.camera, string(state), string(cause), at)
	u.e.log.Info("camera", "camera", u.camera, "state", string(state), "cause", string(cause))
	u.e.cameraAlarm(u.camera, state, cause)
}
