package camera

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"

	"vidne.dk/vidne/internal/fault"
)

// listenUDP opens a pair of ports, RTP's even (RFC 3550 clause 11), on the
// address from which the camera was dialled.
func (m *mediaState) listenUDP(ctx context.Context, conn net.Conn) error {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return fault.New(fault.Internal, "camera.protocol", "no local address")
	}
	var lc net.ListenConfig
	open := func(port int) (*net.UDPConn, error) {
		a := net.UDPAddr{IP: local.IP, Zone: local.Zone, Port: port}
		c, err := lc.ListenPacket(ctx, "udp", a.String())
		if err != nil {
			return nil, err
		}
		return c.(*net.UDPConn), nil
	}
	var last error
	for range 64 {
		a, err := open(0)
		if err != nil {
			return fault.As(fault.Exhausted, "camera.protocol", err)
		}
		port := a.LocalAddr().(*net.UDPAddr).Port
		other := port ^ 1
		b, err := open(other)
		if err != nil {
			last = err
			_ = a.Close() // never used
			continue
		}
		m.udp, m.udpC = a, b
		if port&1 == 1 {
			m.udp, m.udpC = b, a
		}
		// A key frame arrives at once: room for it, as far as the kernel grants.
		if err := m.udp.SetReadBuffer(2 << 20); err != nil {
			return fault.As(fault.Exhausted, "camera.protocol", err)
		}
		return nil
	}
	return fault.As(fault.Exhausted, "camera.protocol", last)
}

func (m *mediaState) ports() (rtp, rtcp int) {
	return m.udp.LocalAddr().(*net.UDPAddr).Port, m.udpC.LocalAddr().(*net.UDPAddr).Port
}

func (m *mediaState) closeUDP() {
	if m.udp != nil {
		_ = m.udp.Close() // nothing is written through it that could be lost
		_ = m.udpC.Close()
	}
}

// peer is the camera's address for a port: always the host that was dialled.
func peer(conn net.Conn, port int) (netip.AddrPort, bool) {
	a, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || port < 1 || port > 65535 {
		return netip.AddrPort{}, false
	}
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr(), uint16(port)), true
}

// punch opens the way back through a firewall that remembers.
func (m *mediaState) punch(conn net.Conn) {
	if to, ok := peer(conn, m.peerRTP); ok {
		_, err := m.udp.WriteToUDPAddrPort([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, to)
		_ = err // if it is lost, so be it
	}
	m.sendRTCP(conn, []byte{0x80, 201, 0, 1, 0, 0, 0, 0})
}

func (m *mediaState) sendRTCP(conn net.Conn, b []byte) {
	if to, ok := peer(conn, m.peerRTCP); ok {
		_, err := m.udpC.WriteToUDPAddrPort(b, to)
		_ = err // reports are sent again
	}
}

// receiveUDP reads both ports of m until they are closed.
func (s *session) receiveUDP(wg *sync.WaitGroup, m *mediaState, cancel context.CancelFunc) {
	loop := func(c *net.UDPConn, take func([]byte) error) {
		defer wg.Done()
		buf := make([]byte, 64<<10)
		from, _ := peer(s.conn, 1)
		for {
			n, addr, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				if !errors.Is(err, net.ErrClosed) && s.ended() == nil {
					s.end(fault.As(fault.Unavailable, "camera.closed", err))
					cancel()
				}
				return
			}
			if addr.Addr().Unmap() != from.Addr().Unmap() {
				continue // anybody may send here: only the camera is heard
			}
			s.bytes.Add(int64(n))
			if err := take(buf[:n]); err != nil {
				s.end(err)
				cancel()
				return
			}
		}
	}
	var q queue
	wg.Add(2)
	go loop(m.udp, func(b []byte) error {
		now, mono := s.clk.Now(), s.clk.Mono()
		s.feed.Lock()
		defer s.feed.Unlock()
		return q.put(b, func(b []byte) error { return s.rtp(m, b, now, mono) })
	})
	go loop(m.udpC, func(b []byte) error {
		now, mono := s.clk.Now(), s.clk.Mono()
		s.feed.Lock()
		defer s.feed.Unlock()
		s.rtcp(m, b, now, mono)
		return nil
	})
}

// queue puts packets that overtook each other back in order. One that is
// missing is waited for while 32 later ones come, then given up.
type queue struct {
	begun bool
	next  uint16
	held  map[uint16][]byte
}

const queueLen = 32

func (q *queue) put(b []byte, out func([]byte) error) error {
	if len(b) < 12 || b[0]>>6 != 2 {
		return nil
	}
	seq := binary.BigEndian.Uint16(b[2:])
	if !q.begun {
		q.begun, q.next, q.held = true, seq, map[uint16][]byte{}
	}
	switch ahead := seq - q.next; {
	case ahead == 0:
		if err := out(b); err != nil {
			return err
		}
		q.next++
	case ahead > 0xffff-512:
		return nil // too late
	case ahead > 512:
		// The camera's numbers jumped: there is nothing to wait for.
		if err := q.flush(out); err != nil {
			return err
		}
		q.next = seq + 1
		return out(b)
	default:
		if _, ok := q.held[seq]; !ok {
			q.held[seq] = append([]byte(nil), b...)
		}
		if len(q.held) > queueLen {
			for ; q.held[q.next] == nil; q.next++ {
			}
		}
	}
	for q.held[q.next] != nil {
		if err := out(q.held[q.next]); err != nil {
			return err
		}
		delete(q.held, q.next)
		q.next++
	}
	return nil
}

// flush passes on all that is held, in order.
func (q *queue) flush(out func([]byte) error) error {
	for len(q.held) > 0 {
		if b := q.held[q.next]; b != nil {
			if err := out(b); err != nil {
				return err
			}
			delete(q.held, q.next)
		}
		q.next++
	}
	return nil
}
