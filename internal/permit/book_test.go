package permit_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// apply takes statements into a book, all at one moment.
func apply(t testing.TB, b *permit.Book, now time.Time, list ...permit.Statement) {
	t.Helper()
	for _, s := range list {
		if _, err := b.Apply(s, now); err != nil {
			t.Fatalf("%s: %v", s.Kind(), err)
		}
	}
}

// declines wants a statement to be refused, and the book to stay as it was.
func declines(t testing.TB, b *permit.Book, now time.Time, key string, s permit.Statement) {
	t.Helper()
	if _, err := b.Apply(s, now); !fault.Is(err, fault.Refused) || fault.Key(err) != key {
		t.Errorf("%s: got %v, want %s", s.Kind(), err, key)
	}
}

// says wants a verdict for cam-1.
func says(t testing.TB, b *permit.Book, when time.Time, why string) {
	t.Helper()
	if v := b.Covers("cam-1", "main", when); v.Why != why || v.OK != (why == "") {
		t.Errorf("%v: got %v %q, want %q", when, v.OK, v.Why, why)
	}
}

const day = 24 * time.Hour

func TestZeroBookRefusesAll(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	for _, b := range []*permit.Book{new(permit.Book), permit.None()} {
		v := b.Covers("cam-1", "main", now)
		if v.OK || v.Why != permit.WhyNone || v.Permit != nil {
			t.Errorf("an empty book says %+v", v)
		}
		for _, s := range samples(t, now) {
			if b.May(s, "cam-1", now.Add(-3*time.Hour), now.Add(-2*time.Hour), now) == nil {
				t.Errorf("an empty book lets somebody look, by %s", s.Kind())
			}
		}
	}
}

func TestPermitLetsRecord(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p := allowed("cam-1", now)
	apply(t, b, now, p)
	if v := b.Covers("cam-1", "main", now); !v.OK || v.Permit.ID != p.ID {
		t.Fatalf("%+v", v)
	}
	says(t, b, now.Add(-1), permit.WhyNone)
	if v := b.Covers("cam-1", "sub", now); v.OK {
		t.Error("another stream is covered")
	}
	if v := b.Covers("cam-2", "main", now); v.OK {
		t.Error("another camera is covered")
	}
	declines(t, b, now, "statement.replay", p)
}

// The lease: to the end of the last one heard and not a moment beyond, on
// again when another is heard.
func TestLeaseRunsOut(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p := allowed("cam-1", now)
	apply(t, b, now, p)
	out := now.Add(permit.LongestLease)
	says(t, b, out.Add(-1), "")
	says(t, b, out, permit.WhyLeaseOut)
	if v := b.Covers("cam-1", "main", now); !v.Until.Equal(out) || !v.Lease.Equal(out) {
		t.Errorf("until %v, lease %v, want %v", v.Until, v.Lease, out)
	}
	lease := func(issued time.Time) *permit.Lease {
		l := &permit.Lease{Head: head(issued), Permits: []permit.ID{p.ID, permit.NewID()}, Until: issued.Add(permit.LongestLease)}
		return l
	}
	first, second := lease(now.Add(day)), lease(now.Add(2*day))
	apply(t, b, now.Add(2*day), second)
	out = now.Add(2*day + permit.LongestLease)
	says(t, b, out.Add(-1), "")
	// An older one that comes late takes nothing away.
	apply(t, b, now.Add(3*day), first)
	says(t, b, out.Add(-1), "")
	says(t, b, out, permit.WhyLeaseOut)
	// Heard again after a silence: on from then, and the hole stays a hole.
	again := out.Add(5 * day)
	apply(t, b, again, lease(again))
	says(t, b, again, "")
	says(t, b, again.Add(-1), permit.WhyLeaseOut)
	says(t, b, now.Add(day), "")
	if got := b.Heard(); !got.Equal(again) {
		t.Errorf("heard %v", got)
	}
	// A lease that arrives late counts from when it was issued.
	late := lease(again.Add(day))
	apply(t, b, again.Add(6*day), late)
	says(t, b, again.Add(8*day), permit.WhyLeaseOut)
	// An issuer whose clock is ahead gives no more than seven days from now.
	ahead := lease(again.Add(6*day + permit.MaxSkew))
	apply(t, b, again.Add(6*day), ahead)
	if v := b.Covers("cam-1", "main", again.Add(6*day)); !v.Lease.Equal(again.Add(6*day + permit.LongestLease)) {
		t.Errorf("lease until %v", v.Lease)
	}
	early := allowed("cam-5", now.Add(permit.MaxSkew))
	early.ValidFrom = now
	apply(t, b, now, early)
	if v := b.Covers("cam-5", "main", now); !v.OK || !v.Lease.Equal(now.Add(permit.LongestLease)) {
		t.Errorf("first lease %+v", v)
	}
	// Nobody but the controller renews.
	foreign := lease(again.Add(6 * day))
	foreign.Controller = "ikast"
	declines(t, b, again.Add(6*day), "statement.controller", foreign)
}

