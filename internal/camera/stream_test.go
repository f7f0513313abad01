package camera_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// TestBadStreams: in each, good pictures come before and after something bad.
// The session stands, the bad is told, what follows begins with a key frame,
// and nothing that was not sent comes out.
func TestBadStreams(t *testing.T) {
	req.Shows(t, "REC-5")
	clip := open(t, testcam.Tiny)
	hevc := open(t, testcam.SmallHE)
	check := neighbour(t)
	used := peak()
	big := make([]byte, 1300)
	for _, x := range []struct {
		name string
		clip *testcam.Clip
		bad  func(w *testcam.Wire)
		told string // what Bad says, "" if it is nothing to speak of
	}{
		{"one packet lost", clip, func(w *testcam.Wire) { w.Seq(1) }, "missing"},
		{"half of all numbers jumped", clip, func(w *testcam.Wire) { w.Seq(32767) }, "missing"},
		{"more than half jumped", clip, func(w *testcam.Wire) { w.Seq(32768 + 5) }, "missing"},
		{"numbers jump back", clip, func(w *testcam.Wire) { w.Seq(65000) }, "missing"},
		{"time jumps hours ahead", clip, func(w *testcam.Wire) { w.TS += 4 * 3600 * 90000 }, "jumped"},
		{"time jumps hours back", clip, func(w *testcam.Wire) { w.TS -= 4 * 3600 * 90000 }, "jumped"},
		{"time jumps two seconds back", clip, func(w *testcam.Wire) { w.TS -= 2 * 90000 }, "jumped"},
		{"time runs backwards a little", clip, func(w *testcam.Wire) { w.TS -= 9000 }, "backwards"},
		{"a fragment without an end", clip, func(w *testcam.Wire) { _ = w.RTP(true, append([]byte{0x7c, 0x85}, big...)); w.TS += 6000 }, "no end"},
		{"a fragment without a beginning", clip, func(w *testcam.Wire) { _ = w.RTP(true, append([]byte{0x7c, 0x45}, big...)); w.TS += 6000 }, "no beginning"},
		{"a fragment in a fragment", clip, func(w *testcam.Wire) {
			_ = w.RTP(false, append([]byte{0x7c, 0x85}, big...))
			_ = w.RTP(true, append([]byte{0x7c, 0x85}, big...))
			w.TS += 6000
		}, "inside another"},
		{"a picture of 100 MB", clip, func(w *testcam.Wire) {
			_ = w.RTP(false, append([]byte{0x7c, 0x85}, big...))
			for range 2000 {
				_ = w.RTP(false, append([]byte{0x7c, 0x05}, make([]byte, 50000)...))
			}
			w.TS += 6000
		}, "8 MiB"},
		{"lying lengths in an aggregate", clip, func(w *testcam.Wire) { _ = w.RTP(true, []byte{24, 0xff, 0xff, 1, 2, 3}); w.TS += 6000 }, "add up"},
		{"an aggregate of nothing", clip, func(w *testcam.Wire) { _ = w.RTP(true, []byte{24, 0, 0, 0}); w.TS += 6000 }, "add up"},
		{"interleaved mode", clip, func(w *testcam.Wire) { _ = w.RTP(true, []byte{29, 0x85, 0, 0, 1, 2}); w.TS += 6000 }, "asked for"},
		{"type 0", clip, func(w *testcam.Wire) { _ = w.RTP(true, []byte{0, 1, 2}); w.TS += 6000 }, "type 0"},
		{"h265 packets cut short", hevc, func(w *testcam.Wire) { _ = w.RTP(true, []byte{98, 1}); w.TS += 6000 }, "cut short"},
		{"h265 lying aggregate", hevc, func(w *testcam.Wire) { _ = w.RTP(true, []byte{96, 1, 0xff, 0xff, 1}); w.TS += 6000 }, "add up"},
		{"h265 fragment without an end", hevc, func(w *testcam.Wire) { _ = w.RTP(true, append([]byte{98, 1, 0x93}, big...)); w.TS += 6000 }, "no end"},
		{"h265 unknown packet", hevc, func(w *testcam.Wire) { _ = w.RTP(true, []byte{100, 1, 2, 3}); w.TS += 6000 }, "asked for"},
		{"an absurd SPS", clip, func(w *testcam.Wire) {
			_ = w.Picture([][]byte{{0x67, 0x42, 0, 0x1e, 0xff, 0xff, 0xff, 0xff, 0xff}, clip.PPS, clip.Frames[0].NALs[len(clip.Frames[0].NALs)-1]})
		}, "cannot be read"},
		{"an SPS of 65536 by 65536", clip, func(w *testcam.Wire) {
			_ = w.Picture([][]byte{{0x67, 0x42, 0x00, 0x1e, 0xdc, 0x00, 0x10, 0x00, 0x00, 0x08, 0x00, 0x64}, clip.PPS, clip.Frames[0].NALs[len(clip.Frames[0].NALs)-1]})
		}, "cannot be read"},
		{"empty packets", clip, func(w *testcam.Wire) { _ = w.RTP(false, nil) }, ""},
		{"padding beyond the packet", clip, func(w *testcam.Wire) {
			_ = w.Raw(0, []byte{0xa0, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0xff})
		}, ""},
		{"an extension beyond the packet", clip, func(w *testcam.Wire) {
			_ = w.Raw(0, []byte{0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
		}, ""},
		{"another payload type", clip, func(w *testcam.Wire) { _ = w.Raw(0, append([]byte{0x80, 97}, big...)) }, ""},
		{"channels that nobody set up", clip, func(w *testcam.Wire) { _ = w.Raw(9, make([]byte, 65535)) }, ""},
		{"a few bytes of garbage", clip, func(w *testcam.Wire) { _, _ = w.Conn.Write([]byte("\x00\x01junk")) }, ""},
		{"broken reports", clip, func(w *testcam.Wire) {
			_ = w.Raw(1, []byte{0x80, 200, 0xff, 0xff, 1})
			_ = w.Raw(1, []byte{0x80, 200, 0, 1, 1, 2, 3, 4})
			_ = w.Raw(1, append([]byte{0x80, 200, 0, 6, 9, 9, 9, 9}, make([]byte, 20)...))
		}, ""},
		{"requests of its own", clip, func(w *testcam.Wire) {
			say(w.Conn, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nSET_PARAMETER x RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 3\r\n\r\nabcANNOUNCE x RTSP/1.0\r\nCSeq: 3\r\n\r\n")
		}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := &testcam.Script{Clip: x.clip, Play: func(_ context.Context, w *testcam.Wire) {
				if w.Group() != nil || w.Pictures(10) != nil {
					return
				}
				x.bad(w)
				// To the end of the group, and two whole ones.
				_ = w.Group()
				_ = w.Group()
				_ = w.Group()
				_, _ = io.Copy(io.Discard, w.Conn)
			}}
			h, err := testcam.NewHostile("", s.Serve)
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			k := newKeeper()
			stop, done := session(t, camera.Config{URL: h.URL(), Allow: loopback(t)}, clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), k)
			keys := 4
			k.wait(t, "the last group", func() bool {
				n := 0
				for i, s := range k.samples {
					if s.Key {
						n++
					}
					if n == keys && len(k.samples)-i >= 25 {
						return true
					}
				}
				return false
			})
			select {
			case <-done:
				t.Errorf("the session ended: %v", stop())
			default:
			}
			_ = stop()
			known := map[string]bool{}
			for _, f := range x.clip.Frames {
				known[string(bytes.Join(f.NALs, nil))] = true
			}
			for i := range k.samples {
				if !known[string(bytes.Join(k.samples[i].nals, nil))] {
					t.Errorf("picture %d was never sent like this", i)
				}
				if i > 0 && k.samples[i].DTS <= k.samples[i-1].DTS {
					t.Errorf("decode times run backwards at %d", i)
				}
			}
			switch {
			case x.told == "" && len(k.bad) > 0 || x.told != "" && len(k.bad) != 1:
				t.Errorf("told %q", k.bad)
			case x.told != "":
				if !strings.Contains(k.bad[0], x.told) {
					t.Errorf("told %q", k.bad)
				}
				for i, what := range k.order {
					if what == "bad" && k.order[i+1] != "key" {
						t.Errorf("after something bad comes a %s", k.order[i+1])
					}
				}
			}
		})
	}
	if m := used(); m > 96<<20 {
		t.Errorf("the heap grew to %d MiB", m>>20)
	} else {
		t.Logf("heap at most %d MiB, servers that hold 50 kB packets included", m>>20)
	}
	check()
}

// TestNeverAKeyFrame ends the session, late, since cameras that save bits
// take long over one.
func TestNeverAKeyFrame(t *testing.T) {
	clip := open(t, testcam.Tiny)
	for name, x := range map[string]struct {
		frame testcam.Frame
		still bool // the camera's time stands still
		most  time.Duration
		key   string
	}{
		"no key frame":         {clip.Frames[1], false, camera.KeyWithin + 10*time.Second, "camera.stream"},
		"broken parameters":    {testcam.Frame{NALs: [][]byte{{0x67, 1, 2}, {0x65, 0x88, 1, 2}}}, false, camera.SilentAfter, "camera.stream"},
		"pictures never whole": {testcam.Frame{NALs: [][]byte{{0x7c, 0x85, 1, 2, 3}, make([]byte, 100)}}, false, camera.SilentAfter + time.Second, "camera.silent"},
		"time stands still":    {testcam.Frame{NALs: [][]byte{append([]byte{0x65, 0x88}, make([]byte, 9000)...)}}, true, camera.SilentAfter + time.Second, "camera.stream"},
	} {
		fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		sdp := "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
		taken := make(chan struct{}, 1)
		s := &testcam.Script{Clip: clip, SDP: sdp, Play: func(ctx context.Context, w *testcam.Wire) {
			for ctx.Err() == nil && w.Picture(x.frame.NALs) == nil {
				if x.still {
					w.TS = 0
				}
				select {
				case taken <- struct{}{}:
				default:
				}
				time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a camera's pace, not a wait for anything
			}
		}}
		h, err := testcam.NewHostile("", s.Serve)
		if err != nil {
			t.Fatal(err)
		}
		stop, done := session(t, camera.Config{URL: h.URL(), Allow: loopback(t)}, fake, newKeeper())
		<-taken
		took := time.Duration(0)
		for over := false; !over; {
			// Pictures must come between the steps of the clock, and be read:
			// what has come waits up to 33 ms.
			for range 5 {
				select {
				case <-taken:
				case <-done:
				}
			}
			select {
			case <-done:
				over = true
			default:
				fake.Advance(500 * time.Millisecond)
				took += 500 * time.Millisecond
			}
			if took > 5*time.Minute {
				t.Fatalf("%s: not ended", name)
			}
		}
		if err := stop(); fault.Key(err) != x.key || took > x.most {
			t.Errorf("%s: after %s: %v", name, took, err)
		}
		h.Close()
	}
}

// TestChangesMidStream: another resolution in band gives new tracks; another
// codec, which a camera sends only after hanging up, is met by the next
// session.
func TestChangesMidStream(t *testing.T) {
	req.Shows(t, "REC-5")
	small, tiny := open(t, testcam.Small), open(t, testcam.Tiny)
	clk := clock.Scaled(clock.System().Now(), 10)
	cam := start(t, testcam.Options{Clip: tiny, Clock: clk})
	k := newKeeper()
	cfg := camera.Config{URL: cam.URL(), Allow: loopback(t)}
	stop, done := session(t, cfg, clock.System(), k)
	k.wait(t, "a picture", k.pictures(5))
	cam.Switch(small)
	k.wait(t, "new tracks", func() bool { return len(k.tracks) == 2 && k.order[len(k.order)-1] == "picture" })
	k.mu.Lock()
	if tr := k.tracks[1][0]; tr.Width != small.Width || !bytes.Equal(tr.SPS, small.SPS) {
		t.Errorf("%+v", tr)
	}
	for i, what := range k.order {
		if what == "tracks" && k.order[i+1] != "key" {
			t.Errorf("after tracks comes a %s", k.order[i+1])
		}
	}
	k.mu.Unlock()
	cam.Switch(open(t, testcam.SmallHE))
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the session outlives the camera's change of codec")
	}
	if err := stop(); fault.Key(err) != "camera.closed" {
		t.Error(err)
	}
	var again *keeper
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for err := error(nil); !errors.Is(err, errEnough) && ctx.Err() == nil; { // it may still be coming up
		again = newKeeper()
		again.enough = 3
		err = camera.Run(ctx, cfg, clock.System(), again)
	}
	if len(again.tracks) == 0 || again.tracks[0][0].Codec != media.H265 {
		t.Errorf("%+v", again.tracks)
	}
}

// TestEndRightBehindThePictures: a connection that ends, politely or not, in
// the same moment as pictures come is noticed then, not when silence is.
func TestEndRightBehindThePictures(t *testing.T) {
	clip := open(t, testcam.Tiny)
	for i := range 40 {
		s := &testcam.Script{Clip: clip, Play: func(_ context.Context, w *testcam.Wire) {
			_ = w.Pictures(1 + i)
			if c, ok := w.Conn.(*net.TCPConn); ok && i%2 == 0 {
				_ = c.SetLinger(0)
			}
			_ = w.Conn.Close()
		}}
		h, err := testcam.NewHostile("", s.Serve)
		if err != nil {
			t.Fatal(err)
		}
		// No time passes: silence cannot be what ends it.
		fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err = camera.Run(ctx, camera.Config{URL: h.URL(), Allow: loopback(t)}, fake, newKeeper())
		cancel()
		h.Close()
		if fault.Key(err) != "camera.closed" {
			t.Fatalf("end %d: %v", i, err)
		}
	}
}
