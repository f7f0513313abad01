package media

import (
	"math"
	"math/bits"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// MaxFragment bounds the sample data of one fragment. A recorder flushes each
// key frame or two seconds; the bound is for a flood.
const MaxFragment = 32 << 20

const (
	startHead = 2048    // room kept in front of the data for moof, so that it need not move
	keepBuf   = 1 << 20 // a buffer above this is given back when it is mostly unused
)

// Fragmenter gathers samples into fragments (moof and mdat, ISO/IEC 14496-12
// clause 8.8) of one segment. Base decode times count from the segment's
// first sample, so that every segment begins at zero. In steady state it
// allocates nothing. The zero value is ready for [Fragmenter.Begin]. It is
// not safe for concurrent use.
type Fragmenter struct {
	tracks  []gather
	based   bool
	head    int // bytes kept in front of the first track's data
	last    int // size of the last fragment, to decide what buffer to keep
	maximum int // largest Len since the buffer was last cut down
	resets  int
}

// gather holds one track's samples of the fragment under construction.
type gather struct {
	id        int
	timescale uint32
	sound     bool
	fallback  uint32 // duration of a sample when nothing better is known
	base      int64  // DTS at the segment's zero
	buf       []byte // first track: head room, then data
	entries   []entry
	end       int64 // DTS after the last sample, if given
	ended     bool
	lastDur   uint32
}

// entry is one sample of trun.
type entry struct {
	dts  int64
	size uint32
	cts  int32
	key  bool
}

// Begin starts a segment with these tracks. What was gathered is dropped;
// buffers are kept.
func (f *Fragmenter) Begin(tracks []Track) {
	if f.head == 0 {
		f.head = startHead
	}
	if cap(f.tracks) < len(tracks) {
		grown := make([]gather, len(tracks))
		copy(grown, f.tracks)
		f.tracks = grown
	}
	f.tracks = f.tracks[:len(tracks)]
	for i := range tracks {
		t, g := &tracks[i], &f.tracks[i]
		g.id, g.timescale, g.sound, g.lastDur = t.ID, t.Timescale, t.Codec.Sound(), 0
		switch {
		case t.Codec == AAC:
			g.fallback = 1024
		case t.Codec.Sound():
			g.fallback = t.Timescale / 50
		case t.FPS > 0:
			g.fallback = uint32(float64(t.Timescale) / t.FPS)
		default:
			g.fallback = t.Timescale / 25
		}
		if cap(g.buf) == 0 {
			g.buf = make([]byte, 0, f.head)
		}
	}
	f.based = false
	f.Reset()
}

// Reset drops what was gathered and goes on in the same segment.
func (f *Fragmenter) Reset() {
	f.maximum = max(f.maximum, f.last)
	f.last = 0
	// A burst must not hold its memory for ever: every 64 fragments a buffer
	// far above what was needed since is given back.
	if f.resets++; f.resets >= 64 {
		for i := range f.tracks {
			if c := cap(f.tracks[i].buf); c > keepBuf && c > 4*f.maximum {
				f.tracks[i].buf = make([]byte, 0, f.maximum*2+f.head)
			}
		}
		f.resets, f.maximum = 0, 0
	}
	for i := range f.tracks {
		g := &f.tracks[i]
		g.entries, g.ended = g.entries[:0], false
		g.buf = g.buf[:0]
		if i == 0 {
			if cap(g.buf) < f.head {
				g.buf = make([]byte, f.head)
			}
			g.buf = g.buf[:f.head]
		}
	}
}

func (f *Fragmenter) find(id int) *gather {
	for i := range f.tracks {
		if f.tracks[i].id == id {
			return &f.tracks[i]
		}
	}
	return nil
}

// Add copies a sample in. A sample of a track that Begin did not name, one
// whose DTS is not after the last one's, and one that would pass
// [MaxFragment] are refused and change nothing.
func (f *Fragmenter) Add(s *Sample) error {
	g := f.find(s.Track)
	if g == nil {
		return fault.New(fault.Invalid, "media.track", "no track %d in this segment", s.Track)
	}
	if f.Len()+len(s.Data) > MaxFragment {
		return fault.New(fault.Exhausted, "camera.too-large", "fragment above %d bytes", MaxFragment)
	}
	if n := len(g.entries); n > 0 {
		if d := s.DTS - g.entries[n-1].dts; d <= 0 || d > math.MaxInt32 {
			return fault.New(fault.Invalid, "media.order", "track %d: DTS %d follows %d", s.Track, s.DTS, g.entries[n-1].dts)
		}
	}
	cts := s.PTS - s.DTS
	if cts < math.MinInt32 || cts > math.MaxInt32 {
		return fault.New(fault.Invalid, "media.order", "track %d: PTS %d with DTS %d", s.Track, s.PTS, s.DTS)
	}
	if !f.based {
		f.based = true
		for i := range f.tracks {
			f.tracks[i].base = rescale(s.DTS, g.timescale, f.tracks[i].timescale)
		}
	}
	g.entries = append(g.entries, entry{s.DTS, uint32(len(s.Data)), int32(cts), s.Key})
	g.buf = append(g.buf, s.Data...)
	return nil
}

// rescale turns ticks of one timescale into ticks of another.
func rescale(v int64, from, to uint32) int64 {
	if from == to {
		return v
	}
	neg := v < 0
	if neg {
		v = -v
	}
	hi, lo := bits.Mul64(uint64(v), uint64(to))
	if hi >= uint64(from) {
		return 0
	}
	q, _ := bits.Div64(hi, lo, uint64(from))
	if neg {
		return -int64(q)
	}
	return int64(q)
}

// End tells which sample will come first after this fragment, so that the
// last duration of its track is exact. Without it the duration before is
// repeated. s itself is not added.
func (f *Fragmenter) End(s *Sample) {
	if g := f.find(s.Track); g != nil {
		g.end, g.ended = s.DTS, true
	}
}

// Len is the bytes of sample data gathered.
func (f *Fragmenter) Len() int {
	n := -f.head
	for i := range f.tracks {
		n += len(f.tracks[i].buf)
	}
	return max(n, 0)
}

// Samples is how many samples are gathered, of all tracks.
func (f *Fragmenter) Samples() int {
	n := 0
	for i := range f.tracks {
		n += len(f.tracks[i].entries)
	}
	return n
}

// Duration is what the longest track lasts, its last sample included.
func (f *Fragmenter) Duration() time.Duration {
	var longest time.Duration
	for i := range f.tracks {
		g := &f.tracks[i]
		if n := len(g.entries); n > 0 {
			ticks := g.entries[n-1].dts + int64(g.final()) - g.entries[0].dts
			longest = max(longest, time.Duration(float64(ticks)/float64(g.timescale)*float64(time.Second)))
		}
	}
	return longest
}

// final is the duration of the last sample.
func (g *gather) final() uint32 {
	n := len(g.entries)
	if g.ended {
		if d := g.end - g.entries[n-1].dts; d > 0 && d <= math.MaxInt32 {
			return uint32(d)
		}
	}
	if n > 1 {
		return uint32(g.entries[n-1].dts - g.entries[n-2].dts)
	}
	if g.lastDur > 0 {
		return g.lastDur
	}
	return max(g.fallback, 1)
}

// AppendTo appends the fragment with this sequence number to dst. Nothing
// gathered gives dst back as it was.
func (f *Fragmenter) AppendTo(dst []byte, seq uint32) []byte { return append(dst, f.Bytes(seq)...) }
