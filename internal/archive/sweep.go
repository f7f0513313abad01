package archive

import (
	"context"
	"errors"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

const (
	// heldClock is how long a clock that is held stops deletion: the margin
	// before the law's limit covers it.
	heldClock = 12 * time.Hour
	// perSweep is how many segments one transaction condemns.
	perSweep = 1000
)

// Why a segment was condemned.
const (
	ruleRetention = "retention" // the approved period has run out
	ruleLimit     = "limit"     // the law's limit less the margin came first
	ruleRelease   = "release"   // it was held, and no longer is
)

// Swept says what a sweep did.
type Swept struct {
	Waiting   bool // the clock is held: nothing was decided
	Away      bool // done without the database
	Condemned int  // segments whose deletion was decided
	Unlinked  int  // files removed, those of earlier sweeps included
	Failed    int  // files that could not be removed
	Erased    int  // period keys erased
	Ended     int  // holds that ended by themselves
	Bereft    []Bereft
}

// victim is a condemned segment.
type victim struct {
	name  segment.Name
	hour  int64
	class permit.Class
	rule  string
}

// Sweep deletes what is past its time and not held: it writes the intent,
// removes the files, and erases the period keys of hours of which everything
// is past its time, after proving that what is held in them opens by its
// holds' keys. It is to be called at least each half hour. What fails is
// tried again by the next call and is an alarm meanwhile; the error is the
// first of them.
func (a *Archive) Sweep(ctx context.Context) (s Swept, err error) {
	defer fault.Wrap(&err, "archive.Sweep")
	a.ruling.Lock()
	defer a.ruling.Unlock()
	if a.clockHeld() {
		return Swept{Waiting: true}, nil
	}
	defer func() { a.without = nil }()
	now := a.now()
	var errs []error
	if s.Ended, err = a.endHolds(now); err != nil {
		errs = append(errs, err)
	}
	if e := a.withDatabaseIfThere(ctx, a.enterAll); e != nil && !fault.Is(e, fault.Unavailable) {
		errs = append(errs, e)
	}
	gone, failed, e := a.retryLate(ctx)
	s.Unlinked, s.Failed = gone, failed
	if e != nil {
		errs = append(errs, e)
	}
	for {
		victims, e := a.condemn(ctx, now)
		if e != nil {
			errs = append(errs, e)
		}
		if len(victims) == 0 {
			break
		}
		s.Condemned += len(victims)
		gone, failed, e := a.execute(ctx, victims)
		s.Unlinked, s.Failed = s.Unlinked+gone, s.Failed+failed
		if e != nil {
			errs = append(errs, e)
		}
		if len(victims) < perSweep || failed == len(victims) {
			break
		}
	}
	if s.Bereft, e = a.sweepOffspring(); e != nil {
		errs = append(errs, e)
	}
	a.alarm(AlarmUnlink, "", plural(s.Failed, "file", "cannot be removed"), s.Failed > 0)
	if s.Erased, e = a.eraseKeys(ctx, now); e != nil {
		errs = append(errs, e)
	}
	if e = a.eraseHoldKeys(now); e != nil {
		errs = append(errs, e)
	}
	if e := a.withDatabaseIfThere(ctx, a.enterAll); e != nil && !fault.Is(e, fault.Unavailable) {
		errs = append(errs, e)
	}
	a.mu.Lock()
	s.Away = a.away
	a.mu.Unlock()
	return s, errors.Join(errs...)
}

// clockHeld reports whether the trusted clock waits for a second opinion, and
// has not done so for longer than deletion can wait.
func (a *Archive) clockHeld() bool {
	c, ok := a.cfg.Clock.(interface {
		State() (held bool, since time.Time, synced bool)
	})
	held := false
	if ok {
		held, _, _ = c.State()
	}
	mono := a.cfg.Clock.Mono()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !held:
		a.waiting = false
		return false
	case !a.waiting:
		a.waiting, a.lateUntil = true, mono+heldClock
	}
	return mono < a.lateUntil
}

// withDatabase runs f if the database is there, attaching it first if need
// be, and remembers if it goes away. ruling is held.
func (a *Archive) withDatabase(ctx context.Context, f func(context.Context) error) error {
	if a.without != nil {
		return a.without
	}
	a.mu.Lock()
	attached := a.attached
	a.mu.Unlock()
	if !attached {
		if err := a.attachLocked(ctx, new(Recovery)); err != nil {
			a.setAway(err)
			if fault.Key(err) == "archive.foreign" { // as good as none
				err = fault.As(fault.Unavailable, AlarmForeign, err)
			}
			return err
		}
	}
	err := f(ctx)
	if fault.Is(err, fault.Unavailable) {
		a.setAway(err)
	}
	return err
}

// withDatabaseIfThere is withDatabase for the steps of a sweep, which asks a
// database that is away only once: each asking can take seconds.
func (a *Archive) withDatabaseIfThere(ctx context.Context, f func(context.Context) error) error {
	err := a.withDatabase(ctx, f)
	if fault.Is(err, fault.Unavailable) {
		a.without = err
	}
	return err
}

