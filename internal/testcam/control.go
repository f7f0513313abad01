package testcam

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"vidne.dk/vidne/internal/media"
)

// URL is where the camera answers, without user and password.
func (c *Camera) URL() string {
	scheme := "rtsp"
	if c.opt.TLS {
		scheme = "rtsps"
	}
	return scheme + "://" + c.addr + "/" + c.opt.Path
}

// Addr is the host and port.
func (c *Camera) Addr() string { return c.addr }

// CertSHA256 is the hex hash of the TLS certificate, for pinning.
func (c *Camera) CertSHA256() string {
	if c.cert == nil {
		return ""
	}
	sum := sha256.Sum256(c.cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// Sent is how many pictures were sent, whether anybody looked or not.
func (c *Camera) Sent() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

// Log is what was sent, oldest first; the last 65536 pictures.
func (c *Camera) Log() []Sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Sent(nil), c.log...)
}

// Requests are the RTSP requests received, such as "DESCRIBE", in order.
func (c *Camera) Requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.requests...)
}

// WaitSent waits until n pictures were sent.
func (c *Camera) WaitSent(ctx context.Context, n int64) error {
	return c.wait(ctx, func() bool { return c.sent >= n })
}

// WaitRequest waits until a request with this method was received n times.
func (c *Camera) WaitRequest(ctx context.Context, method string, n int) error {
	return c.wait(ctx, func() bool {
		seen := 0
		for _, r := range c.requests {
			if r == method {
				seen++
			}
		}
		return seen >= n
	})
}

// Stall stops sending pictures, with the connection open, or goes on.
func (c *Camera) Stall(on bool) { c.set(func(f *faults) { f.stalled = on }) }

// Jump moves sequence numbers and timestamps from the next picture on.
func (c *Camera) Jump(seq uint16, ts uint32) {
	c.set(func(f *faults) { f.seq += seq; f.ts += ts })
}

// Lose leaves out the next n packets of pictures.
func (c *Camera) Lose(n int) { c.set(func(f *faults) { f.lose += n }) }

// Corrupt breaks the fragmentation of the next n pictures of more than one packet.
func (c *Camera) Corrupt(n int) { c.set(func(f *faults) { f.corrupt += n }) }

// Switch plays another clip from the next picture on. A clip of another codec
// ends all sessions, as a camera does that is set up anew.
func (c *Camera) Switch(to *Clip) { c.set(func(f *faults) { f.next = to }) }

// SetClock moves the camera's clock, as its sender reports tell it.
func (c *Camera) SetClock(ahead time.Duration) { c.set(func(f *faults) { f.offset = ahead }) }

func (c *Camera) set(change func(*faults)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.faults)
}

// HangUp closes all connections; the camera goes on answering new ones.
func (c *Camera) HangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		conn.Close()
	}
}

// Down pulls the plug: connections end and nobody answers, until Up.
func (c *Camera) Down() {
	c.mu.Lock()
	s, st := c.server, c.stream
	c.server, c.stream, c.down = nil, nil, true
	c.mu.Unlock()
	if s != nil {
		st.rtsp.Close()
		s.Close()
	}
}

// Up puts the plug back. The address is the same.
func (c *Camera) Up() error {
	c.mu.Lock()
	up := c.server != nil
	c.mu.Unlock()
	if up {
		return nil
	}
	return c.listen(c.addr)
}

// Close ends the camera.
func (c *Camera) Close() {
	c.cancel()
	<-c.done
	c.Down()
}

// Codec is what the camera sends now.
func (c *Camera) Codec() media.Codec {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opt.Clip.Codec
}
