package clock

import (
	"context"
	"testing"
	"time"
)

var start = time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC)

func TestFakeFiresTimersInOrderAndOnlyWhenDue(t *testing.T) {
	f := NewFake(start)
	late, soon := f.NewTimer(3*time.Second), f.NewTimer(time.Second)
	f.Advance(2 * time.Second)
	select {
	case at := <-soon.C():
		if !at.Equal(start.Add(time.Second)) {
			t.Errorf("fired at %v", at)
		}
	default:
		t.Error("the timer of one second did not fire")
	}
	select {
	case <-late.C():
		t.Error("the timer of three seconds fired after two")
	default:
	}
	if !late.Stop() || soon.Stop() {
		t.Error("Stop must tell a pending timer from a fired one")
	}
}

func TestSettingTheWallMovesNoTimer(t *testing.T) {
	f := NewFake(start)
	timer := f.NewTimer(time.Minute)
	f.SetWall(start.Add(24 * time.Hour))
	select {
	case <-timer.C():
		t.Fatal("a timer followed the wall clock")
	default:
	}
	if f.Mono() != 0 {
		t.Errorf("monotonic time moved by %v with the wall", f.Mono())
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	f := NewFake(start)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Sleep(ctx, f, time.Hour) }()
	wait, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	if err := f.Waiters(wait, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled sleep returned no error")
	}
}

func TestScaledClockRunsFasterThanTheMachine(t *testing.T) {
	c := Scaled(start, 100000)
	timer := c.NewTimer(100 * time.Second) // a millisecond of the machine's
	select {
	case <-timer.C():
	case <-time.After(10 * time.Second):
		t.Fatal("a scaled timer did not shorten")
	}
	if got := c.Now().Sub(start); got < 100*time.Second {
		t.Errorf("the clock shows %v after its timer of 100 s", got)
	}
}
