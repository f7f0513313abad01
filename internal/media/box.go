package media

import "encoding/binary"

// writer builds ISO base media boxes (ISO/IEC 14496-12) by appending.
type writer struct{ b []byte }

func (w *writer) u8(v ...uint8)   { w.b = append(w.b, v...) }
func (w *writer) u16(v uint16)    { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32)    { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64)    { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *writer) bytes(p []byte)  { w.b = append(w.b, p...) }
func (w *writer) zero(n int)      { w.b = append(w.b, make([]byte, n)...) }
func (w *writer) fourcc(s string) { w.b = append(w.b, s[:4]...) }

// box writes a box around what f writes.
func (w *writer) box(kind string, f func()) {
	at := len(w.b)
	w.u32(0)
	w.fourcc(kind)
	f()
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}

// full writes a box with version and flags.
func (w *writer) full(kind string, version uint8, flags uint32, f func()) {
	w.box(kind, func() {
		w.u32(uint32(version)<<24 | flags)
		f()
	})
}

// box is one parsed box: its four letters and what is inside.
type box struct {
	kind string
	body []byte
}

// next splits the first box off b. What does not fit, or is longer than b, is
// refused. A box of size 0 (to the end) is not used in fragments: refused.
func next(b []byte) (box, []byte, error) {
	if len(b) < 8 {
		return box{}, nil, bad("box header cut short")
	}
	size := uint64(binary.BigEndian.Uint32(b))
	head := uint64(8)
	if size == 1 {
		if len(b) < 16 {
			return box{}, nil, bad("box header cut short")
		}
		size, head = binary.BigEndian.Uint64(b[8:]), 16
	}
	if size < head || size > uint64(len(b)) {
		return box{}, nil, bad("box %q of %d bytes in %d", b[4:8], size, len(b))
	}
	return box{string(b[4:8]), b[head:size]}, b[size:], nil
}

// each calls f for the boxes in b, in order.
func each(b []byte, f func(box) error) error {
	for len(b) > 0 {
		x, rest, err := next(b)
		if err != nil {
			return err
		}
		if err := f(x); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// reader takes integers off a box's body; the first that is missing sets err,
// and everything after reads as zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b) {
		if r.err == nil {
			r.err = bad("box cut short")
		}
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) uint(n int) (v uint64) {
	for _, c := range r.take(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) u8() uint8   { return uint8(r.uint(1)) }
func (r *reader) u16() uint16 { return uint16(r.uint(2)) }
func (r *reader) u32() uint32 { return uint32(r.uint(4)) }

// version reads a full box's version and flags.
func (r *reader) version() (uint8, uint32) {
	v := r.u32()
	return uint8(v >> 24), v & 0xffffff
}
