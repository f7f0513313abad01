package camera_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// drive moves a fake clock on until done, half a second at a time and never
// before the session waits for it, and says how long that took.
func drive(t testing.TB, f *clock.Fake, done <-chan struct{}) time.Duration {
	t.Helper()
	start := f.Mono()
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ctx, stop := context.WithCancel(limit)
	defer stop()
	go func() {
		select {
		case <-done:
			stop()
		case <-ctx.Done():
		}
	}()
	for f.Mono()-start < 10*time.Minute {
		err := f.Waiters(ctx, 1)
		select {
		case <-done:
			return f.Mono() - start
		default:
		}
		if err != nil {
			break
		}
		f.Advance(500 * time.Millisecond)
		if f.Mono()-start < camera.SilentAfter {
			continue
		}
		// It is time: a busy machine may take a while to come to it.
		select {
		case <-done:
			return f.Mono() - start
		case <-time.After(3 * time.Second):
		}
	}
	t.Errorf("still not ended after %s of the clock", f.Mono()-start)
	return 0
}

// neighbour is a good camera that records beside what a test does to others.
func neighbour(t *testing.T) (check func()) {
	t.Helper()
	cam := start(t, testcam.Options{Clip: open(t, testcam.Small), SEI: true})
	k := newKeeper()
	stop, done := session(t, camera.Config{URL: cam.URL(), Allow: loopback(t)}, clock.System(), k)
	k.wait(t, "the neighbour's first picture", k.pictures(1))
	return func() {
		t.Helper()
		select {
		case <-done:
			t.Errorf("the neighbour's session ended: %v", stop())
			return
		default:
		}
		before := cam.Sent()
		k.wait(t, "the neighbour's next picture", func() bool { return len(k.samples) > 0 && cam.Sent() > before })
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		sent := match(t, cam, k)
		if len(k.bad) > 0 {
			t.Errorf("the neighbour lost something: %q", k.bad)
		}
		t.Logf("the neighbour recorded %d pictures and lost none", len(sent))
	}
}

// peak watches the heap until stopped and gives its highest size.
func peak() (stop func() uint64) {
	var most atomic.Uint64
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(s)
			most.Store(max(most.Load(), s[0].Value.Uint64()))
			select {
			case <-quit:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(quit); <-ended; return most.Load() }
}

func say(c net.Conn, s string) { _, _ = io.WriteString(c, s) }

// forever writes b until nobody takes it.
func forever(c net.Conn, b string) {
	b = strings.Repeat(b, max(1, 8192/len(b)))
	for {
		if _, err := io.WriteString(c, b); err != nil {
			return
		}
	}
}

// raw is what a server does with a connection, whatever is asked of it. It
// calls stuck when from now on only time can end the session.
type raw func(ctx context.Context, c net.Conn, stuck func())

// after answers all requests before method as a camera would, and that one
// by f.
func after(clip *testcam.Clip, method string, f func(w io.Writer, r *testcam.Request)) raw {
	return func(ctx context.Context, c net.Conn, stuck func()) {
		s := &testcam.Script{Clip: clip, Answer: func(w io.Writer, r *testcam.Request) bool {
			if r.Method != method {
				return false
			}
			f(w, r)
			stuck()
			return true
		}}
		s.Serve(ctx, c)
	}
}

// playing answers as a camera would and then sends what f does.
func playing(clip *testcam.Clip, f func(ctx context.Context, w *testcam.Wire)) raw {
	return func(ctx context.Context, c net.Conn, stuck func()) {
		s := &testcam.Script{Clip: clip, Play: func(ctx context.Context, w *testcam.Wire) {
			stuck()
			f(ctx, w)
		}}
		s.Serve(ctx, c)
	}
}

