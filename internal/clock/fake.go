package clock

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// Fake is a clock that moves only when told. Its wall can be moved apart
// from its monotonic time, as an attacker or a broken time server would.
type Fake struct {
	mu     sync.Mutex
	wall   time.Time
	mono   time.Duration
	boots  int           // how often it was rebooted
	booted time.Duration // mono when it was
	timers []*fakeTimer
	change chan struct{} // closed and replaced when a timer is added
}

// NewFake makes a fake clock that shows start.
func NewFake(start time.Time) *Fake {
	return &Fake{wall: start.UTC().Round(0), change: make(chan struct{})}
}

func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wall
}

func (f *Fake) Mono() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mono
}

// Advance moves both wall and monotonic time by d, firing the timers that
// fall due in their order.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	end := f.mono + d
	for {
		next := -1
		for i, t := range f.timers {
			if t.at <= end && (next < 0 || t.at < f.timers[next].at) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := f.timers[next]
		if t.at > f.mono {
			f.wall = f.wall.Add(t.at - f.mono)
			f.mono = t.at
		}
		f.drop(t)
		select {
		case t.c <- f.wall:
		default:
		}
	}
	f.wall = f.wall.Add(end - f.mono)
	f.mono = end
}

// SetWall moves the wall clock alone, as `date -s` would.
func (f *Fake) SetWall(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall = t.UTC().Round(0)
}

// Reboot begins another boot: [Fake.BootID] changes and [Fake.BootTime] is
// zero. Mono goes on, as its start is arbitrary.
func (f *Fake) Reboot() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boots++
	f.booted = f.mono
}

// BootID is [Booter].
func (f *Fake) BootID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return "boot-" + strconv.Itoa(f.boots)
}

// BootTime is [Booter].
func (f *Fake) BootTime() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mono - f.booted
}

// Waiters waits until at least n timers are pending, so that a test can
// advance without a race, or until ctx ends.
func (f *Fake) Waiters(ctx context.Context, n int) error {
	for {
		f.mu.Lock()
		have, change := len(f.timers), f.change
		f.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Fake) NewTimer(d time.Duration) Timer {
	t := &fakeTimer{f: f, c: make(chan time.Time, 1)}
	t.Reset(d)
	return t
}

func (f *Fake) drop(t *fakeTimer) bool {
	for i, o := range f.timers {
		if o == t {
			f.timers = append(f.timers[:i], f.timers[i+1:]...)
			return true
		}
	}
	return false
}

type fakeTimer struct {
	f  *Fake
	c  chan time.Time
	at time.Duration
}

func (t *fakeTimer) C() <-chan time.Time { return t.c }

func (t *fakeTimer) Stop() bool {
	t.f.mu.Lock()
	defer t.f.mu.Unlock()
	return t.f.drop(t)
}

func (t *fakeTimer) Reset(d time.Duration) {
	t.f.mu.Lock()
	defer t.f.mu.Unlock()
	t.f.drop(t)
	t.at = t.f.mono + d
	if d <= 0 {
		select {
		case t.c <- t.f.wall:
		default:
		}
		return
	}
	t.f.timers = append(t.f.timers, t)
	close(t.f.change)
	t.f.change = make(chan struct{})
}
