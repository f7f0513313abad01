package camera

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/clock"
)

// beat is how long what has come may wait to be read: no longer than a picture
// of thirty a second lasts. All cameras are read on the same beat, so that a
// hundred of them wake the process thirty times a second and not thousands of
// times; the waking cost more than the reading.
const beat = 33 * time.Millisecond

// slowest is how many beats a camera is left at most between two readings. One
// that sends fewer pictures is left for as long as one of its pictures lasts: each
// reading costs an acknowledgement on the network, whatever it brings.
const slowest = 3

// pulse reads connections on the beat. One goroutine walks over all of them
// with one buffer, which stays in the processor's cache; a goroutine for each,
// woken on its own, cost a sixth of the recorder. Whoever is held up at one
// camera, by a disk that hangs or because there is much to do, is overtaken by
// the next beat's walker, which leaves that camera out: no camera waits for
// another longer than a beat.
type pulse struct {
	mu      sync.Mutex
	all     []*reading // replaced, never changed
	beating bool
}

// reader deals with what has come on a connection and says how long a picture
// on it lasts, 0 where that is not known. An error is the end. Calls do not
// overlap; buf is lent for the call.
type reader func(buf []byte) (picture time.Duration, err error)

// reading is one connection on the pulse.
type reading struct {
	busy  atomic.Bool
	read  reader
	every atomic.Int64 // beats between two readings
	over  chan error
}

// tcp is the pulse of all connections of this process.
var tcp pulse //nolint:gochecknoglobals // who is read when, no state of theirs

// buffers are what walkers read into.
var buffers = sync.Pool{New: func() any { b := make([]byte, gulp); return &b }} //nolint:gochecknoglobals // a free list, no state

// follow calls read on the beat until it fails, and returns its error.
func (p *pulse) follow(read reader) error {
	r := &reading{read: read, over: make(chan error, 1)}
	r.every.Store(1)
	p.mu.Lock()
	p.all = append(slices.Clone(p.all), r)
	if !p.beating {
		p.beating = true
		go p.run(clock.System())
	}
	p.mu.Unlock()
	return <-r.over
}

// run sends a walker on each beat on which anything is to be read.
func (p *pulse) run(c clock.Clock) {
	at, n := c.Mono()+beat, int64(0) // of the beat to come
	t := c.NewTimer(beat)
	defer t.Stop()
	for {
		<-t.C()
		p.mu.Lock()
		all := p.all
		p.beating = len(all) > 0
		p.mu.Unlock()
		if len(all) == 0 {
			return
		}
		go p.walk(all, n)
		for now := c.Mono(); ; {
			at, n = at+beat, n+1
			if at >= now && slices.ContainsFunc(all, func(r *reading) bool { return r.due(n) }) {
				t.Reset(at - now)
				break
			}
		}
	}
}

// due says whether the connection is read on the n-th beat.
func (r *reading) due(n int64) bool { return n%r.every.Load() == 0 }

// walk reads what has come on each connection that is due on the n-th beat and
// that nobody else is reading.
func (p *pulse) walk(all []*reading, n int64) {
	buf, _ := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for _, r := range all {
		if !r.due(n) || !r.busy.CompareAndSwap(false, true) {
			continue
		}
		picture, err := r.read(*buf)
		if err != nil {
			p.leave(r) // and stays busy: a walker may still have it on its list
			r.over <- err
			continue
		}
		r.every.Store(int64(min(max(picture/beat, 1), slowest)))
		r.busy.Store(false)
	}
}

func (p *pulse) leave(r *reading) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = slices.DeleteFunc(slices.Clone(p.all), func(o *reading) bool { return o == r })
}
