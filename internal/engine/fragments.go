package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// gapLeast is what two pictures may lie apart without it being called a gap.
const gapLeast = 2 * time.Second

// Fragments sends the footage of one camera under a ticket. The pass is
// checked here and again before every fragment goes out.
func (e *Engine) Fragments(ctx context.Context, q engineapi.FragmentQuery, p engineapi.Pass, out *engineapi.Stream) error {
	v, err := e.open("viewing", p, q.Camera, q.From, q.To, permit.KindTicket, permit.KindLive)
	if err != nil {
		return err
	}
	if v.painted() && !q.H264 {
		key := "mask.transcode"
		if v.live() {
			key = "live.transcode"
		}
		err := fault.New(fault.Denied, key, "camera %s is masked or seen live: ask for h264, painted", q.Camera)
		v.refused(err)
		return err
	}
	if err := v.log(ctx, nil); err != nil {
		return err
	}
	ctx, end := v.watch(ctx, out.Break)
	defer end()
	src := &footage{v: v, keys: q.Keys}
	defer src.close()
	s := sender{v: v, src: src, sink: out, last: v.from, h264: q.H264, lines: q.Lines}
	err = s.all(ctx)
	v.cut(err)
	return err
}

// footage reads what a pass opens, run by run: pieces of one segment, cut at
// the end of the interval to the picture.
type footage struct {
	v    *pass
	keys bool

	reader *archive.Reader
	start  time.Time // of the last piece
	end    time.Time
	given  map[string]int // by segment, the last of its fragments that was read
	seg    *part
	frag   media.Fragmenter // for pieces that are made anew
	based  bool
	base   time.Time // for decode time zero of what is made anew
}

// part is the segment that pieces come from.
type part struct {
	id     string
	init   []byte
	tracks []media.Track
	video  *media.Track
	base   time.Time // for decode time zero
	fresh  bool      // its init has not gone out
}

// piece is one fragment on its way out, or a gap before it.
type piece struct {
	start, end time.Time
	n          int // which of the segment's it is
	part       *part
	base       time.Time // part's, or that of what was made anew
	data       []byte    // valid until the next call
	key        bool
	samples    []media.Sample
}

func (f *footage) close() {
	if f.reader != nil {
		_ = f.reader.Close() // read only
	}
}

// next gives the next piece, io.EOF at the end of the interval. Under a live
// ticket it waits for what has not been recorded yet.
func (f *footage) next(ctx context.Context) (*piece, error) {
	for {
		if f.reader == nil {
			if !f.end.Before(f.v.to) {
				return nil, io.EOF
			}
			// What came at the same moment as the last piece may not have been read.
			from := latest(f.v.from, f.start.Add(-time.Microsecond))
			r, err := f.v.e.archive.Reader(ctx, f.v.camera, from, f.v.to)
			if err != nil {
				return nil, err
			}
			if f.reader = r; f.given == nil {
				f.given = map[string]int{}
			}
		}
		a, err := f.reader.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			f.close()
			f.reader = nil
			if !f.v.live() || !f.v.e.clk.Now().Before(f.v.to) {
				return nil, io.EOF
			}
			if err := f.v.rest(ctx); err != nil {
				return nil, context.Cause(ctx)
			}
			continue
		case err != nil:
			return nil, err
		}
		if a.N <= f.given[a.Segment] { // read already, before the reader was opened anew
			continue
		}
		f.given[a.Segment] = a.N
		p, err := f.piece(a)
		if p != nil || err != nil {
			return p, err
		}
	}
}

// piece makes a piece of a stored fragment; nil when nothing of it is wanted.
func (f *footage) piece(a *archive.Fragment) (*piece, error) {
	var samples []media.Sample
	if err := media.ParseFragment(a.Data, func(s media.Sample) { samples = append(samples, s) }); err != nil {
		return nil, err
	}
	if len(samples) == 0 {
		return nil, nil
	}
	if f.seg == nil || f.seg.id != a.Segment {
		part, err := newPart(a, samples)
		if err != nil {
			return nil, err
		}
		f.seg, f.based = part, false
	}
	p := &piece{start: a.Start, end: a.End, n: a.N, part: f.seg, base: f.seg.base, data: a.Data, key: a.Key, samples: samples}
	if a.End.After(f.v.to) || f.keys {
		if !f.remake(p) {
			return nil, nil
		}
	}
	f.start, f.end = a.Start, latest(f.end, a.End)
	return p, nil
}

func newPart(a *archive.Fragment, samples []media.Sample) (*part, error) {
	tracks, err := media.ParseInit(a.Init)
	if err != nil {
		return nil, err
	}
	s := &part{id: a.Segment, init: append([]byte(nil), a.Init...), tracks: tracks, fresh: true}
	for i := range tracks {
		if !tracks[i].Codec.Sound() {
			s.video = &tracks[i]
		}
	}
	if s.video == nil {
		return nil, fault.New(fault.Corrupt, "segment.corrupt", "segment %s has no picture track", a.Segment)
	}
	for i := range samples {
		if samples[i].Track == s.video.ID {
			s.base = a.Start.Add(-ticks(samples[i].DTS, s.video.Timescale))
			break
		}
	}
	return s, nil
}

// ticks is a time of a track as a duration.
func ticks(t int64, scale uint32) time.Duration {
	if scale == 0 {
		return 0
	}
	s := int64(scale)
	return time.Duration(t/s)*time.Second + time.Duration(t%s)*time.Second/time.Duration(s)
}

