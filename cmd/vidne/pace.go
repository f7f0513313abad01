package main

import (
	"sync"
	"sync/atomic"
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

// paced is a clock that begins at start and runs as the machine's, from hurry
// on up to speed times as fast, until halt.
func paced(start time.Time, speed float64) (c clock.Clock, hurry, halt func()) {
	fake, real := clock.NewFake(start), clock.System()
	stop, done := make(chan struct{}), make(chan struct{})
	var fast atomic.Bool
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
			step := now - last
			if fast.Load() {
				step = min(time.Duration(float64(step)*speed), paceStep)
			}
			fake.Advance(step)
			last = now
			tick.Reset(paceTick)
		}
	}()
	var once sync.Once
	return fake, func() { fast.Store(true) }, func() { once.Do(func() { close(stop); <-done }) }
}