func TestTermHoursAndRevocation(t *testing.T) {
	req.Shows(t, "REC-1", "REC-2", "CASE-17")
	now := at(t, "2026-06-01 12:00") // a Monday
	b := new(permit.Book)
	p := allowed("cam-1", now)
	p.Hours = nights()
	p.ValidFrom, p.ValidTo = now.Add(2*day), now.Add(4*day)
	apply(t, b, now, p)
	says(t, b, now.Add(6*time.Hour), permit.WhyNotYet)
	says(t, b, at(t, "2026-06-03 11:59"), permit.WhyNotYet)
	says(t, b, at(t, "2026-06-03 12:00"), permit.WhyOutside)
	says(t, b, at(t, "2026-06-03 16:00"), "")
	says(t, b, at(t, "2026-06-04 06:59"), "")
	says(t, b, at(t, "2026-06-04 07:00"), permit.WhyOutside)
	says(t, b, at(t, "2026-06-05 11:59"), permit.WhyOutside)
	says(t, b, at(t, "2026-06-05 12:00"), permit.WhyExpired)
	if v := b.Covers("cam-1", "main", at(t, "2026-06-03 16:00")); !v.Until.Equal(at(t, "2026-06-04 07:00")) {
		t.Errorf("until %v", v.Until)
	}
	when := at(t, "2026-06-03 20:00")
	r := &permit.Revocation{Head: head(when), Permit: p.ID}
	foreign := &permit.Revocation{Head: head(when), Permit: p.ID}
	foreign.Controller = "ikast"
	declines(t, b, when, "statement.controller", foreign)
	apply(t, b, when, r)
	says(t, b, when.Add(-1), "")
	says(t, b, when, permit.WhyRevoked)
	// For good: its lease does not bring it back.
	apply(t, b, when, &permit.Lease{Head: head(when), Permits: []permit.ID{p.ID}, Until: when.Add(day)})
	says(t, b, when.Add(time.Hour), permit.WhyRevoked)
	// A revocation that overtakes its permit: the permit never covers anything,
	// and has replaced what it was to replace all the same.
	c := new(permit.Book)
	before := allowed("cam-1", now)
	q := allowed("cam-1", now)
	q.Serial, q.Replaces = 2, before.ID
	apply(t, c, now, before)
	apply(t, c, when, &permit.Revocation{Head: head(when), Permit: q.ID})
	says(t, c, when, "")
	apply(t, c, when, q)
	says(t, c, when, permit.WhyRevoked)
	says(t, c, when.Add(day), permit.WhyRevoked)
	// Unless it was taken back before it was to begin.
	c = new(permit.Book)
	q = allowed("cam-1", now)
	q.Serial, q.Replaces, q.ValidFrom = 2, before.ID, when.Add(time.Hour)
	apply(t, c, now, before)
	apply(t, c, when, &permit.Revocation{Head: head(when), Permit: q.ID}, q)
	says(t, c, when.Add(day), "")
	// One that is over is not taken.
	old := allowed("cam-3", now.AddDate(-3, 0, 0))
	declines(t, b, now, permit.WhyExpired, old)
}

