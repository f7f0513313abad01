package segment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"vidne.dk/vidne/internal/fault"
)

// ErrOpen says that a file is not closed: it is being written, or a crash left it.
var ErrOpen = errors.New("the segment is not closed")

// Footer is what a closed file says at its end.
type Footer struct {
	End      int64 // latest arrival and duration
	Pictures uint64
	Plain    uint64
	Stored   uint64
	Cause    string
	Table    []Entry
	Offset   int64 // where the footer begins
	Size     int64 // of the file

	raw  []byte // without tag
	tag  [tagSize]byte
	tail [TrailerSize]byte
}

// sum fills the totals from the table.
func (f *Footer) sum() {
	f.End, f.Pictures, f.Plain, f.Stored = 0, 0, 0, 0
	for i := range f.Table {
		e := &f.Table[i]
		f.End = max(f.End, e.End())
		f.Pictures += uint64(e.Pictures)
		f.Plain += uint64(e.Plain)
		f.Stored += uint64(RecordSize + e.Stored())
	}
}

func isCause(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && c != '.' && c != '-' {
			return false
		}
	}
	return len(s) <= maxCause
}

// encode makes the footer without its tag.
func (f *Footer) encode(dst []byte) []byte {
	f.sum()
	cause := f.Cause
	if !isCause(cause) {
		cause = "unknown"
	}
	dst = append(dst, footMagic...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(footBody+len(cause)+entrySize*len(f.Table)))
	dst = binary.BigEndian.AppendUint64(dst, uint64(f.End))
	dst = binary.BigEndian.AppendUint64(dst, f.Pictures)
	dst = binary.BigEndian.AppendUint64(dst, f.Plain)
	dst = binary.BigEndian.AppendUint64(dst, f.Stored)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(cause)))
	dst = append(dst, cause...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.Table)))
	for i := range f.Table {
		e := &f.Table[i]
		dst = append(dst, e.Type, e.Flags, 0, 0)
		dst = binary.BigEndian.AppendUint32(dst, e.Pictures)
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.Offset))
		dst = binary.BigEndian.AppendUint32(dst, e.Plain)
		dst = binary.BigEndian.AppendUint32(dst, e.Duration)
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.Arrival))
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.Media))
	}
	return dst
}

// decodeFooter reads a footer with its tag that begins at offset of a file
// whose header is h: all is as it must be without a key.
func decodeFooter(b []byte, offset int64, h *Header) (*Footer, error) {
	if len(b) < footFixed+footBody || string(b[:8]) != footMagic ||
		int64(binary.BigEndian.Uint32(b[8:])) != int64(len(b)-footFixed) {
		return nil, corrupt("no footer at %d", offset)
	}
	f := &Footer{Offset: offset, raw: b[:len(b)-tagSize]}
	copy(f.tag[:], b[len(b)-tagSize:])
	body := b[12 : len(b)-tagSize]
	c := int(binary.BigEndian.Uint16(body[32:]))
	if c > maxCause || len(body) < footBody+c {
		return nil, corrupt("a cause of %d bytes", c)
	}
	f.Cause = string(body[34 : 34+c])
	n := int64(binary.BigEndian.Uint32(body[34+c:]))
	table := body[footBody+c:]
	if n > maxRecords || n*entrySize != int64(len(table)) || !isCause(f.Cause) {
		return nil, corrupt("a table of %d records in %d bytes", n, len(table))
	}
	f.Table = make([]Entry, n)
	at, arrival := h.Size, h.Start
	for i := range f.Table {
		b := table[i*entrySize:]
		e := Entry{
			Type: b[0], Flags: b[1],
			Pictures: binary.BigEndian.Uint32(b[4:]),
			Offset:   int64(binary.BigEndian.Uint64(b[8:])),
			Plain:    binary.BigEndian.Uint32(b[16:]),
			Duration: binary.BigEndian.Uint32(b[20:]),
			Arrival:  int64(binary.BigEndian.Uint64(b[24:])),
			Media:    int64(binary.BigEndian.Uint64(b[32:])),
			number:   uint32(i),
		}
		if b[2] != 0 || b[3] != 0 || e.Offset != at || e.Arrival < arrival {
			return nil, corrupt("record %d does not follow the one before", i)
		}
		if err := e.check(&h.Rules); err != nil {
			return nil, err
		}
		at, arrival = e.next(), e.Arrival
		f.Table[i] = e
	}
	if at != offset || n == 0 {
		return nil, corrupt("records end at %d, the footer begins at %d", at, offset)
	}
	f.sum()
	if f.End != int64(binary.BigEndian.Uint64(body)) || f.Pictures != binary.BigEndian.Uint64(body[8:]) ||
		f.Plain != binary.BigEndian.Uint64(body[16:]) || f.Stored != binary.BigEndian.Uint64(body[24:]) || f.End <= h.Start {
		return nil, corrupt("the sums are wrong")
	}
	return f, nil
}

