package engine

import (
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// CauseKeyFrame: the window is open and the camera sends, but no picture that
// decoding can begin with has come yet.
const CauseKeyFrame engineapi.Cause = "camera.key-frame"

// badFor is how long a camera that sent something bad is shown as degraded.
const badFor = time.Minute

// session is one connection to a camera: what comes from it is judged here,
// sample by sample, before anything else sees it.
type session struct {
	u   *unit
	rec *archive.Recorder

	again bool // the last try failed: what is told of the camera stands until this one does better

	mu      sync.Mutex
	ended   bool
	tracks  []media.Track
	permit  *permit.Permit // that the recorder writes under, nil: it does not
	written bool           // since the recorder was started
	badTill time.Time
	badWhy  engineapi.Cause

	// The last verdict, and as of which book and until when it holds.
	generation int64
	verdict    permit.Verdict
	from       time.Time

	rate    rate
	want    []chan<- keyFrame // who waits for the next key frame
	lastAny time.Time         // last sample from the camera, kept or not
}

// keyFrame is a picture that decoding can begin with, for a check or a still.
type keyFrame struct {
	at     time.Time
	tracks []media.Track
	data   []byte
}

func (u *unit) newSession() *session {
	return &session{u: u, rec: u.e.archive.Recorder(u.camera, Stream), generation: -1}
}

var _ camera.Handler = (*session)(nil)

// Tracks is what the camera says it sends, at the beginning and after every
// change of codec or size.
func (s *session) Tracks(t []media.Track, i camera.Info) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut(string(engineapi.CauseChanged))
	s.tracks = t
	s.u.mu.Lock()
	s.u.tracks, s.u.info = t, i
	s.u.mu.Unlock()
	return nil
}

// judge says whether a sample that arrived at t may be kept.
func (s *session) judge(t time.Time) permit.Verdict {
	g := s.u.e.generation.Load()
	if g != s.generation || t.Before(s.from) || !s.verdict.Until.IsZero() && !t.Before(s.verdict.Until) {
		s.verdict, s.generation, s.from = s.u.e.book.Covers(s.u.camera, Stream, t), g, t
	}
	return s.verdict
}

// Sample keeps one access unit, if the permit in force covers its arrival.
func (s *session) Sample(m *media.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.lastAny = m.Arrival
	v := s.judge(m.Arrival)
	if !v.OK {
		s.cut(v.Why)
		return nil
	}
	s.rate.add(m.Arrival, len(m.Data))
	if m.Key && len(s.want) > 0 {
		s.give(m)
	}
	if s.permit != v.Permit {
		s.cut(permit.WhyReplaced)
		if err := s.rec.Start(rulesOf(v.Permit), s.tracks); err != nil {
			s.trouble(err, m.Arrival)
			return nil
		}
		s.permit = v.Permit
	}
	if !s.written && !m.Key {
		return nil // a start waits for a key frame
	}
	if err := s.rec.Write(m); err != nil {
		s.trouble(err, m.Arrival)
		return nil
	}
	if first := !s.written; first {
		s.written = true
		s.u.note(engineapi.StateRecording, engineapi.CauseNone, m.Arrival)
	} else if m.Key {
		s.well(m.Arrival)
	}
	return nil
}

// well notes that a camera in trouble records again.
func (s *session) well(at time.Time) {
	if at.Before(s.badTill) {
		s.u.note(engineapi.StateDegraded, s.badWhy, at)
		return
	}
	s.u.note(engineapi.StateRecording, engineapi.CauseNone, at)
}

// trouble notes why a sample could not be kept. The camera goes on: a disk
// has room again some time, and a bad access unit is followed by a good one.
func (s *session) trouble(err error, at time.Time) {
	cause := engineapi.Cause(fault.Key(err))
	switch fault.Of(err) {
	case fault.Invalid, fault.Corrupt:
		s.bad(cause, at)
	default:
		s.written = false
		s.u.note(engineapi.StateDisk, cause, at)
	}
}

