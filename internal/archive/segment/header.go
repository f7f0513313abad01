package segment

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Rules are what a segment was recorded under. They stand in the clear and
// follow it for life: a permit approved later does not change them.
type Rules struct {
	V           int          `json:"v"`
	ID          string       `json:"id"`
	Archive     string       `json:"archive"`
	Controller  string       `json:"controller"`
	Camera      string       `json:"camera"`
	Stream      string       `json:"stream"`
	Permit      permit.ID    `json:"permit"`
	Case        string       `json:"case"`
	Class       permit.Class `json:"class"`
	Basis       string       `json:"basis"`
	Sound       bool         `json:"sound"`
	Start       int64        `json:"start"`
	DeleteAfter int64        `json:"delete_after"`
	HoldLimit   int64        `json:"hold_limit"`
	Hour        int64        `json:"hour"`
}

// Check refuses rules that no segment can have, whoever wrote them: above all
// a time of deletion beyond the law's limit.
func (r *Rules) Check() error {
	last := r.Start + Limit.Microseconds()
	switch {
	case r.V != Version:
		return fault.New(fault.Refused, "segment.version", "rules of version %d", r.V)
	case !IsID(r.ID) || !IsID(r.Archive) || !IsID(string(r.Permit)):
		return corrupt("id %.40q, archive %.40q, permit %.40q", r.ID, r.Archive, r.Permit)
	case !IsCamera(r.Camera) || !IsCamera(r.Stream):
		return corrupt("camera %.70q, stream %.70q", r.Camera, r.Stream)
	case r.Start <= 0 || r.Start >= 9_000_000_000_000_000:
		return corrupt("start %d", r.Start)
	case r.DeleteAfter <= r.Start || r.DeleteAfter > last:
		return corrupt("start %d, to be deleted after %d", r.Start, r.DeleteAfter)
	case r.Hour != Hour(r.Start):
		return corrupt("start %d in hour %d", r.Start, r.Hour)
	}
	switch r.Class {
	case permit.ClassCrime:
		if r.HoldLimit != 0 && r.HoldLimit <= r.Start {
			return corrupt("hold limit %d before start", r.HoldLimit)
		}
	case permit.ClassSafety, permit.ClassOther:
		if r.HoldLimit <= r.Start || r.HoldLimit > last {
			return corrupt("class %s with hold limit %d", r.Class, r.HoldLimit)
		}
	default:
		return corrupt("class %.20q", r.Class)
	}
	return nil
}

func (r *Rules) encode() ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	b := bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
	if len(b) > maxRules {
		return nil, fault.New(fault.Invalid, "segment.rules", "rules of %d bytes, the most is %d", len(b), maxRules)
	}
	return b, nil
}

func decodeRules(b []byte) (r Rules, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fault.As(fault.Corrupt, "segment.corrupt", err)
	}
	again, err := r.encode()
	if err != nil || !bytes.Equal(again, b) {
		return r, corrupt("the rules are not in their one encoding")
	}
	return r, r.Check()
}

// Header is the first part of a file, checked as far as it can be without a key.
type Header struct {
	Rules
	Wrapped    [WrappedSize]byte // the segment's key under its period key
	Commitment [32]byte
	Hash       [32]byte // H of the format: bound into every chunk
	Size       int64
	wrapAAD    [32]byte
}

// WrapAAD is the additional data under which the segment's key is wrapped: it
// binds the rules to the period key.
func (h *Header) WrapAAD() []byte { return h.wrapAAD[:] }

// HeldAAD is the additional data for wrapping under a hold's key.
func (h *Header) HeldAAD(hold permit.ID) []byte {
	b := append([]byte("vidne held key v1\n"), raw(string(hold))...)
	sum := sha256.Sum256(append(b, h.Hash[:]...))
	return sum[:]
}

func wrapAAD(prefix []byte) [32]byte {
	return sha256.Sum256(append([]byte("vidne segment rules v1\n"), prefix...))
}

func commitment(id string, key [32]byte) [32]byte {
	b := append([]byte("vidne segment key v1\n"), raw(id)...)
	return sha256.Sum256(append(b, key[:]...))
}

// encodeHeader makes the header; wrap seals the key under the given additional data.
func encodeHeader(r Rules, key [32]byte, wrap func(aad []byte) ([]byte, error)) (*Header, []byte, error) {
	if err := r.Check(); err != nil {
		return nil, nil, err
	}
	rules, err := r.encode()
	if err != nil {
		return nil, nil, err
	}
	b := make([]byte, headFixed, headFixed+len(rules)+headTail)
	copy(b, headMagic)
	binary.BigEndian.PutUint16(b[8:], Version)
	binary.BigEndian.PutUint32(b[12:], uint32(len(rules)))
	b = append(b, rules...)
	h := &Header{Rules: r, Commitment: commitment(r.ID, key), wrapAAD: wrapAAD(b)}
	wrapped, err := wrap(h.wrapAAD[:])
	if err != nil {
		return nil, nil, err
	}
	if len(wrapped) != WrappedSize {
		return nil, nil, fault.New(fault.Internal, "", "a wrapped key of %d bytes", len(wrapped))
	}
	copy(h.Wrapped[:], wrapped)
	b = append(b, wrapped...)
	b = append(b, h.Commitment[:]...)
	h.Hash = sha256.Sum256(b)
	b = append(b, h.Hash[:]...)
	h.Size = int64(len(b))
	return h, b, nil
}

// DecodeHeader reads a header from the beginning of b. short is true when b
// ends before the header does.
func DecodeHeader(b []byte) (h *Header, short bool, err error) {
	if len(b) < headFixed {
		return nil, true, corrupt("a file of %d bytes", len(b))
	}
	if string(b[:8]) != headMagic {
		return nil, false, corrupt("not a segment")
	}
	if v := binary.BigEndian.Uint16(b[8:]); v != Version {
		return nil, false, fault.New(fault.Refused, "segment.version", "segment version %d, this program knows %d", v, Version)
	}
	n := binary.BigEndian.Uint32(b[12:])
	if binary.BigEndian.Uint16(b[10:]) != 0 || n < 2 || n > maxRules {
		return nil, false, corrupt("header with rules of %d bytes", n)
	}
	size := headFixed + int(n) + headTail
	if len(b) < size {
		return nil, true, corrupt("%d bytes of a header of %d", len(b), size)
	}
	at := headFixed + int(n)
	h = &Header{Size: int64(size), wrapAAD: wrapAAD(b[:at])}
	h.Hash = sha256.Sum256(b[:size-32])
	if subtle.ConstantTimeCompare(h.Hash[:], b[size-32:size]) != 1 {
		return nil, false, corrupt("the header's hash does not fit")
	}
	if h.Rules, err = decodeRules(b[headFixed:at]); err != nil {
		return nil, false, err
	}
	copy(h.Wrapped[:], b[at:])
	copy(h.Commitment[:], b[at+WrappedSize:])
	return h, false, nil
}

// ReadHeader reads the header of a file, as a rule with one read.
func ReadHeader(r io.ReaderAt) (*Header, error) {
	b := make([]byte, 4096)
	n, err := r.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h, short, err := DecodeHeader(b[:n])
	if !short || n < len(b) {
		return h, err
	}
	b = make([]byte, headFixed+maxRules+headTail)
	if n, err = r.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h, _, err = DecodeHeader(b[:n])
	return h, err
}
