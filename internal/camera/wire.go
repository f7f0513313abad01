package camera

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"vidne.dk/vidne/internal/fault"
)

const (
	setupBuf   = 16 << 10  // before pictures flow, and for TLS, whose records are no larger
	readBuf    = 64 << 10  // one read for many packets
	readBufMax = 128 << 10 // an interleaved packet is at most 64 KiB
	maxHeader  = 16 << 10  // of any message
	maxBody    = 128 << 10 // of any message; a camera's description is 1 KiB
	maxGarbage = 64 << 10  // between messages, in a row
)

// wire reads an RTSP connection: interleaved packets and messages, in place
// in one buffer that is used again and again.
type wire struct {
	r       io.Reader
	buf     []byte
	at, end int   // what is not used yet
	total   int64 // read in all
	garbage int
}

// fill reads more, once. Room is made by moving what is left to the front.
func (w *wire) fill() error {
	if w.buf == nil {
		w.buf = make([]byte, setupBuf)
	}
	if w.at > 0 {
		copy(w.buf, w.buf[w.at:w.end])
		w.end -= w.at
		w.at = 0
	}
	if w.end == len(w.buf) {
		if len(w.buf) >= readBufMax+maxHeader {
			return tooLarge(len(w.buf))
		}
		size := readBuf
		if len(w.buf) >= readBuf {
			size = readBufMax + maxHeader
		}
		grown := make([]byte, size)
		copy(grown, w.buf)
		w.buf = grown
	}
	n, err := w.r.Read(w.buf[w.end:])
	w.end += n
	if n > 0 {
		w.total += int64(n)
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

func tooLarge(n int) error {
	return refuse(fault.Invalid, "camera.too-large", "a message above %d bytes", n)
}

// unit is one thing from the wire. Its bytes are valid until the next fill.
type unit struct {
	channel int    // of an interleaved packet, -1 for a message
	packet  []byte // interleaved
	message []byte // header and body of an RTSP message
}

// next takes one unit off what was read, without reading. ok is false if more
// is needed. Garbage between units is skipped, within a limit.
func (w *wire) next() (u unit, ok bool, err error) {
	for {
		b := w.buf[w.at:w.end]
		if len(b) < 4 {
			return unit{}, false, nil
		}
		if b[0] == '$' {
			n := 4 + (int(b[2])<<8 | int(b[3]))
			if len(b) < n {
				return unit{}, false, nil
			}
			w.at += n
			w.garbage = 0
			return unit{channel: int(b[1]), packet: b[4:n]}, true, nil
		}
		if letters(b[:4]) {
			n, err := messageLen(b)
			if err != nil {
				return unit{}, false, err
			}
			if n == 0 || len(b) < n {
				return unit{}, false, nil
			}
			w.at += n
			w.garbage = 0
			return unit{channel: -1, message: b[:n]}, true, nil
		}
		// Not a unit: on to the next byte that can begin one.
		skip := 1 + bytes.IndexFunc(b[1:], func(r rune) bool { return r == '$' || r >= 'A' && r <= 'Z' })
		if skip == 0 {
			skip = len(b)
		}
		w.at += skip
		if w.garbage += skip; w.garbage > maxGarbage {
			return unit{}, false, refuse(fault.Invalid, "camera.protocol", "%d bytes that are neither packets nor messages", w.garbage)
		}
	}
}

// letters says whether b begins like an RTSP method or "RTSP".
func letters(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return true
}

// messageLen is the length of the message at the front of b, 0 if its end is
// not there yet.
func messageLen(b []byte) (int, error) {
	head := bytes.Index(b[:min(len(b), maxHeader)], []byte("\r\n\r\n"))
	if head < 0 {
		if len(b) >= maxHeader {
			return 0, refuse(fault.Invalid, "camera.too-large", "a header above %d bytes", maxHeader)
		}
		return 0, nil
	}
	head += 4
	length := -1
	for _, line := range bytes.Split(b[:head], []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(name, []byte("Content-Length")) {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || length >= 0 {
			return 0, refuse(fault.Invalid, "camera.protocol", "Content-Length is no number, or there are two")
		}
		length = int(n)
	}
	if length > maxBody {
		return 0, refuse(fault.Invalid, "camera.too-large", "a body of %d bytes", length)
	}
	return head + max(length, 0), nil
}

// parseResponse reads a message as a response. A message that is a request
// gives nil and no error.
func parseResponse(b []byte) (*base.Response, error) {
	if !bytes.HasPrefix(b, []byte("RTSP/")) {
		return nil, nil
	}
	var r base.Response
	if err := r.Unmarshal(bufio.NewReaderSize(bytes.NewReader(b), 4096)); err != nil {
		return nil, refuse(fault.Invalid, "camera.protocol", "a response that cannot be read: %v", err)
	}
	return &r, nil
}

// parseRequest reads a message as a request from the camera: its method and
// CSeq, which is all that is answered to.
func parseRequest(b []byte) (method, cseq string) {
	line, rest, _ := bytes.Cut(b, []byte("\r\n"))
	name, _, _ := bytes.Cut(line, []byte(" "))
	for _, line := range bytes.Split(rest, []byte("\r\n")) {
		if k, v, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(k, []byte("CSeq")) {
			cseq = printable(string(bytes.TrimSpace(v)), 20)
		}
	}
	return printable(string(name), 20), cseq
}
