package segment

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"io"

	"vidne.dk/vidne/internal/fault"
)

// Types of a record.
const (
	Init     = 1
	Fragment = 2
)

// FlagKey says that decoding can begin at the record's first picture.
const FlagKey = 1

// Entry is what a record's header and its line in the footer's table say.
type Entry struct {
	Type     uint8
	Flags    uint8
	Pictures uint32
	Plain    uint32 // bytes of plaintext
	Duration uint32 // microseconds
	Arrival  int64  // of the first picture
	Media    int64  // decode time since the segment's first picture, microseconds
	Offset   int64  // in the file
	number   uint32
}

// Key reports whether decoding can begin here.
func (e *Entry) Key() bool { return e.Flags&FlagKey != 0 }

// End is arrival and duration.
func (e *Entry) End() int64 { return e.Arrival + int64(e.Duration) }

// Stored is how many bytes the payload takes on disk.
func (e *Entry) Stored() int64 { return stored(e.Plain) }

func stored(plain uint32) int64 {
	return int64(plain) + tagSize*((int64(plain)+Chunk-1)/Chunk)
}

// next is where the record after this one begins.
func (e *Entry) next() int64 { return e.Offset + RecordSize + e.Stored() }

func (e *Entry) check(r *Rules) error {
	switch {
	case e.Plain == 0 || e.Plain > MaxPlain:
		return corrupt("record %d of %d bytes", e.number, e.Plain)
	case e.Flags&^FlagKey != 0:
		return corrupt("record %d with flags %#x", e.number, e.Flags)
	case (e.Type == Init) != (e.number == 0) || e.Type != Init && e.Type != Fragment:
		return corrupt("record %d of type %d", e.number, e.Type)
	case e.Type == Init && (e.Flags != 0 || e.Pictures != 0 || e.Duration != 0 || e.Media != 0 || e.Arrival != r.Start):
		return corrupt("an init that says more than it may")
	case e.Arrival < r.Start || e.Arrival > r.Start+hourMicros:
		return corrupt("record %d arrived at %d, the segment began at %d", e.number, e.Arrival, r.Start)
	}
	return nil
}

func (e *Entry) put(b []byte) {
	copy(b, recordMagic)
	b[4], b[5], b[6], b[7] = e.Type, e.Flags, 0, 0
	binary.BigEndian.PutUint32(b[8:], e.number)
	binary.BigEndian.PutUint32(b[12:], e.Plain)
	binary.BigEndian.PutUint32(b[16:], uint32(e.Stored()))
	binary.BigEndian.PutUint32(b[20:], e.Pictures)
	binary.BigEndian.PutUint64(b[24:], uint64(e.Media))
	binary.BigEndian.PutUint64(b[32:], uint64(e.Arrival))
	binary.BigEndian.PutUint32(b[40:], e.Duration)
	binary.BigEndian.PutUint32(b[44:], crc(b[:44]))
}

// decodeRecord reads a record's header that must have this number.
func decodeRecord(b []byte, number uint32, offset int64, r *Rules) (e Entry, err error) {
	if len(b) < RecordSize || string(b[:4]) != recordMagic {
		return e, corrupt("no record %d at %d", number, offset)
	}
	if crc(b[:44]) != binary.BigEndian.Uint32(b[44:]) {
		return e, corrupt("record %d at %d: wrong check sum", number, offset)
	}
	e = Entry{
		Type: b[4], Flags: b[5],
		number:   binary.BigEndian.Uint32(b[8:]),
		Plain:    binary.BigEndian.Uint32(b[12:]),
		Pictures: binary.BigEndian.Uint32(b[20:]),
		Media:    int64(binary.BigEndian.Uint64(b[24:])),
		Arrival:  int64(binary.BigEndian.Uint64(b[32:])),
		Duration: binary.BigEndian.Uint32(b[40:]),
		Offset:   offset,
	}
	if b[6] != 0 || b[7] != 0 || e.number != number || int64(binary.BigEndian.Uint32(b[16:])) != e.Stored() {
		return e, corrupt("record %d at %d contradicts itself", number, offset)
	}
	return e, e.check(r)
}

// box seals and opens under one segment's key. Not safe for concurrent use.
type box struct {
	aead  cipher.AEAD
	nonce [12]byte
	aad   [32 + RecordSize]byte
}

func newBox(key [32]byte, hash [32]byte) (*box, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	b := &box{aead: aead}
	copy(b.aad[:], hash[:])
	return b, nil
}

