package archive

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
)

// note is a change of state or a sample of a clock on its way to the index.
type note struct {
	camera       string
	at           int64
	state, cause string
	clock        bool
	offset       int64
}

// Note says what is so of a camera from at on. It never waits.
func (a *Archive) Note(camera, state, cause string, at time.Time) {
	a.note(note{camera: camera, at: at.UnixMicro(), state: state, cause: cause})
}

// ClockSample keeps a camera's clock minus ours, as measured at. It never waits.
func (a *Archive) ClockSample(camera string, at time.Time, offset time.Duration) {
	a.note(note{camera: camera, at: at.UnixMicro(), clock: true, offset: offset.Microseconds()})
}

func (a *Archive) note(n note) {
	a.mu.Lock()
	away := a.away
	if !away {
		a.notes = append(a.notes, n)
	}
	a.mu.Unlock()
	if !away {
		a.index.poke()
		return
	}
	if err := a.journal.add(noteOps([]note{n})...); err != nil {
		a.log.Warn("a note is kept in memory alone")
	}
}

func noteOps(notes []note) []*op {
	ops := make([]*op, len(notes))
	for i, n := range notes {
		ops[i] = &op{At: n.at, Op: opNote, Camera: n.camera, State: n.state, Cause: n.cause}
		if n.clock {
			ops[i].Op, ops[i].Offset = opClock, n.offset
		}
	}
	return ops
}

func (o *op) note() note {
	return note{o.Camera, o.At, o.State, o.Cause, o.Op == opClock, o.Offset}
}

func insertNotes(ctx context.Context, tx *db.Tx, notes []note) error {
	for _, n := range notes {
		var err error
		if n.clock {
			_, err = tx.Exec(ctx, `INSERT INTO clock_sample (camera, at_us, offset_us) VALUES (?, ?, ?)
				ON CONFLICT (camera, at_us) DO UPDATE SET offset_us = excluded.offset_us`, n.camera, n.at, n.offset)
		} else {
			_, err = tx.Exec(ctx, `INSERT INTO state_change (camera, at_us, state, cause) VALUES (?, ?, ?, ?)
				ON CONFLICT (camera, at_us) DO UPDATE SET state = excluded.state, cause = excluded.cause`, n.camera, n.at, n.state, n.cause)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// StateChange says what was so of a camera from At on.
type StateChange struct {
	Camera, State, Cause string
	At                   time.Time
}

// States are the changes of these cameras in the interval, and the one before
// it, which was in force at its beginning; by camera and time.
func (a *Archive) States(ctx context.Context, cameras []string, from, to time.Time) (out []StateChange, err error) {
	if len(cameras) == 0 {
		return nil, nil
	}
	in := make([]any, len(cameras))
	for i, c := range cameras {
		in[i] = c
	}
	lo, hi := from.UnixMicro(), to.UnixMicro()
	args := append(append([]any{}, in...), hi, lo, lo)
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		return db.Each(ctx, tx, `SELECT camera, state, cause, at_us FROM state_change s
			WHERE camera IN (`+marks(len(cameras))+`) AND at_us < ? AND (at_us >= ? OR at_us =
				(SELECT MAX(at_us) FROM state_change b WHERE b.camera = s.camera AND b.at_us < ?))
			ORDER BY camera, at_us`, args, func(scan func(...any) error) error {
			var c StateChange
			var at int64
			err := scan(&c.Camera, &c.State, &c.Cause, &at)
			c.At = segment.Time(at)
			out = append(out, c)
			return err
		})
	})
	return out, err
}

// ClockOffset is a camera's clock minus ours.
type ClockOffset struct {
	At     time.Time
	Offset time.Duration
}

// ClockSamples are the samples of a camera's clock in the interval, in order.
func (a *Archive) ClockSamples(ctx context.Context, camera string, from, to time.Time) (out []ClockOffset, err error) {
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		return db.Each(ctx, tx, "SELECT at_us, offset_us FROM clock_sample WHERE camera = ? AND at_us >= ? AND at_us < ? ORDER BY at_us",
			[]any{camera, from.UnixMicro(), to.UnixMicro()}, func(scan func(...any) error) error {
				var at, off int64
				err := scan(&at, &off)
				out = append(out, ClockOffset{segment.Time(at), time.Duration(off) * time.Microsecond})
				return err
			})
	})
	return out, err
}
