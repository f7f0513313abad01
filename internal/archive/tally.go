package archive

import (
	"context"
	"maps"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/permit"
)

// Tally is a camera in an interval, in figures.
type Tally struct {
	Camera string
	// Recorded is how long there are pictures of, counted from what is kept and
	// from the proofs of what is deleted. Of an hour that is deleted its first
	// and last picture are known, not the gaps between.
	Recorded time.Duration
	// Due are the hours of footage whose time ran out in the interval and that
	// nothing held; Done those of them that are deleted. Late are those that
	// were deleted more than an hour after their time, or are still there then.
	Due, Done, Late int64
	Files, Bytes    int64 // deleted of Done
	// First and Last are when the first and the last of Done were deleted, and
	// Worst is how long after its time the slowest was; what a hold had kept is not
	// counted in it.
	First, Last time.Time
	Worst       time.Duration
	// Proofs are the ledger's entries of the first and the last proof of Done; -1
	// where nothing was deleted.
	Proofs [2]int64
	// Freed are the hours deleted in the interval that a hold had kept, whenever
	// they were due. Held are those whose time ran out in the interval and that
	// holds keep now.
	Freed, Held int64
	Holds       []HeldTally
}

// HeldTally is what a hold keeps of a camera past its time, whenever that was.
type HeldTally struct {
	Hold         permit.ID
	Hours, Bytes int64
	Due, Until   time.Time // when the first of it was due, and to when it is kept
}

type tallyRow struct {
	Camera                                  string
	Recorded, Due, Done, Late, Files, Bytes int64
	Worst, Freed, Held                      int64
	FirstUS                                 int64 `db:"first_us"`
	LastUS                                  int64 `db:"last_us"`
	FirstLeaf                               int64 `db:"first_leaf"`
	LastLeaf                                int64 `db:"last_leaf"`
	Hold                                    string
	DueUS                                   int64 `db:"due_us"`
	UntilUS                                 int64 `db:"until_us"`
}

// Tallies are those of every camera that recorded or was deleted of in the
// interval, by camera. The database counts: a year of many cameras is a row each.
func (a *Archive) Tallies(ctx context.Context, from, to time.Time) (out []Tally, err error) {
	lo, hi, now := from.UnixMicro(), to.UnixMicro(), a.now()
	by := map[string]*Tally{}
	of := func(camera string) *Tally {
		if by[camera] == nil {
			by[camera] = &Tally{Camera: camera, Proofs: [2]int64{-1, -1}}
		}
		return by[camera]
	}
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		clear(by)
		recorded, err := db.All[tallyRow](ctx, tx, `SELECT camera, CAST(SUM(CASE WHEN us > 3600000000 THEN 3600000000 ELSE us END) AS BIGINT) AS recorded FROM (
				SELECT camera, hour, SUM(us) AS us FROM (
					SELECT camera, hour, last_us - first_us AS us FROM deletion WHERE last_us >= ? AND first_us >= ? AND first_us < ?
					UNION ALL
					SELECT camera, hour, end_us - start_us AS us FROM segment WHERE start_us >= ? AND start_us < ?) AS part
				GROUP BY camera, hour) AS hours
			GROUP BY camera`, lo, lo, hi, lo, hi)
		if err != nil {
			return err
		}
		for _, r := range recorded {
			of(r.Camera).Recorded = time.Duration(r.Recorded) * time.Microsecond
		}
		// What a hold was let go of is deleted as soon as it is, not when it was due.
		done, err := db.All[tallyRow](ctx, tx, `SELECT camera, COUNT(*) AS done, CAST(SUM(segments) AS BIGINT) AS files, CAST(SUM(bytes) AS BIGINT) AS bytes,
				CAST(SUM(CASE WHEN rule <> 'release' AND done_us >= due_us + ? THEN 1 ELSE 0 END) AS BIGINT) AS late,
				MIN(done_us) AS first_us, MAX(done_us) AS last_us, MIN(leaf) AS first_leaf, MAX(leaf) AS last_leaf,
				MAX(CASE WHEN rule <> 'release' AND done_us > due_us THEN done_us - due_us ELSE 0 END) AS worst
			FROM deletion WHERE due_us >= ? AND due_us < ? GROUP BY camera`, hourUS, lo, hi)
		if err != nil {
			return err
		}
		for _, r := range done {
			t := of(r.Camera)
			t.Due, t.Done, t.Late, t.Files, t.Bytes = r.Done, r.Done, r.Late, r.Files, r.Bytes
			t.First, t.Last, t.Worst, t.Proofs = segment.Time(r.FirstUS), segment.Time(r.LastUS), time.Duration(r.Worst)*time.Microsecond, [2]int64{r.FirstLeaf, r.LastLeaf}
		}
		left, err := db.All[tallyRow](ctx, tx, `SELECT camera, COUNT(*) AS due, CAST(SUM(late) AS BIGINT) AS late FROM (
				SELECT camera, hour, class, MAX(CASE WHEN state = 1 OR due_us + ? <= ? THEN 1 ELSE 0 END) AS late
				FROM segment WHERE due_us >= ? AND due_us < ? AND due_us <= ? AND (state = 1 OR NOT EXISTS (
					SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
					WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > segment.due_us))
				GROUP BY camera, hour, class) AS hours
			GROUP BY camera`, hourUS, now, lo, hi, now)
		for _, r := range left {
			of(r.Camera).Due += r.Due
			of(r.Camera).Late += r.Late
		}
		if err != nil {
			return err
		}
		return tallyHolds(ctx, tx, lo, hi, now, of)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[c])
	}
	return out, nil
}

// tallyHolds counts what holds kept past its time and what they keep.
func tallyHolds(ctx context.Context, tx *db.Tx, lo, hi, now int64, of func(camera string) *Tally) error {
	freed, err := db.All[tallyRow](ctx, tx, `SELECT camera, COUNT(*) AS freed FROM deletion WHERE done_us >= ? AND done_us < ? AND rule = 'release' GROUP BY camera`, lo, hi)
	if err != nil {
		return err
	}
	for _, r := range freed {
		of(r.Camera).Freed = r.Freed
	}
	const kept = ` FROM segment JOIN held_segment ON held_segment.segment = segment.id JOIN hold ON hold.id = held_segment.hold
		WHERE segment.state = 0 AND segment.due_us <= ? AND hold.ended_us = 0 AND held_segment.until_us > segment.due_us`
	held, err := db.All[tallyRow](ctx, tx, `SELECT camera, COUNT(*) AS held FROM (
			SELECT segment.camera AS camera, segment.hour AS hour, segment.class AS class`+kept+` AND segment.due_us >= ? AND segment.due_us < ?
			GROUP BY segment.camera, segment.hour, segment.class) AS hours
		GROUP BY camera`, now, lo, hi)
	if err != nil {
		return err
	}
	for _, r := range held {
		of(r.Camera).Held = r.Held
	}
	by, err := db.All[tallyRow](ctx, tx, `SELECT segment.camera AS camera, hold.id AS hold, COUNT(DISTINCT segment.hour) AS held, CAST(SUM(segment.size) AS BIGINT) AS bytes,
			MIN(segment.due_us) AS due_us, MAX(held_segment.until_us) AS until_us`+kept+`
		GROUP BY segment.camera, hold.id ORDER BY segment.camera, hold.id`, now)
	for _, r := range by {
		t := of(r.Camera)
		t.Holds = append(t.Holds, HeldTally{permit.ID(r.Hold), r.Held, r.Bytes, segment.Time(r.DueUS), segment.Time(r.UntilUS)})
	}
	return err
}