func (b *box) at(number, chunk uint32, last bool) []byte {
	binary.BigEndian.PutUint32(b.nonce[0:], number)
	binary.BigEndian.PutUint32(b.nonce[4:], chunk)
	binary.BigEndian.PutUint32(b.nonce[8:], 0)
	if last {
		b.nonce[11] = 1
	}
	return b.nonce[:]
}

// appendRecord appends the sealed record to dst. Each chunk goes to sum as soon
// as it is sealed: a moment later it has left the processor's cache.
func (b *box) appendRecord(dst []byte, e *Entry, plain []byte, sum io.Writer) []byte {
	e.Plain = uint32(len(plain))
	head := b.aad[32:]
	e.put(head)
	dst = append(dst, head...)
	_, _ = sum.Write(head) // a hash takes everything
	for i := uint32(0); len(plain) > 0; i++ {
		n := min(len(plain), Chunk)
		at := len(dst)
		dst = b.aead.Seal(dst, b.at(e.number, i, n == len(plain)), plain[:n], b.aad[:])
		_, _ = sum.Write(dst[at:])
		plain = plain[n:]
	}
	return dst
}

// openRecord opens the payload of e, in place, and returns the plaintext.
func (b *box) openRecord(e *Entry, payload []byte) ([]byte, error) {
	e.put(b.aad[32:])
	out := payload[:0]
	for i := uint32(0); len(payload) > 0; i++ {
		n := min(len(payload), Chunk+tagSize)
		plain, err := b.aead.Open(payload[:0], b.at(e.number, i, n == len(payload)), payload[:n], b.aad[:])
		if err != nil {
			return nil, corrupt("record %d, chunk %d: its tag does not fit", e.number, i)
		}
		out = append(out, plain...) // moves it up over the tags before
		payload = payload[n:]
	}
	return out, nil
}

// footTag is the tag over the footer.
func (b *box) footTag(footer []byte, hash [32]byte) []byte {
	nonce := [12]byte{0xff, 0xff, 0xff, 0xff, 11: 1}
	return b.aead.Seal(nil, nonce[:], nil, append(hash[:], footer...))
}

// Opener reads the records of one segment with its key. Not safe for
// concurrent use.
type Opener struct {
	h   *Header
	box *box
}

// NewOpener checks that key is the segment's own: it fits the commitment.
func NewOpener(h *Header, key [32]byte) (*Opener, error) {
	c := commitment(h.ID, key)
	if subtle.ConstantTimeCompare(c[:], h.Commitment[:]) != 1 {
		return nil, corrupt("the key does not fit segment %s", h.ID)
	}
	b, err := newBox(key, h.Hash)
	if err != nil {
		return nil, err
	}
	return &Opener{h, b}, nil
}

// Read returns the plaintext of one record with one read of the file. It
// fails with fault.Corrupt if the file says otherwise than the entry, or a tag
// does not fit. buf is used if it is large enough; the result lies in it.
func (o *Opener) Read(r io.ReaderAt, e Entry, buf []byte) ([]byte, error) {
	n := RecordSize + e.Stored()
	if int64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if k, err := r.ReadAt(buf, e.Offset); int64(k) < n {
		if err == nil || errors.Is(err, io.EOF) {
			return nil, corrupt("record %d is cut short", e.number)
		}
		return nil, err
	}
	got, err := decodeRecord(buf, e.number, e.Offset, &o.h.Rules)
	if err != nil {
		return nil, err
	}
	if got != e {
		return nil, corrupt("record %d is not what the table says", e.number)
	}
	return o.box.openRecord(&e, buf[RecordSize:])
}

// Probe opens the first chunk of the init, as proof that the key reads the file.
func (o *Opener) Probe(r io.ReaderAt) error {
	var head [RecordSize]byte
	if _, err := r.ReadAt(head[:], o.h.Size); err != nil {
		if errors.Is(err, io.EOF) {
			return corrupt("no init")
		}
		return err
	}
	e, err := decodeRecord(head[:], 0, o.h.Size, &o.h.Rules)
	if err != nil {
		return err
	}
	n := min(e.Stored(), Chunk+tagSize)
	b := make([]byte, n)
	if _, err := r.ReadAt(b, e.Offset+RecordSize); err != nil {
		if errors.Is(err, io.EOF) {
			return corrupt("the init is cut short")
		}
		return err
	}
	e.put(o.box.aad[32:])
	if _, err := o.box.aead.Open(nil, o.box.at(0, 0, n == e.Stored()), b, o.box.aad[:]); err != nil {
		return fault.As(fault.Corrupt, "segment.corrupt", err)
	}
	return nil
}
