package archive

import (
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// When a group of pictures is written, and when a segment ends.
const (
	// flushAfter: what is gathered is written at a key frame or after this
	// much of it, whichever comes first.
	flushAfter = 2 * time.Second
	// flushSlack is what arrival may jitter before flushAfter counts on it.
	flushSlack = 500 * time.Millisecond
	// flushLeast: key frames that follow closer than this are gathered, or the
	// overhead of a camera that sends nothing else would pass half a percent.
	flushLeast = 500 * time.Millisecond
	// flushBytes bounds the memory of a flood.
	flushBytes = 4 << 20
	// longest is when a segment ends without a key frame.
	longest = 70 * time.Second
	// retryAfter is the least between two tries on a disk that refuses.
	retryAfter = time.Second
)

// Rules are what a recording stands under: from the permit, for every segment
// that is begun under them.
type Rules struct {
	Controller, Camera, Stream string
	Permit                     permit.ID
	Case, Basis                string
	Class                      permit.Class
	// Retention counts from the first picture of each segment. Zero and more
	// than 30 days are refused.
	Retention time.Duration
	// LongestHold counts likewise; 0 where the law sets no end (crime only).
	LongestHold time.Duration
	Sound       bool
}

// check refuses what no permit may say.
func (r *Rules) check() error {
	switch {
	case r.Retention <= 0 || r.Retention > permit.LongestRetention:
		return fault.New(fault.Refused, "permit.retention", "a retention of %v", r.Retention)
	case r.LongestHold < 0:
		return fault.New(fault.Refused, "permit.retention", "a longest hold of %v", r.LongestHold)
	case r.Camera == holdsDir || r.Camera == journalDir || r.Camera == offspringDir || !segment.IsCamera(r.Camera) || !segment.IsCamera(r.Stream) || !segment.IsID(string(r.Permit)):
		return fault.New(fault.Refused, "archive.no-rules", "camera %q, stream %q, permit %q", r.Camera, r.Stream, r.Permit)
	}
	switch r.Class {
	case permit.ClassCrime, permit.ClassSafety, permit.ClassOther:
		return nil
	}
	return fault.New(fault.Refused, "permit.class", "class %.20q", r.Class)
}

// due is the earlier of start + approved period and start + 30 × 24 h − 12 h.
func (r *Rules) due(start int64) int64 {
	return start + min(r.Retention, segment.Limit).Microseconds()
}

// holdLimit is the latest moment to which a segment that began at start can
// be held: for crime what the permit says, else never past the law's limit.
func (r *Rules) holdLimit(start int64) int64 {
	if r.Class == permit.ClassCrime {
		if r.LongestHold == 0 {
			return 0
		}
		return start + r.LongestHold.Microseconds()
	}
	limit := segment.Limit
	if r.LongestHold > 0 {
		limit = min(limit, r.LongestHold)
	}
	return start + limit.Microseconds()
}

// Stats of a recorder.
type Stats struct {
	Segments  int64     // begun
	Bytes     int64     // written, sealing included
	Pictures  int64     // taken in
	LastFrame time.Time // arrival of the last one
	Since     time.Time // start of the open segment, zero if none is open
	Failures  int64     // segments abandoned for the disk
	Err       error     // why nothing is written now, nil if something is
}

// Recorder writes one stream of one camera. It waits for no sync, no
// database and no other camera. Its methods may be called from several
// goroutines; samples come from one.
type Recorder struct {
	a              *Archive
	camera, stream string

	mu      sync.Mutex
	rules   *Rules // nil: nothing is kept
	tracks  []media.Track
	video   int    // the picture's track
	scale   int64  // its timescale
	init    []byte // of tracks
	frag    media.Fragmenter
	seg     *writing
	goOn    bool // a segment ended without a key frame: the next begins without one
	day     string
	last    int64 // latest arrival, microseconds
	retryAt time.Duration
	alarmed bool
	stats   Stats

	// The fragment under construction.
	from     int64 // arrival of its first picture
	dts      int64 // of that picture
	key      bool
	pictures int
}

// Recorder is the one recorder of a stream; asking again gives the same.
func (a *Archive) Recorder(camera, stream string) *Recorder {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.recorders[[2]string{camera, stream}]
	if !ok {
		r = &Recorder{a: a, camera: camera, stream: stream}
		a.recorders[[2]string{camera, stream}] = r
	}
	return r
}

// Start says under which rules and with which tracks the coming samples are
// kept. An open segment ends. Sound is left out unless the rules allow it.
// Nothing is written before the first key frame.
func (r *Recorder) Start(rules Rules, tracks []media.Track) error {
	if err := rules.check(); err != nil {
		return err
	}
	if rules.Camera != r.camera || rules.Stream != r.stream {
		return fault.New(fault.Refused, "archive.no-rules", "rules of %s/%s for %s/%s", rules.Camera, rules.Stream, r.camera, r.stream)
	}
	var kept []media.Track
	video := slices.IndexFunc(tracks, func(t media.Track) bool { return !t.Codec.Sound() })
	if video < 0 || tracks[video].Timescale == 0 {
		return fault.New(fault.Invalid, "camera.no-video", "no track of pictures")
	}
	kept = append(kept, tracks[video])
	for _, t := range tracks {
		if t.Codec.Sound() && rules.Sound {
			kept = append(kept, t)
		}
	}
	init, err := media.Init(kept)
	if err != nil {
		return err
	}
	r.a.mu.Lock()
	stopping := r.a.stopping
	r.a.mu.Unlock()
	if stopping {
		return fault.New(fault.Unavailable, "engine.down", "the archive is closing")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.end("camera.changed") // abandoned, an alarm and in Stats already
	r.rules, r.tracks, r.init = &rules, kept, init
	r.video, r.scale, r.goOn = kept[0].ID, int64(kept[0].Timescale), false
	r.stats.Err, r.retryAt = nil, 0
	return nil
}

// Cut ends the segment now, with the cause in its file, and forgets the
// rules: until the next Start nothing is kept.
func (r *Recorder) Cut(cause string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules, r.goOn = nil, false
	return r.end(cause)
}

// Stats is how the recorder is doing.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.LastFrame = segment.Time(r.last)
	if r.seg != nil {
		s.Since = segment.Time(r.seg.head.Start)
	}
	return s
}

// Write keeps one sample. Samples of tracks that Start left out, and those
// before the first key frame, are dropped. When the disk refuses, the error
// says why; what was flushed stays readable, and the next key frame is tried
// again. A sample that cannot follow the one before (Invalid "camera.stream")
// ends the segment; recording goes on at the next key frame.
func (r *Recorder) Write(s *media.Sample) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rules == nil {
		return fault.New(fault.Refused, "archive.no-rules", "%s: a sample without rules", r.camera)
	}
	if s.Track != r.video {
		return r.sound(s)
	}
	at := max(s.Arrival.UnixMicro(), r.last)
	if r.seg != nil {
		durable, err := r.seg.state()
		switch {
		case err != nil:
			r.abandon(err)
		case durable && r.alarmed: // not before: a disk may take bytes and not keep them
			r.alarmed = false
			r.a.alarm(AlarmWrite, r.camera, "", false)
		}
	}
	if r.seg != nil {
		switch since := at - r.seg.head.Start; {
		case s.Key && at/minute != r.seg.head.Start/minute:
			r.frag.End(s)
			_ = r.end("minute") // abandoned, an alarm and in Stats already
		case since >= longest.Microseconds():
			r.frag.End(s)
			_ = r.end("long") // abandoned, an alarm and in Stats already
			r.goOn = r.seg == nil && r.stats.Err == nil
		case r.pictures > 0 && r.full(s, at):
			r.frag.End(s)
			r.flush()
		}
	}
	r.last = at
	if r.seg == nil {
		if !s.Key && !r.goOn {
			return r.stats.Err
		}
		if err := r.begin(at); err != nil {
			return err
		}
	}
	if r.pictures == 0 {
		r.from, r.dts, r.key = at, s.DTS, s.Key
		if !r.seg.based {
			r.seg.based, r.seg.base = true, s.DTS
		}
	}
	if err := r.frag.Add(s); err != nil {
		return r.bad(err)
	}
	r.pictures++
	r.stats.Pictures++
	return nil
}

