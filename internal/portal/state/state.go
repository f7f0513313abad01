// Package state is what the engine said last of itself and of each camera, and
// that in a person's words: what it does, why, what it means and what to do.
//
// What it promises: the engine is asked once a second at most, however many
// pages are open, and no page waits for it that was asked a moment ago; what is
// shown is from when the engine was last heard, and says so when it does not
// answer; a state is never told by colour alone.
//
// What it refuses: to guess. A camera that the engine does not know of is said
// to be unknown to it, and one whose engine is away is said to be unknown.
package state

import (
	"context"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/portal/page"
)

// Cache is what the engine said last. While pages are asked for it is asked
// anew in the background; it is left alone when nobody looks.
type Cache struct {
	engine page.Engine
	clock  clock.Clock
	ended  <-chan struct{}
	asking sync.Mutex // one asks at a time
	mu     sync.Mutex // of what follows
	last   Now
	asked  time.Duration // when last was asked for; 0: it is not to be shown
	wanted time.Duration // when a page was last asked for
	kept   bool          // it is asked anew in the background
	told   int           // how often something was decided
}

const (
	fresh   = time.Second     // between two questions
	oldest  = 3 * time.Second // that a page shows without asking
	nobody  = time.Minute     // without a page, and the engine is left alone
	askWait = 5 * time.Second
)

// Now is the engine's last word: Away says that it does not answer
// now, and Status is then from Heard, or empty.
type Now struct {
	engineapi.Status
	Heard time.Time
	Away  bool
	Err   error
	at    map[string]int // of each camera in Status
}

// heard is what an engine said at a moment.
func heard(s engineapi.Status, at time.Time) Now {
	n := Now{Status: s, Heard: at, at: make(map[string]int, len(s.Cameras))}
	for i := range s.Cameras {
		n.at[s.Cameras[i].Camera] = i
	}
	return n
}

// NewCache asks the engine, until ctx ends.
func NewCache(ctx context.Context, e page.Engine, c clock.Clock) *Cache {
	return &Cache{engine: e, clock: c, ended: ctx.Done()}
}

// Get is what the engine says now: at most three seconds old when it answers.
func (c *Cache) Get(ctx context.Context) Now {
	c.mu.Lock()
	c.wanted = c.clock.Mono()
	if !c.kept {
		c.kept = true
		go c.keep()
	}
	c.mu.Unlock()
	return c.younger(ctx, oldest)
}

// keep asks again and again while pages are asked for.
func (c *Cache) keep() {
	t := c.clock.NewTimer(fresh)
	defer t.Stop()
	for {
		select {
		case <-t.C():
		case <-c.ended:
			return
		}
		c.mu.Lock()
		c.kept = c.clock.Mono()-c.wanted < nobody
		kept := c.kept
		c.mu.Unlock()
		if !kept {
			return
		}
		c.younger(context.Background(), fresh)
		t.Reset(fresh)
	}
}

// younger is what was asked for less than so long ago, or is asked for now.
func (c *Cache) younger(ctx context.Context, than time.Duration) Now {
	if last, ok := c.known(than); ok {
		return last
	}
	c.asking.Lock()
	defer c.asking.Unlock()
	if last, ok := c.known(than); ok { // another asked meanwhile
		return last
	}
	c.mu.Lock()
	asked, told, now := max(c.clock.Mono(), 1), c.told, c.last
	c.mu.Unlock()
	// The answer serves others too: one who leaves must not spoil it.
	ask, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWait)
	defer cancel()
	s, err := c.engine.Status(ask)
	if err == nil {
		now = heard(s, c.clock.Now())
	}
	now.Away, now.Err = err != nil, err
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = now
	if c.asked = asked; c.told != told {
		c.asked = 0 // something was decided while the engine spoke
	}
	return now
}

// known is the last word if it was asked for less than so long ago.
func (c *Cache) known(than time.Duration) (Now, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.asked != 0 && c.clock.Mono()-c.asked < than
}

// Stale makes the next page ask anew: something was just decided.
func (c *Cache) Stale() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = 0
	c.told++
}

// Camera finds a camera's status.
func (s Now) Camera(id string) (engineapi.CameraStatus, bool) {
	if i, ok := s.at[id]; ok {
		return s.Cameras[i], true
	}
	return engineapi.CameraStatus{}, false
}

// Settle waits a moment for the engine to do what it was told, so that the next
// page shows it. It is no failure when it takes longer: the page refreshes.
func (c *Cache) Settle(ctx context.Context, done func(engineapi.CameraStatus) bool, camera string) {
	for range 15 {
		c.Stale()
		e := c.Get(ctx)
		if s, ok := e.Camera(camera); e.Away || ok && done(s) {
			return
		}
		if clock.Sleep(ctx, c.clock, 100*time.Millisecond) != nil {
			return
		}
	}
}
