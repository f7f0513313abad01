package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

const (
	hourUS = int64(time.Hour / time.Microsecond)
	// hourOver is how long after an hour's end no segment can begin in it any more.
	hourOver    = 5 * time.Minute
	causeUnused = "unused"
)

// eraseKeys erases the keys of periods of which everything is past its time.
// What a hold keeps in them is first wrapped under the hold's key, and proved
// to open by it. The law's limit is reached whatever the index and the names
// say. ruling is held.
func (a *Archive) eraseKeys(ctx context.Context, now int64) (n int, err error) {
	lives, err := a.livingPeriods(ctx, now)
	if err != nil {
		return 0, err
	}
	var ops []*op
	var errs []error
	unproved := 0
	days := map[string][]segment.Name{}
	for _, p := range a.cfg.Keys.Periods() {
		end := (p.Hour + 1) * hourUS
		hard := end+segment.Limit.Microseconds() <= now
		if end+hourOver.Microseconds() > now || !hard && lives[p] || a.periodInUse(p, now) {
			continue
		}
		names, err := a.inPeriod(p, days)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ready, err := a.periodReady(p, names, now, hard)
		if err != nil {
			unproved++
			errs = append(errs, err)
			continue
		}
		if !ready {
			continue
		}
		o := &op{At: now, Op: opErase, Camera: p.Camera, Hour: p.Hour, Class: p.Class}
		if _, indexed := lives[p]; !indexed && len(names) == 0 {
			o.Cause = causeUnused
		}
		ops = append(ops, o)
	}
	a.alarm(AlarmProof, "", plural(unproved, "period", "cannot be erased before what is held in it is proved"), unproved > 0)
	if err := a.journal.add(ops...); err != nil {
		a.log.Error("an erasure could not be written down", slog.Any("err", err))
		errs = append(errs, err)
	}
	n, err = a.eraseAll(ops)
	a.alarm(AlarmErase, "", plural(len(ops)-n, "key", "cannot be erased"), n < len(ops))
	if err != nil {
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

// eraseAll erases in few writes if it can, and one by one if it cannot.
func (a *Archive) eraseAll(ops []*op) (n int, err error) {
	if len(ops) == 0 {
		return 0, nil
	}
	periods := make([]keys.Period, len(ops))
	for i, o := range ops {
		periods[i] = o.period()
		o.tried = true
	}
	if a.cfg.Keys.Erase(periods...) == nil {
		return len(ops), nil
	}
	for _, o := range ops {
		if e := a.cfg.Keys.Erase(o.period()); e != nil {
			o.failed = map[string]error{"": e}
			err = e
			continue
		}
		n++
	}
	return n, err
}

// livingPeriods is what the index knows of periods: true where something in
// them is not due yet, false where all is. While the database is away it
// knows none, and the names on disk decide.
func (a *Archive) livingPeriods(ctx context.Context, now int64) (map[keys.Period]bool, error) {
	out := map[keys.Period]bool{}
	err := a.withDatabaseIfThere(ctx, func(ctx context.Context) error {
		return a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
			return db.Each(ctx, tx, "SELECT camera, hour, class, last_due_us FROM period WHERE erased_us = 0", nil, func(scan func(...any) error) error {
				var camera, class string
				var hour, due int64
				err := scan(&camera, &hour, &class, &due)
				out[keys.Period{Camera: camera, Hour: hour, Class: permit.Class(class)}] = due > now
				return err
			})
		})
	})
	if fault.Is(err, fault.Unavailable) {
		return map[keys.Period]bool{}, nil
	}
	return out, err
}

// periodInUse reports whether a segment of the period is being written or
// waits to be indexed, and is not due.
func (a *Archive) periodInUse(p keys.Period, now int64) bool {
	same := func(r *segment.Rules) bool {
		return r.Camera == p.Camera && r.Hour == p.Hour && r.Class == p.Class && r.DeleteAfter > now
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.open {
		if same(&w.head.Rules) {
			return true
		}
	}
	for _, d := range a.closed {
		if same(&d.head) {
			return true
		}
	}
	return false
}

// inPeriod lists the closed and open files that began in a period's hour.
func (a *Archive) inPeriod(p keys.Period, days map[string][]segment.Name) (out []segment.Name, err error) {
	day := segment.Day(p.Hour * hourUS)
	names, ok := days[p.Camera+"/"+day]
	if !ok {
		if names, err = a.files(p.Camera, day, nil); err != nil {
			return nil, err
		}
		days[p.Camera+"/"+day] = names
	}
	for _, n := range names {
		if n.Suffix != segment.Held && segment.Hour(n.Start) == p.Hour {
			out = append(out, n)
		}
	}
	return out, nil
}

// periodReady reports whether nothing in the period needs its key any more:
// everything is due, and what is held opens by its holds' keys.
func (a *Archive) periodReady(p keys.Period, names []segment.Name, now int64, hard bool) (bool, error) {
	for _, n := range names {
		h, end, _, err := a.about(n)
		switch {
		case err == nil && h.Class != p.Class:
			continue
		case err == nil && h.DeleteAfter > now && !hard:
			return false, nil
		case err != nil && n.DeleteAfter > now && !hard:
			return false, nil // cannot be read now: perhaps later
		case err != nil && !fault.Is(err, fault.Corrupt) && len(a.holdsOver(n.Camera, n.Start, n.Start+2*longest.Microseconds())) > 0:
			// The disk does not say now; what is held must not pay for it.
			return false, fmt.Errorf("%s is perhaps held: %w", n.Path(), err)
		case err != nil:
			continue
		}
		holds := a.keepers(&h.Rules, end, now)
		if len(holds) == 0 {
			continue
		}
		if n.Suffix == segment.Open {
			return false, fault.New(fault.Unavailable, "hold.unproved", "%s is held and not closed yet", n.Path())
		}
		if err := a.secure(n, holds); err != nil {
			return false, fmt.Errorf("%s is held: %w", n.Path(), err)
		}
	}
	return true, nil
}

// eraseHoldKeys erases the keys of holds that ended, once nothing needs them:
// what another hold keeps is wrapped anew without them. ruling is held.
func (a *Archive) eraseHoldKeys(now int64) error {
	var errs []error
	for _, id := range a.cfg.Keys.Holds() {
		h := a.holds[id]
		if h == nil || h.ended == 0 {
			continue
		}
		if err := a.releaseFiles(h, now); err != nil {
			errs = append(errs, err)
			continue
		}
		if err := a.cfg.Keys.EraseHold(id); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (a *Archive) releaseFiles(h *holding, now int64) error {
	for _, camera := range h.hold.Cameras {
		names, err := a.onDisk(camera, h.hold.From.UnixMicro(), h.hold.To.UnixMicro())
		if err != nil {
			return err
		}
		for _, n := range names {
			car, err := a.readSidecar(n)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil && !car.has(h.hold.ID) {
				continue
			}
			head, end, _, err := a.about(n)
			if fault.Is(err, fault.Corrupt) {
				continue // no key opens it
			}
			if err != nil {
				return err
			}
			if keep := a.keepers(&head.Rules, end, now); len(keep) > 0 {
				err = a.secure(n, keep)
			} else {
				err = a.remove(a.path(n.With(segment.Held).Path()))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *sidecar) has(hold permit.ID) bool {
	for _, k := range c.Keys {
		if k.Hold == hold {
			return true
		}
	}
	return false
}
