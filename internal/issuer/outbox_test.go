package issuer_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// An engine that is away gets all of it in order when it is back, but a stop
// and a revocation first.
func TestDeliveredInOrderAfterSilence(t *testing.T) {
	req.Shows(t, "REC-4", "CASE-17")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		b.engine.set(true)
		b.run(t)
		p, q := allowed("cam-1", start), allowed("cam-2", start)
		b.issue(t, p)
		b.engine.await(t, 1)
		b.issue(t, q)
		b.issue(t, &permit.Mask{Head: head(), Camera: "cam-1"})
		stop := &permit.Stop{Head: head(), Cameras: []string{"cam-1"}}
		b.issue(t, stop)
		b.issue(t, &permit.Restart{Head: head(), Stop: stop.ID})
		b.issue(t, &permit.Revocation{Head: head(), Permit: q.ID})
		b.engine.set(false)
		last := &permit.Mask{Head: head(), Camera: "cam-2"}
		b.issue(t, last)
		b.settle(t, last.ID, issuer.Accepted)
		want := []permit.Kind{permit.KindStop, permit.KindRevocation, permit.KindPermit, permit.KindPermit, permit.KindMask, permit.KindRestart, permit.KindMask}
		if got := b.engine.kinds(); !slices.Equal(got, want) {
			t.Errorf("delivered %v, want %v", got, want)
		}
		// The revocation overtook its permit, which never covers anything.
		if v := b.engine.book.Covers("cam-2", "main", b.clk.Now()); v.OK || v.Why != permit.WhyRevoked {
			t.Errorf("revoked before it came: %+v", v)
		}
		first, err := b.issuer.Get(t.Context(), p.ID)
		must(t, err)
		if first.Tries < 2 || first.Why != "" || !first.Answered.After(start.Add(-1)) {
			t.Errorf("%+v", first)
		}
	})
}

// The pauses towards an engine that is away grow from one second to thirty.
func TestBackOff(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.engine.set(true)
	b.run(t)
	p := allowed("cam-1", start)
	b.issue(t, p)
	tries := func() []time.Duration {
		b.engine.mu.Lock()
		defer b.engine.mu.Unlock()
		return slices.Clone(b.engine.tried)
	}
	late := time.Now().Add(60 * time.Second)
	for len(tries()) < 9 {
		if time.Now().After(late) {
			t.Fatalf("only %v", tries())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		must(t, b.clk.Waiters(ctx, 1))
		cancel()
		b.clk.Advance(250 * time.Millisecond)
	}
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		if got := tries()[n+1] - tries()[n]; got < want*time.Second {
			t.Errorf("pause %d is %s, want %ds", n, got, want)
		}
	}
	r, err := b.issuer.Get(t.Context(), p.ID)
	must(t, err)
	if r.Why != "engine.away" || r.State != issuer.Waiting {
		t.Errorf("%+v", r)
	}
	// What is decided now does not wait for the pause.
	b.engine.set(false)
	stop := &permit.Stop{Head: head()}
	b.issue(t, stop)
	limit := time.After(10 * time.Second)
	for len(b.engine.kinds()) < 2 {
		select {
		case <-b.engine.came:
		case <-limit:
			t.Fatalf("only %v came", b.engine.kinds())
		}
	}
}

// An answer that is lost is asked for again, and what is in force already is
// no refusal.
func TestLostAnswer(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.engine.loses = 1
	b.run(t)
	p := allowed("cam-1", start)
	b.issue(t, p)
	r := b.settle(t, p.ID, issuer.Accepted)
	if r.Tries != 2 {
		t.Errorf("%d tries", r.Tries)
	}
}

