package camera

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// setup goes from the connection to PLAY.
func (s *session) setup(ctx context.Context) error {
	if r, err := s.do(base.Options, s.at.url, nil); err != nil {
		return err
	} else if r.StatusCode == base.StatusOK {
		public := strings.ToUpper(strings.Join(r.Header["Public"], ","))
		s.getParameter = strings.Contains(public, "GET_PARAMETER")
	} else if r.StatusCode == base.StatusUnauthorized {
		return errLogin()
	}
	o, where, err := s.describe()
	if err != nil {
		return err
	}
	s.accept(o)
	for i, m := range s.medias() {
		u, err := control(m.desc, where)
		if err != nil {
			return err
		}
		if err := s.setupMedia(ctx, m, u, i); err != nil {
			return err
		}
	}
	r, err := s.do(base.Play, where, base.Header{"Range": {"npt=0.000-"}})
	if err != nil {
		return err
	}
	s.where = where
	return status("PLAY", r)
}

func errLogin() error {
	return fault.New(fault.Denied, "camera.auth", "the camera refuses user or password")
}

// status turns a response that is not 200 into a fault.
func status(what string, r *base.Response) error {
	switch c := r.StatusCode; {
	case c == base.StatusOK:
		return nil
	case c == base.StatusUnauthorized || c == base.StatusForbidden:
		return errLogin()
	case c == base.StatusNotFound:
		return refuse(fault.NotFound, "camera.no-video", "%s: the camera knows no such stream", what)
	case c == base.StatusUnsupportedTransport:
		return refuse(fault.Invalid, "camera.protocol", "%s: the camera refuses this transport", what)
	case c == base.StatusNotEnoughBandwidth || c == base.StatusServiceUnavailable || c >= 500:
		return refuse(fault.Unavailable, "camera.closed", "%s: the camera answers %d %s", what, c, r.StatusMessage)
	default:
		return refuse(fault.Invalid, "camera.protocol", "%s: the camera answers %d %s", what, c, r.StatusMessage)
	}
}

// describe asks what there is. A redirect to the same host is followed three
// times, one to another host never.
func (s *session) describe() (*offer, *base.URL, error) {
	u := s.at.url
	for range 4 {
		r, err := s.do(base.Describe, u, base.Header{"Accept": {"application/sdp"}})
		if err != nil {
			return nil, nil, err
		}
		if r.StatusCode >= 300 && r.StatusCode < 400 && len(r.Header["Location"]) == 1 {
			to, err := base.ParseURL(r.Header["Location"][0])
			if err != nil || !s.at.same(to) || (s.at.tls && to.Scheme != "rtsps") {
				return nil, nil, refuse(fault.Refused, "camera.address", "the camera sends us to another host, where we do not go")
			}
			u = to.CloneWithoutCredentials()
			u.Host, u.Scheme = s.at.url.Host, s.at.url.Scheme
			continue
		}
		if err := status("DESCRIBE", r); err != nil {
			return nil, nil, err
		}
		if ct := r.Header["Content-Type"]; len(ct) == 1 && !strings.HasPrefix(strings.ToLower(ct[0]), "application/sdp") {
			return nil, nil, refuse(fault.Invalid, "camera.protocol", "a description of type %s", ct[0])
		}
		o, err := readSDP(r.Body, s.cfg.Sound)
		if err != nil {
			return nil, nil, err
		}
		if v := r.Header["Server"]; len(v) > 0 && !s.leaks(v[0]) {
			s.info.Server = printable(v[0], 64)
		}
		return o, s.base(r, u), nil
	}
	return nil, nil, refuse(fault.Invalid, "camera.protocol", "the camera sends us round in circles")
}

// base is what control addresses are relative to (RFC 2326 clause C.1.1), as
// long as it is on the camera's own host.
func (s *session) base(r *base.Response, u *base.URL) *base.URL {
	for _, name := range [...]string{"Content-Base", "Content-Location"} {
		v := r.Header[name]
		if len(v) != 1 {
			continue
		}
		if strings.HasPrefix(v[0], "/") {
			v[0] = u.Scheme + "://" + u.Host + v[0]
		}
		b, err := base.ParseURL(v[0])
		if err != nil || !strings.EqualFold(b.Hostname(), s.at.host) {
			continue
		}
		b = b.CloneWithoutCredentials()
		b.Host, b.Scheme = u.Host, u.Scheme
		return b
	}
	return u
}

