package archive

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

// mendAgain is how long after a failed try a file is tried again.
const mendAgain = 15 * time.Second

// done is a segment that lies closed and durable on the disk.
type done struct {
	head    segment.Rules
	end     int64
	size    int64
	sum     [32]byte
	picture int64
	cause   string
	found   bool // adopted, not sealed in this run
}

// sealer makes closed segments durable behind the recorders' backs, many in
// one sync, and mends those that could not be closed.
type sealer struct {
	a    *Archive
	wake *sync.Cond

	mu      sync.Mutex
	closing []*writing
	broken  []*writing // to be mended
	failing []*writing // could not be mended, to be tried again
	dirs    []string
	busy    bool
	stopped bool
	ended   chan struct{}
}

func newSealer(a *Archive) *sealer {
	s := &sealer{a: a, ended: make(chan struct{})}
	s.wake = sync.NewCond(&s.mu)
	return s
}

// put hands something over; it never waits for a disk.
func (s *sealer) put(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	s.wake.Broadcast()
}

func (s *sealer) seal(w *writing) { s.put(func() { s.closing = append(s.closing, w) }) }
func (s *sealer) mend(w *writing) { s.put(func() { s.broken = append(s.broken, w) }) }

// drop removes a file in which nothing is of worth, and goes on trying: the
// moment that left it so is the moment at which a disk refuses that too.
func (s *sealer) drop(w *writing) {
	s.put(func() {
		w.empty = true
		s.broken = append(s.broken, w)
	})
}

func (s *sealer) syncDir(dir string) {
	s.put(func() {
		if !slices.Contains(s.dirs, dir) {
			s.dirs = append(s.dirs, dir)
		}
	})
}

// stop finishes what was handed over and ends.
func (s *sealer) stop() {
	s.put(func() { s.stopped = true })
	<-s.ended
}

// settle waits until nothing is left but what the disk refuses.
func (s *sealer) settle(ctx context.Context) error {
	off := context.AfterFunc(ctx, s.wake.Broadcast)
	defer off()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.work() || s.busy {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.wake.Wait()
	}
	return nil
}

func (s *sealer) work() bool { return len(s.closing)+len(s.broken)+len(s.dirs) > 0 }

func (s *sealer) run() {
	defer close(s.ended)
	for {
		s.mu.Lock()
		for !s.work() && !s.stopped {
			if len(s.failing) > 0 {
				s.mu.Unlock()
				s.pause()
				s.mu.Lock()
				continue
			}
			s.wake.Wait()
		}
		if !s.work() { // stopped; what fails is left to the next opening
			s.mu.Unlock()
			return
		}
		closing, broken, dirs := s.closing, s.broken, s.dirs
		s.closing, s.broken, s.dirs = nil, nil, nil
		s.busy = true
		s.mu.Unlock()
		failed := s.round(closing, broken, dirs)
		s.mu.Lock()
		s.busy = false
		s.failing = append(s.failing, failed...)
		s.mu.Unlock()
		s.wake.Broadcast()
	}
}

