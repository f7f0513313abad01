package retention_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/keys"
)

// sweep sweeps on a disk that works, and wants everything gone that must be.
func (w *world) sweep() {
	w.faulty.Heal()
	now := w.now()
	if w.plant.eraseFirst {
		w.eraseDue(now)
	}
	var s archive.Swept
	if !w.plant.noSweep {
		var err error
		s, err = w.a.Sweep(context.Background())
		w.must("sweep", err)
	}
	held := false
	if !w.plant.wallClock {
		held, _, _ = w.trusted.State()
	}
	w.say("swept %+v", s)
	if s.Waiting {
		if !held {
			w.fail("R1: a sweep waited for a clock that is not held")
		}
		return
	}
	files := w.files()
	for _, s := range w.segs {
		if !w.may(s, now) {
			if name, there := files[s.id]; there {
				w.fail("R1: %s was due %v and is on the disk after the sweep: %s", s.id[:6], s.due, name)
			}
			s.seenGone = true
		}
	}
	alive := map[keys.Period]bool{}
	for _, p := range w.keys.Periods() {
		alive[p] = true
		if last := time.Unix((p.Hour+1)*3600, 0).Add(30*day - 12*time.Hour); now.After(last) {
			w.fail("R11: the key of %v lives after the sweep at %v", p, now)
		}
	}
	for _, s := range w.segs { // what was erased stays erased
		if p := keys.PeriodAt(s.camera, s.start, s.rules.Class); !alive[p] {
			w.erased[p] = true
		}
	}
	for _, id := range w.keys.Holds() {
		if i := slices.IndexFunc(w.holds, func(h *hold) bool { return h.h.ID == id }); i >= 0 {
			if h := w.holds[i]; !h.unsure && (h.released || !now.Before(h.until)) {
				w.fail("R11: the key of hold %s lives after its end", id[:6])
			}
		}
	}
}

// eraseDue erases period keys as soon as all in them is due, held or not.
func (w *world) eraseDue(now time.Time) {
	living := map[keys.Period]bool{}
	for _, s := range w.segs {
		if now.Before(s.due) {
			living[keys.PeriodAt(s.camera, s.start, s.rules.Class)] = true
		}
	}
	for _, p := range w.keys.Periods() {
		if !living[p] && p.Hour < now.Unix()/3600 {
			w.must("erase", w.keys.Erase(p))
		}
	}
}

// covers: the hold keeps the cameras and the segments that overlap its
// minutes. Where a segment ends is known to a picture only: by is how much
// more, or less, than that the overlap must be.
func (h *hold) covers(s *seg, by time.Duration) bool {
	return slices.Contains(h.h.Cameras, s.camera) && s.start.Add(by).Before(h.h.To) && s.end.After(h.h.From.Add(by))
}

const edge = 3 * time.Second

// may: it is perhaps covered; surely: it is.
func (h *hold) mayCover(s *seg) bool     { return h.covers(s, -edge) }
func (h *hold) surelyCovers(s *seg) bool { return h.covers(s, edge+s.picture) }

// until is to when a hold keeps a segment.
func (h *hold) keeps(s *seg) time.Time {
	if !s.limit.IsZero() && s.limit.Before(h.until) {
		return s.limit
	}
	return h.until
}

// may: the segment may be readable now.
func (w *world) may(s *seg, now time.Time) bool {
	if now.Before(s.due) {
		return true
	}
	if s.seenGone {
		return false
	}
	return slices.ContainsFunc(w.holds, func(h *hold) bool {
		return h.mayCover(s) && (!h.released || h.unsure) && now.Before(h.keeps(s))
	})
}

// must: it must be readable now.
func (w *world) needs(s *seg, now time.Time) bool {
	if now.Before(s.due) {
		return true
	}
	return slices.ContainsFunc(w.holds, func(h *hold) bool {
		return h.sure[s] && !h.released && !h.unsure && now.Before(h.keeps(s))
	})
}

