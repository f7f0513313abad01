package archive

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// holding is a hold (bevislås) as the holds folder has it.
type holding struct {
	hold   permit.Hold
	notice *permit.Notice
	ended  int64 // 0 while it holds
	why    string
}

// until is when it ends by itself. That of a dispute or a request ends at the
// law's limit, counted from the first minute it covers, unless a dispute's
// notice is on record.
func (h *holding) until() int64 {
	u := h.hold.Until.UnixMicro()
	if h.notice != nil {
		return h.notice.Until.UnixMicro()
	}
	if h.hold.Reason == permit.HoldDispute || h.hold.Reason == permit.HoldRequest {
		return min(u, h.hold.From.Add(segment.Limit).UnixMicro())
	}
	return u
}

// keeps is to when it keeps a segment with this limit.
func (h *holding) keeps(limit int64) int64 {
	if limit != 0 {
		return min(h.until(), limit)
	}
	return h.until()
}

func (h *holding) over(camera string, start, end int64) bool {
	return slices.Contains(h.hold.Cameras, camera) && h.hold.From.UnixMicro() < end && start < h.hold.To.UnixMicro()
}

// keepers are the holds that keep a segment now, by number.
func (a *Archive) keepers(r *segment.Rules, end, now int64) []permit.ID {
	var out []permit.ID
	for id, h := range a.holds {
		if h.ended == 0 && h.over(r.Camera, r.Start, end) && h.keeps(r.HoldLimit) > now {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// holdsOver are the holds in force that overlap a segment.
func (a *Archive) holdsOver(camera string, start, end int64) []*holding {
	var out []*holding
	for _, h := range a.holds {
		if h.ended == 0 && h.over(camera, start, end) {
			out = append(out, h)
		}
	}
	return out
}

func (a *Archive) wasHeld(r *segment.Rules, end int64) bool {
	for _, h := range a.holds {
		if h.over(r.Camera, r.Start, end) {
			return true
		}
	}
	return false
}

// Hold keeps the segments of its cameras that overlap its interval, whole, to
// its end or to what their legal class allows, whichever is first; those that
// are still to be recorded as they are closed. It stands, durable, when Hold
// returns nil, also while the database is away. Repeating it changes nothing.
//
// It is Refused: "hold.class" when the legal class lets none of the segments
// be kept longer than they are anyway, "hold.deleted" when all that it asks
// for is deleted or condemned, "hold.over" when its end has passed,
// "hold.ended" when it was released; and NotFound "hold.nothing" when nothing
// was recorded there.
func (a *Archive) Hold(ctx context.Context, signed *permit.Signed, h *permit.Hold) (err error) {
	defer fault.Wrap(&err, "archive.Hold(%s)", h.ID)
	a.ruling.Lock()
	defer a.ruling.Unlock()
	old := a.holds[h.ID]
	if old != nil && old.ended != 0 {
		return fault.New(fault.Refused, "hold.ended", "hold %s has ended", h.ID)
	}
	now := a.now()
	n := &holding{hold: *h}
	if n.until() <= now {
		return fault.New(fault.Refused, "hold.over", "hold %s would have ended at %v", h.ID, segment.Time(n.until()))
	}
	segments, err := a.segmentsOver(ctx, n)
	if err != nil {
		return err
	}
	if err := a.holdable(ctx, n, segments, now); err != nil {
		return err
	}
	if old != nil {
		return a.enterNow(ctx)
	}
	if _, err := a.cfg.Keys.Hold(h.ID); err != nil {
		return err
	}
	if err := a.putHoldFile(h.ID, fileHold, signed.Encode()); err != nil {
		return err
	}
	a.holds[h.ID] = n
	a.owed = true
	a.publishHolds()
	for _, s := range segments {
		if s.condemned || s.name.ID == "" || s.name.Suffix != segment.Closed {
			continue
		}
		// What lives by another hold's key alone must open by this one's too.
		if _, err := a.cfg.Keys.Lookup(s.period()); fault.Is(err, fault.NotFound) {
			if err := a.secure(s.name, a.keepers(&s.rules, s.end, now)); err != nil {
				return err
			}
		}
	}
	return a.enterNow(ctx)
}

// enterNow brings a change of holds into the database; one that is away gets
// it later.
func (a *Archive) enterNow(ctx context.Context) error {
	err := a.withDatabase(ctx, a.enterAll)
	if fault.Is(err, fault.Unavailable) {
		return nil
	}
	return err
}

// held is a segment that a hold asks for.
type overlapped struct {
	name      segment.Name
	rules     segment.Rules
	end       int64
	condemned bool
}

func (a *Archive) holdable(ctx context.Context, h *holding, segments []overlapped, now int64) error {
	kept, gone, longer, refused := 0, 0, 0, 0
	for _, s := range segments {
		if s.condemned {
			gone++
			continue
		}
		kept++
		if h.keeps(s.rules.HoldLimit) > s.rules.DeleteAfter {
			longer++
		} else if s.rules.HoldLimit != 0 && s.rules.HoldLimit < h.until() {
			refused++
		}
	}
	switch {
	case longer == 0 && refused > 0:
		return fault.New(fault.Refused, "hold.class", "hold %s: the legal class of %d segments lets none be kept longer", h.hold.ID, refused)
	case kept > 0 || h.hold.To.UnixMicro() > now:
		return nil
	case gone > 0 || a.deletedOver(ctx, h):
		return fault.New(fault.Refused, "hold.deleted", "hold %s: what it asks for is deleted", h.hold.ID)
	}
	return fault.New(fault.NotFound, "hold.nothing", "hold %s: nothing was recorded there", h.hold.ID)
}

// deletedOver reports whether something was deleted in a hold's hours.
func (a *Archive) deletedOver(ctx context.Context, h *holding) bool {
	n := int64(0)
	for _, c := range h.hold.Cameras {
		err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
			n, err = db.One[int64](ctx, tx, "SELECT COUNT(*) FROM deletion WHERE camera = ? AND hour >= ? AND hour <= ?",
				c, segment.Hour(h.hold.From.UnixMicro()), segment.Hour(h.hold.To.UnixMicro()))
			return err
		})
		if err == nil && n > 0 {
			return true
		}
	}
	return false
}

// segmentsOver are the segments that a hold overlaps: of the index, or of the
// disk while the database is away; and those not indexed yet.
func (a *Archive) segmentsOver(ctx context.Context, h *holding) ([]overlapped, error) {
	var out []overlapped
	lo, hi := h.hold.From.UnixMicro(), h.hold.To.UnixMicro()
	seen := map[string]bool{}
	a.mu.Lock()
	for _, d := range a.closed {
		if h.over(d.head.Camera, d.head.Start, d.end) {
			out = append(out, overlapped{d.head.Name(segment.Closed), d.head, d.end, false})
			seen[d.head.ID] = true
		}
	}
	for _, w := range a.open {
		if t := w.snapshot(); len(t) > 0 && h.over(w.head.Camera, w.head.Start, t[len(t)-1].End()+1) {
			out = append(out, overlapped{w.name, w.head.Rules, t[len(t)-1].End(), false})
			seen[w.head.ID] = true
		}
	}
	complete := len(a.adopt) == 0
	a.mu.Unlock()
	err := a.withDatabase(ctx, func(ctx context.Context) error {
		return a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
			for _, c := range h.hold.Cameras {
				rows, err := segmentRows(ctx, tx, c, lo, hi, false)
				if err != nil {
					return err
				}
				for _, r := range rows {
					if !seen[r.ID] {
						seen[r.ID] = true
						out = append(out, overlapped{r.name(), r.rules(), r.EndUS, r.State != 0})
					}
				}
			}
			return nil
		})
	})
	if err != nil && !fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	if err == nil && complete {
		return out, nil
	}
	for _, c := range h.hold.Cameras {
		names, err := a.onDisk(c, lo, hi)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if seen[n.ID] {
				continue
			}
			if head, end, _, err := a.about(n); err == nil && h.over(c, head.Start, end) {
				out = append(out, overlapped{n, head.Rules, end, false})
			}
		}
	}
	return out, nil
}

