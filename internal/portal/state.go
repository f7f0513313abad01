package portal

import (
	"context"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
)

// stateCache is what the engine said last, so that many open pages ask it
// once. What it holds is never older than fresh when the engine answers.
type stateCache struct {
	engine Engine
	clock  clock.Clock
	mu     sync.Mutex
	last   engineapi.Status
	heard  time.Time // when last was said; zero: never
	asked  time.Duration
	err    error
}

const (
	fresh   = time.Second
	askWait = 5 * time.Second
)

// engineState is the engine's last word: Away says that it does not answer
// now, and Status is then from Heard, or empty.
type engineState struct {
	engineapi.Status
	Heard time.Time
	Away  bool
	Err   error
}

func (c *stateCache) get(ctx context.Context) engineState {
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
		}
		c.asked = max(c.clock.Mono(), 1)
	}
	return engineState{c.last, c.heard, c.err != nil, c.err}
}

// stale makes the next page ask anew: something was just decided.
func (c *stateCache) stale() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = 0
}

// camera finds a camera's status.
func (s engineState) camera(id string) (engineapi.CameraStatus, bool) {
	for _, c := range s.Cameras {
		if c.Camera == id {
			return c, true
		}
	}
	return engineapi.CameraStatus{}, false
}