// check wants every invariant to hold now.
func (w *world) check() {
	w.faulty.Heal()
	now := w.now()
	if now.Before(w.last) {
		w.fail("R7: the trusted clock went back from %v", w.last)
	}
	w.last = now
	for _, p := range w.keys.Periods() {
		if w.erased[p] {
			w.fail("R4, R11: the key of %v was erased and is back", p)
		}
	}
	if w.away {
		return // nothing is played without the ledger
	}
	files := w.files()
	from, to := w.begun.Add(-day), now.Add(400*day)
	got := map[string]map[string][]byte{}
	for _, camera := range cameras {
		got[camera] = w.readable(camera, from, to)
	}
	seen := map[string]bool{}
	for _, s := range w.segs {
		plain, readable := got[s.camera][s.id]
		seen[s.id] = true
		_, there := files[s.id]
		switch {
		case s.seenGone && (readable || there):
			w.fail("R4: %s came back (readable %v, on the disk %v)", s.id[:6], readable, there)
		case readable && !w.may(s, now):
			w.fail("R1: %s was due %v and is readable", s.id[:6], s.due)
		case !readable && w.needs(s, now):
			w.fail("R2/R3: %s is due %v, held %v, and is not readable (on the disk: %v)", s.id[:6], s.due, w.heldBy(s), there)
		case readable && !hasPayload(plain, s.payload):
			w.fail("R2: %s is not what was recorded", s.id[:6])
		}
		w.byRealTime(s, readable || there, readable)
	}
	for camera, all := range got {
		for id := range all { // what was never acknowledged is bound too
			if !seen[id] && w.tooOld(id, now) {
				w.fail("R1: %s on %s was never acknowledged and outlives the limit", id[:6], camera)
			}
		}
	}
}

// byRealTime judges by real time, which nothing but the test knows.
func (w *world) byRealTime(s *seg, there, readable bool) {
	age := w.real().Sub(s.real)
	keep := min(s.keep, 30*day-12*time.Hour)
	behind := max(0, s.real.Sub(s.start)) // the clock was behind when it was recorded
	if early := keep - age; !there && !s.seenGone && early > 10*time.Minute+keep/1500+behind {
		w.fail("R2: %s is gone %v too early by real time", s.id[:6], early)
	}
	lag := max(0, w.real().Sub(w.now())-behind) // and is now
	if readable && w.heldBy(s) == "" && age > 30*day+max(0, lag-12*time.Hour) {
		w.fail("R1: %s is readable at an age of %v", s.id[:6], age)
	}
}

func (w *world) heldBy(s *seg) string {
	out := ""
	for _, h := range w.holds {
		if h.mayCover(s) && (!h.released || h.unsure) {
			out += fmt.Sprintf("%s until %s (unsure %v) ", h.h.ID[:6], h.keeps(s).Format("01-02 15:04"), h.unsure)
		}
	}
	return out
}

func (w *world) tooOld(id string, now time.Time) bool {
	name, ok := w.files()[id]
	if !ok {
		return false
	}
	var start, due int64
	if _, err := fmt.Sscanf(filepath.Base(name), "%016d-%016d-", &start, &due); err != nil {
		return false
	}
	if slices.ContainsFunc(w.holds, func(h *hold) bool { return now.Before(h.until) }) {
		return false // perhaps it is held
	}
	return !now.Before(time.UnixMicro(due))
}

// wantNoEmptyDays: folders of days long past go when their footage has gone.
func (w *world) wantNoEmptyDays() {
	for _, camera := range cameras {
		days, err := w.disk.ReadDir("/archive/" + camera)
		if err != nil {
			continue // never recorded
		}
		for _, d := range days {
			if in, err := w.disk.ReadDir("/archive/" + camera + "/" + d.Name()); err == nil && len(in) == 0 &&
				d.Name() < w.now().Add(-3*day).Format("20060102") {
				w.fail("the empty folder %s/%s stays", camera, d.Name())
			}
		}
	}
}

func hasPayload(plain, payload []byte) bool { return bytes.Contains(plain, payload) }

// inspect puts clock and disk right at the end of a history, and wants the
// archive's own check and watch, and the ledger's, to find nothing.
func (w *world) inspect() {
	ctx := context.Background()
	w.fake.SetWall(w.real())
	w.synced = true
	w.faulty.Heal()
	w.must("settle", w.settle())
	w.sweep()
	w.check()
	_, late, err := w.a.Watch(ctx)
	w.must("watch", err)
	if late > 0 {
		w.fail("R1: the watch finds %d late", late)
	}
	w.wantNoEmptyDays()
	rep, err := w.a.Check(ctx, archive.DepthHash, false, nil)
	w.must("R5, R6: check", err)
	for _, f := range rep.Findings {
		w.fail("R5, R6: the archive's own check found %+v", f)
	}
	findings, err := w.ledger.Check(ctx)
	w.must("ledger", err)
	for _, f := range findings {
		w.fail("R6: the ledger's own check found %+v", f)
	}
}
