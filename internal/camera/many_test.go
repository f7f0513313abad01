package camera_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// counter is a Handler that counts whole pictures in order.
type counter struct {
	n     atomic.Int64
	last  int64
	hold  <-chan struct{} // until closed, the first picture is not taken
	full  chan<- int      // told once of enough
	which int
	wrong atomic.Pointer[string]
}

const enoughOfEach = 45

func (c *counter) Tracks([]media.Track, camera.Info) error { return nil }
func (c *counter) Clock(time.Time, time.Duration)          {}
func (c *counter) Bad(_, detail string)                    { c.wrong.Store(&detail) }
func (c *counter) Sample(s *media.Sample) error {
	if c.hold != nil {
		<-c.hold
	}
	if n := c.n.Add(1); n > 1 && s.DTS <= c.last {
		detail := "out of order"
		c.wrong.Store(&detail)
	} else if n == enoughOfEach {
		c.full <- c.which
	}
	c.last = s.DTS
	return nil
}

// TestHundredsOfCameras in one process, of which one is held up by its disk:
// all others go on and lose nothing, and it goes on where it was. That
// machines take over from each other, the rest of the requirement, is not
// shown here.
func TestHundredsOfCameras(t *testing.T) {
	req.Shows(t, "REC-7")
	const n = 300
	cam := start(t, testcam.Options{Clip: open(t, testcam.Tiny)})
	ctx, cancel := context.WithCancel(t.Context())
	full, ended, hold := make(chan int, n), make(chan error, n), make(chan struct{})
	all := make([]counter, n)
	for i := range all {
		all[i].full, all[i].which = full, i
		if i == n/2 {
			all[i].hold = hold
		}
		go func() {
			ended <- camera.Run(ctx, camera.Config{URL: cam.URL(), Allow: loopback(t)}, clock.System(), &all[i])
		}()
	}
	late := time.After(2 * patience)
	wait := func(k int, what string) {
		t.Helper()
		for i := range k {
			select {
			case <-full:
			case err := <-ended:
				t.Fatalf("a session ended: %v", err)
			case <-late:
				t.Fatalf("%s: only %d of %d have %d pictures", what, i, k, enoughOfEach)
			}
		}
	}
	wait(n-1, "beside one that hangs")
	if got := all[n/2].n.Load(); got != 0 {
		t.Errorf("the one that hangs took %d pictures", got)
	}
	close(hold)
	wait(1, "the one that hung")
	cancel()
	for range n {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	for i := range all {
		if w := all[i].wrong.Load(); w != nil {
			t.Errorf("camera %d: %s", i, *w)
		}
	}
}
