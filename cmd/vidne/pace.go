package main

import (
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
)

const (
	// paceTick is how often seeded time moves on.
	paceTick = time.Millisecond
	// paceStep is the most that it moves at once. A machine that is busy then
	// gets slower time instead of cameras that seem to fall silent.
	paceStep = 150 * time.Millisecond
)

// paced is a clock that begins at start and runs up to speed times as fast as
// the machine's, until halt.
func paced(start time.Time, speed float64) (c clock.Clock, halt func()) {
	fake, real := clock.NewFake(start), clock.System()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		last := real.Mono()
		tick := real.NewTimer(paceTick)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C():
			}
			now := real.Mono()
			fake.Advance(min(time.Duration(float64(now-last)*speed), paceStep))
			last = now
			tick.Reset(paceTick)
		}
	}()
	var once sync.Once
	return fake, func() { once.Do(func() { close(stop); <-done }) }
}