// remake keeps of a piece only the pictures before the interval's end, or only
// its key frame. False when none is left.
func (f *footage) remake(p *piece) bool {
	var kept []media.Sample
	limit := f.v.to.Sub(p.part.base)
	for _, s := range p.samples {
		if s.Track != p.part.video.ID {
			if !f.keys && ticks(s.PTS, scaleOf(p.part, s.Track)) < limit {
				kept = append(kept, s)
			}
			continue
		}
		if ticks(s.PTS, p.part.video.Timescale) >= limit || f.keys && !s.Key {
			break
		}
		kept = append(kept, s)
		if f.keys {
			break
		}
	}
	pictures := 0
	for _, s := range kept {
		if s.Track == p.part.video.ID {
			pictures++
		}
	}
	if pictures == 0 {
		return false
	}
	p.samples = kept
	if p.end.After(f.v.to) {
		p.end = f.v.to
	}
	if !f.based {
		f.frag.Begin(p.part.tracks)
		f.based = true
		// A Fragmenter counts from its first sample.
		f.base = p.part.base.Add(ticks(kept[0].DTS, scaleOf(p.part, kept[0].Track)))
		p.part.fresh = true
	}
	f.frag.Reset()
	for i := range kept {
		if f.frag.Add(&kept[i]) != nil {
			return false
		}
	}
	p.base = f.base
	p.data = f.frag.Bytes(1)
	return true
}

func scaleOf(p *part, track int) uint32 {
	for i := range p.tracks {
		if p.tracks[i].ID == track {
			return p.tracks[i].Timescale
		}
	}
	return 0
}

// sender gives pieces out: as they are stored, or made anew (a mask, no H.265).
type sender struct {
	v    *pass
	src  *footage
	sink frameSink
	h264 bool
	// lines is how high a picture that is made anew may be; 0: as high as it is.
	lines  int
	last   time.Time // end of what went out
	sparse bool      // of what is made anew only the key frames go out
}

// frameSink takes frames: the answer, or the muxer of an export.
type frameSink interface {
	Frame(*engineapi.Frame) error
}

func (s *sender) all(ctx context.Context) error {
	p, err := s.src.next(ctx)
	for {
		switch {
		case errors.Is(err, io.EOF):
			return s.gap(ctx, s.v.to)
		case err != nil:
			return cause(ctx, err)
		}
		if s.v.painted() || s.h264 && p.part.video.Codec != media.H264 {
			p, err = s.transcode(ctx, p)
			continue
		}
		if err := s.piece(ctx, p); err != nil {
			return err
		}
		p, err = s.src.next(ctx)
	}
}

// piece gives stored bytes out as they are.
func (s *sender) piece(ctx context.Context, p *piece) error {
	if p.part.fresh {
		p.part.fresh = false
		err := s.frame(ctx, &engineapi.Frame{FragmentHeader: engineapi.FragmentHeader{
			Kind: engineapi.FrameInit, Start: p.start, End: p.end, Base: p.base, Codec: codecs(p.part.tracks),
			Width: p.part.video.Width, Height: p.part.video.Height, Segment: p.part.id, Text: textOf(s.v.st),
		}, Data: p.part.init})
		if err != nil {
			return err
		}
	}
	return s.frame(ctx, &engineapi.Frame{FragmentHeader: engineapi.FragmentHeader{
		Kind: engineapi.FrameFragment, Start: p.start, End: p.end, Key: p.key, Segment: p.part.id,
	}, Data: p.data})
}

// frame sends one frame, after asking once more whether its pictures may be
// shown now, and after the gap before it.
func (s *sender) frame(ctx context.Context, f *engineapi.Frame) error {
	if err := s.v.mayPiece(f.Start, f.End); err != nil {
		return err
	}
	if err := s.gap(ctx, f.Start); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.sink.Frame(f); err != nil {
		return cause(ctx, err)
	}
	if f.Kind == engineapi.FrameFragment {
		s.last = latest(s.last, f.End)
	}
	return nil
}

// mayPiece is may for one fragment. What must come before the interval for its
// first picture to be decoded goes with it.
func (v *pass) mayPiece(start, end time.Time) error {
	start, end = latest(start, v.from), earliest(end, v.to)
	if !start.Before(end) {
		end = start.Add(time.Microsecond)
	}
	return v.may(start, end, v.e.clk.Now())
}

// gap tells of a stretch without pictures, and why, if it is long enough.
func (s *sender) gap(ctx context.Context, to time.Time) error {
	v, from := s.v, s.last
	to = earliest(to, v.e.clk.Now())
	if to.Sub(from) < gapLeast {
		return nil
	}
	f := &engineapi.Frame{FragmentHeader: engineapi.FragmentHeader{Kind: engineapi.FrameGap, Start: from, End: to, Cause: engineapi.CauseUnknown}}
	if c, err := v.e.Coverages(ctx, []string{v.camera}, from, to); err == nil {
		f.Cause = mainCause(c[0].Stretches)
	}
	if err := s.sink.Frame(f); err != nil {
		return cause(ctx, err)
	}
	s.last = to
	return nil
}

// mainCause is the cause of most of a gap.
func mainCause(stretches []engineapi.Stretch) engineapi.Cause {
	best, why := time.Duration(0), engineapi.CauseUnknown
	for _, s := range stretches {
		if d := s.To.Sub(s.From); s.Kind != "recorded" && d > best {
			best, why = d, s.Cause
		}
	}
	return why
}

// cause prefers why a context ended to what broke because of it.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if c := context.Cause(ctx); !errors.Is(c, context.Canceled) {
			return c
		}
	}
	return err
}

func codecs(tracks []media.Track) string {
	out := ""
	for i := range tracks {
		if out != "" {
			out += ","
		}
		out += media.CodecString(&tracks[i])
	}
	return out
}

func textOf(s permit.Statement) string {
	switch s := s.(type) {
	case *permit.Ticket:
		return s.Text
	case *permit.Live:
		return s.Text
	case *permit.Still:
		return s.Text
	case *permit.Export:
		return s.Text
	}
	return ""
}
