package camera

import (
	"encoding/binary"
	"sync"
	"time"

	"vidne.dk/vidne/internal/media"
)

// picture is one access unit, put together.
type picture struct {
	data    []byte // length-prefixed NAL units; valid until the next packet
	ts      uint32
	arrival time.Time
	mono    time.Duration
	key     bool
	// Parameter sets and first slice, inside data; nil if not there.
	vps, sps, pps, slice []byte
}

// assembler puts RTP packets of one picture track together (RFC 6184 non-
// interleaved mode, RFC 7798 without decoding order numbers). It holds at
// most [MaxPicture] and never reads past a packet, whatever the packet says.
type assembler struct {
	codec media.Codec
	kind  uint8 // payload type; others are ignored
	emit  func(*picture) error
	// broken is told that something was lost; it comes once per picture.
	broken func(key, detail string)

	buf     []byte
	lent    *[]byte // where buf came from
	nal     int     // offset of the open fragment's length, -1 if none
	open    bool
	ts      uint32
	arrival time.Time
	mono    time.Duration
	bad     bool // the picture under way will be dropped
	vcl     bool
	key     bool
	offs    [4]span // vps, sps, pps, slice

	ssrc    uint32
	seq     uint16
	started bool

	// Marker habits: learned from the first pictures, then relied on to pass
	// a picture on when its last packet is here instead of one picture later.
	learned    int
	markerOK   bool
	markerLast bool // the last packet of the picture under way had it
	markerMid  bool
	doneTS     uint32
	done       bool

	pic picture
}

type span struct{ from, to int }

// learnPictures is how many pictures a camera's marker habits are watched.
const learnPictures = 3

// keepBuf is the largest picture buffer that is kept for the next picture.
const keepBuf = 1 << 20

// pictures are the buffers in which pictures are put together, shared for the
// same reason as [buffers].
var pictures = sync.Pool{New: func() any { return new([]byte) }} //nolint:gochecknoglobals // a free list, no state

func newAssembler(codec media.Codec, kind uint8, emit func(*picture) error, broken func(key, detail string)) *assembler {
	return &assembler{codec: codec, kind: kind, emit: emit, broken: broken, nal: -1, markerOK: true}
}

// packet takes one RTP packet (RFC 3550 clause 5.1). Only emit's errors come back.
func (a *assembler) packet(b []byte, now time.Time, mono time.Duration) error {
	if len(b) < 12 || b[0]>>6 != 2 || b[1]&0x7f != a.kind {
		return nil
	}
	marker := b[1]&0x80 != 0
	seq := binary.BigEndian.Uint16(b[2:])
	ts := binary.BigEndian.Uint32(b[4:])
	ssrc := binary.BigEndian.Uint32(b[8:])
	head := 12 + int(b[0]&15)*4
	if b[0]&0x10 != 0 {
		if len(b) < head+4 {
			return nil
		}
		head += 4 + int(binary.BigEndian.Uint16(b[head+2:]))*4
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		end -= int(b[end-1])
	}
	if head > end {
		return nil
	}
	p := b[head:end]

	gap := false
	switch {
	case !a.started:
	case ssrc != a.ssrc:
		gap = true
		a.drop("camera.stream", "the camera began a new stream inside the session")
		a.open, a.done = false, false
	case seq != a.seq+1:
		if d := seq - a.seq; d == 0 || d > 0xfe00 {
			return nil // doubled or far too late: already dealt with
		}
		gap = true
		a.drop("camera.stream", "packets are missing")
	}
	a.started, a.ssrc, a.seq = true, ssrc, seq

	if a.open && ts != a.ts {
		if err := a.finish(); err != nil {
			return err
		}
	}
	if !a.open {
		if a.done && ts == a.doneTS && len(p) > 0 {
			// More of a picture that its marker said was whole: this camera's
			// markers mean something else.
			a.markerOK = false
			if !gap {
				a.drop("camera.stream", "marker inside a picture")
			}
			gap = true
		}
		a.begin(ts, now, mono)
	}
	if gap {
		a.bad = true
	}
	if len(p) > 0 && !a.bad {
		if a.codec == media.H264 {
			a.h264(p)
		} else {
			a.h265(p)
		}
	}
	if a.markerLast {
		a.markerMid = true
	}
	a.markerLast = marker
	if marker && a.markerOK && a.learned >= learnPictures {
		return a.finish()
	}
	return nil
}

// begin starts a picture. Parameter sets and SEI that came with a timestamp of
// their own stay in front of it.
func (a *assembler) begin(ts uint32, now time.Time, mono time.Duration) {
	a.open, a.ts, a.arrival, a.mono = true, ts, now, mono
	a.bad, a.markerLast, a.markerMid = false, false, false
	a.nal = -1
	if a.lent == nil {
		a.lent, _ = pictures.Get().(*[]byte)
		a.buf = *a.lent
	}
}

// clear forgets the picture under way.
func (a *assembler) clear() {
	if a.lent != nil && cap(a.buf) <= keepBuf { // a single huge picture must not hold its memory for ever
		*a.lent = a.buf[:0]
		pictures.Put(a.lent)
	}
	a.buf, a.lent, a.nal = nil, nil, -1
	a.vcl, a.key, a.offs = false, false, [4]span{}
}

// drop marks the picture under way as lost and says why.
func (a *assembler) drop(key, detail string) {
	if !a.bad || !a.open {
		a.broken(key, detail)
	}
	a.bad = true
	a.clear()
}

