package archive

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

// lateAfter is how long after it was due a file that can still be read is late.
const lateAfter = time.Hour

// watchedDay is what is known of a folder into which nothing is written any
// more: files only leave it, so nothing in it is due before minDue.
type watchedDay struct{ minDue int64 }

// Watch looks at the disk alone, neither at the index nor at what a sweep
// believes: how old the oldest footage is that no hold keeps, and how many
// segments are past their time by more than an hour and can still be read.
// Those are an alarm, and the next sweep looks at the disk too. A file's name
// says where to look; its header and its key say what is so.
func (a *Archive) Watch(ctx context.Context) (oldest time.Time, late int, err error) {
	holds := a.currentHolds()
	now := a.now()
	var first int64
	worst := ""
	err = a.eachDay(func(camera, day string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := camera + "/" + day
		a.mu.Lock()
		known, quiet := a.watched[key]
		a.mu.Unlock()
		quiet = quiet && known.minDue+lateAfter.Microseconds() > now
		if quiet && first != 0 && segment.Day(first) < day {
			return nil
		}
		var left []string
		names, err := a.files(camera, day, func(base string) { left = append(left, base) })
		if err != nil {
			return err
		}
		if len(names) == 0 && day < segment.Day(now-2*24*hourUS) {
			a.clearDay(camera, day, left)
			return nil
		}
		a.clearHeld(camera, day, left)
		minDue := int64(1<<63 - 1)
		for _, n := range names {
			if n.Suffix == segment.Held {
				continue
			}
			minDue = min(minDue, n.DeleteAfter)
			due := n.DeleteAfter + lateAfter.Microseconds()
			if due > now && (first != 0 && n.Start >= first) {
				continue
			}
			readable, kept, err := a.readable(n, holds, now)
			if err != nil || !readable || kept {
				continue // damaged files are for Check; nobody can look at them
			}
			if first == 0 || n.Start < first {
				first = n.Start
			}
			if due <= now {
				late++
				worst = n.Path()
			}
		}
		a.mu.Lock()
		if day < segment.Day(now-24*hourUS) && minDue != 1<<63-1 {
			a.watched[key] = watchedDay{minDue}
		} else {
			delete(a.watched, key)
		}
		a.mu.Unlock()
		return nil
	})
	if late > 0 {
		a.mu.Lock()
		a.stray = true
		a.mu.Unlock()
	}
	a.alarm(AlarmLate, "", plural(late, "segment", "past its time can still be read, such as "+worst), late > 0)
	return segment.Time(first), late, err
}

// clearHeld removes what a crash left of .held files that were being written.
func (a *Archive) clearHeld(camera, day string, left []string) {
	for _, base := range left {
		if !strings.HasSuffix(base, durable.TempSuffix) || !strings.Contains(base, segment.Held+".") {
			continue
		}
		a.ruling.Lock() // under which they are written
		err := a.remove(a.path(camera, day, base))
		a.ruling.Unlock()
		if err != nil {
			a.log.Warn("a temporary file stays", slog.String("file", base), slog.Any("err", err))
		}
	}
}

// clearDay removes a day's folder from which every segment is gone, with the
// temporary files that a crash left in it. Nothing is written there any more.
func (a *Archive) clearDay(camera, day string, left []string) {
	for _, base := range left {
		if !strings.HasSuffix(base, durable.TempSuffix) {
			return // not ours: Check reports it
		}
		if err := a.remove(a.path(camera, day, base)); err != nil {
			a.log.Warn("a temporary file stays", slog.String("file", base), slog.Any("err", err))
			return
		}
	}
	if err := a.remove(a.path(camera, day)); err != nil {
		a.log.Warn("an empty folder stays", slog.String("folder", camera+"/"+day), slog.Any("err", err))
		return
	}
	if err := a.cfg.FS.SyncDir(a.path(camera)); err != nil {
		a.log.Warn("an empty folder may come back", slog.String("folder", camera+"/"+day), slog.Any("err", err))
	}
}

// readable reports whether a file can be opened by a key that still lives, and
// whether a hold keeps it.
func (a *Archive) readable(n segment.Name, holds []holding, now int64) (readable, kept bool, err error) {
	h, end, _, err := a.about(n)
	if err != nil {
		return false, false, err
	}
	for i := range holds {
		if hold := &holds[i]; hold.ended == 0 && hold.over(h.Camera, h.Start, end) && hold.keeps(h.HoldLimit) > now {
			kept = true
		}
	}
	_, err = a.cfg.Keys.Lookup(keys.Period{Camera: h.Camera, Hour: h.Hour, Class: h.Class})
	readable = err == nil
	if err != nil {
		_, kerr := a.segmentKey(h, n)
		readable = kerr == nil
	}
	return readable, kept, nil
}

// KeptBy lists the holds that keep footage of a camera in an interval now, for
// those who show it.
func (a *Archive) KeptBy(camera string, from, to time.Time) []permit.ID {
	var out []permit.ID
	now, holds := a.now(), a.currentHolds()
	for i := range holds {
		if h := &holds[i]; h.ended == 0 && h.until() > now && h.over(camera, from.UnixMicro(), to.UnixMicro()) {
			out = append(out, h.hold.ID)
		}
	}
	return out
}