const minute = int64(time.Minute / time.Microsecond)

// full reports whether what is gathered must be written before s is added.
func (r *Recorder) full(s *media.Sample, at int64) bool {
	gathered := time.Duration(float64(s.DTS-r.dts) / float64(r.scale) * float64(time.Second))
	waited := time.Duration(at-r.from) * time.Microsecond
	switch {
	case s.Key:
		return gathered >= flushLeast || waited >= flushLeast
	case r.frag.Len()+len(s.Data) > flushBytes:
		return true
	}
	return gathered >= flushAfter || waited >= flushAfter+flushSlack
}

func (r *Recorder) sound(s *media.Sample) error {
	if r.seg == nil || r.pictures == 0 || len(r.tracks) == 1 || !slices.ContainsFunc(r.tracks, func(t media.Track) bool { return t.ID == s.Track }) {
		return nil
	}
	if r.frag.Len()+len(s.Data) > flushBytes+flushBytes/4 {
		return r.bad(fault.New(fault.Exhausted, "camera.too-large", "a flood of sound"))
	}
	if err := r.frag.Add(s); err != nil {
		return r.bad(err)
	}
	return nil
}

// bad ends the segment before a sample that cannot follow.
func (r *Recorder) bad(err error) error {
	_ = r.end("camera.stream") // abandoned, an alarm and in Stats already
	r.goOn = false
	return fault.As(fault.Invalid, "camera.stream", err)
}

