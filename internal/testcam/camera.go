package testcam

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"

	"vidne.dk/vidne/internal/clock"
)

// Login is how the camera asks for a password.
type Login int

const (
	LoginNone Login = iota
	LoginBasic
	LoginDigest    // MD5, what nearly all cameras have
	LoginDigestSHA // SHA-256
)

// UDP says whether the camera sends over UDP.
type UDP int

const (
	UDPRefused UDP = iota // TCP only
	UDPToo
	UDPOnly
)

// Params says where the camera puts its parameter sets.
type Params int

const (
	ParamsBoth Params = iota
	ParamsSDP         // only in the description
	ParamsBand        // only in the stream
)

// SoundKind is the camera's sound track.
type SoundKind int

const (
	SoundNone SoundKind = iota
	SoundAAC            // the clip's own
	SoundPCMA           // a tone, 8 kHz
	SoundPCMU
	SoundOpus // packets that say only "opus": for what is passed on, not decoded
)

// Options of a [Camera]. Only Clip is needed.
type Options struct {
	Clip   *Clip
	Clock  clock.Clock // paces the pictures; the machine's own if nil
	Listen string      // host:port; a free port of 127.0.0.1 if empty
	Path   string      // "cam" if empty

	Login          Login
	User, Password string
	TLS            bool
	Cert           *tls.Certificate // made up for 127.0.0.1 if nil

	UDP       UDP
	Params    Params
	Sound     SoundKind
	SEI       bool // a user-data SEI with number and time in each picture
	Marker    Marker
	Aggregate bool
	Payload   int // largest RTP payload, 1400 if 0

	NoReports   bool          // no RTCP sender reports
	ClockOffset time.Duration // what the camera's clock is ahead of Clock
	StartSeq    uint16
	StartTS     uint32
}

// Sent is one picture that the camera sent.
type Sent struct {
	Number int64     // counts from 0 since the camera started
	Frame  int       // its index in the clip
	Shown  int       // the number that the picture shows
	Key    bool      // decoding can begin here
	Time   time.Time // when, by the camera's pacing clock
	TS     uint32    // RTP timestamp
	// NALs as sent, SEI included; kept for the last 4096 pictures.
	NALs [][]byte
}

// keepLog bounds the log of a camera that runs for days.
const keepLog = 1 << 16

// Camera is a running RTSP server. Its methods may be called at any time.
type Camera struct {
	opt     Options
	addr    string
	udpPort int
	cert    *tls.Certificate
	cancel  context.CancelFunc
	done    chan struct{}

	mu       sync.Mutex
	server   *gortsplib.Server
	stream   *stream
	down     bool
	conns    map[*gortsplib.ServerConn]struct{}
	requests []string
	log      []Sent
	sent     int64
	changed  chan struct{} // closed and replaced when something happens
	faults   faults
}

// faults are what the camera was told to do wrong.
type faults struct {
	stalled bool
	seq     uint16
	ts      uint32
	lose    int
	corrupt int
	next    *Clip
	offset  time.Duration
}

// Start runs a camera until Close.
func Start(o Options) (*Camera, error) {
	if o.Clip == nil {
		return nil, errors.New("testcam: no clip")
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Path == "" {
		o.Path = "cam"
	}
	if o.Payload == 0 {
		o.Payload = 1400
	}
	if o.Sound == SoundAAC && len(o.Clip.Sound) == 0 {
		return nil, errors.New("testcam: the clip has no sound")
	}
	c := &Camera{
		opt: o, done: make(chan struct{}), changed: make(chan struct{}),
		conns: map[*gortsplib.ServerConn]struct{}{}, faults: faults{offset: o.ClockOffset},
	}
	if o.TLS {
		c.cert = o.Cert
		if c.cert == nil {
			cert, err := Certificate("127.0.0.1")
			if err != nil {
				return nil, err
			}
			c.cert = cert
		}
	}
	if err := c.listen(o.Listen); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go func() {
		defer close(c.done)
		c.pump(ctx)
	}()
	return c, nil
}

// listen starts the server at addr. A port of 0 is chosen once and kept.
func (c *Camera) listen(addr string) error {
	s := &gortsplib.Server{
		Handler:                  &handler{c},
		RTSPAddress:              addr,
		WriteQueueSize:           4096,
		DisableRTCPSenderReports: true,
		AuthMethods:              map[Login][]auth.VerifyMethod{LoginBasic: {auth.VerifyMethodBasic}, LoginDigest: {auth.VerifyMethodDigestMD5}, LoginDigestSHA: {auth.VerifyMethodDigestSHA256}}[c.opt.Login],
	}
	var inner net.Listener
	s.Listen = func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		inner = l
		if c.cert != nil {
			// Plain RTP inside TLS, as cameras do; the server's own TLS would
			// announce SRTP as well.
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*c.cert}, MinVersion: tls.VersionTLS12})
		}
		return l, nil
	}
	var err error
	for range 20 {
		if c.opt.UDP != UDPRefused {
			if c.udpPort == 0 || err != nil {
				if c.udpPort, err = freePair(); err != nil {
					return err
				}
			}
			s.UDPRTPAddress = fmt.Sprintf("127.0.0.1:%d", c.udpPort)
			s.UDPRTCPAddress = fmt.Sprintf("127.0.0.1:%d", c.udpPort+1)
		}
		if err = s.Start(); err == nil || c.opt.UDP == UDPRefused {
			break
		}
	}
	if err != nil {
		return err
	}
	c.addr = inner.Addr().String()
	st, err := newStream(s, c)
	if err != nil {
		s.Close()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server, c.stream, c.down = s, st, false
	c.bump()
	return nil
}

// freePair finds an even UDP port with a free one after it.
func freePair() (int, error) {
	for range 50 {
		a, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := a.LocalAddr().(*net.UDPAddr).Port &^ 1
		_ = a.Close() // only held to find a free number
		ok := true
		for _, p := range [2]int{port, port + 1} {
			l, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", p))
			if err != nil {
				ok = false
				break
			}
			_ = l.Close()
		}
		if ok {
			return port, nil
		}
	}
	return 0, errors.New("testcam: no two free UDP ports")
}

// bump tells waiters that something changed. c.mu is held.
func (c *Camera) bump() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait until ok, which is called with c.mu held.
func (c *Camera) wait(ctx context.Context, ok func() bool) error {
	for {
		c.mu.Lock()
		done, changed := ok(), c.changed
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
