package segment

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Sealer makes the bytes of one segment, in order. What it has made counts
// only once it is told by [Sealer.Wrote] that the bytes lie in the file: after
// a failed write the segment goes on, or ends, from where it was. Not safe for
// concurrent use.
type Sealer struct {
	Header *Header
	box    *box
	sum    hash.Cloner // of what lies in the file
	ahead  hash.Cloner // of that and of the record made last
	size   int64
	table  []Entry
	cause  string
	made   Entry // what Wrote will add
	isFoot bool
	foot   int // length of the footer once made
}

// newSum begins the hash of a file.
func newSum() (hash.Cloner, error) {
	sum, ok := sha256.New().(hash.Cloner)
	if !ok { // with GOFIPS140=v1.0.0
		return nil, errors.ErrUnsupported
	}
	return sum, nil
}

// NewSealer begins a segment and returns its header's bytes; they too count
// once written. wrap seals the segment's key under its period key.
func NewSealer(r Rules, key [32]byte, wrap func(aad []byte) ([]byte, error)) (*Sealer, []byte, error) {
	h, b, err := encodeHeader(r, key, wrap)
	if err != nil {
		return nil, nil, err
	}
	bx, err := newBox(key, h.Hash)
	if err != nil {
		return nil, nil, err
	}
	sum, err := newSum()
	if err != nil {
		return nil, nil, err
	}
	return &Sealer{Header: h, box: bx, sum: sum, table: make([]Entry, 0, 48)}, b, nil
}

// Resume goes on with a file that was scanned: its first size bytes are the
// header and the records of table.
func Resume(r io.ReaderAt, h *Header, key [32]byte, table []Entry) (*Sealer, error) {
	bx, err := newBox(key, h.Hash)
	if err != nil {
		return nil, err
	}
	sum, err := newSum()
	if err != nil {
		return nil, err
	}
	s := &Sealer{Header: h, box: bx, sum: sum, table: table, size: h.Size}
	if n := len(table); n > 0 {
		s.size = table[n-1].next()
	}
	if n, err := io.Copy(s.sum, io.NewSectionReader(r, 0, s.size)); err != nil {
		return nil, err
	} else if n != s.size {
		return nil, corrupt("the file is cut short")
	}
	return s, nil
}

// Size is the bytes written.
func (s *Sealer) Size() int64 { return s.size }

// Table is the records written. The caller does not change it; it only grows.
func (s *Sealer) Table() []Entry { return s.table }

// AppendInit appends the init record to dst.
func (s *Sealer) AppendInit(dst, plain []byte) ([]byte, error) {
	return s.append(dst, Entry{Type: Init, Arrival: s.Header.Start}, plain)
}

// AppendFragment appends a fragment. arrival is that of its first picture, in
// microseconds; it does not fall.
func (s *Sealer) AppendFragment(dst []byte, key bool, pictures int, arrival, media int64, d time.Duration, plain []byte) ([]byte, error) {
	e := Entry{Type: Fragment, Pictures: uint32(pictures), Arrival: arrival, Media: media}
	e.Duration = uint32(min(max(d.Microseconds(), 1), 1<<32-1))
	if key {
		e.Flags = FlagKey
	}
	return s.append(dst, e, plain)
}

func (s *Sealer) append(dst []byte, e Entry, plain []byte) ([]byte, error) {
	e.number, e.Offset, e.Plain = uint32(len(s.table)), s.size, uint32(len(plain))
	if len(plain) > MaxPlain || len(s.table) >= maxRecords {
		return nil, fault.New(fault.Exhausted, "camera.too-large", "a fragment of %d bytes", len(plain))
	}
	if n := len(s.table); n > 0 && e.Arrival < s.table[n-1].Arrival {
		return nil, fault.New(fault.Internal, "", "a record arrived before the one before it")
	}
	if err := e.check(&s.Header.Rules); err != nil {
		return nil, err
	}
	ahead, err := s.sum.Clone()
	if err != nil {
		return nil, err
	}
	out := s.box.appendRecord(dst, &e, plain, ahead)
	s.made, s.ahead, s.isFoot = e, ahead, false
	return out, nil
}

// AppendFooter appends footer and trailer, which end the file and the sealer:
// if writing them fails, what lies in the file is scanned and resumed.
func (s *Sealer) AppendFooter(dst []byte, cause string) []byte {
	start := len(dst)
	f := Footer{Cause: cause, Table: s.table}
	dst = f.encode(dst)
	dst = append(dst, s.box.footTag(dst[start:], s.Header.Hash)...)
	s.foot = len(dst) - start
	size := s.size + int64(s.foot) + TrailerSize
	s.sum.Write(dst[start:])
	tail := trailer(s.sum.Sum(nil), s.foot, size)
	s.sum.Write(tail)
	s.cause, s.isFoot, s.size = f.Cause, true, size
	return append(dst, tail...)
}

// Wrote says that b, made by the last call or the header, lies in the file.
func (s *Sealer) Wrote(b []byte) {
	if s.isFoot {
		return // hashed while it was made: nothing comes after it
	}
	s.size += int64(len(b))
	if s.made.Plain == 0 { // the header
		s.sum.Write(b)
		return
	}
	s.sum = s.ahead
	s.table = append(s.table, s.made)
	s.made, s.ahead = Entry{}, nil
}

// SHA256 is the file's hash so far; after AppendFooter, that of the closed file.
func (s *Sealer) SHA256() (sum [32]byte) {
	s.sum.Sum(sum[:0])
	return sum
}

// Totals are what the footer says, or will say, of the records written.
func (s *Sealer) Totals() Footer {
	f := Footer{Cause: s.cause, Table: s.table}
	f.sum()
	return f
}

// Scan reads the records of a file that is not closed, from its header to the
// first record that is cut short, damaged or does not open. o may be nil, then
// tags are not checked. A file that cannot be read is an error, a torn one is
// not.
func Scan(r io.ReaderAt, size int64, h *Header, o *Opener) ([]Entry, error) {
	var table []Entry
	var head [RecordSize]byte
	var buf []byte
	at, arrival := h.Size, h.Start
	for at+RecordSize <= size && len(table) < maxRecords {
		if err := readFull(r, head[:], at); err != nil {
			return nil, err
		}
		e, err := decodeRecord(head[:], uint32(len(table)), at, &h.Rules)
		if err != nil || e.next() > size || e.Arrival < arrival {
			break
		}
		if o != nil {
			if n := RecordSize + e.Stored(); int64(cap(buf)) < n {
				buf = make([]byte, n)
			}
			_, err := o.Read(r, e, buf)
			if IsCorrupt(err) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		table = append(table, e)
		at, arrival = e.next(), e.Arrival
	}
	return table, nil //nolint:nilerr // a record that cannot be read is where the table ends
}
