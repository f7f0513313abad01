package archive

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/permit"
)

// touching is how far apart two segments may lie and still be one stretch:
// what arrival jitters, and less than a lost picture would show.
const touching = int64(1500 * time.Millisecond / time.Microsecond)

// span is a run's row.
type span struct {
	Camera  string
	Stream  string
	Permit  string
	Class   string
	StartUS int64 `db:"start_us"`
	EndUS   int64 `db:"end_us"`
	KeepUS  int64 `db:"keep_us"`
}

const runColumns = "camera, stream, permit, class, start_us, end_us, keep_us"

// addRun enters a segment's stretch, joined with those that it touches.
func addRun(ctx context.Context, tx *db.Tx, s span) error {
	near, err := db.All[span](ctx, tx, "SELECT "+runColumns+` FROM run
		WHERE camera = ? AND stream = ? AND permit = ? AND class = ? AND keep_us = ? AND end_us >= ? AND start_us <= ?`,
		s.Camera, s.Stream, s.Permit, s.Class, s.KeepUS, s.StartUS-touching, s.EndUS+touching)
	if err != nil {
		return err
	}
	if len(near) == 1 && near[0].StartUS <= s.StartUS { // by far the most frequent
		_, err := tx.Exec(ctx, "UPDATE run SET end_us = ? WHERE camera = ? AND stream = ? AND start_us = ?",
			max(near[0].EndUS, s.EndUS), s.Camera, s.Stream, near[0].StartUS)
		return err
	}
	for _, n := range near {
		if err := dropRun(ctx, tx, n); err != nil {
			return err
		}
		s.StartUS, s.EndUS = min(s.StartUS, n.StartUS), max(s.EndUS, n.EndUS)
	}
	return putRun(ctx, tx, s)
}

func dropRun(ctx context.Context, tx *db.Tx, s span) error {
	_, err := tx.Exec(ctx, "DELETE FROM run WHERE camera = ? AND stream = ? AND start_us = ?", s.Camera, s.Stream, s.StartUS)
	return err
}

