package engine_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

const (
	engineID   = "engine-1"
	controller = "heimdal"
	bearer     = "a secret of the two halves"
	patience   = 30 * time.Second
)

// site is an engine with cameras, and the portal's pen in the test's hand.
type site struct {
	t      *testing.T
	dir    string
	clk    clock.Clock
	fake   *clock.Fake // nil: the machine's clock
	signer permit.Signer
	born   time.Time
	change func(*engine.Config)

	eng    *engine.Engine
	client *engineapi.Client
	stop   func()
	serial int64
	step   time.Duration // longest step of a fake clock that runs
}

func newSigner(t testing.TB, n byte) permit.Signer {
	t.Helper()
	seed := sha256.Sum256([]byte{n})
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newSite opens an engine and runs it. With a start it has a fake clock.
func newSite(t *testing.T, start time.Time, change ...func(*engine.Config)) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), clk: clock.System(), signer: newSigner(t, 1)}
	if !start.IsZero() {
		s.fake = clock.NewFake(start)
		s.clk = s.fake
	}
	s.born = s.clk.Now().Add(-60 * 24 * time.Hour)
	s.change = func(c *engine.Config) {
		for _, f := range change {
			f(c)
		}
	}
	s.open()
	return s
}

func (s *site) open() {
	s.t.Helper()
	networks, err := camera.ParseNetworks("127.0.0.0/8")
	if err != nil {
		s.t.Fatal(err)
	}
	cfg := engine.Config{
		ID: engineID, Dir: s.dir, Issuers: []permit.PublicKey{s.signer.Public(s.born)}, Networks: networks, Secret: bearer,
		Master: keys.Key(sha256.Sum256([]byte("master"))), Clock: s.clk, Synced: func() bool { return true }, Version: "test",
		Log: slog.New(slog.NewTextHandler(&testLog{t: s.t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	s.change(&cfg)
	if s.eng, err = engine.Open(s.t.Context(), cfg); err != nil {
		s.t.Fatal(err)
	}
	srv := httptest.NewServer(s.eng.Handler())
	s.client = engineapi.NewClient(srv.URL, bearer, srv.Client())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	eng := s.eng
	go func() { done <- eng.Run(ctx) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			srv.CloseClientConnections()
			srv.Close()
			select {
			case err := <-done:
				if err != nil {
					s.t.Error(err)
				}
			case <-time.After(patience):
				s.t.Error("the engine does not end")
			}
		})
	}
	s.t.Cleanup(s.stop)
}

// testLog keeps the log for a test that fails.
type testLog struct {
	t  *testing.T
	mu sync.Mutex
}

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if os.Getenv("VIDNE_LOG") != "" {
		_, _ = os.Stderr.Write(b)
	}
	return len(b), nil
}

// run lets the fake clock go, factor times as fast as the machine's, until
// the returned function is called.
func (s *site) run(factor float64) (halt func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				// A machine that stands still for a moment must not look like a
				// camera that fell silent: time then goes slower.
				step := min(time.Duration(float64(now.Sub(last))*factor), 100*time.Millisecond)
				s.step = max(s.step, step)
				s.fake.Advance(step)
				last = now
			}
		}
	}()
	var once sync.Once
	halt = func() { once.Do(func() { close(stop); <-done }) }
	s.t.Cleanup(halt)
	return halt
}

// until waits for something to become so.
func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	end := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end:
			s.t.Fatalf("in %s it did not come to this: %s", patience, what)
		case <-tick.C:
		}
	}
}

func (s *site) head() permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: s.now(), By: "p-9"}
}

func (s *site) now() time.Time { return s.clk.Now().Truncate(time.Microsecond) }

func (s *site) sign(st permit.Statement) []byte {
	s.t.Helper()
	d, err := permit.Sign(st, s.signer)
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Encode()
}

// say hands a statement in and wants it accepted.
func (s *site) say(st permit.Statement) engineapi.Accepted {
	s.t.Helper()
	a, err := s.client.Statement(s.t.Context(), s.sign(st))
	if err != nil {
		s.t.Fatalf("%s: %v", st.Kind(), err)
	}
	return a
}

// always is every hour of the week.
func always() permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return h
}