// A refusal is kept with its reason, entered in the ledger, raised, and on the
// list until somebody takes note; the rest goes on.
func TestRefusalIsRaised(t *testing.T) {
	req.Shows(t, "REC-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		raised := make(chan issuer.Record, 10)
		b := set(t, d, issuer.OnRefused(func(r issuer.Record) { raised <- r }))
		// The engine trusts another key.
		other := newEngine(t, b.clk, signer(t, 7).Public(start))
		own := b.engine.ring
		b.engine.ring = other.ring
		b.run(t)
		p := allowed("cam-1", start)
		b.issue(t, p)
		r := b.settle(t, p.ID, issuer.Refused)
		if r.Why != "statement.key" || !strings.Contains(r.Detail, "not known") {
			t.Errorf("%+v", r)
		}
		select {
		case got := <-raised:
			if got.ID != p.ID || got.Why != "statement.key" {
				t.Errorf("raised %+v", got)
			}
		case <-time.After(10 * time.Second):
			t.Error("nothing is raised")
		}
		list, err := b.issuer.Records(t.Context(), issuer.Filter{Unnoted: true})
		must(t, err)
		if len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("list %+v", list)
		}
		es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"statement.refused"}})
		must(t, err)
		if len(es) != 1 || !strings.Contains(string(es[0].Body), "statement.key") {
			t.Errorf("ledger %v", es)
		}
		// It does not stand, so the next needs to name nothing.
		if _, err := b.issuer.Standing(t.Context(), "cam-1", "main"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a refused permit stands: %v", err)
		}
		must(t, b.issuer.Note(t.Context(), nil, p.ID, "person-2"))
		if err := b.issuer.Note(t.Context(), nil, p.ID, "person-2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("noted twice: %v", err)
		}
		list, err = b.issuer.Records(t.Context(), issuer.Filter{Unnoted: true})
		must(t, err)
		if len(list) != 0 {
			t.Errorf("still on the list: %v", list)
		}
		// Set up right, and sent again as it was signed.
		b.engine.mu.Lock()
		b.engine.ring = own
		b.engine.mu.Unlock()
		must(t, b.issuer.Resend(t.Context(), nil, p.ID, "person-2"))
		b.settle(t, p.ID, issuer.Accepted)
		if s, err := b.issuer.Standing(t.Context(), "cam-1", "main"); err != nil || s.ID != p.ID {
			t.Errorf("stands %v %v", s.ID, err)
		}
	})
}

// One engine that is away holds up no other.
func TestEnginesDoNotWaitForEachOther(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.run(t)
	far := allowed("cam-9", start)
	far.Engine = "engine-9"
	b.issue(t, far)
	near := allowed("cam-1", start)
	b.issue(t, near)
	b.settle(t, near.ID, issuer.Accepted)
	if r, err := b.issuer.Get(t.Context(), far.ID); err != nil || r.State != issuer.Waiting {
		t.Errorf("%+v %v", r, err)
	}
}

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

func TestTickets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		tick := &permit.Ticket{Head: head(), Person: "p1", Purpose: "Hærværk", Case: "2026-117", Cameras: []string{"cam-1"},
			From: start.Add(-2 * time.Hour), To: start.Add(-time.Hour), Expires: start.Add(time.Hour)}
		signed, err := b.issuer.Ticket(t.Context(), nil, tick)
		must(t, err)
		s, err := b.engine.ring.Open(signed, start)
		must(t, err)
		if s.Header().ID != tick.ID {
			t.Errorf("%+v", s)
		}
		es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"ticket.issued"}})
		must(t, err)
		if len(es) != 1 || !strings.Contains(string(es[0].Body), "Hærværk") {
			t.Errorf("ledger %v", es)
		}
		if rs, err := b.issuer.Records(t.Context(), issuer.Filter{}); err != nil || len(rs) != 0 {
			t.Errorf("a ticket is queued: %v %v", rs, err)
		}
		if _, err := b.issuer.Ticket(t.Context(), nil, allowed("cam-1", start)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a permit as a ticket: %v", err)
		}
		tick.ID = ""
		if _, err := b.issuer.Issue(t.Context(), nil, tick); !fault.Is(err, fault.Invalid) {
			t.Errorf("a ticket to be kept: %v", err)
		}
	})
}

// Sealed credentials go to the engine and nowhere else.
func TestCredentialsStayOutOfTheLedger(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	_, public, err := permit.NewSealKey()
	must(t, err)
	sealed, err := permit.SealTo(public, permit.Credentials{User: "admin", Password: "hunter2"}, permit.SealFor("engine-1", "cam-1"))
	must(t, err)
	b.issue(t, &permit.Camera{Head: head(), Camera: "cam-1", Name: "Indgang", URL: "rtsp://10.0.0.1/", Transport: permit.TransportTCP, Sealed: sealed})
	es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"camera.issued"}})
	must(t, err)
	if len(es) != 1 || !strings.Contains(string(es[0].Body), `"sealed":null`) {
		t.Errorf("ledger: %s", es[0].Body)
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