// begin opens a segment whose first picture arrived at this moment.
func (r *Recorder) begin(at int64) error {
	if r.stats.Err != nil && r.a.cfg.Clock.Mono() < r.retryAt {
		return r.stats.Err
	}
	seg, err := r.a.startWriting(r, at)
	if err != nil {
		r.failed(err)
		return err
	}
	r.seg, r.goOn, r.pictures = seg, false, 0
	r.stats.Err = nil
	r.stats.Segments++
	r.frag.Begin(r.tracks)
	return nil
}

func (r *Recorder) failed(err error) {
	r.stats.Err = err
	r.stats.Failures++
	r.retryAt = r.a.cfg.Clock.Mono() + retryAfter
	r.alarmed = true
	r.a.alarm(AlarmWrite, r.camera, fault.Key(err), true)
}

// flush writes what is gathered.
func (r *Recorder) flush() {
	if r.pictures == 0 {
		return
	}
	lasted := r.frag.Duration()
	// A jump in the camera's time stamps must not make a fragment cover time
	// in which nothing was recorded.
	if most := time.Duration(r.last-r.from)*time.Microsecond + 5*time.Second; lasted > most {
		lasted = most
	}
	seg := r.seg
	at := time.Duration(float64(r.dts-seg.base) / float64(r.scale) * float64(time.Second))
	n, err := seg.flush(r.frag.Bytes(uint32(seg.fragments+1)), r.key, r.pictures, r.from, at.Microseconds(), lasted)
	r.frag.Reset()
	r.pictures = 0
	if err != nil {
		r.abandon(err)
		return
	}
	r.stats.Bytes += int64(n)
}

// abandon leaves a segment that cannot be written on: what was flushed stays,
// and is closed when the disk lets it.
func (r *Recorder) abandon(err error) {
	r.a.sealer.mend(r.seg)
	r.seg, r.pictures, r.goOn = nil, 0, false
	r.failed(err)
}

// end writes what is gathered and the footer; the rest happens behind.
func (r *Recorder) end(cause string) error {
	if r.seg == nil {
		return nil
	}
	r.flush()
	if r.seg == nil {
		return r.stats.Err
	}
	if r.seg.fragments == 0 {
		r.a.sealer.drop(r.seg)
		r.seg = nil
		return nil
	}
	n, err := r.seg.close(cause)
	if err != nil {
		r.abandon(err)
		return err
	}
	r.stats.Bytes += int64(n)
	r.a.sealer.seal(r.seg)
	r.seg = nil
	return nil
}
