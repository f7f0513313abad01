package retention_test

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// The invariants are R1 to R15 in docs/design/retention.md.

const day = 24 * time.Hour

// choose draws a number from lo to hi, both included.
type choose func(what string, lo, hi int) int

var cameras = []string{"hall", "gate", "yard"}

// act does one thing to the world.
func (w *world) act(c choose) {
	switch c("act", 0, 25) {
	case 0, 1, 2, 3, 4:
		for range c("segments", 1, 3) {
			w.record(w.camera(c), time.Duration(c("seconds", 4, 60))*time.Second)
		}
	case 5, 6, 7, 8:
		w.pass(time.Duration(c("hours", 1, 90)) * time.Hour)
	case 9:
		w.pass(time.Duration(c("minutes", 1, 90)) * time.Minute)
	case 10, 11:
		w.hold(c)
	case 12:
		w.release(c)
	case 13:
		w.notice(c)
	case 14:
		w.policies(c)
	case 15:
		w.attackWall(c)
	case 16:
		w.rightWall(c)
	case 17:
		w.reboot(c)
	case 18:
		w.cutPower(c)
	case 19:
		w.say("killed")
		w.crash(false)
		w.restart(false)
	case 20:
		w.database(c)
	case 21:
		w.diskFault(c)
	case 22:
		w.together(c)
	case 23:
		w.withoutDatabase(c)
	case 24, 25:
		w.toTheMoment(c)
	}
	w.check()
}

func (w *world) camera(c choose) string {
	camera := cameras[c("camera", 0, len(cameras)-1)]
	if w.policy[camera] == nil {
		w.setPolicy(c, camera)
	}
	return camera
}

// setPolicy gives a camera the rules of another permit.
func (w *world) setPolicy(c choose, camera string) {
	r := &archive.Rules{
		Controller: "herning", Camera: camera, Stream: "main", Permit: permit.NewID(), Case: "2026-1", Basis: "tv-overvågningsloven",
		Class:     []permit.Class{permit.ClassCrime, permit.ClassSafety, permit.ClassOther}[c("class", 0, 2)],
		Retention: time.Duration([]int{1, 24, 7 * 24, 14 * 24, 30 * 24}[c("retention", 0, 4)]) * time.Hour,
	}
	if n := c("longest hold", 0, 3); n > 0 {
		r.LongestHold = max(r.Retention, time.Duration(n*20)*day)
	}
	w.policy[camera] = r
	w.say("%s: %s, %v, longest hold %v", camera, r.Class, r.Retention, r.LongestHold)
}

func (w *world) policies(c choose) { w.setPolicy(c, cameras[c("camera", 0, len(cameras)-1)]) }

// pass lets time pass, then sweeps.
func (w *world) pass(d time.Duration) {
	w.say("%v pass", d)
	w.advance(d)
	w.check() // what is due is refused before it is swept, too
	w.sweep()
}

// toTheMoment lets time pass to just before something is due or a hold ends,
// and then to the very moment.
func (w *world) toTheMoment(c choose) {
	var at []time.Time
	now := w.now()
	for _, s := range w.segs {
		at = append(at, s.due, s.limit)
	}
	for _, h := range w.holds {
		at = append(at, h.until)
	}
	at = slices.DeleteFunc(at, func(t time.Time) bool { return t.Sub(now) < time.Second || t.Sub(now) > 4*day })
	if len(at) == 0 {
		return
	}
	d := at[c("moment", 0, len(at)-1)].Sub(now)
	w.say("to the moment, %v on", d)
	w.advance(d - time.Millisecond)
	w.sweep()
	w.check()
	w.advance(time.Millisecond)
	w.check()
	w.sweep()
}

func head(w *world) permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: "herning", Engine: "engine-1", Issued: w.now().Truncate(time.Microsecond), By: "p1"}
}

func (w *world) sign(s permit.Statement) *permit.Signed {
	key, err := permit.NewSigner(signKey)
	w.must("signer", err)
	signed, err := permit.Sign(s, key)
	w.must("sign", err)
	return signed
}

// hold sets a hold on some minutes of the past days.
func (w *world) hold(c choose) {
	now := w.now().Truncate(time.Microsecond)
	h := &hold{set: now, sure: map[*seg]bool{}}
	from := now.Add(-time.Duration(c("from", 0, 32*24)) * time.Hour)
	h.h = permit.Hold{
		Head: head(w), From: from, To: from.Add(time.Duration(c("span", 1, 20*24)) * time.Hour),
		Reason:    []permit.HoldReason{permit.HoldCrime, permit.HoldDispute, permit.HoldSharing}[c("reason", 0, 2)],
		Reference: "5700-1", Owner: "p1", Second: "p2", Review: now.Add(30 * day),
		Until: now.Add(time.Duration(c("until", 1, 90)) * day),
	}
	for i, camera := range cameras {
		if c("cameras", 0, 2) > 0 || i == 0 {
			h.h.Cameras = append(h.h.Cameras, camera)
		}
	}
	slices.Sort(h.h.Cameras)
	if limit := from.Add(permit.LongestDispute); h.h.Reason == permit.HoldDispute && h.h.Until.After(limit) {
		h.h.Until = limit
	}
	if h.h.Check() != nil {
		return // no such statement is ever signed
	}
	h.until = h.h.Until
	w.applyHold(h)
}

func (w *world) applyHold(h *hold) {
	now := w.now()
	for _, s := range w.segs {
		if h.surelyCovers(s) && w.needs(s, now) {
			h.sure[s] = true
		}
	}
	err := w.a.Hold(context.Background(), w.sign(&h.h), &h.h)
	w.say("hold %s on %v from %s to %s until %s (%s): %v", h.h.ID[:6], h.h.Cameras, h.h.From.Format("01-02 15:04"),
		h.h.To.Format("01-02 15:04"), h.until.Format("01-02 15:04"), h.h.Reason, err)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return // it keeps nothing
	}
	h.unsure = err != nil
	w.holds = append(w.holds, h)
}

func (w *world) anyHold(c choose, want func(*hold) bool) *hold {
	var in []*hold
	for _, h := range w.holds {
		if !h.unsure && !h.released && w.now().Before(h.until) && want(h) {
			in = append(in, h)
		}
	}
	if len(in) == 0 {
		return nil
	}
	return in[c("which", 0, len(in)-1)]
}

func (w *world) release(c choose) {
	h := w.anyHold(c, func(*hold) bool { return true })
	if h == nil {
		return
	}
	r := &permit.Release{Head: head(w), Hold: h.h.ID, Reason: "sagen er afsluttet"}
	var err error
	if !w.plant.deafToRelease {
		err = w.a.Release(context.Background(), w.sign(r), r)
	}
	w.say("release %s: %v", h.h.ID[:6], err)
	h.released, h.unsure = true, err != nil
	if err == nil && !w.armed {
		w.sweep()
	}
}

func (w *world) notice(c choose) {
	h := w.anyHold(c, func(h *hold) bool { return h.h.Reason == permit.HoldDispute })
	if h == nil {
		return
	}
	n := &permit.Notice{Head: head(w), Hold: h.h.ID, Given: w.now().Add(-time.Minute).Truncate(time.Microsecond),
		Until: h.until.Add(time.Duration(c("days", 1, 60)) * day)}
	if n.Check() != nil {
		return
	}
	var err error
	if !w.plant.deafToNotice {
		err = w.a.Notice(context.Background(), w.sign(n), n)
	}
	w.say("notice for %s until %s: %v", h.h.ID[:6], n.Until.Format("01-02 15:04"), err)
	if err != nil {
		h.unsure = true
	}
	h.until = n.Until
}
