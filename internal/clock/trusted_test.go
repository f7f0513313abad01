package clock_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)

// machine is a computer whose clock somebody plays with. It keeps the mark.
type machine struct {
	*clock.Fake
	mu     sync.Mutex
	mark   clock.Anchor
	saves  chan struct{}
	fail   error
	synced bool
	said   []string
	lives  int
}

// life keeps the mark for one process: after a kill it saves no more.
type life struct {
	*machine
	n int
}

func (l life) Save(a clock.Anchor) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lives != l.n {
		return os.ErrProcessDone
	}
	return l.machine.save(a)
}

// kill ends the process without a word.
func (m *machine) kill(c *clock.Trusted) {
	m.mu.Lock()
	m.lives++
	m.mu.Unlock()
	_ = c.Close()
}

func newMachine() *machine {
	return &machine{Fake: clock.NewFake(start), saves: make(chan struct{}, 100)}
}

func (m *machine) Load() (clock.Anchor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mark, m.fail
}

func (m *machine) save(a clock.Anchor) error {
	if m.fail != nil {
		return m.fail
	}
	m.mark = a
	select {
	case m.saves <- struct{}{}:
	default:
	}
	return nil
}

func (m *machine) start(t interface{ Fatal(...any) }) *clock.Trusted {
	c, err := clock.NewTrusted(m, life{m, m.lives}, func() bool { return m.synced }, func(s string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.said = append(m.said, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (m *machine) step(d time.Duration) { m.SetWall(m.Now().Add(d)) }

func held(c *clock.Trusted) bool { h, _, _ := c.State(); return h }

func wantNear(t *testing.T, what string, c *clock.Trusted, want time.Time, within time.Duration) {
	t.Helper()
	if off := c.Now().Sub(want).Abs(); off > within {
		t.Errorf("%s: %v, %v from %v", what, c.Now(), off, want)
	}
}

func TestTrustedFollowsTheWall(t *testing.T) {
	m := newMachine()
	c := m.start(t)
	defer c.Close()
	for range 1000 {
		m.Advance(time.Minute)
		m.step(20 * time.Millisecond) // 333 parts in a million: a bad crystal, steered
	}
	wantNear(t, "after 1000 minutes", c, m.Fake.Now(), 0)
	m.step(-50 * time.Millisecond)
	m.Advance(time.Minute)
	wantNear(t, "after a small step back", c, m.Fake.Now(), 0)
	if held(c) || len(m.said) > 0 {
		t.Errorf("an honest clock was suspected: %v", m.said)
	}
	if c.Mono() != m.Mono() {
		t.Error("Mono is the machine's")
	}
}

func TestTrustedNeverGoesBack(t *testing.T) {
	req.Shows(t, "KEEP-3")
	m := newMachine()
	c := m.start(t)
	defer c.Close()
	before := c.Now()
	m.step(-60 * 24 * time.Hour)
	if now := c.Now(); now.Before(before) {
		t.Errorf("went back from %v to %v", before, now)
	}
	m.Advance(10 * time.Hour)
	wantNear(t, "ten hours on", c, before.Add(10*time.Hour), 40*time.Second)
	if len(m.said) != 1 || !strings.Contains(m.said[0], "set back") || held(c) {
		t.Errorf("told: %q", m.said)
	}
	if off := c.Off(); off > -59*24*time.Hour {
		t.Errorf("off by %v", off)
	}
	m.SetWall(before.Add(10 * time.Hour))
	wantNear(t, "put right", c, before.Add(10*time.Hour), 0)
	if err := c.Confirm(start.Add(-time.Hour)); fault.Key(err) != "clock.confirm" {
		t.Errorf("confirmed what the machine does not show: %v", err)
	}
	m.step(-2 * time.Hour)
	if err := c.Confirm(m.Fake.Now()); fault.Key(err) != "clock.backwards" {
		t.Errorf("confirmed backwards: %v", err)
	}
}

func TestTrustedHoldsJumpAhead(t *testing.T) {
	req.Shows(t, "KEEP-3")
	for name, release := range map[string]func(m *machine, c *clock.Trusted){
		"a time server": func(m *machine, _ *clock.Trusted) { m.synced = true },
		"two people": func(m *machine, c *clock.Trusted) {
			if err := c.Confirm(m.Fake.Now().Add(-5 * time.Minute)); err != nil {
				t.Errorf("confirm: %v", err)
			}
		},
	} {
		m := newMachine()
		c := m.start(t)
		m.step(9 * time.Minute)
		wantNear(t, "a small step", c, start.Add(9*time.Minute), 0)
		m.step(31 * 24 * time.Hour)
		c.Now()
		m.Advance(3 * time.Hour)
		m.Advance(3 * time.Hour)
		wantNear(t, "held", c, start.Add(6*time.Hour+9*time.Minute), time.Second)
		isHeld, since, synced := c.State()
		if !isHeld || !since.Equal(start.Add(9*time.Minute)) || synced {
			t.Errorf("state: %v since %v", isHeld, since)
		}
		if len(m.said) != 1 || !strings.Contains(m.said[0], "jumped ahead") {
			t.Errorf("told: %q", m.said)
		}
		release(m, c)
		wantNear(t, name, c, m.Fake.Now(), 0)
		if held(c) {
			t.Errorf("%s: still held", name)
		}
		_ = c.Close()
	}
	m := newMachine()
	c := m.start(t)
	defer c.Close()
	m.step(24 * time.Hour)
	c.Now()
	m.step(-24 * time.Hour)
	m.Advance(time.Minute)
	wantNear(t, "the wall was put right", c, start.Add(time.Minute), 0)
	if held(c) {
		t.Error("still held")
	}
}

// TestTrustedIsNotRatcheted: steps too small to be held each, in one boot,
// across restarts and reboots, add up to no more than one of them.
func TestTrustedIsNotRatcheted(t *testing.T) {
	m := newMachine()
	c := m.start(t)
	for i := range 200 {
		m.step(9 * time.Minute)
		m.Advance(time.Second)
		c.Now()
		m.step(-9 * time.Minute)
		m.step(9 * time.Minute)
		m.Advance(time.Second)
		c.Now()
		switch i % 20 {
		case 5:
			_ = c.Close()
			c = m.start(t)
		case 15:
			_ = c.Close()
			m.Reboot()
			c = m.start(t)
		}
	}
	defer c.Close()
	if ahead := c.Now().Sub(start) - m.Mono(); ahead > clock.LargestStep+time.Second {
		t.Errorf("led ahead by %v", ahead)
	}
	if !held(c) {
		t.Error("not held")
	}
}

func TestTrustedAcrossRestart(t *testing.T) {
	m := newMachine()
	c := m.start(t)
	m.Advance(time.Hour)
	_ = c.Close()
	m.Advance(5 * time.Hour) // the process is down, the machine is not
	c = m.start(t)
	wantNear(t, "an honest restart", c, start.Add(6*time.Hour), 0)
	_ = c.Close()
	m.step(20 * 24 * time.Hour)
	m.Advance(time.Hour)
	c = m.start(t)
	wantNear(t, "set ahead while down", c, start.Add(7*time.Hour), time.Second)
	_, since, _ := c.State()
	_ = c.Close()
	m.Advance(13 * time.Hour)
	c = m.start(t)
	if h, s, _ := c.State(); !h || !s.Equal(since) {
		t.Errorf("a restart began the holding anew: %v since %v, not %v", h, s, since)
	}
	_ = c.Close()
	m.SetWall(start.Add(-400 * 24 * time.Hour))
	m.Advance(time.Hour)
	c = m.start(t)
	wantNear(t, "set back while down", c, start.Add(21*time.Hour), 2*time.Minute)
	_ = c.Close()
}

func TestTrustedAcrossReboot(t *testing.T) {
	m := newMachine()
	c := m.start(t)
	m.Advance(time.Hour)
	_ = c.Close()
	m.Advance(8 * time.Minute)
	m.Reboot()
	c = m.start(t)
	wantNear(t, "a short reboot", c, start.Add(68*time.Minute), 0)
	_ = c.Close()
	m.Advance(5 * time.Hour)
	m.Reboot()
	c = m.start(t)
	if !held(c) {
		t.Error("five unknown hours were taken from nobody")
	}
	wantNear(t, "a long reboot", c, start.Add(68*time.Minute), 0)
	m.synced = true
	wantNear(t, "then a time server", c, m.Fake.Now(), 0)
	_ = c.Close()
	m.SetWall(time.Unix(0, 0)) // no battery
	m.synced = false
	m.Reboot()
	c = m.start(t)
	wantNear(t, "a reboot without a clock", c, start.Add(6*time.Hour+8*time.Minute), 0)
	_ = c.Close()
}

func TestTrustedFirstStart(t *testing.T) {
	m := newMachine()
	m.SetWall(time.Unix(1000, 0))
	c := m.start(t)
	if !held(c) || len(m.said) == 0 {
		t.Error("a machine without a clock was believed")
	}
	m.SetWall(start)
	if !held(c) {
		t.Error("56 years were taken from nobody")
	}
	m.synced = true
	wantNear(t, "then a time server", c, start, 0)
	_ = c.Close()
	if err := c.Close(); err == nil {
		t.Error("closed twice")
	}
	m.fail = os.ErrPermission
	if _, err := clock.NewTrusted(m, life{m, m.lives}, func() bool { return true }, nil); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a mark that cannot be read: %v", err)
	}
}

func TestTrustedSavesEveryMinute(t *testing.T) {
	m := newMachine()
	c := m.start(t)
	<-m.saves
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for i := 1; i <= 3; i++ {
		if err := m.Waiters(ctx, 1); err != nil {
			t.Fatal(err)
		}
		m.Advance(time.Minute)
		select {
		case <-m.saves:
		case <-ctx.Done():
			t.Fatal("not saved")
		}
		m.mu.Lock()
		if want := start.Add(time.Duration(i) * time.Minute); !m.mark.High.Equal(want) || m.mark.Boot == "" {
			t.Errorf("saved %+v, want %v", m.mark, want)
		}
		m.mu.Unlock()
	}
	m.Advance(time.Second)
	if err := c.Close(); err != nil || !m.mark.High.Equal(m.Fake.Now()) {
		t.Errorf("closed with %+v, %v", m.mark, err)
	}
}

// TestTrustedProperty is R7 under every mixture of attacks: the clock never
// goes back across anything, is never led more than one step ahead of real
// time by an unconfirmed wall, runs at nearly real speed within a boot, and
// is within a step of the wall or has said that it is not.
func TestTrustedProperty(t *testing.T) {
	req.Shows(t, "KEEP-3")
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine()
		c := m.start(rt)
		last := c.Now()
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			spent := time.Duration(rapid.IntRange(0, 6*3600).Draw(rt, "seconds")) * time.Second
			before, advanced := c.Now(), false
			switch rapid.IntRange(0, 7).Draw(rt, "act") {
			case 0:
				m.step(time.Duration(rapid.IntRange(-90*24*3600, 90*24*3600).Draw(rt, "jump")) * time.Second)
			case 1:
				m.step(time.Duration(rapid.IntRange(-599, 599).Draw(rt, "nudge")) * time.Second)
			case 2:
				m.SetWall(start.Add(m.Mono()))
			case 3:
				_ = c.Close()
				m.Advance(spent)
				c = m.start(rt)
			case 4:
				_ = c.Close()
				m.Advance(spent)
				m.Reboot()
				c = m.start(rt)
			case 5:
				m.kill(c)
				// What it was moved since the mark: one step, or all of them when
				// the mark was not saved between them.
				m.mu.Lock()
				marked := m.mark.High.Add(m.BootTime() - m.mark.BootMono)
				m.mu.Unlock()
				m.Advance(spent)
				if last = last.Add(-clock.LargestStep); marked.Before(last) {
					last = marked
				}
				c = m.start(rt)
			default:
				m.Advance(spent)
				advanced = true
			}
			now := c.Now()
			if now.Before(last) {
				rt.Fatalf("went back from %v to %v", last, now)
			}
			real := start.Add(m.Mono())
			if lead := now.Sub(real); lead > clock.LargestStep+time.Duration(float64(m.Mono())*600e-6) {
				rt.Fatalf("led ahead by %v", lead)
			}
			if ran := now.Sub(before); advanced && ran < spent-spent/500-time.Second {
				rt.Fatalf("ran %v in %v", ran, spent)
			}
			off := m.Fake.Now().Sub(now).Abs()
			m.mu.Lock()
			said := len(m.said)
			m.mu.Unlock()
			if off > clock.LargestStep && said == 0 {
				rt.Fatalf("%v off, and nothing said", off)
			}
			last = now
		}
	})
}