// allow issues a permit for a camera.
func (s *site) allow(name string, change ...func(*permit.Permit)) *permit.Permit {
	s.t.Helper()
	s.serial++
	now := s.now()
	p := &permit.Permit{
		Head: s.head(), Camera: name, Stream: engine.Stream, Serial: s.serial, Hours: always(), RetentionHours: 14 * 24,
		Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014",
		ValidFrom: now.Add(-time.Hour), ValidTo: now.AddDate(1, 0, 0), LeaseUntil: now.Add(permit.LongestLease), Text: "Optagetilladelse",
	}
	for _, f := range change {
		f(p)
	}
	s.say(p)
	return p
}

// connect tells the engine where a camera is.
func (s *site) connect(name string, c *testcam.Camera, login ...string) {
	s.t.Helper()
	s.serial++
	st := &permit.Camera{Head: s.head(), Camera: name, Serial: s.serial, Name: "Kamera " + name, Place: "Heimdal Skole", URL: c.URL(), Transport: permit.TransportTCP, Sealed: []byte{}}
	if len(login) == 2 {
		st.Sealed = s.seal(name, login[0], login[1])
	}
	s.say(st)
}

func (s *site) seal(name, user, password string) []byte {
	s.t.Helper()
	i, err := s.client.Identity(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := permit.SealTo(i.SealKey, permit.Credentials{User: user, Password: password}, permit.SealFor(engineID, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// camera starts a test camera on the site's clock.
func (s *site) camera(clip string, change ...func(*testcam.Options)) *testcam.Camera {
	s.t.Helper()
	c, err := testcam.Open(clip)
	if err != nil {
		s.t.Fatal(err)
	}
	o := testcam.Options{Clip: c, Clock: s.clk}
	for _, f := range change {
		f(&o)
	}
	cam, err := testcam.Start(o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(cam.Close)
	return cam
}

func (s *site) status() engineapi.Status {
	s.t.Helper()
	st, err := s.client.Status(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func (s *site) of(name string) engineapi.CameraStatus {
	s.t.Helper()
	for _, c := range s.status().Cameras {
		if c.Camera == name {
			return c
		}
	}
	return engineapi.CameraStatus{}
}

func (s *site) state(name string, want engineapi.State) {
	s.t.Helper()
	var last engineapi.CameraStatus
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s is %s (%s)", name, last.State, last.Cause)
		}
	}()
	s.until(name+" is "+string(want), func() bool { last = s.of(name); return last.State == want })
}

// recorded waits until so much of a camera is readable.
func (s *site) recorded(name string, least time.Duration) {
	s.t.Helper()
	s.until(name+" has "+least.String(), func() bool { return s.seconds(name) >= least.Seconds() })
}

func (s *site) seconds(name string) float64 {
	s.t.Helper()
	c, err := s.client.Coverage(s.t.Context(), name, s.born, s.now().Add(time.Second))
	if err != nil {
		s.t.Fatal(err)
	}
	sum := 0.0
	for _, x := range c.Stretches {
		if x.Kind == "recorded" {
			sum += x.To.Sub(x.From).Seconds()
		}
	}
	return sum
}

// ticket is a viewing ticket for some cameras.
func (s *site) ticket(from, to time.Time, cameras ...string) *permit.Ticket {
	now := s.now()
	return &permit.Ticket{Head: s.head(), Person: "p-7", Purpose: "Hærværk", Case: "2026-117", Cameras: cameras,
		From: from.Truncate(time.Microsecond), To: to.Truncate(time.Microsecond), Expires: now.Add(time.Hour), Text: "Anna Berg"}
}

func (s *site) live(cameras ...string) *permit.Live {
	now := s.now()
	return &permit.Live{Head: s.head(), Person: "p-7", Approver: "p-8", Purpose: "Fare for liv", Case: "2026-118", Cameras: cameras,
		Expires: now.Add(permit.LongestLive), Text: "Anna Berg"}
}

func (s *site) order(from, to time.Time, cameras ...string) *permit.Export {
	now := s.now()
	return &permit.Export{Head: s.head(), Person: "p-7", Purpose: "Politiet", Case: "2026-117", Recipient: "Politiet", Cameras: cameras,
		From: from.Truncate(time.Microsecond), To: to.Truncate(time.Microsecond), Expires: now.Add(time.Hour), Text: "Anna Berg"}
}

func (s *site) pass(st permit.Statement) engineapi.Pass {
	s.t.Helper()
	return engineapi.Pass{Statement: s.sign(st), Whence: "10.1.2.3"}
}