// One permit in force: a second names it and has a higher serial.
func TestOneInForce(t *testing.T) {
	req.Shows(t, "REC-1", "CASE-16")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p := allowed("cam-1", now)
	p.Serial = 5
	apply(t, b, now, p)
	next := func(serial int64, replaces permit.ID, from time.Time) *permit.Permit {
		q := allowed("cam-1", now)
		q.Serial, q.Replaces = serial, replaces
		q.ValidFrom, q.ValidTo = from, from.AddDate(1, 0, 0)
		return q
	}
	declines(t, b, now, "permit.replaces", next(6, "", now))
	declines(t, b, now, "permit.replaces", next(6, permit.NewID(), now))
	declines(t, b, now, "permit.serial", next(5, p.ID, now))
	declines(t, b, now, "permit.serial", next(4, p.ID, now))
	// The next takes over when it begins, not when it arrives.
	later := next(6, p.ID, now.Add(5*day))
	apply(t, b, now, later)
	if v := b.Covers("cam-1", "main", now.Add(5*day-1)); !v.OK || v.Permit.ID != p.ID || !v.Until.Equal(now.Add(5*day)) {
		t.Errorf("before it begins: %+v", v)
	}
	if v := b.Covers("cam-1", "main", now.Add(5*day)); !v.OK || v.Permit.ID != later.ID {
		t.Errorf("when it begins: %+v", v)
	}
	// Taken back before it began, it took over from nobody.
	apply(t, b, now.Add(day), &permit.Revocation{Head: head(now.Add(day)), Permit: later.ID})
	if v := b.Covers("cam-1", "main", now.Add(5*day)); !v.OK || v.Permit.ID != p.ID {
		t.Errorf("after the renewal was taken back: %+v", v)
	}
	// Its serial is used all the same, and the one that stands must be named.
	declines(t, b, now.Add(day), "permit.serial", next(6, p.ID, now))
	declines(t, b, now.Add(day), "permit.replaces", next(7, later.ID, now))
	narrow := next(7, p.ID, now)
	apply(t, b, now.Add(2*day), narrow)
	if v := b.Covers("cam-1", "main", now.Add(2*day)); !v.OK || v.Permit.ID != narrow.ID {
		t.Errorf("at once: %+v", v)
	}
	// What took over and is revoked does not bring the old one back.
	apply(t, b, now.Add(3*day), &permit.Revocation{Head: head(now.Add(3 * day)), Permit: narrow.ID})
	says(t, b, now.Add(3*day), permit.WhyRevoked)
	h := b.History("cam-1", "main")
	if len(h) != 3 || !h[0].From.Equal(now) || !h[0].To.Equal(now.Add(2*day)) || h[0].Why != permit.WhyReplaced ||
		!h[2].From.Equal(now.Add(2*day)) || !h[2].To.Equal(now.Add(3*day)) || h[2].Why != permit.WhyRevoked {
		t.Errorf("history %+v", h)
	}
	// And after it, one that names nothing may come.
	apply(t, b, now.Add(4*day), next(8, "", now))
	says(t, b, now.Add(4*day), "")
	foreign := next(9, "", now)
	foreign.Controller = "ikast"
	declines(t, b, now.Add(4*day), "statement.controller", foreign)
}

func TestStopAndRestart(t *testing.T) {
	req.Shows(t, "REC-4")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p, q, r := allowed("cam-1", now), allowed("cam-2", now), allowed("cam-3", now)
	r.Controller = "ikast"
	apply(t, b, now, p, q, r)
	one := &permit.Stop{Head: head(now), Cameras: []string{"cam-1"}}
	all := &permit.Stop{Head: head(now)}
	apply(t, b, now.Add(time.Hour), one)
	says(t, b, now.Add(time.Hour), permit.WhyStopped)
	says(t, b, now.Add(time.Hour-1), "")
	if v := b.Covers("cam-2", "main", now.Add(time.Hour)); !v.OK {
		t.Error("the other is stopped too")
	}
	effects, err := b.Apply(all, now.Add(2*time.Hour))
	if err != nil || len(effects) != 2 || effects[0].Camera != "cam-1" || effects[1].Camera != "cam-2" {
		t.Errorf("effects %v %v", effects, err)
	}
	if v := b.Covers("cam-2", "main", now.Add(2*time.Hour)); v.OK || v.Stop != all.ID {
		t.Errorf("all: %+v", v)
	}
	if v := b.Covers("cam-3", "main", now.Add(2*time.Hour)); !v.OK {
		t.Error("another controller's is stopped")
	}
	// A camera that comes later is stopped too.
	apply(t, b, now.Add(3*time.Hour), allowed("cam-4", now))
	if v := b.Covers("cam-4", "main", now.Add(3*time.Hour)); v.OK {
		t.Error("one that came later is not stopped")
	}
	// Each stop is undone by itself.
	apply(t, b, now.Add(4*time.Hour), &permit.Restart{Head: head(now), Stop: all.ID})
	says(t, b, now.Add(4*time.Hour), permit.WhyStopped)
	if id, ok := b.Stopped("cam-1", now.Add(4*time.Hour)); !ok || id != one.ID {
		t.Errorf("stopped by %v %v", id, ok)
	}
	if v := b.Covers("cam-2", "main", now.Add(4*time.Hour)); !v.OK {
		t.Errorf("restarted: %+v", v)
	}
	declines(t, b, now.Add(4*time.Hour), "stop.ended", &permit.Restart{Head: head(now), Stop: all.ID})
	declines(t, b, now.Add(4*time.Hour), "stop.unknown", &permit.Restart{Head: head(now), Stop: permit.NewID()})
	foreign := &permit.Restart{Head: head(now), Stop: one.ID}
	foreign.Controller = "ikast"
	declines(t, b, now.Add(4*time.Hour), "statement.controller", foreign)
	theirs := &permit.Stop{Head: head(now), Cameras: []string{"cam-3", "cam-1"}}
	declines(t, b, now.Add(4*time.Hour), "statement.controller", theirs)
	// The past stays as it was.
	says(t, b, now.Add(30*time.Minute), "")
	says(t, b, now.Add(90*time.Minute), permit.WhyStopped)
}

