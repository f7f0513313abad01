package issuer_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// Each day a lease, for what runs: an engine that hears it never runs dry, and
// one that hears nothing ends after seven days.
func TestLeasesEachDay(t *testing.T) {
	req.Shows(t, "REC-1", "CASE-17")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		p, q, gone, over := allowed("cam-1", start), allowed("cam-2", start), allowed("cam-3", start), allowed("cam-4", start)
		over.ValidTo = start.Add(10 * day)
		q.Controller = "ikast"
		for _, s := range []permit.Statement{p, q, gone, over} {
			b.issue(t, s)
		}
		b.issue(t, &permit.Revocation{Head: head(), Permit: gone.ID})
		covered := func(camera string) string {
			return b.engine.book.Covers(camera, "main", b.clk.Now()).Why
		}
		leases := func() []issuer.Record {
			rs, err := b.issuer.Records(t.Context(), issuer.Filter{Kinds: []permit.Kind{permit.KindLease}})
			must(t, err)
			return rs
		}
		must(t, b.issuer.Renew(t.Context()))
		if n := len(leases()); n != 0 {
			t.Fatalf("%d leases on the first day", n)
		}
		b.run(t)
		drained := func() {
			t.Helper()
			limit := time.Now().Add(20 * time.Second)
			for {
				rs, err := b.issuer.Records(t.Context(), issuer.Filter{States: []string{issuer.Waiting}})
				must(t, err)
				if len(rs) == 0 {
					return
				}
				if time.Now().After(limit) {
					t.Fatalf("%d wait", len(rs))
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				_ = b.clk.Waiters(ctx, 1)
				cancel()
				b.clk.Advance(100 * time.Millisecond)
			}
		}
		drained()
		for range 20 {
			b.clk.Advance(day)
			must(t, b.issuer.Renew(t.Context()))
			drained()
			if why := covered("cam-1"); why != "" {
				t.Fatalf("cam-1: %s", why)
			}
		}
		if covered("cam-2") != "" || covered("cam-3") != permit.WhyRevoked || covered("cam-4") != permit.WhyExpired {
			t.Errorf("%q %q %q", covered("cam-2"), covered("cam-3"), covered("cam-4"))
		}
		// Two controllers, twenty days.
		if n := len(leases()); n != 40 {
			t.Errorf("%d leases", n)
		}
		s, err := leases()[0].Statement()
		must(t, err)
		if l := s.(*permit.Lease); len(l.Permits) != 1 || l.By != issuer.System {
			t.Errorf("lease %+v", l)
		}
		// Silence.
		b.engine.set(true)
		for range 7 {
			b.clk.Advance(day)
			must(t, b.issuer.Renew(t.Context()))
		}
		if why := covered("cam-1"); why != permit.WhyLeaseOut {
			t.Errorf("after seven silent days: %q", why)
		}
		// Back again: only the newest is sent.
		b.engine.set(false)
		b.clk.Advance(day)
		must(t, b.issuer.Renew(t.Context()))
		before := len(b.engine.kinds())
		drained()
		if why := covered("cam-1"); why != "" {
			t.Errorf("back again: %q", why)
		}
		if n := len(b.engine.kinds()) - before; n > 3 {
			t.Errorf("%d leases sent after the silence", n)
		}
	})
}

// A replaced permit is renewed until the next one begins, and no longer.
func TestLeaseOfReplaced(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	p := allowed("cam-1", start)
	b.issue(t, p)
	next := allowed("cam-1", start.Add(3*day))
	next.Replaces = p.ID
	b.issue(t, next)
	named := func() []permit.ID {
		t.Helper()
		b.clk.Advance(day)
		must(t, b.issuer.Renew(t.Context()))
		rs, err := b.issuer.Records(t.Context(), issuer.Filter{Kinds: []permit.Kind{permit.KindLease}, Limit: 1})
		must(t, err)
		s, err := rs[0].Statement()
		must(t, err)
		return s.(*permit.Lease).Permits
	}
	for d := 1; d <= 4; d++ {
		got := named()
		if slices.Contains(got, p.ID) != (d < 3) || !slices.Contains(got, next.ID) {
			t.Errorf("day %d: %v", d, got)
		}
	}
}

// A new key takes over: engines hear of it from the old one, then that the old
// one is retired; a key that nobody was told of signs nothing.
func TestKeyTakesOver(t *testing.T) {
	req.Shows(t, "REC-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		p := allowed("cam-1", start)
		b.issue(t, p)
		b.clk.Advance(day)
		open := func(n byte, opts ...issuer.Option) (*issuer.Issuer, error) {
			return issuer.Open(t.Context(), d, b.ledger, signer(t, n), b.clk, b.engine.deliver, opts...)
		}
		if _, err := open(2); fault.Key(err) != "issuer.key" {
			t.Fatalf("a key that nobody knows: %v", err)
		}
		if _, err := open(2, issuer.Rolling(signer(t, 3))); fault.Key(err) != "issuer.key" {
			t.Fatalf("from a key that did not sign: %v", err)
		}
		next, err := open(2, issuer.Rolling(signer(t, 1)))
		must(t, err)
		if _, err := open(1, issuer.Rolling(signer(t, 2))); fault.Key(err) != "issuer.key" {
			t.Fatalf("back to a retired key: %v", err)
		}
		again, err := open(2, issuer.Rolling(signer(t, 1))) // the option may stay on
		must(t, err)
		_ = again
		// Whoever still holds the old key signs nothing with it.
		if _, err := b.issuer.Issue(t.Context(), nil, &permit.Stop{Head: head()}); fault.Key(err) != "issuer.key" {
			t.Errorf("the old key still signs: %v", err)
		}
		b.issuer = next
		b.run(t)
		q := allowed("cam-2", b.clk.Now())
		b.issue(t, q)
		b.settle(t, q.ID, issuer.Accepted)
		want := []permit.Kind{permit.KindPermit, permit.KindKeyRoll, permit.KindKeyRoll, permit.KindPermit}
		if got := b.engine.kinds(); len(got) < 4 || !slices.Equal(got[:2], want[:2]) {
			t.Errorf("delivered %v", got)
		}
		if ks := b.engine.ring.Keys(b.clk.Now()); len(ks) != 1 || ks[0].ID != signer(t, 2).ID() {
			t.Errorf("keys in force: %v", ks)
		}
		// An engine that is set up from the issuer's list understands both, and
		// a leaked old key is of no use to it after a day.
		keys, err := next.Keys(t.Context())
		must(t, err)
		if len(keys) != 2 || keys[0].ID != signer(t, 1).ID() || keys[0].From.Unix() != 0 || !keys[0].Until.Equal(start.Add(day+time.Microsecond)) ||
			keys[1].ID != signer(t, 2).ID() || !keys[1].From.Equal(start.Add(day)) || !keys[1].Until.IsZero() {
			t.Errorf("keys %v", keys)
		}
		fresh := newEngine(t, b.clk, keys...)
		rs, err := next.Records(t.Context(), issuer.Filter{})
		must(t, err)
		for _, r := range slices.Backward(rs) { // oldest first
			if err := fresh.deliver(t.Context(), "engine-1", r.Signed); err != nil {
				t.Errorf("%s: %v", r.Kind, err)
			}
		}
	})
}
