package engineapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
)

const (
	// slowReader is how long one write to a reader may take.
	slowReader = 30 * time.Second
	// lastWords is how long a stream that is cut may take to say why.
	lastWords = 300 * time.Millisecond
)

// Stream is a streamed answer. The 200 goes out with the first byte, so that
// an error before it can still be told. A reader that takes nothing for half a
// minute is dropped, and the end of the request breaks off a write under way.
type Stream struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	clk    clock.Clock
	frames *FrameWriter
	kind   string
	begun  bool
	stop   func() bool

	mu  sync.Mutex
	cut bool // the deadline is set for good
}

func newStream(ctx context.Context, w http.ResponseWriter, kind string) *Stream {
	s := &Stream{w: w, rc: http.NewResponseController(w), clk: clock.System(), kind: kind}
	s.frames = NewFrameWriter(s)
	s.stop = context.AfterFunc(ctx, func() { s.end(0) })
	return s
}

// writeError marks an error of the connection, not of the footage.
type writeError struct{ err error }

func (e *writeError) Error() string { return "write to reader: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// Write sends bytes of the answer.
func (s *Stream) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", s.kind)
		s.w.WriteHeader(http.StatusOK)
	}
	s.extend()
	n, err := s.w.Write(b)
	if err != nil {
		return n, &writeError{err}
	}
	return n, nil
}

// Frame sends one frame and pushes it out.
func (s *Stream) Frame(f *Frame) error {
	if err := s.frames.Write(f); err != nil {
		return err
	}
	return s.flush()
}

// Break cuts the stream: what is being written to a reader that does not take
// it is given up at once, and nothing follows but the reason.
func (s *Stream) Break() { s.end(lastWords) }

func (s *Stream) end(grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut && grace > 0 {
		return
	}
	s.cut = true
	_ = s.rc.SetWriteDeadline(s.clk.Now().Add(grace)) // a recorder in a test has no deadline
}

func (s *Stream) extend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cut {
		_ = s.rc.SetWriteDeadline(s.clk.Now().Add(slowReader))
	}
}

func (s *Stream) flush() error {
	if err := s.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return &writeError{err}
	}
	return nil
}

// close gives the connection back to the server without a deadline.
func (s *Stream) close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cut {
		_ = s.rc.SetWriteDeadline(time.Time{})
	}
}

var _ io.Writer = (*Stream)(nil)
