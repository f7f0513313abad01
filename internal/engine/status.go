package engine

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/engineapi"
)

// statusPatience is how long the database may take over all that a status
// wants to know of it.
const statusPatience = 2 * time.Second

// Status is how the engine and its cameras are now.
func (e *Engine) Status(ctx context.Context) (engineapi.Status, error) {
	now := e.clk.Now()
	held, since, synced := e.clk.State()
	s := engineapi.Status{
		Engine: e.cfg.ID, Version: e.cfg.Version, Started: e.started, Alarms: e.alarms.list(),
		Time:  engineapi.TimeState{Now: now, Wall: e.cfg.Clock.Now(), Held: held, Since: since, Synced: synced},
		Disks: []engineapi.Disk{}, Cameras: []engineapi.CameraStatus{}, Database: "ok", LastHeard: e.book.Heard(),
	}
	// Whoever asks how things are is answered also when the database hangs.
	ctx, giveUp := context.WithTimeout(ctx, statusPatience)
	defer giveUp()
	if n, err := e.ledger.Size(ctx); err == nil {
		s.LedgerSize = n
	} else {
		s.Database = "away"
	}
	if e.away.Load() {
		s.Database = "away"
	}
	if s.Database == "away" {
		giveUp()
	}
	if c, err := e.ledger.Latest(ctx); err == nil {
		s.Checkpoint = c.Time
	}
	e.intake.Lock()
	s.Pending = int64(len(e.queue) + e.events.Len())
	e.intake.Unlock()
	e.late.mu.Lock()
	s.LateDeleted, s.OldestFrame, s.NextDeletion = int64(e.late.late), e.late.oldest, e.late.next
	e.late.mu.Unlock()
	cameras := e.book.Cameras()
	day := e.lastDay(ctx, cameras)
	var perSecond int64
	for _, c := range cameras {
		cs := e.cameraStatus(ctx, c, now)
		cs.Expected, cs.Recorded = day[c][0], day[c][1]
		perSecond += cs.BitRate / 8
		s.Cameras = append(s.Cameras, cs)
	}
	s.Disks = append(s.Disks, e.disk(ctx, now, perSecond))
	return s, nil
}

func (e *Engine) cameraStatus(ctx context.Context, name string, now time.Time) engineapi.CameraStatus {
	s := engineapi.CameraStatus{Camera: name, State: engineapi.StateNoPermit, Cause: engineapi.CauseNoPermit, Storage: "unknown"}
	if c := e.book.Camera(name); c != nil {
		s.Name, s.Place = c.Name, c.Place
	}
	v := e.book.Covers(name, Stream, now)
	s.NextChange, s.LeaseUntil = v.Until, v.Lease
	if v.Until.Equal(v.Lease) {
		s.NextChange = time.Time{} // the lease is renewed daily; the hours do not change before
	}
	if v.Permit != nil {
		s.Permit, s.Case = v.Permit.ID, v.Permit.Case
	}
	if at, err := e.archive.Oldest(ctx, name); err == nil {
		s.Oldest = at
	}
	e.mu.Lock()
	u := e.units[name]
	e.mu.Unlock()
	if u == nil {
		return s
	}
	s.LastFrame = e.archive.Recorder(name, Stream).Stats().LastFrame
	u.mu.Lock()
	running := u.now
	u.mu.Unlock()
	if running != nil { // a session is locked before its unit, never after
		running.mu.Lock()
		s.BitRate = running.rate.perSecond(now)
		running.mu.Unlock()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	s.State, s.Cause, s.Since = u.state, u.cause, u.since
	s.Codec, s.Width, s.Height, s.FPS, s.Encrypted = codecName(u), u.info.Width, u.info.Height, u.info.FPS, u.info.Encrypted
	s.ClockMS, s.ClockKnown = u.clock.Milliseconds(), !u.clockAt.IsZero()
	s.Picture = engineapi.Picture{Checked: u.picture.at, Verdict: u.picture.verdict}
	s.Storage = u.storage
	return s
}

// codecName is the codec as people know it, empty before the first session.
func codecName(u *unit) string {
	if len(u.tracks) == 0 {
		return ""
	}
	return u.info.Codec.Name()
}

// disk is the archive's disk and when it will be full: what is written a day
// at the present rate, less what will be deleted in the coming day.
func (e *Engine) disk(ctx context.Context, now time.Time, perSecond int64) engineapi.Disk {
	d := engineapi.Disk{Path: e.cfg.Archive, PerDay: perSecond * 86_400}
	u, err := e.fs.Usage(e.cfg.Archive)
	if err != nil {
		return d
	}
	d.Total, d.Free, d.Inodes, d.CoWWarn = clamp(u.Total), clamp(u.Free), clamp(u.InodeFree), u.CopyOnWrite()
	going := int64(0)
	if planned, err := e.archive.Deletions(ctx, now, now.Add(24*time.Hour)); err == nil {
		for _, p := range planned {
			if p.State != "done" {
				going += p.Bytes
			}
		}
	}
	if net := d.PerDay - going; net > 0 {
		if days := float64(d.Free) / float64(net); days < 3650 {
			d.FullAt = now.Add(time.Duration(days * 24 * float64(time.Hour)))
		}
	}
	return d
}

func clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

func byteText(n uint64) string {
	const giga = 1 << 30
	if n >= giga {
		return fmt.Sprintf("%.1f GB", float64(n)/giga)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
}

func (e *Engine) allUnits() []*unit {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]*unit, 0, len(e.units))
	for _, u := range e.units {
		out = append(out, u)
	}
	return out
}