func (s *session) bad(cause engineapi.Cause, at time.Time) {
	s.badTill, s.badWhy = at.Add(badFor), cause
	if s.written {
		s.u.note(engineapi.StateDegraded, cause, at)
	}
}

// Clock is a measurement of the camera's clock against ours.
func (s *session) Clock(at time.Time, offset time.Duration) {
	u := s.u
	u.mu.Lock()
	u.clock, u.clockAt = offset, at
	keep := at.Sub(u.noted) >= time.Minute
	if keep {
		u.noted = at
	}
	u.mu.Unlock()
	if keep {
		u.e.archive.ClockSample(u.camera, at, offset)
		u.e.alarm("camera.clock", u.camera, offset.Round(time.Second).String(), offset.Abs() > time.Minute)
	}
}

// Bad is told of what the camera sent and could not be used.
func (s *session) Bad(key, detail string) {
	s.u.e.log.Debug("bad from camera", "camera", s.u.camera, "key", key, "detail", detail)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad(engineapi.Cause(key), s.u.e.clk.Now())
}

// look is called by the supervisor when the book or the time may have changed
// the answer: what must end ends here even if the camera sends nothing more.
func (s *session) look(now time.Time, p plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.judge(now)
	switch {
	case !v.OK:
		s.cut(v.Why)
		s.u.note(p.state, p.cause, now)
	case s.permit != nil && s.permit != v.Permit:
		s.cut(permit.WhyReplaced)
	case !s.written && s.tracks != nil:
		s.u.note(engineapi.StateConnecting, CauseKeyFrame, now)
	case !s.written && !s.again:
		s.u.note(engineapi.StateConnecting, engineapi.CauseNone, now)
	}
}

// end is the last that happens to a session: nothing is written after it.
func (s *session) end(cause string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut(cause)
	s.ended = true
	for _, c := range s.want {
		close(c)
	}
	s.want = nil
}

// cut ends the open segment. The caller holds s.mu.
func (s *session) cut(cause string) {
	if s.permit == nil {
		return
	}
	s.permit, s.written = nil, false
	if err := s.rec.Cut(cause); err != nil {
		s.u.e.log.Warn("closing a segment", "camera", s.u.camera, "key", fault.Key(err), "error", err.Error())
	}
}

// next asks for the next key frame that may be kept. The channel is closed
// without one when the session ends.
func (s *session) next() <-chan keyFrame {
	c := make(chan keyFrame, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		close(c)
		return c
	}
	s.want = append(s.want, c)
	return c
}

func (s *session) give(m *media.Sample) {
	for _, c := range s.want {
		c <- keyFrame{m.Arrival, s.tracks, append([]byte(nil), m.Data...)}
	}
	s.want = nil
}

// rulesOf is a permit as the archive needs it.
func rulesOf(p *permit.Permit) archive.Rules {
	return archive.Rules{
		Controller: p.Controller, Camera: p.Camera, Stream: p.Stream, Permit: p.ID, Case: p.Case, Basis: p.Basis,
		Class: p.Class, Retention: time.Duration(p.RetentionHours) * time.Hour,
		LongestHold: time.Duration(p.LongestHoldHours) * time.Hour, Sound: p.Sound,
	}
}

// rate measures a bit rate over the last minute, in steps of five seconds.
type rate struct {
	step  [13]int64 // unix time / 5 of each place
	bytes [13]int64
	first int64 // unix seconds of the first byte
	total int64
}

func (r *rate) add(at time.Time, n int) {
	k := at.Unix() / 5
	i := k % int64(len(r.step))
	if r.step[i] != k {
		r.step[i], r.bytes[i] = k, 0
	}
	r.bytes[i] += int64(n)
	if r.first == 0 {
		r.first = at.Unix()
	}
	r.total += int64(n)
}

// perSecond is bits a second over the last minute, or since the first byte.
func (r *rate) perSecond(now time.Time) int64 {
	k := now.Unix() / 5
	var sum int64
	for i, at := range r.step {
		if at < k && at >= k-12 { // whole steps
			sum += r.bytes[i]
		}
	}
	seconds := min(60, max(5, (k*5)-r.first))
	return sum * 8 / seconds
}
