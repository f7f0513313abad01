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