// Permit is what the engine holds itself allowed to for a camera.
func (e *Engine) Permit(_ context.Context, name string) (engineapi.InForce, error) {
	v := e.book.Covers(name, Stream, e.clk.Now())
	m := e.book.Masked(name)
	return engineapi.InForce{Camera: name, Permit: v.Permit, Covers: v.OK, Cause: engineapi.Cause(v.Why), Until: v.Until,
		LeaseUntil: v.Lease, Stop: v.Stop, Masked: m != nil && len(m.Areas) > 0}, nil
}

// Holds lists the holds in force.
func (e *Engine) Holds(ctx context.Context) ([]engineapi.Held, error) {
	all, err := e.archive.Holds(ctx)
	out := []engineapi.Held{}
	for i := range all {
		h := &all[i]
		if h.Ended.IsZero() {
			out = append(out, engineapi.Held{Hold: h.Hold.ID, Reason: string(h.Hold.Reason), Cameras: h.Hold.Cameras,
				From: h.Hold.From, To: h.Hold.To, Until: h.Until, Segments: h.Segments, Bytes: h.Bytes})
		}
	}
	return out, err
}

// Deletions lists what is due in the interval: planned, late and done.
func (e *Engine) Deletions(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error) {
	all, err := e.archive.Deletions(ctx, from, to)
	return deletions(all), err
}

// Late lists what was due in the interval and was deleted late, or still is there.
func (e *Engine) Late(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error) {
	all, err := e.archive.Late(ctx, from, to)
	return deletions(all), err
}

func deletions(all []archive.Deletion) []engineapi.Deletion {
	out := make([]engineapi.Deletion, len(all))
	for i, d := range all {
		rule := d.Rule
		if rule == "" {
			rule = "retention"
		}
		out[i] = engineapi.Deletion{Camera: d.Camera, From: d.From, To: d.To, Due: d.Due, Done: d.Done, State: d.State,
			Rule: rule, Segments: d.Segments, Bytes: d.Bytes, Permit: d.Permit, Problem: d.Problem}
	}
	return out
}

// Tallies counts what each camera recorded in an interval, and what was deleted.
func (e *Engine) Tallies(ctx context.Context, from, to time.Time) ([]engineapi.Tally, error) {
	all, err := e.archive.Tallies(ctx, from, to)
	out := make([]engineapi.Tally, len(all))
	for i, t := range all {
		out[i] = engineapi.Tally{Camera: t.Camera, RecordedS: int64(t.Recorded / time.Second), Due: t.Due, Done: t.Done, Late: t.Late, Files: t.Files, Bytes: t.Bytes,
			First: t.First, Last: t.Last, WorstS: int64(t.Worst / time.Second), Proofs: t.Proofs, Freed: t.Freed, Held: t.Held}
		for _, h := range t.Holds {
			out[i].Holds = append(out[i].Holds, engineapi.HeldDue(h))
		}
	}
	return out, err
}

// guarded runs f and says whether it came back by itself.
func guarded(log *slog.Logger, name string, f func()) (whole bool) {
	defer func() {
		if r := recover(); r != nil {
			log.Error("a background task broke", "task", name, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}