// finish ends the picture under way.
func (a *assembler) finish() error {
	a.open, a.done, a.doneTS = false, true, a.ts
	if a.learned < learnPictures && !a.bad {
		a.learned++
		if a.markerMid || !a.markerLast {
			a.markerOK = false
		}
	}
	if a.nal >= 0 && !a.bad {
		a.drop("camera.stream", "a fragment has no end")
	}
	if a.bad {
		a.clear()
		return nil
	}
	if !a.vcl {
		if len(a.buf) > 64<<10 {
			a.drop("camera.stream", "64 KiB without a picture")
		}
		return nil // kept in front of the next picture
	}
	p := &a.pic
	*p = picture{data: a.buf, ts: a.ts, arrival: a.arrival, mono: a.mono, key: a.key}
	for i, dst := range [4]*[]byte{&p.vps, &p.sps, &p.pps, &p.slice} {
		if s := a.offs[i]; s.to > s.from {
			*dst = a.buf[s.from:s.to]
		}
	}
	err := a.emit(p)
	a.clear()
	return err
}

// room checks that n more bytes fit.
func (a *assembler) room(n int) bool {
	if len(a.buf)+n > MaxPicture {
		a.drop("camera.too-large", "a picture above 8 MiB")
		return false
	}
	return true
}

// whole adds one NAL unit.
func (a *assembler) whole(p []byte) {
	if len(p) == 0 || !a.room(4+len(p)) {
		return
	}
	if a.nal >= 0 {
		a.drop("camera.stream", "a fragment has no end")
		return
	}
	a.buf = binary.BigEndian.AppendUint32(a.buf, uint32(len(p)))
	a.buf = append(a.buf, p...)
	a.note(len(a.buf)-len(p), len(a.buf))
}

// aggregate adds the NAL units of STAP-A or AP.
func (a *assembler) aggregate(p []byte) {
	for len(p) > 0 && !a.bad {
		if len(p) < 2 {
			a.drop("camera.stream", "an aggregate is cut short")
			return
		}
		n := int(binary.BigEndian.Uint16(p))
		if n == 0 || n > len(p)-2 {
			a.drop("camera.stream", "lengths in an aggregate do not add up")
			return
		}
		a.whole(p[2 : 2+n])
		p = p[2+n:]
	}
}

// fragment adds a part of a NAL unit; head is the unit's own header.
func (a *assembler) fragment(fu byte, p []byte, head ...byte) {
	if !a.room(4 + len(head) + len(p)) {
		return
	}
	switch first := fu&0x80 != 0; {
	case first && a.nal >= 0:
		a.drop("camera.stream", "a fragment begins inside another")
		return
	case !first && a.nal < 0 && !a.done:
		// A session may begin in the middle of a picture: that is no fault.
		a.bad = true
		a.clear()
		return
	case !first && a.nal < 0:
		a.drop("camera.stream", "a fragment has no beginning")
		return
	case first:
		a.nal = len(a.buf)
		a.buf = append(a.buf, 0, 0, 0, 0)
		a.buf = append(a.buf, head...)
	}
	a.buf = append(a.buf, p...)
	if fu&0x40 != 0 {
		from := a.nal + 4
		binary.BigEndian.PutUint32(a.buf[a.nal:], uint32(len(a.buf)-from))
		a.nal = -1
		a.note(from, len(a.buf))
	}
}

func (a *assembler) h264(p []byte) {
	switch t := p[0] & 0x1f; {
	case t >= 1 && t <= 23:
		a.whole(p)
	case t == 24: // STAP-A
		a.aggregate(p[1:])
	case t == 28: // FU-A
		if len(p) < 2 {
			a.drop("camera.stream", "a fragment is cut short")
			return
		}
		a.fragment(p[1], p[2:], p[0]&0xe0|p[1]&0x1f)
	case t == 0:
		a.drop("camera.stream", "NAL unit of type 0")
	default:
		a.drop("camera.stream", "interleaved packets, which no camera was asked for")
	}
}

func (a *assembler) h265(p []byte) {
	if len(p) < 3 {
		a.drop("camera.stream", "a packet is cut short")
		return
	}
	switch t := p[0] >> 1 & 0x3f; {
	case t < 48:
		a.whole(p)
	case t == 48: // AP
		a.aggregate(p[2:])
	case t == 49: // FU
		a.fragment(p[2], p[3:], p[0]&0x81|p[2]&0x3f<<1, p[1])
	default:
		a.drop("camera.stream", "a packet type that no camera was asked for")
	}
}

// note remembers what matters of the NAL unit in buf[from:to].
func (a *assembler) note(from, to int) {
	put := func(i int) {
		if a.offs[i].to == 0 {
			a.offs[i] = span{from, to}
		}
	}
	b := a.buf[from]
	if a.codec == media.H264 {
		switch t := b & 0x1f; {
		case t >= 1 && t <= 5:
			a.vcl = true
			a.key = a.key || t == 5
			put(3)
		case t == 7:
			put(1)
		case t == 8:
			put(2)
		}
		return
	}
	switch t := b >> 1 & 0x3f; {
	case t < 32:
		a.vcl = true
		a.key = a.key || t >= 16 && t <= 21 // BLA, IDR and CRA: clause 7.4.2.2
		put(3)
	case t >= 32 && t <= 34:
		put(int(t) - 32)
	}
}