// Notice lets a dispute's hold go on to the notice's end. It is Refused
// "hold.notice-late" when the person was told later than 30 days after the
// first minute held, "hold.notice" for a hold of another reason.
func (a *Archive) Notice(ctx context.Context, signed *permit.Signed, n *permit.Notice) (err error) {
	defer fault.Wrap(&err, "archive.Notice(%s)", n.Hold)
	a.ruling.Lock()
	defer a.ruling.Unlock()
	h, err := a.inForce(n.Hold)
	if err != nil {
		return err
	}
	switch {
	case h.notice != nil && h.notice.ID == n.ID:
		return nil
	case h.hold.Reason != permit.HoldDispute:
		return fault.New(fault.Refused, "hold.notice", "hold %s is for a %s", n.Hold, h.hold.Reason)
	case n.Given.After(h.hold.From.Add(permit.LongestRetention)):
		return fault.New(fault.Refused, "hold.notice-late", "given at %v, the footage is from %v", n.Given, h.hold.From)
	}
	if err := a.putHoldFile(n.Hold, fileNotice, signed.Encode()); err != nil {
		return err
	}
	told := *n
	h.notice, a.owed = &told, true
	a.publishHolds()
	return a.enterNow(ctx)
}

// Release ends a hold. What is past its time goes with the next sweep.
func (a *Archive) Release(ctx context.Context, signed *permit.Signed, r *permit.Release) (err error) {
	defer fault.Wrap(&err, "archive.Release(%s)", r.Hold)
	a.ruling.Lock()
	defer a.ruling.Unlock()
	if h := a.holds[r.Hold]; h != nil && h.ended != 0 {
		return nil
	}
	h, err := a.inForce(r.Hold)
	if err != nil {
		return err
	}
	if err := a.putHoldFile(r.Hold, fileRelease, signed.Encode()); err != nil {
		return err
	}
	h.ended, h.why, a.owed = a.now(), "release", true
	a.publishHolds()
	return a.enterNow(ctx)
}

