// Package flow keeps the answers that go on: footage that is relayed, and the
// events that tell an open page whether it may go on.
//
// What it promises: an answer is cut within half a second of its right ending,
// and at once when it is told so; no browser holds more than a dozen open.
//
// What it refuses: to look at what it relays.
package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/page"
)

// Streams are the answers that are being sent, so that they can be cut when the
// right to them ends. The zero Streams are none.
type Streams struct {
	mu   sync.Mutex
	next int
	open map[int]Stream
}

// Stream is one of them.
type Stream struct {
	Of              string // the viewing, or the live view
	Camera, Session string
	Cancel          context.CancelCauseFunc
}

// PerSession bounds how many one browser can hold open.
const PerSession = 12

// Add counts a stream until remove is called.
func (s *Streams) Add(st Stream) (remove func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, o := range s.open {
		if o.Session == st.Session {
			n++
		}
	}
	if n >= PerSession {
		return nil, fault.New(fault.Exhausted, "stream.many", "session %s has %d streams open", st.Session, n)
	}
	if s.open == nil {
		s.open = map[int]Stream{}
	}
	s.next++
	id := s.next
	s.open[id] = st
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, id)
	}, nil
}

// End cuts what matches, and says why: a key.
func (s *Streams) End(why string, match func(Stream) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.open {
		if match(o) {
			o.Cancel(fault.New(fault.Denied, why, "%s was cut", o.Of))
		}
	}
}

// EndOf cuts what is sent of a viewing or live view.
func (s *Streams) EndOf(of, why string) { s.End(why, func(o Stream) bool { return o.Of == of }) }

// EndCamera cuts what is sent of a camera.
func (s *Streams) EndCamera(id, why string) {
	s.End(why, func(o Stream) bool { return o.Camera == id })
}

// EndSession cuts what is sent to a session.
func (s *Streams) EndSession(id string) {
	s.End("session.ended", func(o Stream) bool { return o.Session == id })
}

// LookEvery is how soon an ended right cuts what flows. The engine looks for
// itself as well.
const LookEvery = 500 * time.Millisecond

// Watch cuts a stream when goesOn refuses; stop ends the watch.
func Watch(ctx context.Context, clk clock.Clock, goesOn func(context.Context) error, cancel context.CancelCauseFunc) (stop func()) {
	ctx, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for clock.Sleep(ctx, clk, LookEvery) == nil {
			if err := goesOn(ctx); err != nil && fault.Is(err, fault.Denied) {
				cancel(err)
				return
			}
		}
	})
	return func() { done(); wg.Wait() }
}

// Relay copies what comes, at once.
func Relay(w http.ResponseWriter, in io.Reader) error {
	rc := http.NewResponseController(w)
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
			if ferr := rc.Flush(); ferr != nil {
				return ferr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Events tells an open page, line by line, whether it may go on
// (text/event-stream), and when its session ends. It ends with the reason when
// goesOn refuses or ctx was cancelled with one.
func Events(ctx context.Context, v *page.Visit, of string, goesOn func(context.Context) error) error {
	v.W.Header().Set("Content-Type", "text/event-stream")
	v.W.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(v.W)
	send := func(event string, data any) (there bool) { // whether the browser is still there
		b, err := json.Marshal(data)
		if err != nil {
			return false
		}
		_, err = fmt.Fprintf(v.W, "event: %s\ndata: %s\n\n", event, b)
		return err == nil && rc.Flush() == nil
	}
	for last := ""; v.Ctx.Err() == nil; {
		if cut := over(ctx, goesOn); cut != nil && v.Ctx.Err() == nil {
			v.Site.Log.Info("what was shown was cut", slog.String("of", of), slog.String("key", fault.Key(cut)))
			send("cut", page.Problem{Kind: "denied", Key: fault.Key(cut), Text: v.Explain(cut)})
			break
		}
		if ends := v.ISO(v.Session.Ends); ends != last {
			last = ends
			if !send("session", map[string]string{"ends": ends}) {
				break
			}
		}
		_ = clock.Sleep(ctx, v.Site.Clock, LookEvery) // a cut wakes it; the next turn says why
	}
	return nil
}

// over is why what flows may not go on; nil: it may, or it is not known.
func over(ctx context.Context, goesOn func(context.Context) error) error {
	err := goesOn(ctx)
	if c := context.Cause(ctx); c != nil && fault.Is(c, fault.Denied) {
		err = c
	}
	if !fault.Is(err, fault.Denied) {
		return nil
	}
	return err
}
