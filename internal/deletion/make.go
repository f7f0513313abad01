package deletion

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Engine is what the recorder is asked; an engineapi.Client answers it.
type Engine interface {
	Tallies(ctx context.Context, from, to time.Time) ([]engineapi.Tally, error)
	Late(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error)
	States(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.StateChange, error)
	Alarms(ctx context.Context, from, to time.Time) ([]engineapi.Alarm, error)
	Holds(ctx context.Context) ([]engineapi.Held, error)
	Checkpoint(ctx context.Context) ([]byte, error)
}

// atATime is how many cameras' states are asked for in one question.
const atATime = 200

// Make states a month as things are now: of one that is not over, what has
// fallen due so far. It is fault.Unavailable when the recorder does not answer:
// then nothing is known.
func (r *Room) Make(ctx context.Context, controller string, m Month) (Statement, error) {
	now := r.c.Clock.Now()
	s := Statement{Form: Form, ControllerID: controller, Month: m.String(), From: m.From().UTC(), To: m.To().UTC(), Made: now.UTC().Truncate(time.Second),
		Cameras: []Camera{}, Kept: []Kept{}, Late: []Late{}, Away: []Span{}}
	who, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return s, err
	}
	s.Controller = who.Name
	cameras, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Removed: true})
	if err != nil {
		return s, err
	}
	f := facts{cameras: map[string]register.Camera{}}
	for _, c := range cameras {
		f.cameras[c.ID] = c
		f.ids = append(f.ids, c.ID)
	}
	if err := r.ask(ctx, &f, s, now); err != nil {
		return s, err
	}
	locks, err := r.c.Holds.List(ctx, controller)
	if err != nil {
		return s, err
	}
	f.state(&s, locks, now)
	return s, nil
}

// facts is what a statement is made from.
type facts struct {
	cameras map[string]register.Camera
	ids     []string
	tallies []engineapi.Tally
	late    []engineapi.Deletion
	down    []Span // when the recorder did not run, however short
	alarms  []engineapi.Alarm
	held    []engineapi.Held
	note    []byte
}

// ask asks the recorder.
func (r *Room) ask(ctx context.Context, f *facts, s Statement, now time.Time) (err error) {
	if f.tallies, err = r.c.Engine.Tallies(ctx, s.From, s.To); err != nil {
		return err
	}
	if f.late, err = r.c.Engine.Late(ctx, s.From, s.To); err != nil {
		return err
	}
	if f.alarms, err = r.c.Engine.Alarms(ctx, s.From, now); err != nil {
		return err
	}
	if f.held, err = r.c.Engine.Holds(ctx); err != nil {
		return err
	}
	if f.note, err = r.c.Engine.Checkpoint(ctx); err != nil {
		return err
	}
	for some := range slices.Chunk(f.ids, atATime) {
		states, err := r.c.Engine.States(ctx, some, s.From, now)
		if err != nil {
			return err
		}
		f.down = append(f.down, downs(states)...)
	}
	f.down = joined(f.down)
	return nil
}

// downs are the stretches in which the recorder did not run, as it noted it for
// each camera: by camera and time. One without an end is of a camera that the
// recorder does not have any more, for it answers.
func downs(states []engineapi.StateChange) (out []Span) {
	for i, s := range states {
		if s.Cause != engineapi.CauseEngineDown {
			continue
		}
		for _, next := range states[i+1:] {
			if next.Camera != s.Camera {
				break
			}
			if next.Cause != engineapi.CauseEngineDown {
				out = append(out, Span{s.At, next.At})
				break
			}
		}
	}
	return out
}

// state puts the facts into the statement.
func (f *facts) state(s *Statement, locks []hold.Hold, now time.Time) {
	s.Checkpoint = string(f.note)
	reasons := map[permit.ID]string{}
	for _, h := range f.held {
		reasons[h.Hold] = h.Reason
	}
	for _, t := range f.tallies {
		c, ours := f.cameras[t.Camera]
		if !ours {
			continue
		}
		for _, h := range t.Holds {
			k := Kept{Camera: c.ID, Name: c.Name, Place: c.Where, Hold: h.Hold, Reason: reasons[h.Hold], Hours: h.Hours, Bytes: h.Bytes, Due: h.Due, Until: h.Until}
			if i := slices.IndexFunc(locks, func(l hold.Hold) bool { return l.Statement == h.Hold || l.Former == h.Hold }); i >= 0 {
				k.Lock, k.Number, k.Reason = locks[i].ID, locks[i].Number, string(locks[i].Reason)
			}
			s.Kept = append(s.Kept, k)
		}
		one := Camera{ID: c.ID, Name: c.Name, Location: c.Location, Place: c.Where, Sums: Sums{Due: t.Due + t.Held, Done: t.Done, Kept: t.Held, Left: t.Due - t.Done, Late: t.Late,
			Freed: t.Freed, Files: t.Files, Bytes: t.Bytes, First: t.First, Last: t.Last, WorstS: t.WorstS}, Proofs: [2]int64{t.Proofs[0] + 1, t.Proofs[1] + 1}}
		if one.Due+one.Freed > 0 {
			s.Cameras = append(s.Cameras, one)
		}
	}
	s.Sum()
	for _, d := range f.late {
		if c, ours := f.cameras[d.Camera]; ours {
			l := Late{Camera: c.ID, Name: c.Name, Place: c.Where, From: d.From, To: d.To, Due: d.Due, Done: d.Done, Problem: d.Problem}
			l.Why = f.why(l, now)
			s.Late = append(s.Late, l)
		}
	}
	end := s.To
	if now.Before(end) {
		end = now.UTC()
	}
	for _, d := range f.down {
		if d.From.Before(s.From) {
			d.From = s.From
		}
		if d.To.After(end) {
			d.To = end
		}
		if d.To.Sub(d.From) >= Tolerated {
			s.Away = append(s.Away, d)
		}
	}
	slices.SortFunc(s.Cameras, func(a, b Camera) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	slices.SortStableFunc(s.Kept, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hold, b.Hold))
	})
}

// why is what the recorder knows of why something was late.
func (f *facts) why(l Late, now time.Time) Why {
	if l.Problem != "" {
		return Stuck
	}
	until := l.Done
	if until.IsZero() {
		until = now
	}
	if slices.ContainsFunc(f.down, func(d Span) bool { return d.From.Before(until) && d.To.After(l.Due) }) {
		return Down
	}
	stood := func(keys ...string) bool {
		return slices.ContainsFunc(f.alarms, func(a engineapi.Alarm) bool {
			return slices.Contains(keys, a.Key) && (a.Camera == "" || a.Camera == l.Camera) && a.Since.Before(until) && (a.Until.IsZero() || a.Until.After(l.Due))
		})
	}
	switch {
	case stood("clock.jump"):
		return Clock
	case stood("deletion.failed"):
		return Stuck
	case stood("sweep.failed"):
		return Sweep
	}
	return Unknown
}
