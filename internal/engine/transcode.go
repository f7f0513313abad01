package engine

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/media"
)

const (
	// shown is how much of a transcoded picture goes out in one fragment, so
	// that the first comes soon.
	shown = 400 * time.Millisecond
	// maxBox bounds what ffmpeg may make us keep.
	maxBox = 64 << 20
	// widest is how wide a transcoded picture may be.
	widest = 1920
)

// run is pieces that one ffmpeg can take: the same tracks, no gap.
type run struct {
	base   time.Time // for which time zero of the run stands
	tracks []media.Track
	frag   media.Fragmenter
	seg    *part
	first  time.Time // base of the first piece's part, before rebasing
	shift  int64     // added to decode times of this segment
	last   int64     // last decode time fed
	begun  bool
	end    time.Time
	sparse bool // key frames alone
}

// transcode sends the run that begins with p as H.264, and returns the piece
// that begins the next. Where there is no room to make every picture anew, the
// key frames are: fewer pictures, of every camera that is looked at, and the
// cover is painted all the same.
func (s *sender) transcode(ctx context.Context, p *piece) (next *piece, err error) {
	if !s.sparse && !s.src.keys {
		if next, err = s.transcodeAll(ctx, p, false); fault.Key(err) != "ffmpeg.busy" {
			return next, err
		}
		s.sparse = true // to the end of what was asked for: pictures that come and go are worse
	}
	return s.transcodeAll(ctx, p, true)
}

func (s *sender) transcodeAll(ctx context.Context, p *piece, sparse bool) (next *piece, err error) {
	in, feed := io.Pipe()
	made, out := io.Pipe()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{tracks: []media.Track{*p.part.video}, first: p.part.base, sparse: sparse}
	begun := make(chan time.Time, 1)
	fed := make(chan struct{})
	var fedErr error
	go func() {
		defer close(fed)
		next, fedErr = r.feed(ctx, s.src, p, feed, begun)
		_ = feed.Close()
	}()
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = out.CloseWithError(s.v.e.fence.Transcode(ctx, in, out, fence.TranscodeOptions{
			Mask: s.v.mask(), Overlay: s.v.overlay(), MaxWidth: widest, MaxHeight: s.lines, Sparse: sparse}))
	}()
	err = s.made(ctx, made, begun, func() time.Time {
		<-fed
		return r.end
	})
	if err != nil {
		cancel(err)
	}
	_ = made.CloseWithError(io.ErrClosedPipe)
	_ = in.Close()
	<-fed
	<-ran
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, cause(ctx, err)
	case fedErr != nil:
		return nil, fedErr
	}
	return next, nil
}