// A stop ends viewing, stills and export too.
func TestStopEndsProcessing(t *testing.T) {
	req.Shows(t, "REC-4")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	apply(t, b, now.Add(-day), allowed("cam-1", now.Add(-day)))
	all := samples(t, now)
	from, to := now.Add(-3*time.Hour), now.Add(-2*time.Hour)
	try := func(k permit.Kind, when time.Time) string {
		a, z := from, to
		if k == permit.KindLive || k == permit.KindStill {
			a, z = when.Add(-time.Second), when
		}
		if err := b.May(all[k], "cam-1", a, z, when); err != nil {
			return fault.Key(err)
		}
		return ""
	}
	kinds := []permit.Kind{permit.KindTicket, permit.KindLive, permit.KindStill, permit.KindExport}
	for _, k := range kinds {
		if got := try(k, now); got != "" {
			t.Errorf("%s: %s", k, got)
		}
	}
	stop := &permit.Stop{Head: head(now)}
	apply(t, b, now, stop)
	for _, k := range kinds {
		if got := try(k, now); got != permit.WhyStopped {
			t.Errorf("%s while stopped: %q", k, got)
		}
	}
	for _, k := range []permit.Kind{permit.KindStill, permit.KindProbe, permit.KindMaskLift} {
		declines(t, b, now, permit.WhyStopped, all[k])
	}
	apply(t, b, now, &permit.Restart{Head: head(now), Stop: stop.ID})
	for _, k := range kinds {
		if got := try(k, now); got != "" {
			t.Errorf("%s after the restart: %s", k, got)
		}
	}
}

