package camera

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// session is one connection to one camera.
type session struct {
	cfg     Config
	clk     clock.Clock // trusted: what the law counts, and what timeouts go by
	machine clock.Clock // the machine's, for the deadlines of the network
	h       Handler
	at      target
	mayUDP  bool

	conn    net.Conn
	wire    wire
	greeted bool // it speaks RTSP
	login   *auth.Sender
	where   *base.URL

	mu           sync.Mutex // guards what the watch and the reader share
	name         string     // the session's, from the camera
	cseq         int
	keepAlive    time.Duration
	getParameter bool
	cause        error // why we ended it

	began time.Duration // mono at the answer to PLAY
	info  Info
	video *mediaState
	audio *mediaState
	asm   *assembler
	voice *voice
	out   deliver

	reached atomic.Bool  // TCP is there, TLS perhaps not yet
	feed    sync.Mutex   // over UDP several goroutines bring packets
	bytes   atomic.Int64 // of pictures and sound, and of messages around them
	whole   atomic.Int64 // mono of the last whole picture
	wholeAt atomic.Int64 // bytes when it came
	good    atomic.Int64 // mono of the last one passed on
}

// mediaState is one track of the session.
type mediaState struct {
	desc              *description.Media
	rtp, rtcp         int // channels
	udp, udpC         *net.UDPConn
	peerRTP, peerRTCP int

	ssrc    atomic.Uint32 // of the camera's packets
	highest atomic.Uint32 // sequence number, extended
	lsr     atomic.Uint32 // middle of the last sender report's time
	lsrAt   atomic.Int64
}

func newSession(cfg Config, clk clock.Clock, h Handler) (*session, error) {
	at, err := parseTarget(cfg.URL, cfg.Transport == permit.TransportTLS)
	if err != nil {
		return nil, err
	}
	s := &session{cfg: cfg, clk: clk, machine: clock.System(), h: h, at: at, keepAlive: 25 * time.Second}
	s.info.Encrypted = at.tls
	switch {
	case at.tls:
		s.info.Transport = permit.TransportTLS
	case cfg.Transport == permit.TransportUDP:
		s.info.Transport = permit.TransportUDP
	case cfg.Transport == permit.TransportTCP:
		s.info.Transport = permit.TransportTCP
	default:
		s.info.Transport, s.mayUDP = permit.TransportTCP, true
	}
	if at.tls && cfg.Transport == permit.TransportUDP {
		return nil, fault.New(fault.Invalid, "camera.protocol", "UDP beside TLS would send the pictures in the clear")
	}
	return s, nil
}

// run is the session's life.
func (s *session) run(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	playing := make(chan struct{})
	connected := make(chan net.Conn, 1)
	wg.Add(1)
	go func() {
		defer wg.Done()
		s.watch(ctx, cancel, connected, playing)
	}()

	conn, err := s.at.dial(ctx, &s.cfg, func() { s.reached.Store(true) })
	if err != nil {
		if parent.Err() != nil {
			return parent.Err()
		}
		if cause := s.ended(); cause != nil {
			return cause
		}
		return err
	}
	s.conn, s.wire.r = conn, conn
	connected <- conn
	defer s.closeAll()
	if ctx.Err() != nil {
		return s.verdict(parent, ctx.Err())
	}
	if err := s.setup(ctx); err != nil {
		return s.verdict(parent, err)
	}
	s.began = s.clk.Mono()
	s.whole.Store(int64(s.began))
	s.good.Store(int64(s.began))
	close(playing)
	if s.info.Transport == permit.TransportUDP {
		for _, m := range s.medias() {
			m.punch(s.conn)
			s.receiveUDP(&wg, m, cancel)
		}
	}
	return s.verdict(parent, s.read())
}

// verdict prefers, of the reasons why a session ended, the first one.
func (s *session) verdict(parent context.Context, err error) error {
	if parent.Err() != nil {
		return parent.Err()
	}
	if cause := s.ended(); cause != nil {
		err = cause
	}
	var e *fault.Error
	if errors.As(err, &e) && s.leaks(err.Error()) {
		// A camera can put what it was sent into what it answers.
		return fault.New(e.Kind, fault.Key(err), "what the camera said held the login, and is left out")
	}
	return err
}

// leaks says whether a text holds the password, plain or as basic login
// sends it.
func (s *session) leaks(text string) bool {
	p := string(s.cfg.Password)
	return p != "" && (strings.Contains(text, p) ||
		strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(s.cfg.User+":"+p))))
}

// end records why we end the session; the first reason stands.
func (s *session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = cause
	}
}

func (s *session) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

func (s *session) closeAll() {
	_ = s.conn.Close() // whatever it says, the session is over
	for _, m := range s.medias() {
		m.closeUDP()
	}
}

func (s *session) medias() []*mediaState {
	switch {
	case s.video == nil:
		return nil
	case s.audio == nil:
		return []*mediaState{s.video}
	}
	return []*mediaState{s.video, s.audio}
}

