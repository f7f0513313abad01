// Package clock is the only place that reads time or sleeps.
//
// Everything else takes a [Clock]. There are four: [System] for programs,
// [Trusted] for what the law counts (never backwards, jumps questioned),
// [Fake] for tests, and [Scaled] for seeding a demonstration archive through
// the real recorder. Law is counted in UTC durations; calendar arithmetic is
// left to schedules, which name their time zone.
package clock

import (
	"context"
	"time"
)

// Clock tells time and waits. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the wall time in UTC. It carries no monotonic reading, so two
	// values compare by what they say.
	Now() time.Time
	// Mono is the time since an arbitrary start that never goes backwards
	// and is not moved when somebody sets the wall clock.
	Mono() time.Duration
	// NewTimer fires once after d of monotonic time.
	NewTimer(d time.Duration) Timer
}

// Timer is a [time.Timer] that a fake clock can drive.
type Timer interface {
	C() <-chan time.Time
	// Stop prevents a pending timer from firing; false if it fired already.
	Stop() bool
	Reset(d time.Duration)
}

// Sleep waits for d on c, or until ctx ends and then returns its error.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Every calls f each d on c until ctx ends. The first call comes after d.
func Every(ctx context.Context, c Clock, d time.Duration, f func()) {
	for Sleep(ctx, c, d) == nil {
		f()
	}
}

type system struct{ start time.Time }

// System is the machine's own clock.
func System() Clock { return system{time.Now()} }

func (system) Now() time.Time        { return time.Now().UTC().Round(0) }
func (s system) Mono() time.Duration { return time.Since(s.start) }
func (system) NewTimer(d time.Duration) Timer {
	return systemTimer{time.NewTimer(d)}
}

type systemTimer struct{ t *time.Timer }

func (s systemTimer) C() <-chan time.Time   { return s.t.C }
func (s systemTimer) Stop() bool            { return s.t.Stop() }
func (s systemTimer) Reset(d time.Duration) { s.t.Reset(d) }

// scaled runs factor times as fast as the system clock, from start.
type scaled struct {
	begin  time.Time
	start  time.Time
	factor float64
}

// Scaled is a clock that begins at start and runs factor times as fast as the
// machine's. Timers shorten likewise. It exists for seeding.
func Scaled(start time.Time, factor float64) Clock {
	return scaled{time.Now(), start.UTC().Round(0), factor}
}

func (s scaled) Now() time.Time { return s.start.Add(s.Mono()) }
func (s scaled) Mono() time.Duration {
	return time.Duration(float64(time.Since(s.begin)) * s.factor)
}
func (s scaled) NewTimer(d time.Duration) Timer {
	return scaledTimer{systemTimer{time.NewTimer(time.Duration(float64(d) / s.factor))}, s.factor}
}

type scaledTimer struct {
	systemTimer
	factor float64
}

func (s scaledTimer) Reset(d time.Duration) {
	s.systemTimer.Reset(time.Duration(float64(d) / s.factor))
}
