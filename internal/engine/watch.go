package engine

import (
	"context"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// How often the engine looks after itself.
const (
	enterEvery      = 2 * time.Second
	lookEvery       = 10 * time.Second
	sweepEvery      = 15 * time.Minute
	watchdogEvery   = time.Hour
	checkpointEvery = 10 * time.Minute
	pictureEvery    = 10 * time.Minute
	storageEvery    = 24 * time.Hour
	// diskLow is the share of a disk that is left when that is an alarm.
	diskLow = 0.05
)

// lateness is what the independent watchdog found.
type lateness struct {
	mu     sync.Mutex
	late   int
	oldest time.Time
	next   time.Time // next deletion
	now    chan struct{}
}

// poke asks for a sweep soon.
func (l *lateness) poke() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now != nil {
		select {
		case l.now <- struct{}{}:
		default:
		}
	}
}

// keepWatch starts what runs beside the cameras.
func (e *Engine) keepWatch(ctx context.Context) {
	e.late.mu.Lock()
	e.late.now = make(chan struct{}, 1)
	e.late.mu.Unlock()
	e.background(ctx, "enter", func() {
		for ctx.Err() == nil {
			if e.enter(ctx) {
				e.wait(ctx, time.Minute, e.enterNow)
			} else {
				_ = clock.Sleep(ctx, e.clk, enterEvery) // the loop looks at ctx
			}
		}
	})
	e.background(ctx, "look", func() {
		e.look10(ctx)
		clock.Every(ctx, e.clk, lookEvery, func() { e.look10(ctx) })
	})
	e.background(ctx, "sweep", func() {
		for ctx.Err() == nil {
			e.sweep(ctx)
			e.wait(ctx, sweepEvery, e.late.now)
		}
	})
	e.background(ctx, "watchdog", func() {
		e.watchdog(ctx)
		clock.Every(ctx, e.clk, watchdogEvery, func() { e.watchdog(ctx) })
	})
	e.background(ctx, "checkpoint", func() {
		clock.Every(ctx, e.clk, checkpointEvery, func() { e.checkpoint(ctx) })
	})
	e.background(ctx, "pictures", func() {
		_ = clock.Sleep(ctx, e.clk, 30*time.Second) // cameras connect first
		for ctx.Err() == nil {
			e.checkPictures(ctx)
			_ = clock.Sleep(ctx, e.clk, pictureEvery) // the loop looks at ctx
		}
	})
	e.background(ctx, "anonymise", func() { e.anonymiseAll(ctx) })
	e.background(ctx, "storage", func() {
		_ = clock.Sleep(ctx, e.clk, time.Minute)
		for ctx.Err() == nil {
			e.checkStorage(ctx)
			_ = clock.Sleep(ctx, e.clk, storageEvery) // the loop looks at ctx
		}
	})
}

// background runs f until it returns, and again if it breaks.
func (e *Engine) background(ctx context.Context, name string, f func()) {
	e.group.Go(func() {
		for ctx.Err() == nil {
			if guarded(e.log, name, f) {
				return
			}
			e.alarm("engine.defect", "", name, true)
			_ = clock.Sleep(ctx, e.clk, afterPanic) // the loop looks at ctx
		}
	})
}

// wait for a while, or until asked.
func (e *Engine) wait(ctx context.Context, d time.Duration, asked <-chan struct{}) {
	t := e.clk.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
	case <-asked:
	case <-ctx.Done():
	}
}

// look10 looks at what changes by itself: silence, disk, clock, trouble.
func (e *Engine) look10(ctx context.Context) {
	now := e.clk.Now()
	e.ripen(now)
	held, since, _ := e.clk.State()
	e.alarm("clock.jump", "", "held since "+since.Format(time.RFC3339), held)
	heard := e.book.Heard()
	e.alarm("lease.silent", "", "last heard "+heard.Format(time.RFC3339), e.anyPermit(now) && now.Sub(heard) > permit.LeaseAlarm)
	if u, err := e.fs.Usage(e.cfg.Archive); err == nil {
		low := u.Total > 0 && float64(u.Free) < diskLow*float64(u.Total)
		e.alarm("disk.low", "", sizeText(u), low)
		e.yieldDisk(u, now)
	}
	e.alarm("database.away", "", "", e.away.Load())
	if e.stale.CompareAndSwap(false, true) {
		if err := e.endStale(ctx); err != nil {
			e.stale.Store(false)
		}
	}
}

// anyPermit says whether a permit stands for any camera.
func (e *Engine) anyPermit(now time.Time) bool {
	for _, c := range e.book.Cameras() {
		if e.book.Covers(c, Stream, now).Permit != nil {
			return true
		}
	}
	return false
}

func (e *Engine) sweep(ctx context.Context) {
	s, err := e.archive.Sweep(ctx)
	if ctx.Err() != nil {
		return
	}
	e.alarm("sweep.failed", "", fault.Key(err), err != nil)
	if err != nil {
		e.log.Error("deletion failed", "error", err.Error())
	}
	e.anon.mu.Lock()
	for _, b := range s.Bereft {
		e.anonForget(b.ID)
	}
	e.anon.mu.Unlock()
	if s.Unlinked+s.Erased+s.Ended > 0 {
		e.log.Info("deleted", "files", s.Unlinked, "keys", s.Erased, "holds_ended", s.Ended)
		e.watchdog(ctx) // what was late is not any more: say so at once
	}
	now := e.clk.Now()
	var next time.Time
	if planned, err := e.archive.Deletions(ctx, now, now.Add(permit.LongestRetention)); err == nil {
		for _, d := range planned {
			if d.State == "planned" && (next.IsZero() || d.Due.Before(next)) {
				next = d.Due
			}
		}
	}
	e.late.mu.Lock()
	e.late.next = next
	e.late.mu.Unlock()
}

// watchdog asks the disk alone how old the oldest footage is. The archive
// raises the alarm; the figures are for people.
func (e *Engine) watchdog(ctx context.Context) {
	oldest, late, err := e.archive.Watch(ctx)
	if ctx.Err() != nil {
		return
	}
	e.alarm("watchdog.failed", "", fault.Key(err), err != nil)
	if err != nil {
		e.log.Error("the watchdog cannot see", "error", err.Error())
		return
	}
	e.late.mu.Lock()
	e.late.late, e.late.oldest = late, oldest
	e.late.mu.Unlock()
}

func (e *Engine) checkpoint(ctx context.Context) {
	_, err := e.ledger.Checkpoint(ctx)
	if ctx.Err() != nil || fault.Is(err, fault.Unavailable) {
		return
	}
	e.alarm("ledger.corrupt", "", fault.Key(err), fault.Is(err, fault.Corrupt))
	if err != nil {
		e.log.Error("no checkpoint", "error", err.Error())
	}
}

func sizeText(u durable.Usage) string {
	return byteText(u.Free) + " of " + byteText(u.Total) + " free"
}
