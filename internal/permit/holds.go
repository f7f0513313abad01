package permit

import (
	"slices"
	"time"
)

// HoldState is a hold as the book has it.
type HoldState struct {
	Hold     *Hold
	Accepted time.Time
	Until    time.Time // the hold's own, or its notice's
	Notice   *Notice   // nil: none
	Released time.Time // zero: not
}

// InForce says that the hold keeps its segments at the moment t.
func (h *HoldState) InForce(t time.Time) bool {
	return !t.Before(h.Accepted) && t.Before(h.Until) && (h.Released.IsZero() || t.Before(h.Released))
}

// Holds lists every hold that the book knows, ended ones too, by id.
func (b *Book) Holds() []HoldState {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]HoldState, 0, len(b.holds))
	for _, h := range b.holds {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(x, y HoldState) int { return compare(x.Hold.ID, y.Hold.ID) })
	return out
}

func (b *Book) hold(h *Hold, now time.Time) ([]string, error) {
	if err := b.mine(h.Controller, h.Cameras...); err != nil {
		return nil, err
	}
	if !now.Before(h.Until) {
		return nil, refused("hold.ended", "hold %s ended %s", h.ID, h.Until)
	}
	b.holds[h.ID] = &HoldState{Hold: h, Accepted: now, Until: h.Until}
	return slices.Clone(h.Cameras), nil
}

// open returns a hold that is in force for its controller.
func (b *Book) open(controller string, id ID, now time.Time) (*HoldState, error) {
	h := b.holds[id]
	switch {
	case h == nil:
		return nil, refused("hold.unknown", "hold %s is not known", id)
	case h.Hold.Controller != controller:
		return nil, refused("statement.controller", "hold %s is not %s's", id, controller)
	case !h.InForce(now):
		return nil, refused("hold.ended", "hold %s has ended", id)
	}
	return h, nil
}

// notice lets a dispute's hold go on. L § 4 c stk. 5: the person is told
// within the 30 days of stk. 4, counted from the first of the footage.
func (b *Book) notice(n *Notice, now time.Time) ([]string, error) {
	h, err := b.open(n.Controller, n.Hold, now)
	if err != nil {
		return nil, err
	}
	if h.Hold.Reason != HoldDispute {
		return nil, refused("hold.notice", "hold %s is for %s, not a dispute", n.Hold, h.Hold.Reason)
	}
	if limit := h.Hold.From.Add(LongestRetention); !n.Given.Before(limit) {
		return nil, refused("hold.notice", "given %s, after %s", n.Given, limit)
	}
	h.Notice, h.Until = n, n.Until
	return slices.Clone(h.Hold.Cameras), nil
}

func (b *Book) release(r *Release, now time.Time) ([]string, error) {
	h, err := b.open(r.Controller, r.Hold, now)
	if err != nil {
		return nil, err
	}
	h.Released = now
	return slices.Clone(h.Hold.Cameras), nil
}