// feed writes pieces to ffmpeg until one does not fit the run; that one is
// returned. The error is io.EOF at the end of the footage.
func (r *run) feed(ctx context.Context, src *footage, p *piece, w io.Writer, begun chan<- time.Time) (*piece, error) {
	initial, err := media.Init(r.tracks)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(initial); err != nil {
		return nil, err
	}
	r.frag.Begin(r.tracks)
	for {
		b, err := r.take(p)
		if err != nil {
			return nil, err
		}
		if !r.begun && len(b) > 0 {
			r.begun = true
			begun <- r.base
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
		r.end = p.end
		if p, err = src.next(ctx); err != nil {
			return nil, err
		}
		if p.part != r.seg && !media.Same(r.tracks, []media.Track{*p.part.video}) || p.start.Sub(r.end) >= gapLeast {
			return p, nil
		}
	}
}

// take puts a piece's pictures on the run's axis of time.
func (r *run) take(p *piece) ([]byte, error) {
	scale := int64(r.tracks[0].Timescale)
	id := p.part.video.ID
	r.frag.Reset()
	for _, s := range p.samples {
		if s.Track != id || r.sparse && !s.Key {
			continue
		}
		s.Track = r.tracks[0].ID
		if p.part != r.seg {
			r.seg = p.part
			r.shift = int64(p.part.base.Sub(r.first).Seconds() * float64(scale))
			if r.begun && s.DTS+r.shift <= r.last { // arrival jitters; order does not
				r.shift = r.last + scale/30 - s.DTS
			}
		}
		if r.base.IsZero() {
			r.base = p.part.base.Add(ticks(s.DTS, uint32(scale)))
		}
		s.DTS, s.PTS = s.DTS+r.shift, s.PTS+r.shift
		r.last = s.DTS
		if err := r.frag.Add(&s); err != nil {
			return nil, err
		}
	}
	return r.frag.Bytes(1), nil
}

// made sends what ffmpeg makes of a run that ends when ended says, once it is
// fed.
func (s *sender) made(ctx context.Context, from io.Reader, begun <-chan time.Time, ended func() time.Time) error {
	in := bufio.NewReaderSize(from, 256<<10)
	initial, err := boxes(in, "moov")
	if err != nil {
		return err
	}
	tracks, err := media.ParseInit(initial)
	if err != nil || len(tracks) != 1 {
		return fault.New(fault.Corrupt, "ffmpeg.failed", "transcoded footage is not as expected: %v", err)
	}
	var base time.Time
	select {
	case base = <-begun:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	t := &tracks[0]
	g := grouped{s: s, tracks: tracks, base: base}
	g.frag.Begin(tracks)
	for {
		b, err := boxes(in, "mdat")
		if err != nil {
			if errors.Is(err, io.EOF) {
				if s.sparse || s.src.keys { // the last picture stands until there
					g.until(ended())
				}
				err = g.flush(ctx, nil)
			}
			return err
		}
		var samples []media.Sample
		if err := media.ParseFragment(b, func(m media.Sample) { samples = append(samples, m) }); err != nil {
			return err
		}
		for i := range samples {
			m := &samples[i]
			if g.count > 0 && (m.Key || ticks(m.PTS-g.first, t.Timescale) >= shown) {
				if err := g.flush(ctx, m); err != nil {
					return err
				}
			}
			if err := g.add(m); err != nil {
				return err
			}
		}
	}
}

// grouped gathers transcoded pictures into fragments.
type grouped struct {
	s      *sender
	tracks []media.Track
	frag   media.Fragmenter
	base   time.Time // of time zero of what ffmpeg made
	zero   int64     // of the first picture: where the fragments' own time begins
	based  bool
	count  int
	first  int64
	last   int64
	key    bool
	sent   bool  // the init section has gone out
	end    int64 // of the last picture, 0: not known
}

// until says when the last picture ends.
func (g *grouped) until(t time.Time) {
	scale := g.tracks[0].Timescale
	if end := int64(t.Sub(g.base).Seconds() * float64(scale)); g.count > 0 && end > g.last {
		g.end = end
		g.frag.End(&media.Sample{Track: g.tracks[0].ID, DTS: end})
	}
}

func (g *grouped) add(m *media.Sample) error {
	if !g.based {
		g.based, g.zero = true, m.DTS
	}
	if g.count == 0 {
		g.first, g.key = m.PTS, m.Key
	}
	g.count++
	g.last = m.PTS
	return g.frag.Add(m)
}

// flush sends what is gathered; next is the picture that follows, nil at the end.
func (g *grouped) flush(ctx context.Context, next *media.Sample) error {
	if g.count == 0 {
		return nil
	}
	t := &g.tracks[0]
	end := max(g.end, g.last+int64(t.Timescale)/15)
	if next != nil {
		g.frag.End(next)
		end = next.PTS
	}
	h := engineapi.FragmentHeader{Kind: engineapi.FrameFragment, Key: g.key, Transcoded: true, Masked: g.s.v.body.Masked,
		Start: g.base.Add(ticks(g.first, t.Timescale)), End: g.base.Add(ticks(end, t.Timescale))}
	if !g.sent {
		g.sent = true
		initial, err := media.Init(g.tracks)
		if err != nil {
			return err
		}
		i := h
		i.Kind, i.Key, i.Base, i.Codec = engineapi.FrameInit, false, g.base.Add(ticks(g.zero, t.Timescale)), codecs(g.tracks)
		i.Width, i.Height, i.Text, i.Sparse = t.Width, t.Height, textOf(g.s.v.st), g.s.sparse
		if err := g.s.frame(ctx, &engineapi.Frame{FragmentHeader: i, Data: initial}); err != nil {
			return err
		}
	}
	if err := g.s.frame(ctx, &engineapi.Frame{FragmentHeader: h, Data: g.frag.Bytes(1)}); err != nil {
		return err
	}
	g.frag.Reset()
	g.count = 0
	return nil
}

// boxes reads whole boxes up to and with the one named.
func boxes(r *bufio.Reader, last string) ([]byte, error) {
	var out []byte
	for {
		head, err := r.Peek(8)
		if err != nil {
			if errors.Is(err, io.EOF) && len(head) == 0 && len(out) == 0 {
				return nil, io.EOF
			}
			return nil, err
		}
		size := int(binary.BigEndian.Uint32(head))
		kind := string(head[4:8])
		if size < 8 || size > maxBox || len(out)+size > maxBox {
			return nil, fault.New(fault.Corrupt, "ffmpeg.failed", "a box of %d bytes", size)
		}
		at := len(out)
		out = append(out, make([]byte, size)...)
		if _, err := io.ReadFull(r, out[at:]); err != nil {
			return nil, err
		}
		if kind == "mfra" { // ffmpeg's index at the end: nobody needs it
			out = out[:at]
			continue
		}
		if kind == last {
			return out, nil
		}
	}
}
