package engine

import (
	"context"
	"sort"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
)

// Causes of gaps beside those of the camera, the disk and the permit.
const (
	CauseConnecting engineapi.Cause = "camera.connecting" // being dialled
	CauseNoConfig   engineapi.Cause = "camera.no-config"  // permitted, and nobody said how to reach it
	CauseRemoved    engineapi.Cause = "camera.removed"
)

const (
	// stateDown is noted while the engine does not run.
	stateDown = "down"
	// unseen is a gap too short to show: what arrival jitters.
	unseen = time.Second
	// onTheWay is how much of a running recording may not be readable yet.
	onTheWay = 10 * time.Second
	// foretold is how long after a picture was lost its cause may be noted.
	foretold = 90 * time.Second
)

// Coverages is expected against recorded for some cameras: what the permits
// of the time allowed, what is there, and why not, without holes. It ends now
// where the interval reaches into the future.
func (e *Engine) Coverages(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.Coverage, error) {
	now := e.clk.Now()
	end := earliest(to, now)
	out := make([]engineapi.Coverage, len(cameras))
	if !from.Before(end) {
		for i, c := range cameras {
			out[i] = engineapi.Coverage{Camera: c, From: from, To: from, Stretches: []engineapi.Stretch{}}
		}
		return out, nil
	}
	runs, err := e.archive.Runs(ctx, cameras, from, end)
	if err != nil {
		return nil, err
	}
	states, err := e.archive.States(ctx, cameras, from, end.Add(foretold))
	if err != nil {
		return nil, err
	}
	runsOf, statesOf := map[string][]archive.Run{}, map[string][]archive.StateChange{}
	for _, r := range runs {
		runsOf[r.Camera] = append(runsOf[r.Camera], r)
	}
	for _, s := range states {
		statesOf[s.Camera] = append(statesOf[s.Camera], s)
	}
	for i, c := range cameras {
		k := classifier{e: e, now: now, runs: runsOf[c], states: statesOf[c], out: engineapi.Coverage{Camera: c, From: from, To: end}}
		for _, x := range e.book.Expected(c, Stream, from, end) {
			k.expectation(x)
		}
		k.finish()
		out[i] = k.out
	}
	return out, nil
}

// classifier splits one camera's time.
type classifier struct {
	e      *Engine
	now    time.Time
	runs   []archive.Run // in order
	states []archive.StateChange
	out    engineapi.Coverage

	expected, recorded time.Duration
}

// expectation classifies a stretch during which the permits said one thing.
func (k *classifier) expectation(x permit.Expectation) {
	if x.OK {
		k.expected += x.To.Sub(x.From)
	}
	at := x.From
	for _, r := range k.runs {
		if !r.To.After(at) {
			continue
		}
		if !r.From.Before(x.To) {
			break
		}
		from, to := latest(at, r.From), earliest(r.To, x.To)
		k.missing(x, at, from)
		k.add(engineapi.Stretch{From: from, To: to, Kind: "recorded", Held: r.Held, Delete: r.Delete.Add(from.Sub(r.From))})
		if x.OK {
			k.recorded += to.Sub(from)
		}
		at = to
	}
	k.missing(x, at, x.To)
}

// missing classifies a stretch of which there is no footage.
func (k *classifier) missing(x permit.Expectation, from, to time.Time) {
	if !from.Before(to) {
		return
	}
	if !x.OK {
		k.add(engineapi.Stretch{From: from, To: to, Kind: "off", Cause: engineapi.Cause(x.Why)})
		return
	}
	var kept time.Duration
	if p := k.e.book.Permit(x.Permit); p != nil {
		kept = min(time.Duration(p.RetentionHours)*time.Hour, permit.LongestRetention-permit.RetentionMargin)
	}
	// The first change after from; states[i-1] is what was so at from.
	i := sort.Search(len(k.states), func(i int) bool { return k.states[i].At.After(from) })
	for from.Before(to) {
		end := to
		if i < len(k.states) && k.states[i].At.Before(to) {
			end = k.states[i].At
		}
		s := engineapi.Stretch{From: from, To: end, Kind: "gap", Cause: engineapi.CauseUnknown}
		recording := false
		if i > 0 {
			s.Cause, recording = causeOf(k.states[i-1])
		}
		switch due := end.Add(kept); {
		case recording && !due.After(k.now):
			s.Kind, s.Cause = "deleted", engineapi.CauseDeleted
		case recording && end.Equal(k.out.To) && k.now.Sub(from) < onTheWay:
			s.Kind, s.Cause = "recorded", engineapi.CauseNone // not flushed yet
			s.Delete = from.Add(kept)
			k.recorded += end.Sub(from)
		case recording:
			s.Cause = k.foretold(i, end)
		}
		k.add(s)
		from, i = end, i+1
	}
}

