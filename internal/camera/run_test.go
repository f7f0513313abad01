package camera_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

func loopback(t testing.TB) camera.Networks {
	n, err := camera.ParseNetworks("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func open(t testing.TB, name string) *testcam.Clip {
	t.Helper()
	c, err := testcam.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func start(t testing.TB, o testcam.Options) *testcam.Camera {
	t.Helper()
	c, err := testcam.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// got is one sample, copied.
type got struct {
	media.Sample
	nals [][]byte
}

// keeper is a Handler that keeps everything.
type keeper struct {
	mu      sync.Mutex
	tracks  [][]media.Track
	infos   []camera.Info
	samples []got
	bad     []string
	clocks  []time.Duration
	fail    error
	enough  int // after so many samples, errEnough
	changed chan struct{}
	order   []string // what came, in order: "tracks", "key", "picture", "sound", "bad"
}

var errEnough = errors.New("enough")

func newKeeper() *keeper { return &keeper{changed: make(chan struct{})} }

func (k *keeper) bump(what string) {
	k.order = append(k.order, what)
	close(k.changed)
	k.changed = make(chan struct{})
}

func (k *keeper) Tracks(t []media.Track, i camera.Info) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tracks, k.infos = append(k.tracks, t), append(k.infos, i)
	k.bump("tracks")
	return nil
}

func (k *keeper) Sample(s *media.Sample) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	g := got{Sample: *s}
	g.Data = bytes.Clone(s.Data)
	what := "sound"
	if s.Track == 1 {
		what = "picture"
		if s.Key {
			what = "key"
		}
		if !media.NALs(g.Data, func(n []byte) bool { g.nals = append(g.nals, n); return true }) {
			return errors.New("lengths do not add up")
		}
	}
	k.samples = append(k.samples, g)
	k.bump(what)
	if k.enough > 0 && len(k.samples) >= k.enough {
		return errEnough
	}
	return nil
}

func (k *keeper) Clock(_ time.Time, offset time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clocks = append(k.clocks, offset)
	k.bump("clock")
}

func (k *keeper) Bad(key, detail string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bad = append(k.bad, key+": "+detail)
	k.bump("bad")
}

// wait until ok, called with k.mu held, says so.
func (k *keeper) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		k.mu.Lock()
		done, changed := ok(), k.changed
		k.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit:
			k.mu.Lock()
			defer k.mu.Unlock()
			t.Fatalf("%s did not come; %d samples, bad %q, %d tracks", what, len(k.samples), k.bad, len(k.tracks))
		}
	}
}

func (k *keeper) pictures(n int) func() bool {
	return func() bool {
		c := 0
		for i := range k.samples {
			if k.samples[i].Track == 1 {
				c++
			}
		}
		return c >= n
	}
}

// session runs a camera session until the test ends or stop is called, which
// gives Run's error.
func session(t testing.TB, cfg camera.Config, clk clock.Clock, h camera.Handler) (stop func() error, done <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = camera.Run(ctx, cfg, clk, h)
	}()
	wait := func() error {
		cancel()
		select {
		case <-ended:
		case <-time.After(patience):
			buf := make([]byte, 1<<20)
			t.Errorf("the session does not end:\n%s", buf[:runtime.Stack(buf, true)])
		}
		return err
	}
	t.Cleanup(func() { _ = wait() })
	return wait, ended
}

// match checks that the pictures received are, NAL unit for NAL unit, a
// stretch of what the camera sent, and gives the stretch.
func match(t testing.TB, cam *testcam.Camera, k *keeper) []testcam.Sent {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	// A picture is logged after it is sent: one more says that all we got are in.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := cam.WaitSent(ctx, cam.Sent()+1); err != nil {
		t.Fatal(err)
	}
	log := cam.Log()
	var video []got
	for _, s := range k.samples {
		if s.Track == 1 {
			video = append(video, s)
		}
	}
	same := func(a, b [][]byte) bool {
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if !bytes.Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	for from := range log {
		if len(video) > 0 && same(video[0].nals, log[from].NALs) && log[from].Key {
			for i := range video {
				if from+i >= len(log) || !same(video[i].nals, log[from+i].NALs) {
					t.Fatalf("picture %d after the first differs from what was sent", i)
				}
				if video[i].Key != log[from+i].Key {
					t.Fatalf("picture %d: key %v", i, video[i].Key)
				}
			}
			return log[from : from+len(video)]
		}
	}
	t.Fatalf("the first picture received was never sent (%d received, %d sent)", len(video), len(log))
	return nil
}

