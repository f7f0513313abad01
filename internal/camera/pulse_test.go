package camera

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
)

// TestBeat: a connection whose reader hangs is overtaken by the next beat,
// one with few pictures is read when the next can be there, and the pulse ends
// with the last connection.
func TestBeat(t *testing.T) {
	enough := errors.New("enough")
	hanging, hang := make(chan struct{}), make(chan struct{})
	var quick, slow, ending atomic.Int64
	p := &pulse{beating: true}
	add := func(read reader) *reading {
		r := &reading{read: read, over: make(chan error, 1)}
		r.every.Store(1)
		p.all = append(p.all, r)
		return r
	}
	count := func(n *atomic.Int64, picture time.Duration) reader {
		return func([]byte) (time.Duration, error) {
			n.Add(1)
			if ending.Load() > 0 {
				return 0, enough
			}
			return picture, nil
		}
	}
	all := []*reading{
		add(func([]byte) (time.Duration, error) { close(hanging); <-hang; return 0, enough }),
		add(count(&quick, time.Second/30)),
		add(count(&slow, time.Second/10)),
	}
	go p.walk(all, 0)
	<-hanging
	for n := range int64(9) {
		p.walk(all, n+1)
		if quick.Load() != n+1 {
			t.Fatal("the one that hangs holds up another")
		}
	}
	// On the first beat, when nobody knew how slow it is, and on each third.
	if n := slow.Load(); n != 4 {
		t.Errorf("the slow one was read %d times in nine beats", n)
	}
	ending.Store(1)
	close(hang)
	clk := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	done := make(chan struct{})
	go func() { p.run(clk); close(done) }()
	for over := false; !over; { // until each was due once more, and nobody is left
		select {
		case <-done:
			over = true
		default:
			clk.Advance(beat)
			runtime.Gosched()
		}
	}
	for i, r := range all {
		if err := <-r.over; !errors.Is(err, enough) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}

// TestPace: how long a picture lasts is the mean of a group.
func TestPace(t *testing.T) {
	for name, x := range map[string]struct {
		steps []int32 // of the time stamp, picture by picture; a group is as long
		want  time.Duration
	}{
		"steady":      {[]int32{6000, 6000, 6000, 6000}, time.Second / 15},
		"reordered":   {[]int32{18000, -12000, 6000, 12000}, time.Second / 15},
		"unsteady":    {[]int32{5000, 7000, 6100, 5900}, time.Second / 15},
		"key frames":  {[]int32{3600}, time.Second / 25},
		"runs back":   {[]int32{-6000, -6000}, 0},
		"time stands": {[]int32{0, 0}, 0},
	} {
		var c pace
		ts := uint32(1<<32 - 20000) // and round the end
		for i := range 5 * len(x.steps) {
			c.see(&picture{ts: ts, key: i%len(x.steps) == 0})
			ts += uint32(x.steps[i%len(x.steps)])
		}
		if c.picture != x.want {
			t.Errorf("%s: %v, want %v", name, c.picture, x.want)
		}
	}
}
