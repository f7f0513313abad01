package edge

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"vidne.dk/vidne/internal/clock"
)

// Rate is how often something may be done: Burst times at once, and as many
// again spread over each Within.
type Rate struct {
	Burst  int
	Within time.Duration
}

// mostBuckets bounds what is remembered.
const mostBuckets = 20_000

// Buckets counts how often each of many does something. It is safe for
// concurrent use.
type Buckets struct {
	rate  Rate
	clock clock.Clock
	mu    sync.Mutex
	of    map[string]*rate.Limiter
}

// NewBuckets makes buckets that are all full.
func NewBuckets(r Rate, c clock.Clock) *Buckets {
	return &Buckets{rate: r, clock: c, of: map[string]*rate.Limiter{}}
}

// Take takes one from key's bucket. wait is 0 when it was there, else how long
// until there is one; nothing is taken then.
func (b *Buckets) Take(key string) (wait time.Duration) {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.of[key]
	if !ok {
		b.forget(now)
		l = rate.NewLimiter(rate.Every(b.rate.Within/time.Duration(b.rate.Burst)), b.rate.Burst)
		b.of[key] = l
	}
	r := l.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// forget makes room: full buckets are like new ones. When too many are in use
// all are forgotten, since what is counted here must not become what fills the
// memory; nothing but speed rests on it.
func (b *Buckets) forget(now time.Time) {
	if len(b.of) < mostBuckets {
		return
	}
	for key, l := range b.of {
		if l.TokensAt(now) >= float64(b.rate.Burst) {
			delete(b.of, key)
		}
	}
	if len(b.of) >= mostBuckets {
		clear(b.of)
	}
}