// trailer makes the last part of a file of size bytes, trailer included.
func trailer(sum []byte, footer int, size int64) []byte {
	b := make([]byte, TrailerSize)
	copy(b, sum)
	binary.BigEndian.PutUint32(b[32:], uint32(footer))
	binary.BigEndian.PutUint64(b[36:], uint64(size))
	binary.BigEndian.PutUint32(b[44:], crc(b[:44]))
	copy(b[48:], tailMagic)
	return b
}

// ReadFooter reads the end of a file of size bytes, as a rule with one read.
// A file that is not closed is [ErrOpen].
func ReadFooter(r io.ReaderAt, size int64, h *Header) (*Footer, error) {
	n := min(size, 4096)
	b := make([]byte, n)
	if err := readFull(r, b, size-n); err != nil {
		return nil, err
	}
	if n < TrailerSize || string(b[n-8:]) != tailMagic {
		return nil, ErrOpen
	}
	t := b[n-TrailerSize:]
	foot := int64(binary.BigEndian.Uint32(t[32:]))
	if crc(t[:44]) != binary.BigEndian.Uint32(t[44:]) || binary.BigEndian.Uint64(t[36:]) != uint64(size) ||
		foot < footFixed+footBody || foot > footFixed+footBody+maxCause+maxRecords*entrySize || foot > size-TrailerSize-h.Size {
		return nil, corrupt("the trailer does not fit a file of %d bytes", size)
	}
	if foot+TrailerSize > n {
		b = make([]byte, foot+TrailerSize)
		if err := readFull(r, b, size-int64(len(b))); err != nil {
			return nil, err
		}
	}
	b = b[int64(len(b))-foot-TrailerSize:]
	f, err := decodeFooter(b[:foot], size-foot-TrailerSize, h)
	if err != nil {
		return nil, err
	}
	f.Size = size
	copy(f.tail[:], b[foot:])
	return f, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return corrupt("the file is cut short")
	}
	return err
}

// Footer checks the footer's tag.
func (o *Opener) Footer(f *Footer) error {
	if !hmac.Equal(o.box.footTag(f.raw, o.h.Hash), f.tag[:]) {
		return corrupt("the footer's tag does not fit")
	}
	return nil
}

// Checked is what [Check] found.
type Checked struct {
	Header *Header
	Footer *Footer
	SHA256 [32]byte // of the whole file
}

// Check reads a closed file whole and checks all that the format says: without
// a key everything that needs none, with one every byte's tag as well. key may
// be nil; it is asked once the header is known.
func Check(r io.ReaderAt, size int64, key func(*Header) (*Opener, error)) (*Checked, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	f, err := ReadFooter(r, size, h)
	if err != nil {
		return nil, err
	}
	var o *Opener
	if key != nil {
		if o, err = key(h); err != nil {
			return nil, err
		}
		if err := o.Footer(f); err != nil {
			return nil, err
		}
	}
	sum := sha256.New()
	buf := make([]byte, h.Size)
	if err := readFull(r, buf, 0); err != nil {
		return nil, err
	}
	sum.Write(buf)
	for _, e := range f.Table {
		if n := RecordSize + e.Stored(); int64(cap(buf)) < n {
			buf = make([]byte, n)
		} else {
			buf = buf[:n]
		}
		if err := readFull(r, buf, e.Offset); err != nil {
			return nil, err
		}
		sum.Write(buf)
		got, err := decodeRecord(buf, e.number, e.Offset, &h.Rules)
		if err != nil {
			return nil, err
		}
		if got != e {
			return nil, corrupt("record %d is not what the table says", e.number)
		}
		if o != nil {
			if _, err := o.box.openRecord(&e, buf[RecordSize:]); err != nil {
				return nil, err
			}
		}
	}
	sum.Write(f.raw)
	sum.Write(f.tag[:])
	if !hmac.Equal(sum.Sum(nil), f.tail[:32]) {
		return nil, corrupt("the file's own hash does not fit")
	}
	sum.Write(f.tail[:])
	c := &Checked{Header: h, Footer: f}
	sum.Sum(c.SHA256[:0])
	return c, nil
}

// IsCorrupt reports whether err says that bytes are not what they were.
func IsCorrupt(err error) bool { return fault.Is(err, fault.Corrupt) }