// putRun inserts a run; one of other rules that begins in the same
// microsecond is joined rather than lost.
func putRun(ctx context.Context, tx *db.Tx, s span) error {
	_, err := tx.Exec(ctx, "INSERT INTO run ("+runColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (camera, stream, start_us) DO UPDATE SET end_us =
			CASE WHEN excluded.end_us > run.end_us THEN excluded.end_us ELSE run.end_us END`,
		s.Camera, s.Stream, s.Permit, s.Class, s.StartUS, s.EndUS, s.KeepUS)
	return err
}

// cutRuns takes [from, to) out of a stream's runs, whatever their rules, and
// gives back what is kept there. Segments overlap by the jitter of arrival,
// also where a new permit takes over and the two are due weeks apart: the cut
// of one must cost its neighbour nothing.
func cutRuns(ctx context.Context, tx *db.Tx, camera, stream string, from, to int64) error {
	hit, err := db.All[span](ctx, tx, "SELECT "+runColumns+` FROM run
		WHERE camera = ? AND stream = ? AND end_us > ? AND start_us < ?`, camera, stream, from, to)
	if err != nil {
		return err
	}
	for _, s := range hit {
		if err := dropRun(ctx, tx, s); err != nil {
			return err
		}
	}
	for _, s := range hit {
		left, right := s, s
		left.EndUS, right.StartUS = from, to
		for _, rest := range []span{left, right} {
			if rest.EndUS-rest.StartUS <= touching {
				continue // a gap between two segments, or kept and given back
			}
			if err := putRun(ctx, tx, rest); err != nil {
				return err
			}
		}
	}
	kept, err := db.All[span](ctx, tx, `SELECT camera, stream, permit, class, start_us, end_us, due_us - start_us AS keep_us FROM segment
		WHERE camera = ? AND stream = ? AND state = 0 AND start_us >= ? AND start_us <= ? AND end_us >= ? ORDER BY start_us`,
		camera, stream, from-2*longest.Microseconds(), to+touching, from-touching)
	if err != nil {
		return err
	}
	for _, s := range kept {
		if err := addRun(ctx, tx, s); err != nil {
			return err
		}
	}
	return nil
}

// Run is one recorded stretch of a camera under one permit.
type Run struct {
	Camera, Stream string
	From, To       time.Time
	Permit         permit.ID
	Class          permit.Class
	// Delete is when the first of it is due; a stretch that is held is not
	// deleted before its hold ends.
	Delete time.Time
	Held   bool
	Open   bool // being recorded now
}

// Runs are the recorded stretches of these cameras that overlap the interval,
// ordered by camera and time. Footage past its time is not in them.
func (a *Archive) Runs(ctx context.Context, cameras []string, from, to time.Time) ([]Run, error) {
	if len(cameras) == 0 || !from.Before(to) {
		return nil, nil
	}
	lo, hi, now := from.UnixMicro(), to.UnixMicro(), a.now()
	var spans, held []span
	args := make([]any, 0, len(cameras)+3)
	for _, c := range cameras {
		args = append(args, c)
	}
	in := "camera IN (" + marks(len(cameras)) + ")"
	fresh := a.unindexed(cameras, lo, hi) // before the query: what is indexed meanwhile comes twice, not never
	err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if spans, err = db.All[span](ctx, tx, "SELECT "+runColumns+" FROM run WHERE "+in+" AND end_us > ? AND start_us < ?",
			append(args, lo, hi)...); err != nil {
			return err
		}
		held, err = db.All[span](ctx, tx, `SELECT DISTINCT camera, stream, permit, class, start_us, end_us, due_us - start_us AS keep_us
			FROM segment JOIN held_segment ON held_segment.segment = segment.id JOIN hold ON hold.id = held_segment.hold
			WHERE `+in+` AND state = 0 AND ended_us = 0 AND held_segment.until_us > ? AND end_us > ? AND start_us < ?`,
			append(args, now, lo, hi)...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return overlay(append(spans, fresh.spans...), held, fresh.open, now), nil
}

type unindexed struct {
	spans []span
	open  map[string]bool // cameras that record now
}

// unindexed is what lies on disk and has no row yet: closed and open segments.
func (a *Archive) unindexed(cameras []string, lo, hi int64) unindexed {
	u := unindexed{open: map[string]bool{}}
	add := func(h *segment.Rules, end int64) {
		if end > lo && h.Start < hi && slices.Contains(cameras, h.Camera) {
			u.spans = append(u.spans, span{h.Camera, h.Stream, string(h.Permit), string(h.Class), h.Start, end, h.DeleteAfter - h.Start})
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.closed {
		add(&d.head, d.end)
	}
	for _, w := range a.open {
		if t := w.snapshot(); len(t) > 1 {
			add(&w.head.Rules, t[len(t)-1].End())
			u.open[w.head.Camera] = true
		}
	}
	return u
}

// overlay joins stretches, takes out what is past its time, and marks what is
// held: held stretches stand by themselves.
func overlay(spans, held []span, open map[string]bool, now int64) []Run {
	held = join(held)
	out := make([]Run, 0, len(spans))
	for _, s := range join(spans) {
		at := s.StartUS
		for _, h := range held {
			if h.Camera != s.Camera || h.Stream != s.Stream || h.Permit != s.Permit || h.EndUS <= at || h.StartUS >= s.EndUS {
				continue
			}
			out = appendRun(out, s, at, h.StartUS, false, now)
			out = appendRun(out, s, max(at, h.StartUS), min(h.EndUS, s.EndUS), true, now)
			at = min(h.EndUS, s.EndUS)
		}
		out = appendRun(out, s, at, s.EndUS, false, now)
	}
	for i := range out {
		if open[out[i].Camera] && (i+1 == len(out) || out[i+1].Camera != out[i].Camera) {
			out[i].Open = true
		}
	}
	return out
}

func appendRun(out []Run, s span, from, to int64, held bool, now int64) []Run {
	if !held {
		from = max(from, now-s.KeepUS)
	}
	if from >= to {
		return out
	}
	return append(out, Run{
		Camera: s.Camera, Stream: s.Stream, From: segment.Time(from), To: segment.Time(to), Permit: permit.ID(s.Permit),
		Class: permit.Class(s.Class), Delete: segment.Time(from + s.KeepUS), Held: held,
	})
}

// join orders spans, in place, and joins those of the same rules that touch.
func join(spans []span) []span {
	slices.SortFunc(spans, func(x, y span) int {
		return cmp.Or(cmp.Compare(x.Camera, y.Camera), cmp.Compare(x.Stream, y.Stream), cmp.Compare(x.StartUS, y.StartUS))
	})
	out := spans[:0] // never ahead of what is read
	for _, s := range spans {
		if n := len(out) - 1; n >= 0 {
			l := &out[n]
			if l.Camera == s.Camera && l.Stream == s.Stream && l.Permit == s.Permit && l.Class == s.Class && l.KeepUS == s.KeepUS && s.StartUS <= l.EndUS+touching {
				l.EndUS = max(l.EndUS, s.EndUS)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}