func TestMayLook(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p, q := allowed("cam-1", now.Add(-day)), allowed("cam-9", now.Add(-day))
	q.Controller = "ikast"
	apply(t, b, now.Add(-day), p, q, allowed("cam-2", now.Add(-day)), allowed("cam-3", now.Add(-day)))
	all := samples(t, now)
	tick := all[permit.KindTicket].(*permit.Ticket)
	wide := *tick
	wide.From, wide.To = now.Add(-time.Hour), now.Add(time.Hour)
	foreign := *tick
	foreign.Cameras = []string{"cam-9"}
	ms := time.Millisecond
	for name, c := range map[string]struct {
		s            permit.Statement
		camera       string
		from, to, at time.Time
		want         string
	}{
		"all of it":            {tick, "cam-1", tick.From, tick.To, now, ""},
		"its other camera":     {tick, "cam-2", tick.From, tick.To, now, ""},
		"a camera not named":   {tick, "cam-3", tick.From, tick.To, now, "ticket.camera"},
		"a camera not known":   {tick, "cam-7", tick.From, tick.To, now, "camera.unknown"},
		"another controller's": {&foreign, "cam-9", tick.From, tick.To, now, "statement.controller"},
		"a moment before":      {tick, "cam-1", tick.From.Add(-1), tick.To, now, "ticket.interval"},
		"a moment after":       {tick, "cam-1", tick.From, tick.To.Add(1), now, "ticket.interval"},
		"nothing":              {tick, "cam-1", tick.From, tick.From, now, "ticket.interval"},
		"when it expires":      {tick, "cam-1", tick.From, tick.To, tick.Expires, "ticket.expired"},
		"long before issued":   {tick, "cam-1", tick.From, tick.To, now.Add(-permit.MaxSkew - 1), "ticket.expired"},
		"five minutes old":     {&wide, "cam-1", now.Add(-time.Hour), now.Add(-permit.LiveAge), now, ""},
		"younger":              {&wide, "cam-1", now.Add(-time.Hour), now.Add(-permit.LiveAge + ms), now, "ticket.live"},
		"what will be":         {&wide, "cam-1", now, now.Add(time.Hour), now, "ticket.live"},
		"export, younger": {&permit.Export{Head: head(now), Person: "p", Purpose: "x", Recipient: "y", Cameras: []string{"cam-1"},
			From: now.Add(-time.Hour), To: now, Expires: now.Add(time.Hour)}, "cam-1", now.Add(-time.Hour), now, now, "ticket.live"},
		"live, now":           {all[permit.KindLive], "cam-1", now.Add(-ms), now, now, ""},
		"live, five minutes":  {all[permit.KindLive], "cam-1", now.Add(-permit.LiveAge), now, now, ""},
		"live, older":         {all[permit.KindLive], "cam-1", now.Add(-permit.LiveAge - ms), now, now, "ticket.old"},
		"live, not named":     {all[permit.KindLive], "cam-2", now.Add(-ms), now, now, "ticket.camera"},
		"live, expired":       {all[permit.KindLive], "cam-1", now.Add(time.Hour - ms), now.Add(time.Hour), now.Add(time.Hour), "ticket.expired"},
		"still, now":          {all[permit.KindStill], "cam-1", now.Add(-ms), now, now, ""},
		"still, older":        {all[permit.KindStill], "cam-1", now.Add(-permit.StillAge - ms), now, now, "ticket.old"},
		"still, other camera": {all[permit.KindStill], "cam-2", now.Add(-ms), now, now, "ticket.camera"},
		"a permit":            {p, "cam-1", tick.From, tick.To, now, "statement.kind"},
		"a hold":              {all[permit.KindHold], "cam-1", tick.From, tick.To, now, "statement.kind"},
		"a mask lift":         {all[permit.KindMaskLift], "cam-1", tick.From, tick.To, now, "statement.kind"},
		"none":                {nil, "cam-1", tick.From, tick.To, now, "statement.kind"},
	} {
		got := ""
		if err := b.May(c.s, c.camera, c.from, c.to, c.at); err != nil {
			got = fault.Key(err)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestUsedOnce(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	for _, k := range []permit.Kind{permit.KindProbe, permit.KindStill, permit.KindMaskLift} {
		b := new(permit.Book)
		s := samples(t, now)[k]
		declines(t, b, now.Add(2*time.Hour), "ticket.expired", s)
		apply(t, b, now, s)
		declines(t, b, now, "statement.replay", s)
	}
	for _, k := range []permit.Kind{permit.KindTicket, permit.KindLive, permit.KindExport} {
		declines(t, new(permit.Book), now, "statement.kind", samples(t, now)[k])
	}
}

func TestConfigurationAndMasksRise(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	cam := func(serial int64) *permit.Camera {
		c := *samples(t, now)[permit.KindCamera].(*permit.Camera)
		c.ID, c.Serial = permit.NewID(), serial
		return &c
	}
	mask := func(serial int64) *permit.Mask {
		m := *samples(t, now)[permit.KindMask].(*permit.Mask)
		m.ID, m.Serial = permit.NewID(), serial
		return &m
	}
	apply(t, b, now, cam(2), mask(2))
	declines(t, b, now, "camera.serial", cam(2))
	declines(t, b, now, "camera.serial", cam(1))
	declines(t, b, now, "mask.serial", mask(2))
	foreign := cam(3)
	foreign.Controller = "ikast"
	declines(t, b, now, "statement.controller", foreign)
	apply(t, b, now, cam(3), mask(7))
	if b.Camera("cam-1").Serial != 3 || b.Masked("cam-1").Serial != 7 || b.Camera("cam-2") != nil || b.Masked("cam-2") != nil {
		t.Error("not the last ones")
	}
	// A configuration permits nothing.
	says(t, b, now, permit.WhyNone)
	if got := b.Cameras(); len(got) != 1 || got[0] != "cam-1" {
		t.Errorf("cameras %v", got)
	}
}

// A dispute's hold ends with the limit, goes on with a notice given in time,
// and never by another's word.
func TestHoldsInTheBook(t *testing.T) {
	req.Shows(t, "KEEP-4", "KEEP-5")
	now := at(t, "2026-06-01 12:00")
	from := now.Add(-10 * day)
	limit := from.Add(permit.LongestDispute)
	fresh := func() (*permit.Book, *permit.Hold) {
		b := new(permit.Book)
		h := *samples(t, now)[permit.KindHold].(*permit.Hold)
		h.ID, h.Reason, h.From, h.To, h.Until = permit.NewID(), permit.HoldDispute, from, from.Add(time.Hour), limit
		apply(t, b, now, &h)
		return b, &h
	}
	in := func(b *permit.Book, when time.Time) bool { return b.Holds()[0].InForce(when) }
	notice := func(h *permit.Hold, issued, given time.Time) *permit.Notice {
		return &permit.Notice{Head: head(issued), Hold: h.ID, Given: given, Until: issued.AddDate(1, 0, 0)}
	}
	b, h := fresh()
	if !in(b, now) || !in(b, limit.Add(-1)) || in(b, limit) {
		t.Error("a dispute's hold does not end with the limit")
	}
	declines(t, b, limit, "hold.ended", notice(h, limit, now))
	declines(t, b, limit, "hold.ended", &permit.Release{Head: head(limit), Hold: h.ID})
	foreign := notice(h, now.Add(day), now)
	foreign.Controller = "ikast"
	declines(t, b, now.Add(day), "statement.controller", foreign)
	declines(t, b, now.Add(day), "hold.unknown", &permit.Notice{Head: head(now.Add(day)), Hold: permit.NewID(), Given: now, Until: now.AddDate(1, 0, 0)})
	apply(t, b, now.Add(day), notice(h, now.Add(day), now.Add(time.Hour)))
	if !in(b, limit.Add(60*day)) || b.Holds()[0].Notice == nil {
		t.Error("a notice does not let it go on")
	}
	apply(t, b, limit.Add(70*day), &permit.Release{Head: head(now), Hold: h.ID})
	if in(b, limit.Add(70*day)) || !in(b, limit.Add(69*day)) {
		t.Error("released at the wrong time")
	}
	declines(t, b, limit.Add(71*day), "hold.ended", &permit.Release{Head: head(now), Hold: h.ID})
	// A crime's hold needs no notice and takes none.
	b = new(permit.Book)
	crime := samples(t, now)[permit.KindHold].(*permit.Hold)
	apply(t, b, now, crime)
	declines(t, b, now, "hold.notice", notice(crime, now, now))
	if !in(b, now.Add(100*day)) {
		t.Error("a crime's hold ended early")
	}
	// What is over when it arrives holds nothing.
	late := *crime
	late.ID = permit.NewID()
	declines(t, b, late.Until, "hold.ended", &late)
}

// Expected is Covers, told as a story without holes.
func TestExpected(t *testing.T) {
	req.Shows(t, "REC-6")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p := allowed("cam-1", now)
	p.Hours = nights()
	apply(t, b, now, p)
	stop := &permit.Stop{Head: head(now)}
	apply(t, b, at(t, "2026-06-02 01:00"), stop)
	apply(t, b, at(t, "2026-06-02 02:00"), &permit.Restart{Head: head(now), Stop: stop.ID})
	apply(t, b, at(t, "2026-06-03 18:00"), &permit.Revocation{Head: head(now), Permit: p.ID})
	got := b.Expected("cam-1", "main", at(t, "2026-06-01 00:00"), at(t, "2026-06-04 00:00"))
	want := []struct{ to, why string }{
		{"2026-06-01 12:00", permit.WhyNone}, {"2026-06-01 16:00", permit.WhyOutside}, {"2026-06-02 01:00", ""},
		{"2026-06-02 02:00", permit.WhyStopped}, {"2026-06-02 07:00", ""}, {"2026-06-02 16:00", permit.WhyOutside},
		{"2026-06-03 07:00", ""}, {"2026-06-03 16:00", permit.WhyOutside}, {"2026-06-03 18:00", ""}, {"2026-06-04 00:00", permit.WhyRevoked},
	}
	if len(got) != len(want) {
		t.Fatalf("%d stretches: %+v", len(got), got)
	}
	from := at(t, "2026-06-01 00:00")
	for i, g := range got {
		if !g.From.Equal(from) || !g.To.Equal(at(t, want[i].to)) || g.Why != want[i].why || g.OK != (g.Why == "") {
			t.Errorf("stretch %d: %+v, want to %s %q", i, g, want[i].to, want[i].why)
		}
		from = g.To
	}
}