// foretold is the cause of footage that is missing although the camera was
// thought to record: what was noted next, if that was soon.
func (k *classifier) foretold(i int, end time.Time) engineapi.Cause {
	if i < len(k.states) && k.states[i].At.Sub(end) < foretold {
		if c, recording := causeOf(k.states[i]); !recording {
			return c
		}
	}
	return engineapi.CauseUnknown
}

// causeOf is why nothing is recorded in a state, or that it is.
func causeOf(s archive.StateChange) (_ engineapi.Cause, recording bool) {
	switch c := engineapi.Cause(s.Cause); engineapi.State(s.State) {
	case engineapi.StateRecording, engineapi.StateDegraded:
		return c, true
	case engineapi.StateConnecting:
		if c == engineapi.CauseNone {
			return CauseConnecting, false
		}
		return c, false
	case engineapi.StateNoConfig:
		return CauseNoConfig, false
	case engineapi.StateRemoved:
		return CauseRemoved, false
	default:
		if c == engineapi.CauseNone {
			c = engineapi.CauseUnknown
		}
		return c, false
	}
}

// add appends a stretch, joined with the one before if it says the same.
func (k *classifier) add(s engineapi.Stretch) {
	if !s.From.Before(s.To) {
		return
	}
	if n := len(k.out.Stretches); n > 0 {
		l := &k.out.Stretches[n-1]
		if l.Kind == s.Kind && l.Cause == s.Cause && l.Held == s.Held && l.To.Equal(s.From) {
			l.To = s.To
			return
		}
	}
	k.out.Stretches = append(k.out.Stretches, s)
}

// finish gives gaps too short to show to their neighbours and counts.
func (k *classifier) finish() {
	in := k.out.Stretches
	k.out.Stretches = make([]engineapi.Stretch, 0, len(in))
	for i, s := range in {
		short := s.Kind == "gap" && s.To.Sub(s.From) < unseen
		if short && len(k.out.Stretches) > 0 {
			k.out.Stretches[len(k.out.Stretches)-1].To = s.To
			continue
		}
		if short && i+1 < len(in) {
			in[i+1].From = s.From
			continue
		}
		k.add(s)
	}
	k.out.Expected = int64((k.expected + time.Second/2) / time.Second)
	k.out.Recorded = int64((k.recorded + time.Second/2) / time.Second)
}

// coverageCache keeps the last day's figures for the status page.
type coverageCache struct {
	mu sync.Mutex
	at time.Time
	of map[string][2]int64 // expected, recorded
}

// lastDay is expected and recorded seconds of each camera in the last 24
// hours, at most a minute old.
func (e *Engine) lastDay(ctx context.Context, cameras []string) map[string][2]int64 {
	c := &e.covered
	c.mu.Lock()
	defer c.mu.Unlock()
	now := e.clk.Now()
	if age := now.Sub(c.at); age >= 0 && age < time.Minute && len(c.of) == len(cameras) {
		return c.of
	}
	all, err := e.Coverages(ctx, cameras, now.Add(-24*time.Hour), now)
	if err != nil {
		return c.of
	}
	c.at, c.of = now, map[string][2]int64{}
	for _, v := range all {
		c.of[v.Camera] = [2]int64{v.Expected, v.Recorded}
	}
	return c.of
}

// wasDown notes, for every camera, since when the engine did not run. After a
// clean end that is noted already; after a kill it is since the last mark of
// the clock, or the last thing noted after it.
func (e *Engine) wasDown() {
	cameras := e.book.Cameras()
	if e.lastMark.IsZero() || len(cameras) == 0 {
		return
	}
	at := map[string]time.Time{}
	down := map[string]bool{}
	if states, err := e.archive.States(context.Background(), cameras, e.lastMark, e.clk.Now()); err == nil {
		for _, s := range states {
			at[s.Camera], down[s.Camera] = s.At.Add(time.Microsecond), s.State == stateDown
		}
	}
	for _, c := range cameras {
		if !down[c] {
			e.archive.Note(c, stateDown, string(engineapi.CauseEngineDown), latest(at[c], e.lastMark))
		}
	}
}

// noteAll notes one state for every camera.
func (e *Engine) noteAll(state, cause string) {
	now := e.clk.Now()
	for _, c := range e.book.Cameras() {
		e.archive.Note(c, state, cause, now)
	}
}

// marked remembers the mark that the last run left.
type marked struct {
	clock.Keeper
	e *Engine
}

func (m marked) Load() (clock.Anchor, error) {
	a, err := m.Keeper.Load()
	m.e.lastMark = a.High
	return a, err
}