// accept prepares for what the description offers.
func (s *session) accept(o *offer) {
	s.video = &mediaState{desc: o.video}
	s.info.Codec, s.info.Sound = o.track.Codec, o.hasSound
	if o.sound != nil {
		s.audio, s.voice = &mediaState{desc: o.audio}, o.sound
	}
	s.out = deliver{s: s, track: o.track, line: timeline{rate: 90000}}
	s.asm = newAssembler(o.track.Codec, o.kind, s.out.picture, s.out.broken)
}

// read is the hot loop: everything that one read brought is dealt with in
// place before the next.
func (s *session) read() error {
	if err := s.units(); err != nil { // what came behind the answer to PLAY
		return err
	}
	if c, ok := s.conn.(*net.TCPConn); ok {
		return s.readTCP(c)
	}
	for {
		if err := s.wire.fill(); err != nil {
			return s.readFault(err)
		}
		if err := s.units(); err != nil {
			return err
		}
	}
}

// units deals with all whole units that were read.
func (s *session) units() error {
	now, mono := s.clk.Now(), s.clk.Mono()
	udp := s.info.Transport == permit.TransportUDP
	if !udp {
		s.bytes.Store(s.wire.total)
	}
	for {
		u, ok, err := s.wire.next()
		if err != nil || !ok {
			return err
		}
		switch {
		case u.channel < 0:
			err = s.message(u.message)
		case udp: // packets belong on their own ports
		case u.channel == s.video.rtp:
			err = s.rtp(s.video, u.packet, now, mono)
		case s.audio != nil && u.channel == s.audio.rtp:
			err = s.rtp(s.audio, u.packet, now, mono)
		case u.channel == s.video.rtcp:
			s.rtcp(s.video, u.packet, now, mono)
		case s.audio != nil && u.channel == s.audio.rtcp:
			s.rtcp(s.audio, u.packet, now, mono)
		}
		if err != nil {
			return err
		}
	}
}

// rtp takes one RTP packet of a track.
func (s *session) rtp(m *mediaState, b []byte, now time.Time, mono time.Duration) error {
	if len(b) < 12 {
		return nil
	}
	if v := binary.BigEndian.Uint32(b[8:]); v != m.ssrc.Load() {
		m.ssrc.Store(v)
	}
	// Extended as RFC 3550 clause A.1 does, for the receiver report.
	if high := m.highest.Load(); binary.BigEndian.Uint16(b[2:])-uint16(high) < 0x8000 {
		m.highest.Store(high + uint32(binary.BigEndian.Uint16(b[2:])-uint16(high)))
	}
	if m == s.video {
		return s.asm.packet(b, now, mono-s.began)
	}
	return s.voice.packet(b, now, mono-s.began, s.out.sound)
}

// clockEvery is how often the camera's clock is noted, at most.
const clockEvery = 10 * time.Second

// rtcp takes one RTCP packet.
func (s *session) rtcp(m *mediaState, b []byte, now time.Time, mono time.Duration) {
	ssrc, ntp, ok := senderReport(b)
	if !ok || ntp>>32 == 0 {
		return // it does not know the time, and says so
	}
	if known := m.ssrc.Load(); known != 0 && known != ssrc {
		return
	}
	m.lsr.Store(uint32(ntp >> 16))
	m.lsrAt.Store(int64(mono))
	if m == s.video && (s.out.clockAt == 0 || mono-s.out.clockAt >= clockEvery) {
		s.out.clockAt = mono
		s.h.Clock(now, ntpTime(ntp).Sub(now))
	}
}

// message deals with what comes between packets: answers to keep-alives and
// requests of the camera's own.
func (s *session) message(b []byte) error {
	r, err := parseResponse(b)
	if err != nil {
		return err
	}
	if r == nil {
		return s.answer(b)
	}
	switch r.StatusCode {
	case base.StatusUnauthorized:
		// The nonce has aged: the next keep-alive uses the new one.
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.cfg.User == "" {
			return errLogin()
		}
		return s.challenge(r)
	case base.StatusSessionNotFound:
		return refuse(fault.Unavailable, "camera.closed", "the camera has forgotten the session")
	}
	return nil // a keep-alive refused is a keep-alive all the same
}

// answer replies to a request of the camera's.
func (s *session) answer(b []byte) error {
	method, cseq := parseRequest(b)
	reply := "RTSP/1.0 200 OK\r\n"
	switch method {
	case "OPTIONS", "GET_PARAMETER", "SET_PARAMETER":
	case "TEARDOWN":
		return refuse(fault.Unavailable, "camera.closed", "the camera ended the session")
	case "REDIRECT":
		return refuse(fault.Refused, "camera.address", "the camera sends us to another host, where we do not go")
	default:
		reply = "RTSP/1.0 501 Not Implemented\r\n"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write([]byte(reply + "CSeq: " + cseq + "\r\n\r\n"))
}

// trackSet is the tracks as the handler is told them.
func (s *session) trackSet() []media.Track {
	out := []media.Track{s.out.track}
	if s.voice != nil {
		out = append(out, s.voice.track)
	}
	return out
}
