package camera

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"vidne.dk/vidne/internal/permit"
)

const (
	// gulp is read at once: several pictures, and more than any unit of the
	// wire, so that what is left of the read before always fits in front.
	gulp = 256 << 10
	// quiet is how much must lie in the socket before the kernel tells of it.
	// We look on the beat, unasked, and do not want to be woken between.
	quiet = 256 << 10
)

// readTCP reads the connection without a layer between, on the beat. It
// returns when the connection ends.
func (s *session) readTCP(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return s.readFault(err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil { // the watch knows when it is silent
		return s.readFault(err)
	}
	// Where it cannot be set, we are woken more often, for nothing.
	_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, quiet) })
	carry := append([]byte(nil), s.wire.buf[s.wire.at:s.wire.end]...)
	var into []byte
	var failed error
	drain := func(fd uintptr) (done bool) {
		carry, failed = s.drain(int(fd), into, carry)
		return true
	}
	return tcp.follow(func(buf []byte) (time.Duration, error) {
		into = buf
		if err := raw.Read(drain); err != nil {
			return 0, s.readFault(err)
		}
		if s.info.Transport == permit.TransportUDP {
			return 0, failed // pictures come another way
		}
		return s.out.pace.picture, failed
	})
}

// drain reads into buf what there is, and deals with it. carry is what was
// left of the time before, the beginning of a unit; it returns what is left now.
func (s *session) drain(fd int, buf, carry []byte) ([]byte, error) {
	w := &s.wire
	w.buf = buf
	defer func() { w.buf = nil }()
	for {
		w.at, w.end = 0, copy(buf, carry)
		n, err := unix.Read(fd, buf[w.end:])
		switch {
		case n > 0:
			full := w.end+n == len(buf)
			w.end += n
			w.total += int64(n)
			err = s.units()
			carry = append(carry[:0], buf[w.at:w.end]...)
			if err != nil || !full {
				// A read that did not fill the buffer took all there was. The end
				// of the connection may stand behind it: the next beat reads that.
				return carry, err
			}
		case n == 0 && err == nil:
			return carry, s.readFault(io.EOF)
		case errors.Is(err, unix.EAGAIN):
			return carry, nil
		case !errors.Is(err, unix.EINTR):
			return carry, s.readFault(os.NewSyscallError("read", err))
		}
	}
}
