package camera

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// buffers are what sockets are read into. They are shared, because a buffer
// is needed only while there is something to read, and one that was just used
// still lies in the processor's cache: with one for each of a hundred cameras
// every byte would be fetched from memory twice more.
var buffers = sync.Pool{New: func() any { b := make([]byte, readBuf); return &b }} //nolint:gochecknoglobals // a free list, no state

// readTCP reads the connection without a layer between: wait until there is
// something, borrow a buffer, read, deal with all of it, give the buffer back,
// until there is nothing. What is left, the beginning of a packet, is carried over.
func (s *session) readTCP(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return s.readFault(err)
	}
	w := &s.wire
	carry := append([]byte(nil), w.buf[w.at:w.end]...)
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		for {
			p, _ := buffers.Get().(*[]byte)
			w.buf = *p
			if len(carry) > readBuf/2 {
				// A packet of a size that no camera sends: room for the rest of it.
				w.buf = make([]byte, readBufMax+maxHeader)
			}
			w.at, w.end = 0, copy(w.buf, carry)
			n, err := unix.Read(int(fd), w.buf[w.end:])
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
			if failed != nil {
				return true
			}
			// A read that did not fill the buffer took all the data, but the
			// end of the connection may stand behind them, and of both together
			// we are told once. So it is read again until there is nothing.
			if errors.Is(err, unix.EAGAIN) {
				return false
			}
		}
	})
	if failed != nil {
		return failed
	}
	return s.readFault(err)
}
