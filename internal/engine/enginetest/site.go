package enginetest

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// Site is an engine with cameras, and the portal's pen in the test's hand.
type Site struct {
	T      testing.TB
	Dir    string // the engine's
	Clock  clock.Clock
	Fake   *clock.Fake // nil: the machine's clock
	Signer permit.Signer
	Born   time.Time // since when the signer is trusted
	Client *engineapi.Client
	Stop   func()        // ends the engine
	Serial int64         // of the last statement that has one
	Step   time.Duration // longest step of a fake clock that runs

	cfg engine.Config
}

// New opens an engine and runs it. With a start it has a fake clock.
func New(t testing.TB, start time.Time, change ...func(*engine.Config)) *Site {
	t.Helper()
	s := &Site{T: t, Clock: clock.System(), Signer: Signer(t, 1)}
	if !start.IsZero() {
		s.Fake = clock.NewFake(start)
		s.Clock = s.Fake
	}
	s.Born = s.Clock.Now().Add(-60 * 24 * time.Hour)
	s.cfg = Config(t, s.Signer, s.Born, s.Clock)
	for _, f := range change {
		f(&s.cfg)
	}
	s.Dir = s.cfg.Dir
	s.Open()
	return s
}

// Open runs the engine, again after [Site.Stop].
func (s *Site) Open() {
	s.T.Helper()
	s.Client, s.Stop = Start(s.T, s.cfg)
}

// Run lets the fake clock go, factor times as fast as the machine's, until the
// returned function is called.
func (s *Site) Run(factor float64) (halt func()) {
	return Pace(s.T, factor, 100*time.Millisecond, func(d time.Duration) {
		s.Step = max(s.Step, d)
		s.Fake.Advance(d)
	})
}

// Until waits for something to become so.
func (s *Site) Until(what string, ok func() bool) {
	s.T.Helper()
	Until(s.T, what, ok)
}

// Now is the site's time, as statements have it.
func (s *Site) Now() time.Time { return s.Clock.Now().Truncate(time.Microsecond) }

// Camera starts a test camera on the site's clock.
func (s *Site) Camera(clip string, change ...func(*testcam.Options)) *testcam.Camera {
	s.T.Helper()
	c, err := testcam.Open(clip)
	if err != nil {
		s.T.Fatal(err)
	}
	o := testcam.Options{Clip: c, Clock: s.Clock}
	for _, f := range change {
		f(&o)
	}
	cam, err := testcam.Start(o)
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(cam.Close)
	return cam
}

// Install starts a test camera which the engine knows and may record.
func (s *Site) Install(name, clip string) *testcam.Camera {
	s.T.Helper()
	c := s.Camera(clip)
	s.Connect(name, c)
	s.Allow(name)
	return c
}

// Status is how the engine and its cameras are.
func (s *Site) Status() engineapi.Status {
	s.T.Helper()
	st, err := s.Client.Status(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	return st
}

// Of is how one camera is.
func (s *Site) Of(name string) engineapi.CameraStatus {
	s.T.Helper()
	for _, c := range s.Status().Cameras {
		if c.Camera == name {
			return c
		}
	}
	return engineapi.CameraStatus{}
}

// State waits for a camera to come to a state.
func (s *Site) State(name string, want engineapi.State) {
	s.T.Helper()
	var last engineapi.CameraStatus
	defer func() {
		if s.T.Failed() {
			s.T.Logf("%s is %s (%s)", name, last.State, last.Cause)
		}
	}()
	s.Until(name+" is "+string(want), func() bool { last = s.Of(name); return last.State == want })
}

// Recorded waits until so much of a camera is readable.
func (s *Site) Recorded(name string, least time.Duration) {
	s.T.Helper()
	s.Until(name+" has "+least.String(), func() bool { return s.Seconds(name) >= least.Seconds() })
}

// Seconds is how much of a camera is readable.
func (s *Site) Seconds(name string) float64 {
	s.T.Helper()
	c, err := s.Client.Coverage(s.T.Context(), name, s.Born, s.Now().Add(time.Second))
	if err != nil {
		s.T.Fatal(err)
	}
	sum := 0.0
	for _, x := range c.Stretches {
		if x.Kind == "recorded" {
			sum += x.To.Sub(x.From).Seconds()
		}
	}
	return sum
}
