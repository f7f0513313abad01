package engine

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

const (
	// motionStep bounds what is looked at in one go, in pictures and in bytes of
	// them: between steps it is asked whether anybody still waits.
	motionStep  = 150
	motionBytes = 8 << 20
	// motionApart is how far two key frames may lie apart and be compared.
	motionApart = time.Minute
	// motionAnswer is how long an answer waits for something new to tell.
	motionAnswer = time.Second
	// motionForgotten is when the marks of a camera go that nobody asked for.
	motionForgotten = 10 * time.Minute
	// motionPoint is how much brighter or darker a point must be to have
	// changed, 0 to 255; motionLeast how many of a picture's points make motion:
	// a person of a thirtieth of the picture's height.
	motionPoint = 12
	motionLeast = 6
)

// motion is what is known of what moved where, for those who ask now. It lies
// in memory alone: whoever asks after a restart, or of footage that nobody has
// asked for in a while, waits for it to be made again.
type motion struct {
	mu      sync.Mutex
	of      map[string]*moved        // by camera
	wants   map[string]*motionWanted // by camera and ticket
	working bool
	told    broadcast
	ended   context.Context
	end     context.CancelFunc
	group   sync.WaitGroup
}

// moved is the marks of one camera.
type moved struct {
	looked []engineapi.Looked
	failed []engineapi.Looked // nothing could be made of the footage
	marks  []engineapi.MotionMark
	asked  time.Time
}

// motionWanted is a question that somebody waits for.
type motionWanted struct {
	v        *pass // for all that the ticket opens of the camera
	from, to time.Time
	asked    time.Time
}

// Motion tells where in a stretch of a camera's footage something moved, as
// far as it was looked at, and looks on while somebody asks.
func (e *Engine) Motion(ctx context.Context, camera string, from, to time.Time, p engineapi.Pass) (engineapi.Motion, error) {
	v, err := e.open("viewing", p, camera, from, to, permit.KindTicket)
	if err != nil {
		return engineapi.Motion{}, err
	}
	if !e.fence.Works() {
		return engineapi.Motion{}, fault.New(fault.Unavailable, "ffmpeg.missing", "ffmpeg is not installed (Debian package ffmpeg)")
	}
	key := camera + " " + string(v.st.Header().ID)
	if !e.motion.waits(key) {
		if err := v.log(ctx, "motion"); err != nil {
			return engineapi.Motion{}, err
		}
	}
	told := e.motion.told.next()
	e.motion.want(e, key, v)
	if m := e.motion.answer(v); m.Done {
		return m, v.still()
	}
	t := e.clk.NewTimer(motionAnswer)
	defer t.Stop()
	select {
	case <-told:
	case <-t.C():
	case <-ctx.Done():
		return engineapi.Motion{}, context.Cause(ctx)
	}
	return e.motion.answer(v), v.still()
}

// waits reports whether a question is waited for already.
func (m *motion) waits(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wants[key] != nil
}

// want keeps a question and sees to it that somebody looks.
func (m *motion) want(e *Engine, key string, v *pass) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := e.clk.Now()
	if m.wants == nil {
		m.of, m.wants = map[string]*moved{}, map[string]*motionWanted{}
		m.ended, m.end = context.WithCancel(context.Background())
	}
	w := m.wants[key]
	if w == nil {
		w = &motionWanted{v: v.whole(now)}
		m.wants[key] = w
	}
	w.from, w.to, w.asked = v.from, v.to, now
	if m.of[v.camera] == nil {
		m.of[v.camera] = &moved{}
	}
	m.of[v.camera].asked = now
	if !m.working && m.ended.Err() == nil {
		m.working = true
		m.group.Go(func() { e.lookForMotion(m.ended) })
	}
}

// stop ends all looking.
func (m *motion) stop() {
	m.mu.Lock()
	end := m.end
	m.mu.Unlock()
	if end != nil {
		end()
		m.group.Wait()
	}
}

// forget lets go of what was seen of a camera: its mask covers something else
// from now on.
func (m *motion) forget(camera string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of[camera] != nil {
		m.of[camera] = &moved{asked: m.of[camera].asked}
	}
}