// pause waits before what failed is tried again, but not when something new
// comes.
func (s *sealer) pause() {
	t := s.a.cfg.Clock.NewTimer(mendAgain)
	defer t.Stop()
	over := make(chan struct{})
	defer close(over)
	fired := false
	go func() {
		select {
		case <-t.C():
			s.put(func() { fired = true })
		case <-over:
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.work() && !s.stopped && !fired {
		s.wake.Wait()
	}
	if fired {
		s.broken, s.failing = append(s.broken, s.failing...), nil
	}
}

func (s *sealer) round(closing, broken []*writing, dirs []string) (failed []*writing) {
	a := s.a
	var syncing sync.WaitGroup
	for _, w := range closing {
		syncing.Add(1)
		w.sync(func(err error) {
			w.synced(err)
			syncing.Done()
		})
	}
	syncing.Wait()
	var renamed []*writing
	for _, w := range closing {
		if w.failure() == nil {
			if err := w.letGo(); err == nil {
				if err := a.cfg.FS.Rename(a.path(w.name.Path()), a.path(w.name.With(segment.Closed).Path())); err == nil {
					renamed = append(renamed, w)
					if d := filepath.Dir(a.path(w.name.Path())); !slices.Contains(dirs, d) {
						dirs = append(dirs, d)
					}
					continue
				}
			}
		}
		broken = append(broken, w)
	}
	for _, d := range dirs {
		if err := a.cfg.Sync.SyncDir(context.Background(), d); err != nil {
			a.log.Warn("a directory is not durable", slog.String("dir", d), slog.Any("err", err))
			// Files renamed in it are not closed until it is.
			renamed = slices.DeleteFunc(renamed, func(w *writing) bool {
				if filepath.Dir(a.path(w.name.Path())) != d {
					return false
				}
				broken = append(broken, w)
				return true
			})
		}
	}
	for _, w := range renamed {
		f := w.sealer.Totals()
		a.sealed(w.head.ID, &done{head: w.head.Rules, end: f.End, size: w.size, sum: w.sum, picture: int64(f.Pictures), cause: w.cause})
		s.keyAhead(w)
	}
	for _, w := range broken {
		if !s.mendOne(w) {
			failed = append(failed, w)
		}
	}
	return failed
}

// mendOne closes a file that its recorder had to leave.
func (s *sealer) mendOne(w *writing) bool {
	a := s.a
	if w.file != nil {
		_ = w.letGo() // what it holds is read back and checked
		w.file = nil
	}
	if w.empty {
		if err := a.removeForGood(a.path(w.name.Path())); err != nil {
			a.log.Warn("an empty segment stays for now", slog.String("path", w.name.Path()), slog.Any("err", err))
			return false
		}
		return a.forget(w.name.ID)
	}
	key := &w.key
	if w.left {
		key = nil
	}
	d, err := a.mendFile(w.name, key, w.failure() != nil)
	if errors.Is(err, errEmpty) {
		a.forget(w.name.ID)
		return true
	}
	if err != nil {
		a.log.Warn("a segment cannot be closed yet", slog.String("path", w.name.Path()), slog.Any("err", err))
		return errors.Is(err, fs.ErrNotExist) && a.forget(w.name.ID)
	}
	if w.cause != "" {
		d.cause = w.cause
	}
	a.sealed(w.name.ID, d)
	return true
}

// sealed takes a segment from the open ones to those that wait for the index.
func (a *Archive) sealed(id string, d *done) {
	a.mu.Lock()
	delete(a.open, id)
	a.closed = append(a.closed, d)
	a.mu.Unlock()
	a.index.poke()
}

func (a *Archive) forget(id string) bool {
	a.mu.Lock()
	delete(a.open, id)
	a.mu.Unlock()
	return true
}

// remove unlinks a file; one that is not there is removed.
func (a *Archive) remove(path string) error {
	err := a.cfg.FS.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// removeForGood unlinks a file so that no power cut brings it back. What came
// back after its key was erased could not be told from footage in need.
func (a *Archive) removeForGood(path string) error {
	if err := a.remove(path); err != nil {
		return err
	}
	return a.cfg.FS.SyncDir(filepath.Dir(path))
}

// keyAhead makes the next hour's key in the second half of the hour, so that
// no recorder waits for it when the hour changes.
func (s *sealer) keyAhead(w *writing) {
	const half = int64(30 * time.Minute / time.Microsecond)
	now := s.a.now()
	hour := segment.Hour(now)
	if hour != w.head.Hour || now-hour*2*half < half || !s.a.recording(w.head.Camera, w.head.Stream, w.head.Class) {
		return
	}
	if _, err := s.a.cfg.Keys.Period(keys.Period{Camera: w.head.Camera, Hour: hour + 1, Class: w.head.Class}); err != nil {
		s.a.log.Warn("the next hour's key", slog.String("camera", w.head.Camera), slog.Any("err", err))
	}
}

// recording reports whether a stream is recorded under this class now.
func (a *Archive) recording(camera, stream string, class permit.Class) bool {
	a.mu.Lock()
	r := a.recorders[[2]string{camera, stream}]
	a.mu.Unlock()
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rules != nil && r.rules.Class == class
}
