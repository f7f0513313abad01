// Package state is what the engine said last of itself and of each camera, and
// that in a person's words: what it does, why, what it means and what to do.
//
// What it promises: many open pages ask the engine once a second at most; what
// is shown is from when the engine was last heard, and says so when it does
// not answer; a state is never told by colour alone.
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

// Cache is what the engine said last, so that many open pages ask it
// once. What it holds is never older than fresh when the engine answers.
type Cache struct {
	engine page.Engine
	clock  clock.Clock
	mu     sync.Mutex
	last   engineapi.Status
	at     map[string]int // of each camera in last
	heard  time.Time      // when last was said; zero: never
	asked  time.Duration
	err    error
}

const (
	fresh   = time.Second
	askWait = 5 * time.Second
)

// Now is the engine's last word: Away says that it does not answer
// now, and Status is then from Heard, or empty.
type Now struct {
	engineapi.Status
	Heard time.Time
	Away  bool
	Err   error
	at    map[string]int // of each camera in Status; nil: not sorted out
}

// NewCache asks the engine.
func NewCache(e page.Engine, c clock.Clock) *Cache { return &Cache{engine: e, clock: c} }

// Get is what the engine says now.
func (c *Cache) Get(ctx context.Context) Now {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == 0 || c.clock.Mono()-c.asked >= fresh {
		// The answer serves others too: one who leaves must not spoil it.
		ask, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWait)
		defer cancel()
		s, err := c.engine.Status(ask)
		c.err = err
		if err == nil {
			c.last, c.heard = s, c.clock.Now()
			c.at = make(map[string]int, len(s.Cameras))
			for i := range s.Cameras {
				c.at[s.Cameras[i].Camera] = i
			}
		}
		c.asked = max(c.clock.Mono(), 1)
	}
	return Now{c.last, c.heard, c.err != nil, c.err, c.at}
}

// Stale makes the next page ask anew: something was just decided.
func (c *Cache) Stale() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = 0
}

// Camera finds a camera's status.
func (s Now) Camera(id string) (engineapi.CameraStatus, bool) {
	if i, ok := s.at[id]; ok && i < len(s.Cameras) && s.Cameras[i].Camera == id {
		return s.Cameras[i], true
	}
	if s.at != nil {
		return engineapi.CameraStatus{}, false
	}
	for i := range s.Cameras {
		if s.Cameras[i].Camera == id {
			return s.Cameras[i], true
		}
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
