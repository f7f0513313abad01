package media

import (
	"encoding/binary"
	"math/bits"
)

// Sample flags, ISO/IEC 14496-12 clause 8.8.3.1.
const (
	flagsKey    = 0x02000000
	flagsNotKey = 0x01010000
)

// trun and tfhd flags, clauses 8.8.7 and 8.8.8.
const (
	tfhdDuration   = 0x000008
	tfhdFlags      = 0x000020
	tfhdBaseIsMoof = 0x020000

	trunOffset      = 0x001
	trunFirstFlags  = 0x004
	trunDuration    = 0x100
	trunSize        = 0x200
	trunFlags       = 0x400
	trunComposition = 0x800
)

// shape is how one track's trun is written.
type shape struct {
	tfhd, trun uint32
	duration   uint32 // default
	flags      uint32 // default
	size       int    // of the whole traf
}

func (g *gather) shape() shape {
	var s shape
	n := len(g.entries)
	if n == 0 {
		return s
	}
	final := g.final()
	s.tfhd = tfhdBaseIsMoof | tfhdFlags
	s.trun = trunOffset | trunSize
	s.duration, s.flags = final, flagsNotKey
	keys, same, composed := 0, true, false
	for i := range g.entries {
		e := &g.entries[i]
		if e.key {
			keys++
		}
		if i > 0 && uint32(e.dts-g.entries[i-1].dts) != final {
			same = false
		}
		composed = composed || e.cts != 0
	}
	if same {
		s.tfhd |= tfhdDuration
	} else {
		s.trun |= trunDuration
	}
	switch {
	case g.sound || keys == n:
		s.flags = flagsKey
	case keys == 1 && g.entries[0].key:
		s.trun |= trunFirstFlags
	case keys > 0:
		s.trun |= trunFlags
	}
	if composed {
		s.trun |= trunComposition
	}
	// traf, tfhd (with flags), tfdt, trun
	s.size = 8 + 20 + 20 + 20
	if s.tfhd&tfhdDuration != 0 {
		s.size += 4
	}
	if s.trun&trunFirstFlags != 0 {
		s.size += 4
	}
	s.size += n * 4 * bits.OnesCount32(s.trun&0xf00)
	return s
}

// Bytes is the fragment with this sequence number, or nil if nothing is
// gathered. It is valid until the next Add, Reset or Begin, and is not to be
// written to.
func (f *Fragmenter) Bytes(seq uint32) []byte {
	if f.Samples() == 0 {
		return nil
	}
	var shapes [maxTracks]shape
	moof := 8 + 16
	for i := range f.tracks {
		shapes[i] = f.tracks[i].shape()
		moof += shapes[i].size
	}
	first := &f.tracks[0]
	video := len(first.buf)
	if need := moof + 8; need > f.head {
		grown := make([]byte, need+startHead+video-f.head, need+startHead+cap(first.buf))
		copy(grown[need+startHead:], first.buf[f.head:])
		f.head, video = need+startHead, len(grown)
		first.buf = grown
	}
	for i := 1; i < len(f.tracks); i++ {
		first.buf = append(first.buf, f.tracks[i].buf...)
	}
	out := first.buf[f.head-moof-8:]
	first.buf = first.buf[:video]
	f.last = len(out)

	w := writer{b: out[:0]}
	w.u32(uint32(moof))
	w.fourcc("moof")
	w.u32(16)
	w.fourcc("mfhd")
	w.u32(0)
	w.u32(seq)
	offset := moof + 8
	for i := range f.tracks {
		g := &f.tracks[i]
		if len(g.entries) > 0 {
			g.traf(&w, &shapes[i], offset)
		}
		offset += len(g.buf)
		if i == 0 {
			offset -= f.head
		}
	}
	w.u32(uint32(len(out) - moof))
	w.fourcc("mdat")
	return out
}

func (g *gather) traf(w *writer, s *shape, offset int) {
	final := g.final()
	g.lastDur = final
	w.u32(uint32(s.size))
	w.fourcc("traf")
	at := len(w.b)
	w.u32(0)
	w.fourcc("tfhd")
	w.u32(s.tfhd)
	w.u32(uint32(g.id))
	if s.tfhd&tfhdDuration != 0 {
		w.u32(s.duration)
	}
	w.u32(s.flags)
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
	w.u32(20)
	w.fourcc("tfdt")
	w.u32(1 << 24)
	w.u64(uint64(max(g.entries[0].dts-g.base, 0)))
	at = len(w.b)
	w.u32(0)
	w.fourcc("trun")
	w.u32(1<<24 | s.trun)
	w.u32(uint32(len(g.entries)))
	w.u32(uint32(offset))
	if s.trun&trunFirstFlags != 0 {
		w.u32(flagsKey)
	}
	for i := range g.entries {
		e := &g.entries[i]
		if s.trun&trunDuration != 0 {
			if i+1 < len(g.entries) {
				w.u32(uint32(g.entries[i+1].dts - e.dts))
			} else {
				w.u32(final)
			}
		}
		w.u32(e.size)
		if s.trun&trunFlags != 0 {
			if e.key {
				w.u32(flagsKey)
			} else {
				w.u32(flagsNotKey)
			}
		}
		if s.trun&trunComposition != 0 {
			w.u32(uint32(e.cts))
		}
	}
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}
