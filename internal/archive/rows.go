package archive

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

// segmentRow is a row of the index.
type segmentRow struct {
	ID, Camera, Stream, Permit, Class string
	StartUS                           int64 `db:"start_us"`
	EndUS                             int64 `db:"end_us"`
	DueUS                             int64 `db:"due_us"`
	HoldLimitUS                       int64 `db:"hold_limit_us"`
	Hour, Size                        int64
	SHA256                            []byte `db:"sha256"`
	Leaf, State                       int64
}

const segmentColumns = "id, camera, stream, permit, class, start_us, end_us, due_us, hold_limit_us, hour, size, sha256, leaf, state"

func (r *segmentRow) name() segment.Name {
	return segment.Name{Camera: r.Camera, Start: r.StartUS, DeleteAfter: r.DueUS, ID: r.ID, Suffix: segment.Closed}
}

func (r *segmentRow) rules() segment.Rules {
	return segment.Rules{ID: r.ID, Camera: r.Camera, Stream: r.Stream, Permit: permit.ID(r.Permit), Class: permit.Class(r.Class),
		Start: r.StartUS, DeleteAfter: r.DueUS, HoldLimit: r.HoldLimitUS, Hour: r.Hour}
}

func (s *overlapped) period() keys.Period {
	return keys.Period{Camera: s.rules.Camera, Hour: s.rules.Hour, Class: s.rules.Class}
}

// segmentRows are a camera's segments that overlap [from, to), by start; with
// kept, those alone that are not condemned.
func segmentRows(ctx context.Context, tx *db.Tx, camera string, from, to int64, kept bool) ([]segmentRow, error) {
	q := "SELECT " + segmentColumns + " FROM segment WHERE camera = ? AND start_us >= ? AND start_us < ? AND end_us > ?"
	if kept {
		q += " AND state = 0"
	}
	return db.All[segmentRow](ctx, tx, q+" ORDER BY start_us", camera, from-2*longest.Microseconds(), to, from)
}

// Oldest is the start of a camera's oldest footage that can be read now: not
// past its time, or held. The zero time if there is none.
func (a *Archive) Oldest(ctx context.Context, camera string) (time.Time, error) {
	now := a.now()
	var at int64
	err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		at, err = db.One[int64](ctx, tx, `SELECT start_us FROM segment WHERE camera = ? AND state = 0 AND (due_us > ? OR EXISTS (
			SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
			WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > ?))
			ORDER BY start_us LIMIT 1`, camera, now, now)
		if fault.Is(err, fault.NotFound) {
			at, err = 0, nil
		}
		return err
	})
	return segment.Time(at), err
}

// Deletion is an hour of a camera on its way out, or gone.
type Deletion struct {
	Camera   string
	Hour     time.Time
	Class    permit.Class
	Permit   permit.ID
	From, To time.Time // of the footage
	Due      time.Time // when the last of it was due
	Done     time.Time // when its files were removed, zero before
	Erased   time.Time // when its key was erased, zero before
	State    string    // "planned", "late", "done"
	Rule     string    // retention, limit, release; empty while planned
	Segments int
	Bytes    int64
	Leaf     int64  // ledger entry of the proof, -1 before
	Problem  string // key of the error that keeps a late one's file where it is; empty: none
}

// deletionRow is an hour of a camera, done or not.
type deletionRow struct {
	Camera, Class, Permit, Rule  string
	Problem                      string
	Hour, Segments, Bytes, State int64
	FirstUS                      int64 `db:"first_us"`
	LastUS                       int64 `db:"last_us"`
	DueUS                        int64 `db:"due_us"`
	DoneUS                       int64 `db:"done_us"`
	ErasedUS                     int64 `db:"erased_us"`
	Leaf                         int64
}