// TestHostileAnswers: each ends the session with a reason that a person can
// be told, within ten seconds of the clock, in bounded memory, and a good
// camera beside it loses nothing.
func TestHostileAnswers(t *testing.T) {
	req.Shows(t, "REC-5", "REC-3")
	clip := open(t, testcam.Tiny)
	check := neighbour(t)
	used := peak()
	many := strings.Repeat("m=audio 0 RTP/AVP 0\r\n", 5000)
	for _, x := range []struct {
		name  string
		serve raw
		key   string
		first int // pictures that come first
	}{
		{"an HTTP server", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, "camera.not-rtsp", 0},
		{"an SSH server", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "SSH-2.0-OpenSSH_9.2p1\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, "camera.not-rtsp", 0},
		{"a TLS server", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "\x15\x03\x01\x00\x02\x02\x46")
			_, _ = io.Copy(io.Discard, c)
		}, "camera.not-rtsp", 0},
		{"random bytes", func(_ context.Context, c net.Conn, _ func()) { forever(c, "\x00\x01\x02xyz$") }, "camera.not-rtsp", 0},
		{"hangs up at once", func(context.Context, net.Conn, func()) {}, "camera.closed", 0},
		{"never answers", func(_ context.Context, c net.Conn, stuck func()) {
			_, _ = c.Read(make([]byte, 1))
			stuck()
			_, _ = io.Copy(io.Discard, c)
		}, "camera.silent", 0},
		{"drips an answer", func(ctx context.Context, c net.Conn, _ func()) {
			for ctx.Err() == nil {
				if _, err := io.WriteString(c, "R"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond) //nolint:forbidigo // how slow a server is, not a wait for anything
			}
		}, "camera.not-rtsp", 0},
		{"a header line without end", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "RTSP/1.0 200 OK\r\nX: ")
			forever(c, "a")
		}, "camera.too-large", 0},
		{"headers without end", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "RTSP/1.0 200 OK\r\n")
			forever(c, "X: y\r\n")
		}, "camera.too-large", 0},
		{"a status line of garbage", func(_ context.Context, c net.Conn, _ func()) {
			say(c, "RTSP/1.0 two hundred\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, "camera.protocol", 0},
		{"negative length", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Length: -1\r\n", ""))
		}), "camera.protocol", 0},
		{"two lengths", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Length: 1\r\nContent-Length: 2\r\n", ""))
		}), "camera.protocol", 0},
		{"a description of 100 MB", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Length: 104857600\r\n", ""))
			for range 1600 {
				if _, err := w.Write(make([]byte, 65536)); err != nil {
					return
				}
			}
		}), "camera.too-large", 0},
		{"a description that never comes", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Type: application/sdp\r\nContent-Length: 500\r\n", ""))
		}), "camera.silent", 0},
		{"a description of nothing", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Type: application/sdp\r\n", "v=0\r\n"))
		}), "camera.no-video", 0},
		{"thousands of media", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Type: application/sdp\r\n", "v=0\r\ns=x\r\nt=0 0\r\n"+many))
		}), "camera.no-video", 0},
		{"a description that is a web page", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Content-Type: text/html\r\n", "<html>"))
		}), "camera.protocol", 0},
		{"no such stream", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Status("404 Not Found", "", ""))
		}), "camera.no-video", 0},
		{"too busy", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Status("453 Not Enough Bandwidth", "", ""))
		}), "camera.closed", 0},
		{"asks to go on, again and again", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			for range 100000 {
				if _, err := io.WriteString(w, r.Status("100 Continue", "", "")); err != nil {
					return
				}
			}
		}), "camera.protocol", 0},
		{"answers something else", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			r.CSeq = "4711"
			_, _ = io.WriteString(w, r.Answer("", ""))
		}), "camera.silent", 0},
		{"sends us elsewhere", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Status("302 Found", "Location: rtsp://127.0.0.2:554/cam\r\n", ""))
		}), "camera.address", 0},
		{"sends us round in circles", after(clip, "DESCRIBE", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Status("301 Moved Permanently", "Location: "+r.URL+"x\r\n", ""))
		}), "camera.protocol", 0},
		{"refuses every transport", after(clip, "SETUP", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Status("461 Unsupported Transport", "", ""))
		}), "camera.protocol", 0},
		{"impossible channels", after(clip, "SETUP", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Session: 1\r\nTransport: RTP/AVP/TCP;interleaved=70000-70001\r\n", ""))
		}), "camera.protocol", 0},
		{"a session name with a line break", after(clip, "SETUP", func(w io.Writer, r *testcam.Request) {
			_, _ = io.WriteString(w, r.Answer("Session: a\nX-Evil: b\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n", ""))
		}), "camera.protocol", 0},
		{"plays nothing", playing(clip, func(context.Context, *testcam.Wire) {}), "camera.silent", 0},
		{"drips a byte at a time", playing(clip, func(ctx context.Context, w *testcam.Wire) {
			if w.Group() != nil {
				return
			}
			for b := []byte("$\x00\xff\xff\x80"); ctx.Err() == nil; b = b[1:] {
				if len(b) == 0 {
					b = []byte{0}
				}
				if _, err := w.Conn.Write(b[:1]); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond) //nolint:forbidigo // how slow a camera is, not a wait for anything
			}
		}), "camera.silent", 30},
		{"garbage after PLAY", playing(clip, func(_ context.Context, w *testcam.Wire) { forever(w.Conn, "\x01\x02garbage") }), "camera.protocol", 0},
		{"says goodbye", playing(clip, func(_ context.Context, w *testcam.Wire) {
			_ = w.Group()
			say(w.Conn, "TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 7\r\n\r\n")
			_, _ = io.Copy(io.Discard, w.Conn)
		}), "camera.closed", 0},
		{"sends us elsewhere while playing", playing(clip, func(_ context.Context, w *testcam.Wire) {
			_ = w.Group()
			say(w.Conn, "REDIRECT rtsp://x/ RTSP/1.0\r\nCSeq: 7\r\nLocation: rtsp://127.0.0.2/\r\n\r\n")
			_, _ = io.Copy(io.Discard, w.Conn)
		}), "camera.address", 0},
		{"cuts the wire", playing(clip, func(_ context.Context, w *testcam.Wire) {
			_ = w.Group()
			_ = w.Conn.(*net.TCPConn).SetLinger(0)
			_ = w.Conn.Close()
		}), "camera.closed", 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			stuck, once := make(chan struct{}), sync.Once{}
			h, err := testcam.NewHostile("", func(ctx context.Context, c net.Conn) {
				x.serve(ctx, c, func() { once.Do(func() { close(stuck) }) })
			})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			k := newKeeper()
			stop, done := session(t, camera.Config{URL: h.URL(), User: "u", Password: "p", Allow: loopback(t)}, fake, k)
			took := time.Duration(0)
			if x.key == "camera.silent" {
				select {
				case <-stuck:
				case <-time.After(patience):
					t.Fatal("the server never got that far")
				}
				if x.first > 0 {
					k.wait(t, "its first pictures", k.pictures(x.first))
				}
				took = drive(t, fake, done)
			} else {
				select {
				case <-done:
				case <-time.After(patience):
					t.Error("the session does not end by itself")
				}
			}
			err = stop()
			if fault.Key(err) != x.key {
				t.Errorf("ended with %s: %v", fault.Key(err), err)
			}
			if took > camera.SilentAfter {
				t.Errorf("took %s", took)
			}
			if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\r\n\x1b") {
				t.Errorf("an error that is no line for a log: %q", err)
			}
		})
	}
	if m := used(); m > 64<<20 {
		t.Errorf("the heap grew to %d MiB", m>>20)
	} else {
		t.Logf("heap at most %d MiB, the neighbour and the servers included", m>>20)
	}
	check()
}
