package engineapi

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// FrameType is the media type of a fragment stream.
const FrameType = "application/vnd.vidne.fragments"

// Limits of one frame. A reader refuses what is larger before it makes room.
const (
	MaxFrameHeader = 64 << 10
	MaxFrameData   = 128 << 20
)

// FrameKind says what a [Frame] is.
type FrameKind string

const (
	// FrameInit carries an fMP4 initialisation section: every fragment up to
	// the next init belongs to it.
	FrameInit FrameKind = "init"
	// FrameFragment carries one moof and mdat.
	FrameFragment FrameKind = "fragment"
	// FrameGap says that nothing is there from Start to End, and why. No data.
	FrameGap FrameKind = "gap"
	// FrameEnd is the last frame. Its Cause is empty when all that was asked
	// for was sent, else the reason why the engine stopped ("ticket.expired").
	// A stream without it was broken off. No data.
	FrameEnd FrameKind = "end"
	// FrameFilm, FrameList and FrameReport carry pieces of an export: of its
	// film, of the list of its pictures, and what it became as JSON.
	FrameFilm   FrameKind = "film"
	FrameList   FrameKind = "list"
	FrameReport FrameKind = "report"
)

// FragmentHeader describes one frame of a fragment stream.
type FragmentHeader struct {
	Kind FrameKind `json:"kind"`
	// Start and End are trusted time: of the first frame, and of the end of
	// the last frame in the data.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Base is the trusted time for which decode time zero of the fragments
	// that follow stands (init only). A player adds Base to the media's own
	// times and so shows absolute time; it is constant between two inits.
	Base time.Time `json:"base,omitzero"`
	// Codec is the RFC 6381 name for MediaSource, such as "avc1.640028", with
	// the sound's after a comma (init only).
	Codec string `json:"codec,omitempty"`
	// Width and Height of the picture (init only).
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Segment names the stored segment that it comes from.
	Segment string `json:"segment,omitempty"`
	// Key says that decoding can begin here (fragment only).
	Key bool `json:"key,omitempty"`
	// Transcoded says that the picture is not the stored one.
	Transcoded bool `json:"transcoded,omitempty"`
	// Sparse says that only key frames are made anew, for more cameras are
	// looked at than the machine can make all pictures of (init only).
	Sparse bool `json:"sparse,omitempty"`
	// Masked says that parts of the picture are covered.
	Masked bool `json:"masked,omitempty"`
	// Text is what to show over the picture: the viewer's name (first frame).
	Text  string `json:"text,omitempty"`
	Cause Cause  `json:"cause,omitempty"`
	// Problem is why an export ended before its time (end only).
	Problem *Problem `json:"problem,omitempty"`
}

// Frame is one step of a fragment stream. On the wire: the length of the
// header in four bytes, big endian, the header as JSON, the length of the data
// in four bytes, the data. Frames follow each other without padding.
type Frame struct {
	FragmentHeader
	Data []byte
}

// FrameWriter writes a fragment stream.
type FrameWriter struct {
	w   io.Writer
	buf []byte
}

// NewFrameWriter writes frames to w, each with one call of Write for the
// header and one for the data.
func NewFrameWriter(w io.Writer) *FrameWriter { return &FrameWriter{w: w} }

// Write sends one frame.
func (w *FrameWriter) Write(f *Frame) error {
	head, err := json.Marshal(&f.FragmentHeader)
	if err != nil {
		return fault.As(fault.Internal, "frame.header", err)
	}
	if len(head) > MaxFrameHeader || len(f.Data) > MaxFrameData {
		return fault.New(fault.Invalid, "frame.too-large", "frame of %d and %d bytes", len(head), len(f.Data))
	}
	w.buf = binary.BigEndian.AppendUint32(w.buf[:0], uint32(len(head)))
	w.buf = append(w.buf, head...)
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(f.Data)))
	if _, err := w.w.Write(w.buf); err != nil {
		return err
	}
	if len(f.Data) == 0 {
		return nil
	}
	_, err = w.w.Write(f.Data)
	return err
}

// FrameReader reads a fragment stream.
type FrameReader struct {
	r     *bufio.Reader
	ended bool
	reuse bool // data is valid until the next frame only
	room  []byte
}

// NewFrameReader reads frames from r.
func NewFrameReader(r io.Reader) *FrameReader {
	return &FrameReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// Next returns the next frame; its data is the caller's. After the end frame
// comes io.EOF. A stream that breaks off before it gives io.ErrUnexpectedEOF,
// one that is not a fragment stream a fault.Corrupt.
func (r *FrameReader) Next() (*Frame, error) {
	if r.ended {
		return nil, io.EOF
	}
	head, err := r.block(MaxFrameHeader)
	if err != nil {
		return nil, err
	}
	var f Frame
	if err := json.Unmarshal(head, &f.FragmentHeader); err != nil {
		return nil, fault.As(fault.Corrupt, "frame.header", err)
	}
	if f.Data, err = r.block(MaxFrameData); err != nil {
		return nil, err
	}
	switch f.Kind {
	case FrameInit, FrameFragment, FrameFilm, FrameList, FrameReport, FramePicture:
	case FrameGap, FrameEnd:
		if len(f.Data) > 0 {
			return nil, fault.New(fault.Corrupt, "frame.data", "%s frame with data", f.Kind)
		}
		r.ended = f.Kind == FrameEnd
	default:
		return nil, fault.New(fault.Corrupt, "frame.kind", "unknown frame kind %q", f.Kind)
	}
	return &f, nil
}

func (r *FrameReader) block(limit int) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r.r, n[:]); err != nil {
		return nil, broken(err)
	}
	size := int(binary.BigEndian.Uint32(n[:]))
	if size > limit {
		return nil, fault.New(fault.Corrupt, "frame.too-large", "frame block of %d bytes", size)
	}
	// Room is made as bytes arrive, not as a length promises them.
	b := r.room[:0]
	if !r.reuse || cap(b) == 0 {
		b = make([]byte, 0, min(size, 256<<10))
	}
	for len(b) < size {
		step := min(size-len(b), max(len(b), 256<<10))
		b = slices.Grow(b, step)[:len(b)+step]
		if _, err := io.ReadFull(r.r, b[len(b)-step:]); err != nil {
			return nil, broken(err)
		}
	}
	if r.reuse {
		r.room = b
	}
	return b, nil
}

func broken(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