func (r *deletionRow) deletion(now int64) Deletion {
	d := Deletion{
		Camera: r.Camera, Hour: segment.Time(r.Hour * hourUS), Class: permit.Class(r.Class), Permit: permit.ID(r.Permit),
		From: segment.Time(r.FirstUS), To: segment.Time(r.LastUS), Due: segment.Time(r.DueUS), Done: segment.Time(r.DoneUS),
		Erased: segment.Time(r.ErasedUS), State: "planned", Rule: r.Rule, Segments: int(r.Segments), Bytes: r.Bytes, Leaf: r.Leaf, Problem: r.Problem,
	}
	switch {
	case r.State < 0:
		d.State = "done"
	case r.State == 1 || r.DueUS+hourUS <= now:
		d.State = "late"
	}
	return d
}

// Deletions are what is or was to be deleted, of footage that is or was due in
// the interval: what is planned and not held, what is late (past its time and
// its file still there), and what is done, each by camera and hour.
func (a *Archive) Deletions(ctx context.Context, from, to time.Time) (out []Deletion, err error) {
	lo, hi, now := from.UnixMicro(), to.UnixMicro(), a.now()
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := db.All[deletionRow](ctx, tx, `SELECT camera, class, permit, rule, hour, segments, bytes, first_us, last_us, due_us, done_us, erased_us, leaf
			FROM deletion WHERE due_us >= ? AND first_us < ? AND due_us < ? ORDER BY camera, hour, class`, lo, hi, hi)
		if err != nil {
			return err
		}
		for _, r := range rows {
			r.State = -1
			out = append(out, r.deletion(now))
		}
		rows, err = db.All[deletionRow](ctx, tx, `SELECT camera, class, MIN(permit) AS permit, MIN(rule) AS rule, hour, state, COUNT(*) AS segments,
				CAST(SUM(size) AS BIGINT) AS bytes, MIN(start_us) AS first_us, MAX(end_us) AS last_us, MAX(due_us) AS due_us,
				0 AS done_us, 0 AS erased_us, -1 AS leaf
			FROM segment WHERE due_us >= ? AND due_us < ? AND (state = 1 OR NOT EXISTS (
				SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
				WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > segment.due_us))
			GROUP BY camera, hour, class, state ORDER BY camera, hour, class`, lo, hi)
		for _, r := range rows {
			out = append(out, r.deletion(now))
		}
		return err
	})
	return out, err
}

// mostLate is how many late hours are listed: the figures count them all.
const mostLate = 5000

// Late are the hours of footage due in the interval that were deleted more than
// an hour after their time, though nothing held them, or are still there then;
// those still there first, each by camera and hour.
func (a *Archive) Late(ctx context.Context, from, to time.Time) (out []Deletion, err error) {
	lo, hi, now := from.UnixMicro(), to.UnixMicro(), a.now()
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		left, err := db.All[deletionRow](ctx, tx, `SELECT segment.camera AS camera, class, MIN(permit) AS permit, MIN(rule) AS rule, hour, MAX(state) AS state, COUNT(*) AS segments,
				CAST(SUM(size) AS BIGINT) AS bytes, MIN(start_us) AS first_us, MAX(end_us) AS last_us, MAX(segment.due_us) AS due_us,
				0 AS done_us, 0 AS erased_us, -1 AS leaf, COALESCE(MAX(late.problem), '') AS problem
			FROM segment LEFT JOIN late ON late.camera = segment.camera AND late.due_us = segment.due_us
			WHERE segment.due_us >= ? AND segment.due_us < ? AND segment.due_us + ? <= ? AND (state = 1 OR NOT EXISTS (
				SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
				WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > segment.due_us))
			GROUP BY segment.camera, hour, class ORDER BY segment.camera, hour, class LIMIT ?`, lo, hi, hourUS, now, mostLate)
		if err != nil {
			return err
		}
		done, err := db.All[deletionRow](ctx, tx, `SELECT camera, class, permit, rule, hour, -1 AS state, segments, bytes, first_us, last_us, due_us, done_us, erased_us, leaf, '' AS problem
			FROM deletion WHERE due_us >= ? AND due_us < ? AND rule <> 'release' AND done_us >= due_us + ?
			ORDER BY camera, hour, class LIMIT ?`, lo, hi, hourUS, mostLate)
		for _, r := range append(left, done...) {
			out = append(out, r.deletion(now))
		}
		return err
	})
	return out, err
}