// whole is the pass for everything that a ticket opens of its camera now.
func (v *pass) whole(now time.Time) *pass {
	t := v.st.(*permit.Ticket)
	w := v.within(t.From, earliest(t.To, now.Add(-permit.LiveAge)))
	if !w.from.Before(w.to) || w.still() != nil {
		w.from, w.to = v.from, v.to
	}
	return w
}

// answer is what is known of a pass's interval.
func (m *motion) answer(v *pass) engineapi.Motion {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := engineapi.Motion{Camera: v.camera, From: v.from, To: v.to, Looked: []engineapi.Looked{}, Marks: []engineapi.MotionMark{}}
	k := m.of[v.camera]
	if k == nil {
		return out
	}
	for _, x := range k.looked {
		if x = (engineapi.Looked{From: latest(x.From, v.from), To: earliest(x.To, v.to)}); x.From.Before(x.To) {
			out.Looked = append(out.Looked, x)
		}
	}
	for _, x := range k.marks {
		if x.From, x.To = latest(x.From, v.from), earliest(x.To, v.to); x.From.Before(x.To) {
			out.Marks = append(out.Marks, x)
		}
	}
	_, left := k.next(v.from, v.to)
	out.Done = !left
	return out
}

// next is the first stretch from from to to that nobody looked at.
func (k *moved) next(from, to time.Time) (engineapi.Looked, bool) {
	for {
		i := slices.IndexFunc(k.looked, func(x engineapi.Looked) bool { return !from.Before(x.From) && from.Before(x.To) })
		j := slices.IndexFunc(k.failed, func(x engineapi.Looked) bool { return !from.Before(x.From) && from.Before(x.To) })
		switch {
		case i >= 0:
			from = k.looked[i].To
		case j >= 0:
			from = k.failed[j].To
		case !from.Before(to):
			return engineapi.Looked{}, false
		default:
			for _, x := range slices.Concat(k.looked, k.failed) {
				if x.From.After(from) {
					to = earliest(to, x.From)
				}
			}
			return engineapi.Looked{From: from, To: to}, true
		}
	}
}

// pick is what is to be looked at now, of what somebody waits for: the part
// looked at last first, then the rest of what its ticket opens.
func (m *motion) pick(now time.Time) (*motionWanted, engineapi.Looked, *moved) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var latestOf []*motionWanted
	for key, w := range m.wants {
		if now.Sub(w.asked) > engineapi.MotionKept {
			delete(m.wants, key)
			continue
		}
		latestOf = append(latestOf, w)
	}
	for camera, k := range m.of {
		if now.Sub(k.asked) > motionForgotten {
			delete(m.of, camera)
		}
	}
	slices.SortFunc(latestOf, func(a, b *motionWanted) int { return b.asked.Compare(a.asked) })
	for _, w := range latestOf {
		if x, ok := m.of[w.v.camera].next(w.from, w.to); ok {
			return w, x, m.of[w.v.camera]
		}
	}
	for _, w := range latestOf {
		for _, part := range []engineapi.Looked{{From: w.to, To: w.v.to}, {From: w.v.from, To: w.from}} {
			if x, ok := m.of[w.v.camera].next(part.From, part.To); ok {
				return w, x, m.of[w.v.camera]
			}
		}
	}
	m.working = false
	return nil, engineapi.Looked{}, nil
}

// lookForMotion looks, step by step, while somebody waits.
func (e *Engine) lookForMotion(ctx context.Context) {
	for ctx.Err() == nil {
		w, part, k := e.motion.pick(e.clk.Now())
		if w == nil {
			return
		}
		found, err := e.lookAt(ctx, w.v, part)
		if err == nil {
			err = w.v.still()
		}
		e.motion.keep(w, k, part, found, err)
		if err != nil && ctx.Err() == nil {
			e.log.Info("no motion marks", "camera", w.v.camera, "from", part.From, "error", err.Error())
		}
	}
}

