package keys

import (
	"encoding/binary"
	"hash/crc32"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// The file is pages of 4096 bytes in pairs: the first of a pair holds copy A
// of sixteen slots, the second copy B, so that no write touches both. The
// first pair holds the header in place of slots.
const (
	pageSize = 4096
	slotSize = 256
	perPage  = pageSize / slotSize

	slotMagic   = "VKS1"
	headerMagic = "VKH1"
	maxName     = 64
)

// State of a slot.
const (
	stateFree   = 0
	statePeriod = 1
	stateHold   = 2
)

// slot is one record as it lies in the file.
type slot struct {
	state   byte
	gen     uint64 // rises with each write of this slot; the higher copy counts
	root    uint32 // which root key wraps it
	period  Period // statePeriod
	hold    permit.ID
	wrapped [WrappedSize]byte
}

// offset of a slot's copy, 0 for A and 1 for B.
func offset(n, copyNo int) int64 {
	return int64(2+2*(n/perPage)+copyNo)*pageSize + int64(n%perPage)*slotSize
}

func (s *slot) name() string {
	if s.state == stateHold {
		return string(s.hold)
	}
	return s.period.Camera
}

// aad binds a wrapped key to what it is for and to this store.
func (s *slot) aad(store [16]byte) []byte {
	b := append([]byte("vidne key slot v1\n"), store[:]...)
	b = append(b, s.state)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.period.Hour))
	b = append(b, byte(len(s.period.Class)))
	b = append(b, s.period.Class...)
	return append(b, s.name()...)
}

// encode writes slot number n in its 256 bytes:
//
//	0 magic, 4 state, 5 length of class, 6 length of name, 7 zero,
//	8 generation, 16 root, 20 slot number, 24 hour, 32 class (16),
//	48 name (64), 112 wrapped key (60), 172 zeros, 252 CRC-32C of what is before.
func (s *slot) encode(n int) []byte {
	b := make([]byte, slotSize)
	copy(b, slotMagic)
	b[4] = s.state
	binary.LittleEndian.PutUint64(b[8:], s.gen)
	binary.LittleEndian.PutUint32(b[20:], uint32(n))
	if s.state != stateFree {
		b[5] = byte(len(s.period.Class))
		b[6] = byte(len(s.name()))
		binary.LittleEndian.PutUint32(b[16:], s.root)
		binary.LittleEndian.PutUint64(b[24:], uint64(s.period.Hour))
		copy(b[32:48], s.period.Class)
		copy(b[48:112], s.name())
		copy(b[112:172], s.wrapped[:])
	}
	binary.LittleEndian.PutUint32(b[252:], crc32.Checksum(b[:252], castagnoli))
	return b
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// decodeSlot reads a record of slot n. All zeros is a slot that was never
// written. What does not encode to the same bytes again is refused.
func decodeSlot(b []byte, n int) (slot, bool) {
	var s slot
	if len(b) != slotSize {
		return s, false
	}
	if allZero(b) {
		return s, true
	}
	if string(b[:4]) != slotMagic || binary.LittleEndian.Uint32(b[252:]) != crc32.Checksum(b[:252], castagnoli) {
		return s, false
	}
	s.state, s.gen = b[4], binary.LittleEndian.Uint64(b[8:])
	class, name := int(b[5]), int(b[6])
	if s.state > stateHold || class > 16 || name > maxName || s.gen == 0 {
		return slot{}, false
	}
	if s.state != stateFree {
		s.root = binary.LittleEndian.Uint32(b[16:])
		s.period.Hour = int64(binary.LittleEndian.Uint64(b[24:]))
		s.period.Class = permit.Class(b[32 : 32+class])
		if s.state == stateHold {
			s.hold = permit.ID(b[48 : 48+name])
		} else {
			s.period.Camera = string(b[48 : 48+name])
		}
		copy(s.wrapped[:], b[112:172])
	}
	if string(s.encode(n)) != string(b) {
		return slot{}, false
	}
	return s, true
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func checkName(name string) error {
	if name == "" || len(name) > maxName || strings.ContainsRune(name, 0) {
		return fault.New(fault.Invalid, "key.name", "a name of %d bytes, 1 to %d can be kept", len(name), maxName)
	}
	return nil
}

// header is what the first pair of pages holds, twice. The master key wraps
// one root key, or two while a rotation runs; root keys wrap the slots.
type header struct {
	gen   uint64
	store [16]byte
	roots []root // the last is for new slots
}

type root struct {
	id      uint32
	wrapped [WrappedSize]byte
}

func rootAAD(store [16]byte, id uint32) []byte {
	b := append([]byte("vidne root key v1\n"), store[:]...)
	return binary.LittleEndian.AppendUint32(b, id)
}

// encode writes the header in 256 bytes:
//
//	0 magic, 4 number of roots, 8 generation, 16 store id (16),
//	32 root: id (4), wrapped key (60); 96 second root or zeros,
//	160 zeros, 252 CRC-32C of what is before.
func (h *header) encode() []byte {
	b := make([]byte, slotSize)
	copy(b, headerMagic)
	b[4] = byte(len(h.roots))
	binary.LittleEndian.PutUint64(b[8:], h.gen)
	copy(b[16:32], h.store[:])
	for i, r := range h.roots {
		binary.LittleEndian.PutUint32(b[32+64*i:], r.id)
		copy(b[36+64*i:], r.wrapped[:])
	}
	binary.LittleEndian.PutUint32(b[252:], crc32.Checksum(b[:252], castagnoli))
	return b
}

func decodeHeader(b []byte) (header, bool) {
	var h header
	if len(b) < slotSize || string(b[:4]) != headerMagic ||
		binary.LittleEndian.Uint32(b[252:]) != crc32.Checksum(b[:252], castagnoli) {
		return h, false
	}
	h.gen = binary.LittleEndian.Uint64(b[8:])
	copy(h.store[:], b[16:32])
	n := int(b[4])
	if n < 1 || n > 2 {
		return header{}, false
	}
	for i := range n {
		r := root{id: binary.LittleEndian.Uint32(b[32+64*i:])}
		copy(r.wrapped[:], b[36+64*i:96+64*i])
		h.roots = append(h.roots, r)
	}
	if string(h.encode()) != string(b[:slotSize]) {
		return header{}, false
	}
	return h, true
}
