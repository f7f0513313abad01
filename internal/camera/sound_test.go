package camera_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// TestSound: not even asked for unless wanted; else kept, in step with the
// pictures, in a form that ffmpeg reads.
func TestSound(t *testing.T) {
	req.Shows(t, "REC-3")
	hall, tiny := open(t, testcam.Hall), open(t, testcam.Tiny)
	for _, x := range []struct {
		name      string
		kind      testcam.SoundKind
		clip      *testcam.Clip
		transport permit.Transport
		codec     media.Codec
		rate      int
	}{
		{"aac", testcam.SoundAAC, hall, permit.TransportTCP, media.AAC, 48000},
		{"aac udp", testcam.SoundAAC, hall, permit.TransportUDP, media.AAC, 48000},
		{"a-law", testcam.SoundPCMA, tiny, permit.TransportTCP, media.LPCM, 8000},
		{"mu-law", testcam.SoundPCMU, tiny, permit.TransportTCP, media.LPCM, 8000},
		{"opus", testcam.SoundOpus, tiny, permit.TransportTCP, media.Opus, 48000},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			clk := clock.Scaled(clock.System().Now(), 8)
			cam := start(t, testcam.Options{Clip: x.clip, Sound: x.kind, UDP: testcam.UDPToo, Clock: clk})
			cfg := camera.Config{URL: cam.URL(), Transport: x.transport, Allow: loopback(t)}

			without := newKeeper()
			stop, _ := session(t, cfg, clk, without)
			without.wait(t, "pictures", without.pictures(3))
			_ = stop()
			if !without.infos[0].Sound || len(without.tracks[0]) != 1 {
				t.Error("the offer of sound is not told, or taken")
			}
			setups := 0
			for _, r := range cam.Requests() {
				if r == "SETUP" {
					setups++
				}
			}
			if setups != 1 {
				t.Errorf("sound was asked for: %d tracks set up", setups)
			}
			for _, s := range without.samples {
				if s.Track != 1 {
					t.Fatal("sound came through")
				}
			}

			cfg.Sound = true
			k := newKeeper()
			stop, _ = session(t, cfg, clk, k)
			k.wait(t, "sound and pictures", func() bool {
				sounds := 0
				for _, s := range k.samples {
					if s.Track == 2 {
						sounds++
					}
				}
				return sounds > 30 && k.pictures(30)()
			})
			_ = stop()
			if len(k.tracks[0]) != 2 || k.tracks[0][1].Codec != x.codec || k.tracks[0][1].SampleRate != x.rate {
				t.Fatalf("%+v", k.tracks[0])
			}
			// Both lines tell the same time, within what a network does.
			for i := range k.samples {
				s := &k.samples[i]
				if s.Track != 2 {
					continue
				}
				at := float64(s.DTS) / float64(x.rate)
				for j := range k.samples {
					v := &k.samples[j]
					if v.Track == 1 && v.Arrival.Sub(s.Arrival).Abs() < 100*time.Millisecond {
						if d := at - float64(v.PTS)/90000; d > 2 || d < -2 {
							t.Fatalf("sound is %.3f s off the picture", d)
						}
					}
				}
			}
			if x.codec != media.Opus {
				decodes(t, k)
			}
		})
	}
}

// decodes writes what came as fragments and lets ffmpeg decode all of it.
func decodes(t *testing.T, k *keeper) {
	t.Helper()
	init, err := media.Init(k.tracks[0])
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.NewBuffer(init)
	var f media.Fragmenter
	f.Begin(k.tracks[0])
	for i := range k.samples {
		s := &k.samples[i].Sample
		if s.Key && s.Track == 1 && f.Samples() > 0 {
			f.End(s)
			out.Write(f.Bytes(1))
			f.Reset()
		}
		if err := f.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	out.Write(f.Bytes(2))
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "mp4", "-i", "-", "-f", "null", "-")
	cmd.Stdin = out
	if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("ffmpeg: %v: %s", err, said)
	}
}