// TestTransportsLoginsAndParameters is the table of what cameras do.
func TestTransportsLoginsAndParameters(t *testing.T) {
	req.Shows(t, "REC-3")
	const user, password = "drift", "hemmelig-Kodeord-1"
	for _, x := range []struct {
		name      string
		scene     string
		o         testcam.Options
		transport permit.Transport
		want      permit.Transport
		login     string
	}{
		{"tcp", testcam.Small, testcam.Options{SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"tcp basic", testcam.Tiny, testcam.Options{Login: testcam.LoginBasic}, permit.TransportTCP, permit.TransportTCP, "basic"},
		{"tcp digest", testcam.Tiny, testcam.Options{Login: testcam.LoginDigest, SEI: true}, permit.TransportAuto, permit.TransportTCP, "digest"},
		{"tcp digest sha-256", testcam.Tiny, testcam.Options{Login: testcam.LoginDigestSHA}, permit.TransportTCP, permit.TransportTCP, "digest"},
		{"tls digest", testcam.Small, testcam.Options{TLS: true, Login: testcam.LoginDigest, SEI: true}, permit.TransportTLS, permit.TransportTLS, "digest"},
		{"udp", testcam.Tiny, testcam.Options{UDP: testcam.UDPToo, SEI: true}, permit.TransportUDP, permit.TransportUDP, ""},
		{"udp digest", testcam.Small, testcam.Options{UDP: testcam.UDPToo, Login: testcam.LoginDigest}, permit.TransportUDP, permit.TransportUDP, "digest"},
		{"auto falls back to udp", testcam.Tiny, testcam.Options{UDP: testcam.UDPOnly}, permit.TransportAuto, permit.TransportUDP, ""},
		{"h265", testcam.SmallHE, testcam.Options{SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"h265 udp", testcam.SmallHE, testcam.Options{UDP: testcam.UDPToo}, permit.TransportUDP, permit.TransportUDP, ""},
		{"h265 only in sdp", testcam.SmallHE, testcam.Options{Params: testcam.ParamsSDP}, permit.TransportTCP, permit.TransportTCP, ""},
		{"only in sdp", testcam.Tiny, testcam.Options{Params: testcam.ParamsSDP}, permit.TransportTCP, permit.TransportTCP, ""},
		{"only in band", testcam.Tiny, testcam.Options{Params: testcam.ParamsBand}, permit.TransportTCP, permit.TransportTCP, ""},
		{"h265 only in band", testcam.SmallHE, testcam.Options{Params: testcam.ParamsBand}, permit.TransportTCP, permit.TransportTCP, ""},
		{"b-frames", testcam.Reorder, testcam.Options{SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"b-frames only in sdp", testcam.Reorder, testcam.Options{Params: testcam.ParamsSDP}, permit.TransportTCP, permit.TransportTCP, ""},
		{"marker never", testcam.Tiny, testcam.Options{Marker: testcam.MarkerNever}, permit.TransportTCP, permit.TransportTCP, ""},
		{"marker on each unit", testcam.Tiny, testcam.Options{Marker: testcam.MarkerEach, SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"aggregates", testcam.Small, testcam.Options{Aggregate: true, SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"h265 aggregates", testcam.SmallHE, testcam.Options{Aggregate: true, SEI: true}, permit.TransportTCP, permit.TransportTCP, ""},
		{"numbers wrap", testcam.Tiny, testcam.Options{StartSeq: 65520, StartTS: 0xfffff000}, permit.TransportTCP, permit.TransportTCP, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			x.o.Clip = open(t, x.scene)
			x.o.User, x.o.Password = user, password
			// Many times as fast: the pacing is the camera's clock, nothing else's.
			x.o.Clock = clock.Scaled(clock.System().Now(), 15)
			cam := start(t, x.o)
			k := newKeeper()
			stop, _ := session(t, camera.Config{
				URL: cam.URL(), Transport: x.transport, User: user, Password: password,
				CertSHA256: cam.CertSHA256(), Allow: loopback(t),
			}, clock.System(), k)
			k.wait(t, "80 pictures", k.pictures(80))
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			sent := match(t, cam, k)
			if len(k.bad) > 0 {
				t.Errorf("bad: %q", k.bad)
			}
			if len(k.tracks) != 1 || k.order[0] != "tracks" && k.order[1] != "tracks" {
				t.Errorf("tracks came %d times, order begins %q", len(k.tracks), k.order[:2])
			}
			clip, i := x.o.Clip, k.infos[0]
			want := camera.Info{
				Transport: x.want, Encrypted: x.o.TLS, Login: x.login, Server: i.Server,
				Codec: clip.Codec, Width: clip.Width, Height: clip.Height, FPS: clip.FPS,
			}
			if i != want {
				t.Errorf("info %+v, want %+v", i, want)
			}
			if tr := k.tracks[0]; len(tr) != 1 || !bytes.Equal(tr[0].SPS, clip.SPS) || !bytes.Equal(tr[0].PPS, clip.PPS) || !bytes.Equal(tr[0].VPS, clip.VPS) {
				t.Error("parameter sets are not the camera's")
			}
			times(t, k, sent, clip)
		})
	}
}

// times checks decode times, times of showing, and arrival.
func times(t *testing.T, k *keeper, sent []testcam.Sent, clip *testcam.Clip) {
	t.Helper()
	per := int64(90000 / clip.FPS)
	for i := range k.samples {
		s := &k.samples[i]
		if s.PTS < s.DTS {
			t.Fatalf("picture %d is shown before it is decoded: %d, %d", i, s.PTS, s.DTS)
		}
		if i == 0 {
			continue
		}
		p := &k.samples[i-1]
		if s.DTS <= p.DTS {
			t.Fatalf("picture %d: decode time %d after %d", i, s.DTS, p.DTS)
		}
		if got, want := s.PTS-p.PTS, int64(int32(sent[i].TS-sent[i-1].TS)); got != want {
			t.Fatalf("picture %d: shown %d later, sent as %d", i, got, want)
		}
		if clip.Reorder == 0 && (s.DTS != s.PTS || s.DTS-p.DTS != per) {
			t.Fatalf("picture %d: DTS %d PTS %d after %d", i, s.DTS, s.PTS, p.DTS)
		}
		if s.Arrival.Before(p.Arrival) {
			t.Fatalf("picture %d arrived before the one before", i)
		}
	}
	if clip.Reorder > 0 {
		late := 0
		for i := range k.samples {
			if k.samples[i].PTS > k.samples[i].DTS {
				late++
			}
		}
		if late < 20 {
			t.Errorf("only %d of %d pictures were reordered", late, len(k.samples))
		}
	}
}

func TestHandlersErrorEndsTheSession(t *testing.T) {
	cam := start(t, testcam.Options{Clip: open(t, testcam.Tiny)})
	k := newKeeper()
	k.fail = fmt.Errorf("disk: %w", fault.New(fault.Exhausted, "disk.full", "no room"))
	_, done := session(t, camera.Config{URL: cam.URL(), Allow: loopback(t)}, clock.System(), k)
	stop, done2 := session(t, camera.Config{URL: cam.URL(), Allow: loopback(t)}, clock.System(), newKeeper())
	<-done
	select {
	case <-done2:
		t.Error("another session ended with it")
	default:
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
