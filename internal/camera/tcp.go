package camera

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// beat is how long what has come may wait to be read: no longer than a picture
	// of thirty a second lasts. All cameras are read on the same beat, so that a
	// hundred of them wake the process thirty times a second and not thousands
	// of times; the waking cost more than the reading.
	beat = 33 * time.Millisecond
	// burst is read at once, without waiting for the beat.
	burst = 4 * readBuf
)

// buffers are what sockets are read into. They are shared, because a buffer
// is needed only while there is something to read, and one that was just used
// still lies in the processor's cache: with one for each of a hundred cameras
// every byte would be fetched from memory twice more.
var buffers = sync.Pool{New: func() any { b := make([]byte, readBuf); return &b }} //nolint:gochecknoglobals // a free list, no state

// readTCP reads the connection without a layer between: wait for the beat or a
// burst, borrow a buffer, read, deal with all of it, give the buffer back,
// until there is nothing. What is left, the beginning of a packet, is carried over.
func (s *session) readTCP(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return s.readFault(err)
	}
	// The kernel keeps from us what is less than a burst; the end of the
	// connection it tells at once. Where it cannot, we are woken more often.
	_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, burst) })
	carry := append([]byte(nil), s.wire.buf[s.wire.at:s.wire.end]...)
	var failed error
	drain := func(fd uintptr) (done bool) {
		carry, failed = s.drain(int(fd), carry)
		return failed != nil
	}
	for failed == nil {
		if err := c.SetReadDeadline(s.machine.Now().Truncate(beat).Add(beat)); err != nil {
			return s.readFault(err)
		}
		if err := raw.Read(drain); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return s.readFault(err)
		}
	}
	return failed
}

// drain reads what there is, and deals with it. carry is what was left
// of the time before; it returns what is left now.
func (s *session) drain(fd int, carry []byte) ([]byte, error) {
	w := &s.wire
	for {
		p, _ := buffers.Get().(*[]byte)
		w.buf = *p
		if len(carry) > readBuf/2 {
			// A packet of a size that no camera sends: room for the rest of it.
			w.buf = make([]byte, readBufMax+maxHeader)
		}
		w.at, w.end = 0, copy(w.buf, carry)
		space := len(w.buf) - w.end
		n, err := unix.Read(fd, w.buf[w.end:])
		var failed error
		switch {
		case n > 0:
			w.end += n
			w.total += int64(n)
			failed = s.units()
			carry = append(carry[:0], w.buf[w.at:w.end]...)
			if len(carry) == readBufMax+maxHeader {
				failed = errors.Join(failed, tooLarge(len(carry)))
			}
		case n == 0 && err == nil:
			failed = s.readFault(io.EOF)
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			failed = s.readFault(os.NewSyscallError("read", err))
		}
		w.buf = nil
		buffers.Put(p)
		// A read that did not fill the buffer took all there was. The end of
		// the connection may stand behind it: the next beat reads that.
		if failed != nil || n < space && !errors.Is(err, unix.EINTR) {
			return carry, failed
		}
	}
}
