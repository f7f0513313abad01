package testcam

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Request is one RTSP request as a hostile server sees it.
type Request struct {
	Method, URL, CSeq string
	Header            map[string]string // names in lower case
}

// Hostile is a server that answers with whatever bytes a test wants. Each
// connection is served by Serve, which ends when it returns or the server is
// closed.
type Hostile struct {
	l     net.Listener
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	done  bool
}

// NewHostile listens on a free port of 127.0.0.1, or on another address of
// this machine if listen is not empty.
func NewHostile(listen string, serve func(ctx context.Context, c net.Conn)) (*Hostile, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	h := &Hostile{l: l, conns: map[net.Conn]struct{}{}}
	ctx, cancel := context.WithCancel(context.Background())
	h.wg.Add(1)
	go func() {
		defer h.wg.Done()
		defer cancel()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if !h.hold(c) {
				return
			}
			h.wg.Add(1)
			go func() {
				defer h.wg.Done()
				defer h.drop(c)
				serve(ctx, c)
			}()
		}
	}()
	return h, nil
}

func (h *Hostile) hold(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done {
		_ = c.Close()
		return false
	}
	h.conns[c] = struct{}{}
	return true
}

func (h *Hostile) drop(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = c.Close()
	delete(h.conns, c)
}

// Addr is host and port.
func (h *Hostile) Addr() string { return h.l.Addr().String() }

// URL is an RTSP address on it.
func (h *Hostile) URL() string { return "rtsp://" + h.Addr() + "/cam" }

// Close ends the server and its connections and waits for them.
func (h *Hostile) Close() {
	_ = h.l.Close()
	h.mu.Lock()
	h.done = true
	for c := range h.conns {
		_ = c.Close()
	}
	h.mu.Unlock()
	h.wg.Wait()
}

// ReadRequest reads one request. Interleaved data before it is skipped.
func ReadRequest(br *bufio.Reader) (*Request, error) {
	for {
		b, err := br.Peek(4)
		if err != nil {
			return nil, err
		}
		if b[0] != '$' {
			break
		}
		if _, err := br.Discard(4 + int(b[2])<<8 + int(b[3])); err != nil {
			return nil, err
		}
	}
	line, err := br.ReadString('\n')
	if err != nil {
		return nil, err
	}
	f := strings.Fields(line)
	if len(f) < 3 {
		return nil, fmt.Errorf("testcam: request line %q", line)
	}
	r := &Request{Method: f[0], URL: f[1], Header: map[string]string{}}
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		k, v, _ := strings.Cut(line, ":")
		r.Header[strings.ToLower(k)] = strings.TrimSpace(v)
	}
	r.CSeq = r.Header["cseq"]
	if n, _ := strconv.Atoi(r.Header["content-length"]); n > 0 {
		if _, err := br.Discard(n); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Answer is a response with status 200. extra holds whole header lines, each
// ended by CR LF.
func (r *Request) Answer(extra, body string) string {
	return r.Status("200 OK", extra, body)
}

// Status is a response with any status, such as "404 Not Found".
func (r *Request) Status(status, extra, body string) string {
	s := "RTSP/1.0 " + status + "\r\nCSeq: " + r.CSeq + "\r\n" + extra
	if body != "" {
		s += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return s + "\r\n" + body
}

// Script is a server that behaves like a camera except where it is told not to.
type Script struct {
	// SDP is the answer to DESCRIBE; that of Clip if empty.
	SDP  string
	Clip *Clip
	// Answer, if it returns true, has dealt with a request itself.
	Answer func(w io.Writer, r *Request) bool
	// Play is called after PLAY was answered and sends the stream. The
	// connection stays open until the client or the test closes it.
	Play func(ctx context.Context, w *Wire)
}

// Serve is what [NewHostile] wants.
func (s *Script) Serve(ctx context.Context, c net.Conn) {
	br := bufio.NewReader(c)
	for {
		r, err := ReadRequest(br)
		if err != nil {
			return
		}
		if s.Answer != nil && s.Answer(c, r) {
			continue
		}
		const session = "Session: 12345678;timeout=60\r\n"
		var out string
		switch r.Method {
		case "OPTIONS":
			out = r.Answer("Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n", "")
		case "DESCRIBE":
			sdp := s.SDP
			if sdp == "" {
				sdp = s.Clip.SDP()
			}
			out = r.Answer("Content-Type: application/sdp\r\n", sdp)
		case "SETUP":
			if !strings.Contains(r.Header["transport"], "TCP") {
				out = r.Status("461 Unsupported Transport", "", "")
				break
			}
			out = r.Answer(session+"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "")
		default:
			out = r.Answer(session, "")
		}
		if _, err := io.WriteString(c, out); err != nil {
			return
		}
		if r.Method == "PLAY" && s.Play != nil {
			s.Play(ctx, NewWire(c, s.Clip))
		}
	}
}

// Wire sends interleaved packets.
type Wire struct {
	Conn net.Conn
	// Seq and TS go on from picture to picture; a test may move them.
	TS   uint32
	pack packetiser
	clip *Clip
	n    int
}

// NewWire sends pictures of clip on c, on channel 0.
func NewWire(c net.Conn, clip *Clip) *Wire {
	return &Wire{Conn: c, pack: packetiser{codec: clip.Codec, kind: 96, size: 1400}, clip: clip}
}

// Seq moves the next sequence number.
func (w *Wire) Seq(n uint16) { w.pack.seq += n }

// Raw sends one interleaved frame of any content.
func (w *Wire) Raw(channel byte, payload []byte) error {
	b := append([]byte{'$', channel, byte(len(payload) >> 8), byte(len(payload))}, payload...)
	_, err := w.Conn.Write(b)
	return err
}

// RTP sends one packet with this payload and the running sequence and time.
func (w *Wire) RTP(marker bool, payload []byte) error {
	h := []byte{0x80, 96, byte(w.pack.seq >> 8), byte(w.pack.seq), byte(w.TS >> 24), byte(w.TS >> 16), byte(w.TS >> 8), byte(w.TS), 1, 2, 3, 4}
	if marker {
		h[1] |= 0x80
	}
	w.pack.seq++
	return w.Raw(0, append(h, payload...))
}

// Pictures sends n pictures of the clip, as fast as they are taken.
func (w *Wire) Pictures(n int) error {
	for range n {
		if err := w.Picture(w.clip.Frames[w.n%len(w.clip.Frames)].NALs); err != nil {
			return err
		}
		w.n++
	}
	return nil
}

// Group sends pictures to the end of the group that is under way, so that the
// next is a key frame.
func (w *Wire) Group() error {
	for {
		if err := w.Pictures(1); err != nil {
			return err
		}
		if w.clip.Frames[w.n%len(w.clip.Frames)].Key {
			return nil
		}
	}
}

// Picture sends one access unit and moves time on by one picture.
func (w *Wire) Picture(nals [][]byte) error {
	var out bytes.Buffer
	for _, p := range w.pack.packets(nals, w.TS) {
		p.SSRC = 0x01020304
		b, err := p.Marshal()
		if err != nil {
			return err
		}
		out.Write([]byte{'$', 0, byte(len(b) >> 8), byte(len(b))})
		out.Write(b)
	}
	w.TS += uint32(90000 / w.clip.FPS)
	_, err := w.Conn.Write(out.Bytes())
	return err
}