// setupMedia sets up media number i, over UDP if that is what the session
// uses, and turns to UDP if the camera refuses TCP and may be asked.
func (s *session) setupMedia(ctx context.Context, m *mediaState, u *base.URL, i int) error {
	if s.info.Transport != permit.TransportUDP {
		r, err := s.do(base.Setup, u, base.Header{"Transport": {fmt.Sprintf("RTP/AVP/TCP;unicast;interleaved=%d-%d", 2*i, 2*i+1)}})
		if err != nil {
			return err
		}
		if r.StatusCode == base.StatusUnsupportedTransport && i == 0 && s.mayUDP {
			s.info.Transport = permit.TransportUDP
			return s.setupMedia(ctx, m, u, i)
		}
		if err := status("SETUP", r); err != nil {
			return err
		}
		t, err := transport(r)
		if err != nil {
			return err
		}
		if t.Protocol != headers.TransportProtocolTCP {
			return refuse(fault.Invalid, "camera.protocol", "the camera answers SETUP for TCP with another transport")
		}
		m.rtp, m.rtcp = 2*i, 2*i+1
		if t.InterleavedIDs != nil {
			m.rtp, m.rtcp = t.InterleavedIDs[0], t.InterleavedIDs[1]
		}
		for _, o := range s.medias()[:i] {
			if m.rtp == o.rtp || m.rtp == o.rtcp || m.rtcp == o.rtp || m.rtcp == o.rtcp {
				return refuse(fault.Invalid, "camera.protocol", "the camera gives two tracks one channel")
			}
		}
		if m.rtp < 0 || m.rtp > 255 || m.rtcp < 0 || m.rtcp > 255 || m.rtp == m.rtcp {
			return refuse(fault.Invalid, "camera.protocol", "channels that cannot be")
		}
		return nil
	}
	if err := m.listenUDP(ctx, s.conn); err != nil {
		return err
	}
	a, b := m.ports()
	r, err := s.do(base.Setup, u, base.Header{"Transport": {fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d", a, b)}})
	if err != nil {
		return err
	}
	if err := status("SETUP", r); err != nil {
		return err
	}
	t, err := transport(r)
	if err != nil {
		return err
	}
	if t.Protocol != headers.TransportProtocolUDP || (t.Delivery != nil && *t.Delivery != headers.TransportDeliveryUnicast) {
		return refuse(fault.Invalid, "camera.protocol", "the camera answers SETUP for UDP with another transport")
	}
	// Where it says that it sends from does not matter: only what comes from
	// the host that we dialled is taken, and only there do we send.
	if t.ServerPorts != nil {
		m.peerRTP, m.peerRTCP = t.ServerPorts[0], t.ServerPorts[1]
	}
	return nil
}

func transport(r *base.Response) (*headers.Transport, error) {
	var t headers.Transport
	if err := t.Unmarshal(r.Header["Transport"]); err != nil {
		return nil, refuse(fault.Invalid, "camera.protocol", "a Transport that cannot be read: %v", err)
	}
	return &t, nil
}

// do sends a request and waits for its answer, logging in if asked to, once.
func (s *session) do(method base.Method, u *base.URL, h base.Header) (*base.Response, error) {
	for try := 0; ; try++ {
		seq, err := s.send(method, u, h)
		if err != nil {
			return nil, err
		}
		r, err := s.await(seq)
		if err != nil {
			return nil, err
		}
		if r.StatusCode != base.StatusUnauthorized {
			return r, s.keepSession(r)
		}
		// A second refusal is final unless the camera says that only its
		// nonce had aged.
		stale := strings.Contains(strings.ToLower(strings.Join(r.Header["WWW-Authenticate"], " ")), "stale=true")
		if s.cfg.User == "" || try > 0 && !stale || try > 2 {
			return nil, errLogin()
		}
		if err := s.challenge(r); err != nil {
			return nil, err
		}
		s.info.Login = "digest"
		if s.basic() {
			s.info.Login = "basic"
		}
	}
}

// challenge takes up a camera's demand for a login.
func (s *session) challenge(r *base.Response) error {
	login := &auth.Sender{WWWAuth: r.Header["WWW-Authenticate"], User: s.cfg.User, Pass: string(s.cfg.Password)}
	if err := login.Initialize(); err != nil {
		return refuse(fault.Denied, "camera.auth", "the camera asks for a login of a kind that is not known")
	}
	s.login = login
	return nil
}

// basic says whether the login that was taken up sends the password itself.
func (s *session) basic() bool {
	probe := base.Request{Method: base.Options, URL: s.at.url}
	s.login.AddAuthorization(&probe)
	return strings.HasPrefix(strings.Join(probe.Header["Authorization"], " "), "Basic ")
}

// keepSession remembers the session's name and how long it lasts unasked.
func (s *session) keepSession(r *base.Response) error {
	v, ok := r.Header["Session"]
	if !ok {
		return nil
	}
	var h headers.Session
	if err := h.Unmarshal(v); err != nil || len(h.Session) > 256 || printable(h.Session, 256) != h.Session {
		return refuse(fault.Invalid, "camera.protocol", "a session name that cannot be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = h.Session
	if h.Timeout != nil && *h.Timeout > 0 {
		s.keepAlive = min(max(time.Duration(*h.Timeout)*time.Second/2, 5*time.Second), 30*time.Second)
	}
	return nil
}

// send writes a request and gives its number.
func (s *session) send(method base.Method, u *base.URL, h base.Header) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cseq++
	seq := strconv.Itoa(s.cseq)
	r := base.Request{Method: method, URL: u, Header: base.Header{"CSeq": {seq}, "User-Agent": {"Vidne"}}}
	for k, v := range h {
		r.Header[k] = v
	}
	if s.name != "" {
		r.Header["Session"] = base.HeaderValue{s.name}
	}
	if s.login != nil {
		s.login.AddAuthorization(&r)
	}
	b, err := r.Marshal()
	if err != nil {
		return "", refuse(fault.Internal, "camera.protocol", "request: %v", err)
	}
	return seq, s.write(b)
}

// write sends bytes. s.mu is held. A camera that takes nothing for five
// seconds is not worth waiting for.
func (s *session) write(b []byte) error {
	if err := s.conn.SetWriteDeadline(s.machine.Now().Add(5 * time.Second)); err != nil {
		return fault.As(fault.Unavailable, "camera.closed", err)
	}
	if _, err := s.conn.Write(b); err != nil {
		return fault.As(fault.Unavailable, "camera.closed", err)
	}
	return nil
}

// await reads to the answer with this number. Packets on the way are kept
// from being lost only after PLAY, so here they are left out.
func (s *session) await(seq string) (*base.Response, error) {
	for odd := 0; ; {
		u, ok, err := s.wire.next()
		if err != nil {
			if s.greeted {
				return nil, err
			}
			return nil, s.foreign(err)
		}
		if !ok {
			if !s.greeted && (s.wire.garbage > 0 || s.wire.end-s.wire.at >= 5 && string(s.wire.buf[s.wire.at:s.wire.at+5]) != "RTSP/") {
				return nil, s.foreign(nil)
			}
			if err := s.wire.fill(); err != nil {
				return nil, s.readFault(err)
			}
			continue
		}
		if u.channel >= 0 {
			continue
		}
		r, err := parseResponse(u.message)
		if err != nil {
			return nil, err
		}
		if r == nil {
			if !s.greeted {
				return nil, s.foreign(nil)
			}
			if err := s.answer(u.message); err != nil {
				return nil, err
			}
			continue
		}
		s.greeted = true
		if r.StatusCode >= 200 && len(r.Header["CSeq"]) == 1 && strings.TrimSpace(r.Header["CSeq"][0]) == seq {
			return r, nil
		}
		// 100 Continue, or the answer to something else: a few, not a storm.
		if odd++; odd > 16 {
			return nil, refuse(fault.Invalid, "camera.protocol", "answers to what was not asked")
		}
	}
}

// foreign is the fault for whatever answers there is not RTSP.
func (s *session) foreign(err error) error {
	if fault.Key(err) == "camera.too-large" {
		return err
	}
	return fault.New(fault.Invalid, "camera.not-rtsp", "what answers there does not speak RTSP")
}

// readFault says what a failed read means: what ended the session, if
// somebody here did, else that the camera hung up.
func (s *session) readFault(err error) error {
	if cause := s.ended(); cause != nil {
		return cause
	}
	var e *fault.Error
	if errors.As(err, &e) {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		// Without the addresses, which are in the configuration anyway.
		err = op.Err
	}
	return fault.As(fault.Unavailable, "camera.closed", fmt.Errorf("the camera ended the connection: %w", err))
}
