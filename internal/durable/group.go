package durable

import (
	"context"
	"sync"

	"vidne.dk/vidne/internal/fault"
)

// Group makes the files of one volume durable together. Each round takes what
// was asked for while the round before ran: one file is synced alone, from
// [alone] on the whole volume is, in one journal commit instead of one each.
// A spinning disk then carries as many cameras as its rounds can write.
type Group struct {
	f   FS
	dir string
	vol volume // nil where the file system cannot sync as a whole

	mu      sync.Mutex
	wake    *sync.Cond
	order   []any // waiting, in order of arrival: File or directory name
	waiting map[any][]func(error)
	closed  bool
	done    chan struct{}
}

// volume is a whole file system that can be made durable.
type volume interface {
	Sync() error
	Close() error
}

// alone is up to how many waiting files and directories are synced each by
// itself.
const alone = 2

// NewGroup makes a group for the files under dir, which must exist. Close it
// when the last file is closed.
func NewGroup(f FS, dir string) *Group {
	g := &Group{f: f, dir: dir, waiting: map[any][]func(error){}, done: make(chan struct{})}
	g.wake = sync.NewCond(&g.mu)
	if s, ok := f.(interface {
		syncAll(dir string) (volume, error)
	}); ok {
		if vol, err := s.syncAll(dir); err == nil {
			g.vol = vol // else one by one, which is slower and no less safe
		}
	}
	go g.run()
	return g
}

// Sync returns when what was written to file before the call is durable. When
// ctx ends first, the outcome is unknown and the sync goes on; file must stay
// open until a later Sync of the same file returns or the group is closed.
func (g *Group) Sync(ctx context.Context, file File) error { return g.wait(ctx, file) }

// SyncDir is [Group.Sync] for a directory's entries.
func (g *Group) SyncDir(ctx context.Context, name string) error { return g.wait(ctx, name) }

func (g *Group) wait(ctx context.Context, what any) error {
	result := make(chan error, 1)
	g.add(what, func(err error) { result <- err })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SyncLater calls done once, from another goroutine, when what was written to
// file before the call is durable, or with the error. Calls for a file that
// waits already join it. done must not block.
func (g *Group) SyncLater(file File, done func(error)) { g.add(file, done) }

func (g *Group) add(what any, done func(error)) {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		done(fault.New(fault.Unavailable, KeyError, "the sync group of %s is closed", g.dir))
		return
	}
	if _, ok := g.waiting[what]; !ok {
		g.order = append(g.order, what)
	}
	g.waiting[what] = append(g.waiting[what], done)
	g.mu.Unlock()
	g.wake.Signal()
}

// Close syncs what waits and ends the group.
func (g *Group) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.wake.Signal()
	<-g.done
}

func (g *Group) run() {
	defer close(g.done)
	for {
		g.mu.Lock()
		for len(g.order) == 0 && !g.closed {
			g.wake.Wait()
		}
		order, waiting := g.order, g.waiting
		g.order, g.waiting = nil, make(map[any][]func(error), len(waiting))
		g.mu.Unlock()
		if len(order) == 0 {
			if g.vol != nil {
				_ = g.vol.Close() // a directory opened for reading
			}
			return
		}
		g.round(order, waiting)
	}
}

func (g *Group) round(order []any, waiting map[any][]func(error)) {
	// When the volume reports a failed write it does not say whose, and each
	// file still reports its own: ask them one by one.
	together := g.vol != nil && len(order) > alone && g.vol.Sync() == nil
	for _, what := range order {
		var err error
		if !together {
			err = g.one(what)
		}
		for _, done := range waiting[what] {
			done(err)
		}
	}
}

func (g *Group) one(what any) error {
	if file, ok := what.(File); ok {
		return file.Sync()
	}
	return g.f.SyncDir(what.(string))
}
