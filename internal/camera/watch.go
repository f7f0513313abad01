package camera

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"vidne.dk/vidne/internal/fault"
)

var errNoSetup = errors.New("no answer to the set-up in time")

// watch looks after the session from dialling to its end: gives up what takes
// too long, sends reports and keep-alives, and says goodbye.
func (s *session) watch(ctx context.Context, cancel context.CancelFunc, connected <-chan net.Conn, playing <-chan struct{}) {
	t := s.clk.NewTimer(setupWithin)
	defer t.Stop()
	var conn net.Conn
	select {
	case conn = <-connected:
	case <-t.C():
		if s.reached.Load() {
			s.end(fault.New(fault.Unavailable, "camera.tls", "no TLS within %s", setupWithin))
		} else {
			s.end(fault.New(fault.Unavailable, "camera.unreachable", "no connection within %s", setupWithin))
		}
		cancel()
		return
	case <-ctx.Done():
		select {
		case conn = <-connected: // both at once: it must still be closed
		default:
			return // run looks at ctx after it has handed the connection over
		}
	}
	defer func() { _ = conn.Close() }() // wakes the reader; run closes it as well
	select {
	case <-playing:
	case <-t.C():
		s.end(fault.As(fault.Unavailable, "camera.silent", errNoSetup))
		return
	case <-ctx.Done():
		return
	}
	asked := s.clk.Mono()
	for {
		t.Reset(tick)
		select {
		case <-t.C():
		case <-ctx.Done():
			s.goodbye()
			return
		}
		if err := s.look(); err != nil {
			s.end(err)
			s.goodbye()
			return
		}
		if s.report() != nil {
			return
		}
		if now := s.clk.Mono(); now-asked >= s.keepAliveEvery() {
			asked = now
			method := base.Options
			if s.getParameter {
				method = base.GetParameter
			}
			if _, err := s.send(method, s.where, nil); err != nil {
				s.end(err)
				return
			}
		}
	}
}

func (s *session) keepAliveEvery() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keepAlive
}

// look says what is wrong with how the stream goes, if anything.
func (s *session) look() error {
	now := int64(s.clk.Mono())
	idle := time.Duration(now - s.whole.Load())
	if idle > SilentAfter-tick {
		if n := s.bytes.Load() - s.wholeAt.Load(); n > 64<<10 {
			return refuse(fault.Invalid, "camera.stream", "no whole picture for %s, though data come", idle.Round(time.Second))
		}
		return refuse(fault.Unavailable, "camera.silent", "no picture for %s", idle.Round(time.Second))
	}
	if since := s.out.unusable.Load(); since != 0 && time.Duration(now-since) > SilentAfter-tick {
		return refuse(fault.Invalid, "camera.stream", "parameter sets are missing or cannot be read")
	}
	if wait := time.Duration(now - s.good.Load()); wait > KeyWithin {
		return refuse(fault.Invalid, "camera.stream", "no key frame for %s", wait.Round(time.Second))
	}
	return nil
}

// goodbye frees the session at the camera, which has few of them.
func (s *session) goodbye() {
	_, err := s.send(base.Teardown, s.where, nil)
	_ = err // it was a courtesy
}

// report sends receiver reports (RFC 3550 clause 6.4.2), which some cameras
// end a session for want of.
func (s *session) report() error {
	for _, m := range s.medias() {
		ssrc := m.ssrc.Load()
		if ssrc == 0 {
			continue
		}
		b := make([]byte, 0, 36)
		b = append(b, '$', byte(m.rtcp), 0, 32, 0x81, 201, 0, 7)
		b = binary.BigEndian.AppendUint32(b, ssrc^0x5649444e)
		b = binary.BigEndian.AppendUint32(b, ssrc)
		b = binary.BigEndian.AppendUint32(b, 0) // nothing is lost on this wire that we do not say elsewhere
		b = binary.BigEndian.AppendUint32(b, m.highest.Load())
		b = binary.BigEndian.AppendUint32(b, 0)
		b = binary.BigEndian.AppendUint32(b, m.lsr.Load())
		var since uint32
		if m.lsr.Load() != 0 {
			since = uint32(time.Duration(int64(s.clk.Mono())-m.lsrAt.Load()) * 65536 / time.Second)
		}
		b = binary.BigEndian.AppendUint32(b, since)
		if m.udpC != nil {
			m.sendRTCP(s.conn, b[4:])
			continue
		}
		s.mu.Lock()
		err := s.write(b)
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
