// Package camera holds one RTSP session with one camera: access units in,
// as the camera sent them, with the trusted time of their arrival.
//
// It takes H.264 and H.265 over RTSP by TCP, TLS and UDP (RFC 2326, RFC 6184,
// RFC 7798), with basic and digest login (MD5, SHA-256). Picture data and SEI
// are passed on byte for byte; sound is not even asked for unless
// [Config.Sound]. The camera's clock is measured from its sender reports and
// never used for anything.
//
// A camera is not trusted. What it can make this package allocate is bounded
// ([MaxPicture], 128 KiB for any message), what it can make it dial is the
// configured host, at an address inside the networks that the operator
// allows, checked on the address really dialled. It never follows a redirect,
// a Content-Base or a control URL to another host. A bad access unit is
// dropped and reported and everything to the next key frame with it; a camera
// that drips or goes silent is left within ten seconds. Credentials are in no
// error, log or URL that leaves here.
//
// The reader of the hot path is our own: one read for many packets, parsed
// where they lie, over TCP on a beat that all cameras share; arrival is late by
// at most what one picture lasts, and never by more than 100 ms. The transport
// for UDP is our own too, because a client that sends to the address which a
// camera names in its Transport header can be turned against others. Message,
// description and login formats are gortsplib's. SRTP is not taken: TLS
// carries the whole session.
//
// Reconnecting is the engine's: [Backoff] says when.
package camera

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// Limits on one session.
const (
	// MaxPicture is the largest access unit taken.
	MaxPicture = 8 << 20
	// SilentAfter is the longest time without a whole access unit.
	SilentAfter = 10 * time.Second
	// KeyWithin is the longest wait for a key frame. Cameras that save bits
	// go 20 seconds and more between them.
	KeyWithin = 2 * time.Minute

	setupWithin = 10 * time.Second // from dialling to the answer to PLAY
	tick        = 3 * time.Second  // how often a session is looked after
)

// Secret is a password that does not print.
type Secret string

// String hides the secret, and so do the other ways to print it.
func (Secret) String() string               { return "(secret)" }
func (Secret) GoString() string             { return "(secret)" }
func (Secret) LogValue() slog.Value         { return slog.StringValue("(secret)") }
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Config is how to reach one camera.
type Config struct {
	Name      string // for messages
	URL       string // rtsp:// or rtsps://, without user and password
	Transport permit.Transport
	User      string
	Password  Secret
	// CertSHA256 pins the TLS certificate (hex SHA-256 of the DER), or is empty
	// for the system's trust.
	CertSHA256 string
	// Allow is where cameras may be. Empty allows nothing.
	Allow Networks
	// Sound asks the camera for its sound as well.
	Sound bool
}

// Info is what is known of a camera's stream.
type Info struct {
	Transport permit.Transport // what is used: tcp, udp or tls
	Encrypted bool             // the wire is
	Login     string           // "", "basic", "digest"
	Server    string           // what the camera calls itself, cut to 64 bytes
	Sound     bool             // the camera offers sound, taken or not
	Codec     media.Codec
	Width     int
	Height    int
	FPS       float64 // as the SPS says, 0 if it does not
	// ClockKnown says that a sender report was seen; ClockOffset is then the
	// camera's clock minus ours. Only Probe fills them.
	ClockKnown  bool
	ClockOffset time.Duration
}

// Handler receives what a session brings. Calls come one at a time; an error
// from Tracks or Sample ends the session with that error.
type Handler interface {
	// Tracks comes before the first sample and again, before a key frame, when
	// the codec's parameters changed: the picture is track 1, sound track 2.
	Tracks(tracks []media.Track, info Info) error
	// Sample is one access unit; the first of a picture track after Tracks or
	// Bad is a key frame. s and its data are valid during the call only.
	Sample(s *media.Sample) error
	// Clock is a measurement of the camera's clock: its reading minus ours.
	Clock(at time.Time, offset time.Duration)
	// Bad says that something was lost or broken here, with the reason's key;
	// what follows begins with a key frame.
	Bad(key, detail string)
}

// Run holds one session until ctx ends, the camera ends it, or it is not
// worth going on. Its error is ctx's, the handler's, or a fault whose key is
// one of camera.auth, camera.unreachable, camera.not-rtsp, camera.no-video,
// camera.protocol, camera.too-large, camera.silent, camera.tls,
// camera.address, camera.stream and camera.closed. It never returns nil.
func Run(ctx context.Context, cfg Config, clk clock.Clock, h Handler) (err error) {
	defer func() {
		// A camera that finds a hole in a parser must not take others along.
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "camera.stream", "session failed: %v\n%s", p, debug.Stack())
		}
	}()
	s, err := newSession(cfg, clk, h)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// errProbed ends a probe that has what it wants.
var errProbed = errors.New("probed")

// Probe connects once and says what the camera offers. It keeps parameters
// and never a picture. It waits a little for the camera to tell its time.
func Probe(ctx context.Context, cfg Config, clk clock.Clock) (Info, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &probe{clk: clk}
	err := Run(ctx, cfg, clk, p)
	if p.done || (p.known && ctx.Err() == nil) {
		return p.info, nil
	}
	return Info{}, err
}

type probe struct {
	clk   clock.Clock
	info  Info
	known bool
	done  bool
	since time.Duration
}

// probeWait is how long a probe waits for a sender report.
const probeWait = 6 * time.Second

func (p *probe) Tracks(_ []media.Track, i Info) error {
	i.ClockKnown, i.ClockOffset = p.info.ClockKnown, p.info.ClockOffset
	if !p.known {
		p.since = p.clk.Mono()
	}
	p.info, p.known = i, true
	return nil
}

func (p *probe) Sample(*media.Sample) error {
	if p.info.ClockKnown || p.clk.Mono()-p.since > probeWait {
		p.done = true
		return errProbed
	}
	return nil
}

func (p *probe) Clock(_ time.Time, offset time.Duration) {
	p.info.ClockKnown, p.info.ClockOffset = true, offset
}

func (p *probe) Bad(string, string) {}

// Backoff is how long to wait before attempt n (from 0): one second, doubled
// each time up to a minute, and up to half as much again so that many cameras
// do not come back at once.
func Backoff(attempt int, r *rand.Rand) time.Duration {
	d := time.Minute
	if attempt < 6 {
		d = min(d, time.Second<<max(attempt, 0))
	}
	// Never above the minute: shorten, rather than lengthen, the longest.
	return min(d+time.Duration(r.Int64N(int64(d)/2+1)), time.Minute-time.Duration(r.Int64N(int64(10*time.Second))))
}

// refuse makes a fault of this package. Details are for the log: no
// credentials, no bytes of the camera's longer than a line.
func refuse(k fault.Kind, key, format string, args ...any) error {
	return fault.New(k, key, "%s", printable(fmt.Sprintf(format, args...), 300))
}

// printable cuts a text that a camera may have written to what a log can hold.
func printable(s string, n int) string {
	out := make([]rune, 0, min(len(s), n))
	for _, r := range s {
		if len(out) == n {
			break
		}
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			r = '.'
		}
		out = append(out, r)
	}
	return string(out)
}