// condemn decides over the segments that are due and not held: in the index,
// and as long as the index may not know all files, on the disk too.
func (a *Archive) condemn(ctx context.Context, now int64) (out []victim, err error) {
	err = a.withDatabaseIfThere(ctx, func(ctx context.Context) error {
		out, err = a.condemnIndexed(ctx, now)
		return err
	})
	a.mu.Lock()
	complete := a.attached && len(a.adopt) == 0 && !a.stray
	a.stray = false
	a.mu.Unlock()
	if complete && err == nil {
		return out, nil
	}
	if fault.Is(err, fault.Unavailable) {
		err = nil
	}
	more, derr := a.condemnOnDisk(now, perSweep, out)
	return append(out, more...), errors.Join(err, derr)
}

// condemned is what the ledger says before the first file is touched.
type condemned struct {
	Camera   string       `json:"camera"`
	Hour     int64        `json:"hour"`
	Class    permit.Class `json:"class"`
	Rule     string       `json:"rule"`
	Segments []string     `json:"segments"`
	Due      int64        `json:"due"` // of the latest
}

// condemnIndexed marks rows and enters the intent in one transaction. A hold
// that was there first wins; one that comes after is told that the segment is
// condemned.
func (a *Archive) condemnIndexed(ctx context.Context, now int64) (out []victim, err error) {
	type row struct {
		ID, Camera, Class string
		StartUS           int64 `db:"start_us"`
		EndUS             int64 `db:"end_us"`
		DueUS             int64 `db:"due_us"`
		HoldLimitUS       int64 `db:"hold_limit_us"`
		Hour              int64
		WasHeld           int64
	}
	err = a.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := db.All[row](ctx, tx, `SELECT id, camera, class, start_us, end_us, due_us, hold_limit_us, hour,
				(SELECT COUNT(*) FROM held_segment w WHERE w.segment = segment.id) AS was_held
			FROM segment WHERE state = 0 AND due_us <= ? AND NOT EXISTS (
				SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
				WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > ?)
			ORDER BY due_us LIMIT ?`, now, now, perSweep)
		if err != nil {
			return err
		}
		for _, r := range rows {
			rules := &segment.Rules{Camera: r.Camera, Start: r.StartUS, DeleteAfter: r.DueUS, HoldLimit: r.HoldLimitUS}
			if len(a.keepers(rules, r.EndUS, now)) > 0 {
				// The index has forgotten a hold that the folder has.
				a.owed = true
				continue
			}
			v := victim{segment.Name{Camera: r.Camera, Start: r.StartUS, DeleteAfter: r.DueUS, ID: r.ID, Suffix: segment.Closed},
				r.Hour, permit.Class(r.Class), ruleOf(r.StartUS, r.DueUS, now, r.WasHeld > 0)}
			if _, err := tx.Exec(ctx, "UPDATE segment SET state = 1, rule = ? WHERE id = ?", v.rule, r.ID); err != nil {
				return err
			}
			out = append(out, v)
		}
		if len(out) == 0 {
			return nil
		}
		var entries []ledger.New
		for _, o := range grouped(out, now) {
			entries = append(entries, ledger.New{At: segment.Time(now), Kind: "deletion.intended", Body: o.intent()})
		}
		_, err = a.cfg.Ledger.AppendAll(ctx, tx, entries)
		return err
	})
	return out, err
}

func ruleOf(start, due, now int64, wasHeld bool) string {
	switch {
	case wasHeld && now-due > hourUS:
		return ruleRelease
	case due-start == segment.Limit.Microseconds():
		return ruleLimit
	}
	return ruleRetention
}

// condemnOnDisk finds up to n due files by their names, and condemns those
// whose headers say so and that no hold keeps. Of a file whose header cannot
// be read only the law's limit is sure.
func (a *Archive) condemnOnDisk(now int64, n int, known []victim) (out []victim, err error) {
	have := map[string]bool{}
	for _, v := range known {
		have[v.name.ID] = true
	}
	err = a.eachDay(func(camera, day string) error {
		if len(out) >= n {
			return nil
		}
		names, err := a.files(camera, day, nil)
		if err != nil {
			return err
		}
		for _, name := range names {
			if name.DeleteAfter > now || name.Suffix == segment.Held || have[name.ID] || len(out) >= n || a.inUse(name.ID) {
				continue
			}
			h, end, _, err := a.about(name)
			if err != nil {
				if fault.Is(err, fault.Corrupt) && name.Start+segment.Limit.Microseconds() <= now {
					out = append(out, victim{name, segment.Hour(name.Start), "", ruleLimit})
				} else if fault.Is(err, fault.Corrupt) {
					a.alarm(AlarmCorrupt, camera, name.Path(), true)
				} else {
					return err
				}
				continue
			}
			if h.ID != name.ID || h.Archive != a.id || h.DeleteAfter > now || len(a.keepers(&h.Rules, end, now)) > 0 {
				continue
			}
			have[name.ID] = true
			out = append(out, victim{name, h.Hour, h.Class, ruleOf(h.Start, h.DeleteAfter, now, a.wasHeld(&h.Rules, end))})
		}
		return nil
	})
	return out, err
}
