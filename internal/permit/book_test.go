package permit_test

import (
	"testing"
	"time"

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

func TestZeroBookRefusesAll(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	for _, b := range []*permit.Book{new(permit.Book), permit.None()} {
		v := b.Covers("cam-1", "main", now)
		if v.OK || v.Why != permit.WhyNone || v.Permit != nil {
			t.Errorf("an empty book says %+v", v)
		}
		tick := &permit.Ticket{Head: head(now), Person: "p", Purpose: "x", Cameras: []string{"cam-1"},
			From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour), Expires: now.Add(time.Hour)}
		if b.May(tick, "cam-1", tick.From, tick.To, now) == nil {
			t.Error("an empty book lets somebody look")
		}
	}
}

func TestPermitLetsRecord(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p := allowed("cam-1", now)
	apply(t, b, now, p)
	if v := b.Covers("cam-1", "main", now); !v.OK || v.Permit.ID != p.ID {
		t.Fatalf("%+v", v)
	}
	if v := b.Covers("cam-1", "sub", now); v.OK {
		t.Fatal("another stream is covered")
	}
	if v := b.Covers("cam-2", "main", now); v.OK {
		t.Fatal("another camera is covered")
	}
	if v := b.Covers("cam-1", "main", now.Add(permit.LongestLease)); v.OK || v.Why != permit.WhyLeaseOut {
		t.Fatalf("after the lease: %+v", v)
	}
	if v := b.Covers("cam-1", "main", now.Add(permit.LongestLease-1)); !v.OK {
		t.Fatalf("at the end of the lease: %+v", v)
	}
}