func (a *Archive) inForce(id permit.ID) (*holding, error) {
	h := a.holds[id]
	if h == nil {
		return nil, fault.New(fault.NotFound, "hold.unknown", "no hold %s", id)
	}
	if h.ended != 0 {
		return nil, fault.New(fault.Refused, "hold.ended", "hold %s has ended", id)
	}
	return h, nil
}

// endHolds ends what has run out. ruling is held.
func (a *Archive) endHolds(now int64) (n int, err error) {
	for id, h := range a.holds {
		if h.ended != 0 || h.until() > now {
			continue
		}
		if e := a.putEnded(id, now, "until"); e != nil {
			err = e // it has ended nonetheless: keepers counts the time itself
			continue
		}
		h.ended, h.why, a.owed = now, "until", true
		n++
	}
	a.publishHolds()
	return n, err
}

// Held is a hold and what it keeps.
type Held struct {
	Hold     permit.Hold
	Notice   *permit.Notice
	Until    time.Time // when it ends by itself
	Ended    time.Time // zero while it holds
	Why      string    // why it ended: release, until
	Segments int       // kept now
	Bytes    int64
}

// Holds lists all holds, those in force first, each by its interval. While
// the database is away the counts are zero.
func (a *Archive) Holds(ctx context.Context) ([]Held, error) {
	type count struct {
		Hold     string
		Segments int64
		Bytes    int64
	}
	counts := map[permit.ID]count{}
	err := a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[count](ctx, tx, `SELECT hold, COUNT(*) AS segments, CAST(SUM(size) AS BIGINT) AS bytes
			FROM held_segment JOIN segment ON segment.id = held_segment.segment WHERE until_us > ? GROUP BY hold`, a.now())
		for _, c := range rows {
			counts[permit.ID(c.Hold)] = c
		}
		return err
	})
	if err != nil && !fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	holds := a.currentHolds()
	out := make([]Held, 0, len(holds))
	for i := range holds {
		h := &holds[i]
		v := Held{Hold: h.hold, Notice: h.notice, Until: segment.Time(h.until()), Ended: segment.Time(h.ended), Why: h.why}
		if h.ended == 0 {
			v.Segments, v.Bytes = int(counts[h.hold.ID].Segments), counts[h.hold.ID].Bytes
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(x, y Held) int {
		if c := x.Ended.Compare(y.Ended); c != 0 && (x.Ended.IsZero() || y.Ended.IsZero()) {
			return c
		}
		return x.Hold.From.Compare(y.Hold.From)
	})
	return out, nil
}