// keep takes in what a step has found. A right that ended ends its question;
// footage of which nothing can be made is passed over.
func (m *motion) keep(w *motionWanted, k *moved, part engineapi.Looked, found step, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case fault.Is(err, fault.Refused), fault.Is(err, fault.Unavailable), errors.Is(err, context.Canceled):
		for key, x := range m.wants {
			if x == w {
				delete(m.wants, key)
			}
		}
	case err != nil:
		k.failed = append(k.failed, engineapi.Looked{From: part.From, To: latest(found.to, part.From.Add(motionApart))})
	default:
		k.looked = join(append(k.looked, engineapi.Looked{From: part.From, To: found.to}))
		k.marks = append(k.marks, found.marks...)
		slices.SortFunc(k.marks, func(a, b engineapi.MotionMark) int { return a.From.Compare(b.From) })
	}
	m.told.tell()
}

// join puts stretches in order and those together that touch.
func join(all []engineapi.Looked) []engineapi.Looked {
	slices.SortFunc(all, func(a, b engineapi.Looked) int { return a.From.Compare(b.From) })
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && !x.From.After(out[n-1].To) {
			out[n-1].To = latest(out[n-1].To, x.To)
			continue
		}
		out = append(out, x)
	}
	return out
}

// step is what one go has found: the marks up to to.
type step struct {
	to    time.Time
	marks []engineapi.MotionMark
}

// lookAt looks at the beginning of a stretch.
func (e *Engine) lookAt(ctx context.Context, w *pass, part engineapi.Looked) (step, error) {
	// From a moment before it, so that its first picture has a neighbour.
	v := w.within(latest(w.from, part.From.Add(-time.Millisecond)), part.To)
	src := &footage{v: v, keys: true}
	defer src.close()
	out := step{to: part.To}
	var track *media.Track
	var keys []media.Sample
	var at []time.Time
	var ends []time.Time // of the footage behind each key frame
	size := 0
	for {
		p, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, err
		}
		if track != nil && !media.Same([]media.Track{*track}, []media.Track{*p.part.video}) || len(keys) == motionStep || size > motionBytes {
			out.to = p.start
			break
		}
		if err := v.mayPiece(p.start, p.end); err != nil {
			return out, err
		}
		track = p.part.video
		s := p.samples[0]
		keys = append(keys, media.Sample{Track: track.ID, Key: true, Data: append([]byte(nil), s.Data...), DTS: int64(len(keys)) * int64(track.Timescale), PTS: int64(len(keys)) * int64(track.Timescale)})
		at = append(at, p.part.base.Add(ticks(s.PTS, track.Timescale)))
		ends = append(ends, p.end)
		size += len(s.Data)
	}
	if len(keys) < 2 {
		return out, nil
	}
	fmp4, err := fragment([]media.Track{*track}, keys)
	if err != nil {
		return out, err
	}
	small, err := e.fence.Small(ctx, fmp4, len(keys), v.mask())
	if err != nil {
		return out, cause(ctx, err)
	}
	out.marks = marks(small, at, ends)
	return out, nil
}

// marks compares each picture with the one before it, and joins what touches.
func marks(small [][]byte, at, ends []time.Time) []engineapi.MotionMark {
	var out []engineapi.MotionMark
	for i := 1; i < len(small); i++ {
		if at[i].Sub(ends[i-1]) >= gapLeast || at[i].Sub(at[i-1]) > motionApart {
			continue // a gap lies between them: what changed, changed unseen
		}
		n := changed(small[i-1], small[i])
		if n < motionLeast {
			continue
		}
		share := float64(n) / (fence.SmallWidth * fence.SmallHeight)
		if k := len(out); k > 0 && out[k-1].To.Equal(at[i-1]) {
			out[k-1].To, out[k-1].Share = at[i], max(out[k-1].Share, share)
			continue
		}
		out = append(out, engineapi.MotionMark{From: at[i-1], To: at[i], Share: share})
	}
	return out
}

// changed counts the points that differ by more than the picture as a whole
// has become lighter or darker.
func changed(a, b []byte) int {
	var spread [511]int
	for i := range a {
		spread[int(b[i])-int(a[i])+255]++
	}
	shift := -255
	for n := spread[0]; n < len(a)/2; n += spread[shift+255] {
		shift++
	}
	n := 0
	for d, points := range spread {
		if abs(float64(d-255-shift)) > motionPoint {
			n += points
		}
	}
	return n
}