// TestClockOffset: the camera's clock is measured, followed when it is set,
// and never used for arrival.
func TestClockOffset(t *testing.T) {
	req.Shows(t, "REC-3")
	for _, ahead := range []time.Duration{-3 * time.Hour, 0, 7 * time.Second, 20 * 365 * 24 * time.Hour} {
		for _, transport := range []permit.Transport{permit.TransportTCP, permit.TransportUDP} {
			clk := clock.Scaled(clock.System().Now(), 8)
			cam := start(t, testcam.Options{Clip: open(t, testcam.Tiny), Clock: clk, ClockOffset: ahead, UDP: testcam.UDPToo})
			k := newKeeper()
			stop, _ := session(t, camera.Config{URL: cam.URL(), Transport: transport, Allow: loopback(t)}, clk, k)
			k.wait(t, "a measurement", func() bool { return len(k.clocks) > 0 && len(k.samples) > 0 })
			_ = stop()
			if d := k.clocks[0] - ahead; d.Abs() > time.Second {
				t.Errorf("%s over %s: measured %s", ahead, transport, k.clocks[0])
			}
			if clk.Now().Sub(k.samples[0].Arrival).Abs() > time.Minute {
				t.Error("arrival follows the camera's clock")
			}
		}
	}
}

// TestProbe keeps parameters and the clock, never a picture.
func TestProbe(t *testing.T) {
	cam := start(t, testcam.Options{Clip: open(t, testcam.Hall), Sound: testcam.SoundAAC, TLS: true, Login: testcam.LoginDigest, User: "u", Password: "p", ClockOffset: time.Hour})
	i, err := camera.Probe(t.Context(), camera.Config{URL: cam.URL(), User: "u", Password: "p", CertSHA256: cam.CertSHA256(), Allow: loopback(t)}, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	if i.Codec != media.H264 || i.Width != 1280 || i.Height != 720 || i.FPS != 15 || !i.Encrypted || !i.Sound || i.Login != "digest" || !i.ClockKnown || (i.ClockOffset-time.Hour).Abs() > time.Second {
		t.Errorf("%+v", i)
	}
	if _, err := camera.Probe(t.Context(), camera.Config{URL: cam.URL(), User: "u", Password: "x", CertSHA256: cam.CertSHA256(), Allow: loopback(t)}, clock.System()); fault.Key(err) != "camera.auth" {
		t.Error(err)
	}
}

// TestKeepsAlive: receiver reports and keep-alives go out as the camera's
// timeout asks, and the session is ended politely.
func TestKeepsAlive(t *testing.T) {
	clip := open(t, testcam.Tiny)
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	var reports, asked, bye atomic.Int64
	played, step := make(chan struct{}), make(chan struct{}, 1)
	h, err := testcam.NewHostile("", func(ctx context.Context, c net.Conn) {
		br := bufio.NewReader(c)
		for {
			if b, err := br.Peek(4); err != nil {
				return
			} else if b[0] == '$' {
				p := make([]byte, 4+int(b[2])<<8+int(b[3]))
				if _, err := io.ReadFull(br, p); err != nil {
					return
				}
				if p[1] == 1 && p[5] == 201 && binary.BigEndian.Uint32(p[12:]) == 0x01020304 {
					reports.Add(1)
				}
				continue
			}
			r, err := testcam.ReadRequest(br)
			if err != nil {
				return
			}
			extra := "Session: 12345678;timeout=20\r\n"
			switch r.Method {
			case "OPTIONS":
				extra = "Public: GET_PARAMETER\r\n"
			case "SETUP":
				extra += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
			case "GET_PARAMETER":
				if r.Header["session"] == "12345678" {
					asked.Add(1)
				}
			case "TEARDOWN":
				bye.Add(1)
			}
			body := ""
			if r.Method == "DESCRIBE" {
				body, extra = clip.SDP(), "Content-Type: application/sdp\r\n"
			}
			say(c, r.Answer(extra, body))
			if r.Method == "PLAY" {
				go func() {
					w := testcam.NewWire(c, clip)
					close(played)
					for w.Pictures(1) == nil {
						select {
						case <-step:
						case <-ctx.Done():
							return
						}
					}
				}()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	k := newKeeper()
	stop, done := session(t, camera.Config{URL: h.URL(), Allow: loopback(t)}, fake, k)
	<-played
	n := 1
	for range 120 { // a minute
		k.wait(t, "the picture", k.pictures(n-1)) // the first are passed on when the next begins
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := fake.Waiters(ctx, 1); err != nil {
			t.Fatal(err)
		}
		cancel()
		fake.Advance(500 * time.Millisecond)
		step <- struct{}{}
		n++
	}
	select {
	case <-done:
		t.Fatalf("ended: %v", stop())
	default:
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for deadline := time.Now().Add(patience); bye.Load() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) //nolint:forbidigo // the server may still be reading what was sent; there is a deadline
	}
	if reports.Load() < 15 || asked.Load() < 4 || asked.Load() > 7 || bye.Load() != 1 {
		t.Errorf("in a minute: %d reports, %d keep-alives; %d goodbyes", reports.Load(), asked.Load(), bye.Load())
	}
}

// TestArrival is when the first packet of a picture was read: never before it
// was sent, and no later than the picture after it.
func TestArrival(t *testing.T) {
	req.Shows(t, "REC-3")
	cam := start(t, testcam.Options{Clip: open(t, testcam.Small), SEI: true})
	k := newKeeper()
	stop, _ := session(t, camera.Config{URL: cam.URL(), Allow: loopback(t)}, clock.System(), k)
	k.wait(t, "pictures", k.pictures(45))
	_ = stop()
	sent := match(t, cam, k)
	late := 0
	for i, s := range sent {
		d := k.samples[i].Arrival.Sub(s.Time)
		if d < 0 {
			t.Fatalf("picture %d arrived %s before it was sent", i, -d)
		}
		if d > time.Second/15 {
			late++
		}
	}
	if late > len(sent)/10 {
		t.Errorf("%d of %d pictures were stamped more than one picture late", late, len(sent))
	}
}

// TestOutages: a stall, lost packets and a camera that is switched off are
// each told and survived.
func TestOutages(t *testing.T) {
	req.Shows(t, "REC-5")
	clk := clock.Scaled(clock.System().Now(), 10)
	cam := start(t, testcam.Options{Clip: open(t, testcam.Small), Clock: clk, SEI: true, UDP: testcam.UDPToo})
	for _, transport := range []permit.Transport{permit.TransportTCP, permit.TransportUDP} {
		k := newKeeper()
		stop, done := session(t, camera.Config{URL: cam.URL(), Transport: transport, Allow: loopback(t)}, clk, k)
		k.wait(t, "a picture", k.pictures(5))
		cam.Lose(3)
		k.wait(t, "word of the loss", func() bool { return len(k.bad) == 1 })
		k.wait(t, "pictures after it", func() bool { return k.order[len(k.order)-1] == "picture" })
		cam.Corrupt(1)
		k.wait(t, "word of the damage", func() bool { return len(k.bad) == 2 })
		k.wait(t, "pictures after it", func() bool { return k.order[len(k.order)-1] == "picture" })
		cam.Stall(true)
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("silence goes unnoticed")
		}
		cam.Stall(false)
		if err := stop(); fault.Key(err) != "camera.silent" {
			t.Errorf("%s: %v", transport, err)
		}
		if !strings.Contains(k.bad[0], "missing") {
			t.Errorf("%q", k.bad)
		}
	}
	k := newKeeper()
	cfg := camera.Config{URL: cam.URL(), Allow: loopback(t)}
	stop, done := session(t, cfg, clk, k)
	k.wait(t, "a picture", k.pictures(1))
	cam.Down()
	<-done
	if err := stop(); fault.Key(err) != "camera.closed" {
		t.Error(err)
	}
	if err := camera.Run(t.Context(), cfg, clk, newKeeper()); fault.Key(err) != "camera.unreachable" {
		t.Error(err)
	}
	if err := cam.Up(); err != nil {
		t.Fatal(err)
	}
	k = newKeeper()
	stop, _ = session(t, cfg, clk, k)
	k.wait(t, "a picture after the outage", k.pictures(1))
	_ = stop()
}
