package testcam

import (
	"encoding/binary"

	"github.com/pion/rtp"

	"vidne.dk/vidne/internal/media"
)

// Marker says where a camera sets the RTP marker bit.
type Marker int

const (
	MarkerLast  Marker = iota // on the last packet of a picture, as RFC 6184 says
	MarkerNever               // as some cameras do
	MarkerEach                // on the last packet of each NAL unit, as others do
)

// packetiser cuts access units into RTP packets (RFC 6184, RFC 7798).
type packetiser struct {
	codec     media.Codec
	kind      uint8 // payload type
	size      int   // largest payload
	seq       uint16
	marker    Marker
	aggregate bool // parameter sets and SEI in one packet
}

// packets cuts one access unit.
func (p *packetiser) packets(nals [][]byte, ts uint32) []*rtp.Packet {
	var out []*rtp.Packet
	add := func(last bool, parts ...[]byte) {
		n := 0
		for _, b := range parts {
			n += len(b)
		}
		payload := make([]byte, 0, n)
		for _, b := range parts {
			payload = append(payload, b...)
		}
		out = append(out, &rtp.Packet{
			Header:  rtp.Header{Version: 2, PayloadType: p.kind, SequenceNumber: p.seq, Timestamp: ts, Marker: last},
			Payload: payload,
		})
		p.seq++
	}
	if p.aggregate {
		nals = p.bundle(nals, add)
	}
	for i, nal := range nals {
		last := p.marker == MarkerEach || p.marker == MarkerLast && i == len(nals)-1
		if len(nal) <= p.size {
			add(last, nal)
			continue
		}
		head := 1 // bytes of NAL header, kept in the fragments' own
		if p.codec == media.H265 {
			head = 2
		}
		rest := nal[head:]
		for first := true; len(rest) > 0; first = false {
			n := min(len(rest), p.size-3)
			end := n == len(rest)
			add(last && end, p.fragment(nal, first, end), rest[:n])
			rest = rest[n:]
		}
	}
	return out
}

// fragment is the header of an FU-A (H.264) or FU (H.265).
func (p *packetiser) fragment(nal []byte, first, end bool) []byte {
	var bits byte
	if first {
		bits |= 0x80
	}
	if end {
		bits |= 0x40
	}
	if p.codec == media.H264 {
		return []byte{nal[0]&0xe0 | 28, bits | nal[0]&0x1f}
	}
	return []byte{nal[0]&0x81 | 49<<1, nal[1], bits | nal[0]>>1&0x3f}
}

// bundle sends the small NAL units at the front as one STAP-A or AP and
// returns the others.
func (p *packetiser) bundle(nals [][]byte, add func(bool, ...[]byte)) [][]byte {
	n, size := 0, 2
	for n < len(nals)-1 && size+2+len(nals[n]) <= p.size {
		size += 2 + len(nals[n])
		n++
	}
	if n < 2 {
		return nals
	}
	parts := [][]byte{{24 | 0x60}}
	if p.codec == media.H265 {
		parts = [][]byte{{48 << 1, 1}}
	}
	for _, nal := range nals[:n] {
		parts = append(parts, binary.BigEndian.AppendUint16(nil, uint16(len(nal))), nal)
	}
	add(p.marker == MarkerEach, parts...)
	return nals[n:]
}
